"""The policy and the categories of patrons: each change is written down with what it was before (OPS-5, PAT-5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from okalib import objections
from okalib.actions import staff
from okalib.models import PatronCategory, PolicySettings, User
from okalib.rules import Limits, Refusal, Refused
from okalib.transactions import verb


@verb
def change_policy(*, changes: Mapping[str, Any], by: User | None, now: datetime, reason: str = "") -> PolicySettings:
    """Give settings of the policy other values by name; the others stay, whoever changes them meanwhile.

    Each setting that changes leaves a line of its own: "loan_days: 15 → 22". Raises Refused with every reason why the
    numbers cannot stand side by side (`okalib.objections.to_policy`).
    """
    PolicySettings.objects.get_or_create(pk=1)
    row = PolicySettings.objects.select_for_update(no_key=True).get(pk=1)
    before = {name: getattr(row, name) for name in changes}
    for name, value in changes.items():
        setattr(row, name, value)
    if refusals := objections.to_policy(row.as_policy()):
        raise Refused(refusals)
    row.save(update_fields=list(changes))
    for name, value in changes.items():
        if value != before[name]:
            subject = f"{name}: {_written(before[name])} → {_written(value)}"
            staff.record(verb="change_policy", subject=subject, by=by, now=now, reason=reason)
    return row


@verb
def set_category(
    *,
    code: str,
    name: str,
    limits: Limits,
    by: User | None,
    now: datetime,
    reason: str = "",
    in_place_of: PatronCategory | None = None,
) -> PatronCategory:
    """Make a category of patrons, or give the one it takes the place of other limits (PAT-5, LIM-1, LIM-2).

    What is on loan or reserved beyond a lower limit stays. Raises Refused (category_known, and those of
    `okalib.objections.to_limits`).
    """
    row = in_place_of or PatronCategory()
    refusals = objections.to_limits(limits)
    if PatronCategory.objects.filter(code=code).exclude(pk=row.pk).exists():
        refusals.append(category_known(code))
    if refusals:
        raise Refused(refusals)
    before = asdict(row.limits()) if in_place_of else {}
    row.code, row.name = code, name
    for field, value in asdict(limits).items():
        setattr(row, field, value)
    row.save()
    changed = [
        f"{field} {_written(before.get(field))}→{_written(value)}"
        for field, value in asdict(limits).items()
        if value != before.get(field)
    ]
    subject = f"{code} {', '.join(changed)}" if in_place_of else code
    staff.record(verb="set_category", subject=subject, by=by, now=now, reason=reason)
    return row


def category_known(code: str) -> Refusal:
    """The refusal for a second category of one code."""
    return Refusal(
        "category_known",
        f"コード「{code}」の利用者区分はすでにあります。",
        f"There is a category with the code {code} already.",
    )


def _written(value: object) -> str:
    """Write a value for the trace: lists without brackets, nothing as a dash."""
    if isinstance(value, list | tuple):
        return ", ".join(str(each) for each in value)
    return "–" if value is None else str(value)
