"""The calendar editor: a year in words, and each change shown before it is saved (CAL-1 … CAL-8)."""

from datetime import date, time

import pytest
from django.urls import reverse

from circulation import actions as circulation
from delivery import actions as delivery
from delivery.models import DeliveryRun
from holds import actions as holds
from okalib import clock, days
from okalib.actions import calendar
from okalib.days import ClosedReason, Hours
from okalib.models import Closure, Library, SpecialOpening, StaffAction, YearlyDay
from tests.factories import BibFactory, LibraryFactory
from tests.web.desk import at, at_work, clerk, text

pytestmark = pytest.mark.django_db

MOST_STATEMENTS = 15
EARLY = Hours(time(10), time(18))


@pytest.fixture
def office(home, ten):
    """The cooperation desk, at ten on Tuesday, 2026-12-01."""
    with clock.standing_at(ten):
        yield at_work(clerk("cooperation", username="kyoryoku"))


def opening_of(library):
    """The calendar as it is in the database now."""
    return Library.objects.with_calendar().get(pk=library.pk).opening_days()


def look(browser, address, form):
    """Ask what a form would do; it must be answered, and nothing is saved."""
    answer = browser.post(address, form)
    assert answer.status_code == 200, answer.context and answer.context["form"].errors
    return answer


def save(browser, address, form):
    """Look first, then save what was looked at."""
    seen = look(browser, address, form).context["seen"]
    return browser.post(address, form | {"save": "1", "seen": seen}, follow=True)


CLOSING = {"what": "close", "first_on": "2026-12-08", "last_on": "2026-12-09", "reason": "蔵書点検"}


# ── The year ──


def test_a_year_says_each_day_in_words(office, home, coop, ten):
    """CAL-1 … CAL-4: closed on Mondays, in place of a holiday, over New Year, by a closure; open by exception."""
    calendar.close_period(
        library=home,
        first_on=date(2026, 11, 11),
        last_on=date(2026, 11, 12),
        reason="点検",
        public_note="蔵書点検",
        by=coop,
        now=ten,
    )
    calendar.open_specially(library=home, on=[date(2026, 11, 16)], hours=EARLY, by=coop, now=ten, note="創立記念")
    page = text(office.get(at("calendar"), {"year": "2026"}))
    for sentence in (
        "月曜日：<strong>休館</strong>",
        "火曜日〜金曜日：9:00–19:00",
        "11月3日（火） 祝日の開館 10:00–18:00（文化の日）",
        "11月11日（水）〜11月12日（木） 休館期間（蔵書点検）",
        "11月16日（月） 臨時開館 10:00–18:00（創立記念）",
        "11月24日（火） 振替休館日（祝日に開館した分）",
        "12月29日（火）〜12月31日（木） 毎年の休館日（年末年始）",
    ):
        assert sentence in page, sentence
    assert page.count('<table class="cal-table"') == 12
    assert '<span class="visually-hidden"> 定休日</span>' in page
    assert '<span class="visually-hidden"> 開館 9:00–19:00 （今日）</span>' in page


def test_a_year_leads_to_its_neighbours_and_to_every_library(office, home, bizen):
    page = text(office.get(at("calendar"), {"library": bizen.pk, "year": "2027"}))
    assert f"?library={bizen.pk}&amp;year=2026" in page and f"?library={bizen.pk}&amp;year=2028" in page
    assert f'<option value="{bizen.pk}" selected>' in page
    assert "2027年1月4日" not in page  # a Monday: hours of a closed day are no news


@pytest.mark.parametrize("asked", ["abc", "0", "99999", "", "-1", "2026-12"])
def test_a_year_that_is_none_is_answered_with_one(office, asked):
    assert office.get(at("calendar"), {"year": asked}).status_code == 200


def test_a_library_that_is_none_is_not_found(office):
    assert office.get(at("calendar"), {"library": "424242"}).status_code == 404
    assert office.get(at("calendar-days", 424242)).status_code == 404


def test_a_library_without_hours_says_so(office):
    """CAL-6: every day of it is closed."""
    bare = LibraryFactory(code="bare", name="新しい館")
    bare.opening_hours.all().delete()
    assert "開館時間がまだ登録されていません" in text(office.get(at("calendar"), {"library": bare.pk}))


def test_the_year_asks_the_database_a_few_times(office, home, bizen, django_assert_max_num_queries):
    office.get(at("calendar"))
    for address in (at("calendar"), at("calendar-days", home.pk), at("calendar-pattern", home.pk), at("holidays")):
        with django_assert_max_num_queries(MOST_STATEMENTS):
            assert office.get(address).status_code == 200


# ── Closing, with a look first ──


@pytest.fixture
def touched(home, akari, aya, desk, coop, ten):
    """A loan due on Tuesday, Dec 15, and a reservation kept until Saturday, Dec 12."""
    loan = circulation.check_out(item=BibFactory(items=1).items.get(), patron=akari, by=desk, now=ten).loan
    bib, friday = BibFactory(items=1), days.at(date(2026, 12, 4), time(9))
    holds.reserve(patron=aya, bib=bib, pickup_at=home, by=None, now=friday)
    hold = circulation.check_in(item=bib.items.get(), by=desk, now=friday).hold
    holds.announce(day=date(2026, 12, 5), now=days.at(date(2026, 12, 5), time(9)))
    hold.refresh_from_db()
    assert (loan.due_on, hold.keep_until) == (date(2026, 12, 15), date(2026, 12, 12))
    return loan, hold


def test_closing_says_first_which_days_and_what_falls_on_them(office, home, touched, coop):
    """CAL-4, CAL-8: and that the emergency closure is what moves those dates."""
    delivery.plan(first=date(2026, 12, 1), last=date(2026, 12, 31))
    form = CLOSING | {"first_on": "2026-12-12", "last_on": "2026-12-15"}
    page = text(look(office, at("calendar-days", home.pk), form))
    assert "休館になる日：3日" in page  # the Monday is closed anyway
    assert "12月12日（土）〜12月13日（日）" in page
    assert "返却期限日がこの日にあたる貸出：1点" in page
    assert "取置期限がこの日にあたる予約：1件" in page
    assert "12月13日（日）の受渡便" in page and "今夜の処理で取りやめ" in page
    assert "「臨時休館」を使ってください" in page
    assert f"{at('emergency')}?library={home.pk}&amp;first_on=2026-12-12&amp;last_on=2026-12-15" in page
    week = text(look(office, at("calendar-days", home.pk), CLOSING | {"last_on": "2026-12-13"}))
    assert "12月8日（火）〜12月13日（日）</li>" in week  # one stretch, although hours differ at the weekend
    assert not Closure.objects.exists()
    emergency = office.get(at("emergency"), {"library": home.pk, "first_on": "2026-12-12", "last_on": "2026-12-15"})
    assert 'value="2026-12-15"' in text(emergency)


def test_a_closure_is_saved_after_the_look_and_leaves_its_trace(office, home, bizen, touched):
    """CAL-4, OPS-5: in one library and no other; due dates stay where they are."""
    loan, before = touched[0], opening_of(bizen)
    page = text(save(office, at("calendar-days", home.pk), CLOSING | {"public_note": "蔵書点検のため休館"}))
    assert "休館日を登録しました" in page
    assert "12月8日（火）〜12月9日（水） 休館期間（蔵書点検のため休館）" in page
    assert opening_of(home).open_days(date(2026, 12, 8), date(2026, 12, 9)) == []
    assert opening_of(bizen) == before
    trace = StaffAction.objects.get(verb="close_period")
    assert (trace.by.username, trace.reason) == ("kyoryoku", "蔵書点検")
    assert "蔵書点検" in page.split("最近の変更")[1]
    loan.refresh_from_db()
    assert loan.due_on == date(2026, 12, 15)


def test_nothing_is_saved_that_was_not_looked_at(office, home):
    """By a crafted form, or because something was typed anew after the look."""
    address = at("calendar-days", home.pk)
    assert office.post(address, CLOSING | {"save": "1"}).status_code == 200
    seen = look(office, address, CLOSING).context["seen"]
    answer = office.post(address, CLOSING | {"last_on": "2026-12-20", "save": "1", "seen": seen})
    assert "もう一度、影響を確かめてください" in text(answer)
    assert not Closure.objects.exists()


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"last_on": "2026-12-01"}, "last_on"),
        ({"first_on": ""}, "first_on"),
        ({"first_on": "9999-12-31", "last_on": ""}, "first_on"),
        ({"reason": ""}, "reason"),
        ({"opens": "10:00"}, "opens"),
        ({"what": "hours"}, "opens"),
        ({"what": "hours", "opens": "18:00", "closes": "10:00"}, "closes"),
        ({"what": "open", "opens": "10:00", "closes": "18:00", "last_on": "2027-12-09"}, "last_on"),
        ({"what": "burn"}, "what"),
    ],
)
def test_a_wrong_form_keeps_what_was_typed_and_says_where(office, home, typed, field):
    answer = office.post(at("calendar-days", home.pk), CLOSING | {"public_note": "掲示です"} | typed)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert "掲示です" in text(answer)
    assert not Closure.objects.exists()


def test_a_closure_without_end_is_refused_with_the_reason(office, home):
    """CAL-6: said at the look, and the button to save is not there."""
    answer = look(office, at("calendar-days", home.pk), CLOSING | {"last_on": "2028-12-08"})
    page = text(answer)
    assert "400日以内に開館日がありません" in page
    assert 'name="save"' not in page
    crafted = CLOSING | {"last_on": "2028-12-08", "save": "1", "seen": answer.context["seen"]}
    assert office.post(at("calendar-days", home.pk), crafted).status_code == 409
    assert not Closure.objects.exists()


# ── Opening, other hours ──


def test_a_closed_day_is_opened_and_an_open_one_gets_other_hours(office, home):
    """CAL-4: of some days on end, the closed ones or the open ones are meant."""
    address = at("calendar-days", home.pk)
    week = {"first_on": "2026-12-07", "last_on": "2026-12-09", "opens": "10:00", "closes": "17:00", "reason": "催し"}
    page = text(look(office, address, week | {"what": "open"}))
    assert "開館になる日：1日" in page and "12月7日（月）" in page
    save(office, address, week | {"what": "open"})
    page = text(look(office, address, week | {"what": "hours", "first_on": "2026-12-08"}))
    assert "開館時間が変わる日：2日" in page and "9:00–19:00 → <strong>10:00–17:00</strong>" in page
    save(office, address, week | {"what": "hours", "first_on": "2026-12-08"})
    assert {str(opening_of(home).hours_on(date(2026, 12, day))) for day in (7, 8, 9)} == {"10:00–17:00"}
    assert StaffAction.objects.filter(verb="open_specially").count() == 2


def test_hours_of_a_day_that_has_some_already_are_refused_with_each_day(office, home, coop, ten):
    calendar.open_specially(library=home, on=[date(2026, 12, 8), date(2026, 12, 9)], hours=EARLY, by=coop, now=ten)
    form = CLOSING | {"what": "hours", "opens": "10:00", "closes": "12:00"}
    page = text(save(office, at("calendar-days", home.pk), form))
    assert "12月8日（火）の臨時開館・開館時間はすでに登録されています" in page
    assert "12月9日（水）の臨時開館・開館時間はすでに登録されています" in page
    assert opening_of(home).hours_on(date(2026, 12, 8)) == EARLY


def test_an_opening_under_a_closure_changes_nothing_and_says_why(office, home, coop, ten):
    """CAL-4: the closure wins."""
    calendar.close_period(
        library=home, first_on=date(2026, 12, 8), last_on=date(2026, 12, 9), reason="点検", by=coop, now=ten
    )
    form = CLOSING | {"what": "hours", "opens": "10:00", "closes": "12:00"}
    assert "休館が優先します" in text(look(office, at("calendar-days", home.pk), form))


# ── Taking back and changing ──


def test_a_closure_is_lengthened_and_taken_back_with_a_look_at_each(office, home, coop, ten):
    """CAL-4, OPS-5."""
    closure = calendar.close_period(
        library=home, first_on=date(2026, 12, 8), last_on=date(2026, 12, 8), reason="点検", by=coop, now=ten
    )
    address = at("calendar-closure", closure.pk)
    longer = {"first_on": "2026-12-08", "last_on": "2026-12-10", "reason": "延長"}
    assert "休館になる日：2日" in text(look(office, address, longer))
    save(office, address, longer)
    assert opening_of(home).open_days(date(2026, 12, 8), date(2026, 12, 10)) == []
    removal = at("calendar-closure-removal", closure.pk)
    assert "開館になる日：3日" in text(office.get(removal))
    assert office.post(removal, {"reason": ""}).status_code == 422
    assert Closure.objects.exists()
    office.post(removal, {"reason": "復旧"})
    assert opening_of(home).is_open(date(2026, 12, 8))
    written = StaffAction.objects.order_by("id").values_list("verb", "reason")
    assert list(written)[1:] == [("change_closure", "延長"), ("remove_closure", "復旧")]


def test_an_exceptional_opening_is_changed_and_taken_back(office, home, coop, ten):
    """CAL-4."""
    [opening] = calendar.open_specially(library=home, on=[date(2026, 12, 7)], hours=EARLY, by=coop, now=ten)
    save(office, at("calendar-opening", opening.pk), {"opens": "13:00", "closes": "17:00", "reason": "短縮"})
    assert str(opening_of(home).hours_on(date(2026, 12, 7))) == "13:00–17:00"
    removal = at("calendar-opening-removal", opening.pk)
    assert "休館になる日：1日" in text(office.get(removal))
    office.post(removal, {"reason": "中止"})
    assert not SpecialOpening.objects.exists()


def test_the_closure_of_an_emergency_is_taken_back_on_its_own_page_alone(office, home, coop, ten):
    """CAL-8."""
    emergency = delivery.close_in_emergency(
        library=home, first_on=date(2026, 12, 8), last_on=date(2026, 12, 8), reason="断水", by=coop, now=ten
    )
    page = text(office.get(at("calendar")))
    assert "12月8日（火） 臨時休館" in page
    assert "臨時休館のページで取り消す" in page
    assert at("calendar-closure", emergency.closure.pk) not in page
    answer = office.post(at("calendar-closure-removal", emergency.closure.pk), {"reason": "試し"})
    assert answer.status_code == 409
    assert Closure.objects.exists()


# ── Pattern and years ──


def pattern(**changed):
    """The prefectural pattern as a form."""
    form = {f"opens_{weekday}": "09:00" for weekday in range(1, 5)} | {f"closes_{day}": "19:00" for day in range(1, 5)}
    form |= {"opens_5": "10:00", "closes_5": "18:00", "opens_6": "10:00", "closes_6": "18:00"}
    form |= {"holiday_opens": "10:00", "holiday_closes": "18:00", "substitutes": "on", "reason": "条例の改正"}
    return form | changed


def test_the_pattern_as_it_stands_changes_nothing(office, home):
    """The page shows it as it is, so that sending it back changes nothing."""
    address = at("calendar-pattern", home.pk)
    shown = text(office.get(address))
    assert 'name="opens_1" value="09:00"' in shown and 'name="opens_0" id' in shown
    assert "開館する日も時間も変わりません" in text(look(office, address, pattern()))


def test_another_pattern_says_what_it_opens_and_closes_for_a_year(office, home, bizen, touched):
    """CAL-1, CAL-4: closed on Tuesdays instead of Mondays, with the loan that is due on one."""
    address, before = at("calendar-pattern", home.pk), opening_of(bizen)
    form = pattern(opens_0="09:00", closes_0="19:00", opens_1="", closes_1="")
    page = text(look(office, address, form))
    assert "返却期限日がこの日にあたる貸出：1点" in page
    assert "残りの日を見る" in page  # some fifty Tuesdays
    save(office, address, form)
    assert opening_of(home).is_open(date(2026, 12, 7)) and not opening_of(home).is_open(date(2026, 12, 8))
    assert opening_of(bizen) == before
    assert StaffAction.objects.get(verb="set_pattern").reason == "条例の改正"


def test_a_pattern_without_any_open_day_is_refused(office, home):
    """CAL-6."""
    form = pattern(**{f"{which}_{day}": "" for which in ("opens", "closes") for day in range(7)})
    form |= {"holiday_opens": "", "holiday_closes": "", "substitutes": ""}
    answer = look(office, at("calendar-pattern", home.pk), form)
    assert "開館日がありません" in text(answer) and 'name="save"' not in text(answer)


@pytest.mark.parametrize(
    "typed", [{"closes_1": ""}, {"closes_1": "08:00"}, {"holiday_opens": "", "holiday_closes": ""}]
)
def test_half_of_the_hours_of_a_weekday_are_none(office, home, typed):
    """And opening on holidays needs their hours (CAL-2)."""
    assert office.post(at("calendar-pattern", home.pk), pattern(**typed)).status_code == 422


def test_days_of_every_year_are_added_changed_and_taken_back(office, home):
    """CAL-3."""
    address = at("calendar-yearly", home.pk)
    bon = {"first_month": "8", "first_day": "13", "last_month": "8", "last_day": "15", "reason": "お盆"}
    assert "8月13日" in text(look(office, address, bon | {"public_note": "お盆休み"}))
    save(office, address, bon | {"public_note": "お盆休み"})
    assert opening_of(home).why_closed(date(2027, 8, 14)) is ClosedReason.YEARLY
    row = YearlyDay.objects.get(note="お盆休み")
    save(office, at("calendar-yearly-day", row.pk), bon | {"last_day": "14"})
    assert opening_of(home).is_open(date(2027, 8, 15))
    office.post(at("calendar-yearly-removal", row.pk), {"reason": "取りやめ"})
    assert opening_of(home).is_open(date(2027, 8, 13))
    verbs = StaffAction.objects.order_by("id").values_list("verb", flat=True)
    assert list(verbs) == ["set_yearly", "set_yearly", "remove_yearly"]


def test_a_day_that_no_year_has_is_refused(office, home):
    """CAL-3."""
    form = {"first_month": "2", "first_day": "30", "last_month": "3", "last_day": "1", "reason": "試し"}
    assert "暦にない日です" in text(save(office, at("calendar-yearly", home.pk), form))
    assert not YearlyDay.objects.filter(first_month=2).exists()


# ── A pickup library ──


def test_closing_a_pickup_library_names_the_runs_that_pass_it_by(office, bizen):
    """CAL-4, CAL-8, A175: shut all through a window, or on the day its bags arrive."""
    delivery.plan(first=date(2026, 12, 1), last=date(2026, 12, 31))
    run = DeliveryRun.objects.get(lend_on=date(2026, 12, 6))
    form = CLOSING | {"first_on": "2026-12-11", "last_on": "2026-12-17"}
    page = text(look(office, at("calendar-days", bizen.pk), form))
    assert at("run", run.pk) in page and "受渡期間中ずっと休館" in page
    page = text(look(office, at("calendar-days", bizen.pk), form | {"last_on": "2026-12-11"}))
    assert "資料袋の到着日が休館日" in page


def test_a_preview_is_what_then_happens(office, home):
    """Whatever is changed: the calendar that was shown is the one that comes of it."""
    for address, form in [
        (at("calendar-days", home.pk), CLOSING),
        (
            at("calendar-days", home.pk),
            CLOSING | {"what": "open", "first_on": "2026-12-14", "opens": "9:00", "closes": "12:00", "last_on": ""},
        ),
        (at("calendar-pattern", home.pk), pattern(opens_0="09:00", closes_0="12:00")),
        (
            at("calendar-yearly", home.pk),
            {"first_month": "5", "first_day": "1", "last_month": "5", "last_day": "2", "reason": "休み"},
        ),
    ]:
        before = opening_of(home)
        effect = look(office, address, form).context["effect"]
        save(office, address, form)
        after, span = opening_of(home), list(days.each_day(date(2026, 12, 1), date(2027, 12, 1)))
        changed = {day for day in span if before.hours_on(day) != after.hours_on(day)}
        shown = {
            day
            for change in (*effect.closes, *effect.opens, *effect.hours)
            for day in days.each_day(change.first_on, change.last_on)
        }
        assert changed and changed == {day for day in shown if day in span}, address


# ── Who may ──


def test_the_counter_reads_the_calendar_and_changes_nothing(home, coop, ten):
    """A193: no link leads to a change, and no crafted form makes one."""
    closure = calendar.close_period(
        library=home, first_on=date(2026, 12, 8), last_on=date(2026, 12, 8), reason="点検", by=coop, now=ten
    )
    counter = at_work(clerk("desk"))
    page = text(counter.get(at("calendar"), {"year": "2026"}))
    assert "休館期間" in page
    assert at("calendar-days", home.pk) not in page and at("calendar-pattern", home.pk) not in page
    for address, form in [
        (at("calendar-days", home.pk), CLOSING),
        (at("calendar-closure", closure.pk), CLOSING),
        (at("calendar-closure-removal", closure.pk), {"reason": "試し"}),
        (at("calendar-pattern", home.pk), pattern()),
        (at("calendar-yearly", home.pk), {}),
    ]:
        assert counter.get(address).status_code == 403
        assert counter.post(address, form | {"save": "1"}).status_code == 403
    assert Closure.objects.count() == 1
    assert at_work(clerk("cataloguer")).get(at("calendar")).status_code == 403


def test_the_page_of_a_library_leads_to_its_calendar(home):
    """CAL-4: it is edited there and nowhere else, so that every change is looked at and written down."""
    chief = at_work(clerk("administrator"))
    page = text(chief.get(reverse("admin:okalib_library_change", args=[home.pk])))
    assert f"{at('calendar')}?library={home.pk}" in page
    assert "closures-TOTAL_FORMS" not in page
