"""Small MARC records made by hand, each with one trap."""

from __future__ import annotations

from pymarc import Field, Indicators, Record, Subfield

JAPAN_MARC_FIXED = f"190212s2019    ja {'':17}jpn  "


def record(*fields: tuple[str, ...], number: str = "001", leader: str = "00000cam a2200000zi 4500") -> Record:
    """Make a record of `("245", "a", "書名", "b", "副書名")` tuples; `("245", "880-01", …)` links by `$6`."""
    made = Record(leader=leader)
    if number:
        made.add_field(Field(tag="001", data=number))
    made.add_field(Field(tag="003", data="TEST"), Field(tag="008", data=JAPAN_MARC_FIXED))
    for tag, *rest in fields:
        pairs = ["6", rest.pop(0), *rest] if len(rest) % 2 else rest
        subfields = [Subfield(code, value) for code, value in zip(pairs[::2], pairs[1::2], strict=True)]
        made.add_field(Field(tag=tag, indicators=Indicators("0", "0"), subfields=subfields))
    return made


def iso2709(*records: Record) -> bytes:
    """The records as a file."""
    return b"".join(made.as_marc() for made in records)


def in_encoding(made: Record, encoding: str) -> bytes:
    """The record with its text in another encoding, all lengths right, and leader/09 saying nothing of it."""
    bodies = [field.as_marc("utf-8").decode().encode(encoding) for field in made.fields]
    directory, offset = b"", 0
    for field, body in zip(made.fields, bodies, strict=True):
        directory += f"{field.tag}{len(body):04}{offset:05}".encode()
        offset += len(body)
    base = 24 + len(directory) + 1
    length = base + offset + 1
    leader = f"{length:05}cam  22{base:05}zi 4500".encode()
    return leader + directory + b"\x1e" + b"".join(bodies) + b"\x1d"
