"""`manage.py after_restore`: after a backup was restored, before workers and web are started again."""

from __future__ import annotations

import sys
from typing import Any

from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import transaction
from rich.console import Console

from delivery import consistency
from notifications.models import Notice
from notifications.rules import State
from okalib import clock
from okalib.models import Activation, PasswordLink
from okalib.rehearsal.account import print_findings

RESTORED = "バックアップの復元後のため、すでに送信されたかどうか分かりません。"


class Command(BaseCommand):
    """Forget what the time between backup and restoring has made untrue. Run again it finds nothing left to do.

    1. Bring the database up to the migrations of this version.
    2. Letters that were waiting may have been sent since: staff decide about each, none goes out by itself (NTF-2).
    3. Nobody stays logged in, and no mailed link or activation code that was used since is good again.
    4. Empty Redis: it remembers what is not in this database.
    5. Ask every invariant; end with 1 if one is broken.
    """

    help = (
        "Run once after a backup was restored, before workers and web are started: leaves letters that were waiting to "
        "staff, ends log-ins and codes, empties Redis, and checks the consistency. Ends with 1 if anything is broken."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Do so, say how many of what, and what is broken."""
        now = clock.now()
        call_command("migrate", interactive=False, verbosity=0)
        with transaction.atomic():
            letters = Notice.objects.filter(state__in=[State.QUEUED, State.IN_FLIGHT])
            in_doubt = {"next_try_at": None, "taken_at": now, "handed_over_at": now, "error": RESTORED}
            links = PasswordLink.objects.filter(expires_at__gt=now)
            counts = {
                "letters left to staff": letters.update(state=State.UNKNOWN, **in_doubt),
                "log-ins ended": Session.objects.all().delete()[0],
                "links to a new password ended": links.update(expires_at=now),
                "activation codes ended": Activation.objects.all().delete()[0],
            }
        cache.clear()
        for what, number in counts.items():
            self.stdout.write(f"{what}: {number}")
        findings = consistency.check(now=now)
        print_findings(Console(file=sys.stdout), findings)
        if any(finding.is_broken for finding in findings):
            raise SystemExit(1)
