"""`manage.py make_roles`: make the groups of staff with their rights, or mend them (OPS-5)."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from okalib.actions import roles


class Command(BaseCommand):
    """Make the groups of the table in `okalib.actions.roles`; run again they are the same."""

    help = _("職員のグループと権限を作ります。すでにあるときは権限を表のとおりに直します。")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make them, and name them."""
        for group in roles.make_roles().values():
            self.stdout.write(f"{group.name}: {group.permissions.count()}")
