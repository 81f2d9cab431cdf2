"""What the pages of the desk share: the answer that is huge and first, and doing one verb after a click.

An answer has one of four tones (done, look, override, stop); each is a word, an icon, a border and a tint, so that
nobody needs to see colours.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import cast

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from okalib.actions.staff import may_override
from okalib.models import User
from okalib.numbers import scanned
from okalib.rules import Override, Refusal, Refused, Severity
from okalib.web import in_my_language, say_refusals

ITEM_NUMBER = re.compile(r"[0-9]{10}")


class Tone(StrEnum):
    """How loud an answer is."""

    DONE = "done"
    LOOK = "look"
    OVERRIDE = "override"
    STOP = "stop"

    @property
    def word(self) -> object:
        """The word that goes with the icon."""
        return WORDS[self]

    @property
    def icon(self) -> str:
        """A sign that is there for those who see no colours."""
        return {"done": "✓", "look": "!", "override": "?", "stop": "✕"}[self]


WORDS = {
    Tone.DONE: gettext_lazy("完了"),
    Tone.LOOK: gettext_lazy("確認してください"),
    Tone.OVERRIDE: gettext_lazy("できません（特例で可）"),
    Tone.STOP: gettext_lazy("できません"),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the desk reads first: a verb with its destination, what it is about, and everything to look at."""

    tone: Tone
    verb: str
    about: str = ""
    reasons: list[str] = field(default_factory=list)


def refused_answer(request: HttpRequest, refusals: Iterable[Refusal], about: str = "") -> Answer:
    """Return the answer to a refusal, every reason in it; it offers to go on where this clerk may (LIM-4, HLD-3)."""
    refusals = list(refusals)
    if can_go_over(request, refusals):
        return Answer(Tone.OVERRIDE, _("特例の理由が必要です"), about, in_my_language(refusals))
    return Answer(Tone.STOP, _("処理していません"), about, in_my_language(refusals))


def can_go_over(request: HttpRequest, refusals: Iterable[Refusal]) -> bool:
    """Whether this clerk may go over all of these refusals with a reason (LIM-4, A193)."""
    standing = [refusal for refusal in refusals if refusal.code != "reason_missing"]
    return may_override(clerk(request)) and all(refusal.severity is Severity.OVERRIDABLE for refusal in standing)


def clerk(request: HttpRequest) -> User:
    """Return who is working."""
    return cast(User, request.user)


def override_from(request: HttpRequest) -> Override | None:
    """Return the decision to go over refusals that a form carries, None where its box is empty."""
    if not request.POST.get("override"):
        return None
    return Override(reason=request.POST.get("reason", ""))


def is_item_number(text: str) -> bool:
    """Tell an item by the form of what was scanned: ten digits; anything else is taken for a card."""
    return ITEM_NUMBER.fullmatch(scanned(text)) is not None


def carry_out(request: HttpRequest, verb: Callable[[], object], done: str) -> bool:
    """Do one verb and say on the next page that it is done, or every reason why it is not."""
    try:
        verb()
    except Refused as refused:
        say_refusals(request, refused.refusals)
        return False
    messages.success(request, done)
    return True
