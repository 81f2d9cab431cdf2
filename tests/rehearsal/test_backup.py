"""What a backup brings back is what was there: rows, guards, and where the numbers go on."""

from contextlib import contextmanager

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from catalog.models import Item
from circulation import actions as circulation
from circulation.models import Loan
from okalib import clock
from okalib.rehearsal import backup, state
from tests.factories import BibFactory, PatronFactory

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def some_life(home, akari, aya, desk, kusamakura, ten):
    """Two loans and a return."""
    first, second = kusamakura.items.order_by("pk")
    circulation.check_out(item=first, patron=akari, by=desk, now=ten)
    circulation.check_out(item=second, patron=aya, by=desk, now=ten)
    circulation.check_in(item=second, by=desk, now=ten)


def databases():
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [f"%{backup.SUFFIX}"])
        return cursor.fetchall()


def test_what_is_restored_is_what_was_there_and_the_copy_is_thrown_away(some_life, ten, tmp_path, capsys):
    """OPS: pg_dump, pg_restore, the same hash over every table; the file is for us alone."""
    file = tmp_path / "okalib.dump"
    before = state.exact()
    with clock.standing_at(ten):
        call_command("rehearse_backup", keep=file)
    printed = capsys.readouterr().out
    assert f"{before.hash[:16]} before and after" in printed
    assert file.stat().st_mode & 0o077 == 0
    assert (databases(), state.differences(before, state.exact())) == ([], [])
    with pytest.raises(CommandError, match="never overwritten"):
        call_command("rehearse_backup", keep=file)


def test_the_library_goes_on_while_it_is_backed_up(some_life, ten, tmp_path, monkeypatch):
    """What is lent after the moment of the backup is not in it, and makes no difference to the comparison."""
    dump = backup._call

    def while_somebody_registers(program, *arguments):
        if program == "pg_dump":
            register_from_elsewhere()
        dump(program, *arguments)

    def register_from_elsewhere():
        import threading

        def work():
            PatronFactory(name="後から来た人")
            connection.close()

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()

    monkeypatch.setattr(backup, "_call", while_somebody_registers)
    done = backup.rehearse(file=tmp_path / "okalib.dump", now=ten)
    assert (done.differences, done.complaints) == ([], [])


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        ("DELETE FROM circulation_loan WHERE returned_at IS NOT NULL", "circulation_loan: 2 and 1 rows"),
        ("UPDATE catalog_item SET shelf_mark = 'X' WHERE id = (SELECT min(id) FROM catalog_item)", "catalog_item"),
        ("DROP INDEX one_open_loan_per_item", "guard missing: one_open_loan_per_item"),
        ("ALTER TABLE circulation_loan ALTER id RESTART WITH 1", "numbers begin anew: circulation_loan"),
    ],
)
def test_what_did_not_come_back_is_named(some_life, ten, tmp_path, monkeypatch, capsys, damage, complaint):
    """The test of the test: a row, a value, a guard, a number."""
    restored = backup._restored

    @contextmanager
    def damaged(file):
        with restored(file):
            with connection.cursor() as cursor:
                cursor.execute(damage)
            yield

    monkeypatch.setattr(backup, "_restored", damaged)
    with clock.standing_at(ten), pytest.raises(SystemExit):
        call_command("rehearse_backup", keep=tmp_path / "okalib.dump")
    assert complaint in capsys.readouterr().out


def test_a_program_that_fails_says_why_and_leaves_no_copy(some_life, ten, tmp_path, monkeypatch):
    """The words of PostgreSQL reach whoever asked."""
    monkeypatch.setattr(backup, "_program", lambda name: "/bin/false" if name == "pg_restore" else backup_program(name))
    with pytest.raises(backup.BackupError, match="pg_restore ended with 1"):
        backup.rehearse(file=tmp_path / "okalib.dump", now=ten)
    assert databases() == []


backup_program = backup._program


# ── the two kinds of sameness ──


def test_the_outcome_is_the_same_whatever_numbers_the_rows_have(home, akari, aya, desk, kusamakura, ten):
    """OPS-2: a killed transaction uses up numbers."""
    circulation.check_out(item=kusamakura.items.first(), patron=akari, by=desk, now=ten)
    loan = Loan.objects.get()
    before, exactly = state.outcome(), state.exact()
    Loan.objects.filter(pk=loan.pk).update(id=loan.pk + 1000)
    assert state.differences(before, state.outcome()) == []
    assert state.differences(exactly, state.exact()) == ["circulation_loan: 1 and 1 rows"]


def test_another_item_lent_is_another_outcome(home, akari, desk, kusamakura, ten):
    """OPS-2: the hash can tell."""
    first, second = kusamakura.items.order_by("pk")
    circulation.check_out(item=first, patron=akari, by=desk, now=ten)
    before = state.outcome()
    Loan.objects.update(item=second)
    found = state.differences(before, state.outcome())
    assert [line.partition(":")[0] for line in found] == ["circulation_loan"]
    assert before.hash != state.outcome().hash
    BibFactory()
    assert {"catalog_bib"} <= {line.partition(":")[0] for line in state.differences(before, state.outcome())}


def test_moments_may_be_left_out(home, kusamakura, ten):
    """OPS-2: what is done a day late is done at another hour."""
    Item.objects.update(whereabouts_since=ten)
    before, without = state.outcome(), state.outcome(instants=False)
    Item.objects.update(whereabouts_since=clock.now())
    assert before.hash != state.outcome().hash
    assert without.hash == state.outcome(instants=False).hash
