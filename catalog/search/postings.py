"""Which documents have the texts that are asked for, by the postings (CAT-6).

A phrase is in a field where all of its grams are in that field; a phrase of the search box is in any of the fields. Up
to three letters prove themselves, and a longer phrase that is kept as a whole because it is common. A rarer one may
have its grams at several places of a field, so what they find is looked at again in the folded texts, unless it is too
much to look at.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pyroaring import BitMap

from catalog.search import bits, reading, tokens
from catalog.search.facts import LIVE, Facts
from catalog.search.fold import Folding
from catalog.search.plan import Sql, bibs_of_items, numbers_in, only_marks, term_condition, texts, whole_title
from catalog.search.query import Query, Term, Wish

TITLE, AUTHOR, PUBLISHER, SUBJECT, SERIES, OTHER = "tapsro"
FIELDS = {
    "words": (TITLE, AUTHOR, PUBLISHER, SUBJECT, SERIES, OTHER),
    "title": (TITLE,),
    "author": (AUTHOR,),
    "publisher": (PUBLISHER,),
    "subject": (SUBJECT,),
    "series": (SERIES,),
}
"""Where each text field of a query looks; numbers and classes are kept in OTHER."""

MOST_LOOKED_AT = 2_000
"""Documents whose texts are looked at again. Of more than these, the few whose grams stand apart are found as well."""

LAST_LETTER = "\U0010ffff"


class Postings:
    """The bitmaps that one search needs, read together."""

    def __init__(self, facts: Facts, folding: Folding) -> None:
        self.facts, self.folding = facts, folding
        self._kept: dict[tuple[str, str], BitMap] = {}
        self._asked: set[str] = set()
        self._stored: set[str] = set()
        self._found: dict[tuple[object, ...], tuple[BitMap, bool]] = {}
        self._texts: dict[tuple[Wish, ...], BitMap] = {}

    # --- the texts of a query ---

    def texts(self, query: Query) -> BitMap:
        """Return the documents that have the texts of a query; all there are where it asks for none."""
        key = tuple(query.wishes.values())
        if key not in self._texts:
            self._texts[key] = self._looked_at(query)
        return self._texts[key]

    def _looked_at(self, query: Query) -> BitMap:
        wishes = [(wish, name) for name, wish in query.wishes.items() if wish]
        if not wishes:
            return self.facts.all(LIVE)
        self.read_for([query])
        parts = [self._wish(wish, name, FIELDS[name]) for wish, name in wishes]
        found, is_sure = bits.common([part for part, _ in parts]), all(sure for _, sure in parts)
        if is_sure or not found or len(found) > MOST_LOOKED_AT:
            return found
        return self.numbers_where(texts(query, self.folding), among=found)

    def only_in(self, query: Query, field: str) -> BitMap:
        """Return the documents that may have everything that the search box asks for in one field."""
        return self._wish(query.words, "", (field,))[0] if query.words else BitMap()

    def in_title_or_author(self, pieces: Sequence[str]) -> list[BitMap]:
        """Return for each piece of a word, three letters at most, the documents that have it in title or author."""
        self._read(pieces)
        fields = (TITLE, AUTHOR)
        return [
            bits.union(self._kept[piece, field] for field in fields if (piece, field) in self._kept) for piece in pieces
        ]

    def titles_beginning(self, folded: str) -> BitMap:
        """Return the documents whose title begins with the first letters, up to three, of a folded text."""
        token = tokens.at_start(folded[:3])
        self._read([token])
        return self._kept.get((token, TITLE), BitMap())

    def _wish(self, wish: Wish, name: str, fields: Sequence[str]) -> tuple[BitMap, bool]:
        found = [self._alternative(terms, name, fields) for terms in wish.alternatives]
        return bits.union(part for part, _ in found), all(sure for _, sure in found)

    def _alternative(self, terms: tuple[Term, ...], name: str, fields: Sequence[str]) -> tuple[BitMap, bool]:
        wanted: list[BitMap] = []
        excluded: list[BitMap] = []
        are_sure = True
        for term in terms:
            phrase = self.folding(term.text)
            if not phrase:
                continue
            found, is_sure = self._term(term.text, phrase, name, fields)
            if not term.is_excluded:
                wanted.append(found)
                are_sure &= is_sure
            elif is_sure or not name or len(found) > MOST_LOOKED_AT:
                excluded.append(found)
            else:
                excluded.append(self.numbers_where(term_condition(term.text, name, self.folding), among=found))
        if beginning := only_marks(terms, self.folding):
            wanted.append(self.numbers_where(Sql("e.title_exact LIKE %s", [beginning])))
        hits = bits.common([self.facts.all(LIVE), *wanted])
        for found in excluded:
            hits -= found
        return hits, are_sure

    # --- phrases ---

    def _term(self, text: str, phrase: str, name: str, fields: Sequence[str]) -> tuple[BitMap, bool]:
        key = (phrase, *fields)
        if key not in self._found:
            found, is_sure = self._phrase(phrase, fields)
            if name == "words" and (forms := numbers_in(text)):
                found = bits.union([found, self.with_one_of(map(tokens.number, forms)), self._with_items(forms)])
            self._found[key] = found, is_sure
        return self._found[key]

    def _phrase(self, phrase: str, fields: Sequence[str]) -> tuple[BitMap, bool]:
        grams = tokens.grams(phrase)
        rare = [spelling for spelling in grams.whole if spelling not in self._stored]
        if grams.whole and not any(self._may_be_in(field, spelling) for spelling in rare for field in fields):
            found = (self._kept.get((token, field)) for token in grams.whole for field in fields)
            return bits.union(one for one in found if one), True
        is_sure = grams.is_sure and all(
            token in self._stored for piece in grams.pieces for token in piece if tokens.is_triple(token)
        )
        return bits.union(self._in_field(grams, field) for field in fields), is_sure

    def _in_field(self, grams: tokens.Grams, field: str) -> BitMap:
        parts = [self._kept.get((f"{beginning}*", field)) for beginning in grams.beginnings]
        for piece in grams.pieces:
            spellings = [self._gram(token, field) for token in piece]
            parts.append(bits.union(spelling for spelling in spellings if spelling))
        return bits.common([part for part in parts if part]) if all(parts) else BitMap()

    def _may_be_in(self, field: str, spelling: str) -> bool:
        """Whether a document may have a phrase that is too rare to be kept as a whole: one with all of its triples."""
        triples = [self._gram(spelling[start : start + 3], field) for start in range(len(spelling) - 2)]
        return all(triples) and bool(bits.common([triple for triple in triples if triple]))

    def _gram(self, token: str, field: str) -> BitMap | None:
        if token not in self._stored and tokens.is_triple(token):
            pairs = [self._kept.get((pair, field)) for pair in tokens.pairs_in(token)]
            return pairs[0] & pairs[1] if pairs[0] and pairs[1] else None
        return self._kept.get((token, field))

    def with_one_of(self, marked: Iterable[str]) -> BitMap:
        """Return the documents with one of some tokens with a mark: numbers, classes."""
        wanted = list(marked)
        self._read(wanted)
        return bits.union(self._kept[token, OTHER] for token in wanted if (token, OTHER) in self._kept)

    def _with_items(self, forms: list[str]) -> BitMap:
        bib_ids = bibs_of_items(forms)
        return self.numbers_where(Sql("e.bib_id = ANY(%s)", [bib_ids])) if bib_ids else BitMap()

    def numbers_where(self, condition: Sql, *, among: BitMap | None = None) -> BitMap:
        """Return the documents whose entry `e` meets a condition."""
        text, params = condition.text, condition.params
        if among is not None:
            text, params = f"d.number = ANY(%s::integer[]) AND ({text})", [bits.as_array(among), *params]
        found = reading.rows(f"SELECT d.number FROM {DOCUMENTS} WHERE {text}", params)  # noqa: S608 - our own words
        return BitMap([number for (number,) in found])

    # --- reading ---

    def read_for(self, queries: Iterable[Query]) -> None:
        """Read what the texts of queries need, in one statement; in a second one what stands for rare grams."""
        queries = list(queries)
        grams = [
            tokens.grams(phrase)
            for query in queries
            for wish in query.wishes.values()
            for terms in wish.alternatives
            for term in terms
            if (phrase := self.folding(term.text))
        ]
        pieces = [token for one in grams for piece in one.pieces for token in piece]
        # The order will ask for the beginnings of titles; a row more costs less than a question more.
        starts = [tokens.at_start(whole_title(query, self.folding)[:3]) for query in queries]
        wholes = [token for one in grams for token in one.whole]
        self._read([*pieces, *wholes, *starts], [beginning for one in grams for beginning in one.beginnings])

    def _read(self, wanted: Iterable[str], beginnings: Iterable[str] = ()) -> None:
        """Read tokens, and all that begin so under the name of the beginning with a star."""
        wanted = [token for token in dict.fromkeys(wanted) if token not in self._asked]
        starred = [f"{beginning}*" for beginning in dict.fromkeys(beginnings) if f"{beginning}*" not in self._asked]
        self._asked.update(wanted, starred)
        parts = [_beginning_so(token) for token in starred]
        if wanted:
            parts.append(_these(wanted))
        if not parts:
            return
        statement = Sql.joined("UNION ALL", parts)
        for token, field, found in reading.rows_of_bitmaps(statement.text, statement.params):
            if (token, field) in self._kept:
                self._kept[token, field] |= found
            else:
                self._kept[token, field] = found
            self._stored.add(token)


def _these(wanted: list[str]) -> Sql:
    """Select tokens, and what stands for those of three letters that are too rare to be kept."""
    pairs = [(token, pair) for token in wanted if tokens.is_triple(token) for pair in tokens.pairs_in(token)]
    if not pairs:
        return Sql("SELECT token, field, bits FROM catalog_searchposting WHERE token = ANY(%s)", [wanted])
    return Sql(
        """
        SELECT token, field, bits FROM catalog_searchposting WHERE token = ANY(%s::text[] || ARRAY(
            SELECT pair FROM unnest(%s::text[], %s::text[]) AS of (triple, pair)
            WHERE triple NOT IN (SELECT token FROM catalog_searchposting WHERE token = ANY(%s))
        ))
        """,
        [wanted, *map(list, zip(*pairs, strict=True)), wanted],
    )


def _beginning_so(starred: str) -> Sql:
    beginning = starred[:-1]
    return Sql(
        "SELECT %s::text, field, bits FROM catalog_searchposting WHERE token >= %s AND token < %s",
        [starred, beginning, beginning + LAST_LETTER],
    )


DOCUMENTS = "catalog_searchdocument d JOIN catalog_searchentry e ON e.bib_id = d.bib_id"
"""The documents with their entries."""
