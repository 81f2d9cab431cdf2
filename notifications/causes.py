"""How a notice asks, just before it is sent, whether its cause still holds (NTF-2, A178).

Notices lie below reservations and loans and know nothing of them. The apps above register the question in their
`AppConfig.ready()`::

    @still_true("ready")
    def ready_hold_gone(notice: Notice) -> str | None:
        return None if Hold.objects.filter(pk=notice.cause_id, state=READY).exists() else "予約が取り消されたため"
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from notifications.rules import Kind

if TYPE_CHECKING:
    from notifications.models import Notice

Question = Callable[["Notice"], str | None]

_questions: dict[Kind, Question] = {}


def still_true(kind: str) -> Callable[[Question], Question]:
    """Register the function that returns why a notice of `kind` is to be withdrawn, or None if it still holds."""

    def register(question: Question) -> Question:
        known = _questions.setdefault(Kind(kind), question)
        if known is not question:
            raise ValueError(f"Two apps want to answer for notices of the kind {kind}.")
        return question

    return register


def reason_to_withdraw(notice: Notice) -> str | None:
    """Ask the app that caused the notice; a kind that nobody answers for always holds."""
    question = _questions.get(Kind(notice.kind))
    return question(notice) if question else None
