"""Mails about due dates: one per patron and day, with all the loans that it is time for."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime

from circulation.models import Loan, LoanQuerySet
from notifications.actions import post
from okalib import days, people
from okalib.models import EmergencyClosure, PolicySettings
from okalib.one_by_one import one_by_one
from okalib.transactions import verb


def remind(*, day: date, now: datetime) -> dict[str, int]:
    """Post what is due soon, for patrons who want it, and what has been overdue for 7, 14, 30 days (NTF-1).

    One transaction and one notice per patron, kind and day. A day that was missed is its own day: the job runs it in
    order, and what has been returned since is not among the loans any more (A179, A180). Nobody is reminded of what
    they cannot return because of an emergency (CAL-8).
    """
    policy = PolicySettings.current()
    shut = EmergencyClosure.objects.in_force(day).values("library")
    returnable = Loan.objects.open().exclude(return_to__in=shut)
    soon = returnable.filter(
        due_on=days.plus(day, policy.due_soon_days), received_on=None, patron__wants_due_reminders=True
    )
    counts = {"due_soon": _post_per_patron("due_soon", soon, day, now)}
    counts["overdue"] = sum(
        _post_per_patron("overdue", returnable.overdue(day).filter(due_on=days.plus(day, -late)), day, now, late)
        for late in policy.overdue_days
    )
    return counts


def remind_of_lapse(*, day: date, now: datetime) -> dict[str, int]:
    """Tell the patrons whose cards lapse in so many days that using them keeps them alive (PAT-1, NTF-1)."""
    lapses_on = days.plus(day, PolicySettings.current().card_lapse_warning_days)
    patrons = {patron.pk: patron for patron in people.cards_lapsing_on(lapses_on).order_by("pk")}

    def tell(pk: int) -> None:
        post(
            key=f"card_lapses:{pk}:{lapses_on}",
            kind="card_lapses",
            patron=patrons[pk],
            context={"lapses_on": lapses_on},
            cause=f"card:{pk}",
            now=now,
        )

    return {"card_lapses": len(one_by_one(patrons, tell, what="patron"))}


def _post_per_patron(kind: str, loans: LoanQuerySet, day: date, now: datetime, days_late: int | None = None) -> int:
    by_patron: dict[int, list[Loan]] = defaultdict(list)
    for loan in loans.select_related("item__bib", "patron").order_by("patron_id", "id"):
        if loan.patron_id is not None:
            by_patron[loan.patron_id].append(loan)

    def tell(pk: int) -> None:
        _post_one(kind=kind, loans=by_patron[pk], day=day, now=now, days_late=days_late)

    return len(one_by_one(by_patron, tell, what="patron"))


@verb
def _post_one(*, kind: str, loans: list[Loan], day: date, now: datetime, days_late: int | None) -> None:
    patron = loans[0].patron
    assert patron is not None  # noqa: S101 - open loans have their patron: a constraint says so
    context: dict[str, object] = {
        "loans": [{"loan": loan.pk, "title": loan.item.bib.full_title, "due_on": loan.due_on} for loan in loans]
    }
    if days_late is not None:
        context["days_late"] = days_late
    post(
        key=f"{kind}:{patron.pk}:{day}" + (f":{days_late}" if days_late else ""),
        kind=kind,
        patron=patron,
        context=context,
        cause=f"{kind}:{patron.pk}",
        now=now,
        useful_until=days.midnight(days.plus(loans[0].due_on, 1)) if kind == "due_soon" else None,
    )
