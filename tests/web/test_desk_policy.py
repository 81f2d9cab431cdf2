"""The policy in words and dates, before and after a change; categories of patrons (OPS-5, PAT-5)."""

import pytest

from okalib import clock, days
from okalib.models import PatronCategory, PolicySettings, StaffAction
from okalib.policy_topics import TOPICS
from okalib.rules import Policy
from tests.web.desk import at, at_work, clerk, text
from tests.web.test_desk_calendar import MOST_STATEMENTS, look, save

pytestmark = pytest.mark.django_db


@pytest.fixture
def chief(home, ten):
    """The administrator, at ten on Tuesday, 2026-12-01."""
    with clock.standing_at(ten):
        yield at_work(clerk("administrator", username="kanri", last_name="管理"))


LOANS = {
    "loan_days": "15",
    "due_on_open_day": "on",
    "delivered_due_days": "14",
    "disputed_loans_count": "on",
    "reason": "運営会議の決定",
}
RENEWALS = {
    "max_renewals": "1",
    "renewal_days": "15",
    "renewal_base": "renewal_day",
    "renewal_opens_days_before": "1",
    "renewal_refused_when_overdue": "on",
    "rest_days": "7",
    "reason": "運営会議の決定",
}


def topic(name):
    return at("policy-topic", name)


def test_every_setting_stands_in_one_topic_and_only_there():
    """So that none is forgotten when one is added."""
    named = [name for each in TOPICS for name in each.fields]
    assert sorted(named) == sorted(field for field in Policy.__dataclass_fields__)


def test_the_policy_is_told_in_dates_from_today(chief, bizen):
    """LON-1, REN-1, LON-5, SHF-2, NTF-1, PAT-1: what Tuesday, December 1, means."""
    page = text(chief.get(at("policy")))
    for sentence in (
        "きょう貸し出すと、返却期限は12月15日（火）です。",
        "12月24日（木）に貸し出すと、返却期限は2027年1月7日（木）です。",
        "返却期限が12月15日（火）の資料は、12月14日（月）から延長できます。",
        "延長後の返却期限は",
        "あす12月2日（水）に用意ができたと連絡すると、取置期限は12月9日（水）です。",
        "7日後の12月22日（火）に督促を送ります。",
        "30日後の2027年1月14日（木）に督促を送ります。",
        "きょう（12月1日（火））を最後に使われないカードは、2028年12月2日（土）に失効します。",
        "一度に図書・雑誌を10点、視聴覚資料を5点まで借りられます。",
        "まだ変更されていません。",
    ):
        assert sentence in page, sentence


def test_on_a_closed_day_lending_begins_on_the_next_open_one(chief, home, monday):
    with clock.standing_at(days.at(monday, clock.now().timetz().replace(tzinfo=None))):
        assert "12月1日（火）に貸し出すと、返却期限は12月15日（火）です。" in text(chief.get(at("policy")))


def test_a_change_shows_what_it_does_beside_what_holds_now(chief):
    """LON-1: nothing is saved by looking."""
    page = text(look(chief, topic("loans"), LOANS | {"loan_days": "22"}))
    now, then = page.split("<h3>この設定では</h3>")[0], page.split("<h3>この設定では</h3>")[1]
    assert "返却期限は12月15日（火）です" in now
    assert "返却期限は12月22日（火）です" in then
    assert PolicySettings.current().loan_days == 15


def test_a_due_date_that_a_closed_day_moves_says_so(chief):
    """LON-1: by counting it would be a Monday."""
    page = text(look(chief, topic("loans"), LOANS | {"loan_days": "14"}))
    assert "返却期限は12月15日（火）です。 数えて12月14日（月）は休館日なので" in page
    page = text(look(chief, topic("loans"), LOANS | {"loan_days": "14", "due_on_open_day": ""}))
    assert "返却期限は12月14日（月）です" in page.split("<h3>この設定では</h3>")[1]


def test_a_change_is_saved_with_who_when_and_why_and_what_it_was(chief):
    """OPS-5."""
    page = text(save(chief, topic("loans"), LOANS | {"loan_days": "22"}))
    assert PolicySettings.current().loan_days == 22
    written = StaffAction.objects.get(verb="change_policy")
    assert (written.subject, written.reason) == ("loan_days: 15 → 22", "運営会議の決定")
    record = page.split("変更の記録")[1]
    for word in ("12月1日（火） 10:00", "管理", "貸出期間（日）", "15 → 22", "運営会議の決定"):
        assert word in record, word


def test_saving_one_topic_leaves_the_others_and_what_did_not_change_leaves_no_trace(chief):
    """OPS-5: two windows with two topics do not undo each other."""
    seen = look(chief, topic("loans"), LOANS | {"loan_days": "22"}).context["seen"]
    save(chief, topic("renewals"), RENEWALS | {"max_renewals": "2"})
    chief.post(topic("loans"), LOANS | {"loan_days": "22", "save": "1", "seen": seen})
    policy = PolicySettings.current()
    assert (policy.loan_days, policy.max_renewals) == (22, 2)
    assert StaffAction.objects.filter(verb="change_policy").count() == 2


def test_what_cannot_be_is_refused_with_every_reason_at_once(chief):
    """And the button to save is not there; a crafted form is refused all the same."""
    form = {
        "due_soon_days": "15",
        "overdue_days": "14, 7",
        "counter_phone": "",
        "cooperation_phone": "",
        "reason": "試し",
    }
    answer = look(chief, topic("notices"), form)
    page = text(answer)
    assert "返却期限のお知らせ（15日前）が、貸出日より前になります" in page
    assert "小さい順に並べてください" in page
    assert 'name="save"' not in page
    assert 'value="14, 7"' in page
    crafted = form | {"save": "1", "seen": answer.context["seen"]}
    assert chief.post(topic("notices"), crafted).status_code == 409
    assert PolicySettings.current().overdue_days == (7, 14, 30)


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("loans", LOANS | {"loan_days": "0"}),
        ("loans", LOANS | {"loan_days": ""}),
        ("loans", LOANS | {"reason": ""}),
        ("renewals", RENEWALS | {"renewal_base": "moon"}),
        ("notices", {"due_soon_days": "3", "overdue_days": "7, x", "reason": "試し"}),
    ],
)
def test_a_wrong_form_is_answered_at_the_field(chief, name, typed):
    assert chief.post(topic(name), typed).status_code == 422


def test_renewals_that_gain_nothing_say_so(chief):
    """A140: zero days are zero days, and the page says what that means."""
    form = RENEWALS | {"renewal_days": "0"}
    assert (
        "延長しても返却期限は変わりません"
        in text(look(chief, topic("renewals"), form)).split("<h3>この設定では</h3>")[1]
    )
    assert "延長はできません" in text(look(chief, topic("renewals"), RENEWALS | {"max_renewals": "0"}))


def test_every_topic_opens_and_its_present_settings_can_stand(chief, django_assert_max_num_queries):
    chief.get(at("policy"))
    for each in TOPICS:
        with django_assert_max_num_queries(MOST_STATEMENTS):
            page = chief.get(topic(each.name))
        form = {name: value for name, value in page.context["form"].initial.items() if value not in (None, False)}
        form = {name: ", ".join(map(str, value)) if isinstance(value, list) else value for name, value in form.items()}
        assert look(chief, topic(each.name), form | {"reason": "確認"}).context["refusals"] == [], each.name
    for name in ("policy", "patron-categories", "loan-periods"):
        with django_assert_max_num_queries(MOST_STATEMENTS):
            chief.get(at(name))
    assert chief.get(topic("weather")).status_code == 404


def test_a_house_without_an_open_day_still_has_its_policy(chief, home):
    """CAL-6."""
    home.opening_hours.all().delete()
    home.holiday_opens = home.holiday_closes = None
    home.save()
    assert "開館日がないため、日付で示せません" in text(chief.get(at("policy")))


# ── Categories ──


CHILD = {
    "code": "child",
    "name": "児童",
    "loans_print": "5",
    "loans_av": "2",
    "holds_print": "5",
    "holds_av": "2",
    "holds_per_day": "",
    "reason": "児童サービス要綱",
}


def test_a_category_is_made_with_its_limits_in_a_sentence(chief):
    """PAT-5, LIM-1, LIM-2."""
    page = text(look(chief, at("patron-category-new"), CHILD))
    assert "一度に図書・雑誌を5点、視聴覚資料を2点まで借りられます。" in page
    page = text(save(chief, at("patron-category-new"), CHILD))
    assert "児童（child）" in page and "児童サービス要綱" in page
    assert PatronCategory.objects.get(code="child").limits().loans_print == 5


def test_limits_are_changed_with_the_old_ones_beside_them(chief, akari):
    """PAT-5, OPS-5."""
    row = akari.category
    form = CHILD | {"code": row.code, "name": row.name, "holds_per_day": "0"}
    page = text(look(chief, at("patron-category", row.pk), form))
    assert "図書・雑誌を10点" in page.split("<h3>この設定では</h3>")[0]
    assert "1日の上限が0なので、予約はできません" in page.split("<h3>この設定では</h3>")[1]
    save(chief, at("patron-category", row.pk), form)
    row.refresh_from_db()
    assert (row.loans_print, row.holds_per_day) == (5, 0)
    assert "loans_print 10→5" in StaffAction.objects.get(verb="set_category").subject


def test_limits_that_cannot_be_and_a_code_twice_are_refused(chief, akari):
    answer = look(chief, at("patron-category-new"), CHILD | {"holds_per_day": "99"})
    assert "予約の上限の合計" in text(answer) and 'name="save"' not in text(answer)
    assert chief.post(at("patron-category-new"), CHILD | {"code": akari.category.code}).status_code == 422


# ── Who may ──


def test_the_counter_reads_the_policy_and_only_the_administrator_changes_it(home, akari):
    """A193."""
    for role in ("desk", "cooperation"):
        browser = at_work(clerk(role))
        for name in ("policy", "patron-categories", "loan-periods"):
            page = browser.get(at(name))
            assert page.status_code == 200 and "変更する" not in text(page).replace("変更する予定", "")
        for address in (topic("loans"), at("patron-category", akari.category.pk), at("patron-category-new")):
            assert browser.get(address).status_code == 403
            assert browser.post(address, LOANS | {"save": "1"}).status_code == 403
    assert at_work(clerk("cataloguer")).get(at("policy")).status_code == 403
    assert not StaffAction.objects.exists()
