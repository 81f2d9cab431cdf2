"""Charts are pictures that also say what they show, and tables are files that no spreadsheet works out."""

import csv
import doctest
import io
import re
from xml.etree import ElementTree

import pytest

from okalib import charts, tables
from okalib.charts import Line, Scene

SCENE = Scene("chart-loans", "貸出<点数>", '直近の週は"3"点')
SVG = "{http://www.w3.org/2000/svg}"


def parsed(picture):
    """The picture as a tree; it must be well-formed."""
    return ElementTree.fromstring(picture)  # noqa: S314


def test_the_examples_of_both_modules_are_true():
    assert doctest.testmod(charts).failed == doctest.testmod(tables).failed == 0


@pytest.mark.parametrize(
    "picture",
    [
        charts.columns(SCENE, ["11/16", "11/23"], [3, 0]),
        charts.lines(SCENE, ["11/16", "11/23"], [Line("中央値", [3, None]), Line("p90", [9, None])]),
        charts.bars(SCENE, ["<b>草枕</b>"], [3]),
        charts.bars(SCENE, [], []),
    ],
)
def test_a_chart_has_a_title_and_a_description_and_nothing_that_the_policy_forbids(picture):
    """WCAG 1.1.1, and the strict policy: no style, no script, nothing of a title is markup."""
    tree = parsed(picture)
    title, description = tree.find(f"{SVG}title"), tree.find(f"{SVG}desc")
    assert (title.text, description.text) == (SCENE.title, SCENE.description)
    assert tree.get("role") == "img"
    assert tree.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert not re.search(r"<(script|style|b)\b|\b(style|on\w+)=", picture)


def test_the_height_of_a_column_is_its_share_of_the_axis():
    """A chart may not lie: twice the number is twice the height, from nought."""
    bars = parsed(charts.columns(SCENE, ["a", "b", "c"], [40, 20, 0])).findall(f"{SVG}rect")
    heights = [float(bar.get("height")) for bar in bars]
    assert heights[0] == pytest.approx(2 * heights[1], abs=0.2)
    assert heights[2] == 0


def test_a_week_without_numbers_is_a_gap_in_the_line():
    picture = parsed(charts.lines(SCENE, list("abcd"), [Line("中央値", [1, None, 2, 3])]))
    path = picture.find(f"{SVG}path").get("d")
    assert path.count("M") == 2
    assert path.count("L") == 1
    assert len(picture.findall(f"{SVG}circle")) == 3


def test_no_more_labels_are_written_than_have_room():
    labels = [str(number) for number in range(52)]
    texts = [text.text for text in parsed(charts.columns(SCENE, labels, [1] * 52)).findall(f"{SVG}text")]
    assert 8 <= len([text for text in texts if text in labels[5:]]) <= charts.LABELS_AT_MOST


def test_no_cell_of_a_file_is_a_formula():
    """A220: a title such as =HYPERLINK(...) is shown, not worked out; numbers stay numbers."""
    evil = ["=1+1", "+81", "-2", "@SUM(A1)", "\tx", " =1", "\uff1d1", "ふつう", -3, None]
    written = tables.as_csv(["書名"] * len(evil), [evil])
    assert written.startswith("\ufeff")
    assert written.count("\r\n") == 2
    row = list(csv.reader(io.StringIO(written.removeprefix("\ufeff"), newline="")))[1]
    assert [cell[:1] for cell in row[:7]] == ["'"] * 7
    assert row[7:] == ["ふつう", "-3", ""]
