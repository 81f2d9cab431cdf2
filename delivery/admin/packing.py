"""The packing table: scan an item, scan its bag; a wrong bag stops, loudly, and twice is once (DLV-4)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from delivery import actions, queries
from delivery.admin.destinations import destinations
from delivery.admin.runs import CHANGE, find
from delivery.desk_forms import PackingForm
from delivery.models import Bag, DeliveryRun, SlipLine
from delivery.queries import Place, Whereabouts
from okalib import clock
from okalib.admin_site import desk_context, desk_page
from okalib.desk import Answer, Tone, clerk, is_item_number
from okalib.numbers import scanned
from okalib.rules import Refused
from okalib.templatetags.okalib_days import day
from okalib.web import in_my_language


@desk_page("deliveries/<int:run_id>/packing/", gettext_lazy("袋詰め"), CHANGE, is_listed=False)
def packing(request: HttpRequest, run_id: int) -> HttpResponse:
    """Take the next number: an item names its bag, a bag takes the item in, a bag alone is closed when it is full."""
    run = find(run_id)
    if request.method != "POST":
        return _page(request, run)
    form = PackingForm(request.POST)
    form.is_valid()
    scan, item = scanned(request.POST.get("scan", "")[:40]), scanned(request.POST.get("item", "")[:40])
    if not scan:
        return _page(request, run, waits_for=_line(run, item))
    if is_item_number(scan):
        return _item(request, run, scan, before=_line(run, item))
    bag = Bag.objects.by_number(scan)
    if bag is None:
        answer = Answer(Tone.STOP, _("資料袋番号ではありません"), scan, [_("袋のラベルを読み取ってください。")])
        return _page(request, run, answer, waits_for=_line(run, item), status=404)
    waiting = _line(run, item)
    return _put_in(request, run, waiting, bag) if waiting else _close(request, run, bag)


def _line(run: DeliveryRun, item_number: str) -> SlipLine | None:
    return queries.place_of(run, item_number).line if item_number else None


def _item(request: HttpRequest, run: DeliveryRun, number: str, before: SlipLine | None) -> HttpResponse:
    """Say into which bag an item goes, or where it belongs if into none."""
    place = queries.place_of(run, number)
    line = place.line
    if place.whereabouts is not Whereabouts.OF_THIS_RUN or line is None:
        answer = Answer(Tone.STOP, _("この便の資料ではありません"), _title(place, number), [_belongs(place)])
        return _page(request, run, answer, waits_for=before, status=409)
    about = f"{line.loan.item.bib.full_title}　{number}"
    if line.is_packed:
        said = _("もう入れてあります：袋 %(bag)s") % {"bag": line.bag.number}
        return _page(request, run, Answer(Tone.DONE, said, about), bag=line.bag)
    reasons = []
    if before is not None and before.pk != line.pk:
        reasons = [_("前の資料 %(number)s は、まだ袋に入れていません。") % {"number": before.loan.item.item_number}]
    verb = _("袋 %(bag)s へ　%(library)s") % {"bag": line.bag.number, "library": line.bag.library.label}
    tone = Tone.LOOK if reasons else Tone.DONE
    return _page(request, run, Answer(tone, verb, about, reasons), waits_for=line, bag=line.bag)


def _title(place: Place, number: str) -> str:
    return f"{place.item.bib.full_title}　{number}" if place.item else number


def _belongs(place: Place) -> str:
    """Say where an item belongs that this run does not take along."""
    match place.whereabouts:
        case Whereabouts.OF_ANOTHER_RUN if place.bag:
            known = {"day": day(place.bag.run.lend_on), "bag": place.bag.number, "library": place.bag.library.label}
            return _("%(day)sの便の資料です：袋 %(bag)s（%(library)s）") % known
        case Whereabouts.RESERVED if place.hold and place.hold.pickup_at.is_home:
            return _("予約棚の資料です。予約棚へ戻してください。")
        case Whereabouts.RESERVED if place.hold:
            at = {"library": place.hold.pickup_at.label}
            return _("受渡の棚へ戻してください（%(library)sの予約）。今回は発送せず、次の便で確認します。") % at
        case Whereabouts.ON_LOAN:
            return _("貸出中の資料です。「返却・回収・到着」の画面で読み取ってください。")
        case Whereabouts.UNKNOWN:
            return _("この番号の資料はありません。番号を確かめてください。")
        case _:
            return _("予約も貸出もない資料です。「返却・回収・到着」の画面で読み取ると、行き先が分かります。")


def _put_in(request: HttpRequest, run: DeliveryRun, line: SlipLine, bag: Bag) -> HttpResponse:
    about = f"{line.loan.item.bib.full_title}　{line.loan.item.item_number}"
    try:
        actions.pack(line=line, bag=bag, by=clerk(request), now=clock.now())
    except Refused as refused:
        is_wrong = "wrong_bag" in refused.codes
        verb = _("袋が違います：正しい袋は %(bag)s") % {"bag": line.bag.number} if is_wrong else _("処理していません")
        answer = Answer(Tone.STOP, verb, about, in_my_language(refused.refusals))
        return _page(request, run, answer, waits_for=line if is_wrong else None, status=409)
    bag = queries.bag_of(bag.pk) or bag
    left = len(bag.missing)
    said = [_("この袋はそろいました。袋をもう一度読み取ると、閉じます。")] if not left else []
    verb = _("入れました：袋 %(bag)s（あと%(left)d点）") % {"bag": bag.number, "left": left}
    return _page(request, run, Answer(Tone.DONE, verb, about, said), bag=bag)


def _close(request: HttpRequest, run: DeliveryRun, bag: Bag) -> HttpResponse:
    """Close the bag that was scanned with nothing in the hand; of one that is not full say what is missing."""
    found = queries.bag_of(bag.pk) or bag
    if found.run_id != run.pk:
        known = {"day": day(found.run.lend_on), "library": found.library.label}
        reason = _("%(day)sの便の袋です（%(library)s）。") % known
        return _page(request, run, Answer(Tone.STOP, _("この便の袋ではありません"), found.number, [reason]), status=409)
    if found.is_sealed:
        verb = _("もう閉じてあります：袋 %(bag)s") % {"bag": found.number}
        return _page(request, run, Answer(Tone.DONE, verb, found.library.label), bag=found)
    try:
        actions.seal(bag=found, by=clerk(request), now=clock.now())
    except Refused as refused:
        missing = [f"{line.loan.item.item_number}　{line.loan.item.bib.full_title}" for line in found.missing]
        reasons = [*in_my_language(refused.refusals), *missing]
        verb = _("まだ閉じられません：袋 %(bag)s") % {"bag": found.number}
        return _page(request, run, Answer(Tone.LOOK, verb, found.library.label, reasons), bag=found, status=409)
    verb = _("袋を閉じました：%(bag)s") % {"bag": found.number}
    return _page(request, run, Answer(Tone.DONE, verb, found.library.label), bag=queries.bag_of(found.pk))


def _page(
    request: HttpRequest,
    run: DeliveryRun,
    answer: Answer | None = None,
    *,
    waits_for: SlipLine | None = None,
    bag: Bag | None = None,
    status: int = 200,
) -> HttpResponse:
    """Show the answer, an empty field that says what to scan next, and what is left to pack."""
    found = destinations(run)
    waiting: Any = {"item": waits_for.loan.item.item_number} if waits_for else None
    context = {
        "run": run,
        "answer": answer,
        "form": PackingForm(initial=waiting),
        "waits_for": waits_for,
        "bag": bag,
        "destinations": found,
        "bags": sum(len(stop.bags) for stop in found),
        "items": sum(stop.items for stop in found),
        "in_bags": sum(stop.in_bags for stop in found),
        "open_bags": sum(each.is_packed and not each.is_sealed for stop in found for each in stop.bags),
    }
    return render(request, "admin/delivery/packing.html", desk_context(request, **context), status=status)
