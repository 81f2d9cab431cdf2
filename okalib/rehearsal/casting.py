"""Who plays in the scenes of the demonstration, and with which titles."""

from __future__ import annotations

from dataclasses import dataclass

from catalog.models import Bib, Item
from catalog.rules import Loanability
from okalib.models import Patron

STORIES = 30  # titles set apart for the scenes
PARTS = (
    *("read long ago", "on its way back", "kept by taro", "at the central library", "not collected at the branch"),
    *("left behind", "handed over", "renewed", "due now", "being sent", "packed", "just lent", "on the shelf"),
    *("in the basket", "in the basket too", "a particular copy", "not collected", "cancelled", "for the next run"),
    *("any of", "any of them", "any of these"),
)
"""The parts of the books, in the order of the catalogue, so that a book plays the same part whatever day it is."""
PARTS_OF_MUSIC = ("CD ready", "CD paused")
SERIES = ("燃えよ剣", "上", "下")


@dataclass(frozen=True, slots=True)
class Cast:
    """Who plays."""

    hanako: Patron
    taro: Patron
    jiro: Patron

    @property
    def ids(self) -> list[int]:
        """Their ids."""
        return [self.hanako.pk, self.taro.pk, self.jiro.pk]


class Titles:
    """Titles with one copy each that only the scenes touch, each by the name of its part."""

    def __init__(self) -> None:
        single = Bib.objects.filter(items__loanability=Loanability.LENDABLE, volume="").order_by("pk")
        printed = single.filter(material="book")[40 : 40 + STORIES]
        books = [bib for bib in printed if bib.items.count() == 1]
        music = [bib for bib in single.filter(material="music")[:6] if bib.items.count() == 1]
        self.volumes = [Bib.objects.get(title=SERIES[0], volume=volume) for volume in SERIES[1:]]
        self.on_order = Bib.objects.filter(is_on_order=True).order_by("pk").first()
        self.all = [*books, *music, *self.volumes]
        self._named = dict(zip(PARTS, books, strict=False)) | dict(zip(PARTS_OF_MUSIC, music, strict=False))

    def named(self, name: str) -> Bib:
        """The title that plays a part."""
        return self._named[name]

    def copy(self, name: str) -> Item:
        """Its copy."""
        return Item.objects.get(bib=self.named(name))
