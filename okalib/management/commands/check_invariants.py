"""`manage.py check_invariants`: look whether everything in the house agrees (OPS-4)."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _
from rich.console import Console

from delivery import consistency
from okalib import clock
from okalib.rehearsal.account import print_findings


class Command(BaseCommand):
    """Ask every invariant and end with 1 if one is broken."""

    help = _("データの整合性を検査します。壊れた条件を、件数・例・対処とともに表示します。")

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--all", action="store_true", help=_("守られている条件も表示します。"))

    def handle(self, *args: Any, all: bool, **options: Any) -> None:
        """Check, print, and say by the exit code whether all is well."""
        findings = consistency.check(now=clock.now())
        print_findings(Console(file=sys.stdout), findings, also_sound=all)
        if any(finding.is_broken for finding in findings):
            raise SystemExit(1)
