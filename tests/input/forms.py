"""The forms on a page, as a browser would send them."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urljoin

from lxml import html

WORDS = ("text", "search", "email", "tel")


@dataclass
class Form:
    """Where a form goes, and what it holds before anybody types; `free` are the fields for words."""

    method: str
    address: str
    pairs: list[tuple[str, str]] = field(default_factory=list)
    free: list[str] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        """Its fields, each once."""
        return sorted({name for name, _value in self.pairs})

    def values_of(self, name: str) -> list[str]:
        """What stands in a field."""
        return [value for each, value in self.pairs if each == name]

    def with_value(self, name: str, value: str) -> list[tuple[str, str]]:
        """What is sent when this is put into one of its fields."""
        return [(each, value if each == name else before) for each, before in self.pairs]


def forms_of(page: bytes, address: str) -> list[Form]:
    """Return the forms of a page of ours."""
    found = []
    for form in html.fromstring(page or b"<p/>").iter("form"):
        action = urljoin(address, form.get("action") or "").partition("#")[0]
        sent = Form((form.get("method") or "get").upper(), action)
        for control in form.xpath(".//input[@name] | .//select[@name] | .//textarea[@name] | .//button[@name]"):
            is_for_words = control.tag == "textarea" or (
                control.tag == "input" and control.get("type", "text") in WORDS
            )
            if is_for_words and control.get("readonly") is None and control.get("hidden") is None:
                sent.free.append(control.get("name"))
            sent.pairs.extend((control.get("name"), value) for value in _values(control))
        found.append(sent)
    return found


def _values(control: html.HtmlElement) -> list[str]:
    match control.tag:
        case "select":
            options = [option.get("value", option.text or "") for option in control.iter("option")]
            return [next((value for value in options if value), "")]
        case "textarea":
            return [control.text or "本文"]
    kind = control.get("type", "text")
    if kind == "file" or control.get("name") == "csrfmiddlewaretoken":
        return []
    return [control.get("value") or {"date": "2026-12-05", "number": "1", "email": "a@example.jp"}.get(kind, "1")]
