"""The papers of a run, as pictures: read back by a decoder at 200 dpi, and 𠮷 髙 﨑 print (DLV-4, DLV-8, A174)."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from delivery import writing
from delivery.models import Bag
from tests.web.desk import at, at_work, clerk

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not writing.can_write_pdf(), reason="WeasyPrint or Debian's Pango is not installed"),
    pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="poppler-utils is not installed"),
]
RARE = "𠮷 髙 﨑"


@pytest.fixture
def bag(lively, akari):
    """A packed bag of a patron whose name is rare."""
    akari.name = f"{RARE} あかり"
    akari.save()
    bib = lively.bibs["packed"]
    bib.title = f"{RARE}の本：鉄道と日本の近代をめぐる長い長い題名の物語とその続きの記録"
    bib.save()
    return lively.loans["packed"].slip_line.bag


@pytest.fixture
def sheet(bag, tmp_path):
    """Print a paper to PDF and return a picture of each page; they stay where OKALIB_PICTURES names a folder."""
    folder = Path(os.environ.get("OKALIB_PICTURES", tmp_path))
    browser = at_work(clerk("cooperation"))

    def sheet(name):
        answer = browser.get(at(f"deliveries-{name}", bag.run_id), {"as": "pdf"})
        assert answer["Content-Type"] == "application/pdf" and "no-store" in answer["Cache-Control"]
        file = folder / f"paper-{name}.pdf"
        file.write_bytes(answer.content)
        subprocess.run(["pdftoppm", "-r", "200", "-png", file, folder / f"paper-{name}"], check=True)
        return file, sorted(folder.glob(f"paper-{name}-*.png"))

    return sheet


def read_back(picture):
    """Every code on a page, by kind."""
    import zxingcpp
    from PIL import Image

    with Image.open(picture) as page:
        return {(str(code.format).replace(" ", ""), code.text.strip("ABCD")) for code in zxingcpp.read_barcodes(page)}


def words(file):
    return subprocess.run(["pdftotext", "-layout", file, "-"], check=True, capture_output=True, text=True).stdout


def test_a_slip_is_one_page_and_its_barcodes_are_read_back(sheet, bag):
    """DLV-4: bag, card and item."""
    file, (page,) = sheet("slips")
    codes = {text for kind, text in read_back(page) if kind == "Codabar"}
    assert codes == {bag.number, "20000011", bag.lines.get().loan.item.item_number}
    for rare in RARE.split():
        assert rare in words(file)
    fonts = subprocess.run(["pdffonts", file], check=True, capture_output=True, text=True).stdout
    assert "CJK" in fonts and " no " not in fonts.splitlines()[2].split("Identity-H")[-1].split()[0]


def test_a_label_s_qr_code_is_read_back_and_names_nobody(sheet, bag, akari):
    """DLV-4, A174."""
    file, (page,) = sheet("labels")
    assert {(kind, text) for kind, text in read_back(page)} == {("QRCode", bag.number)}
    assert akari.name not in words(file) and "備前市立図書館" in words(file).replace(" ", "")


def test_a_manifest_fits_its_page_and_names_nobody(sheet, bag, akari):
    """DLV-8."""
    file, pages = sheet("manifest")
    assert len(pages) == 1
    assert bag.number in words(file)
    assert "20000011" not in words(file) and RARE not in words(file)


def test_eight_labels_go_on_a_page_and_each_is_read_back(sheet, bag):
    """DLV-4: nine bags make two sheets."""
    for _each in range(8):
        Bag.objects.create(run=bag.run, library=bag.library, packed_at=bag.packed_at)
    _file, (first, second) = sheet("labels")
    found = [text for _kind, text in [*read_back(first), *read_back(second)]]
    assert sorted(found) == sorted(each.number for each in Bag.objects.filter(run=bag.run))
    assert len(read_back(first)) == 8
