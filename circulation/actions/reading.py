"""What is kept of reading, and how it goes (RET-5, LON-5)."""

from __future__ import annotations

from datetime import date

from circulation.models import ReadingRecord, RestPeriod
from okalib.models import Patron
from okalib.transactions import verb


@verb
def set_reading_record(*, patron: Patron, wanted: bool) -> None:
    """Keep a reading record from now on, or none: opting out erases what there is at once (RET-5, A204)."""
    patron = Patron.objects.lock(patron.pk)
    patron.keeps_reading_record = wanted
    patron.save(update_fields=["keeps_reading_record"])
    if not wanted:
        ReadingRecord.objects.filter(patron=patron).delete()


@verb
def erase_reading_line(*, line: ReadingRecord) -> None:
    """Erase one line of a reading record; erased twice it is gone once (RET-5)."""
    ReadingRecord.objects.filter(pk=line.pk).delete()


def erase_rest_periods(*, day: date) -> dict[str, int]:
    """Erase the notes of renewed loans whose week is over (LON-5)."""
    deleted, _ = RestPeriod.objects.filter(until_on__lt=day).delete()
    return {"rest_periods": deleted}
