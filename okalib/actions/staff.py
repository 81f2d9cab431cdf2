"""What staff decided is written down, and going over a refusal needs the right and a reason (OPS-5, LIM-4).

A verb that can be overridden does three things in this order:

1. `guard_override` *before* its transaction: whoever lacks the right is refused there, and the attempt stays
   written down although nothing else happens (A193).
2. In its transaction, gather every refusal and `settle` them: what stands in the way is raised, all of it at once;
   what the override covers is written down with the reason, in the same transaction.
3. Go on, and show the warnings that `settle` returned.

A user has the right by the permission `okalib.override_refusal`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from okalib.models import Patron, PatronView, PolicySettings, StaffAction, User
from okalib.rules import Override, Refusal, Refused, Severity, in_the_way

RIGHT = "okalib.override_refusal"

NOT_ALLOWED = Refusal(
    "override_not_allowed",
    "制限を特例で超える権限がありません。権限のある職員に依頼してください。",
    "You have no right to override restrictions. Please ask a colleague who has.",
)
REASON_MISSING = Refusal(
    "reason_missing",
    "特例で認める理由を入力してください。",
    "Please give the reason for the exception.",
)


class OverrideNotAllowed(Refused):
    """Somebody without the right tried to go over a refusal (A193)."""


def may_override(by: User | None) -> bool:
    """Tell whether `by` may go over refusals; a job (None) never may (LIM-4)."""
    return by is not None and by.has_perm(RIGHT)


def guard_override(
    *,
    override: Override | None,
    by: User | None,
    now: datetime,
    verb: str,
    subject: str = "",
    patron: Patron | None = None,
) -> None:
    """Refuse an override by somebody without the right, before the verb's transaction begins (A193).

    The attempt is written in a transaction of its own; called inside another one it raises RuntimeError, because
    a rollback would take the trace along. Without an override, or with the right, it does nothing.
    Raises OverrideNotAllowed.
    """
    if override is None or may_override(by):
        return
    with transaction.atomic(durable=True):
        _write(
            verb=verb,
            subject=subject,
            by=by,
            now=now,
            patron=patron,
            reason=override.reason,
            overridden=override.codes or (),
            was_refused=True,
        )
    raise OverrideNotAllowed([NOT_ALLOWED])


def settle(
    refusals: Iterable[Refusal],
    *,
    override: Override | None,
    by: User | None,
    now: datetime,
    verb: str,
    subject: str = "",
    patron: Patron | None = None,
) -> list[Refusal]:
    """Decide whether a verb goes on: raise what stands in its way, write down what is overridden, return the warnings.

    An override where nothing stands in the way is no override, needs no reason and leaves no trace (A195).
    Raises Refused with everything that the override does not cover (HLD-3), with everything and `reason_missing`
    if it has no reason (A192), OverrideNotAllowed if `by` lacks the right (A193). Writes in the caller's transaction.
    """
    refusals = list(refusals)
    warnings = [refusal for refusal in refusals if refusal.severity is Severity.WARNING]
    standing = in_the_way(refusals)
    if not standing:
        return warnings
    if override is None:
        raise Refused(standing)
    if not may_override(by):
        raise OverrideNotAllowed([*standing, NOT_ALLOWED])
    still_standing = [refusal for refusal in standing if not override.covers(refusal)]
    if still_standing:
        raise Refused(still_standing)
    if not override.reason.strip():
        raise Refused([*standing, REASON_MISSING])
    record(
        verb=verb,
        subject=subject,
        by=by,
        now=now,
        patron=patron,
        reason=override.reason,
        overridden=[refusal.code for refusal in standing],
    )
    return warnings


def record(
    *,
    verb: str,
    by: User | None,
    now: datetime,
    subject: str = "",
    patron: Patron | None = None,
    reason: str = "",
    overridden: Iterable[str] = (),
) -> StaffAction:
    """Write down who did what, when and why, in the caller's transaction (OPS-5).

    `subject` names a thing, e.g. "item 1234567890"; a person goes in `patron`, whose link is erased in time.
    """
    return _write(verb=verb, subject=subject, by=by, now=now, patron=patron, reason=reason, overridden=overridden)


def witness(*, verb: str, by: User | None, now: datetime, subject: str = "", patron: Patron | None = None) -> None:
    """Write down what patrons and jobs do as well, where staff did it, those of pickup libraries too (OPS-5)."""
    if by is not None and (by.is_staff or by.library_id is not None):
        record(verb=verb, subject=subject, by=by, now=now, patron=patron)


def forget_old(*, now: datetime) -> dict[str, int]:
    """Erase the link to patrons, and later the whole trace, after the days of the policy (OPS-5); tells how many."""
    policy = PolicySettings.current()
    deleted, _ = StaffAction.objects.filter(at__lt=now - timedelta(days=policy.staff_actions_kept_days)).delete()
    unlinked = StaffAction.objects.filter(
        at__lt=now - timedelta(days=policy.staff_actions_patron_days), patron__isnull=False
    ).update(patron=None)
    # Without the patron a look says nothing, so it goes when the link goes.
    views, _ = PatronView.objects.filter(at__lt=now - timedelta(days=policy.staff_actions_patron_days)).delete()
    return {"staff_actions_deleted": deleted, "staff_actions_unlinked": unlinked, "patron_views_deleted": views}


def _write(
    *,
    verb: str,
    subject: str,
    by: User | None,
    now: datetime,
    patron: Patron | None,
    reason: str,
    overridden: Iterable[str],
    was_refused: bool = False,
) -> StaffAction:
    return StaffAction.objects.create(
        at=now,
        by=by,
        verb=verb,
        subject=subject[: StaffAction._meta.get_field("subject").max_length],
        patron=patron,
        reason=reason.strip()[: StaffAction._meta.get_field("reason").max_length],
        overridden=sorted(overridden),
        was_refused=was_refused,
    )
