"""That staff have looked at a patron's record is written down (A227, OPS-5)."""

from __future__ import annotations

from datetime import datetime, timedelta

from okalib.models import Patron, PatronView, User

ONE_LOOK = timedelta(minutes=10)
"""A clerk who turns pages in one patron's record within this time has looked once."""


def note_view(*, patron: Patron, by: User, now: datetime) -> None:
    """Write down that a member of staff has a patron's record before them, once in ten minutes (A227).

    Two pages opened in the same moment may write two rows, which says the same.
    """
    if not PatronView.objects.filter(patron=patron, by=by, at__gt=now - ONE_LOOK).exists():
        PatronView.objects.create(patron=patron, by=by, at=now)
