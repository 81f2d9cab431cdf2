"""What a patron asks for by a form, and what staff answer (REQ-1, HLD-5, HLD-6)."""

from __future__ import annotations

from datetime import datetime

from catalog.models import Item
from catalog.rules import scanned
from holds import rules
from holds.actions.queue import cancel, change_pickup, reserve
from holds.models import Hold, Request
from holds.rules import RequestKind, RequestState
from notifications.actions import post
from okalib.actions import staff
from okalib.models import Library, Patron, User
from okalib.rules import Refused
from okalib.transactions import verb


@verb
def ask(
    *,
    kind: RequestKind,
    patron: Patron | None,
    by: User | None,
    now: datetime,
    hold: Hold | None = None,
    library: Library | None = None,
    item_number: str = "",
    contact: str = "",
    text: str = "",
) -> Request:
    """Leave a request for staff; the same one asked twice is one request (REQ-1, A47, A54). Raises Refused."""
    refusals = rules.ask_objections(
        kind,
        has_patron=patron is not None,
        hold_is_own_and_open=hold is not None and hold.is_open and hold.patron_id == getattr(patron, "pk", None),
        has_library=library is not None,
        item_number=item_number,
        text=text,
    )
    if refusals:
        raise Refused(refusals)
    if hold is not None and (known := Request.objects.filter(hold=hold, kind=kind, state=RequestState.OPEN).first()):
        return known
    return Request.objects.create(
        kind=kind,
        patron=patron,
        hold=hold,
        library=library,
        item_number=scanned(item_number),
        contact=contact,
        text=text,
        made_at=now,
    )


@verb
def answer(*, request: Request, accept: bool, answer: str, by: User, now: datetime) -> Request:
    """Decide a request, do what was asked where it was accepted, and tell the patron (REQ-1, HLD-5).

    Raises Refused where the thing asked for cannot be done; the request then stays open. Answered ones stay answered.
    """
    request = Request.objects.select_for_update(of=("self",), no_key=True).get(pk=request.pk)
    if not request.is_open:
        return request
    if accept:
        _do(request, by, now, answer)
    request.state = RequestState.ACCEPTED if accept else RequestState.DECLINED
    request.answer, request.answered_by, request.answered_at = answer, by, now
    request.save()
    staff.record(verb="answer", subject=f"request:{request.pk}", by=by, now=now, patron=request.patron, reason=answer)
    if request.patron is not None:
        context = {"request": rules.REQUEST_NAMES[RequestKind(request.kind)], "answer": answer or _plain(request)}
        if request.hold is not None:
            context["title"] = request.hold.bib.full_title
        post(
            key=f"request_answered:{request.pk}",
            kind="request_answered",
            patron=request.patron,
            context=context,
            cause=f"request:{request.pk}",
            now=now,
        )
    return request


def _do(request: Request, by: User, now: datetime, reason: str) -> None:
    match request.kind:
        case RequestKind.CANCEL if request.hold is not None:
            cancel(hold=request.hold, by=by, now=now, reason=reason)
        case RequestKind.CHANGE_PICKUP if request.hold is not None:
            change_pickup(hold=request.hold, pickup_at=request.library, by=by, now=now)
        case RequestKind.PARTICULAR_ITEM if request.patron is not None:
            item = Item.objects.select_related("bib").filter(item_number=request.item_number).first()
            if item is None:
                raise Refused([rules.unknown_item(request.item_number)])
            reserve(patron=request.patron, bib=item.bib, pickup_at=request.library, by=by, now=now, only_item=item)


def _plain(request: Request) -> dict[str, str]:
    return rules.PLAIN_ANSWERS[RequestState(request.state)]
