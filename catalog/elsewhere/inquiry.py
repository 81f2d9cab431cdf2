"""Asking one target: whether it may be asked, the question, the answer, and what is to be remembered of it."""

from __future__ import annotations

import time
from dataclasses import dataclass

import structlog

from catalog.elsewhere import asking, manners, opensearch, sru
from catalog.elsewhere.answers import Answer, Outcome, Unreadable
from catalog.elsewhere.wanted import Wanted
from catalog.models import SearchTarget
from catalog.rules import Protocol

PROTOCOLS = {Protocol.SRU: sru, Protocol.OPENSEARCH: opensearch}
FAILURES = (Outcome.LATE, Outcome.DOWN)
LASTING = (Outcome.FOUND, Outcome.NOTHING, Outcome.REFUSED)

log = structlog.get_logger("catalog.elsewhere")


@dataclass(frozen=True, slots=True)
class Trial:
    """What staff see when they try a target: the address that was asked, the answer, and how long it took."""

    address: str
    answer: Answer
    seconds: float


def ask(target: SearchTarget, wanted: Wanted, *, source: str) -> Answer:
    """Return what a target says, remembered or fresh; never raises, never takes longer than the target's limit.

    `source` is where the question comes from, so that nobody asks too often; it is kept for a minute, hidden, and
    nothing of what was wanted with it. The log names the target and the outcome alone (RET-5).
    """
    question = PROTOCOLS[Protocol(target.protocol)].question(target, wanted)
    known = manners.remembered(target, question)
    if known is not None:
        return known
    if manners.is_resting(target):
        return Answer(Outcome.RESTING)
    if not manners.may_ask(source):
        return Answer(Outcome.TOO_OFTEN)
    try:
        answer = _asked(target, question) if manners.begins(target) else Answer(Outcome.BUSY)
    finally:
        manners.ends(target)
    return answer


def try_out(target: SearchTarget, wanted: Wanted) -> Trial:
    """Ask a target at once, for staff: neither what is remembered nor a rest is minded."""
    question = PROTOCOLS[Protocol(target.protocol)].question(target, wanted)
    began = time.monotonic()
    answer = _asked(target, question)
    return Trial(question, answer, time.monotonic() - began)


def _asked(target: SearchTarget, question: str) -> Answer:
    began = time.monotonic()
    answer = _answer(target, question)
    log.info("asked elsewhere", target=target.code, outcome=answer.outcome, ms=round((time.monotonic() - began) * 1000))
    if answer.outcome in FAILURES:
        manners.failed(target)
    else:
        manners.answered(target)
    if answer.outcome in LASTING:
        manners.remember(target, question, answer)
    return answer


def _answer(target: SearchTarget, question: str) -> Answer:
    try:
        body = asking.fetch(question, seconds=target.seconds, allows_private=target.allows_private)
        return PROTOCOLS[Protocol(target.protocol)].read(body)
    except asking.TooLate as error:
        return Answer(Outcome.LATE, message=str(error))
    except asking.Unreachable as error:
        return Answer(Outcome.DOWN, message=str(error))
    except asking.Refused as error:
        return Answer(Outcome.REFUSED, message=str(error))
    except (asking.TooLong, asking.Garbled, Unreadable) as error:
        return Answer(Outcome.UNREADABLE, message=str(error))
