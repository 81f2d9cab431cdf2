"""What staff do with a notice."""

from datetime import timedelta

import pytest

from notifications import actions, queries
from notifications.models import Notice
from notifications.rules import Kind, PhoneReason, State
from okalib.models import StaffAction
from okalib.rules import Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def to_phone(post, patron_named):
    """A notice on the phone list."""
    return post(patron=patron_named("倉敷 太郎", contact="phone"))


def test_who_was_telephoned_counts_as_reached(to_phone, clerk, now):
    """A77, PAT-4, NTF-4, OPS-5."""
    assert not queries.was_delivered(to_phone.key)
    later = now + timedelta(hours=3)
    notice = actions.mark_phoned(notice=to_phone, by=clerk, reason="ご本人に伝達", now=later)
    assert (notice.state, notice.was_phoned, notice.closed_reason) == (State.CLOSED, True, "ご本人に伝達")
    assert queries.reached_at(to_phone.key) == later
    assert queries.reached([to_phone.key, "ready:hold:99"]) == {to_phone.key: later}
    assert not queries.phone_list().exists()
    trace = StaffAction.objects.get()
    assert (trace.by, trace.verb, trace.reason, trace.patron) == (
        clerk,
        "notice.phoned",
        "ご本人に伝達",
        to_phone.patron,
    )


def test_a_notice_is_closed_with_a_reason_only(to_phone, clerk, now):
    """NTF-4."""
    with pytest.raises(Refused) as refused:
        actions.close(notice=to_phone, by=clerk, reason=" ", now=now)
    assert refused.value.codes == {"reason_missing"}
    notice = actions.close(notice=to_phone, by=clerk, reason="来館済み", now=now)
    assert (notice.state, notice.was_phoned) == (State.CLOSED, False)


def test_all_reasons_against_are_told_at_once(post, patron_named, clerk, now, answer_for):
    notice = post(patron=patron_named("倉敷 太郎", contact="none"))
    answer_for[Kind.READY] = lambda notice: "取り消されたため"
    with pytest.raises(Refused) as refused:
        actions.resend(notice=notice, by=clerk, reason="", now=now)
    assert refused.value.codes == {"notice_state", "reason_missing", "cause_gone", "no_address"}
    notice.refresh_from_db()
    assert notice.state == State.CLOSED
    assert not StaffAction.objects.exists()


def test_an_unknown_notice_is_sent_again_when_staff_say_so(post, post_office, clerk, now):
    """NTF-2, NTF-4."""
    notice = post()
    post_office.hangs_up_after_data = True
    actions.send_due(now=now)
    post_office.hangs_up_after_data = False
    actions.resend(notice=notice, by=clerk, reason="届いていないとのこと", now=now)
    assert actions.send_due(now=now) == {"sent": 1}
    first, second = post_office.letters
    assert first["message-id"] != second["message-id"]  # or the reader's mail program might hide the second


def test_a_phone_list_notice_is_sent_once_the_address_is_corrected(post, post_office, hanako, clerk, now):
    """NTF-4, A166."""
    post_office.refuse["hanako@example.jp"] = "550 5.1.1 No such user"
    notice = post()
    actions.send_due(now=now)
    with pytest.raises(Refused) as refused:
        actions.resend(notice=notice, by=clerk, reason="再送", now=now)
    assert refused.value.codes == {"no_address"}
    hanako.email, hanako.email_failed_at = "hanako@example.com", None
    hanako.save()
    actions.resend(notice=notice, by=clerk, reason="アドレス訂正", now=now)
    assert actions.send_due(now=now) == {"sent": 1}
    assert post_office.receivers == ["hanako@example.com"]


def test_a_notice_can_be_sent_to_another_address(to_phone, post_office, clerk, now):
    actions.resend(notice=to_phone, by=clerk, reason="家族の宛先", now=now, address="family@example.jp")
    assert actions.send_due(now=now) == {"sent": 1}
    assert post_office.receivers == ["family@example.jp"]


def test_a_mail_that_came_back_is_on_the_phone_list_and_its_address_is_not_used_again(
    post, post_office, hanako, clerk, now
):
    """A166."""
    notice = post()
    actions.send_due(now=now)
    assert queries.was_delivered(notice.key)
    actions.bounced(notice=notice, by=clerk, reason="宛先不明の返送メール", now=now)
    notice.refresh_from_db()
    hanako.refresh_from_db()
    assert (notice.state, notice.phone_reason) == (State.PHONE, PhoneReason.BOUNCED)
    assert hanako.email_failed_at == now
    assert not queries.was_delivered(notice.key)


@pytest.mark.parametrize("verb", [actions.resend, actions.close, actions.mark_phoned, actions.bounced])
@pytest.mark.parametrize("state", [State.QUEUED, State.IN_FLIGHT])
def test_what_is_with_the_worker_is_left_to_the_worker(post, clerk, now, verb, state):
    """NTF-2: two hands on one notice would send it twice."""
    notice = post()
    if state is State.IN_FLIGHT:
        Notice.objects.update(state=state, taken_at=now, next_try_at=None)
    with pytest.raises(Refused) as refused:
        verb(notice=notice, by=clerk, reason="理由", now=now)
    assert refused.value.codes == {"notice_state"}


def test_a_withdrawn_notice_stays_withdrawn(post, clerk, now):
    """A178."""
    notice = post()
    actions.withdraw(cause=notice.cause, reason="取り消されたため", now=now)
    with pytest.raises(Refused):
        actions.resend(notice=notice, by=clerk, reason="再送", now=now)


def test_a_secret_that_was_sent_cannot_be_sent_again(post, post_office, clerk, now):
    """PAT-3."""
    notice = post(kind=Kind.ACTIVATION_CODE)
    actions.send_due(now=now)
    with pytest.raises(Refused) as refused:
        actions.resend(notice=notice, by=clerk, reason="再送", now=now)
    assert refused.value.codes == {"notice_erased"}


def test_staff_see_how_many_notices_stand_where(post, to_phone, now):
    """NTF-4."""
    post(2)
    assert queries.numbers_by_state() == dict.fromkeys(State, 0) | {"queued": 1, "phone": 1}
