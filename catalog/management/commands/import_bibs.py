"""Take catalogue data from files into the catalogue.

1. Look at each file's content: ISO 2709, MARCXML, JSON lines or a table, packed with gzip or not.
2. Read it record by record; what gives no description goes to the rejects file with its reason and position.
3. Make or change the bibs in batches, each with its search entries in one transaction; the same again changes nothing.
4. With --items, give the bibs without copies some, for trials.
5. Count the titles of each class anew, so that browsing by class knows them at once.
6. Say what was new, updated, unchanged and rejected, and how many records a second that was.
"""

from __future__ import annotations

import time
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from catalog import actions
from catalog.interchange import REASON_TEXTS, BibRecord, ColumnError, Reason, Reject, parse_mapping, read_stream
from catalog.management.commands._lanes import work_in_lanes
from catalog.management.commands._rejects import RejectsFile
from catalog.search import upkeep
from okalib import clock

BATCH = 500
LANES = 2


@dataclass
class Account:
    """What has become of the records so far."""

    new: int = 0
    updated: int = 0
    unchanged: int = 0
    items: int = 0
    rejected: dict[Reason, int] = field(default_factory=dict)

    @property
    def rejects(self) -> int:
        """How many records were rejected, for any reason."""
        return sum(self.rejected.values())


class Command(BaseCommand):
    """`manage.py import_bibs FILE…`"""

    help = _("書誌データを取り込みます（MARC21、MARCXML、JSON Lines、CSV。gzip可）。")

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the files and how to read them."""
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--source", default="", help=_("出所の名前。データ中の出所の代わりに使います。"))
        parser.add_argument("--columns", default="", help=_("CSVの列の対応（例: title=書名,author=著者）。"))
        parser.add_argument("--items", action="store_true", help=_("資料のない書誌に試験用の資料を付けます。"))
        parser.add_argument("--seed", type=int, default=1, help=_("試験用の資料を決める種。"))
        parser.add_argument("--lanes", type=int, default=LANES, help=_("並行して取り込む数。"))
        parser.add_argument(
            "--rejects",
            type=Path,
            help=_("取り込めなかったレコードを書き出すファイル（TSV）。省略時は「ファイル名.rejects.tsv」。"),
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Import every file, then say what became of it."""
        try:
            mapping = parse_mapping(options["columns"])
        except ColumnError as error:
            raise CommandError(_("列の対応を読めません: %s") % error) from error
        for path in options["files"]:
            if not path.is_file():
                raise CommandError(_("ファイルがありません: %s") % path)
        account, began = Account(), time.monotonic()
        console = Console(stderr=True)
        with RejectsFile(options["rejects"], options["files"][0].name) as rejects, _progress(console) as progress:
            for path in options["files"]:
                try:
                    self._import(path, mapping, options, account, rejects, progress)
                except ColumnError as error:
                    raise CommandError(
                        _("%(file)s の列が合いません: %(error)s") % {"file": path, "error": error}
                    ) from error
        actions.count_classes()
        upkeep.keep_up(now=clock.now())
        self._report(account, rejects.path, time.monotonic() - began)

    def _import(
        self,
        path: Path,
        mapping: dict[str, str],
        options: dict[str, Any],
        account: Account,
        rejects: RejectsFile,
        progress: Any,
    ) -> None:
        with progress.open(path, "rb", description=path.name) as stream:
            records = self._accepted(path, read_stream(stream, mapping, options["source"]), account, rejects)
            work = partial(_work, now=clock.now())
            for done in work_in_lanes(records, work, key=_key, lanes=options["lanes"], batch=BATCH):
                account.new += done.new
                account.updated += done.updated
                account.unchanged += done.unchanged
                if options["items"]:
                    account.items += actions.give_trial_items(
                        bib_ids=done.bib_ids, seed=options["seed"], now=clock.now()
                    )

    def _accepted(
        self, path: Path, found: Iterable[BibRecord | Reject], account: Account, rejects: RejectsFile
    ) -> Iterator[BibRecord]:
        """Yield what can be stored and write down what cannot."""
        for number, each in enumerate(found, start=1):
            if isinstance(each, BibRecord):
                if (fault := actions.unstorable(each)) is None:
                    yield each
                    continue
                each = Reject.of(Reason.UNWRITABLE, number, each.title, f"{fault.field}: {fault.length}")
            account.rejected[each.reason] = account.rejected.get(each.reason, 0) + 1
            offset = "" if each.offset is None else each.offset
            text = str(REASON_TEXTS[each.reason])
            rejects.write([path.name, each.position, offset, each.reason, text, each.detail, each.excerpt])

    def _report(self, account: Account, rejects: Path | None, seconds: float) -> None:
        records = account.new + account.updated + account.unchanged + account.rejects
        self.stdout.write(
            _("新規 %(new)d件、更新 %(updated)d件、変更なし %(unchanged)d件、取込不可 %(rejects)d件")
            % {
                "new": account.new,
                "updated": account.updated,
                "unchanged": account.unchanged,
                "rejects": account.rejects,
            }
        )
        for reason, number in sorted(account.rejected.items()):
            self.stdout.write(f"  {REASON_TEXTS[reason]}: {number}")
        if account.rejects:
            self.stdout.write(_("  取込不可のレコードと理由: %s") % rejects)
        if account.items:
            self.stdout.write(_("資料 %d点を付けました") % account.items)
        self.stdout.write(
            _("%(n)d件を %(s).1f秒で処理しました（毎秒 %(rate)d件）")
            % {"n": records, "s": seconds, "rate": records / max(seconds, 0.001)}
        )


def _work(batch: list[BibRecord], now: datetime) -> actions.ImportedBatch:
    return actions.import_records(records=batch, now=now)


def _key(record: BibRecord) -> str:
    return f"{record.source}:{record.source_id}"


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn(), console=console
    )
