"""Lending at the counter: a card, then items; the answer to each is huge and first."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from catalog import queries as catalog
from catalog.models import Item
from catalog.rules import Whereabouts
from circulation import actions, queries, rules
from circulation.admin import sitting
from circulation.admin.check_in import nothing_to_undo
from circulation.admin.panel import Panel, named, panel
from circulation.admin.scanning import decided, is_rehearsing, saw, scan_view, show
from circulation.desk_forms import CheckOutForm
from circulation.models import Loan, LoanQuerySet
from holds.rules import unknown_item
from okalib import clock, people
from okalib.actions import patrons
from okalib.admin_site import desk_page
from okalib.desk import Answer, Tone, can_go_over, clerk, is_item_number, refused_answer
from okalib.models import Patron
from okalib.numbers import is_id
from okalib.rules import Refused
from okalib.templatetags.okalib_days import day
from okalib.web import in_my_language

LEND = "circulation.add_loan"
SCREEN = "check_out"


@desk_page("check-out/", gettext_lazy("貸出"), LEND, order=10)
@scan_view
def check_out(request: HttpRequest) -> HttpResponse:
    """Take a card or an item: a card brings its patron to the desk, an item is lent to that patron."""
    form = CheckOutForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _page(request)
    scan, patron, now = form.cleaned_data["scan"], form.cleaned_data["patron"], clock.now()
    if not scan:
        return _page(request, patron)
    if not is_item_number(scan):
        return _card(request, scan, patron, now)
    item = catalog.item_with_number(scan)
    if item is None:
        return _refuse(request, patron, scan, refused_answer(request, [unknown_item(scan)]), status=404)
    if patron is None:
        answer = Answer(Tone.STOP, _("先に利用者カードを読み取ってください"), named(item))
        return _refuse(request, None, scan, answer)
    return _lend(request, item, patron, form.cleaned_data["due_on"], now)


def _card(request: HttpRequest, number: str, before: Patron | None, now: datetime) -> HttpResponse:
    """Bring the patron of a card to the desk; a dead card raises the alarm and opens nothing (PAT-1, PAT-2)."""
    card = people.card_at_desk(number, now=now)
    if card.patron is None and card.refusal is not None:
        owner = _("カードの持ち主：%(name)s") % {"name": card.owner.name} if card.owner else ""
        answer = Answer(Tone.STOP, _("このカードは使えません"), owner, in_my_language([card.refusal]))
        return _refuse(request, None, number, answer)
    patron = cast(Patron, card.patron)
    patrons.note_view(patron=patron, by=clerk(request), now=now)  # the panel is a look at the record (A227)
    sitting.begin(request, patron, after=before)
    shown = panel(patron, now)
    warnings = in_my_language(shown.warnings)
    if shown.overdue:
        warnings.append(_("返却期限を過ぎた資料が%(number)s点あります。") % {"number": len(shown.overdue)})
    answer = Answer(Tone.LOOK if warnings else Tone.DONE, _("資料を読み取ってください"), patron.name_kana, warnings)
    return _page(request, patron, answer, shown=shown)


def _refuse(request: HttpRequest, patron: Patron | None, scan: str, answer: Answer, status: int = 409) -> HttpResponse:
    """Answer what could not even be tried; the list keeps it, because in a burst the next answer covers this one."""
    if not is_rehearsing(request):
        sitting.note(request, patron, sitting.row("—", scan, answer))
    return _page(request, patron, answer, status=status)


def _lend(request: HttpRequest, item: Item, patron: Patron, due_on: date | None, now: datetime) -> HttpResponse:
    try:
        lent = actions.check_out(
            item=item, patron=patron, by=clerk(request), now=now, override=decided(request), due_on=due_on
        )
    except Refused as refused:
        codes = refused.codes
        answer = refused_answer(request, refused.refusals, named(item))
        _note(request, patron, item, answer)
        return _page(
            request,
            patron,
            answer,
            status=409,
            asked_for=item,
            goes_over=can_go_over(request, refused.refusals) or "due_date_needed" in codes,
            needs_due_date=not item.is_lendable,
            renewable=queries.open_loan_of(item) if "already_yours" in codes else None,
        )
    tone = Tone.LOOK if lent.warnings else Tone.DONE
    verb = _("貸出しました　返却期限 %(due)s") % {"due": day(lent.loan.due_on)}
    answer = Answer(tone, verb, named(item), in_my_language(lent.warnings))
    _note(request, patron, item, answer, lent.loan)
    if not is_rehearsing(request):
        sitting.remember(request, SCREEN, _("貸出：%(title)s") % {"title": item.bib.full_title}, lent.memory)
    return _page(request, patron, answer)


def _note(request: HttpRequest, patron: Patron, item: Item, answer: Answer, loan: Loan | None = None) -> None:
    """Write the list of this sitting; what is rehearsed leaves no line."""
    if not is_rehearsing(request):
        line = sitting.row(item.bib.full_title, item.item_number, answer, loan.pk if loan else None)
        sitting.note(request, patron, line)


@desk_page("check-out/renewal/", gettext_lazy("延長"), LEND, is_listed=False)
@require_POST
@scan_view
def renew(request: HttpRequest) -> HttpResponse:
    """Renew a loan at the desk, over refusals with a reason (REN-2)."""
    loan = _open_loans().filter(pk=_number(request, "loan")).first()
    if loan is None:
        return _page(request, None, refused_answer(request, [rules.not_on_loan()]), status=409)
    patron = loan.patron
    try:
        loan = actions.renew(loan=loan, by=clerk(request), now=clock.now(), override=decided(request))
    except Refused as refused:
        answer = refused_answer(request, refused.refusals, named(loan.item))
        goes_over = can_go_over(request, refused.refusals)
        return _page(request, patron, answer, status=409, renewable=loan, renewal_goes_over=goes_over)
    due = day(loan.due_on)
    return _page(
        request, patron, Answer(Tone.DONE, _("延長しました　返却期限 %(due)s") % {"due": due}, named(loan.item))
    )


@desk_page("check-out/undoing/", gettext_lazy("貸出の取消"), LEND, is_listed=False)
@require_POST
@scan_view
def undo(request: HttpRequest) -> HttpResponse:
    """Undo the last loan of this screen, or one of today out of the list, as if it had never been made (A165)."""
    deed = sitting.last_deed(request, SCREEN)
    is_last = deed is not None and deed.id == request.POST.get("deed")
    at_desk = Patron.objects.select_related("category").filter(pk=_number(request, "patron")).first()
    if request.POST.get("deed") and not is_last:
        return _page(request, at_desk, nothing_to_undo(), status=409)
    loan = _open_loans().filter(pk=deed.memory.loan_id if deed and is_last else _number(request, "loan")).first()
    if loan is None:
        return _page(request, at_desk, refused_answer(request, [rules.not_on_loan()]), status=409)
    patron, item = cast(Patron, loan.patron), loan.item
    if loan.lent_on != clock.today() or loan.was_delivered:
        reason = _("取り消せるのは、今日カウンターで貸し出した資料だけです。")
        return _page(request, patron, Answer(Tone.STOP, _("処理していません"), named(item), [reason]), status=409)
    memory = deed.memory if deed and deed.memory.loan_id == loan.pk else None
    try:
        hold = actions.undo_check_out(
            loan=loan,
            by=clerk(request),
            now=clock.now(),
            reason=request.POST.get("reason") or _("カウンターで取消"),
            memory=memory,
        )
    except Refused as refused:
        return _page(request, patron, refused_answer(request, refused.refusals, named(item)), status=409)
    item.refresh_from_db()
    verb = _("貸出を取り消しました　%(place)s") % {"place": _place(item)}
    said = [_("予約は元の順番に戻りました。")] if hold and hold.is_waiting else []
    if not is_rehearsing(request):
        sitting.strike_out(request, patron, loan.pk, verb)
        if memory:
            sitting.forget_deed(request, SCREEN)
    return _page(request, patron, Answer(Tone.LOOK, verb, named(item), said))


def _place(item: Item) -> str:
    """Write where an item goes whose loan was undone."""
    if item.is_set_aside:
        return _("予約棚へ")
    if item.whereabouts == Whereabouts.SHELF:
        return _("書架へ")
    return _("担当者へ")


@desk_page("check-out/card-renewal/", gettext_lazy("カードの更新"), "okalib.change_patron", is_listed=False)
@require_POST
@scan_view
def renew_card(request: HttpRequest) -> HttpResponse:
    """Revive a lapsed card (PAT-1)."""
    patron = get_object_or_404(Patron.objects.select_related("category"), pk=_number(request, "patron"))
    patrons.renew_card(patron=patron, by=clerk(request), now=clock.now())
    return _page(request, patron, Answer(Tone.DONE, _("カードを更新しました"), patron.name))


def _open_loans() -> LoanQuerySet:
    return Loan.objects.open().select_related("item__bib", "patron__category", "return_to")


def _number(request: HttpRequest, name: str) -> int:
    """Read an id from a form; what is no number is nobody's id."""
    text = request.POST.get(name, "")
    return int(text) if is_id(text) else 0


def _page(
    request: HttpRequest,
    patron: Patron | None = None,
    answer: Answer | None = None,
    *,
    status: int = 200,
    shown: Panel | None = None,
    **more: Any,
) -> HttpResponse:
    if patron is not None:
        saw(request, patron)
    context = {
        "answer": answer,
        "panel": shown or (panel(patron, clock.now()) if patron else None),
        "list": sitting.rows(request, patron) if answer or patron else [],
        "form": CheckOutForm(),
        "today": clock.today(),
        "deed": sitting.last_deed(request, SCREEN),
    }
    return show(request, SCREEN, context | more, status=status)
