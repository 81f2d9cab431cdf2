"""Take copies from a table into the catalogue by their item numbers; a bad row is written down and stops no other."""

from __future__ import annotations

import csv
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from rich.console import Console
from rich.progress import Progress

from catalog import actions
from catalog.actions import ItemFault, ItemOutcome
from catalog.interchange import REASON_TEXTS, ColumnError, Reject, item_table
from catalog.rules import CheckDigit
from okalib import clock
from okalib.queries import policy


class Command(BaseCommand):
    """`manage.py import_items FILE.csv`"""

    help = _("資料（所蔵）データを取り込みます（CSV）。")

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the file and how its numbers are made."""
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--rejects", type=Path, help=_("取り込めなかった行を書き出すファイル（TSV）。"))
        parser.add_argument(
            "--check-digit",
            choices=[scheme.value for scheme in CheckDigit],
            help=_("資料番号のチェックディジットの方式（省略時は運用方針のとおり）。"),
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Import the rows, then say what became of them."""
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(_("ファイルがありません: %s") % path)
        scheme = options["check_digit"] or policy().item_check_digit
        counts: Counter[ItemOutcome] = Counter()
        faults: list[tuple[int, str, str]] = []
        with Progress(console=Console(stderr=True)) as progress, progress.open(path, "rb") as stream:
            try:
                rows = _sound(item_table.read(stream), faults)
                for row, outcome in actions.import_items(rows=rows, now=clock.now(), scheme=scheme):
                    if isinstance(outcome, ItemFault):
                        sentence, *details = outcome.args
                        faults.append((row.line, str(sentence), " ".join(map(str, details))))
                    else:
                        counts[outcome] += 1
            except ColumnError as error:
                raise CommandError(_("列が合いません: %s") % error) from error
        self._report(counts, sorted(faults), options["rejects"])

    def _report(self, counts: Counter[ItemOutcome], faults: list[tuple[int, str, str]], rejects: Path | None) -> None:
        with ExitStack() as closing:
            if rejects is not None:
                file = closing.enter_context(rejects.open("w", encoding="utf-8", newline=""))
                csv.writer(file, delimiter="\t").writerows([("line", "reason", "detail"), *faults])
        for line, sentence, detail in faults if rejects is None else []:
            self.stderr.write(
                _("%(line)d行目: %(reason)s %(detail)s") % {"line": line, "reason": sentence, "detail": detail}
            )
        self.stdout.write(
            _("新規 %(new)d点、更新 %(updated)d点、変更なし %(unchanged)d点、取込不可 %(rejects)d行")
            % {
                "new": counts[ItemOutcome.NEW],
                "updated": counts[ItemOutcome.UPDATED],
                "unchanged": counts[ItemOutcome.UNCHANGED],
                "rejects": len(faults),
            }
        )


def _sound(
    rows: Iterator[item_table.ItemRow | Reject], faults: list[tuple[int, str, str]]
) -> Iterator[item_table.ItemRow]:
    """Yield the rows that could be read and write down the others."""
    for row in rows:
        if isinstance(row, Reject):
            faults.append((row.position, str(REASON_TEXTS[row.reason]), row.detail))
        else:
            yield row
