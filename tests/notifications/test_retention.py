"""Words are kept for a while, the fact for good."""

from datetime import timedelta

import pytest

from notifications import actions, queries
from notifications.models import Notice
from notifications.rules import Kind, State
from okalib.models import PolicySettings

pytestmark = pytest.mark.django_db


def test_the_words_and_the_reader_of_an_old_notice_are_erased_and_its_fact_is_kept(post, post_office, hanako, now):
    """RET-5: what is left names neither the reader nor the title."""
    notice = post()
    actions.send_due(now=now)
    assert actions.erase_old(now=now + timedelta(days=60), days=60) == 0
    assert actions.erase_old(now=now + timedelta(days=61), days=60) == 1
    assert actions.erase_old(now=now + timedelta(days=61), days=60) == 0
    notice.refresh_from_db()
    assert (notice.state, notice.sent_at, notice.kind) == (State.SENT, now, "ready")
    assert (notice.patron, notice.context) == (None, {})
    assert notice.subject == notice.text == notice.html == notice.address == ""
    assert queries.was_delivered(notice.key)
    assert not queries.of_patron(hanako).exists()


def test_the_policy_says_how_long_the_words_are_kept(post, post_office, now):
    PolicySettings(notices_kept_days=5).save()
    post()
    actions.send_due(now=now)
    assert actions.erase_old(now=now + timedelta(days=4)) == 0
    assert actions.erase_old(now=now + timedelta(days=6)) == 1


def test_what_still_waits_for_somebody_is_not_erased(post, patron_named, now):
    """NTF-2: never lost."""
    phone = post(1, patron=patron_named("倉敷 太郎", contact="phone"))
    queued = post(2)
    assert actions.erase_old(now=now + timedelta(days=400), days=60) == 0
    assert {phone, queued} == set(Notice.objects.exclude(text="", context={}))


def test_an_erased_notice_still_keeps_a_second_one_away(post, post_office, now):
    """NTF-2, A177."""
    post()
    actions.send_due(now=now)
    actions.erase_old(now=now + timedelta(days=61), days=60)
    assert post().is_sent
    assert Notice.objects.count() == 1


def test_many_are_erased_in_short_transactions(post, now, monkeypatch):
    """OPS-2."""
    monkeypatch.setattr(actions.retention, "CHUNK", 2)
    for number in range(5):
        post(number)
        actions.withdraw(cause=f"hold:{number}", reason="取り消されたため", now=now)
    assert actions.erase_old(now=now + timedelta(days=61), days=60) == 5


def test_what_was_written_about_one_loan_can_be_forgotten_at_once(post, post_office, now):
    """RET-5: after the return nothing joins patron and item."""
    post(1, Kind.OVERDUE, cause="loan:1"), post(2, Kind.OVERDUE, cause="loan:2")
    actions.send_due(now=now)
    assert actions.forget(cause="loan:1", now=now) == 1
    forgotten, other = queries.of_key("overdue:hold:1"), queries.of_key("overdue:hold:2")
    assert (forgotten.patron, forgotten.text, forgotten.is_sent) == (None, "", True)
    assert other.text


def test_what_still_waits_about_a_forgotten_loan_is_withdrawn_and_forgotten(post, patron_named, now):
    """RET-5, A178: nobody is phoned about what has been returned."""
    post(1, cause="hold:1", patron=patron_named("倉敷 太郎", contact="phone"))
    assert actions.forget(cause="hold:1", now=now) == 1
    assert actions.forget(cause="hold:1", now=now) == 0
    forgotten = queries.of_key("ready:hold:1")
    assert (forgotten.state, forgotten.patron, forgotten.context) == (State.WITHDRAWN, None, {})
