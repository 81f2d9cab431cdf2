"""What today asks of each member of staff, by their rights; read from the top floor, which may ask every app.

    asks(user, today=…, now=…) → one Ask for each piece of work, those with nothing to do included

Nothing here looks for broken invariants: the job has looked at night, and its last answer is shown (OPS-4).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.core.cache import cache
from django.db.models import Count, Exists, Min, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from catalog.models import Item
from catalog.rules import Whereabouts
from circulation import queries as circulation
from delivery.consistency import INVARIANTS
from delivery.models import Bag, DeliveryRun
from delivery.rules import BagState
from holds import queries as holds
from holds.models import Hold, PullLine, Request
from holds.rules import RequestState
from notifications.models import Notice
from notifications.rules import FOR_STAFF, State
from okalib import days
from okalib.desk import Tone
from okalib.job_standings import standings
from okalib.models import JobRun, PolicySettings, User
from okalib.rules import JobState
from okalib.templatetags.okalib_days import day as in_words

COUNTED_FOR = timedelta(minutes=5)
"""How long the number of reservations that cannot be filled is kept: it takes a look at every waiting one."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One piece of work: how many there are of it, where it is done, and a sentence that says what to do."""

    title: str
    number: int
    url: str
    sentence: str = ""
    tone: Tone = Tone.LOOK

    @property
    def is_open(self) -> bool:
        """Whether there is anything to do."""
        return self.number > 0


@dataclass(frozen=True, slots=True)
class Broken:
    """One invariant that the night's check found broken."""

    title: str
    what_to_do: str
    found: str
    examples: list[str] = field(default_factory=list)


def asks(user: User, *, today: date, now: datetime) -> list[Ask]:
    """Return what today asks of somebody, in the order of a day's work."""
    parts: list[tuple[str, Callable[[date, datetime], Iterator[Ask]]]] = [
        ("holds.change_pullline", _pull_list),
        ("holds.change_hold", _hold_shelf),
        ("circulation.add_loan", _offline),
        ("holds.change_request", _requests),
        ("delivery.change_deliveryrun", _runs),
        ("notifications.change_notice", _notices),
        ("okalib.view_jobrun", _jobs),
    ]
    return [ask for right, read in parts if user.has_perm(right) for ask in read(today, now)]


def _pull_list(today: date, now: datetime) -> Iterator[Ask]:
    """PUL-1: what is still on the shelves of this morning's list."""
    is_open = Q(outcome="", item__whereabouts=Whereabouts.SHELF) & Q(
        Exists(Hold.objects.waiting().filter(bib=OuterRef("item__bib")))
    )
    lines = PullLine.objects.filter(day=today).aggregate(all=Count("pk"), open=Count("pk", filter=is_open))
    sentence = _("今朝のリスト%(all)s点のうち、まだ集めていない資料です。") % {"all": lines["all"]}
    if not lines["all"]:
        sentence = _("今朝のリストに資料はありません。")
    yield Ask(_("書架から集める資料"), lines["open"], reverse("admin:desk-pull-list"), sentence)


def _hold_shelf(today: date, now: datetime) -> Iterator[Ask]:
    """SHF-4, HLD-7, PUL-5: what leaves the hold shelf, whose slip is changed, and who waits in vain."""
    clearance = Item.objects.on_clearance().count()
    yield Ask(
        _("予約棚から外す資料"), clearance, reverse("admin:desk-clearance"), _("返却の画面で読み取ってください。")
    )
    relabelling = Hold.objects.bound().filter(relabel_since__isnull=False).count()
    yield Ask(_("札を差し替える資料"), relabelling, reverse("admin:desk-relabelling"), _("次の予約の札に替えます。"))
    waiting = cache.get_or_set(f"today.cannot_be_filled.{today}", _in_vain, COUNTED_FOR.total_seconds())
    sentence = _("あてられる資料がありません。購入・捜索・取消を決めてください。")
    yield Ask(_("用意できない予約"), waiting or 0, reverse("admin:desk-cannot-be-filled"), sentence)


def _in_vain() -> int:
    return holds.cannot_be_filled(PolicySettings.current()).order_by().count()


def _offline(today: date, now: datetime) -> Iterator[Ask]:
    """A247: asked of nobody as long as every desk has its network."""
    number = circulation.offline_conflict_count()
    if number:
        sentence = _("通信断のあいだの貸出・返却で、登録できなかったものです。理由を見て決めてください。")
        yield Ask(_("オフラインの記録"), number, reverse("admin:desk-offline"), sentence, Tone.STOP)


def _requests(today: date, now: datetime) -> Iterator[Ask]:
    """REQ-1."""
    found = Request.objects.filter(state=RequestState.OPEN).aggregate(n=Count("pk"), oldest=Min("made_at"))
    oldest = found["oldest"]
    sentence = _("最も古いものは%(day)sに届きました。") % {"day": in_words(oldest)} if oldest else ""
    is_old = oldest is not None and days.days_between(days.day_of(oldest), today) > 3
    tone = Tone.STOP if is_old else Tone.LOOK
    yield Ask(_("利用者からの依頼"), found["n"], reverse("admin:desk-requests"), sentence, tone)


# ── The weekly run ───────────────────────────────────────────────────────────────────────────────


def _runs(today: date, now: datetime) -> Iterator[Ask]:
    """DLV-3, DLV-7, DLV-10: the steps of the runs that have begun and whose bags are not all back."""
    runs = DeliveryRun.objects.filter(is_cancelled=False, lend_on__lte=today, window_to__gte=days.plus(today, -28))
    bags = Bag.objects.with_open_loans().filter(run__lend_on__gte=days.plus(today, -90)).order_by()
    late = Q(run__window_to__lt=today) & (Q(keep_until=None) | Q(keep_until__lt=today))
    not_collected = Q(state__in=[BagState.SENT, BagState.AT_CENTRAL, BagState.ARRIVED]) & late
    counted = bags.values("run").annotate(
        packed=Count("pk", filter=Q(state=BagState.PACKED)), late=Count("pk", filter=not_collected)
    )
    numbers = {row["run"]: row for row in counted}
    for run in runs:
        yield from _steps(run, numbers.get(run.pk, {}), today)
    elsewhere = sum(row["late"] for row in numbers.values())
    yield Ask(
        _("受渡期間を過ぎた資料袋"),
        elsewhere,
        reverse("admin:desk-bags"),
        _("受渡館に返送を頼むか、期限を延ばしてください。"),
        Tone.STOP,
    )


def _steps(run: DeliveryRun, bags: dict[str, int], today: date) -> Iterator[Ask]:
    url, about = reverse("admin:desk-run", args=[run.pk]), {"run": in_words(run.lend_on)}
    if run.lent_at is None and run.window_to >= today:
        tone = Tone.STOP if run.lend_on < today else Tone.LOOK
        yield Ask(_("%(run)sの便の貸出") % about, 1, url, _("貸出と袋詰めをする日です。"), tone)
    if bags.get("packed"):
        sentence = _("詰めてありますが、まだ発送していません。")
        tone = Tone.STOP if run.mail_on <= today else Tone.LOOK
        yield Ask(_("%(run)sの便の発送する資料袋") % about, bags["packed"], url, sentence, tone)
    if run.lent_at is not None and run.announced_at is None and run.mail_on <= today <= run.window_to:
        tone = Tone.STOP if run.mail_on < today else Tone.LOOK
        yield Ask(_("%(run)sの便の案内メール") % about, 1, url, _("メールを送る日です。"), tone)


# ── Notices, jobs and the night's check ──────────────────────────────────────────────────────────


def _notices(today: date, now: datetime) -> Iterator[Ask]:
    """NTF-4, PAT-4."""
    rows = Notice.objects.filter(state__in=FOR_STAFF).order_by().values_list("state").annotate(n=Count("pk"))
    numbers = dict(rows)
    phone = numbers.get(State.PHONE, 0)
    yield Ask(_("電話で知らせること"), phone, reverse("admin:desk-phone-list"), _("メールの届かない利用者です。"))
    notices = reverse("admin:notifications_notice_changelist")
    for state, title, sentence in (
        (State.UNKNOWN, _("届いたか分からないお知らせ"), _("再送するか、対応済にするかを決めてください。")),
        (State.FAILED, _("送れなかったお知らせ"), _("宛先を確かめ、再送するか対応済にしてください。")),
    ):
        yield Ask(title, numbers.get(state, 0), f"{notices}?state__exact={state}", sentence, Tone.STOP)


def _jobs(today: date, now: datetime) -> Iterator[Ask]:
    """OPS-2, OPS-4."""
    all_of_them = standings(now)
    for title, troubled in (
        (_("失敗した処理"), [each.title for each in all_of_them if each.has_failed]),
        (_("動いていない処理"), [each.title for each in all_of_them if each.is_missing]),
    ):
        yield Ask(title, len(troubled), reverse("admin:desk-jobs"), "、".join(troubled), Tone.STOP)
    found, checked_at = broken()
    sentence = _("まだ点検していません。")
    if checked_at:
        sentence = _("%(day)sの点検で見つかりました。直し方はページにあります。") % {"day": in_words(checked_at)}
    yield Ask(_("記録の食い違い"), len(found), reverse("admin:desk-consistency"), sentence, Tone.STOP)


def broken() -> tuple[list[Broken], datetime | None]:
    """Return what the last check found broken, with what to do about it, and when that was (OPS-4)."""
    last = JobRun.objects.filter(job="consistency_check", state=JobState.DONE).order_by("-day", "-id").first()
    if last is None:
        return [], None
    return [_broken(line) for line in last.exceptions], last.finished_at


def _broken(line: str) -> Broken:
    """Read a line of the job: `name: number (example, example)`."""
    name, _colon, rest = line.partition(": ")
    number, _bracket, examples = rest.partition(" (")
    known = INVARIANTS.get(name)
    title, what_to_do = (str(known.title), str(known.what_to_do)) if known else (name, "")
    named = examples.removesuffix(")")
    return Broken(title, what_to_do, number, named.split(", ") if named else [])
