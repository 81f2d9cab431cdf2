"""Bags on their way: where each is, for how long, and every step that a pickup library did not mark itself (DLV-9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from delivery import actions, queries
from delivery.desk_forms import BagOrItemForm, KeepLongerForm
from delivery.models import BAG_STATES, Bag, SlipLine
from delivery.rules import BAG_NEXT, BagState, bag_id
from okalib import clock, days
from okalib.admin_site import desk_context, desk_page
from okalib.desk import Tone, carry_out, clerk
from okalib.numbers import scanned

SEE, CHANGE = "delivery.view_bag", "delivery.change_bag"
TO_COLLECT = (BagState.SENT, BagState.AT_CENTRAL, BagState.ARRIVED)
LONG_LEFT_BEHIND = 7  # days after the window by which the van has come by again
LONG_ON_THE_WAY_BACK = 14  # days after which somebody should ask where a bag is
PER_PAGE = 100


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A bag that is not closed, how old it is, and what is to be thought of that."""

    bag: Bag
    days: int
    tone: Tone
    remark: str


def under_way(bag: Bag, today: date) -> UnderWay:
    """Judge the age of a bag by where it should be by now (A173)."""
    age = days.days_between(days.day_of(bag.packed_at), today)
    tone, remark = _judge(bag, today)
    return UnderWay(bag, age, tone, remark)


def _judge(bag: Bag, today: date) -> tuple[Tone, str]:
    if bag.state in TO_COLLECT and bag.last_day < today:
        over = days.days_between(bag.last_day, today)
        tone = Tone.STOP if over > LONG_LEFT_BEHIND else Tone.LOOK
        return tone, _("受渡期間が終わりました（%(days)d日前）。返送待ちです。") % {"days": over}
    if bag.state == BagState.ON_THE_WAY_BACK and bag.on_the_way_back_at:
        back = days.days_between(days.day_of(bag.on_the_way_back_at), today)
        if back > LONG_ON_THE_WAY_BACK:
            return Tone.STOP, _("返送から%(days)d日たっています。") % {"days": back}
    if any(line.loan.is_overdue(today) for line in bag.lines.all()):
        return Tone.LOOK, _("返却期限を過ぎた資料があります。")
    if bag.is_packed and bag.run.mail_on <= today:
        return Tone.STOP, _("お知らせの日になりましたが、まだ発送していません。")
    if bag.is_coming and bag.run.window_from < today:
        return Tone.LOOK, _("受渡期間に入りましたが、到着の記録がありません。")
    return Tone.DONE, ""


@desk_page("bags/", gettext_lazy("資料袋・搬送中の資料"), SEE, order=61)
def bags(request: HttpRequest) -> HttpResponse:
    """Show what is under way, the oldest first; the number of a bag or of an item in it leads to the bag (DLV-11)."""
    form = BagOrItemForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        found = _find(form.cleaned_data["number"])
        if found is not None:
            return HttpResponseRedirect(reverse("admin:desk-bag", args=[found]))
        messages.error(request, _("この番号の資料袋も、搬送中の資料もありません。"))
    page = Paginator(queries.bags_under_way(), PER_PAGE).get_page(request.GET.get("page"))
    rows = [under_way(bag, clock.today()) for bag in page.object_list]
    context = {"form": form, "page": page, "rows": rows, "number": page.paginator.count}
    return render(request, "admin/delivery/bags.html", desk_context(request, **context))


def _find(number: str) -> int | None:
    """Return the id of the bag with this number, or of the bag that holds this item (DLV-11)."""
    plain = scanned(number)
    bag = Bag.objects.by_number(plain) if bag_id(plain) is not None else None
    if bag is not None:
        return bag.pk
    line = SlipLine.objects.filter(loan__item__item_number=plain).order_by("loan__returned_at", "-id")
    still_out = line.filter(loan__returned_at=None).first()
    return still_out.bag_id if still_out else None


@desk_page("bags/<int:bag_id>/", gettext_lazy("資料袋"), SEE, name="bag", is_listed=False)
@require_safe
def show(request: HttpRequest, bag_id: int) -> HttpResponse:
    """Show a bag, what is in it and still out, and the steps that come next (DLV-9, DLV-11)."""
    return _page(request, _bag(bag_id))


def _page(request: HttpRequest, bag: Bag, *, status: int = 200, **more: Any) -> HttpResponse:
    names = dict(BAG_STATES)
    context = {
        "bag": bag,
        "title": _("資料袋 %(number)s") % {"number": bag.number},
        "steps": [(state, names[state]) for state in BagState if state in BAG_NEXT[BagState(bag.state)]],
        "state_name": names[BagState(bag.state)],
        "under_way": under_way(bag, clock.today()),
        "keep_form": KeepLongerForm(initial={"until": bag.last_day}),
        "may_change": request.user.has_perm(CHANGE),
    }
    return render(request, "admin/delivery/bag.html", desk_context(request, **context | more), status=status)


@desk_page("bags/<int:bag_id>/step/", gettext_lazy("資料袋の状態"), CHANGE, is_listed=False)
@require_POST
def step(request: HttpRequest, bag_id: int) -> HttpResponse:
    """Say how far a bag has come, for a pickup library that does not mark it itself (DLV-9)."""
    bag, to = _bag(bag_id), request.POST.get("to", "")
    if to not in {state for state in BagState if state is not BagState.CLOSED}:
        raise Http404
    carry_out(
        request,
        lambda: actions.mark(bag=bag, to=BagState(to), by=clerk(request), now=clock.now()),
        _("「%(state)s」にしました。") % {"state": dict(BAG_STATES)[BagState(to)]},
    )
    return _to(bag)


@desk_page("bags/<int:bag_id>/extension/", gettext_lazy("受渡期限の延長"), CHANGE, is_listed=False)
@require_POST
def keep_longer(request: HttpRequest, bag_id: int) -> HttpResponse:
    """Keep a bag longer for its patron (DLV-10)."""
    bag, form = _bag(bag_id), KeepLongerForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("新しい受渡期限を日付で入力してください。"))
        return _page(request, bag, status=422, keep_form=form)
    data = form.cleaned_data
    is_done = carry_out(
        request,
        lambda: actions.keep_longer(
            bag=bag, until=data["until"], by=clerk(request), now=clock.now(), reason=data["reason"]
        ),
        _("受渡期限を延ばしました。"),
    )
    return _to(bag) if is_done else _page(request, _bag(bag_id), status=409, keep_form=form)


@desk_page("bags/lines/<int:line_id>/removal/", gettext_lazy("袋から出す"), CHANGE, is_listed=False)
@require_POST
def take_out(request: HttpRequest, line_id: int) -> HttpResponse:
    """Take an item out of a bag that has not left: its loan is undone, its reservation secured again (A165)."""
    line = get_object_or_404(SlipLine.objects.select_related("bag__run", "loan__item__bib", "loan__patron"), pk=line_id)
    bag, run, reason = line.bag, line.bag.run, request.POST.get("reason", "").strip()
    if not reason:
        messages.error(request, _("袋から出す理由を入力してください。"))
        return _to(bag)
    title = line.loan.item.bib.full_title
    carry_out(
        request,
        lambda: actions.take_out(line=line, by=clerk(request), now=clock.now(), reason=reason),
        _("「%(title)s」を袋から出し、貸出を取り消しました。") % {"title": title},
    )
    if Bag.objects.filter(pk=bag.pk).exists():
        return _to(bag)
    return HttpResponseRedirect(reverse("admin:desk-run", args=[run.pk]))


def _bag(bag_id: int) -> Bag:
    bag = queries.bag_of(bag_id)
    if bag is None:
        raise Http404
    return bag


def _to(bag: Bag) -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:desk-bag", args=[bag.pk]))
