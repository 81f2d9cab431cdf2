"""A loan that its patron says to have returned, at the desk and in My Library (A197, A198)."""

import pytest

from circulation.models import Loan
from okalib.models import StaffAction
from tests.web.desk import at, at_work, clerk, text


@pytest.fixture
def counter(lively):
    """A browser at the counter."""
    return at_work(clerk("desk"))


@pytest.fixture
def loan(lively, akari):
    """One of Akari's loans that no counter has."""
    return Loan.objects.open().filter(patron=akari, received_on=None, channel="counter").first()


def test_the_desk_writes_down_what_the_patron_says_and_the_patron_sees_it(counter, client, loan, akari):
    """A197: from the patron's page, and told in My Library."""
    page = text(counter.get(at("loan-dispute", loan.pk)))
    assert "申し出を記録する" in page
    said = {"said_on": f"{loan.lent_on}", "reason": "返却ポストへ"}
    answer = counter.post(at("loans-dispute", loan.pk), said, follow=True)
    assert "返却の申し出を記録しました。" in text(answer)
    assert "所在調査中にする" in text(answer)
    client.force_login(akari.user, backend="okalib.auth.CardBackend")
    assert "お申し出を受け、お調べしています。" in text(client.get("/my/"))


def test_a_day_that_cannot_be_or_is_missing_is_said_and_nothing_changes(counter, loan):
    """A197."""
    assert "返したという日を入力してください。" in text(counter.post(at("loans-dispute", loan.pk), {}, follow=True))
    answer = counter.post(at("loans-dispute", loan.pk), {"said_on": "2031-01-01"}, follow=True)
    assert "返却日が未来の日付です。" in text(answer)
    loan.refresh_from_db()
    assert not loan.is_disputed


def test_the_search_ends_with_a_reason_or_the_dispute_is_taken_back(counter, loan):
    """A198."""
    counter.post(at("loans-dispute", loan.pk), {"said_on": f"{loan.lent_on}"})
    answer = counter.post(at("loans-search-end", loan.pk), {"reason": " "}, follow=True)
    assert "理由を入力してください。" in text(answer)
    counter.post(at("loans-dispute-end", loan.pk))
    loan.refresh_from_db()
    assert not loan.is_disputed
    counter.post(at("loans-dispute", loan.pk), {"said_on": f"{loan.lent_on}"})
    answer = counter.post(at("loans-search-end", loan.pk), {"reason": "三度探した"}, follow=True)
    assert "資料を所在調査中にしました。" in text(answer)
    loan.refresh_from_db()
    assert not loan.is_open
    assert StaffAction.objects.get(verb="give_up_search").reason == "三度探した"


def test_what_is_kept_and_cannot_be_found_is_said_on_its_reservation(counter, lively):
    """PUL-5, A52: and the desk is told to telephone whoever has had the mail."""
    hold = lively.holds["ready"]
    answer = counter.post(at("reservations-missing", hold.pk), follow=True)
    assert "予約を元の順番に戻しました。" in text(answer)
    assert "電話などで事情をお伝えください。" in text(answer)
    hold.refresh_from_db()
    assert hold.is_waiting
