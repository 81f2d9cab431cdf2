"""An item in the hand: returned, fetched or arrived, the desk asks one question and gets one answer (RET-1)."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from catalog import queries as catalog
from catalog.models import Item
from circulation import actions, rules
from circulation.admin import sitting
from circulation.admin.panel import named
from circulation.admin.scanning import is_rehearsing, scan_view, show
from circulation.desk_forms import CheckInForm
from circulation.models import Loan
from circulation.rules import Destination
from holds.rules import unknown_item
from okalib import clock
from okalib.admin_site import desk_page
from okalib.desk import Answer, Tone, clerk, is_item_number, refused_answer
from okalib.rules import Refused, Severity
from okalib.templatetags.okalib_days import day
from okalib.web import in_my_language

TAKE_BACK = "circulation.change_loan"
SCREEN = "check_in"
LIST = "desk_check_ins"


@desk_page("check-in/", gettext_lazy("返却・回収・到着"), TAKE_BACK, order=20)
@scan_view
def check_in(request: HttpRequest) -> HttpResponse:
    """Take an item and say where it goes; scanned again, the answer is the same (RET-1, RET-2, A68)."""
    if request.method != "POST":
        return _page(request)
    form = CheckInForm(request.POST, today=clock.today())
    if not form.is_valid():
        answer = Answer(Tone.STOP, _("処理していません"), reasons=[_("投函された日を確かめてください。")])
        return _page(request, answer, form=form, status=422)
    dropped_on = None
    if form.cleaned_data["is_drop"]:
        dropped_on = form.cleaned_data["dropped_on"] or rules.default_drop_day(clock.today())
    scan = form.cleaned_data["scan"]
    item = catalog.item_with_number(scan) if scan else None
    if item is None:
        return _not_an_item(request, scan, dropped_on)
    return _take(request, item, dropped_on)


def _not_an_item(request: HttpRequest, scan: str, dropped_on: date | None) -> HttpResponse:
    answer = refused_answer(request, [unknown_item(scan)]) if scan else None
    if scan and not is_item_number(scan):
        answer = Answer(Tone.STOP, _("資料番号ではありません"), scan, [_("資料のバーコードを読み取ってください。")])
    if answer:
        _list(request, "—", scan, answer)
    return _page(request, answer, dropped_on, status=404 if scan else 200)


def _take(request: HttpRequest, item: Item, dropped_on: date | None) -> HttpResponse:
    try:
        done = actions.check_in(item=item, by=clerk(request), now=clock.now(), dropped_on=dropped_on)
    except Refused as refused:
        answer = refused_answer(request, refused.refusals, named(item))
        _list(request, item.bib.full_title, item.item_number, answer)
        return _page(request, answer, dropped_on, status=409)
    tone = Tone.LOOK if done.messages else Tone.DONE
    if any(message.severity is Severity.STOP for message in done.messages):
        tone = Tone.STOP
    answer = Answer(tone, destination_words(done), _about(done), in_my_language(done.messages))
    _list(request, item.bib.full_title, item.item_number, answer)
    if done.memory and not done.memory.is_empty and not is_rehearsing(request):
        words = _("返却：%(title)s") if done.loan else _("確保・整理：%(title)s")
        sitting.remember(request, SCREEN, words % {"title": item.bib.full_title}, done.memory)
    return _page(request, answer, dropped_on, done=done)


def destination_words(done: actions.CheckIn) -> str:
    """Write where the item goes: the verb with its place (RET-1)."""
    item, hold = done.item, done.hold
    match done.destination:
        case Destination.SHELF:
            return _("書架へ　%(place)s %(call_number)s") % {"place": item.location, "call_number": item.call_number}
        case Destination.HOLD_SHELF:
            return _("予約棚へ")
        case Destination.DELIVERY_SHELF:
            return _("受渡の棚へ：%(library)s") % {"library": hold.pickup_at.label if hold else ""}
        case _:
            return _("担当者へ")


def _about(done: actions.CheckIn) -> str:
    """Name the item, and the counter that puts it back, which may be another one than this (RET-1)."""
    counter = done.item.location.return_desk
    if done.destination != Destination.SHELF or not counter:
        return named(done.item)
    return _("%(item)s　担当：%(counter)s") % {"item": named(done.item), "counter": counter}


@desk_page("check-in/undoing/", gettext_lazy("返却の取消"), TAKE_BACK, is_listed=False)
@require_POST
@scan_view
def undo(request: HttpRequest) -> HttpResponse:
    """Undo the last scan of this screen, if it is still the one that the button named (RET-5, OPS-5)."""
    deed = sitting.last_deed(request, SCREEN)
    if deed is None or deed.id != request.POST.get("deed"):
        return _page(request, nothing_to_undo(), status=409)
    try:
        item = actions.undo_check_in(
            memory=deed.memory, by=clerk(request), now=clock.now(), reason=_("カウンターで直後に取消")
        )
    except Refused as refused:
        answer = Answer(Tone.STOP, _("取り消していません"), deed.words, in_my_language(refused.refusals))
        return _page(request, answer, status=409)
    if not is_rehearsing(request):
        sitting.forget_deed(request, SCREEN)
    answer = _undone(item, deed.memory)
    _list(request, item.bib.full_title, item.item_number, answer)
    return _page(request, answer)


def _undone(item: Item, memory: actions.CheckInMemory) -> Answer:
    """Say what is as it was before: the loan, the place, the queue."""
    said = []
    if memory.returned:
        due = Loan.objects.get(pk=memory.returned.loan_id).due_on
        said.append(_("貸出中に戻りました。返却期限は%(due)sのままです。") % {"due": day(due)})
    else:
        said.append(_("所在は「%(place)s」に戻りました。") % {"place": item.get_whereabouts_display()})
    if memory.claimed and memory.claimed.before != memory.claimed.after:
        said.append(_("予約は元の順番に戻りました。"))
    verb = _("返却を取り消しました") if memory.returned else _("読み取りを取り消しました")
    return Answer(Tone.LOOK, verb, named(item), said)


def nothing_to_undo() -> Answer:
    """What is said where the last scan is not the one on the button, or lies too long ago."""
    reason = _("取り消せるのは、この画面の直前の処理だけです。10分を過ぎたものは取り消せません。")
    return Answer(Tone.STOP, _("取り消していません"), reasons=[reason])


def _list(request: HttpRequest, title: str, number: str, answer: Answer) -> None:
    """Keep the session's list: time, number, title, result; whose it was is nobody's business here (RET-5).

    Refusals are in it too: in a burst the next answer covers them.
    """
    if is_rehearsing(request):
        return
    line = sitting.row(title, number, answer)
    request.session[LIST] = [asdict(line), *request.session.get(LIST, [])][: sitting.LONGEST_LIST]


@desk_page("check-in/list/", gettext_lazy("返却の一覧を消す"), TAKE_BACK, is_listed=False)
@require_POST
def forget_list(request: HttpRequest) -> HttpResponse:
    """Begin the session's list anew."""
    request.session.pop(LIST, None)
    return HttpResponseRedirect(reverse("admin:desk-check-in"))


def _page(
    request: HttpRequest,
    answer: Answer | None = None,
    dropped_on: date | None = None,
    *,
    form: CheckInForm | None = None,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    """Show the answer and an empty field; the mode of the book drop stays on with its day."""
    today = clock.today()
    initial = {"is_drop": dropped_on is not None, "dropped_on": dropped_on or rules.default_drop_day(today)}
    context = {
        "answer": answer,
        "form": form or CheckInForm(initial=initial, today=today),
        "list": request.session.get(LIST, []),
        "dropped_on": dropped_on,
        "deed": sitting.last_deed(request, SCREEN),
    }
    return show(request, SCREEN, context | more, status=status)
