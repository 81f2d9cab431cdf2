"""Runs, bags and slips."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from circulation.models import Loan
from delivery import queries
from delivery.consistency.invariants import invariant
from delivery.models import Bag, DeliveryRun, SlipLine
from okalib import days
from okalib.rules import Channel


@invariant(
    title=_("送付票の行は、その受渡館への受渡しの貸出である（DLV-4）"),
    what_to_do=_("資料が袋に入っていないことを確かめ、送付票の行を消して印刷し直してください。"),
    example="bag {bag}, line {pk}",
)
def slip_line_without_loan(now: datetime) -> QuerySet:
    is_wrong = Q(loan__is_annulled=True) | ~Q(loan__channel=Channel.PICKUP) | ~Q(loan__return_to=F("bag__library"))
    return SlipLine.objects.filter(is_wrong).order_by("pk")


@invariant(
    title=_("受渡しの貸出は、送付票に載っている（DLV-4）"),
    what_to_do=_("資料が入っている袋を確認し、送付票に行を加えてください。"),
    example="item {item__item_number}",
)
def delivered_without_slip(now: datetime) -> QuerySet:
    return Loan.objects.open().filter(channel=Channel.PICKUP, slip_line=None).order_by("pk")


@invariant(
    title=_("資料の入った袋の便は、貸出処理が済んでいる（DLV-4）"),
    what_to_do=_("「受渡便」の作業（delivery_run）をその日の分として実行してください。"),
    example="bag {pk}, run {run__lend_on}",
)
def bag_of_run_never_lent(now: datetime) -> QuerySet:
    return Bag.objects.with_open_loans().filter(run__lent_at=None).order_by("pk")


@invariant(
    title=_("1つの袋は、1人の利用者のものである（DLV-4）"),
    what_to_do=_("袋を開け、利用者ごとの袋と送付票に分けてください。"),
    example="bag {pk}",
)
def bag_of_two_patrons(now: datetime) -> QuerySet:
    patrons = Count("lines__loan__patron", filter=Q(lines__loan__returned_at=None), distinct=True)
    return Bag.objects.annotate(patrons=patrons).filter(patrons__gt=1).order_by("pk")


@invariant(
    title=_("袋には、送付票の行がある（DLV-4）"),
    what_to_do=_("空の袋を削除してください。"),
    example="bag {pk}",
)
def empty_bag(now: datetime) -> QuerySet:
    return Bag.objects.filter(lines=None).order_by("pk")


@invariant(
    title=_("貸出日を過ぎた便は、貸出処理が済んでいるか、運行しない便である（DLV-1, OPS-2）"),
    what_to_do=_("「受渡便」の作業（delivery_run）をその日の分として実行するか、運行しない便にしてください。"),
    example="run {lend_on}",
)
def run_not_lent(now: datetime) -> QuerySet:
    today = days.day_of(now)
    return DeliveryRun.objects.filter(lend_on__lt=today, lent_at=None, is_cancelled=False).order_by("lend_on")


@invariant(
    title=_("メール送信日を過ぎた便は、お知らせが作成されている（DLV-7, OPS-2）"),
    what_to_do=_("「受渡のお知らせ」の作業（delivery_mail）をその日の分として実行してください。"),
    example="run {lend_on}",
)
def run_not_announced(now: datetime) -> QuerySet:
    today = days.day_of(now)
    lent = DeliveryRun.objects.filter(mail_on__lt=today, announced_at=None, is_cancelled=False)
    return lent.exclude(lent_at=None).order_by("lend_on")


@invariant(
    title=_("お知らせ済みの便の利用者には、お知らせが1件ある（DLV-7, NTF-2）"),
    what_to_do=_("「受渡のお知らせ」の作業（delivery_mail）をその便の送信日の分として実行してください。"),
)
def delivered_without_notice(now: datetime) -> list[str]:
    # What is held back is told as soon as it can be collected (DLV-10).
    lines = queries.not_held_back(queries.untold(), days.day_of(now))
    return [f"bag {line.bag_id}, line {line.pk}" for line in lines]
