"""A patron at the desk: found by card, reading, name or telephone, and everything the counter needs on one page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from circulation import queries as loans
from holds import queries as holds
from okalib import clock, days, people, rules, staff_words
from okalib import queries as house
from okalib.actions import patrons
from okalib.admin.patrons_deeds import offered
from okalib.admin_site import desk_context, desk_page
from okalib.desk import Answer, Tone, clerk
from okalib.desk_forms import BlockForm, FindPatronForm
from okalib.models import Patron
from okalib.rules import MaterialClass
from okalib.web import found_or_404, in_my_language

SEE = "okalib.view_patron"


@desk_page("patrons/", gettext_lazy("利用者"), SEE, order=15)
def find(request: HttpRequest) -> HttpResponse:
    """Find people by one field; exactly one found opens at once. Names travel in the body of a POST, in no address.

    A dead card opens nobody: it raises the alarm, with its owner below (PAT-2).
    """
    form = FindPatronForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _found(request)
    typed = form.cleaned_data["who"]
    found = people.find_patrons(typed, limit=people.MOST_FOUND + 1)
    if not found:
        nobody = Answer(Tone.LOOK, _("見つかりません"), typed)
        return _found(request, [], nobody, status=404)
    card = people.card_at_desk(typed, now=clock.now())
    if card.owner is not None and card.patron is None and card.refusal is not None:
        alarm = Answer(Tone.STOP, _("このカードは使えません"), typed, in_my_language([card.refusal]))
        return _found(request, found, alarm, status=409)
    if len(found) == 1:
        return redirect("admin:desk-patron", found[0].pk)
    return _found(request, found)


@desk_page("patrons/<int:patron_id>/", gettext_lazy("利用者"), SEE, name="patron", is_listed=False)
def show(request: HttpRequest, patron_id: int) -> HttpResponse:
    """Show who it is, card, blocks, loans, reservations, what waits, what staff did. The look is noted (A227)."""
    return page_of(request, found_or_404(people.patron(patron_id)))


def page_of(request: HttpRequest, patron: Patron, *, status: int = 200, **more: Any) -> HttpResponse:
    """Return the page of a patron, in a fixed number of statements."""
    now, today, policy = clock.now(), clock.today(), house.policy()
    patrons.note_view(patron=patron, by=clerk(request), now=now)
    on_loan = list(loans.of_patron(patron)) if request.user.has_perm("circulation.view_loan") else []
    reserved = list(holds.of_patron(patron)) if request.user.has_perm("holds.view_hold") else []
    limits = patron.category.limits()
    context = {
        "title": patron.name,
        "patron": patron,
        "is_lapsed": patron.is_lapsed(today, policy),
        "lapses_on": days.plus(rules.card_lapses_on(patron.last_used_on, policy), -1),
        "is_locked_out": people.is_locked_out(patron),
        "blocks": [(block, _is_in_force(block, today)) for block in patron.blocks.all()],
        "loans": [(loan, loan.is_overdue(today)) for loan in on_loan],
        "holds": reserved,
        "waiting_here": [hold for hold in reserved if hold.is_bound],
        "counted": [
            (
                name,
                sum(loan.material_class == name for loan in on_loan),
                limits.loans(name),
                sum(hold.material_class == name for hold in reserved),
                limits.holds(name),
            )
            for name in MaterialClass
        ],
        "history": [
            (action, staff_words.word(action.verb), staff_words.subject(action.subject))
            for action in people.history(patron)
        ],
        "deeds": offered(request),
        "block_form": BlockForm(),
        "today": today,
    }
    return render(request, "admin/okalib/patron/page.html", desk_context(request, **context | more), status=status)


def _is_in_force(block: Any, today: Any) -> bool:
    return block.lifted_at is None and (block.until_on is None or today <= block.until_on)


def _found(
    request: HttpRequest, found: list[Patron] | None = None, answer: Answer | None = None, *, status: int = 200
) -> HttpResponse:
    shown = found[: people.MOST_FOUND] if found else []
    context = {
        "form": FindPatronForm(),
        "found": shown,
        "has_more": bool(found) and len(found or []) > len(shown),
        "answer": answer,
        "today": clock.today(),
    }
    return render(request, "admin/okalib/patron/find.html", desk_context(request, **context), status=status)
