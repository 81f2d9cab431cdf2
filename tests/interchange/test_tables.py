"""Tables: columns by name, encodings, quotes that never close."""

from __future__ import annotations

import pytest

from catalog.interchange import ColumnError, Contributor, Reason, parse_mapping
from catalog.rules import Material

HEADINGS = "書誌番号,書名,書名ヨミ,著者,出版者,出版年月,ISBN,分類,資料種別"
ROW = "B1,紙の本,カミノホン,村上 春樹／著,新潮社,2009.5,4-10-353422-8,K913.6,図書"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
def test_the_encoding_is_found_and_usual_headings_need_no_mapping(read_bytes, encoding):
    [bib], rejects = read_bytes(f"{HEADINGS}\r\n{ROW}\r\n".encode(encoding))
    assert rejects == []
    assert (bib.source, bib.source_id, bib.title, bib.title_kana) == ("csv", "B1", "紙の本", "カミノホン")
    assert (bib.contributors, bib.year) == ((Contributor("村上 春樹", "", "著"),), 2009)
    assert (bib.isbns, bib.ndc, bib.material) == (("9784103534228",), ("913.6",), Material.BOOK)


def test_a_mapping_names_the_columns(read_bytes):
    content = "標目\t作者\n紙の本\t夏目 漱石\n".encode("cp932")
    [bib], _ = read_bytes(content, parse_mapping("title=標目,author=作者"), "ours")
    assert (bib.source, bib.title, bib.contributors[0].name) == ("ours", "紙の本", "夏目 漱石")


def test_columns_that_do_not_fit_stop_the_file_at_once(read_bytes):
    with pytest.raises(ColumnError):
        read_bytes("あ,い\n1,2\n".encode())
    with pytest.raises(ColumnError):
        read_bytes(f"{HEADINGS}\n{ROW}".encode(), {"title": "無い列"})
    with pytest.raises(ColumnError):
        parse_mapping("titel=書名")


def test_a_row_without_a_number_is_known_again_by_what_identifies_it(read_bytes):
    content = "書名,著者,備考\n紙の本,夏目漱石,一刷\n紙の本,夏目漱石,二刷\n別の本,夏目漱石,\n"
    (one, again, other), _ = read_bytes(content.encode())
    assert one.source_id == again.source_id != other.source_id


def test_bad_rows_are_rejected_with_their_line_and_stop_nothing(read_bytes):
    rows = [
        "書名,著者".encode("cp932"),
        "一,夏目".encode("cp932"),
        ",名前だけ".encode("cp932"),
        "三,欄,多,すぎ".encode("cp932"),
        b"\x81\xad\xff,x",
        '"五,閉じない'.encode("cp932"),
        "六,夏目".encode("cp932"),
        '"七\n二行目",夏目'.encode("cp932"),
        '24" の本,夏目'.encode("cp932"),
    ]
    bibs, rejects = read_bytes(b"\n".join(rows))
    assert [bib.title for bib in bibs] == ["一", "六", "七 二行目", '24" の本']
    assert [(each.position, each.reason) for each in rejects] == [
        (3, Reason.NO_TITLE),
        (4, Reason.BAD_ROW),
        (5, Reason.ENCODING),
        (6, Reason.BAD_ROW),
    ]
