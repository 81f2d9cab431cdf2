"""Cards, jobs, and whether the guards of the database are at their posts."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.apps import apps
from django.db import connection
from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils.translation import gettext_lazy as _

from circulation.models import Loan
from delivery.consistency.invariants import invariant
from holds.models import Hold
from okalib import days, jobs
from okalib.models import JobRun, Patron
from okalib.rules import JobState

LONGEST_JOB = timedelta(hours=6)


@invariant(
    title=_("カードの最終利用日は、貸出・延長・予約の日より前ではなく、未来でもない（PAT-1）"),
    what_to_do=_("最終利用日を、貸出・延長・予約のうち最も新しい日に直してください。"),
    example="patron {pk}",
)
def last_use_forgotten(now: datetime) -> QuerySet:
    last_use = OuterRef("last_used_on")
    later_loan = Loan.objects.open().filter(Q(lent_on__gt=last_use) | Q(renewed_on__gt=last_use), patron=OuterRef("pk"))
    made = Hold.objects.open().annotate(made_on=TruncDate("accepted_at", tzinfo=days.TOKYO))
    later_hold = made.filter(patron=OuterRef("pk"), made_on__gt=last_use)
    today = days.day_of(now)
    return Patron.objects.filter(Exists(later_loan) | Exists(later_hold) | Q(last_used_on__gt=today)).order_by("pk")


@invariant(
    title=_("失敗した作業は、その日の分がやり直されている（OPS-2）"),
    what_to_do=_("原因を除き、`manage.py job 名前 --day 日付` でその日の分をやり直してください。"),
    example="{job} {day}",
)
def job_failed(now: datetime) -> QuerySet:
    done = JobRun.objects.filter(job=OuterRef("job"), day=OuterRef("day"), state=JobState.DONE)
    recent = JobRun.objects.filter(day__gte=days.plus(days.day_of(now), -jobs.LONGEST_CATCH_UP))
    return recent.filter(~Exists(done), state=JobState.FAILED).order_by("day", "pk")


@invariant(
    title=_("作業は、始まれば終わっている（OPS-2）"),
    what_to_do=_("ワーカーが止まっていないか確認し、その日の分をやり直してください。"),
    example="{job} {day}",
)
def job_not_ended(now: datetime) -> QuerySet:
    return JobRun.objects.filter(
        state=JobState.RUNNING, started_at__lt=now - LONGEST_JOB, job__in=list(jobs.known())
    ).order_by("pk")


@invariant(
    title=_("毎日の作業は、きのうまでの分が済んでいる（OPS-1, OPS-2）"),
    what_to_do=_("ワーカーとbeatが動いているか確認してください。動き出せば、抜けた日の分は順に行われます。"),
)
def job_not_run(now: datetime) -> list[str]:
    yesterday = days.plus(days.day_of(now), -1)
    last = JobRun.objects.filter(state=JobState.DONE).order_by("job").values_list("job").annotate(last=Max("day"))
    daily = {name for name, job in jobs.known().items() if job.daily}
    return [f"{job}: {day}" for job, day in last if job in daily and day < yesterday]


@invariant(
    title=_("データベースの制約がすべてあり、効いている"),
    what_to_do=_("`manage.py migrate` を実行し、復元したデータなら制約を付け直してください。"),
)
def guard_missing(now: datetime) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE convalidated"
            " UNION SELECT relname FROM pg_class JOIN pg_index ON indexrelid = pg_class.oid"
            " WHERE indisunique AND indisvalid"
        )
        there = {name for (name,) in cursor.fetchall()}
    wanted = [
        constraint.name
        for model in apps.get_models()
        if model._meta.managed and not model._meta.proxy
        for constraint in model._meta.constraints
    ]
    return [name for name in wanted if name not in there]
