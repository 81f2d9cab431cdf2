"""What the pages around reservations tell of the days to come: pickup libraries, runs, forecasts. Three queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from delivery import queries as deliveries
from holds import queries
from okalib import queries as house
from okalib.rules import MaterialClass, Policy


@dataclass(frozen=True)
class Schedule:
    """The pickup libraries with their calendars, and the coming runs with what each leaves out."""

    today: date
    policy: Policy
    places: Sequence[house.Library]
    runs: Sequence[deliveries.DeliveryRun]

    @classmethod
    def for_pages(cls, today: date, policy: Policy) -> Schedule:
        """Read what a page needs."""
        return cls(today, policy, house.pickup_points(), deliveries.runs_from(today))

    @property
    def home(self) -> house.Library | None:
        """The prefectural library."""
        return next((place for place in self.places if place.is_home), None)

    @property
    def next_run(self) -> deliveries.DeliveryRun | None:
        """The next run that something secured today can go with."""
        return next((run for run in self.runs if run.cut_off_on >= self.today), None)

    @cached_property
    def outlooks(self) -> dict[int, deliveries.Outlook]:
        """What the next run means for each pickup library, by id (DLV-2, DLV-6)."""
        return deliveries.outlooks(self.next_run, self.policy, self.places)

    def places_for(self, material_class: MaterialClass) -> list[house.Library]:
        """Return where things of a class may be collected (A23)."""
        return [place for place in self.places if place.is_home or place.accepts_av or material_class != "av"]

    def place(self, code: str) -> house.Library | None:
        """Return a pickup library by its code."""
        return next((place for place in self.places if place.code == code), None)

    def promise(self, library: house.Library) -> deliveries.Outlook | None:
        """Return what the next run means for a pickup library; None for the prefectural one, and without a run."""
        return None if library.is_home else self.outlooks.get(library.pk)

    def standings(self, holds: Iterable[Any]) -> dict[int, queries.Standing]:
        """Return where each of some waiting reservations stands; a run that leaves its library out is not its run."""
        found: dict[int, queries.Standing] = {}
        by_library: dict[int, list[Any]] = {}
        for hold in holds:
            by_library.setdefault(hold.pickup_at_id, []).append(hold)
        opening = self.home.opening_days() if self.home else None
        for library_id, of_library in by_library.items():
            runs = self.windows_for(library_id)
            found |= queries.standings(of_library, self.policy, self.today, opening, runs)
        return found

    def windows_for(self, library_id: int) -> list[tuple[date, date]]:
        """Return cut-off and first day of the window of the coming runs that do not leave a library out (DLV-2)."""
        return [(run.cut_off_on, run.window_from) for run in self.runs if not _leaves_out(run, library_id)]


def _leaves_out(run: deliveries.DeliveryRun, library_id: int) -> bool:
    return any(row.library_id == library_id for row in run.exclusions.all())
