"""The page of a run: which step is next, the worker's progress, Thursday's mails, a shift because of snow."""

from datetime import date, time

import pytest

from circulation.models import Loan
from delivery import actions as delivery
from delivery.admin import papers
from delivery.models import Bag, DeliveryRun, RunException
from delivery.rules import RunDates
from notifications.models import Notice
from okalib import clock, days, jobs
from okalib.celery import app as celery
from okalib.models import JobRun, StaffAction
from tests.web.desk import at, at_work, clerk, text


@pytest.fixture
def cooperation(lively):
    """A browser at the cooperation desk."""
    return at_work(clerk("cooperation"))


@pytest.fixture
def coming(lively):
    """The run of next Sunday."""
    return DeliveryRun.objects.get(lend_on=date(2026, 12, 6))


@pytest.fixture
def bag(lively):
    """A bag that is packed and has not been sent."""
    return lively.loans["packed"].slip_line.bag


@pytest.fixture
def on_sunday(coming):
    """The clock stands at noon on the day of lending."""
    with clock.standing_at(days.at(coming.lend_on, time(12))):
        yield


def next_step(browser, run):
    """The step that the page marks as the next one."""
    page = text(browser.get(at("run", run.pk)))
    assert page.count('aria-current="step"') <= 1
    return page.partition('aria-current="step"')[2].partition("<h2>")[2].partition("</h2>")[0]


def test_the_page_of_a_run_says_which_step_is_next(cooperation, bag, coming, coop, ten):
    """DLV-3…DLV-10: one marked step, from the preview to the last bag that came back."""
    assert next_step(cooperation, coming) == "締切と予定"
    run = bag.run
    with clock.standing_at(days.at(coming.lend_on, time(12))):
        assert next_step(cooperation, coming) == "貸出"
    assert next_step(cooperation, run) == "袋詰め"
    delivery.pack(line=bag.lines.get(), bag=bag, by=coop, now=ten)
    delivery.seal(bag=bag, by=coop, now=ten)
    assert next_step(cooperation, run) == "発送"
    delivery.send(bags=[bag], by=coop, now=ten)
    assert next_step(cooperation, run) == "お知らせメール"
    delivery.announce(run=run, by=coop, now=ten)
    assert next_step(cooperation, run) == "受渡期間"
    with clock.standing_at(days.at(days.plus(run.window_to, 1), time(10))):
        assert next_step(cooperation, run) == "返送・返却"
    Loan.objects.filter(slip_line__bag=bag).update(
        returned_at=ten, returned_on=days.day_of(ten), patron=None, age_band="30-39"
    )
    with clock.standing_at(days.at(days.plus(run.window_to, 1), time(10))):
        assert next_step(cooperation, run) == ""
    delivery.cancel_run(run=coming, by=coop, now=ten, reason="雪")
    assert next_step(cooperation, coming) == ""


def test_the_page_of_a_run_asks_few_questions(cooperation, bag, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        cooperation.get(at("run", bag.run_id))


# ── The worker ──


def test_the_button_asks_a_worker_and_the_page_reloads_itself_until_it_is_done(
    cooperation, coming, on_sunday, monkeypatch
):
    """OPS-2, OPS-3: without script, by a header; and one may tell it to stand still."""
    asked = []
    monkeypatch.setattr(jobs, "start", lambda *order: asked.append(order))
    answer = cooperation.post(at("deliveries-lending", coming.pk))
    assert answer["Location"] == at("deliveries-progress", coming.pk)
    assert asked == [("delivery_run", coming.lend_on)]
    assert not Loan.objects.filter(slip_line__bag__run=coming).exists()
    page = cooperation.get(at("deliveries-progress", coming.pk))
    assert "始まるのを待っています" in text(page) and page["Refresh"] == "3"
    row = JobRun.objects.create(job="delivery_run", day=coming.lend_on, started_at=clock.now(), state="running")
    page = cooperation.get(at("deliveries-progress", coming.pk))
    assert "1件中 0件" in text(page) and "<progress" in text(page) and page["Refresh"] == "3"
    assert "Refresh" not in cooperation.get(at("deliveries-progress", coming.pk), {"still": ""})
    delivery.run(run=coming, by=None, now=clock.now())
    assert "1件中 1件" in text(cooperation.get(at("deliveries-progress", coming.pk)))
    row.state, row.counts, row.finished_at = "done", {"lent": 1}, clock.now()
    row.save()
    page = cooperation.get(at("deliveries-progress", coming.pk))
    assert "1点を貸出し" in text(page) and "Refresh" not in page
    assert StaffAction.objects.filter(verb="ask_to_lend").count() == 1


def test_a_worker_that_does_not_begin_or_fails_is_named(cooperation, coming, on_sunday, monkeypatch):
    """OPS-2."""
    monkeypatch.setattr(jobs, "start", lambda *order: None)
    cooperation.post(at("deliveries-lending", coming.pk))
    with clock.standing_at(days.at(coming.lend_on, time(12, 5))):
        assert "動いていないようです" in text(cooperation.get(at("deliveries-progress", coming.pk)))
    JobRun.objects.create(
        job="delivery_run", day=coming.lend_on, started_at=clock.now(), state="failed", finished_at=clock.now()
    )
    page = text(cooperation.get(at("deliveries-progress", coming.pk)))
    assert "途中で止まりました" in page and "残りだけを行います" in page


def test_a_broker_that_is_down_is_said_and_nothing_is_changed(cooperation, coming, on_sunday, monkeypatch):
    """OPS-2: a refused connection, asked once and not waited for."""
    down = celery.connection_for_write("redis://localhost:1/0")
    monkeypatch.setattr(celery, "connection_for_write", lambda: down)
    page = text(cooperation.post(at("deliveries-lending", coming.pk), follow=True))
    assert "サーバーに接続できないため、開始できませんでした" in page
    coming.refresh_from_db()
    assert coming.lending_asked_at is None
    assert not StaffAction.objects.filter(verb="ask_to_lend").exists()


def test_who_may_only_look_starts_nothing(lively, coming, on_sunday):
    counter = at_work(clerk("desk"))
    assert counter.get(at("deliveries-progress", coming.pk)).status_code == 200
    assert counter.post(at("deliveries-lending", coming.pk)).status_code == 403
    assert counter.get(at("deliveries-packing", coming.pk)).status_code == 403


# ── The plan, and what is carried over ──


def test_the_year_is_made_by_a_button_and_made_twice_it_is_the_same(cooperation, coming):
    """DLV-1."""
    DeliveryRun.objects.filter(lend_on__gte=date(2027, 1, 1)).delete()
    page = text(cooperation.post(at("deliveries-plan"), follow=True))
    assert "年間予定を更新しました" in page
    runs = list(DeliveryRun.objects.values())
    assert DeliveryRun.objects.order_by("lend_on").last().lend_on >= date(2027, 11, 20)
    cooperation.post(at("deliveries-plan"))
    assert list(DeliveryRun.objects.values()) == runs


def test_what_an_earlier_run_left_is_marked_in_the_preview_with_its_reason(cooperation, coming, lively, bag, ten):
    """DLV-3: carried over."""
    RunException.objects.create(
        run=bag.run, hold=lively.holds["secured"], codes=["overdue_loan"], reasons="延滞のため", found_at=ten
    )
    page = text(cooperation.get(at("deliveries-preview", coming.pk)))
    assert "11月29日（日）の便から繰越（延滞のため）" in page


# ── Thursday's mail ──


def test_the_page_counts_thursdays_mails_and_leads_to_the_phone_list(cooperation, bag, akari, coop, ten):
    """DLV-7, PAT-4."""
    akari.contact = "phone"
    akari.save()
    delivery.announce(run=bag.run, by=coop, now=ten)
    page = text(cooperation.get(at("run", bag.run_id)))
    assert "電話連絡待ち 1" in page
    assert "対応が必要 1件" in page and f'href="{at("phone-list")}"' in page


# ── A shift (snow) ──


def test_a_shift_is_shown_before_and_moves_window_mail_and_due_dates(cooperation, bag, coming):
    """DLV-1, DLV-6: lent already, so lending keeps its day; the slip is to be printed again."""
    loan = bag.lines.get().loan
    address = at("deliveries-shift", bag.run_id)
    page = text(cooperation.get(address, {"days": "3", "reason": "大雪"}))
    assert "12月13日（日）" in page and "刷り直す袋：1袋" in page and "済んでいます" in page
    assert "12月6日（日）貸出の便の受渡期間" in page  # the window of the week after is touched, and that is said
    run = DeliveryRun.objects.get(pk=bag.run_id)
    assert (run.window_to, loan.due_on) == (bag.run.window_to, Loan.objects.get(pk=loan.pk).due_on)
    assert cooperation.get(address, {"days": "0", "reason": "大雪"}).status_code == 422
    order = {name: page.partition(f'name="{name}" value="')[2].partition('"')[0] for name in RunDates.__slots__}
    for _ in range(2):
        cooperation.post(at("deliveries-shifts", bag.run_id), order | {"reason": "大雪"})
    run.refresh_from_db()
    assert (run.lend_on, run.mail_on) == (date(2026, 11, 29), date(2026, 12, 6))
    assert (run.window_from, run.window_to) == (date(2026, 12, 7), date(2026, 12, 13))
    assert Loan.objects.get(pk=loan.pk).due_on > loan.due_on
    assert StaffAction.objects.filter(verb="shift_run").count() == 1
    assert "票の刷り直し 1袋" in text(cooperation.get(at("run", run.pk)))
    again = text(cooperation.get(at("deliveries-slips", run.pk), {"again": ""}))
    assert bag.number in again
    cooperation.post(at("deliveries-slips-replacement", run.pk))
    assert "票の刷り直し" not in text(cooperation.get(at("run", run.pk)))
    assert not Bag.objects.get(pk=bag.pk).lines.get().is_outdated


def test_a_shift_without_a_reason_or_to_earlier_days_is_refused(cooperation, bag):
    """DLV-1: never earlier."""
    run = bag.run
    earlier = {name: str(days.plus(getattr(run.dates, name), -1)) for name in RunDates.__slots__}
    page = text(cooperation.post(at("deliveries-shifts", run.pk), earlier | {"reason": "大雪"}, follow=True))
    assert "今より早くできません" in page
    assert cooperation.get(at("deliveries-shift", run.pk), {"days": "3"}).status_code == 422
    run.refresh_from_db()
    assert run.dates == bag.run.dates and not StaffAction.objects.filter(verb="shift_run").exists()


# ── Papers ──


def test_labels_name_number_and_library_and_nobody(cooperation, bag, akari):
    """DLV-4, A174."""
    page = text(cooperation.get(at("deliveries-labels", bag.run_id)))
    assert bag.number in page and "備前市立図書館" in page and "<svg" in page
    for private in (akari.name, "20000011", akari.phone):
        assert private not in page


def test_the_manifest_shows_the_legs_of_a_route(cooperation, bag, hinase, bizen):
    """DLV-8: the central library first, its branches behind it."""
    branch = Bag.objects.create(run=bag.run, library=hinase, packed_at=bag.packed_at)
    page = text(cooperation.get(at("deliveries-manifest", bag.run_id)))
    assert page.index("① 県立図書館 → 備前市立図書館") < page.index(bag.number) < page.index("② 備前市立図書館 → 分館")
    assert page.index("② 備前市立図書館") < page.index("日生分館") < page.index(branch.number)


@pytest.mark.parametrize("name", ["slips", "labels", "manifest"])
def test_without_the_extra_the_pages_say_that_they_write_no_pdf(cooperation, bag, name, monkeypatch):
    """DLV-4: no button that fails."""
    monkeypatch.setattr(papers.writing, "can_write_pdf", lambda: False)
    page = cooperation.get(at(f"deliveries-{name}", bag.run_id), {"as": "pdf"})
    assert page["Content-Type"].startswith("text/html")
    assert "PDFは作れません" in text(page) and "as=pdf" not in text(page)


def test_mails_that_were_not_sent_yet_say_the_new_days_and_others_are_told_once(cooperation, bag, akari, coop, ten):
    """NTF-2, DLV-7: a queued mail is written anew; a sent one is followed by one mail with the old days and the new."""
    delivery.announce(run=bag.run, by=coop, now=ten)
    run = DeliveryRun.objects.get(pk=bag.run_id)
    first = delivery.shifted_by(run, 2)
    delivery.shift(run=run, dates=first, reason="大雪", by=coop, now=ten)
    notice = Notice.objects.get(kind="delivery_ready", cause=f"run:{run.pk}")
    assert notice.context["window_to"] == str(first.window_to)
    assert not Notice.objects.filter(kind="dates_moved").exists()
    Notice.objects.filter(pk=notice.pk).update(state="sent", sent_at=ten, next_try_at=None)
    run.refresh_from_db()
    second = delivery.shifted_by(run, 1)
    for _ in range(2):
        delivery.shift(run=run, dates=second, reason="大雪", by=coop, now=ten)
    moved = Notice.objects.get(kind="dates_moved", patron=akari)
    ends = [(move["old_on"], move["new_on"]) for move in moved.context["moves"]]
    assert (str(first.window_to), str(second.window_to)) in ends
    assert moved.context["reason"] == "大雪"
