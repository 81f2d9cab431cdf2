"""The classes of the NDC: a tree of three levels, whole, in both languages, and true to the table that is published."""

import csv
import doctest
import re
from pathlib import Path

import pytest

from catalog import classes
from catalog.rules import shelf_key

PUBLISHED = Path(__file__).resolve().parents[3] / "shared" / "data" / "ndc9.tsv"


def every_class():
    return [found for first in classes.main_classes() for found in _with_all_under(first)]


def _with_all_under(found):
    return [found, *(under for child in classes.narrower(found.notation) for under in _with_all_under(child))]


def test_the_examples_in_the_module_are_true():
    assert doctest.testmod(classes).failed == 0


def test_there_are_ten_main_classes_and_ten_under_each():
    """類 and 綱."""
    assert [found.notation for found in classes.main_classes()] == list("0123456789")
    for found in classes.main_classes():
        assert [child.notation for child in classes.narrower(found.notation)] == [
            f"{found.notation}{n}" for n in range(10)
        ]


def test_every_class_can_be_reached_from_the_top_and_leads_back_up():
    found = every_class()
    assert len(found) == len({each.notation for each in found}) == 1050
    for each in found:
        way = [*classes.broader(each.notation), each]
        assert [step.notation for step in way] == [each.notation[: length + 1] for length in range(each.level)]


def test_every_class_has_a_japanese_and_an_english_name():
    for found in every_class():
        assert re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", found.ja), found
        assert found.en.isascii() or found.en.startswith("Provençal"), found


def test_the_walk_from_class_to_class_meets_each_of_a_level_once():
    before, after = classes.beside("000")
    assert before is None
    met = ["000"]
    while after:
        met.append(after.notation)
        after = classes.beside(after.notation)[1]
    assert met == [found.notation for found in every_class() if found.is_leaf]


@pytest.mark.skipif(not PUBLISHED.exists(), reason="the published table of the NDC lies beside the project")
def test_notations_and_names_are_those_of_the_published_table():
    """Every named class of three digits is there, no other is, and its name shares a word with the published one."""
    with PUBLISHED.open(encoding="utf-8", newline="") as lines:
        published = {
            row["code"]: row["ndc9_name"]
            for row in csv.DictReader(lines, delimiter="\t")
            if re.fullmatch(r"\d{1,3}", row["code"]) and row["ndc9_name"]
        }
    ours = {found.notation: found.ja for found in every_class()}
    assert set(ours) == set(published)
    strangers = {
        notation: (name, published[notation])
        for notation, name in ours.items()
        if not any(word in name for word in re.split(r"[．・：＠，、［］＜＞（） ]+", published[notation]) if word)
    }
    assert not strangers


def test_call_numbers_stand_as_on_the_shelf():
    """CAT-2: a class before its parts, volumes by number, what has a shelf of its own after the rest."""
    in_order = ["913/ア", "913.6/ア", "913.6/ナ/1", "913.6/ナ/2", "913.6/ナ/10", "914/ア", "K913/ア"]
    assert sorted(set(in_order), key=shelf_key) == in_order
