"""Writing a notice with its cause, and taking it back."""

import threading
from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from notifications import actions, contexts, queries
from notifications.models import Notice
from notifications.rules import Kind, PhoneReason, State

pytestmark = pytest.mark.django_db


def test_a_notice_waits_for_the_worker_with_all_that_its_text_needs(post, hanako, now):
    notice = post(words={"keep_until": date(2026, 12, 8)})
    assert notice.is_queued
    assert (notice.patron, notice.address, notice.language) == (hanako, "hanako@example.jp", "ja")
    assert notice.context["keep_until"] == "2026-12-08"
    assert (notice.next_try_at, notice.posted_at) == (now, now)


def test_a_second_post_with_the_same_key_is_the_first_unchanged(post):
    """NTF-2, A177."""
    first = post(words={"title": "坊っちゃん"})
    second = post(words={"title": "こころ"})
    assert first == second
    assert second.context["title"] == "坊っちゃん"
    assert Notice.objects.count() == 1


def test_a_second_post_leaves_the_callers_transaction_alive(post):
    """NTF-2: a conflict is no error, so what the caller writes afterwards counts."""
    post(1)
    with transaction.atomic():
        post(1)
        post(2)
    assert Notice.objects.count() == 2


def test_a_notice_vanishes_with_the_transaction_of_its_cause(post):
    """NTF-2."""
    with pytest.raises(RuntimeError), transaction.atomic():
        post()
        raise RuntimeError("the cause failed")
    assert not Notice.objects.exists()


@pytest.mark.parametrize(
    ("fields", "state", "reason"),
    [
        ({"email": ""}, State.PHONE, PhoneReason.NO_ADDRESS),
        ({"email": "no address at all"}, State.PHONE, PhoneReason.NO_ADDRESS),
        ({"contact": "phone"}, State.PHONE, PhoneReason.BY_TELEPHONE),
        ({"email_failed_at": "2026-11-01T00:00+09:00"}, State.PHONE, PhoneReason.ADDRESS_FAILED),
        ({"contact": "none"}, State.CLOSED, ""),
    ],
)
def test_without_a_working_address_a_notice_is_on_the_phone_list_or_noted_as_not_wanted(
    post, patron_named, fields, state, reason
):
    """PAT-4, A166: nothing is skipped in silence."""
    notice = post(patron=patron_named("倉敷 太郎", **{"email": "taro@example.jp"} | fields))
    assert (notice.state, notice.phone_reason) == (state, reason)
    assert notice.closed_reason == ("連絡不要のため送信していません。" if state is State.CLOSED else "")
    assert list(queries.phone_list()) == ([notice] if state is State.PHONE else [])


def test_a_given_address_goes_before_the_patrons_own_wish(post, patron_named):
    notice = post(patron=patron_named("倉敷 太郎", contact="phone"), address="taro@example.jp")
    assert notice.is_queued
    assert notice.address == "taro@example.jp"


def test_a_missing_field_is_refused_where_the_mistake_is_made(hanako, now):
    with pytest.raises(contexts.MissingWordsError, match="keep_until"):
        actions.post(key="k", kind="ready", patron=hanako, context={"title": "坊っちゃん"}, cause="hold:1", now=now)


def test_a_notice_that_waits_is_withdrawn_with_its_cause_and_says_why(post, now):
    """A178, A179."""
    due, overdue, other = post(1, Kind.DUE_SOON), post(1, Kind.OVERDUE), post(2, Kind.OVERDUE)
    assert actions.withdraw(cause="hold:1", reason="返却されたため", now=now) == 2
    for notice in (due, overdue):
        notice.refresh_from_db()
        assert (notice.state, notice.withdrawn_reason, notice.withdrawn_at) == (State.WITHDRAWN, "返却されたため", now)
    other.refresh_from_db()
    assert other.is_queued


def test_withdrawing_one_kind_leaves_the_others(post, now):
    post(1, Kind.DUE_SOON), post(1, Kind.OVERDUE)
    assert actions.withdraw(cause="hold:1", kind="due_soon", reason="延長されたため", now=now) == 1
    assert queries.of_key("overdue:hold:1").is_queued


def test_nobody_is_phoned_about_what_is_no_longer_so(post, patron_named, now):
    """A178: the phone list forgets a cause that is gone, too."""
    post(patron=patron_named("倉敷 太郎", contact="phone"))
    actions.withdraw(cause="hold:1", reason="取り消されたため", now=now)
    assert not queries.phone_list().exists()


def test_a_notice_cannot_be_withdrawn_without_a_reason(post, now):
    """NTF-2."""
    with pytest.raises(IntegrityError, match="withdrawn_notice_says_why"):
        actions.withdraw(cause=post().cause, reason="", now=now)


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_two_transactions_that_post_one_key_at_the_same_moment_write_one_notice(post, hanako):
    """NTF-2, A177."""
    start = threading.Barrier(2)
    keys = []

    def one() -> None:
        try:
            with transaction.atomic():
                start.wait(5)
                keys.append(post().pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(keys) == 2
    assert keys[0] == keys[1]
    assert Notice.objects.count() == 1
