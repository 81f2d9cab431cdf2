"""How far the worker is with lending a run, and what became of its mails (DLV-3, DLV-7, OPS-2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count

from delivery.models import DeliveryRun, RunException, SlipLine
from delivery.queries.runs import candidates
from notifications.models import Notice
from notifications.rules import State
from okalib.models import JobRun
from okalib.rules import JobState

JOB = "delivery_run"
PATIENCE = timedelta(minutes=1)  # a worker that is alive takes a job up within seconds


@dataclass(frozen=True, slots=True)
class Lending:
    """Where lending stands: when it was asked for, and the row of the job, if it has begun."""

    asked_at: datetime | None
    row: JobRun | None

    @property
    def is_waiting(self) -> bool:
        """Whether it was asked for and no worker has taken it up."""
        return self.asked_at is not None and (self.row is None or self.row.started_at < self.asked_at)

    @property
    def is_running(self) -> bool:
        """Whether a worker is at it."""
        return self.row is not None and not self.is_waiting and self.row.state == JobState.RUNNING

    @property
    def has_failed(self) -> bool:
        """Whether the last attempt ended in an error; pressed again it does what is left (A159)."""
        return self.row is not None and not self.is_waiting and self.row.state == JobState.FAILED

    def is_overdue(self, now: datetime) -> bool:
        """Whether it waits for so long that no worker can be alive."""
        return self.is_waiting and self.asked_at is not None and now - self.asked_at > PATIENCE


def lending(run: DeliveryRun) -> Lending:
    """Return where lending stands."""
    row = JobRun.objects.filter(job=JOB, day=run.lend_on).order_by("-id").first()
    return Lending(run.lending_asked_at, row)


def looked_at(run: DeliveryRun, stands: Lending) -> tuple[int, int]:
    """Return how many reservations lending has looked at, and of how many.

    Told by what it has written and not by a counter that a kill could leave behind.
    """
    lent = SlipLine.objects.filter(bag__run=run).count()
    left = candidates(run).order_by().count()
    began_at = stands.asked_at or (stands.row.started_at if stands.row else None)
    refused = RunException.objects.filter(run=run, found_at__gte=began_at).count() if began_at else 0
    return lent + min(refused, left), lent + left


def mails_of(run: DeliveryRun) -> dict[str, int]:
    """Return how many of Thursday's notices are sent, under way, to be telephoned, failed or withdrawn (DLV-7, PAT-4).

    A notice that staff have closed counts as settled.
    """
    rows = Notice.objects.filter(cause=f"run:{run.pk}", kind="delivery_ready").order_by()
    counted = dict(rows.values_list("state").annotate(number=Count("pk")))
    return {str(state): counted[state] for state in State if counted.get(state)}
