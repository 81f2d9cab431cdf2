"""How we behave towards targets: what is remembered, when one is left in peace, how often a source may ask.

All of it is in the cache, under names that tell neither words nor people. What was found is kept by the question
alone, never by who asked it (RET-5).
"""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.core.cache import cache
from django.utils.crypto import salted_hmac

from catalog.elsewhere.answers import Answer
from catalog.models import SearchTarget

REMEMBERED = timedelta(minutes=5)
FAILURES_BEFORE_REST = 3
FAILURES_KEPT = timedelta(minutes=15)
REST = timedelta(minutes=3)
MOST_AT_ONCE = 6  # askers wait for the target, and the threads that wait are those that serve our own pages
AT_ONCE_KEPT = timedelta(seconds=15)
MINUTE = timedelta(minutes=1)


# --- what was found --------------------------------------------------------------------------------------------------


def remembered(target: SearchTarget, question: str) -> Answer | None:
    """Return what the target answered to the same question a few minutes ago."""
    found = cache.get(_name("answer", str(target.pk), target.protocol, question))
    return found if isinstance(found, Answer) else None


def remember(target: SearchTarget, question: str, answer: Answer) -> None:
    """Keep an answer for a few minutes."""
    cache.set(_name("answer", str(target.pk), target.protocol, question), answer, REMEMBERED.total_seconds())


# --- a target that fails ---------------------------------------------------------------------------------------------


def is_resting(target: SearchTarget) -> bool:
    """Whether a target has failed so often in a row that nobody asks it for some minutes."""
    return cache.get(_name("rest", str(target.pk))) is not None


def failed(target: SearchTarget) -> None:
    """Count a failure. The third in a row makes the target rest; after the rest, one more failure does so again."""
    if _count(_name("failures", str(target.pk)), FAILURES_KEPT) >= FAILURES_BEFORE_REST:
        cache.set(_name("rest", str(target.pk)), 1, REST.total_seconds())


def answered(target: SearchTarget) -> None:
    """Forget the failures: it is there."""
    cache.delete_many([_name("failures", str(target.pk)), _name("rest", str(target.pk))])


# --- those who ask ---------------------------------------------------------------------------------------------------


def may_ask(source: str) -> bool:
    """Count a question from a source and tell whether it may go out; so nobody floods a target through us."""
    return _count(_name("source", source), MINUTE) <= settings.ELSEWHERE_ASKS_PER_MINUTE


def begins(target: SearchTarget) -> bool:
    """Count one who waits for the target and tell whether there is room; every one of them `ends`."""
    return _count(_name("at once", str(target.pk)), AT_ONCE_KEPT) <= MOST_AT_ONCE


def ends(target: SearchTarget) -> None:
    """One waits no longer."""
    try:
        cache.decr(_name("at once", str(target.pk)))
    except ValueError:  # the count has run out meanwhile
        return


def _count(name: str, kept: timedelta) -> int:
    while True:
        cache.add(name, 0, kept.total_seconds())
        try:
            return cache.incr(name)
        except ValueError:  # it ran out between the two lines
            continue


def _name(*parts: str) -> str:
    return "elsewhere:" + salted_hmac("catalog.elsewhere", "\n".join(parts), algorithm="sha256").hexdigest()[:40]
