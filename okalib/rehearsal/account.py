"""What commands print of a rehearsal and of the consistency check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rich.console import Console
from rich.table import Table

from circulation.models import Loan
from delivery.consistency import Finding
from delivery.models import Bag
from holds.models import Hold
from notifications.models import Notice
from okalib.rehearsal.stage import DayAccount

COLUMNS = {
    gettext_lazy("来館"): ("visits",),
    gettext_lazy("画面"): ("sessions",),
    gettext_lazy("検索"): ("searches",),
    gettext_lazy("予約"): ("reserved",),
    gettext_lazy("不可"): ("reserved refused",),
    gettext_lazy("回収"): ("fetched",),
    gettext_lazy("貸出"): ("lent", "collected", "lent by exception", "collected by exception"),
    gettext_lazy("受渡"): ("delivery_run: lent",),
    gettext_lazy("返却"): ("returned", "emptied", "came by van"),
    gettext_lazy("延長"): ("renewed",),
    gettext_lazy("期限切れ"): ("expiry: expired",),
    gettext_lazy("エラー"): ("errors",),
}


class Diary:
    """Prints a line for each day as it ends, and the sum at the end."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.counts: Counter[str] = Counter()
        self.refusals: Counter[str] = Counter()
        self.errors: list[str] = []
        self.days = 0

    def note(self, account: DayAccount) -> None:
        """Print what happened on a day."""
        if self.days % 14 == 0:
            heading = "".join(_wide(str(name), 8) for name in COLUMNS)
            self.console.print(f"{'':12}{heading}", style="bold", soft_wrap=True)
        numbers = account.counts | Counter({"errors": len(account.errors)})
        cells = [sum(numbers[key] for key in keys) for keys in COLUMNS.values()]
        line = f"{account.day:%m-%d %a} {'  ' if account.is_open else '休'} "
        self.console.print(line + "".join(f"{cell or '·':>8}" for cell in cells), highlight=False, soft_wrap=True)
        for error in account.errors:
            self.console.print(f"  [red]{error}[/]", highlight=False, soft_wrap=True)
        self.days += 1
        self.counts.update(account.counts)
        self.refusals.update(account.refusals)
        self.errors += [f"{account.day} {error}" for error in account.errors]

    def sum_up(self, seconds: float) -> None:
        """Print what was done in all, what was refused and why, and how things stand now."""
        self.console.print()
        _print_numbers(self.console, _("行われたこと"), self.counts)
        _print_numbers(self.console, _("断られた理由"), self.refusals)
        for title, model in (("予約", Hold), ("資料袋", Bag), ("お知らせ", Notice)):
            states = model.objects.order_by().values_list("state").annotate(rows=Count("pk"))
            _print_numbers(self.console, title, Counter(dict(states)))
        open_loans = Loan.objects.open().count()
        standing = {"open": open_loans, "returned": Loan.objects.count() - open_loans}
        _print_numbers(self.console, _("貸出"), Counter(standing))
        self.console.print(_("%(days)d日を%(s).0f秒で過ごしました。") % {"days": self.days, "s": seconds})


def _wide(text: str, width: int) -> str:
    """Right-align text, of which a Japanese letter is two columns wide."""
    return " " * (width - sum(1 if letter.isascii() else 2 for letter in text)) + text


def _print_numbers(console: Console, title: str, numbers: Counter[str]) -> None:
    listed = "、".join(f"{name} {number}" for name, number in sorted(numbers.items()))
    console.print(f"[bold]{title}[/]: {listed or '—'}", highlight=False, soft_wrap=True)


def print_findings(console: Console, findings: Iterable[Finding], *, also_sound: bool = False) -> None:
    """Print what is broken by name, with count, examples and what to do; the sound ones too if asked."""
    findings = list(findings)
    broken = [finding for finding in findings if finding.is_broken]
    if also_sound:
        table = Table(_("条件"), _("件数"), "", box=None)
        for finding in findings:
            table.add_row(finding.title, str(finding.count), finding.name)
        console.print(table)
    examples, remedy = _("例"), _("対処")
    for finding in broken:
        console.print(f"[bold red]✗ {finding.name}[/]: {finding.count}", highlight=False, soft_wrap=True)
        console.print(f"  {finding.title}", highlight=False, soft_wrap=True)
        console.print(f"  {examples}: {', '.join(finding.examples)}", highlight=False, soft_wrap=True)
        console.print(f"  {remedy}: {finding.what_to_do}", highlight=False, soft_wrap=True)
    sound = len(findings) - len(broken)
    console.print(_("%(n)d個の条件のうち%(sound)d個が守られています。") % {"n": len(findings), "sound": sound})
