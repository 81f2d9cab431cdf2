"""Plausible copies for a catalogue that came without any, so that trials have something to lend."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence
from datetime import datetime

from django.db.models import Max

from catalog.actions.appearances import note_appearances
from catalog.interchange import text
from catalog.models import Bib, Item, Location
from catalog.rules import ITEM_NUMBER_LENGTH, Loanability, Material, MaterialClass, item_number
from okalib import days
from okalib.transactions import verb

FIRST_SERIAL = 100_000_001
# code: floor, section, English, open shelf, walking order, return desk (RET-1)
LOCATIONS = {
    "children": ("1階", "児童資料", "Children's books", True, 10, "児童カウンター"),
    "literature": ("1階", "文学", "Literature", True, 20, "1階カウンター"),
    "magazines": ("1階", "新聞・雑誌", "Newspapers and magazines", True, 30, "1階カウンター"),
    "general": ("2階", "総記・参考資料", "General and reference works", True, 40, "1階カウンター"),
    "humanities": ("2階", "人文・社会科学", "Humanities and social sciences", True, 50, "1階カウンター"),
    "sciences": ("2階", "自然科学・産業", "Sciences and industry", True, 60, "1階カウンター"),
    "arts": ("2階", "芸術・言語", "Arts and languages", True, 70, "1階カウンター"),
    "av": ("2階", "視聴覚資料", "Audio-visual media", True, 80, "2階視聴覚カウンター"),
    "stacks": ("地下1階", "書庫", "Closed stacks", False, 90, "1階カウンター"),
}
SECTION_OF_CLASS = {
    "0": "general",
    "1": "humanities",
    "2": "humanities",
    "3": "humanities",
    "4": "sciences",
    "5": "sciences",
    "6": "sciences",
    "7": "arts",
    "8": "arts",
    "9": "literature",
}
UNCLASSED: dict[str, str] = {
    Material.COMIC: "726.1",
    Material.VIDEO: "778",
    Material.MUSIC: "760",
    Material.MAP: "290",
    Material.MANUSCRIPT: "910",
    Material.MAGAZINE: "051",
}
KANA = "アイウエオカキクケコサシスセソタチツテトナニノハヒフヘホマミムモヤユヨラリルロワ"
OPEN_SHELF_FROM = 1990  # what is older stands in the closed stacks
CHILDREN = "児童"


@verb
def give_trial_items(*, bib_ids: Sequence[int], seed: int, now: datetime) -> int:
    """Give the bibs without an item one to three copies, and return how many copies that makes (CAT-2, CAT-3).

    The same seed gives the same bib the same copies, whatever the order. Item numbers go on from the highest there is.
    """
    locations = _locations()
    serial = _next_serial()
    bibs = Bib.objects.filter(pk__in=bib_ids, items=None).order_by("pk").select_for_update(of=("self",), no_key=True)
    items = []
    for bib in bibs:
        chance = _chances(f"{seed}:{bib.source}:{bib.source_id}")
        for copy in range(_copies(bib, chance[0])):
            items.append(_item(bib, copy, chance, locations))
            items[-1].item_number = item_number(serial)
            items[-1].whereabouts_since = now
            items[-1].arrived_on = days.day_of(now)
            serial += 1
    Item.objects.bulk_create(items, batch_size=2000)
    note_appearances(bib_ids=bib_ids, now=now)
    return len(items)


def _locations() -> dict[str, Location]:
    for code, (floor, section, section_en, is_open_shelf, walking_order, return_desk) in LOCATIONS.items():
        Location.objects.get_or_create(
            code=code,
            defaults={
                "floor": floor,
                "section": section,
                "section_en": section_en,
                "is_open_shelf": is_open_shelf,
                "walking_order": walking_order,
                "return_desk": return_desk,
            },
        )
    # The lock also keeps two at once from giving out the same numbers.
    locations = Location.objects.select_for_update(no_key=True).filter(code__in=LOCATIONS).order_by("pk")
    return {location.code: location for location in locations}


def _next_serial() -> int:
    """Return the serial after the highest item number with a check digit."""
    numbers = Item.objects.filter(item_number__regex=rf"^[0-9]{{{ITEM_NUMBER_LENGTH}}}$")
    highest = numbers.aggregate(highest=Max("item_number"))["highest"]
    return max(FIRST_SERIAL, int(highest[:-1]) + 1 if highest else 0)


def _chances(key: str) -> bytes:
    """Return bytes that are chance to the eye and the same for the same key."""
    return hashlib.sha256(key.encode()).digest()


def _copies(bib: Bib, chance: int) -> int:
    if bib.material in (Material.MANUSCRIPT, Material.MAP):
        return 1
    return 1 if chance < 192 else 2 if chance < 240 else 3


def _item(bib: Bib, copy: int, chance: bytes, locations: dict[str, Location]) -> Item:
    code = _location(bib)
    class_mark = bib.ndc[0] if bib.ndc else UNCLASSED.get(bib.material, "000")
    return Item(
        bib=bib,
        location=locations[code],
        shelf_mark=_shelf_mark(bib, code, class_mark),
        class_mark=class_mark,
        book_mark=_book_mark(bib) or KANA[chance[-1] % len(KANA)],
        volume_mark=unicodedata.normalize("NFKC", bib.volume)[:20],
        material_class=bib.material_class.value,
        loanability=_loanability(bib, copy, chance),
    )


def _location(bib: Bib) -> str:
    if bib.material_class == MaterialClass.AV:
        return "av"
    if bib.material == Material.MANUSCRIPT or (bib.year or OPEN_SHELF_FROM) < OPEN_SHELF_FROM:
        return "stacks"
    if bib.material == Material.MAGAZINE:
        return "magazines"
    if bib.material == Material.PICTURE_BOOK or bib.audience == CHILDREN:
        return "children"
    if bib.material == Material.COMIC:
        return "arts"
    return SECTION_OF_CLASS.get(bib.ndc[0][:1] if bib.ndc else "", "general")


def _shelf_mark(bib: Bib, code: str, class_mark: str) -> str:
    if code == "av":
        return "D" if bib.material == Material.VIDEO else "C"
    if code == "magazines":
        return "Z"
    return "K" if bib.audience == CHILDREN and class_mark != "E" else ""


def _book_mark(bib: Bib) -> str:
    """Return the first kana of the author, else of the title, in katakana; a Latin initial in capitals."""
    names = [form for person in bib.contributors[:1] for form in (person.get("kana"), person.get("name"))]
    for name in [*names, bib.title_kana, bib.title]:
        for letter in text.reading(name):
            if text.script(letter) is text.Script.KANA:
                return letter
            if letter.isascii() and letter.isalpha():
                return letter.upper()
            if letter.isalpha():
                break  # a Chinese character does not tell its reading
    return ""


def _loanability(bib: Bib, copy: int, chance: bytes) -> Loanability:
    """Make a few copies stay in the house, of the first copies more than of the others."""
    draw = chance[1 + copy]
    if bib.material == Material.MANUSCRIPT:
        return Loanability.RESEARCH
    if bib.material == Material.VIDEO and draw < 8:
        return Loanability.VIDEO_STAYS
    if copy == 0 and draw < (64 if bib.ndc and bib.ndc[0].startswith("03") else 10):
        return Loanability.REFERENCE
    return Loanability.RESEARCH if copy == 0 and draw > 252 else Loanability.LENDABLE
