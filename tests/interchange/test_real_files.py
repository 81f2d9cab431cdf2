"""The real files of the trials: every one is read without an error, and counted."""

from __future__ import annotations

import csv
import gzip
import io

import pytest

from catalog.interchange import BibRecord, Reason, Reject, read, read_stream
from tests.interchange.conftest import SHARED

INDEX = SHARED / "marc" / "INDEX.tsv"
FILES = (
    {row["file"]: row for row in csv.DictReader(INDEX.open(encoding="utf-8"), delimiter="\t", quoting=csv.QUOTE_NONE)}
    if INDEX.exists()
    else {}
)
PRESENT = [name for name in FILES if (SHARED / "marc" / name).exists()]

# Where we differ from what pymarc counts: (descriptions, rejects by reason).
OTHERWISE = {
    "pymarc__1251.dat": (0, {Reason.ENCODING: 6}),  # Windows-1251 that pymarc takes for MARC-8
    "pymarc__bad_indicator.dat": (1, {}),  # blanks after the last record are nothing
    "pymarc__bad_records.mrc": (5, {Reason.BROKEN: 3}),  # wrong base addresses are got over
    "pymarc__testunimarc.dat": (0, {Reason.NO_TITLE: 1}),
    "ruby-marc__cp866_multirecord.marc": (0, {Reason.ENCODING: 2}),
    "ruby-marc__escaped_character_reference.marc8.marc": (0, {Reason.NO_TITLE: 1}),
    "ruby-marc__marc_with_bad_utf8.utf8.marc": (1, {}),  # a wrong length is got over
    "traject__escaped_character_reference.marc8.marc": (0, {Reason.NO_TITLE: 1}),
    "traject__test_data.utf8.marc.xml": (29, {Reason.DELETED: 1}),
    "traject__test_data.utf8.mrc": (29, {Reason.DELETED: 1}),
}


@pytest.mark.filterwarnings("ignore::pymarc.exceptions.BadSubfieldCodeWarning")
@pytest.mark.skipif(not PRESENT, reason="the real records of ../shared/data are not here")
@pytest.mark.parametrize("name", PRESENT or ["-"])
def test_every_odd_file_is_read_and_counted(name):
    found = list(read(SHARED / "marc" / name))
    rejects: dict[Reason, int] = {}
    for each in found:
        if isinstance(each, Reject):
            rejects[each.reason] = rejects.get(each.reason, 0) + 1
    bibs = len(found) - sum(rejects.values())
    if name in OTHERWISE:
        assert (bibs, rejects) == OTHERWISE[name]
    else:
        assert (bibs, sum(rejects.values())) == (
            int(FILES[name]["records_read_by_pymarc"]),
            int(FILES[name]["unreadable"]),
        )


def test_all_records_of_japan_marc_are_read_with_readings_classes_and_names(shared_data):
    bibs = list(read(shared_data / "marc" / "japan_marc_ndl.mrc.gz"))
    assert len(bibs) == 233
    assert all(isinstance(bib, BibRecord) for bib in bibs)
    assert sum(not bib.title_kana for bib in bibs) == 3
    assert sum(not bib.ndc for bib in bibs) == 39
    assert sum(not bib.isbns for bib in bibs) == 44
    text = repr(bibs)
    assert "髙" in text
    assert "﨑" in text
    assert all(bib.title and bib.year for bib in bibs)


def test_the_same_title_is_read_from_marc_and_from_json(shared_data):
    """Two people made the two files from the same records: where both have a field, both agree."""
    from_marc = {bib.source_id: bib for bib in read(shared_data / "marc" / "japan_marc_ndl.mrc.gz")}
    with gzip.open(shared_data / "bib_ja.jsonl.gz") as file:
        theirs = io.BytesIO(b"".join(line for line in file if b'"japanmarc"' in line))
    from_json = {bib.source_id.removeprefix("ndlbib:"): bib for bib in read_stream(theirs)}
    assert from_marc.keys() == from_json.keys()
    for number, bib in from_marc.items():
        other = from_json[number]
        assert (bib.title, bib.title_kana, bib.year) == (other.title, other.title_kana, other.year)
        assert (bib.ndc, bib.jpno) == (other.ndc, other.jpno)
        assert set(other.isbns) <= set(bib.isbns)


@pytest.mark.slow
def test_all_the_json_lines_are_read(shared_data):
    found = list(read(shared_data / "bib_ja.jsonl.gz"))
    assert len(found) == 51510
    assert not [each for each in found if isinstance(each, Reject)]
    assert len({(bib.source, bib.source_id) for bib in found}) == 51510
