"""Who did what, read from headings and from statements of responsibility in all their conventions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from catalog.interchange.record import Contributor
from catalog.interchange.text import clean, is_japanese, reading, without_isbd

_ROLE_WORDS = (
    "著者代表 責任編集 編集代表 編集責任 総監督 総監修 製作総指揮 制作著作 研究代表者 企画編集 "
    "編集制作 原作 原著 原案 原文 編著 共著 合著 著作 著述 著者 監修 監訳 監督 監著 編集 編輯 "
    "編修 編纂 編訳 編注 編曲 編者 編次 編作 共編 共訳 訳編 訳注 訳註 訳著 訳述 翻訳 校訂 "
    "校注 校註 校閲 校合 校正 注釈 註釈 解説 解題 解註 講述 口述 執筆 文責 撰述 纂輯 輯録 "
    "脚本 演出 出演 音楽 作曲 作詞 写真 撮影 挿絵 挿画 作画 漫画 まんが マンガ 製作 制作 企画 "
    "構成 指導 協力 発行 デザイン シナリオ 作者 画図 画文 標注 増注 頭注 朗読 演奏 さく ぶん "
    "やく へん ちょ しゃしん 述画 抜萃 著 編 訳 作 絵 画 文 え 撰 輯 述 校 註 注 序 跋 "
    "選 詠 書 補 閲 纂 誌 証 譯 共譯 監譯 作絵 絵と文 画と文 主催 筆 指揮 編集長 編集責任者 "
    "発行者 総指揮 語り"
)
_ROLE = "(?:" + "|".join(sorted(map(re.escape, _ROLE_WORDS.split()), key=len, reverse=True)) + ")"
_ROLE_COMPOUND = rf"{_ROLE}(?:(?:[・･,、/&と]|\s?・\s?){_ROLE})*"
_OTHERS = r"\s*[\[〔(]?(?:ほか|他)[\]〕)]?"

# A role after a blank, a slash or in brackets is sure. Glued to the name it is taken only where few names end so.
_MARKED = re.compile(rf"^(?P<names>.+?)(?:\s*[／∥]\s*|\s+|\s*(?=[\[〔]))[\[〔]?(?P<role>{_ROLE_COMPOUND})[\]〕]?$")
_GLUED = re.compile(rf"^(?P<names>.{{2,}}?)(?P<role>{_ROLE_COMPOUND})$")
_ENDS_OF_NAMES = {"作", "絵", "画", "文", "え", "校", "序", "書", "補", "選", "注", "証", "誌", "跋", "さく", "ぶん"}
_LABELLED = re.compile(r"(?:^|\s)([^\s:/]{2,25}):\s?(?=\S)")
_BRACKETED = re.compile(r"[\[［]([^\]］]{1,12})[\]］]\s*([^\[［]+)")
_ENDING = re.compile(rf"^(.+?)\s*\[({_ROLE_COMPOUND})\]$")
_SLASHED_ROLE = re.compile(rf"([^∥]+)∥\s*[\[〔]?((?:ほか)?{_ROLE_COMPOUND}|[^∥\s]{{1,3}}$)?[\]〕]?")
_LIFE_DATES = re.compile(r"[,、]\s*(?:(?:ca\.?|b\.|d\.)\s*)?(?:\d{3,4}\??\s*-\s*(?:\d{3,4}\??)?|-\s*\d{3,4})\.?$")


def heading(name: str) -> str:
    """Return a name heading without life dates and final punctuation.

    >>> heading("結城, 浩, 1963-"), heading("武井, 一巳,"), heading("Osborne, Mary Pope, 1949-")
    ('結城, 浩', '武井, 一巳', 'Osborne, Mary Pope')
    """
    return without_isbd(_LIFE_DATES.sub("", without_isbd(name)))


@lru_cache(maxsize=10_000)  # the same people come again and again
def read_heading(name: str, kana: str = "", role: str = "") -> tuple[Contributor, ...]:
    """Read one heading, which in some sources joins several persons or carries their roles.

    >>> for person in read_heading("[作者]松苗あけみ　／　梶坂千明　／　他", "マツナエアケミ,カジサカチアキ", "著"):
    ...     print(person.name, person.kana, person.role)
    松苗あけみ マツナエアケミ 作者
    梶坂千明 カジサカチアキ 著
    >>> [(c.name, c.role) for c in read_heading("晋米斎玉粒∥著歌川豊国∥画")]
    [('晋米斎玉粒', '著'), ('歌川豊国', '画')]
    """
    if "∥" in name:
        found = [Contributor(heading(match[1]), "", match[2] or role) for match in _SLASHED_ROLE.finditer(name)]
    else:
        found = []
        for piece in re.split(r"\s*／\s*|\s+/\s+", clean(name)):
            if before := _BRACKETED.match(piece):
                person, did = before[2], before[1]
            elif after := _ENDING.match(piece):
                person, did = after[1], after[2]
            else:
                person, did = piece, role
            if (person := heading(person)) and not re.fullmatch(_OTHERS, person):
                found.append(Contributor(person, "", did))
    readings = [kana] if len(found) <= 1 else re.split(r"\s*[,、／/]\s*", kana)
    if len(readings) != len(found):
        readings = [kana]  # all in one, on the first: a reader who types it still finds the record
    readings += [""] * (len(found) - len(readings))
    return tuple(replace(person, kana=heading(reading(kana))) for person, kana in zip(found, readings, strict=False))


def read_statement(statement: str) -> tuple[Contributor, ...]:
    """Read a statement of responsibility as contributors with roles.

    >>> [(c.name, c.role) for c in read_statement("定塚甫, 定塚理江子著 ; 高野澄 [ほか] 編訳")]
    [('定塚甫', '著'), ('定塚理江子', '著'), ('高野澄', '編訳')]
    >>> [(c.name, c.role) for text in ("村上 春樹／著", "西谷茂喬") for c in read_statement(text)]
    [('村上 春樹', '著'), ('西谷茂喬', '')]
    >>> [(c.name, c.role) for c in read_statement("監督:大地丙太郎 声の出演:三森すずこ/石田彰 ほか.")]
    [('大地丙太郎', '監督'), ('三森すずこ', '声の出演'), ('石田彰', '声の出演')]
    """
    text = re.sub(r"^（[^）]*）\s*", "", without_isbd(statement))
    text = re.split(r"\s=\s", text)[0]
    if labels := list(_LABELLED.finditer(text)):
        return _labelled(text, labels)
    if (match := _BRACKETED.match(text)) and re.fullmatch(_ROLE_COMPOUND, match[1]):
        return tuple(person for match in _BRACKETED.finditer(text) for person in _names(match[2], match[1]))
    groups = [group for group in re.split(r"\s*[;；]\s*|\s+\.\s+", text) if group]
    return tuple(person for group in groups for person in _group(group, is_only=len(groups) == 1))


def contributors(headings: Sequence[Contributor], statement: str) -> tuple[Contributor, ...]:
    """Return the headings, each with the role that the statement gives to the same name; without any, the statement.

    >>> [(c.name, c.role) for c in contributors([Contributor("萩野, 正昭")], "萩野正昭 著")]
    [('萩野, 正昭', '著')]
    """
    stated = read_statement(statement) if statement else ()
    roles = {_compact(person.name): person.role for person in stated}
    named = [
        person if person.role else replace(person, role=roles.get(_compact(person.name), "")) for person in headings
    ]
    once = {(_compact(person.name), person.role): person for person in reversed(named or stated)}
    return tuple(reversed(once.values()))


def _labelled(text: str, labels: list[re.Match[str]]) -> tuple[Contributor, ...]:
    """Read `label:names` pieces, as descriptions of films have them."""
    ends = [label.start() for label in labels[1:]] + [len(text)]
    leading = _group(text[: labels[0].start()].strip(), is_only=True) if labels[0].start() else ()
    labelled = [
        person
        for label, end in zip(labels, ends, strict=True)
        for person in _names(text[label.end() : end].strip(), label[1], separator=r"\s*/\s*|\s*[,、]\s+")
    ]
    return (*leading, *labelled)


def _group(group: str, is_only: bool) -> tuple[Contributor, ...]:
    """Read one group of names with the role that they share."""
    bare = group[1:-1] if re.fullmatch(r"\[[^\[\]]*\]", group) else group
    if prefix := re.match(r"(研究代表者|代表者|発行者|編集者)\s*(?=\S)", bare):
        return _names(bare[prefix.end() :], prefix[1])
    bare = re.sub(rf"{_OTHERS}(?=\s*[\[〔]?{_ROLE_COMPOUND}[\]〕]?$)", " ", bare) if "ほか" in bare else bare
    if match := _MARKED.match(bare):
        return _names(match["names"], match["role"])
    if (match := _GLUED.match(bare)) and is_japanese(bare):
        doubtful = match["role"] in _ENDS_OF_NAMES and (is_only or len(match["names"]) < 3)
        if not doubtful:
            return _names(match["names"], match["role"])
    return _names(bare, "")


def _names(names: str, role: str, separator: str = r"\s*[,、]\s*|\s*／\s*") -> tuple[Contributor, ...]:
    """Split names that share a role; a Latin name in inverted form keeps its comma."""
    pieces = re.split(separator, names)
    if not is_japanese(names) and not all(" " in piece.strip() for piece in pieces):
        pieces = [names]
    people = (heading(re.sub(rf"{_OTHERS}$", "", piece).strip("[]〔〕 ")) for piece in pieces)
    return tuple(Contributor(person, "", role) for person in people if person)


def _compact(name: str) -> str:
    """A name without what differs between its heading and its form in a statement."""
    return re.sub(r"[\s,、・.]", "", name)
