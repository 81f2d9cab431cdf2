"""The catalogue of a rehearsal: the works of `facts` with their copies. SAMPLE DATA."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from catalog.actions import import_records
from catalog.interchange import BibRecord, Contributor
from catalog.models import Bib, Item, KanjiVariant, Location
from catalog.rules import Loanability, Material, MaterialClass, item_number
from catalog.search.variants import shipped
from okalib import days
from okalib.rehearsal import facts
from okalib.rehearsal.furnishing import Progress, nobody
from okalib.transactions import verb

SOURCE = "demonstration"
FIRST_SERIAL = 110_000_001
SHELF_MARKS = {"1F-children": "K", "1F-magazine": "Z", "2F-reference": "R", "2F-local": "W", "2F-foreign": "F"}
BATCH = 100
WEEKS_OF_ARRIVALS = 8  # so that the new arrivals are those of several days


def stock(*, now: datetime, progress: Progress = nobody, most: int | None = None) -> None:
    """Take the works of the demonstration, `most` at most, into the catalogue, with copies and findable at once."""
    KanjiVariant.objects.bulk_create(
        [KanjiVariant(variant=variant, standard=standard) for variant, standard in shipped().items()],
        ignore_conflicts=True,
    )
    locations = _locations()
    works = list(facts.works())[:most]
    serial = FIRST_SERIAL
    for start in range(0, len(works), BATCH):
        batch = works[start : start + BATCH]
        serial += _take_in(works=batch, first=start + 1, serial=serial, locations=locations, now=now)
        progress("catalogue", start + len(batch), len(works))


def _locations() -> dict[str, Location]:
    for order, place in enumerate(facts.PLACES.values(), start=1):
        desk = "2階視聴覚カウンター" if place.code == "2F-av" else "1階カウンター"
        Location.objects.get_or_create(
            code=place.code,
            defaults={
                "floor": place.floor,
                "section": place.section,
                "section_en": place.section_en,
                "is_open_shelf": not place.is_stacks,
                "walking_order": 10 * order,
                "return_desk": "児童カウンター" if place.code == "1F-children" else desk,
            },
        )
    return {location.code: location for location in Location.objects.all()}


@verb
def _take_in(*, works: list[facts.Work], first: int, serial: int, locations: dict[str, Location], now: datetime) -> int:
    """Take in some works; returns how many copies that makes."""
    imported = import_records(records=[_described(work, first + n) for n, work in enumerate(works)], now=now)
    bibs = Bib.objects.in_bulk(imported.bib_ids)
    items: list[Item] = []
    for bib_id, work in zip(imported.bib_ids, works, strict=True):
        bib = bibs[bib_id]
        if work.is_on_order:
            bib.is_on_order = True
            bib.save(update_fields=["is_on_order"])
        items += list(_copies(bib, work, locations[work.place], serial + len(items), now))
    Item.objects.bulk_create(items)
    return len(items)


def _described(work: facts.Work, number: int) -> BibRecord:
    return BibRecord(
        source=SOURCE,
        source_id=f"{number:05d}",
        title=work.title,
        title_kana=work.title_kana,
        material=Material(work.material),
        subtitle=work.subtitle,
        volume=work.volume,
        edition=work.edition,
        contributors=tuple(Contributor(one.name, one.name_kana, one.role) for one in work.contributors),
        publisher=work.publisher,
        year=work.year,
        date_text=f"{work.year}" if work.year else "",
        series=(work.series,) if work.series else (),
        ndc=(work.ndc,) if work.ndc else (),
        ndc_edition=work.ndc_edition,
        isbns=(work.isbn,) if work.isbn else (),
        language=work.language,
        subjects=work.subjects,
        audience=work.audience,
    )


def _copies(bib: Bib, work: facts.Work, location: Location, serial: int, now: datetime) -> Iterator[Item]:
    if work.is_on_order:
        return
    author = work.contributors[0].name_kana if work.contributors else ""
    for number, loanability in enumerate(work.copies):
        yield Item(
            bib=bib,
            item_number=item_number(serial + number),
            location=location,
            shelf_mark=_shelf_mark(work, bib.material_class),
            class_mark=work.ndc,
            book_mark=(author or work.title_kana or work.title)[:1],
            volume_mark=work.volume[:20],
            material_class=bib.material_class,
            loanability=Loanability(loanability),
            whereabouts_since=now,
            arrived_on=days.plus(days.day_of(now), -7 * (serial % WEEKS_OF_ARRIVALS)),
        )


def _shelf_mark(work: facts.Work, material_class: MaterialClass) -> str:
    if material_class == MaterialClass.AV:
        return "D" if work.material == Material.VIDEO else "C"
    return SHELF_MARKS.get(work.place, "")
