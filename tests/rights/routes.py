"""Every route of the house, by the URL configuration itself, and an address for each in a library full of life."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from catalog.models import SearchTarget
from circulation.models import LoanPeriod, OfflineScan, ReadingRecord
from delivery.models import RunExclusion
from holds.models import BasketConfirmation, PullLine, Request
from notifications.models import Notice
from okalib.models import (
    Block,
    Closure,
    EmergencyClosure,
    Holiday,
    JobRun,
    News,
    PatronCategory,
    SpecialOpening,
    User,
    YearlyDay,
)

QUERIES = {"export_ris": "?q=こころ", "export_bib": "?q=こころ"}
"""What a route needs beyond its address to have anything to show."""

FORMS = {"admin:desk-patron-merging": "who=20000028"}
"""What a form must hold to be about anything."""

WITHOUT_NAME = {"object_id": "old address of a record", "url": "anything else of the staff's site"}
"""Routes of Django's admin that have no name: they lead on, or say that there is nothing."""


@dataclass(frozen=True, slots=True)
class Route:
    """A route with a name that can be reversed, and the names of its parts."""

    name: str
    parts: tuple[str, ...]


def all_routes() -> list[Route]:
    """Return every named route of the URL configuration, sorted; one that has no name must be of WITHOUT_NAME."""
    return sorted(set(_walk(get_resolver().url_patterns, "")), key=lambda route: route.name)


def _walk(patterns: list[Any], space: str) -> Iterator[Route]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, f"{space}{pattern.namespace}:" if pattern.namespace else space)
        elif isinstance(pattern, URLPattern):
            parts = tuple(pattern.pattern.converters) or tuple(pattern.pattern.regex.groupindex)
            if pattern.name:
                yield Route(f"{space}{pattern.name}", parts)
            else:
                assert set(parts) <= WITHOUT_NAME.keys(), f"a route without a name: {pattern}"


def address(route: Route, lively: Any) -> str:
    """Return an address of the route, about things of Akari's where it is about a patron's things."""
    if route.name.startswith("admin:") and "object_id" in route.parts:
        return reverse(route.name, args=[_record(route.name)] if len(route.parts) == 1 else ["1", "1"])
    parts = {part: _PARTS[part](lively, route.name) for part in route.parts}
    return reverse(route.name, kwargs=parts) + QUERIES.get(route.name, "")


def _record(name: str) -> object:
    """The number of a record of the admin's model; 1 where there is none yet, since rights come first there too."""
    app, _, rest = name.removeprefix("admin:").partition("_")
    model = apps.get_model(app, rest.partition("_")[0])
    assert model in admin.site._registry
    if model is User:
        return _clerk()
    return model._default_manager.order_by("pk").values_list("pk", flat=True).first() or 1


def _clerk() -> object:
    return User.objects.filter(is_staff=True).order_by("pk").values_list("pk", flat=True).first()


def _first(model: type[Any]) -> Callable[[Any, str], object]:
    return lambda _lively, _name: model.objects.order_by("pk").values_list("pk", flat=True).first() or 1


def _run(lively: Any, _name: str) -> object:
    return lively.loans["packed"].slip_line.bag.run_id


def _line(lively: Any, name: str) -> object:
    if name == "admin:desk-bags-lines-removal":
        return lively.loans["packed"].slip_line.pk
    if name.startswith("admin:desk-pull-list-outcome"):
        return _first(PullLine)(lively, name)
    return _first(ReadingRecord)(lively, name)


def _code(lively: Any, name: str) -> str:
    return {"language": "en", "cross_search_target": "neighbour"}.get(name, lively.holds["waiting"].pickup_at.code)


_PARTS: dict[str, Callable[[Any, str], object]] = {
    "app_label": lambda lively, name: "catalog",
    "bag_id": lambda lively, name: lively.loans["packed"].slip_line.bag_id,
    "bib_id": lambda lively, name: lively.bibs["in_basket" if "basket" in name else "free"].pk,
    "block_id": _first(Block),
    "category_id": _first(PatronCategory),
    "closure_id": lambda lively, name: _first(EmergencyClosure if "emergency" in name else Closure)(lively, name),
    "code": _code,
    "exclusion_id": _first(RunExclusion),
    "holiday_id": _first(Holiday),
    "hold_id": lambda lively, name: lively.holds["ready" if name == "admin:desk-hold-slip" else "waiting"].pk,
    "id": lambda lively, name: _clerk(),
    "library_id": lambda lively, name: lively.holds["waiting"].pickup_at_id,
    "line_id": _line,
    "loan_id": lambda lively, name: lively.loans["due_soon"].pk,
    "name": lambda lively, name: "renewal" if name == "admin:desk-patron-deed" else "loans",
    "news_id": _first(News),
    "notation": lambda lively, name: "91",
    "notice_id": _first(Notice),
    "opening_id": _first(SpecialOpening),
    "patron_id": lambda lively, name: lively.holds["waiting"].patron_id,
    "period_id": _first(LoanPeriod),
    "request_id": _first(Request),
    "run_id": lambda lively, name: _first(JobRun)(lively, name) if name == "admin:desk-job-run" else _run(lively, name),
    "scan_id": _first(OfflineScan),
    "search_id": lambda lively, name: lively.searches["own"].pk,
    "secret": lambda lively, name: "unknown",
    "target_id": _first(SearchTarget),
    "token": lambda lively, name: (
        (BasketConfirmation.objects.values_list("token", flat=True).first() or uuid.UUID(int=1))
        if name == "basket_confirmation"
        else "unknown"
    ),
    "yearly_id": _first(YearlyDay),
}
