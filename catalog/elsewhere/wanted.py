"""What a reader looks for elsewhere, in the words that every target is asked with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from catalog.interchange.isbn import as_typed, isbn13
from catalog.interchange.text import clean

LONGEST = 200
MOST_WORDS = 10


@dataclass(frozen=True, slots=True)
class Wanted:
    """A search as its address says it. An ISBN typed as a word is an ISBN."""

    text: str = ""
    title: str = ""
    author: str = ""
    isbn: str = ""

    @classmethod
    def read(cls, data: Mapping[str, str]) -> Wanted:
        """Read the parameters of an address, as the catalogue's own search names them; too much is cut off.

        >>> Wanted.read({"q": "カミュ　ペスト\\x00", "page": "3"})
        Wanted(text='カミュ ペスト', title='', author='', isbn='')
        >>> Wanted.read({"q": "978-4-10-353422-8"})
        Wanted(text='', title='', author='', isbn='9784103534228')
        """
        text, title, author, isbn = (_words(data.get(name, "")) for name in ("q", "title", "author", "isbn"))
        if text and not isbn and isbn13(text):
            text, isbn = "", text
        return cls(text, title, author, isbn13(isbn) or as_typed(isbn))

    def __bool__(self) -> bool:
        """Whether there is anything to look for."""
        return bool(self.plain)

    @property
    def plain(self) -> str:
        """All of it as one line of words."""
        return " ".join(part for part in (self.text, self.title, self.author, self.isbn) if part)

    @property
    def address(self) -> str:
        """The query string of this search."""
        values = {"q": self.text, "title": self.title, "author": self.author, "isbn": self.isbn}
        return urlencode({name: value for name, value in values.items() if value})


def _words(text: str) -> str:
    """Cut to what a target can bear, with single blanks."""
    return " ".join(clean(text[:LONGEST]).split()[:MOST_WORDS])
