"""Looks after the search index."""

from __future__ import annotations

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from catalog.search import merge, upkeep
from okalib import clock

FAULTS_SHOWN = 20


class Command(BaseCommand):
    """`manage.py search_index status|rebuild|merge|verify`: after an edit of the variant kanji, rebuild (CAT-6)."""

    help = _(
        "検索索引の世話をします。"
        "rebuild：異体字の表を変えた後などに作り直す。merge：差分を併合する。"
        "verify：書誌と照合する。status：状態を表示する。"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One word says what to do."""
        parser.add_argument("work", choices=["status", "rebuild", "merge", "verify"])

    def handle(self, *args: object, **options: object) -> None:
        """Do it."""
        works = {"rebuild": self._rebuild, "merge": self._merge, "verify": self._verify, "status": self._status}
        works[str(options["work"])]()

    def _rebuild(self) -> None:
        with self._progress(_("索引を作成中")) as advance:
            bibs = upkeep.rebuild(now=clock.now(), advance=advance)
        self.stdout.write(_("%(bibs)d件の書誌の索引を作り直しました。") % {"bibs": bibs})

    def _merge(self) -> None:
        with self._progress(_("索引を併合中"), upkeep.status().delta) as advance:
            bibs = merge.merge(now=clock.now(), advance=advance)
        merge.vacuum()
        self.stdout.write(_("%(bibs)d件の書誌を併合しました。") % {"bibs": bibs})

    def _verify(self) -> None:
        counted: Counter[str] = Counter()
        with self._progress(_("索引を照合中")) as advance:
            for bib_id, fault in upkeep.faults(advance=advance):
                counted[fault] += 1
                if counted.total() <= FAULTS_SHOWN:
                    self.stderr.write(_("書誌 %(id)d：%(fault)s") % {"id": bib_id, "fault": _(WORDS[fault])})
        if counted:
            raise CommandError(
                _(
                    "索引のない書誌%(missing)d件、索引の古い書誌%(outdated)d件、"
                    "併合もれの書誌%(unmerged)d件、転置表と合わない書誌%(misfiled)d件。"
                    "search_index rebuildを実行してください。"
                )
                % {fault: counted[fault] for fault in WORDS}
            )
        if not upkeep.is_up_to_date():
            raise CommandError(_(TABLE_HAS_CHANGED))
        self.stdout.write(_("索引は書誌と一致しています。"))

    def _status(self) -> None:
        status = upkeep.status()
        self.stdout.write(
            _("書誌 %(bibs)d件、索引 %(entries)d件、大きさ %(megabytes)d MB、異体字 %(variants)d組")
            % {name: getattr(status, name) for name in ("bibs", "entries", "megabytes", "variants")}
        )
        self.stdout.write(
            _("併合済み %(documents)d件、差分 %(delta)d件、所蔵の変更 %(touches)d件")
            % {name: getattr(status, name) for name in ("documents", "delta", "touches")}
        )
        if status.merged_at:
            moment = status.merged_at.astimezone(clock.TOKYO)
            self.stdout.write(_("最後に併合した日時 %(moment)s") % {"moment": f"{moment:%Y-%m-%d %H:%M}"})
        if status.rebuilt_at:
            moment = status.rebuilt_at.astimezone(clock.TOKYO)
            self.stdout.write(_("最後に作り直した日時 %(moment)s") % {"moment": f"{moment:%Y-%m-%d %H:%M}"})
        if not status.is_up_to_date:
            self.stdout.write(_(TABLE_HAS_CHANGED))

    @contextmanager
    def _progress(self, words: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
        """A bar on the error stream, so that the answer can be piped."""
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True)) as bar:
            task = bar.add_task(words, total=upkeep.status().bibs if total is None else total)
            yield lambda bibs: bar.advance(task, bibs)


WORDS = {
    "missing": gettext_noop("索引がありません"),
    "outdated": gettext_noop("索引が古くなっています"),
    "unmerged": gettext_noop("併合されておらず、差分にもありません"),
    "misfiled": gettext_noop("転置表と合いません"),
}
TABLE_HAS_CHANGED = gettext_noop(
    "異体字の表か読み替えの規則が変わっています。search_index rebuild を実行してください。"
)
