"""The second factor of staff: a device that shows a new number every half minute, and codes on paper for its loss.

A member of staff `begin`s and sees a picture to be read by the device, proves by a first number that the device shows
the right ones (`confirm`), and gets ten codes, shown once. From then on every log-in asks for a number or for one of
the codes (`check`). Whoever has lost both is helped by an administrator (`reset`). Wrong numbers have to wait, each one
twice as long as the one before; the device counts them, and real time passes even where the day stands still.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from django.utils.crypto import salted_hmac
from django_otp.plugins.otp_totp.models import TOTPDevice

from okalib.actions import staff
from okalib.models import RecoveryCode, User
from okalib.rules import Refusal, Refused
from okalib.transactions import verb

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that is mistaken for another on paper
CODES, CODE_LENGTH = 10, 12
DEVICE_NAME = "totp"

RESET_REASON_MISSING = Refusal(
    "reason_missing",
    "二段階認証を解除する理由を入力してください。",
    "Please give the reason for the reset.",
)
NO_SECOND_FACTOR = Refusal(
    "no_second_factor",
    "この職員は二段階認証を設定していません。",
    "This member of staff has no second factor.",
)


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of a number: whether it was right, until when guesses have to wait, and the device it belongs to."""

    is_right: bool
    waits_until: datetime | None = None
    device_id: int | None = None


@verb
def begin(*, user: User) -> TOTPDevice:
    """Return a device that is to be read from its picture; until it is confirmed it guards nothing."""
    TOTPDevice.objects.filter(user=user, confirmed=False).delete()
    return TOTPDevice.objects.create(user=user, name=DEVICE_NAME, confirmed=False)


def begun(user: User) -> TOTPDevice | None:
    """Return the device that waits for its first number."""
    return TOTPDevice.objects.filter(user=user, confirmed=False).first()


@verb
def confirm(*, user: User, number: str, now: datetime) -> tuple[Checked, list[str]]:
    """Take the device into use if it shows the right number, in the place of an earlier one; returns the new codes."""
    device = TOTPDevice.objects.select_for_update().filter(user=user, confirmed=False).first()
    if device is None:
        return Checked(False), []
    checked = _try(device, number)
    if not checked.is_right:
        return checked, []
    TOTPDevice.objects.filter(user=user, confirmed=True).delete()
    device.confirmed = True
    device.save(update_fields=["confirmed"])
    staff.record(verb="set_second_factor", subject=user.username, by=user, now=now)
    return checked, _new_codes(user)


@verb
def check(*, user: User, typed: str, now: datetime) -> Checked:
    """Look at a number of the device, or at a code from the paper, which then is used up; the failure is written down.

    Both are counted by the same device: while wrong ones have to wait, nothing is looked at.
    """
    device = TOTPDevice.objects.select_for_update().filter(user=user, confirmed=True).first()
    if device is None:
        return Checked(False)
    plain = _plain(typed)
    checked = _try(device, plain) if re.fullmatch(r"[0-9]{6}", plain) else _use_code(device, plain, now)
    if not checked.is_right:
        staff.record(verb="second_factor_failed", subject=user.username, by=user, now=now)
    return checked


@verb
def renew_codes(*, user: User, now: datetime) -> list[str]:
    """Return ten new codes; the ones on the old paper die."""
    staff.record(verb="renew_recovery_codes", subject=user.username, by=user, now=now)
    return _new_codes(user)


def codes_left(user: User) -> int:
    """Return how many codes have not been used."""
    return RecoveryCode.objects.filter(user=user).count()


@verb
def reset(*, user: User, by: User | None, now: datetime, reason: str) -> None:
    """Take device and codes away from a member of staff who has lost them; every session of theirs ends.

    Raises Refused (reason_missing, no_second_factor).
    """
    if not reason.strip():
        raise Refused([RESET_REASON_MISSING])
    if not TOTPDevice.objects.filter(user=user, confirmed=True).exists():
        raise Refused([NO_SECOND_FACTOR])
    TOTPDevice.objects.filter(user=user).delete()
    RecoveryCode.objects.filter(user=user).delete()
    user.end_sessions()
    staff.record(verb="reset_second_factor", subject=user.username, by=by, now=now, reason=reason)


def _try(device: TOTPDevice, number: str) -> Checked:
    if device.verify_token(_plain(number)):
        return Checked(True, device_id=device.pk)
    return Checked(False, _waits_until(device))


def _use_code(device: TOTPDevice, code: str, now: datetime) -> Checked:
    allowed, _why = device.verify_is_allowed()
    if not allowed:
        return Checked(False, _waits_until(device))
    used, _kinds = RecoveryCode.objects.filter(user_id=device.user_id, code_hash=_hash(code)).delete()
    if not used:
        device.throttle_increment()
        return Checked(False, _waits_until(device))
    device.throttle_reset()
    staff.record(verb="use_recovery_code", subject=device.user.username, by=device.user, now=now)
    return Checked(True, device_id=device.pk)


def _waits_until(device: TOTPDevice) -> datetime | None:
    allowed, why = device.verify_is_allowed()
    return None if allowed else why["locked_until"]


def _new_codes(user: User) -> list[str]:
    codes = ["".join(secrets.choice(LETTERS) for _letter in range(CODE_LENGTH)) for _code in range(CODES)]
    RecoveryCode.objects.filter(user=user).delete()
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, code_hash=_hash(code)) for code in codes)
    return [f"{code[:4]}-{code[4:8]}-{code[8:]}" for code in codes]


def _plain(typed: str) -> str:
    """What was typed, as it was shown: capitals, no hyphens, no blanks, narrow."""
    return "".join(letter for letter in unicodedata.normalize("NFKC", typed).upper() if letter.isalnum())


def _hash(code: str) -> str:
    """What is kept of a code: 59 random bits, hashed with the key of the installation, cannot be guessed through."""
    return salted_hmac("okalib.recovery_code", code, algorithm="sha256").hexdigest()
