"""How a patron comes by a password, changes it, and gets in again after too many wrong ones (PAT-3, A223, A224)."""

from __future__ import annotations

import secrets
import unicodedata
from datetime import datetime

from axes.utils import reset
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db.models import F
from django.utils import translation

from okalib import days, guessing, links, numbers, rules
from okalib.actions import staff
from okalib.actions.patrons.cards import give_user
from okalib.models import Activation, PasswordLink, Patron, PolicySettings, User
from okalib.rules import Refusal, Refused
from okalib.transactions import verb

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that is mistaken for another on paper
CODE_LENGTH = 8

ACTIVATION_FAILED = Refusal(
    "activation_failed",
    "カード番号か登録コードが正しくないか、登録コードの有効期限が切れています。"
    "何度も失敗する場合は、総合カウンターで新しい登録コードをお受け取りください。",
    "The card number or the activation code is not right, or the code has expired. "
    "If it keeps failing, please get a new code at the general counter.",
)
PASSWORD_WRONG = Refusal(
    "password_wrong",
    "現在のパスワードが正しくありません。",
    "The present password is not right.",
)
LINK_DEAD = Refusal(
    "password_link_dead",
    "このリンクは、有効期限が切れているか、すでに使われています。お手数ですが、もう一度メールをお申し込みください。",
    "This link has expired or was used already. Please ask for another one.",
)
PASSWORD_NAMES_CARD = Refusal(
    "password_names_card",
    "カード番号を含むパスワードは使えません。",
    "A password cannot contain the card number.",
)


@verb
def issue_activation_code(*, patron: Patron, by: User | None, now: datetime) -> str:
    """Return a one-time code such as "K7QW-3MXA" for the counter to print; an earlier code dies (PAT-3).

    It is kept as a hash only and dies after the days of the policy, or after ten wrong guesses.
    """
    code = "".join(secrets.choice(LETTERS) for _letter in range(CODE_LENGTH))
    expires_at = rules.activation_expires_at(now, PolicySettings.current())
    give_user(patron)
    Activation.objects.update_or_create(
        patron=patron, defaults={"code_hash": make_password(code), "expires_at": expires_at, "attempts": 0}
    )
    staff.record(verb="issue_activation_code", by=by, now=now, patron=patron)
    return f"{code[:4]}-{code[4:]}"


def activate(*, card_number: str, code: str, password: str, now: datetime) -> Patron:
    """Set the password of whoever holds the card and the code of the counter; the code then is used up (PAT-3).

    The answer is the same whether the card does not exist, is dead, has no code, or the code is wrong, expired or
    guessed at too often. Each guess is counted before it is looked at, in a transaction of its own, so that many at
    once are counted too. Raises Refused (activation_failed, password_weak, password_names_card).
    """
    number = numbers.scanned(card_number)
    _refuse_weak(password, number)
    activation = Activation.objects.filter(patron__cards__number=number, patron__cards__ended_at=None).first()
    if activation is None or not activation.is_alive(now):
        make_password(code)  # takes as long as looking at a code does
        raise Refused([ACTIVATION_FAILED])
    Activation.objects.filter(pk=activation.pk).update(attempts=F("attempts") + 1)
    activation.refresh_from_db(fields=["attempts"])
    if activation.attempts > Activation.MOST_ATTEMPTS or not check_password(_as_printed(code), activation.code_hash):
        raise Refused([ACTIVATION_FAILED])
    return _use_up(activation=activation, number=number, password=password)


@verb
def change_password(*, patron: Patron, old: str, new: str, now: datetime) -> None:
    """Change the password of a patron who knows the old one; every session but the caller's ends (A224).

    The page keeps its own session by `django.contrib.auth.update_session_auth_hash`.
    Raises Refused (password_wrong, password_weak, password_names_card).
    """
    user = give_user(patron)
    if not user.check_password(old):
        raise Refused([PASSWORD_WRONG])
    _refuse_weak(new, patron.card_number)
    _set_password(patron, new)


@verb
def ask_for_password_link(*, card_number: str, email: str, now: datetime) -> PasswordLink | None:
    """Note that a link to a new password is wanted; an earlier link dies (PAT-3).

    Returns None where no mail is to go: no card in force has this number, the address is not the one on file, or the
    mails of the day are used up. The page answers all the same, so nobody learns which.
    """
    holder = Patron.objects.filter(cards__number=numbers.scanned(card_number), cards__ended_at=None).first()
    if holder is None or not holder.email or _plain_address(email) != _plain_address(holder.email):
        return None
    patron, policy, today = Patron.objects.lock(holder.pk), PolicySettings.current(), days.day_of(now)
    link = PasswordLink.objects.filter(patron=patron).first() or PasswordLink(patron=patron)
    if link.asked_on != today:
        link.asked_on, link.asked_that_day = today, 0
    if link.asked_that_day >= policy.password_links_per_day:
        return None
    link.asked_that_day += 1
    link.serial += 1
    link.expires_at = rules.password_link_expires_at(now, policy)
    link.save()
    return link


def password_link_opens(*, token: str, now: datetime) -> bool:
    """Tell whether a mailed link still leads to a new password."""
    link = links.link_of(token)
    return link is not None and link.is_alive(now)


@verb
def set_lost_password(*, token: str, password: str, now: datetime) -> Patron:
    """Set the password of whoever holds the mailed link; the link is used up and every session ends (PAT-3, A224).

    Raises Refused (password_link_dead, card_lapsed, password_weak, password_names_card).
    """
    link = links.link_of(token)
    if link is not None:
        Patron.objects.lock(link.patron_id)
        link = links.link_of(token)  # somebody else may have used it in this moment
    if link is None or not link.is_alive(now):
        raise Refused([LINK_DEAD])
    patron, policy = link.patron, PolicySettings.current()
    if not links.may_open(link, days.day_of(now), policy):
        raise Refused([rules.card_lapsed(policy)])
    number = patron.card_number
    _refuse_weak(password, number)
    _set_password(patron, password)
    link.serial, link.expires_at = link.serial + 1, now
    link.save()
    _forget_failures(number)
    return patron


@verb
def lift_log_in_lock(*, patron: Patron, by: User | None, now: datetime) -> int:
    """Let a patron try again at once after too many wrong passwords; returns how many attempts are forgotten (A223)."""
    forgotten = _forget_failures(patron.card_number)
    staff.record(verb="lift_log_in_lock", by=by, now=now, patron=patron)
    return forgotten


@verb
def _use_up(*, activation: Activation, number: str, password: str) -> Patron:
    deleted, _kinds = Activation.objects.filter(pk=activation.pk, code_hash=activation.code_hash).delete()
    if not deleted:  # somebody else has used it in this moment
        raise Refused([ACTIVATION_FAILED])
    patron = activation.patron
    _set_password(patron, password)
    _forget_failures(number)
    return patron


def _set_password(patron: Patron, password: str) -> None:
    user = give_user(patron)
    user.set_password(password)
    user.save(update_fields=["password"])


def _forget_failures(number: str) -> int:
    """Forget the wrong passwords and codes for a card; returns how many there were."""
    if not number:
        return 0
    return reset(username=number) + guessing.forget(number) + guessing.forget(guessing.code_of(number))


def _refuse_weak(password: str, card_number: str) -> None:
    refusals = [PASSWORD_NAMES_CARD] if card_number and card_number in password else []
    if objections := _objections(password, "ja"):
        refusals.append(Refusal("password_weak", "".join(objections), " ".join(_objections(password, "en"))))
    if refusals:
        raise Refused(refusals)


def _objections(password: str, language: str) -> list[str]:
    with translation.override(language):
        try:
            validate_password(password)
        except ValidationError as error:
            return error.messages
    return []


def _plain_address(address: str) -> str:
    """A mail address as it is compared: case and width of the letters do not matter."""
    return unicodedata.normalize("NFKC", address).strip().casefold()


def _as_printed(code: str) -> str:
    """What the patron typed, as it was printed: capitals, no hyphen, no blanks, narrow."""
    return "".join(letter for letter in unicodedata.normalize("NFKC", code).upper() if letter.isalnum())
