"""What patrons ask for by form: an inbox in which answering does the thing and mails the answer (REQ-1, HLD-5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from catalog import queries as catalog
from catalog.models import Item
from delivery import actions as deliveries
from delivery import queries as bags
from delivery.queries import Bag
from holds import actions, queries
from holds.desk_forms import AnswerForm
from holds.models import Request
from holds.rules import PLAIN_ANSWERS, RequestKind, RequestState
from okalib import clock
from okalib.admin_site import desk_context, desk_page
from okalib.desk import carry_out, clerk
from okalib.models import Patron, User
from okalib.rules import Refusal, Refused

ANSWER = "holds.change_request"
SHOWN = 20
ANSWERED_SHOWN = 10

NO_SUCH_BAG = Refusal(
    "no_such_bag",
    "この利用者の資料袋ではないか、すでに返却されています。",
    "This is not a bag of this patron, or it has been returned.",
)


@desk_page("requests/", gettext_lazy("依頼"), ANSWER, order=50)
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """Show the open requests, the longest waiting first, each with its two answers."""
    return _inbox(request)


def _inbox(request: HttpRequest, refused: Request | None = None) -> HttpResponse:
    """Show the inbox; an answer that was `refused` stays as it was typed."""
    asked = queries.open_requests()
    rows = _rows(asked[:SHOWN])
    language = "en" if (get_language() or "").startswith("en") else "ja"
    context = {
        "rows": rows,
        "number": len(asked),
        "more": len(asked) - len(rows),
        "answered": queries.answered_requests(ANSWERED_SHOWN),
        "refused_id": refused.pk if refused else None,
        "typed": request.POST,
        "accepted": PLAIN_ANSWERS[RequestState.ACCEPTED][language],
        "declined": PLAIN_ANSWERS[RequestState.DECLINED][language],
        "now": clock.now(),
    }
    return render(
        request, "admin/holds/requests.html", desk_context(request, **context), status=409 if refused else 200
    )


@dataclass(frozen=True, slots=True)
class Row:
    """One request, what accepting it does, how the patron will hear of it, and the bags that it may be about."""

    request: Request
    consequence: str
    way: str
    bags: list[Bag]


def _rows(asked: list[Request]) -> list[Row]:
    """Gather what is known of all of them at once."""
    patrons = [each.patron_id for each in asked if each.kind == RequestKind.KEEP_LONGER and each.patron_id]
    of_patron = bags.bags_of_patrons(patrons)
    waiting = queries.waiting_by_bib(each.hold.bib_id for each in asked if each.hold)
    items = catalog.items_with_numbers(each.item_number for each in asked if each.item_number)
    return [
        Row(
            each,
            _consequence(each, waiting.get(each.hold.bib_id, 0) if each.hold else 0, items.get(each.item_number)),
            _way(each.patron, each.contact),
            of_patron.get(each.patron_id or 0, []) if each.kind == RequestKind.KEEP_LONGER else [],
        )
        for each in asked
    ]


def _consequence(asked: Request, waiting: int, item: Item | None) -> str:
    """Say before it is accepted what accepting does (REQ-1, HLD-5…HLD-7)."""
    hold, library = asked.hold, asked.library.label if asked.library else ""
    match asked.kind:
        case RequestKind.INQUIRY:
            return _("入力した回答を利用者に送ります。")
        case RequestKind.KEEP_LONGER:
            return _("選んだ資料袋の受渡期限を、選んだ日まで延ばします。")
        case RequestKind.PARTICULAR_ITEM if item is None:
            return _("この資料番号の資料はありません。番号を確かめてください。このままでは承認できません。")
        case RequestKind.PARTICULAR_ITEM:
            title = item.bib.full_title if item else ""
            return _("「%(title)s」のこの資料に限る予約を、%(library)s受取で受け付けます。") % {
                "title": title,
                "library": library,
            }
    if hold is None or not hold.is_open:
        return _("予約はすでに終わっているため、承認できません。お断りして事情をお知らせください。")
    if asked.kind == RequestKind.CHANGE_PICKUP:
        change = {"old": hold.pickup_at.label, "new": library}
        if hold.is_ready:
            return _("受渡館を%(old)sから%(new)sへ変えます。取置を終え、用意をやり直します。") % change
        return _("受渡館を%(old)sから%(new)sへ変えます。") % change
    if not hold.is_bound:
        return _("予約を取り消します。資料はまだ確保していません。")
    if waiting:
        return _("予約を取り消し、確保した資料は次の予約（ほかに%(n)d人待ち）へ回します。") % {"n": waiting}
    return _("予約を取り消し、確保した資料は片付けリストに載ります。待っている人はいません。")


def _way(patron: Patron | None, contact: str) -> str:
    """Say how the answer reaches its reader (PAT-4)."""
    if patron is None:
        return _("利用者の登録がないため、お知らせは自動では届きません。連絡先へ直接お答えください。")
    if patron.contact == "none":
        return _("連絡不要の利用者です。回答は利用者のページにだけ表示されます。")
    return _("回答はメールで届きます。") if patron.can_be_mailed else _("回答は電話連絡リストに載ります。")


@desk_page("requests/<int:request_id>/answer/", gettext_lazy("依頼への回答"), ANSWER, is_listed=False)
@require_POST
def answer(request: HttpRequest, request_id: int) -> HttpResponse:
    """Accept or decline; what was asked is done in the same transaction, and the patron is told (REQ-1).

    What could not be done is said with every reason, and what was typed stays.
    """
    asked = get_object_or_404(Request.objects.select_related("patron", "hold__bib", "library"), pk=request_id)
    if not asked.is_open:
        messages.info(request, _("この依頼はすでに回答されています。"))
        return HttpResponseRedirect(reverse("admin:desk-requests"))
    form = AnswerForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("回答を読み取れませんでした。日付と選択を確かめてください。"))
        return _inbox(request, asked)
    text, is_accepted = form.cleaned_data["answer"].strip(), form.cleaned_data["decision"] == "accept"
    if asked.kind == RequestKind.INQUIRY and not text:
        messages.error(request, _("お問い合わせには回答の文を入力してください。"))
        return _inbox(request, asked)
    bag_id, until = form.cleaned_data["bag"], form.cleaned_data["until"]
    if asked.kind == RequestKind.KEEP_LONGER and is_accepted and not (bag_id and until):
        messages.error(request, _("承認するときは、資料袋と新しい受渡期限を選んでください。"))
        return _inbox(request, asked)
    was_done = carry_out(
        request,
        lambda: _answer(asked, is_accepted, text, bag_id, until, clerk(request), clock.now()),
        _("回答を記録し、利用者へのお知らせを作成しました。"),
    )
    return HttpResponseRedirect(reverse("admin:desk-requests")) if was_done else _inbox(request, asked)


@transaction.atomic
def _answer(
    asked: Request, is_accepted: bool, text: str, bag_id: int | None, until: date | None, by: User, now: datetime
) -> None:
    """Answer, and keep the delivery longer where that was asked: the bags are two floors above the queue (DLV-10)."""
    if asked.kind == RequestKind.KEEP_LONGER and is_accepted and asked.is_open and until is not None:
        own = bags.bags_of_patrons([asked.patron_id]).get(asked.patron_id, []) if asked.patron_id else []
        bag = next((bag for bag in own if bag.pk == bag_id), None)
        if bag is None:
            raise Refused([NO_SUCH_BAG])
        deliveries.keep_longer(bag=bag, until=until, by=by, now=now, reason=text)
    actions.answer(request=asked, accept=is_accepted, answer=text, by=by, now=now)
