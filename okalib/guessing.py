"""Slowing those who guess passwords and codes: one card from many addresses, many cards from one address (PAT-3, A223).

django-axes counts the wrong passwords for one card from one address, with one limit for whatever it counts. What it
cannot tell apart is counted here, each with a limit of its own (`settings.GUESSES`):

- the *account*, over all addresses;
- the *source*, over all accounts: far more than a family or the readers of a library get wrong;
- the *browser*: whoever has come in to this account with this browser before is counted apart from the other two, so
  that nobody keeps the owner out by guessing from elsewhere.

Nothing is ever shut for good. Beyond the limit each guess has to wait after the one before: a minute, two, four, and so
on up to `settings.GUESSES_LONGEST_WAIT`. A guess that has to wait is not looked at and counts for nothing. Accounts are
counted by what was typed, so a card that does not exist is slowed just the same. What is kept is kept in the cache,
under names that tell neither cards nor addresses; while Redis is silent each process counts for itself (okalib.cache).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

COOKIE = "known_browser" if settings.ON_TRIAL else "__Host-known_browser"
COOKIE_AGE = timedelta(days=180)
KEPT = timedelta(days=7)
FIRST_WAIT = timedelta(minutes=1)
SUBSCRIBER_BITS = 64  # whoever has one IPv6 address has all that share its first half


class MustWait(PermissionDenied):
    """Too many guesses; this one was not looked at."""


@dataclass(frozen=True, slots=True)
class Limit:
    """How many guesses are free within a while that begins with the first of them."""

    free: int
    within: timedelta


@dataclass(frozen=True, slots=True)
class Counter:
    """The guesses of one kind: at one account, from one source, or with one browser."""

    kind: str
    whose: str

    @property
    def must_wait(self) -> bool:
        """Whether no guess may be looked at now."""
        return cache.get(self._wait_key) is not None

    def count(self) -> bool:
        """Count one more guess; False if another one, made at the same moment, takes the turn."""
        made = self._one_more()
        return made < self._limit.free or cache.add(self._wait_key, 1, self.wait_after(made))

    def take_back(self) -> None:
        """Undo what `count` did."""
        try:
            left = cache.decr(self._key)
        except ValueError:  # the while is over
            return
        if left + 1 >= self._limit.free:
            cache.delete(self._wait_key)

    def forget(self) -> int:
        """Begin anew; returns how many guesses are forgotten."""
        forgotten = cache.get(self._key, 0)
        cache.delete_many([self._key, self._wait_key])
        return int(forgotten)

    def wait_after(self, made: int) -> float:
        """Return the seconds that the guess after this many has to wait."""
        doublings = min(made - self._limit.free, 20)
        longest: timedelta = settings.GUESSES_LONGEST_WAIT
        return min(FIRST_WAIT * 2**doublings, longest).total_seconds()

    @property
    def _limit(self) -> Limit:
        return Limit(*settings.GUESSES[self.kind])

    @property
    def _key(self) -> str:
        return f"guesses:{self.kind}:{_hidden(self.whose)}"

    @property
    def _wait_key(self) -> str:
        return f"{self._key}:wait"

    def _one_more(self) -> int:
        while True:
            cache.add(self._key, 0, self._limit.within.total_seconds())
            try:
                return cache.incr(self._key)
            except ValueError:  # it ran out between the two lines
                continue


@dataclass(frozen=True, slots=True)
class Guess:
    """One guess that may be looked at; it stays counted unless its outcome says otherwise."""

    account: str
    request: HttpRequest
    counters: tuple[Counter, ...]

    def was_right(self) -> None:
        """Forget the wrong guesses of who has come in, and know the browser from now on."""
        for counter in self.counters:
            if counter.kind == "source":  # one card of one's own does not wash off the guesses at others
                counter.take_back()
            else:
                counter.forget()
        self.request.comes_in_to = self.account  # type: ignore[attr-defined]

    def was_none(self) -> None:
        """Count nothing: what was sent was refused before the secret was looked at."""
        for counter in self.counters:
            counter.take_back()


def begin(request: HttpRequest, account: str) -> Guess:
    """Count a guess before it is looked at, so that many at once are counted too; raises MustWait.

    `account` is what was typed, in one spelling, whether it exists or not.
    """
    browser = _known_browser(request, account)
    counters: tuple[Counter, ...] = (
        (Counter("browser", browser),)
        if browser
        else (Counter("account", account), Counter("source", source(request) or "nowhere"))
    )
    # Asked first of all and counted afterwards: a guess that one counter refuses is not counted by the other.
    if any(counter.must_wait for counter in counters) or not all(counter.count() for counter in counters):
        raise MustWait
    return Guess(account, request, counters)


def is_slowed(account: str) -> bool:
    """Tell the desk whether whoever comes with a new browser has to wait at present (A223)."""
    return Counter("account", account).must_wait


def forget(account: str) -> int:
    """Let an account be tried again at once; returns how many guesses are forgotten (A223)."""
    return Counter("account", account).forget()


def code_of(card_number: str) -> str:
    """The account under which guesses at a card's activation code are counted, apart from those at its password."""
    return f"code of {card_number}"


def link_for(card_number: str) -> str:
    """The account under which requests for a mailed link are counted, apart from guesses at the card's password."""
    return f"link for {card_number}"


def source(request: HttpRequest) -> str:
    """Return the address that a request comes from, of an IPv6 address its subscriber's part; "" if there is none.

    A header is believed only if `settings.TRUSTED_ADDRESS_HEADER` names it, and of a list only the last entry, which
    the proxy before us has written itself: the others are what the sender claims.
    """
    claimed = request.headers.get(settings.TRUSTED_ADDRESS_HEADER, "") if settings.TRUSTED_ADDRESS_HEADER else ""
    for written in (claimed.rpartition(",")[2], request.META.get("REMOTE_ADDR") or ""):
        try:
            address = ip_address(written.strip())
        except ValueError:
            continue
        if isinstance(address, IPv6Address):
            return str(address.ipv4_mapped or IPv6Address(int(address) >> SUBSCRIBER_BITS << SUBSCRIBER_BITS))
        return str(address)
    return ""


def know_browsers(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: give the browser that has come in a cookie by which it is known the next time."""

    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        account = getattr(request, "comes_in_to", None)
        if account is not None and not _known_browser(request, account):
            response.set_signed_cookie(
                COOKIE,
                f"{_hidden(account)}:{secrets.token_hex(12)}",
                salt=COOKIE,
                max_age=COOKIE_AGE,
                secure=not settings.ON_TRIAL,
                httponly=True,
                samesite="Lax",
            )
        return response

    return respond


def _known_browser(request: HttpRequest, account: str) -> str:
    """Return the name of a browser that has come in to this account before, else ""."""
    value = request.get_signed_cookie(COOKIE, default="", salt=COOKIE, max_age=COOKIE_AGE) or ""
    whose, _separator, browser = value.partition(":")
    return browser if whose == _hidden(account) else ""


def _hidden(name: str) -> str:
    return salted_hmac("okalib.guessing", name, algorithm="sha256").hexdigest()[:32]


def forget_failures(*, now: datetime) -> int:
    """Delete what django-axes has written down of log-ins longer ago than `KEPT`; returns how many rows (RET-5)."""
    from axes.models import AccessAttempt, AccessFailureLog, AccessLog  # needs the apps to be loaded

    old = {"attempt_time__lt": now - KEPT}
    return sum(model.objects.filter(**old).delete()[0] for model in (AccessAttempt, AccessFailureLog, AccessLog))
