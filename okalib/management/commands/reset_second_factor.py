"""`manage.py reset_second_factor NAME --reason WHY`: for an administrator who has lost device and codes (OPS-5)."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from okalib import clock
from okalib.actions import second_factor
from okalib.models import User
from okalib.rules import Refused


class Command(BaseCommand):
    """Take the second factor away from a member of staff, as an administrator does on the page; written down alike."""

    help = _("職員の二段階認証を解除します。管理者が全員ログインできないときに使います。")

    def add_arguments(self, parser: CommandParser) -> None:
        """Whose, and why."""
        parser.add_argument("username")
        parser.add_argument("--reason", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        """Take it away, or say why not."""
        user = User.objects.filter(username=options["username"], patron=None).first()
        if user is None:
            raise CommandError(_("この名前の職員はいません。"))
        try:
            second_factor.reset(user=user, by=None, now=clock.now(), reason=options["reason"])
        except Refused as refused:
            raise CommandError(" ".join(refusal.in_language("ja") for refusal in refused.refusals)) from refused
        self.stdout.write(_("解除しました。"))
