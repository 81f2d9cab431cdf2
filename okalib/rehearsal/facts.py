"""Facts of the demonstration library, read from the two tab-separated files beside this module.

`works.tsv` holds real publications; a fact that was not certain when it was written down is empty. How many copies
there are, where they stand, whether they may be lent and what is on order is sample data. In `pickup_libraries.tsv`
names and towns are facts, and so is who takes no mutual returns in Okayama City; arrival days, closed days, hours,
flags and routes are sample data and true of no real library.

Some names stand in the variant that their bearers use (𠮷村, 髙村, 宮﨑): folding has something to fold (CAT-6).
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time
from pathlib import Path

HERE = Path(__file__).parent
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Contributor:
    """A person or body behind a work; `role` is as printed (訳, 絵, 監督), empty for the author."""

    name: str
    name_kana: str
    role: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where copies stand. SAMPLE DATA."""

    code: str
    floor: str
    section: str
    section_en: str
    is_stacks: bool = False


PLACES = {
    place.code: place
    for place in (
        Place("1F-children", "1F", "児童", "Children"),
        Place("1F-general", "1F", "一般", "General"),
        Place("1F-magazine", "1F", "雑誌", "Magazines"),
        Place("2F-literature", "2F", "文学", "Literature"),
        Place("2F-foreign", "2F", "外国語資料", "Foreign languages"),
        Place("2F-reference", "2F", "参考", "Reference"),
        Place("2F-local", "2F", "郷土資料", "Local collection"),
        Place("2F-av", "2F", "視聴覚", "Audio-visual"),
        Place("B1-stacks", "B1", "書庫", "Closed stacks", is_stacks=True),
    )
}


@dataclass(frozen=True, slots=True)
class Work:
    """One bib and its copies (CAT-1, CAT-2).

    `copies` has the loanability of each copy: lendable, reference, research or video_stays (CAT-3). `year` is None
    where it was not certain. A work on order has no copies yet (CAT-5). `place` is a key of `PLACES`.
    """

    title: str
    title_kana: str
    subtitle: str
    volume: str
    edition: str
    contributors: tuple[Contributor, ...]
    publisher: str
    year: int | None
    series: str
    ndc: str
    ndc_edition: str
    isbn: str
    language: str
    material: str
    subjects: tuple[str, ...]
    copies: tuple[str, ...]
    is_on_order: bool
    place: str
    audience: str


Hours = tuple[time, time]


@dataclass(frozen=True, slots=True)
class PickupLibraryFacts:
    """One municipal or university library.

    `weekly` has seven entries from Monday on, None for a weekly closed day; `holiday_hours` is None where the library
    closes on national holidays. `arrival_weekday` counts from Monday = 0; a branch gets its bags a day after the
    central library that `central_code` names (DLV-8). The flags are separate (RET-4).
    """

    code: str
    name: str
    name_kana: str
    name_en: str
    town: str
    kind: str
    central_code: str
    arrival_weekday: int
    weekly: tuple[Hours | None, ...]
    holiday_hours: Hours | None
    substitutes_holiday_closing: bool
    is_pickup: bool
    takes_delivered_returns: bool
    takes_mutual_returns: bool
    accepts_av: bool


def works() -> Iterator[Work]:
    """Read every work of the demonstration catalogue, in the order of the file."""
    for row in _rows("works.tsv"):
        yield Work(
            title=row["title"],
            title_kana=row["title_kana"],
            subtitle=row["subtitle"],
            volume=row["volume"],
            edition=row["edition"],
            contributors=_contributors(row["author"], row["author_kana"]),
            publisher=row["publisher"],
            year=int(row["year"]) if row["year"] else None,
            series=row["series"],
            ndc=row["ndc"],
            ndc_edition=row["ndc_edition"],
            isbn=row["isbn"],
            language=row["language"],
            material=row["material"],
            subjects=_list(row["subjects"], ";"),
            copies=_copies(row["loanability"], int(row["copies"])),
            is_on_order=_flag(row["on_order"]),
            place=row["place"],
            audience=row["audience"],
        )


def pickup_libraries() -> Iterator[PickupLibraryFacts]:
    """Read every pickup library, a central library always before its branches."""
    for row in _rows("pickup_libraries.tsv"):
        yield PickupLibraryFacts(
            code=row["code"],
            name=row["name"],
            name_kana=row["name_kana"],
            name_en=row["name_en"],
            town=row["town"],
            kind=row["kind"],
            central_code=row["central_code"],
            arrival_weekday=WEEKDAYS.index(row["arrival_weekday"]),
            weekly=_weekly(row["closed_weekdays"], _hours(row["weekday_hours"]), _hours(row["weekend_hours"])),
            holiday_hours=_hours(row["holiday_hours"]),
            substitutes_holiday_closing=_flag(row["substitutes_holiday_closing"]),
            is_pickup=_flag(row["is_pickup"]),
            takes_delivered_returns=_flag(row["takes_delivered_returns"]),
            takes_mutual_returns=_flag(row["takes_mutual_returns"]),
            accepts_av=_flag(row["accepts_av"]),
        )


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as lines:
        facts = (line for line in lines if not line.startswith("#"))
        yield from csv.DictReader(facts, delimiter="\t", quoting=csv.QUOTE_NONE, strict=True)


def _list(text: str, separator: str) -> tuple[str, ...]:
    return tuple(text.split(separator)) if text else ()


def _flag(text: str) -> bool:
    return {"0": False, "1": True}[text]


def _contributors(names: str, readings: str) -> tuple[Contributor, ...]:
    kana = _list(readings, ";") or ("",) * len(_list(names, ";"))
    people = []
    for named, reading in zip(_list(names, ";"), kana, strict=True):
        name, _bracket, role = named.removesuffix("]").partition("[")
        people.append(Contributor(name=name, name_kana=reading, role=role))
    return tuple(people)


def _copies(loanability: str, count: int) -> tuple[str, ...]:
    kinds = _list(loanability, ";")
    return kinds * count if len(kinds) == 1 else kinds


def _hours(text: str) -> Hours | None:
    if not text:
        return None
    opens, closes = text.split("-")
    return time.fromisoformat(opens), time.fromisoformat(closes)


def _weekly(closed: str, on_weekdays: Hours | None, on_weekends: Hours | None) -> tuple[Hours | None, ...]:
    closed_days = _list(closed, ",")
    return tuple(
        None if day in closed_days else on_weekends if day in ("sat", "sun") else on_weekdays for day in WEEKDAYS
    )
