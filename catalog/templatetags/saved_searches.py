"""What the results page offers to keep a search: `{% saving as saving %}`."""

from __future__ import annotations

from dataclasses import dataclass

from django import template

from catalog import queries
from catalog.actions.saved import NAME_LENGTH
from catalog.forms.saved import SaveSearchForm
from catalog.models import SavedSearch
from okalib.web import patron_of

register = template.Library()


@dataclass(frozen=True, slots=True)
class Saving:
    """A search that can be kept: by whom has logged in, with the form; `saved` is the one they keep already."""

    is_patron: bool
    saved: SavedSearch | None = None
    form: SaveSearchForm | None = None


@register.simple_tag(takes_context=True)
def saving(context: template.Context) -> Saving | None:
    """Return how the search of this page can be kept; None where nothing is asked, and for staff."""
    asked, request = context["asked"], context["request"]
    patron = patron_of(request)
    if asked.is_empty or (patron is None and request.user.is_authenticated):
        return None
    if patron is None:
        return Saving(is_patron=False)
    saved = queries.saved_search_at(patron, asked.conditions)
    if saved is not None:
        return Saving(is_patron=True, saved=saved)
    words = context.get("asked_in_words") or asked.text
    initial = {"name": words[:NAME_LENGTH], "address": asked.conditions}
    form = SaveSearchForm(initial=initial, can_be_mailed=patron.can_be_mailed)
    return Saving(is_patron=True, form=form)
