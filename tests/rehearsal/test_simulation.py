"""A town lives through verbs and jobs, and at the end everything agrees (OPS-1, OPS-2, OPS-4)."""

from collections import Counter
from datetime import date, datetime, time
from functools import partial
from pathlib import Path

import pytest
from django.conf import settings
from django.core import mail
from django.core.mail import EmailMessage
from django.core.management import CommandError, call_command
from django.db import connection

from catalog.models import Item
from circulation.models import Loan
from delivery import actions as delivery
from delivery import consistency
from delivery.models import Bag, DeliveryRun
from holds.models import Hold
from notifications import actions as notifications
from notifications.models import Notice
from okalib import days, jobs
from okalib.models import JobRun, Library, News, Patron
from okalib.rehearsal import furnishing, letterbox, scratch, stocking
from okalib.rehearsal.stage import Stage
from okalib.rehearsal.town import Town
from okalib.rules import Refusal, Refused

RECORDS = Path(__file__).parents[2] / "../shared/data/bib_ja.jsonl.gz"
FIRST = date(2026, 12, 1)


@pytest.fixture
def furnished(db, redis):
    """The demonstration's libraries, a piece of its catalogue, and twenty patrons."""
    now = furnishing.opened_on(FIRST)
    furnishing.open_libraries(now=now)
    stocking.stock(now=now, most=150)
    crew = furnishing.hire()
    furnishing.register_patrons(count=20, seed=1, now=now, by=crew.desk)
    return crew


@pytest.fixture
def crew(home):
    """The staff of a house with nothing in it."""
    return furnishing.hire()


def test_the_news_of_new_year_is_what_the_calendar_says(db, redis):
    """CAL-2, CAL-3: January 4 of 2027 is a Monday, so that nobody is told to come on it."""
    furnishing.open_libraries(now=furnishing.opened_on(FIRST))
    told = News.objects.get(title__startswith="年末年始")
    assert told.title == "年末年始は休館します。年明けは1月5日（火）9:00から開館します"
    assert told.title_en == "Closed over New Year; open again from Tue 5 January, 9:00"


def test_a_week_passes_and_nothing_is_broken(furnished):
    """OPS-4: reservations, fetching, mails, the Sunday run and its bags, loans and returns, all by verbs."""
    town = Town(Stage(seed=1, crew=furnished, liveliness=1.5, goes_on_after_errors=False))
    town.checks_every_night = False  # it is asked once, at the end
    with letterbox.in_place_of_mail():
        accounts = [town.live(day) for day in days.each_day(FIRST, days.plus(FIRST, 6))]
    assert [account.errors for account in accounts if account.errors] == []
    assert [account.is_open for account in accounts] == [True] * 6 + [False]
    done = sum((account.counts for account in accounts), start=Counter())
    assert {"reserved", "fetched", "lent", "ready_mails: told", "delivery_run: lent", "bags sent"} <= done.keys()
    assert DeliveryRun.objects.exclude(lent_at=None).count() == 1
    assert Bag.objects.exists()
    assert Notice.objects.filter(kind="ready", state="sent").exists()
    assert set(JobRun.objects.values_list("state", flat=True)) == {"done"}
    broken = [finding for finding in consistency.check(now=days.midnight(days.plus(FIRST, 7))) if finding.is_broken]
    assert broken == []


def test_a_day_that_was_begun_is_ended_before_the_next_is_lived(crew, home):
    """OPS-2, DLV-3: a demonstration filled on a Sunday before the run leaves the run to be lent, not to be missed."""
    sunday = date(2026, 12, 6)
    delivery.plan(first=sunday, last=sunday)
    for day, hour in ((days.plus(sunday, -1), time(23)), (sunday, time(3))):
        for job in ("expiry", "consistency_check") if day == sunday else jobs.known():
            jobs.run(job, now=days.at(day, hour))
    town = Town(Stage(seed=1, crew=crew))
    with letterbox.in_place_of_mail():
        town.end_the_day(sunday)
    assert DeliveryRun.objects.get(lend_on=sunday).lent_at is not None
    broken = [
        finding.name for finding in consistency.check(now=days.at(days.plus(sunday, 1), time(3))) if finding.is_broken
    ]
    assert broken == []


def test_where_no_job_has_run_no_day_is_ended(crew):
    """OPS-2: a new library begins on its first day."""
    Town(Stage(seed=1, crew=crew)).end_the_day(FIRST)
    assert not JobRun.objects.exists()


def test_nobody_can_collect_on_the_day_of_reserving(furnished):
    """PUL-1, SHF-1: whoever reserved on the first day was told on the third at the earliest."""
    town = Town(Stage(seed=2, crew=furnished, liveliness=3, goes_on_after_errors=False))
    with letterbox.in_place_of_mail():
        town.live(FIRST)
        assert Hold.objects.exists()
        assert not Hold.objects.exclude(state__in=["waiting", "cancelled"]).exclude(item__loans__lent_on=FIRST).exists()
        town.live(days.plus(FIRST, 1))
        assert Hold.objects.filter(state="secured").exists()
        assert not Notice.objects.filter(kind="ready").exists()


def test_an_error_on_stage_is_written_down_and_the_day_goes_on(crew):
    """OPS-4: a broken verb does not hide behind the others, and does not stop them."""
    stage = Stage(seed=1, crew=crew)
    stage.begin(FIRST)
    went_on = []
    stage.on(time(10), lambda now: 1 / 0)
    stage.on(time(11), went_on.append)
    stage.play()
    assert "ZeroDivisionError at test_simulation.py" in stage.account.errors[0]
    assert went_on == [days.at(FIRST, time(11))]


def test_a_refusal_is_counted_by_its_reasons(crew):
    """HLD-3: the account says why something was not done."""
    stage = Stage(seed=1, crew=crew)
    stage.begin(FIRST)

    def refuse() -> None:
        raise Refused([Refusal("overdue_loan", "延滞", "overdue"), Refusal("loan_limit", "上限", "limit")])

    assert stage.verb("lent", refuse) is None
    assert stage.account.counts == {"lent refused": 1}
    assert stage.account.refusals == {"overdue_loan": 1, "loan_limit": 1}


# ── the post ──


def test_letters_of_a_rehearsal_go_nowhere_and_dead_addresses_fail(akari):
    """PAT-4, A166: the worker sends through the letterbox, and a dead address lands on the phone list."""
    dead = next(address for address in (f"{n}@example.jp" for n in range(1000)) if letterbox.is_dead(address))
    akari.email = dead
    akari.save()
    now = days.at(FIRST, time(10))
    notifications.post(key="test:1", kind="test", patron=akari, context={}, cause="test:1", now=now)
    before = settings.EMAIL_BACKEND
    with letterbox.in_place_of_mail():
        notifications.send_due(now=now)
    assert before == settings.EMAIL_BACKEND
    assert mail.outbox == []
    assert Notice.objects.get(key="test:1").state == "phone"
    assert Patron.objects.get(pk=akari.pk).email_failed_at == now


def test_a_slow_server_takes_the_letter_the_second_time():
    """NTF-2: it is put off, and then taken."""
    slow = next(n for n in (f"{n}@example.jp" for n in range(1000)) if letterbox._fate(n) == letterbox.SLOW)
    with letterbox.in_place_of_mail():
        with pytest.raises(Exception, match="450"):
            letterbox.Backend().send_messages([EmailMessage(to=[slow])])
        assert letterbox.Backend().send_messages([EmailMessage(to=[slow])]) == 1


# ── the command ──


def test_it_does_not_play_here_where_a_real_library_has_patrons(home, akari):
    """The rehearsal never ruins a real library."""
    with pytest.raises(CommandError, match="no sample"):
        call_command("simulate", weeks=1, here=True)
    assert Patron.objects.count() == 1


def test_it_ends_with_1_where_something_is_broken(home, kusamakura, capsys):
    """OPS-4: the exit code says it, and the name is printed."""
    Item.objects.filter(pk=kusamakura.items.first().pk).update(whereabouts="set_aside")
    with pytest.raises(SystemExit) as ended:
        call_command("simulate", weeks=0, patrons=3, here=True)
    assert ended.value.code == 1
    assert "item_set_aside_for_nobody: 1" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_it_plays_in_a_copy_and_leaves_nothing_behind(redis, capsys):
    """Without --here the database stays as it was, and the copy is thrown away."""
    name = connection.settings_dict["NAME"]
    call_command("simulate", weeks=1, patrons=20, start=FIRST)
    assert "2026-12-06"[5:] in capsys.readouterr().out
    assert connection.settings_dict["NAME"] == name
    assert not Library.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_database WHERE datname = %s", [name + scratch.SUFFIX])
        assert cursor.fetchone() == (0,)


def test_a_letter_put_off_in_the_night_is_not_taken_for_forgotten(crew, akari):
    """NTF-2, OPS-4: at 0:45 a server asks to come again later; by the check at three the letter has come again."""
    akari.email = next(n for n in (f"{n}@example.jp" for n in range(1000)) if letterbox._fate(n) == letterbox.SLOW)
    akari.save()
    half_past_midnight = partial(notifications.mail_activation_code, patron=akari, by=crew.desk)
    town = Town(
        Stage(seed=1, crew=crew, liveliness=0, scripted=[akari.pk]),
        extras=(lambda stage: stage.on(time(0, 30), lambda now: half_past_midnight(now=now)),),
    )
    with letterbox.in_place_of_mail():
        account = town.live(FIRST)
        assert letterbox.letters["put off"] == 1
    assert account.errors == []
    assert Notice.objects.get().is_sent


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_same_seed_plays_the_same_weeks(redis, capsys):
    """A rehearsal can be repeated: what was done, what was refused and how things stand are the same."""
    printed = []
    for _time in range(2):
        call_command("simulate", weeks=1, patrons=20, seed=7, start=FIRST)
        printed.append([line for line in capsys.readouterr().out.splitlines() if "過ごしました" not in line])
    assert printed[0] == printed[1]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(not RECORDS.exists(), reason="the real records are not beside the project")
def test_eight_weeks_on_the_imported_records_break_nothing(redis, capsys):
    """OPS-4: 51,510 real records with items, 200 patrons, eight weeks over the year's end."""
    call_command("import_bibs", str(RECORDS), items=True)
    call_command("simulate", weeks=8, patrons=200, start=date(2026, 11, 24))
    printed = capsys.readouterr().out
    assert "✗" not in printed
    assert Loan.objects.count() == 0, "it was played in a copy"


def test_today_is_an_instant_of_the_day_played(crew):
    """CAL: an agenda is in Tokyo's time, whatever the machine's."""
    stage = Stage(seed=1, crew=crew)
    stage.begin(FIRST)
    moments: list[datetime] = []
    stage.on(time(0, 10), moments.append)
    stage.play()
    assert days.day_of(moments[0]) == FIRST
