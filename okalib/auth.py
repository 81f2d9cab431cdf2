"""Who comes in: patrons with card number and password, staff with user name and password."""

import unicodedata
from typing import Any

from axes.utils import reset
from django.contrib.auth.backends import ModelBackend
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django_otp.plugins.otp_totp.models import TOTPDevice

from okalib import clock, guessing, rules
from okalib.compiled import compiled
from okalib.models import Card, PolicySettings, User

LONGEST_NAME = 150
"""Nobody's name is longer; what is typed beyond it would not fit where guesses are counted."""


def name_as_meant(request: HttpRequest | None, credentials: dict[str, Any] | None) -> str:
    """Return the typed card number or user name in one spelling, so that guesses in other widths are counted too."""
    typed = (credentials or {}).get("username") or (request.POST.get("username", "") if request else "")
    return unicodedata.normalize("NFKC", typed[:LONGEST_NAME]).strip()[:LONGEST_NAME]


class GuessingBackend:
    """Refuse to look at a password while guesses have to wait; stands before the backends that look (PAT-3, A223)."""

    def authenticate(self, request: HttpRequest | None, username: str | None = None, **_others: Any) -> None:
        """Count the guess and leave it at `request.guess`; raises MustWait, a PermissionDenied."""
        if request is None or username is None:
            return
        try:
            guess = guessing.begin(request, name_as_meant(None, {"username": username}))
        except guessing.MustWait:
            request.axes_locked_out = True  # type: ignore[attr-defined]  # one page says so, whoever has counted
            raise
        request.guess = guess  # type: ignore[attr-defined]


class CardBackend(ModelBackend):
    """Let a patron in by card number and password (PAT-1, PAT-2, PAT-3).

    The answer is the same, after the same time, whether the card does not exist, is dead or the password is wrong.
    Only whoever knows the password of a lapsed card is told so: `request.card_refusal` then holds the Refusal.
    Logging in counts as a use of the card.
    """

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **_others: Any
    ) -> User | None:
        """Return the patron's user, or nobody."""
        if username is None or password is None:
            return None
        number = name_as_meant(None, {"username": username})
        card = Card.objects.select_related("patron__user").filter(number=number, ended_at=None).first()
        if card is None or card.patron.user is None:
            User().set_password(password)  # takes as long as looking at a password does
            return None
        user, patron = card.patron.user, card.patron
        if not user.check_password(password) or not self.user_can_authenticate(user):
            return None
        policy = PolicySettings.current()
        if patron.is_lapsed(clock.today(), policy):
            if request is not None:
                request.card_refusal = rules.card_lapsed(policy)  # type: ignore[attr-defined]
            return None
        patron.touch(clock.today())
        if request is not None and hasattr(request, "axes_ip_address"):
            # axes itself forgets only failures under the user's own name, which is not the number of the card.
            reset(ip=request.axes_ip_address, username=number)
        _was_right(request)
        return user

    def get_user(self, user_id: Any) -> User | None:
        """Return who has come in, with the patron and the limits that every page of theirs asks for, in one query."""
        user = next(iter(_patron_users(user=user_id)), None)
        return user if user is not None and self.user_can_authenticate(user) else None


@compiled(user=int)
def _patron_users(*, user: int) -> QuerySet[User]:
    return User.objects.select_related("patron__category").filter(pk=user)


class StaffBackend(ModelBackend):
    """Let staff in by user name; a patron's user has no name of its own to come in by (PAT-2)."""

    def user_can_authenticate(self, user: Any) -> bool:
        """Refuse those who have a card to come in with."""
        return super().user_can_authenticate(user) and not hasattr(user, "patron")

    def authenticate(self, request: HttpRequest | None, *args: Any, **credentials: Any) -> Any:
        """Return the member of staff, or nobody."""
        user = super().authenticate(request, *args, **credentials)
        if user is not None:
            _was_right(request)
        return user

    def get_user(self, user_id: Any) -> User | None:
        """Return who has come in, with what the door behind the password asks for, in one query (`second_factor`)."""
        user = next(iter(_staff_users(user=user_id)), None)
        return user if user is not None and self.user_can_authenticate(user) else None


def _was_right(request: HttpRequest | None) -> None:
    guess: guessing.Guess | None = getattr(request, "guess", None)
    if guess is not None:
        guess.was_right()


@compiled(user=int)
def _staff_users(*, user: int) -> QuerySet[User]:
    device = TOTPDevice.objects.filter(user=OuterRef("pk"), confirmed=True).order_by("pk").values("pk")
    return (
        User.objects.select_related("patron")  # type: ignore[no-redef]  # the properties of User are for other ways
        .annotate(
            second_factor_id=Subquery(device[:1]),
            needs_second_factor=Exists(PolicySettings.objects.filter(pk=1, staff_second_factor=True)),
        )
        .filter(pk=user)
    )
