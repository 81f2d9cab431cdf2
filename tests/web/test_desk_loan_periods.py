"""Loan periods of their own: each in a sentence, and which rules where two meet (LON-2)."""

from datetime import date

import pytest

from circulation import actions as circulation
from circulation.models import LoanPeriod
from okalib import clock
from okalib.models import StaffAction
from tests.factories import BibFactory
from tests.web.desk import at, at_work, clerk, text
from tests.web.test_desk_calendar import look, save

pytestmark = pytest.mark.django_db

YEAR_END = {
    "name": "年末年始の長期貸出",
    "first_on": "2026-12-15",
    "last_on": "2026-12-28",
    "days": "22",
    "channel": "counter",
    "material_class": "",
    "category": "",
    "reason": "例年どおり",
}


@pytest.fixture
def chief(home, ten):
    """The administrator, at ten on Tuesday, 2026-12-01."""
    with clock.standing_at(ten):
        yield at_work(clerk("administrator"))


def test_a_period_says_its_due_dates_at_both_ends(chief):
    """LON-2: with a 22-day period, beside what would hold without it; Monday the 28th is closed."""
    page = text(look(chief, at("loan-period-new"), YEAR_END))
    for sentence in (
        "12月15日（火）から12月28日（月）までに貸し出すものは、貸出期間が22日です。",
        "最初の開館日 12月15日（火） に貸すと、返却期限は2027年1月5日（火）です（特例がなければ2027年1月5日（火））。",
        "最後の開館日 12月27日（日） に貸すと、返却期限は2027年1月17日（日）です",
        "（特例がなければ2027年1月10日（日））。",
        "延長と、他館から借りた資料には適用しません。",
        "カウンター・すべての資料・すべての利用者",
    ):
        assert sentence in page, sentence
    assert not LoanPeriod.objects.exists()


def test_a_period_is_saved_listed_and_lends_by_it(chief, akari, desk, ten):
    """LON-2, OPS-5: what is on loan keeps its due date."""
    before = circulation.check_out(item=BibFactory(items=1).items.get(), patron=akari, by=desk, now=ten).loan
    page = text(save(chief, at("loan-period-new"), YEAR_END | {"first_on": "2026-12-01"}))
    assert "年末年始の長期貸出" in page and "例年どおり" in page
    after = circulation.check_out(item=BibFactory(items=1).items.get(), patron=akari, by=desk, now=ten).loan
    before.refresh_from_db()
    assert (before.due_on, after.due_on) == (date(2026, 12, 15), date(2026, 12, 22))
    assert StaffAction.objects.get(verb="set_loan_period").reason == "例年どおり"
    assert "特例「年末年始の長期貸出」によります" in text(chief.get(at("policy")))


def test_where_two_meet_the_page_says_which_rules(chief):
    """LON-2, A115: the more specific, seen from either."""
    save(chief, at("loan-period-new"), YEAR_END)
    films = YEAR_END | {"name": "映像資料", "material_class": "av", "days": "8", "last_on": "2026-12-20"}
    page = text(look(chief, at("loan-period-new"), films))
    assert "特例「年末年始の長期貸出」と、12月15日（火）から12月20日（日）まで重なります。" in page
    assert "この特例が優先します" in page
    save(chief, at("loan-period-new"), films)
    row = LoanPeriod.objects.get(name="年末年始の長期貸出")
    assert "「映像資料」が優先します" in text(look(chief, at("loan-period", row.pk), YEAR_END))


def test_periods_for_different_desks_do_not_meet(chief):
    save(chief, at("loan-period-new"), YEAR_END)
    assert "重なります" not in text(look(chief, at("loan-period-new"), YEAR_END | {"channel": "post"}))


def test_no_two_periods_are_alike(chief):
    """LON-2: refused with the reason, and by the database at last."""
    save(chief, at("loan-period-new"), YEAR_END)
    answer = look(chief, at("loan-period-new"), YEAR_END | {"days": "29"})
    assert "同じ期間・窓口・資料区分・利用者区分の特例がすでにあります" in text(answer)
    assert 'name="save"' not in text(answer)
    chief.post(at("loan-period-new"), YEAR_END | {"days": "29", "save": "1", "seen": answer.context["seen"]})
    assert LoanPeriod.objects.get().days == 22


@pytest.mark.parametrize(
    "typed",
    [{"last_on": "2026-12-01"}, {"days": "0"}, {"days": "9999"}, {"name": ""}, {"channel": "moon"}, {"reason": ""}],
)
def test_a_wrong_form_keeps_what_was_typed(chief, typed):
    answer = chief.post(at("loan-period-new"), YEAR_END | typed)
    assert answer.status_code == 422
    assert "2026-12-15" in text(answer)


def test_a_period_without_an_open_day_says_so(chief):
    """CAL-3: over New Year nothing is lent at the counter."""
    page = text(look(chief, at("loan-period-new"), YEAR_END | {"first_on": "2026-12-29", "last_on": "2027-01-03"}))
    assert "開館日がないため、カウンターでの貸出はありません" in page


def test_a_period_is_changed_and_taken_back(chief):
    """LON-2, OPS-5."""
    save(chief, at("loan-period-new"), YEAR_END)
    row = LoanPeriod.objects.get()
    save(chief, at("loan-period", row.pk), YEAR_END | {"days": "29"})
    assert LoanPeriod.objects.get().days == 29
    assert "年末年始の長期貸出" in text(chief.get(at("loan-period-removal", row.pk)))
    chief.post(at("loan-period-removal", row.pk), {"reason": "取りやめ"})
    assert not LoanPeriod.objects.exists()
    verbs = StaffAction.objects.order_by("id").values_list("verb", flat=True)
    assert list(verbs) == ["set_loan_period", "set_loan_period", "remove_loan_period"]


def test_others_read_the_periods_and_change_none(home, chief):
    """A193."""
    save(chief, at("loan-period-new"), YEAR_END)
    row = LoanPeriod.objects.get()
    for role in ("desk", "cooperation"):
        browser = at_work(clerk(role))
        assert "年末年始の長期貸出" in text(browser.get(at("loan-periods")))
        for address in (at("loan-period-new"), at("loan-period", row.pk), at("loan-period-removal", row.pk)):
            assert browser.get(address).status_code == 403
            assert browser.post(address, {"reason": "試し"}).status_code == 403
    assert LoanPeriod.objects.exists()
