"""The reading record of those who want one: to read, to take along, to erase (RET-5)."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from circulation import actions, queries
from okalib.leafing import leaf
from okalib.web import PatronRequest, found_or_404, patron_page

LINES_A_PAGE = 50
BYTE_ORDER_MARK = "\ufeff"  # without it Excel takes the file for one in another encoding
BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


@require_safe
@patron_page
def reading_record(request: PatronRequest) -> HttpResponse:
    """Show the record that only this patron sees (RET-5)."""
    records, pages = leaf(queries.reading_record(request.patron), request.GET.get("page", ""), LINES_A_PAGE)
    context = {"records": records, "pages": pages, "patron": request.patron}
    return render(request, "circulation/reading_record.html", context)


@require_POST
@patron_page
def set_reading_record(request: PatronRequest) -> HttpResponse:
    """Keep a reading record from now on, or none; opting out erases what there is (RET-5)."""
    wanted = request.POST.get("wanted") == "yes"
    actions.set_reading_record(patron=request.patron, wanted=wanted)
    said = _("これからの貸出を読書記録に残します。") if wanted else _("読書記録を消去しました。今後も残しません。")
    messages.success(request, said)
    return redirect("reading_record")


@require_POST
@patron_page
def erase_line(request: PatronRequest, line_id: int) -> HttpResponse:
    """Erase one line of the patron's own record (RET-5, A215)."""
    line = found_or_404(queries.reading_line_of(request.patron, line_id))
    actions.erase_reading_line(line=line)
    messages.success(request, _("「%(title)s」を読書記録から消去しました。") % {"title": line.bib.full_title})
    return redirect("reading_record")


@require_safe
@patron_page
def as_csv(request: PatronRequest) -> HttpResponse:
    """Give the whole record as a table that Excel opens; no cell of it is taken for a formula (RET-5)."""
    table = io.StringIO(newline="")
    writer = csv.writer(table)
    writer.writerow([_("書名"), _("著者等"), _("出版者"), _("出版年"), "ISBN", _("貸出日"), _("返却日")])
    for line in _lines(request):
        writer.writerow([_harmless(str(value)) for value in line.values()])
    return _file(BYTE_ORDER_MARK + table.getvalue(), "text/csv", "csv")


@require_safe
@patron_page
def as_json(request: PatronRequest) -> HttpResponse:
    """Give the whole record for other programs (RET-5)."""
    return _file(json.dumps(_lines(request), ensure_ascii=False, indent=1), "application/json", "json")


def _lines(request: PatronRequest) -> list[dict[str, Any]]:
    return [
        {
            "title": line.bib.full_title,
            "responsibility": line.bib.statement_of_responsibility,
            "publisher": line.bib.publisher,
            "year": line.bib.year or "",
            "isbn": " ".join(line.bib.isbns),
            "lent_on": line.lent_on.isoformat(),
            "returned_on": line.returned_on.isoformat(),
        }
        for line in queries.reading_record(request.patron)
    ]


def _harmless(cell: str) -> str:
    """Put an apostrophe before what a spreadsheet would take for a formula and work out."""
    return f"'{cell}" if cell.lstrip().startswith(BEGINS_A_FORMULA) or cell.startswith(BEGINS_A_FORMULA) else cell


def _file(content: str, content_type: str, ending: str) -> HttpResponse:
    response = HttpResponse(content, content_type=f"{content_type}; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="reading-record.{ending}"'
    return response
