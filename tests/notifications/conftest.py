"""A few readers, a staff member and a way to post, for the tests of the outbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from notifications import actions, causes, contexts
from notifications.models import Notice
from notifications.rules import Kind
from okalib.models import Patron, PatronCategory, User
from tests.post_office import post_office

__all__ = ["post_office"]

NOW = datetime(2026, 12, 1, 10, 0, tzinfo=ZoneInfo("Asia/Tokyo"))
Post = Callable[..., Notice]


@pytest.fixture
def now() -> datetime:
    """Tuesday, 2026-12-01, ten in the morning."""
    return NOW


@pytest.fixture
def patron_named() -> Callable[..., Patron]:
    """Registers patrons."""

    def register(name: str, **fields: Any) -> Patron:
        category, _made = PatronCategory.objects.get_or_create(code="general", defaults={"name": "一般"})
        day = date(2026, 4, 1)
        return Patron.objects.create(
            **{"category": category, "name": name, "name_kana": "カナ", "registered_on": day, "last_used_on": day}
            | fields
        )

    return register


@pytest.fixture
def hanako(patron_named: Callable[..., Patron]) -> Patron:
    """A patron who reads mail."""
    return patron_named("岡山 花子", email="hanako@example.jp")


@pytest.fixture
def clerk() -> User:
    """A member of staff at the counter."""
    return User.objects.create_user("clerk", is_staff=True)


@pytest.fixture
def post(hanako: Patron) -> Post:
    """Posts a notice of any kind with its sample context; anything can be given instead."""

    def post(number: int = 1, kind: str = Kind.READY, **given: Any) -> Notice:
        fields = {field.name: field.sample for field in contexts.FIELDS[Kind(kind)]}
        words = {
            "key": f"{kind}:hold:{number}",
            "kind": kind,
            "patron": hanako,
            "context": fields | given.pop("words", {}),
            "cause": f"hold:{number}",
            "now": NOW,
        }
        return actions.post(**words | given)

    return post


@pytest.fixture
def answer_for(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[Kind, causes.Question]]:
    """The questions that apps have registered; a test may put its own there."""
    questions: dict[Kind, causes.Question] = {}
    monkeypatch.setattr(causes, "_questions", questions)
    yield questions


@pytest.fixture(autouse=True)
def nobody_asks(answer_for: dict[Kind, causes.Question]) -> None:
    """Keep the apps above out of the tests of the outbox: their causes do not exist here."""
