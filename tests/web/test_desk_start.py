"""The first page says what today asks; jobs and figures in words (ux: Desk 7, OPS-2…OPS-4, RET-5)."""

import re

import pytest

from delivery import figures
from delivery.models import DeliveryRun
from holds import actions as queue
from holds.models import PullLine
from notifications.models import Notice
from notifications.rules import State
from okalib import clock, days, job_words, jobs
from okalib.celery import TIMETABLE
from okalib.job_standings import standings
from okalib.models import Figure, JobRun, StaffAction
from okalib.rules import JobState
from tests.factories import StaffFactory
from tests.web.desk import at, at_work, clerk, text

START = "/staff/"


@pytest.fixture
def chief(lively):
    """A browser of an administrator."""
    return at_work(clerk("administrator"))


def asked(browser):
    """What the first page asks, by title: how many, and the sentence."""
    page = browser.get(START)
    return {ask.title: ask for ask in page.context["to_do"]}


# ── What today asks ──


def test_a_quiet_part_of_the_day_is_said_to_be_done(chief):
    page = chief.get(START)
    assert "今日すること" in text(page)
    assert "札を差し替える資料" in {ask.title for ask in page.context["done"]}


def test_the_pull_list_counts_what_is_still_on_the_shelf(chief, lively, chiyo, home, ten, tuesday):
    """PUL-1, PUL-2: a line is done when its item is fetched."""
    yesterday = days.plus(tuesday, -1)
    queue.reserve(patron=chiyo, bib=lively.bibs["free"], pickup_at=home, by=None, now=days.at(yesterday, ten.time()))
    number = queue.make_pull_list(day=tuesday, now=ten)
    ask = asked(chief)["書架から集める資料"]
    assert ask.number == number > 0
    assert f"今朝のリスト{number}点" in ask.sentence
    line = PullLine.objects.filter(day=tuesday).first()
    queue.mark_missing(line=line, outcome="not_found", by=None, now=ten)
    assert "書架から集める資料" not in asked(chief) or asked(chief)["書架から集める資料"].number < number


def test_the_oldest_request_is_named(chief):
    """REQ-1: the inquiry of the cast came on Monday."""
    ask = asked(chief)["利用者からの依頼"]
    assert ask.number == 1
    assert "11月30日（月）" in ask.sentence
    assert ask.url == at("requests")


def test_the_steps_of_the_run_that_is_due_are_named(chief, lively):
    """DLV-3, DLV-7: bags that were packed and not sent; a run whose day of lending has passed unlent."""
    packed = lively.loans["packed"].slip_line.bag.run
    DeliveryRun.objects.filter(pk=packed.pk).update(announced_at=None)
    titles = asked(chief)
    assert any("発送する資料袋" in title and ask.url == at("run", packed.pk) for title, ask in titles.items())
    DeliveryRun.objects.filter(pk=packed.pk).update(lent_at=None)
    assert any("便の貸出" in title for title in asked(chief))


def test_notices_that_failed_or_are_unknown_and_the_phone_list_are_counted(chief, akari, ten):
    """NTF-4, PAT-4."""
    for state in (State.UNKNOWN, State.FAILED):
        Notice.objects.create(key=f"test:{state}", kind="test", patron=akari, state=state, posted_at=ten)
    Notice.objects.create(
        key="test:phone", kind="test", patron=akari, state=State.PHONE, posted_at=ten, phone_reason="no_address"
    )
    found = asked(chief)
    assert found["届いたか分からないお知らせ"].number == found["送れなかったお知らせ"].number == 1
    on_list = Notice.objects.filter(state=State.PHONE).count()
    assert found["電話で知らせること"].number == on_list


def test_what_the_check_found_is_shown_with_what_to_do_and_not_looked_for_again(
    chief, ten, tuesday, monkeypatch, django_assert_max_num_queries
):
    """OPS-4: from the last run of the job, in Japanese, with the way to mend it."""
    lines = ["ready_without_notice: 2 (hold 4, hold 9)", "gone_since: 1 ()"]
    JobRun.objects.create(
        job="consistency_check", day=tuesday, state=JobState.DONE, started_at=ten, finished_at=ten, exceptions=lines
    )
    monkeypatch.setattr("delivery.consistency.check", lambda **_given: pytest.fail("the page checks by itself"))
    assert asked(chief)["記録の食い違い"].number == 2
    page = text(chief.get(at("consistency")))
    assert "取置中の予約には、お知らせがちょうど1件ある" in page
    assert "利用者に電話で連絡し" in page
    assert "hold 9" in page


def test_each_role_is_asked_for_its_own_work_alone(lively):
    """A226: the counter does not run deliveries, the cataloguer does nothing of all this."""
    desk = at_work(clerk("desk", username="d")).get(START)
    titles = {ask.title for ask in [*desk.context["to_do"], *desk.context["done"]]}
    assert "利用者からの依頼" in titles
    assert "受渡期間を過ぎた資料袋" not in titles
    assert "失敗した処理" not in titles
    cataloguer = at_work(clerk("cataloguer", username="c")).get(START)
    assert cataloguer.context["to_do"] == cataloguer.context["done"] == []
    assert "今日すること" not in text(cataloguer)


def test_the_first_page_asks_little_of_the_database(chief, django_assert_max_num_queries):
    chief.get(START)
    with django_assert_max_num_queries(16):  # user, rights and Django's own list of latest actions included
        chief.get(START)


# ── Jobs ──


def test_every_job_of_the_timetable_has_a_japanese_name_and_a_sentence():
    assert set(job_words.JOBS) == set(TIMETABLE) == set(jobs.known())


def test_every_count_of_every_job_has_a_word(lively, tuesday, ten):
    """OPS-2: the page of runs speaks Japanese."""
    found = {what for name in TIMETABLE for what in jobs.run_for(name, tuesday, now=ten).counts}
    assert found - set(job_words.COUNTS) == set()


def test_a_job_that_failed_and_one_that_did_not_run_are_told_apart(chief, ten, tuesday, monday):
    """OPS-2: the pull list should have come at half past seven; the mail of 08:30 has an hour and a half."""
    for name in TIMETABLE:
        JobRun.objects.create(job=name, day=tuesday, state=JobState.DONE, started_at=ten, finished_at=ten)
    JobRun.objects.filter(job="pull_list").update(day=monday)
    JobRun.objects.filter(job="expiry").update(state=JobState.FAILED)
    found = {each.name: each.trouble for each in standings(ten) if each.trouble}
    assert found == {"pull_list": "not_run", "expiry": "failed"}
    assert asked(chief)["失敗した処理"].sentence == "取置期限の処理"
    assert asked(chief)["動いていない処理"].sentence == "書架回収リストの作成"
    page = text(chief.get(at("jobs")))
    assert "動いていません" in page
    assert "開館日の朝、書架から集める資料のリストをつくります。" in page


def test_a_job_is_not_missed_before_its_hour(home, ten, tuesday, monday):
    JobRun.objects.create(job="delivery_run", day=monday, state=JobState.DONE, started_at=ten, finished_at=ten)
    before = days.at(tuesday, ten.time().replace(hour=9, minute=30))
    assert next(each for each in standings(before) if each.name == "delivery_run").trouble is None
    assert next(each for each in standings(ten.replace(hour=11)) if each.name == "delivery_run").is_missing


def test_the_exceptions_of_a_run_are_told_in_words(chief, ten, tuesday):
    """OPS-2: and a failure tells its place, never the message, which might name somebody."""
    row = JobRun.objects.create(
        job="delivery_run",
        day=tuesday,
        state=JobState.FAILED,
        started_at=ten,
        finished_at=ten,
        counts={"lent": 60, "exceptions": 1},
        exceptions=["hold 12: overdue", "killed before it ended", "KeyError at running.py:61"],
    )
    page = text(chief.get(at("job-run", row.pk)))
    assert "貸出 60、例外 1" in page
    assert "予約12は発送できませんでした（overdue）" in page
    assert "途中で止められました" in page
    assert "プログラムの誤りで止まりました（KeyError、running.py:61）" in page


def test_whoever_may_look_at_jobs_may_not_therefore_run_them(home, ten):
    """OPS-3."""
    browser = at_work(StaffFactory(rights=["okalib.view_jobrun"]))
    assert "実行する</button>" not in text(browser.get(at("jobs")))
    assert browser.post(at("jobs"), {"job": "expiry", "day": "2026-12-01"}).status_code == 403
    assert not JobRun.objects.exists()


# ── Figures ──


@pytest.fixture
def counted(lively, wednesday):
    """The counts of the cast's weeks."""
    figures.count(day=wednesday, now=days.at(wednesday, days.datetime.min.time()))


def test_the_figures_are_pictures_with_the_same_numbers_in_a_table(chief, counted):
    """Every picture has a title and a description, every number stands in the table as well."""
    page = text(chief.get(at("figures")))
    assert page.count('<svg class="chart"') == page.count("<desc") == page.count('class="desk-table chart-table"') == 6
    assert "11月23日（月）" in page
    assert not re.search(r"\sstyle=", page)
    assert len(page.encode()) < 150_000


def test_the_first_page_shows_the_weeks_as_small_pictures_to_who_may_see_figures(chief, counted):
    """Desk 7: loans, reservations, deliveries and waiting times, each leading to its sheet."""
    page = text(chief.get(START))
    assert page.count('<svg class="chart"') == 4
    for name in ("loans", "reservations", "deliveries", "waited"):
        assert f"?weeks=13#{name}" in page
    assert not re.search(r"\sstyle=", page)
    assert '<svg class="chart"' not in text(at_work(clerk("desk", username="d")).get(START))


def test_the_figures_read_the_small_table_and_no_loans(chief, counted, django_assert_max_num_queries):
    """RET-5: whatever the million loans are, the page asks for a few rows."""
    chief.get(at("figures"))
    with django_assert_max_num_queries(12) as asked_for:
        chief.get(at("figures"))
    assert not any('FROM "circulation_loan"' in query["sql"] for query in asked_for.captured_queries)


@pytest.mark.parametrize("name", ["loans", "reservations", "deliveries", "waited", "items", "wanted"])
def test_each_figure_is_a_file_for_who_may_export_and_that_is_written_down(chief, counted, name):
    """A226, OPS-5."""
    answer = chief.get(at("figures-csv", name))
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert f'filename="{name}-20261201.csv"' in answer["Content-Disposition"]
    assert answer.content.startswith(b"\xef\xbb\xbf")
    written = StaffAction.objects.get(verb="export_figures")
    assert written.subject == name


def test_a_title_in_a_file_is_no_formula(chief, lively):
    lively.bibs["waiting"].title = "=HYPERLINK(1)"
    lively.bibs["waiting"].save()
    assert "'=HYPERLINK(1)" in text(chief.get(at("figures-csv", "wanted")))


def test_looking_at_figures_and_taking_them_along_are_two_rights(lively):
    """A226."""
    browser = at_work(StaffFactory(rights=["okalib.view_figure"]))
    assert "CSVで保存" not in text(browser.get(at("figures")))
    assert browser.get(at("figures-csv", "loans")).status_code == 403
    assert not StaffAction.objects.filter(verb="export_figures").exists()


def test_an_unknown_figure_is_no_page_and_an_unknown_period_is_the_longest(chief):
    assert chief.get(at("figures-csv", "patrons")).status_code == 404
    assert chief.get(at("figures"), {"weeks": "9999"}).context["weeks"] == 52


def test_before_the_first_night_the_page_says_that_nothing_is_counted(chief):
    Figure.objects.all().delete()
    assert "まだ数えられたものがありません" in text(chief.get(at("figures")))
    assert clock.today().year == 2026
