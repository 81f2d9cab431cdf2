"""What templates say of bibs and items: `{% load catalog_words %}`."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy

from catalog import classes, covers, queries
from catalog.classes import NdcClass
from catalog.interchange import MOST_EXPORTED
from catalog.interchange.people import in_order
from catalog.models import MATERIALS, Bib, Location
from catalog.rules import ItemStatus, Material

register = template.Library()

MATERIAL_NAMES = {value.value: words for value, words in MATERIALS}

NDC_CLASSES = {
    "0": gettext_lazy("総記"),
    "1": gettext_lazy("哲学・宗教"),
    "2": gettext_lazy("歴史・地理"),
    "3": gettext_lazy("社会科学"),
    "4": gettext_lazy("自然科学"),
    "5": gettext_lazy("技術・工学"),
    "6": gettext_lazy("産業"),
    "7": gettext_lazy("芸術・スポーツ"),
    "8": gettext_lazy("言語"),
    "9": gettext_lazy("文学"),
}

LANGUAGES = {
    "jpn": gettext_lazy("日本語"),
    "eng": gettext_lazy("英語"),
    "chi": gettext_lazy("中国語"),
    "kor": gettext_lazy("韓国・朝鮮語"),
    "fre": gettext_lazy("フランス語"),
    "ger": gettext_lazy("ドイツ語"),
    "spa": gettext_lazy("スペイン語"),
    "rus": gettext_lazy("ロシア語"),
    "ita": gettext_lazy("イタリア語"),
    "por": gettext_lazy("ポルトガル語"),
    "vie": gettext_lazy("ベトナム語"),
    "mul": gettext_lazy("多言語"),
    "und": gettext_lazy("不明"),
}

STATUS_TONES: dict[str, str] = {
    ItemStatus.AVAILABLE: "good",
    ItemStatus.ON_LOAN: "look",
    ItemStatus.BEING_PREPARED: "key",
    ItemStatus.ON_ITS_WAY: "key",
}


@register.filter
def place(location: Location) -> str:
    """Write where an item stands, in the reader's language."""
    if (get_language() or "ja").startswith("en") and location.section_en:
        return f"{location.floor.replace('階', 'F').replace('地下', 'B')} {location.section_en}"
    return f"{location.floor} {location.section}"


@register.filter
def status_tone(status: str) -> str:
    """Return the tint of the badge that says a status; the word says it too."""
    return STATUS_TONES.get(status, "")


@register.filter
def ndc_class(digit: str) -> str:
    """Write the name of a first class of the NDC."""
    return f"{digit} {NDC_CLASSES[digit]}" if digit in NDC_CLASSES else digit


@register.filter
def class_name(found: NdcClass) -> str:
    """Write the name of a class in the reader's language."""
    return found.en if _reads_english() else found.ja


@register.filter
def class_other_name(found: NdcClass) -> str:
    """Write the name of a class in the other language."""
    return found.ja if _reads_english() else found.en


@register.simple_tag
def other_language() -> str:
    """Name the language that is not the reader's, so that its words are read aloud in it."""
    return "ja" if _reads_english() else "en"


def _reads_english() -> bool:
    return (get_language() or "ja").startswith("en")


@register.filter
def material_name(code: str) -> str:
    """Write the name of a kind of publication."""
    return str(MATERIAL_NAMES.get(code, code))


@register.filter
def language_word(code: str) -> str:
    """Write the name of a language by its code."""
    return str(LANGUAGES.get(code, code))


@register.filter
def series_name(series: str) -> str:
    """Write the name of a series without the number of the volume."""
    return queries.series_name(series)


@register.filter
def notation_name(notation: str) -> str:
    """Write the name of the narrowest class of the NDC that we have a name for, in the reader's language."""
    plain = notation.replace(".", "")
    found = next((one for length in (3, 2, 1) if (one := classes.find(plain[:length]))), None)
    return class_name(found) if found else ""


@register.simple_tag
def most_exported() -> int:
    """Return how many titles of a list of results can be taken away at once."""
    return MOST_EXPORTED


@register.simple_tag
def cover(bib: Bib) -> SafeString:
    """Draw a cover of title and author on the colour of the class; no picture comes from outside."""
    digit = next((notation[0] for notation in bib.ndc if notation[:1].isascii() and notation[:1].isdigit()), "")
    author = in_order(bib.contributors[0].get("name", "")) if bib.contributors else ""
    is_no_book = bib.material in (Material.MAGAZINE, Material.VIDEO, Material.MUSIC, Material.MAP, Material.SCORE)
    mark = material_name(bib.material) if is_no_book or not digit else str(NDC_CLASSES[digit])
    colours = covers.COLOURS.get(digit or bib.material, covers.COLOURS[""])
    return covers.drawing(bib.full_title, author, mark, colours, (bib.pk or 0) % len(covers.MOTIFS))
