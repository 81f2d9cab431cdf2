"""This week's run: its steps one by one, and which of them is next (DLV-3…DLV-7)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from delivery import actions, queries, writing
from delivery.admin.destinations import Destination, destinations
from delivery.desk_forms import ExclusionForm, RunDatesForm, ShiftForm
from delivery.models import DeliveryRun
from notifications.labels import STATES
from okalib import clock
from okalib.admin_site import desk_context, desk_page
from okalib.desk import carry_out, clerk
from okalib.templatetags.okalib_days import day

SEE, CHANGE = "delivery.view_deliveryrun", "delivery.change_deliveryrun"
SECONDS = 3  # after which the page of a running job asks again
STEPS = ("preview", "lend", "pack", "send", "mail", "window", "back")


@desk_page("deliveries/<int:run_id>/", gettext_lazy("受渡便"), SEE, name="run", is_listed=False)
@require_safe
def show(request: HttpRequest, run_id: int) -> HttpResponse:
    """Show a run: its steps with the next one marked, its bags by destination, and what it could not lend."""
    return run_page(request, find(run_id))


def run_page(request: HttpRequest, run: DeliveryRun, *, status: int = 200, **more: Any) -> HttpResponse:
    """Show the page of a run, with a form that was filled in wrongly where there is one."""
    found = destinations(run)
    names = {str(state): name for state, name in STATES}
    step = next_step(run, found)
    mails = queries.mails_of(run)
    context = {
        "run": run,
        "title": _("受渡便 %(day)s") % {"day": day(run.lend_on)},
        "step": step,
        "done": STEPS[: STEPS.index(step)] if step in STEPS else STEPS,
        "lending": queries.lending(run),
        "destinations": found,
        "bags": sum(len(stop.bags) for stop in found),
        "items": sum(stop.items for stop in found),
        "in_bags": sum(stop.in_bags for stop in found),
        "packed": sum(stop.packed for stop in found),
        "ready_to_send": sum(stop.ready_to_send for stop in found),
        "reprint": sum(bag.reprint_since is not None for stop in found for bag in stop.bags),
        "not_back": sum(not bag.is_closed for stop in found for bag in stop.bags),
        "mails": [(names[state], number, state) for state, number in mails.items()],
        "mails_for_staff": sum(mails.get(state, 0) for state in ("phone", "failed", "unknown")),
        "exceptions": queries.exceptions_of(run),
        "exclusions": run.exclusions.select_related("library"),
        "dates_form": RunDatesForm(initial=asdict(run.dates) | {"note": run.note}),
        "exclusion_form": ExclusionForm(),
        "shift_form": ShiftForm(),
        "may_change": request.user.has_perm(CHANGE),
        "can_write_pdf": writing.can_write_pdf(),
        "today": clock.today(),
    }
    return render(request, "admin/delivery/run.html", desk_context(request, **context | more), status=status)


def next_step(run: DeliveryRun, stops: list[Destination]) -> str:
    """Return which step of a run is to be done next, "" for a cancelled one and "done" when all has come back."""
    today = clock.today()
    bags = [bag for stop in stops for bag in stop.bags]
    if run.is_cancelled:
        return ""
    if not run.lent_at:
        return "lend" if today >= run.lend_on else "preview"
    if any(bag.is_packed and not bag.is_sealed for bag in bags):
        return "pack"
    if any(bag.is_packed for bag in bags):
        return "send"
    if not run.announced_at:
        return "mail"
    if today <= run.window_to:
        return "window"
    return "back" if any(not bag.is_closed for bag in bags) else "done"


@desk_page("deliveries/<int:run_id>/preview/", gettext_lazy("貸出の予定"), SEE, is_listed=False)
@require_safe
def preview(request: HttpRequest, run_id: int) -> HttpResponse:
    """Show who would get what, and what would be left with every reason; nothing is changed (DLV-3)."""
    run = find(run_id)
    planned = actions.preview(run=run, now=clock.now())
    context = {
        "run": run,
        "sent": [row for row in planned if not row.refusals],
        "left": [row for row in planned if row.refusals],
        "before": queries.tried_before(run, [row.hold for row in planned]),
    }
    return render(request, "admin/delivery/preview.html", desk_context(request, **context))


# --- lending, by a worker ------------------------------------------------------------------------------------------


@desk_page("deliveries/<int:run_id>/lending/", gettext_lazy("貸出"), CHANGE, is_listed=False)
@require_POST
def lend(request: HttpRequest, run_id: int) -> HttpResponse:
    """Have a worker lend; started again it does what is left (DLV-3, DLV-4, OPS-2)."""
    run = find(run_id)
    asked = carry_out(
        request,
        lambda: actions.ask_to_lend(run=run, by=clerk(request), now=clock.now()),
        _("貸出を始めました。"),
    )
    return HttpResponseRedirect(reverse("admin:desk-deliveries-progress", args=[run.pk])) if asked else to(run)


@desk_page("deliveries/<int:run_id>/progress/", gettext_lazy("貸出の進みぐあい"), SEE, is_listed=False)
@require_safe
def progress(request: HttpRequest, run_id: int) -> HttpResponse:
    """Show how far the worker is.

    The page asks again by itself every few seconds, without script, until it is done or is told to stand still.
    """
    run = find(run_id)
    lending, stands_still = queries.lending(run), "still" in request.GET
    done, total = queries.looked_at(run, lending)
    context = {
        "run": run,
        "lending": lending,
        "done": done,
        "total": total,
        "nobody_works": lending.is_overdue(clock.now()),
        "left": len(queries.exceptions_of(run)),
        "stands_still": stands_still,
        "seconds": SECONDS,
    }
    answer = render(request, "admin/delivery/lending.html", desk_context(request, **context))
    if (lending.is_waiting or lending.is_running) and not stands_still:
        answer["Refresh"] = str(SECONDS)
    return answer


# --- sending and telling -------------------------------------------------------------------------------------------


@desk_page("deliveries/<int:run_id>/sending/", gettext_lazy("発送"), CHANGE, is_listed=False)
@require_POST
def send(request: HttpRequest, run_id: int) -> HttpResponse:
    """Send the bags that are closed, of one library or of all; the open ones only if that is asked for (DLV-9)."""
    run, library = find(run_id), request.POST.get("library", "")
    bags = [bag for bag in queries.bags_of(run) if not library or str(bag.library_id) == library]
    chosen = [bag for bag in bags if bag.is_sealed or request.POST.get("open_too")]
    number = actions.send(bags=chosen, by=clerk(request), now=clock.now())
    left = sum(bag.is_packed for bag in bags) - number
    messages.success(request, _("%(number)d袋を発送済にしました。") % {"number": number})
    if left:
        said = _("%(left)d袋は発送していません。袋が閉じていないか、受渡館が受渡期間中ずっと休館です。")
        messages.warning(request, said % {"left": left})
    return to(run)


@desk_page("deliveries/<int:run_id>/mail/", gettext_lazy("お知らせメール"), CHANGE, is_listed=False)
@require_POST
def announce(request: HttpRequest, run_id: int) -> HttpResponse:
    """Tell the patrons; done again it tells nobody twice (DLV-7)."""
    run = find(run_id)
    if not run.lent_at:
        messages.error(request, _("貸出がまだ終わっていません。"))
        return to(run)
    told = actions.announce(run=run, by=clerk(request), now=clock.now())["told"]
    messages.success(request, _("%(number)d人へのお知らせを作成しました。") % {"number": told})
    return to(run)


def find(run_id: int) -> DeliveryRun:
    """Return a run, or say that there is none."""
    return get_object_or_404(DeliveryRun, pk=run_id)


def to(run: DeliveryRun) -> HttpResponse:
    """Lead back to the page of a run."""
    return HttpResponseRedirect(reverse("admin:desk-run", args=[run.pk]))
