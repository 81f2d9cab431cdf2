"""Who wrote, who edited and who translated: the contributors of a description as citations need them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from catalog.interchange.record import Contributor
from catalog.interchange.text import is_japanese

TRANSLATED = re.compile("訳|譯|やく")
EDITED = re.compile("編|監修|校訂|校注|輯|纂")
WROTE = re.compile("^$|著|作|文|撰|述|筆|ちょ|さく|ぶん|監督|原案|詠")


@dataclass(frozen=True, slots=True)
class People:
    """Contributors by what they did, each group in its order; nobody stands in two groups."""

    authors: tuple[Contributor, ...]
    editors: tuple[Contributor, ...]
    translators: tuple[Contributor, ...]
    others: tuple[Contributor, ...]


def people(contributors: Iterable[Contributor]) -> People:
    """Sort contributors by their roles; 編著 counts as an author, 編訳 as a translator, a name without a role wrote.

    >>> wrote, translated = Contributor("夏目漱石", "", "著"), Contributor("柳瀬尚紀", "", "訳")
    >>> found = people([wrote, translated, Contributor("岩波書店", "", "編")])
    >>> [[person.name for person in group] for group in (found.authors, found.editors, found.translators)]
    [['夏目漱石'], ['岩波書店'], ['柳瀬尚紀']]
    """
    groups: dict[str, list[Contributor]] = {"authors": [], "editors": [], "translators": [], "others": []}
    for person in contributors:
        if TRANSLATED.search(person.role):
            groups["translators"].append(person)
        elif "原作" not in person.role and "著" not in person.role and EDITED.search(person.role):
            groups["editors"].append(person)
        else:
            groups["authors" if WROTE.search(person.role) else "others"].append(person)
    return People(**{name: tuple(group) for name, group in groups.items()})


def in_order(name: str) -> str:
    """Write a name as one reads it: Japanese ones without the comma of their heading.

    >>> in_order("萩野, 正昭"), in_order("Osborne, Mary Pope"), in_order("ダーウィン, チャールズ")
    ('萩野正昭', 'Osborne, Mary Pope', 'ダーウィン, チャールズ')
    """
    is_written_in_one = is_japanese(name) and not re.search("[ァ-ヶ]{2,}, *[ァ-ヶ]", name)
    return name.replace(", ", "").replace("，", "") if is_written_in_one else name
