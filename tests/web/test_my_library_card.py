"""The library card on a phone (PAT-1, ux.md)."""

import re

import segno

from okalib.templatetags.okalib_ui import card_qr_code


def test_the_card_is_bars_and_squares_and_nothing_else(lively, log_in, akari):
    """A scanner reads it from the phone; no style, no script, no frame of the house."""
    page = log_in(akari).get("/my/card/").content.decode()
    assert page.count("<svg") == 2
    assert page.count("<rect") > 30
    assert "20000011" in page
    for unwanted in ("style=", "<script", "<nav", "<form", "青木"):
        assert unwanted not in page, unwanted


def test_the_card_of_who_has_none_in_force_says_where_to_ask(home, log_in, akari, ten):
    """PAT-2."""
    akari.cards.update(ended_at=ten)
    page = log_in(akari).get("/my/card/").content.decode()
    assert "有効な利用者カードがありません。" in page
    assert "<svg" not in page


def test_the_squares_drawn_are_those_of_the_code():
    """Every dark square once, at its place, inside four squares of white."""
    drawing = str(card_qr_code("20000011"))
    drawn = set()
    for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)", drawing):
        drawn |= {(int(y) - 4, int(x) - 4 + step) for step in range(int(length))}
    matrix = segno.make_qr("20000011", error="m").matrix
    assert drawn == {(row, place) for row, cells in enumerate(matrix) for place, dark in enumerate(cells) if dark}
