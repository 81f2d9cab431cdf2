"""Taking descriptions and copies into the catalogue: nothing is doubled, nothing is lost in silence."""

from __future__ import annotations

import csv
import io
import json
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from catalog import actions
from catalog.interchange import BibRecord, Contributor
from catalog.models import Bib, Item, SearchEntry
from catalog.rules import (
    ITEM_NUMBER_LENGTH,
    Loanability,
    Material,
    MaterialClass,
    Whereabouts,
    check_digit,
    item_number,
)
from tests.interchange.marc_builder import iso2709, record

NOW = datetime(2026, 12, 1, 1, tzinfo=UTC)
LATER = datetime(2026, 12, 2, 1, tzinfo=UTC)
RECORD = BibRecord(
    source="test",
    source_id="1",
    title="髙村の本",
    title_kana="タカムラ ノ ホン",
    contributors=(Contributor("髙村, 薫", "タカムラ, カオル", "著"),),
    year=2009,
    ndc=("913.6",),
    isbns=("9784103534228",),
    wrong_isbns=("4000000001",),
    notes=("文献あり", "索引あり"),
)


@pytest.fixture
def import_bibs(db, tmp_path, monkeypatch):
    """Run the command on content, in a folder of its own, and return what it says."""
    monkeypatch.chdir(tmp_path)

    def run(content: bytes, *options: str) -> str:
        path = tmp_path / "data"
        path.write_bytes(content)
        said = io.StringIO()
        call_command("import_bibs", str(path), "--lanes", "1", *options, stdout=said)
        return said.getvalue()

    return run


def lines(*titles: str) -> bytes:
    entries = [{"id": f"x:{number}", "src": "test", "title": title} for number, title in enumerate(titles)]
    return "\n".join(json.dumps(entry) for entry in entries).encode()


@pytest.mark.django_db
class TestRecords:
    """CAT-1."""

    def test_a_record_becomes_a_bib_with_its_search_entry(self):
        done = actions.import_records(records=[RECORD], now=NOW)
        bib = Bib.objects.get(pk=done.bib_ids[0])
        assert (done.new, done.updated, done.unchanged) == (1, 0, 0)
        assert (bib.title, bib.year, bib.ndc, bib.updated_at) == ("髙村の本", 2009, ["913.6"], NOW)
        assert bib.contributors == [{"name": "髙村, 薫", "kana": "タカムラ, カオル", "role": "著"}]
        assert bib.notes == "文献あり\n索引あり"
        assert SearchEntry.objects.filter(bib=bib).exists()

    def test_a_wrong_isbn_is_kept_beside_the_right_one(self):
        actions.import_records(records=[RECORD], now=NOW)
        assert Bib.objects.filter(isbns__contains=["4000000001"]).get().isbns == ["9784103534228", "4000000001"]

    def test_the_same_again_writes_nothing(self):
        actions.import_records(records=[RECORD], now=NOW)
        done = actions.import_records(records=[RECORD], now=LATER)
        assert (done.new, done.updated, done.unchanged) == (0, 0, 1)
        assert Bib.objects.get().updated_at == NOW

    def test_a_change_updates_the_bib_and_what_search_finds(self):
        actions.import_records(records=[RECORD], now=NOW)
        [entry_before] = SearchEntry.objects.values_list("folded", flat=True)
        done = actions.import_records(records=[replace(RECORD, title="別の題")], now=LATER)
        bib = Bib.objects.get()
        assert (done.new, done.updated, bib.title, bib.updated_at) == (0, 1, "別の題", LATER)
        assert SearchEntry.objects.get(bib=bib).folded != entry_before

    def test_what_staff_decided_is_not_undone_by_an_import(self):
        actions.import_records(records=[RECORD], now=NOW)
        Bib.objects.update(is_on_order=True, is_suppressed=True)
        actions.import_records(records=[replace(RECORD, title="別の題")], now=LATER)
        bib = Bib.objects.get()
        assert (bib.title, bib.is_on_order, bib.is_suppressed) == ("別の題", True, True)

    def test_of_two_records_with_one_key_in_a_batch_the_later_wins(self):
        done = actions.import_records(records=[RECORD, replace(RECORD, title="後の題")], now=NOW)
        assert (done.new, Bib.objects.get().title) == (1, "後の題")

    def test_the_same_number_of_two_sources_is_two_bibs(self):
        actions.import_records(records=[RECORD, replace(RECORD, source="other")], now=NOW)
        assert Bib.objects.count() == 2

    def test_a_number_too_long_for_its_column_becomes_a_note(self):
        actions.import_records(records=[replace(RECORD, issn="1" * 30)], now=NOW)
        bib = Bib.objects.get()
        assert (bib.issn, bib.notes.splitlines()[-1]) == ("", "issn: " + "1" * 30)


class TestCommand:
    """`manage.py import_bibs`."""

    def test_it_counts_and_a_second_run_changes_nothing(self, import_bibs):
        assert "新規 2件、更新 0件、変更なし 0件、取込不可 0件" in import_bibs(lines("一", "二"))
        assert "新規 0件、更新 1件、変更なし 1件、取込不可 0件" in import_bibs(lines("一", "二の改"))
        assert "毎秒" in import_bibs(lines("一", "二の改"))
        assert Bib.objects.count() == 2

    def test_without_being_asked_rejects_are_written_beside_the_work_and_the_report_names_the_file(
        self, import_bibs, tmp_path
    ):
        said = import_bibs(lines("一") + b"\nno json\n")
        assert "data.rejects.tsv" in said
        with (tmp_path / "data.rejects.tsv").open(encoding="utf-8") as file:
            (row,) = csv.DictReader(file, delimiter="\t")
        assert (row["file"], row["position"], row["reason"]) == ("data", "2", "not_json")

    def test_an_import_without_rejects_leaves_no_file_behind(self, import_bibs, tmp_path):
        import_bibs(lines("一"))
        assert [path.name for path in tmp_path.iterdir()] == ["data"]

    def test_where_nothing_may_be_written_the_rejects_are_among_the_temporary_files(
        self, import_bibs, tmp_path, monkeypatch
    ):
        monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
        monkeypatch.setattr(tempfile, "tempdir", None)
        (tmp_path / "temporary").mkdir()
        (tmp_path / "data.rejects.tsv").mkdir()  # whoever is root may write into any folder, but not into this
        said = import_bibs(lines("一") + b"\nno json\n")
        assert str(tmp_path / "temporary" / "data.rejects.tsv") in said

    def test_rejects_are_written_with_file_position_and_reason(self, import_bibs, tmp_path):
        rejects = tmp_path / "rejects.tsv"
        long = json.dumps({"id": "y" * 300, "title": "長い番号"}).encode()
        said = import_bibs(lines("一") + b"\nno json\n" + long, "--rejects", str(rejects))
        assert "新規 1件、更新 0件、変更なし 0件、取込不可 2件" in said
        with rejects.open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
        assert [(row["file"], row["position"], row["reason"]) for row in rows] == [
            ("data", "2", "not_json"),
            ("data", "3", "unwritable"),
        ]

    def test_a_source_given_by_name_replaces_the_one_in_the_data(self, import_bibs):
        import_bibs(iso2709(record(("245", "a", "紙の本"))), "--source", "vendor")
        assert Bib.objects.get().source == "vendor"

    def test_a_mapping_names_the_columns_of_a_table(self, import_bibs):
        import_bibs("標目,作者\n紙の本,夏目漱石著\n".encode("cp932"), "--columns", "title=標目,author=作者")
        assert Bib.objects.get().contributors == [{"name": "夏目漱石", "kana": "", "role": "著"}]

    def test_columns_that_do_not_fit_are_told_before_anything_is_written(self, import_bibs):
        with pytest.raises(CommandError, match="列"):
            import_bibs("あ,い\n1,2\n".encode())
        with pytest.raises(CommandError, match="列"):
            import_bibs(lines("一"), "--columns", "nonsense=書名")
        assert not Bib.objects.exists()

    @pytest.mark.django_db(transaction=True)
    def test_lanes_side_by_side_do_what_one_does(self, tmp_path):
        path = tmp_path / "data"
        path.write_bytes(lines(*(f"題{number}" for number in range(1300))) + b"\n" + lines("後の題"))
        said = io.StringIO()
        call_command("import_bibs", str(path), "--lanes", "3", stdout=said)
        assert Bib.objects.count() == SearchEntry.objects.count() == 1300
        assert Bib.objects.get(source_id="x:0").title == "後の題"


class TestTrialItems:
    """`--items` (CAT-2, CAT-3)."""

    def test_bibs_get_one_to_three_copies_with_right_numbers_once(self, import_bibs):
        import_bibs(lines(*(f"題{number}" for number in range(60))), "--items")
        items = list(Item.objects.order_by("item_number"))
        import_bibs(lines(*(f"題{number}" for number in range(60))), "--items")
        assert list(Item.objects.order_by("item_number")) == items
        copies = [bib.items.count() for bib in Bib.objects.all()]
        assert set(copies) == {1, 2, 3}
        for item in items:
            assert len(item.item_number) == ITEM_NUMBER_LENGTH
            assert check_digit(item.item_number[:-1], "mod10w3") == item.item_number[-1]
        assert {item.loanability for item in items} > {Loanability.LENDABLE}

    def test_the_same_seed_gives_the_same_copies_and_another_gives_others(self, import_bibs):
        def drawn(*options: str) -> list[tuple[str, str]]:
            Item.objects.all().delete()
            import_bibs(lines(*(f"題{number}" for number in range(40))), "--items", *options)
            return list(Item.objects.order_by("item_number").values_list("bib__source_id", "loanability"))

        assert drawn() == drawn()
        assert drawn() != drawn("--seed", "2")

    @pytest.mark.django_db
    def test_place_and_call_number_follow_the_bib(self):
        records = [
            RECORD,
            replace(RECORD, source_id="2", material=Material.VIDEO, ndc=("778",)),
            replace(RECORD, source_id="3", ndc=("933",), audience="児童"),
            replace(RECORD, source_id="4", ndc=(), year=1923, contributors=(), title_kana="コドモ"),
        ]
        done = actions.import_records(records=records, now=NOW)
        actions.give_trial_items(bib_ids=done.bib_ids, seed=1, now=NOW)
        first = {bib.source_id: bib.items.first() for bib in Bib.objects.all()}
        assert (first["1"].location.code, first["1"].call_number) == ("literature", "913.6/タ")
        assert (first["2"].location.code, first["2"].material_class) == ("av", MaterialClass.AV)
        assert (first["3"].location.code, first["3"].call_number) == ("children", "K933/タ")
        assert (first["4"].location.code, first["4"].call_number) == ("stacks", "000/コ")


@pytest.mark.django_db
class TestItems:
    """`manage.py import_items` (CAT-2, CAT-3)."""

    HEADINGS = "資料番号,書誌番号,ISBN,配置場所,請求記号,貸出区分,所在"

    @pytest.fixture(autouse=True)
    def _catalogue(self):
        done = actions.import_records(records=[RECORD, replace(RECORD, source_id="2", isbns=())], now=NOW)
        actions.give_trial_items(bib_ids=done.bib_ids[:1], seed=1, now=NOW)  # also makes the locations
        Item.objects.all().delete()

    def run(self, tmp_path, *rows: str, options: tuple[str, ...] = ()) -> tuple[str, str]:
        path = tmp_path / "items.csv"
        path.write_bytes("\n".join([self.HEADINGS, *rows]).encode("cp932"))
        said, complained = io.StringIO(), io.StringIO()
        call_command("import_items", str(path), *options, stdout=said, stderr=complained)
        return said.getvalue(), complained.getvalue()

    def test_rows_make_items_by_number_and_change_them_later(self, tmp_path):
        number = item_number(7)
        said, _ = self.run(tmp_path, f"{number},1,,literature,K913.6/タ/2,貸出可,")
        item = Item.objects.get()
        assert "新規 1点" in said
        assert (item.call_number, item.shelf_mark, item.volume_mark) == ("K913.6/タ/2", "K", "2")
        assert (item.whereabouts, item.material_class) == (Whereabouts.SHELF, MaterialClass.PRINT)
        said, _ = self.run(tmp_path, f"{number},1,,stacks,913.6/タ,禁帯出,整理中")
        item.refresh_from_db()
        assert "更新 1点" in said
        assert (item.location.code, item.loanability, item.whereabouts) == ("stacks", "reference", "processing")
        said, _ = self.run(tmp_path, f"{number},1,,stacks,913.6/タ,禁帯出,整理中")
        assert "変更なし 1点" in said

    def test_the_bib_is_found_by_isbn_in_any_form(self, tmp_path):
        self.run(tmp_path, f"{item_number(7)},,4-10-353422-8,literature,913.6,,")
        assert Item.objects.get().bib.source_id == "1"

    def test_bad_rows_are_told_with_their_line_and_stop_nothing(self, tmp_path):
        good = item_number(9)
        wrong_digit = good[:-1] + str((int(good[-1]) + 1) % 10)
        rejects = tmp_path / "rejects.tsv"
        said, _ = self.run(
            tmp_path,
            f"{wrong_digit},1,,literature,,,",
            "12345,1,,literature,,,",
            f"{good},99,,literature,,,",
            f"{good},,4000000001,literature,,,",
            f"{good},1,,nowhere,,,",
            f"{good},1,,literature,,謎,",
            f"{good},1,,literature,,,貸出中",
            f"{good},1,,literature,,,",
            options=("--rejects", str(rejects)),
        )
        assert "新規 1点、更新 0点、変更なし 0点、取込不可 7行" in said
        rows = list(csv.reader(rejects.open(encoding="utf-8"), delimiter="\t"))[1:]
        assert [row[0] for row in rows] == ["2", "3", "4", "5", "6", "7", "8"]
        assert [row[1][:6] for row in rows] == [
            "資料番号のチ",
            "資料番号が1",
            "該当する書誌",
            "該当する書誌",
            "配置場所が登",
            "貸出区分を判",
            "所在を判別で",
        ]

    def test_a_copy_bound_to_a_reservation_is_not_moved_by_a_table(self, tmp_path):
        number = item_number(7)
        self.run(tmp_path, f"{number},1,,literature,,,")
        Item.objects.update(whereabouts=Whereabouts.SET_ASIDE)
        _, complained = self.run(tmp_path, f"{number},2,,literature,,,", f"{number},1,,literature,,,除籍")
        assert complained.count("貸出中または予約棚") == 2
        assert Item.objects.get().bib.source_id == "1"

    def test_another_scheme_of_check_digits_can_be_chosen(self, tmp_path):
        self.run(tmp_path, "1234567890,1,,literature,,,", options=("--check-digit", "none"))
        assert Item.objects.get().item_number == "1234567890"


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_all_real_records_go_in_once_however_often_they_are_imported(shared_data, tmp_path):
    """51,510 JSON lines and 233 records of JAPAN/MARC, both kinds of files twice; says the records a second."""
    files = [shared_data / "bib_ja.jsonl.gz", shared_data / "marc" / "japan_marc_ndl.mrc.gz"]
    expected = [
        "新規 51743件、更新 0件、変更なし 0件、取込不可 0件",
        "新規 0件、更新 0件、変更なし 51743件、取込不可 0件",
    ]
    for counts in expected:
        said, began = io.StringIO(), time.monotonic()
        call_command("import_bibs", *map(str, files), stdout=said)
        print(f"{51743 / (time.monotonic() - began):.0f} records a second")
        assert counts in said.getvalue()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), count(DISTINCT (source, source_id)) FROM catalog_bib")
        assert cursor.fetchone() == (51743, 51743)
    assert SearchEntry.objects.count() == 51743
