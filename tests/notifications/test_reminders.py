"""Reminders from a real loan to the reader's mail box: causes and outbox together."""

from datetime import UTC, date, datetime, time

import pytest

from circulation import actions as circulation
from notifications import actions
from notifications.models import Notice
from notifications.rules import State
from okalib import days, jobs

pytestmark = pytest.mark.django_db


@pytest.fixture
def nobody_asks():
    """Here the causes are real, and they are asked."""


@pytest.fixture
def two_loans(akari, kusamakura, botchan, desk, ten):
    """Two loans of 青木あかり, due on 2026-12-15; she wants to be reminded."""
    akari.wants_due_reminders = True
    akari.save()
    items = [kusamakura.items.first(), botchan.items.first()]
    return [circulation.check_out(item=item, patron=akari, by=desk, now=ten).loan for item in items]


def five_past_midnight(day: date) -> datetime:
    """00:05 in Tokyo, told by the clock of a server in London."""
    return days.at(day, time(0, 5)).astimezone(UTC)


def test_a_digest_goes_out_once_a_day_and_patron_at_the_midnight_of_tokyo(two_loans, post_office):
    """A185, NTF-1: both loans in one mail, however often the job runs."""
    jobs.run_for("due_and_overdue", date(2026, 12, 11), now=five_past_midnight(date(2026, 12, 11)))
    assert not Notice.objects.exists()
    for _ in range(2):
        jobs.run_for("due_and_overdue", date(2026, 12, 12), now=five_past_midnight(date(2026, 12, 12)))
    assert actions.send_due(now=five_past_midnight(date(2026, 12, 13))) == {"sent": 1}
    text = post_office.letters[0].get_body(["plain"]).get_content()
    assert "草枕" in text
    assert "坊っちゃん" in text
    assert "12月15日（火）" in text


def test_what_was_returned_before_the_mail_left_is_not_in_it(two_loans, post_office, desk):
    """A179: one of two is dropped from the mail; with both returned there is no mail."""
    noon, later = days.at(date(2026, 12, 12), time(12)), days.at(date(2026, 12, 22), time(9))
    first, second = two_loans
    jobs.run_for("due_and_overdue", date(2026, 12, 12), now=noon)
    circulation.check_in(item=first.item, by=desk, now=noon)
    assert actions.send_due(now=noon) == {"sent": 1}
    text = post_office.letters[0].get_body(["plain"]).get_content()
    assert "草枕" not in text
    assert "坊っちゃん" in text
    jobs.run_for("due_and_overdue", date(2026, 12, 22), now=later)
    circulation.check_in(item=second.item, by=desk, now=later)
    assert actions.send_due(now=later) == {"withdrawn": 1}
    overdue = Notice.objects.get(kind="overdue")
    assert (overdue.state, overdue.withdrawn_reason) == (State.WITHDRAWN, "返却または延長されたため")
