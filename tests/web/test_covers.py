"""The cover that is made of title and class."""

import re

import pytest
from django.template import Context, Template

from catalog import covers
from catalog.models import Bib

LONG = "石見銀山：昆布山谷地区妙本寺上墓地の石造物調査とその成果報告書、その二の続きの続きの続きの続きの続きの続き"


def draw(**fields):
    shown = Template("{% load catalog_words %}{% cover bib %}").render(Context({"bib": Bib(pk=1, **fields)}))
    return shown, re.sub(r"<[^>]+>", "", shown)


@pytest.mark.parametrize(
    "title",
    [
        "こころ",
        "広辞苑を読む：ことばの海をゆく長い長い旅の記録",
        "The Hitchhiker's Guide to the Galaxy",
        "Donaudampfschifffahrtsgesellschaftskapitän",
        LONG,
        "、、、" * 40,
        "A",
        "",
    ],
)
def test_every_line_of_a_title_is_inside_the_sheet_and_above_the_author(title):
    set_in = covers.title(title)
    for line in set_in.lines:
        assert covers.width(line.text) * set_in.size <= covers.WIDTH
        assert line.y < 120
    shown = "".join(line.text for line in set_in.lines).replace(" ", "")
    assert shown == title.replace(" ", "") or shown.endswith("…")


def test_a_line_begins_with_no_closing_mark_and_a_latin_word_stays_whole():
    lines = [line.text for line in covers.title("日本国憲法の論点「表現の自由」と（判例）").lines]
    assert not [line for line in lines if line[0] in "」）、。ー" or line[-1] in "「（"]
    assert "Hitchhiker's" in [line.text for line in covers.title("The Hitchhiker's Guide to the Galaxy").lines]


def test_a_short_title_is_large_and_a_long_one_ends_in_an_ellipsis():
    assert covers.title("こころ").size > covers.title(LONG).size
    assert covers.title(LONG * 2).lines[-1].text.endswith("…")


@pytest.mark.parametrize("colours", covers.COLOURS.values())
def test_white_letters_can_be_read_on_every_sheet(colours):
    """WCAG 2.2 AA, 1.4.3: at least 4.5 to 1."""

    def light(channel):
        return channel / 12.92 if channel <= 0.03928 else ((channel + 0.055) / 1.055) ** 2.4

    red, green, blue = (light(int(colours[0][at : at + 2], 16) / 255) for at in (1, 3, 5))
    assert 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05) >= 4.5


def test_it_names_title_first_author_and_class_and_markup_in_a_title_is_text():
    shown, words = draw(title="<b>本</b>", contributors=[{"name": "夏目, 漱石"}, {"name": "岡本, 一平"}], ndc=["913.6"])
    assert "&lt;b&gt;本&lt;/b&gt;" in words
    assert "夏目漱石" in words
    assert "文学" in words
    assert "岡本" not in words
    assert "style=" not in shown


def test_without_author_and_class_the_kind_of_publication_is_named():
    _shown, words = draw(title="東京物語", material="video")
    assert words.strip() == "東京物語映像"
    draw(title="数の本", ndc=["４１０"], contributors=[])
