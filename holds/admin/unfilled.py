"""What nobody can have: who waits for it in vain, why, and what could be done instead (PUL-5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from catalog import queries as catalog
from catalog.elsewhere.wanted import Wanted
from catalog.models import Bib, Item
from holds import actions, queries
from holds.desk_forms import GiveUpForm
from holds.models import Hold
from okalib import clock
from okalib import queries as house
from okalib.admin_site import desk_context, desk_page
from okalib.desk import clerk
from okalib.rules import Refused
from okalib.web import say_refusals

SEE, CHANGE = "holds.view_hold", "holds.change_hold"
PER_PAGE = 20
MOST_EDITIONS = 5


@dataclass(frozen=True, slots=True)
class Edition:
    """Another record of the same work, with how many copies can be lent and how many of them are in."""

    bib: Bib
    availability: catalog.Availability | None


@dataclass(frozen=True, slots=True)
class Unfilled:
    """A title that cannot be had: who waits, where its copies are, and what may help."""

    bib: Bib
    holds: list[Hold]
    items: list[Item]
    editions: list[Edition]
    elsewhere: str

    @property
    def sought(self) -> list[Item]:
        """The copies that somebody could still find: then the reservations are filled after all."""
        return [item for item in self.items if item.is_searched_for]


@desk_page("cannot-be-filled/", gettext_lazy("用意できない予約"), SEE, order=43)
@require_safe
def cannot_be_filled(request: HttpRequest) -> HttpResponse:
    """List the titles of which no copy is left, each with what could be done about it."""
    return _page(request)


@desk_page("cannot-be-filled/<int:bib_id>/ending/", gettext_lazy("用意できない予約"), CHANGE, is_listed=False)
@require_POST
def give_up(request: HttpRequest, bib_id: int) -> HttpResponse:
    """End some of the reservations of a title and tell their patrons why; what has turned up meanwhile stays."""
    form = GiveUpForm(request.POST, holds=queries.cannot_be_filled(house.policy()).filter(bib=bib_id))
    if not form.is_valid():
        return _page(request, refused=form, bib_id=bib_id)
    ended = 0
    for hold in form.cleaned_data["holds"]:
        try:
            actions.give_up(hold=hold, by=clerk(request), now=clock.now(), reason=form.cleaned_data["reason"])
            ended += 1
        except Refused as refused:
            say_refusals(request, refused.refusals)
    if ended:
        messages.success(request, _("%(n)d件の予約を終え、利用者へのお知らせを作成しました。") % {"n": ended})
    return HttpResponseRedirect(reverse("admin:desk-cannot-be-filled"))


def _page(request: HttpRequest, *, refused: GiveUpForm | None = None, bib_id: int = 0) -> HttpResponse:
    """Show the list; what was `refused` for a title stays as it was typed, with the reasons."""
    of_title: dict[int, list[Hold]] = {}
    for hold in queries.cannot_be_filled(house.policy()).select_related("only_item"):
        of_title.setdefault(hold.bib_id, []).append(hold)
    page = Paginator(list(of_title.values()), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "rows": _rows(list(page.object_list)),
        "page": page,
        "refused": refused,
        "refused_bib": bib_id,
        "asks_elsewhere": bool(catalog.search_targets()),
    }
    template = "admin/holds/cannot_be_filled.html"
    return render(request, template, desk_context(request, **context), status=422 if refused else 200)


def _rows(of_title: Sequence[list[Hold]]) -> list[Unfilled]:
    """Gather what is known of some titles, in a fixed number of queries."""
    bibs = [holds[0].bib for holds in of_title]
    items = catalog.items_of_bibs(bib.pk for bib in bibs)
    editions = catalog.other_editions(bibs, MOST_EDITIONS)
    lendable = catalog.availabilities(edition.pk for found in editions.values() for edition in found)
    return [
        Unfilled(
            bib,
            holds,
            items.get(bib.pk, []),
            [Edition(edition, lendable.get(edition.pk)) for edition in editions[bib.pk]],
            _wanted(bib).address,
        )
        for bib, holds in zip(bibs, of_title, strict=True)
    ]


def _wanted(bib: Bib) -> Wanted:
    """What to look for elsewhere: any edition of the title, which an ISBN would not find."""
    return Wanted.read({"title": bib.full_title, "author": catalog.first_author(bib)})
