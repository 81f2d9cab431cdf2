"""From a context to subject, text and HTML (NTF-3).

The text is a small template, written by us (`default_texts/`) or by staff. It is rendered as plain text; the HTML is
made from the finished text, escaped as a whole, so that no title and no template can bring markup into a mail (A188).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from django.template import Context, Engine, Template, TemplateSyntaxError
from django.utils.translation import gettext as _

from notifications import contexts
from notifications.rules import Kind

FOLDER = Path(__file__).parent / "default_texts"
FOOTER = "footer"
"""The name of the text that closes every notice."""

LANGUAGES = ("ja", "en")
SUBJECT_LENGTH = 120


class LockedEngine(Engine):
    """An engine that loads no files and knows only the tags of `notifications.tags`."""

    default_builtins = ["notifications.tags"]


def _engine(string_if_invalid: str = "") -> Engine:
    return LockedEngine(loaders=[], autoescape=False, string_if_invalid=string_if_invalid)


_LENIENT = _engine()
_STRICT = _engine("\0%s\0")
_LAYOUT = Engine(dirs=[str(FOLDER)], autoescape=True)


@dataclass(frozen=True, slots=True)
class Words:
    """Subject and body of a text before its fields are filled in."""

    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A notice ready to be sent; `card_number` asks for the card's barcode below the text (DLV-7).

    `stop_address` is where the reader ends mails of this kind, told to mail programs as well (RFC 8058).
    """

    subject: str
    text: str
    html: str
    card_number: str = ""
    stop_address: str = ""


class BrokenTextError(ValueError):
    """A text cannot be rendered."""


def language_of(wanted: str) -> str:
    """Return the language in which we write to a reader of `wanted`."""
    return "en" if wanted.startswith("en") else "ja"


@cache
def default_words(name: str, language: str) -> Words:
    """Return our own text: the first line of the file is the subject, the rest the body."""
    subject, _blank, body = (FOLDER / f"{name}.{language}.txt").read_text(encoding="utf-8").partition("\n")
    return Words(subject.strip(), body.strip())


def write(
    kind: Kind, language: str, words: Words, footer: Words, context: Mapping[str, Any], *, today: date | None = None
) -> Letter:
    """Fill the words of a notice, to be read on `today`; BrokenTextError if they are no valid template."""
    reader = contexts.Reader(language, today, contexts.fields_with_lines(kind))
    filled = contexts.readable(context, reader)
    subject = contexts.one_line(_fill(_LENIENT, words.subject, filled))
    if len(subject) > SUBJECT_LENGTH:
        subject = subject[: SUBJECT_LENGTH - 1] + "…"
    parts = [_tidy(_fill(_LENIENT, each.body, filled)) for each in (words, footer)]
    text = "\n\n".join(part for part in parts if part) + "\n"
    card_number = str(filled.get("card_number", ""))
    html = as_html(subject, text, language, card_number=card_number)
    return Letter(subject, text, html, card_number, stop_address=str(filled.get("stop_address", "")))


def as_html(subject: str, text: str, language: str, *, card_number: str = "") -> str:
    """Lay a finished text out as HTML, every character of it escaped."""
    paragraphs = [paragraph.split("\n") for paragraph in text.strip().split("\n\n")]
    return _LAYOUT.get_template("layout.html").render(
        Context({"subject": subject, "paragraphs": paragraphs, "language": language, "card_number": card_number})
    )


def preview(name: str, language: str, words: Words, footer: Words | None = None) -> Letter:
    """Fill a text with the sample context, for staff (`name`: a kind or FOOTER)."""
    footer = footer or default_words(FOOTER, language)
    if name == FOOTER:
        return write(Kind.TEST, language, default_words(Kind.TEST, language), words, contexts.sample(None, language))
    return write(Kind(name), language, words, footer, contexts.sample(Kind(name), language))


def problems(name: str, language: str, words: Words) -> list[str]:
    """Return what is wrong with a text, in sentences for staff; empty if it may be used (NTF-3)."""
    if re.search(r"[\r\n]", words.subject):
        return [_("件名は1行で書いてください。")]
    kind = None if name == FOOTER else Kind(name)
    sample = contexts.readable(contexts.sample(kind, language), contexts.Reader(language))
    try:
        rendered = "\n".join(_fill(_STRICT, text, sample) for text in (words.subject, words.body))
    except BrokenTextError as broken:
        return [_("文面の書き方に誤りがあります: %(why)s") % {"why": broken}]
    found = [
        _("差し込み「%(name)s」はこのお知らせにはありません。") % {"name": unknown}
        for unknown in sorted(set(re.findall("\0(.*?)\0", rendered)))
    ]
    fields = contexts.FIELDS[kind] if kind else ()
    found += [
        _("差し込み「%(name)s」（%(label)s）が文面にありません。") % {"name": field.name, "label": field.label}
        for field in fields
        if field.is_essential and not _appears(sample[field.name], rendered)
    ]
    return found


def _appears(value: Any, rendered: str) -> bool:
    """Tell whether everything in a sample value can be read in the rendered text."""
    if isinstance(value, dict):
        return all(_appears(entry, rendered) for entry in value.values())
    if isinstance(value, list):
        return all(_appears(entry, rendered) for entry in value)
    return str(value) in rendered


def _fill(engine: Engine, source: str, context: Mapping[str, Any]) -> str:
    try:
        return Template(source, engine=engine).render(Context(dict(context), autoescape=False))
    except TemplateSyntaxError as broken:
        raise BrokenTextError(str(broken)) from broken
    except Exception as broken:  # a filter fed with the wrong thing may raise anything
        raise BrokenTextError(f"{type(broken).__name__}: {broken}") from broken


def _tidy(text: str) -> str:
    """Close the holes that tags leave: no blanks at line ends, at most one blank line."""
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip("\n")
