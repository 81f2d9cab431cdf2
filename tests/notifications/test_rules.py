"""The pure decisions of the outbox."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from notifications import rules
from notifications.rules import About, PhoneReason, State, Verdict

NOW = datetime(2026, 12, 1, 10, 0, tzinfo=ZoneInfo("Asia/Tokyo"))


def test_every_state_has_its_line_in_the_table_and_leads_to_known_states_only():
    """NTF-2."""
    assert set(rules.NEXT) == set(State)
    assert set().union(*rules.NEXT.values()) <= set(State)


def test_nothing_leaves_a_withdrawn_or_a_closed_notice():
    """NTF-2: what was taken back or settled is never sent."""
    assert rules.NEXT[State.WITHDRAWN] == rules.NEXT[State.CLOSED] == frozenset()


def test_a_sent_notice_can_no_longer_be_withdrawn():
    """NTF-2, A178."""
    assert State.WITHDRAWN not in rules.NEXT[State.SENT]
    assert State.WITHDRAWN not in rules.NEXT[State.IN_FLIGHT]


@pytest.mark.parametrize(
    ("contact", "has_address", "failed", "state", "reason"),
    [
        ("email", True, False, State.QUEUED, None),
        ("email", False, False, State.PHONE, PhoneReason.NO_ADDRESS),
        ("email", True, True, State.PHONE, PhoneReason.ADDRESS_FAILED),
        ("phone", True, False, State.PHONE, PhoneReason.BY_TELEPHONE),
        ("none", True, False, State.CLOSED, None),
        ("none", False, False, State.CLOSED, None),
    ],
)
def test_the_way_of_contact_decides_where_a_notice_starts(contact, has_address, failed, state, reason):
    """PAT-4, A166."""
    assert rules.route(contact=contact, has_address=has_address, address_failed=failed) == (state, reason)


@pytest.mark.parametrize(
    ("about", "code", "answer", "handed_over", "verdict"),
    [
        (About.SESSION, None, "", False, Verdict.SERVER_DOWN),
        (About.SESSION, None, "", True, Verdict.UNKNOWN),
        (About.SESSION, 535, "5.7.8 log-in failed", False, Verdict.SERVER_DOWN),
        (About.RECIPIENT, 421, "shutting down", False, Verdict.SERVER_DOWN),
        (About.RECIPIENT, 450, "4.2.1 try later", False, Verdict.RETRY),
        (About.RECIPIENT, 550, "5.1.1 no such user", False, Verdict.ADDRESS_FAILED),
        (About.RECIPIENT, 550, "no such user", False, Verdict.ADDRESS_FAILED),
        (About.RECIPIENT, 554, "5.7.1 relaying denied", False, Verdict.RETRY),
        (About.RECIPIENT, 552, "5.2.2 mailbox full", False, Verdict.RETRY),
        (About.RECIPIENT, 554, "no", False, Verdict.GIVE_UP),
        (About.MESSAGE, 451, "4.3.0 later", True, Verdict.RETRY),
        (About.MESSAGE, 554, "5.6.0 content refused", True, Verdict.GIVE_UP),
    ],
)
def test_what_the_mail_server_answers_decides_what_follows(about, code, answer, handed_over, verdict):
    """NTF-2, A182: refusals for now and for good are told apart, and silence after the hand-over is unknown."""
    assert rules.judge(about=about, code=code, answer=answer, handed_over=handed_over) is verdict


def test_the_pauses_between_attempts_grow_and_end():
    """A182."""
    pauses = [rules.next_try(attempts, NOW) for attempts in range(1, len(rules.BACK_OFF) + 2)]
    assert pauses[:3] == [NOW + timedelta(minutes=1), NOW + timedelta(minutes=5), NOW + timedelta(minutes=30)]
    assert pauses[:-1] == sorted(pauses[:-1])
    assert pauses[-1] is None


def test_who_gives_up_leaves_the_notice_to_the_telephone_if_there_is_somebody_to_phone():
    """A166."""
    assert rules.after_giving_up(has_patron=True) is State.PHONE
    assert rules.after_giving_up(has_patron=False) is State.FAILED


def test_a_crash_after_the_hand_over_is_unknown_and_before_it_a_new_try():
    """NTF-2."""
    assert rules.after_a_crash(handed_over=True) is State.UNKNOWN
    assert rules.after_a_crash(handed_over=False) is State.QUEUED
