"""A pickup library's own page: its bags arrive, are handed over, come back and go home (DLV-9).

Its staff see the bags of their library and nothing else: a bag of another library does not exist for them (A170). A
central library sees, by number alone, the bags that pass through it to its branches, and marks them (DLV-8).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from catalog import queries as catalog
from circulation import actions as circulation
from delivery import actions, queries
from delivery.rules import BagState
from okalib import clock
from okalib.actions import staff
from okalib.numbers import scanned
from okalib.rules import Refused
from okalib.web import ask_to_log_in, say_refusals

TASKS = [
    ("arrival", gettext_lazy("到着")),
    ("handover", gettext_lazy("お渡し")),
    ("return", gettext_lazy("返却の受付")),
    ("way_back", gettext_lazy("県立図書館へ返送")),
]


def pickup_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let in only staff of a pickup library, as `request.library`; nothing of it is stored (A170, A225)."""

    @wraps(view)
    def opened(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return ask_to_log_in(request)
        if request.user.library is None:
            return render(request, "delivery/not_a_pickup_library.html", status=403)
        request.library = request.user.library
        response = view(request, *args, **kwargs)
        add_never_cache_headers(response)
        return response

    return opened


@require_safe
@pickup_page
def bags(request: Any) -> HttpResponse:
    """Show the library's bags by what is to be done with them, and one field for whatever is scanned (`?task=`)."""
    return _page(request, request.GET.get("task", ""))


@require_safe
@pickup_page
def bag(request: Any, bag_id: int) -> HttpResponse:
    """Show one bag: whose it is, what is in it, and what can be done with it now."""
    return render(request, "delivery/pickup_bag.html", {"library": request.library, "bag": _own(request, bag_id)})


def _page(request: Any, task: str, *, found: list[queries.Bag] | None = None, status: int = 200) -> HttpResponse:
    known, today = queries.bags_at(request.library), clock.today()
    overdue = {bag.pk for bag in queries.left_over(known, today)}
    context = {
        "library": request.library,
        "tasks": TASKS,
        "task": task if task in dict(TASKS) else TASKS[0][0],
        "found": found,
        "coming": [bag for bag in known if bag.is_coming and bag.pk not in overdue],
        "here": [bag for bag in known if bag.is_here and bag.pk not in overdue],
        "to_send_back": [bag for bag in known if bag.pk in overdue],
        "with_patrons": [bag for bag in known if bag.is_with_patron],
        "going_back": [bag for bag in known if bag.is_going_back],
        "passing": queries.bags_passing(request.library),
        "today": today,
    }
    return render(request, "delivery/pickup.html", context, status=status)


# --- whatever is scanned -------------------------------------------------------------------------------------------


@require_POST
@pickup_page
def scan(request: Any) -> HttpResponse:
    """Do the chosen task with a bag, an item or a card; what belongs to another library is not known here (A170)."""
    task, number = request.POST.get("task", ""), scanned(request.POST.get("number", "")[:40])
    known = queries.bag_with(request.library, number)
    if task == "arrival" and known is None:
        passing = next((bag for bag in queries.bags_passing(request.library) if bag.number == number), None)
        if passing is not None:
            return _pass_through(request, passing)
    if task == "handover":
        return _hand_over(request, number, known)
    if task == "return" and (known is None or known.number != number):
        return _receive(request, number)
    if known is None:
        return _unknown(request, task)
    verbs: dict[str, tuple[Callable[..., object], str]] = {
        "arrival": (actions.arrive, _("袋 %(bag)s の到着を記録しました。")),
        "return": (actions.take_back, _("袋 %(bag)s の返却を受け付けました。県立図書館へ返送してください。")),
        "way_back": (actions.send_back, _("袋 %(bag)s の返送を記録しました。")),
    }
    if task not in verbs:
        return redirect("pickup_bag", known.pk)
    verb, done = verbs[task]
    return _do(request, lambda now: verb(bag=known, by=request.user, now=now), done % {"bag": known.number}, task)


def _hand_over(request: Any, number: str, known: queries.Bag | None) -> HttpResponse:
    """Show what the holder of a card or of the mail's barcode is to be given, or the bag that was scanned (DLV-7)."""
    found = [known] if known else queries.bags_of_patron_at(request.library, number)
    for patron in {bag.patron for bag in found if bag.patron}:
        staff.record(verb="look_up_bags", subject=request.library.code, by=request.user, now=clock.now(), patron=patron)
    if not found:
        messages.error(request, _("この番号の資料袋も、このカードの資料袋も、この館にはありません。"))
    return _page(request, "handover", found=found, status=200 if found else 404)


def _receive(request: Any, number: str) -> HttpResponse:
    """One item was handed in, from a bag or lent at the counter of the prefectural library (RET-3, RET-4, DLV-11)."""
    item = catalog.item_with_number(number)
    if item is None:
        return _unknown(request, "return")
    done = _("「%(title)s」の返却を受け付けました。県立図書館へ返送してください。") % {"title": item.bib.full_title}
    return _do(
        request,
        lambda now: circulation.receive(item=item, library=request.library, by=request.user, now=now),
        done,
        "return",
    )


def _pass_through(request: Any, bag: queries.Bag) -> HttpResponse:
    done = _("袋 %(bag)s を%(library)sへ送ってください。通過を記録しました。")
    return _do(
        request,
        lambda now: actions.mark(bag=bag, to=BagState.AT_CENTRAL, by=request.user, now=now),
        done % {"bag": bag.number, "library": bag.library.label},
        "arrival",
    )


def _unknown(request: Any, task: str) -> HttpResponse:
    messages.error(request, _("この番号の資料袋も資料も、この館にはありません。番号を確かめてください。"))
    return _page(request, task, status=404)


# --- one bag -------------------------------------------------------------------------------------------------------


@require_POST
@pickup_page
def pass_through(request: Any, bag_id: int) -> HttpResponse:
    """A bag for a branch has come to its central library and goes on from here (DLV-8)."""
    passing = next((bag for bag in queries.bags_passing(request.library) if bag.pk == bag_id), None)
    if passing is None:
        raise Http404
    return _pass_through(request, passing)


@require_POST
@pickup_page
def arrive(request: Any, bag_id: int) -> HttpResponse:
    """A bag has arrived."""
    bag = _own(request, bag_id)
    return _do(request, lambda now: actions.arrive(bag=bag, by=request.user, now=now), _("到着を記録しました。"))


@require_POST
@pickup_page
def hand_over(request: Any, bag_id: int) -> HttpResponse:
    """A bag was handed to its patron, who has shown card or mail (DLV-7)."""
    bag = _own(request, bag_id)
    return _do(request, lambda now: actions.hand_over(bag=bag, by=request.user, now=now), _("お渡しを記録しました。"))


@require_POST
@pickup_page
def take_back(request: Any, bag_id: int) -> HttpResponse:
    """All that is still out of a bag was handed in: the patron is not overdue from today (RET-3)."""
    bag = _own(request, bag_id)
    done = _("返却を受け付けました。県立図書館へ返送してください。")
    return _do(request, lambda now: actions.take_back(bag=bag, by=request.user, now=now), done)


@require_POST
@pickup_page
def send_back(request: Any, bag_id: int) -> HttpResponse:
    """A bag goes home: returned, or not collected by the end of its window (DLV-10)."""
    bag = _own(request, bag_id)
    return _do(request, lambda now: actions.send_back(bag=bag, by=request.user, now=now), _("返送を記録しました。"))


def _own(request: Any, bag_id: int) -> queries.Bag:
    """Return a bag of this library that is not closed; any other does not exist (A170)."""
    bag = next((bag for bag in queries.bags_at(request.library) if bag.pk == bag_id), None)
    if bag is None:
        raise Http404
    return bag


def _do(request: HttpRequest, verb: Callable[[Any], object], done: str, task: str = "") -> HttpResponse:
    try:
        verb(clock.now())
    except Refused as refused:
        say_refusals(request, refused.refusals)
    else:
        messages.success(request, done)
    return redirect(f"{reverse('pickup')}?task={task}" if task else "pickup")
