"""The page of a reservation: where it stands, what happens next, what can be changed (HLD-2, HLD-4, HLD-5, HLD-8)."""

import re
from datetime import date
from html import unescape

import pytest

from delivery.models import DeliveryRun, RunExclusion
from holds import actions
from holds.models import Hold, Request


def text(answer):
    return unescape(answer.content.decode())


def words(answer):
    """The text of a page without its marks, on one line."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", text(answer)))


@pytest.fixture
def patron(lively, log_in, akari):
    """Akari's browser."""
    return log_in(akari)


def page_of(patron, hold):
    return words(patron.get(f"/holds/{hold.pk}/"))


def test_a_waiting_reservation_says_its_place_what_it_waits_for_and_by_when(lively, patron):
    """HLD-2, HLD-4, HLD-12: delivered by way of the weekly run."""
    page = page_of(patron, lively.holds["waiting"])
    assert "2人中2番目" in page
    assert "すべて貸出中です。返却を待っています。" in page
    assert re.search(r"受け取れる予想：12月中旬〜2027年1月中旬 予想です。お約束ではありません。", page)


def test_a_copy_on_the_shelf_is_fetched_on_the_next_morning(lively, patron, akari, home, ten):
    """HLD-4, PUL-1."""
    hold = actions.reserve(patron=akari, bib=lively.bibs["free"], pickup_at=home, by=akari.user, now=ten)
    page = page_of(patron, hold)
    assert "書架にあります。次の開館日の朝に取りに行きます。" in page
    assert "受け取れる予想：12月3日（木）ごろ" in page


def test_nothing_is_forecast_for_what_is_paused(lively, patron):
    """HLD-8, HLD-12."""
    page = page_of(patron, lively.holds["paused"])
    assert "休止中" in page and "受け取れる予想" not in page


def test_a_later_volume_says_that_it_comes_after_the_earlier_one(lively, patron, akari, home, ten):
    """HLD-9, HLD-12."""
    actions.reserve_basket(patron=akari, pickup_at=home, by=akari.user, now=ten, order="in_order")
    first, second = Hold.objects.filter(group__patron=akari).order_by("volume_order")
    assert "受け取れる予想" in page_of(patron, first)
    page = page_of(patron, second)
    assert "前の巻のあとに用意します。" in page and "受け取れる予想" not in page and "（2番目）" in page


def test_the_need_by_date_is_set_changed_and_removed(lively, patron):
    """HLD-8: also after reserving."""
    hold = lively.holds["waiting"]
    for typed, stored, said in [
        ("2027-02-01", date(2027, 2, 1), "必要な期限を2027年2月1日（月）にしました。"),
        ("2027-03-01", date(2027, 3, 1), "必要な期限（2027年3月1日（月））を変更する"),
        ("", None, "必要な期限をなくしました。"),
    ]:
        answer = patron.post(f"/holds/{hold.pk}/need-by/", {"need_by": typed}, follow=True)
        hold.refresh_from_db()
        assert hold.need_by == stored
        assert said in text(answer)


@pytest.mark.parametrize(("typed", "status"), [("2026-11-30", 409), ("いつか", 422)])
def test_a_need_by_date_that_is_none_is_refused_and_kept_on_the_page(lively, patron, typed, status):
    """HLD-8, A58."""
    hold = lively.holds["waiting"]
    answer = patron.post(f"/holds/{hold.pk}/need-by/", {"need_by": typed})
    assert answer.status_code == status
    assert f'value="{typed}"' in text(answer)
    hold.refresh_from_db()
    assert hold.need_by is None


def test_a_pause_shows_its_day_which_can_be_changed(lively, patron):
    """HLD-8."""
    hold = lively.holds["paused"]
    page = text(patron.get(f"/holds/{hold.pk}/"))
    assert 'name="until" value="2026-12-20"' in page and "再開する</button>" in page
    patron.post(f"/holds/{hold.pk}/pause/", {"until": "2027-01-10"})
    hold.refresh_from_db()
    assert hold.paused_until == date(2027, 1, 10)


def test_the_dates_of_another_library_are_shown_before_it_is_chosen(lively, patron):
    """HLD-5, DLV-2, DLV-6: the due date beside each, and which the next run leaves out."""
    form = text(patron.get(f"/holds/{lively.holds['waiting'].pk}/")).split("/pickup/")[1].split("</form>")[0]
    assert "備前市立図書館（次の便の返却期限" in form or "備前市立図書館（金曜日着・次の便の返却期限" in form
    assert "岡山市立中央図書館（次の便は休み：設備点検のため休館）" in form
    assert "受渡期間は12月11日（金）から12月17日（木）まで" in form


def test_a_run_that_leaves_the_library_out_is_not_the_run_of_the_forecast(lively, patron, akari, bizen, ten):
    """DLV-2, HLD-12: a week later."""
    hold = actions.reserve(patron=akari, bib=lively.bibs["free"], pickup_at=bizen, by=akari.user, now=ten)
    assert "受け取れる予想：12月11日（金）ごろ" in page_of(patron, hold)
    RunExclusion.objects.create(run=DeliveryRun.objects.get(cut_off_on="2026-12-05"), library=bizen, reason="蔵書点検")
    page = page_of(patron, hold)
    assert "受け取れる予想：12月中旬" in page
    assert "次の受渡便は備前市立図書館へは行きません：蔵書点検" in page


def test_once_an_item_is_bound_requests_stand_on_the_page_with_their_answers(lively, patron, okayama, coop, ten):
    """HLD-5, REQ-1."""
    hold = lively.holds["ready"]
    patron.post(f"/holds/{hold.pk}/requests/pickup/", {"pickup_at": "okayama"})
    page = page_of(patron, hold)
    assert "受渡館変更依頼：岡山市立中央図書館" in page
    assert "受渡館変更依頼を12月1日（火）に受け付けました。回答をお待ちください。" in page
    request = Request.objects.get(hold=hold)
    actions.answer(request=request, accept=False, answer="今週の便はありません。", by=coop, now=ten)
    page = page_of(patron, hold)
    assert "お断り" in page and "回答（12月1日（火）） 今週の便はありません。" in page.replace("）今週", "） 今週")


def test_a_ready_reservation_says_until_when_and_what_happens_otherwise(lively, patron):
    """SHF-2, SHF-4."""
    page = page_of(patron, lively.holds["ready"])
    assert "期限を過ぎると予約は終わり、資料は次の方へ回ります。" in page
    assert "利用者カードをお持ちになって県立図書館へお越しください。" in page


@pytest.mark.parametrize("key", ["waiting", "paused", "secured", "ready", "cancelled"])
def test_the_page_asks_little(lively, patron, key, django_assert_max_num_queries):
    """At most twelve queries."""
    with django_assert_max_num_queries(12):
        assert patron.get(f"/holds/{lively.holds[key].pk}/").status_code == 200
