"""The reading record: kept by wish, erased at once, taken along as a file (RET-5)."""

import csv
import io
import json
from datetime import date

import pytest

from circulation import actions as desk
from circulation.models import ReadingRecord
from okalib import clock
from tests.factories import BibFactory


@pytest.fixture
def read(akari, ten):
    """Akari keeps a record and has read the titles that are named."""
    desk.set_reading_record(patron=akari, wanted=True)

    def read(*titles, patron=akari):
        return [
            ReadingRecord.objects.create(
                patron=patron,
                bib=BibFactory(title=title, publisher="岩波書店", year=1906, isbns=["9784003101032"]),
                lent_on=date(2026, 11, 1),
                returned_on=date(2026, 11, 12),
            )
            for title in titles
        ]

    with clock.standing_at(ten):
        yield read


def test_the_reading_record_is_kept_by_wish_and_erased_at_once(lively, log_in, akari, desk_clerk, ten):
    """RET-5."""
    client = log_in(akari)
    client.post("/my/reading-record/wish/", {"wanted": "yes"})
    desk.check_in(item=lively.loans["new"].item, by=desk_clerk, now=ten)
    assert "走れメロス" in client.get("/my/reading-record/").content.decode()
    client.post("/my/reading-record/wish/", {"wanted": "no"})
    assert "走れメロス" not in client.get("/my/reading-record/").content.decode()
    assert not ReadingRecord.objects.exists()


def test_one_line_is_erased_and_the_others_stay(read, log_in, akari):
    gone, _stays = read("草枕", "坊っちゃん")
    answer = log_in(akari).post(f"/my/reading-record/lines/{gone.pk}/removal/", follow=True)
    assert "「草枕」を読書記録から消去しました。" in answer.content.decode()
    assert [line.bib.title for line in ReadingRecord.objects.all()] == ["坊っちゃん"]


def test_a_line_of_anothers_record_does_not_exist(read, log_in, aya):
    """A215."""
    (line,) = read("草枕")
    client = log_in(aya)
    assert client.post(f"/my/reading-record/lines/{line.pk}/removal/").status_code == 404
    assert "草枕" not in client.get("/my/reading-record/export.csv").content.decode()
    assert ReadingRecord.objects.count() == 1


def test_a_long_record_is_leafed_through(read, log_in, akari):
    read(*(f"題名{number}" for number in range(51)))
    client = log_in(akari)
    assert client.get("/my/reading-record/").content.decode().count("/removal/") == 50
    assert client.get("/my/reading-record/?page=2").content.decode().count("/removal/") == 1


def test_the_table_opens_in_excel(read, log_in, akari):
    """UTF-8 with its mark, one row a title."""
    read("草枕")
    answer = log_in(akari).get("/my/reading-record/export.csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="reading-record.csv"'
    assert answer.content.startswith(b"\xef\xbb\xbf")
    heading, line = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert heading == ["書名", "著者等", "出版者", "出版年", "ISBN", "貸出日", "返却日"]
    assert line == ["草枕", "", "岩波書店", "1906", "9784003101032", "2026-11-01", "2026-11-12"]


@pytest.mark.parametrize(
    "title",
    ["=1+1", "+81", "-1度の冬", "@SUM(A1)", "\t=1+1", " =cmd|' /C calc'!A0", "＝1+1", '=HYPERLINK("http://a")'],
)
def test_no_title_is_taken_for_a_formula(read, log_in, akari, title):
    read(title)
    rows = list(csv.reader(io.StringIO(log_in(akari).get("/my/reading-record/export.csv").content.decode("utf-8-sig"))))
    assert rows[1][0] == f"'{title.strip()}"


def test_the_record_for_other_programs_is_json(read, log_in, akari):
    read("草枕")
    (line,) = json.loads(log_in(akari).get("/my/reading-record/export.json").content)
    assert (line["title"], line["lent_on"], line["returned_on"]) == ("草枕", "2026-11-01", "2026-11-12")
