"""A worker is killed with SIGKILL while it sends; what it leaves behind tells the truth.

The worker is a child process with its own connections; the mail server and the judge stay in the test.
"""

import os
import signal
from datetime import timedelta

import pytest
from django.db import connections

from notifications import actions, mail
from notifications.actions import sending
from notifications.models import Notice
from notifications.rules import State
from tests.notifications.conftest import answer_for, hanako, nobody_asks, now, patron_named, post
from tests.post_office import post_office

__all__ = ["answer_for", "hanako", "nobody_asks", "now", "patron_named", "post", "post_office"]

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]


def die(*_args: object, **_kwargs: object) -> None:
    """Be killed, with no time to tidy up."""
    os.kill(os.getpid(), signal.SIGKILL)


def killed_worker(now, module, step, *, after=False):
    """Let a child send what is due and be killed at one step, before it or after it."""
    connections.close_all()  # a forked child must not speak on its parent's connection
    child = os.fork()
    if child == 0:
        plain = getattr(module, step)

        def fatal(*args, **kwargs):
            if after:
                plain(*args, **kwargs)
            die()

        setattr(module, step, fatal)
        try:
            actions.send_due(now=now)
        finally:
            os._exit(1)  # not reached by a killed worker
    _pid, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "the worker was to be killed"


def the_sweeper_and_another_worker_come(now):
    """Time goes on: the sweeper finds what was left, and a healthy worker sends what is due."""
    later = now + timedelta(hours=1)
    swept = actions.sweep(now=later)
    sent = actions.send_due(now=later + timedelta(hours=1))
    return swept, sent


def test_killed_before_it_spoke_to_the_server_the_notice_is_sent_by_another(post, post_office, now):
    """NTF-2, A240."""
    notice = post()
    killed_worker(now, mail.Courier, "deliver")
    notice.refresh_from_db()
    assert notice.state == State.IN_FLIGHT
    assert the_sweeper_and_another_worker_come(now) == ({"queued": 1}, {"sent": 1})
    assert len(post_office.letters) == 1


def test_killed_between_hand_over_note_and_letter_the_notice_is_unknown(post, post_office, now):
    """NTF-2: it was not sent, but nobody can know that; staff decide."""
    post()
    killed_worker(now, sending, "_note_hand_over", after=True)
    assert the_sweeper_and_another_worker_come(now) == ({"unknown": 1}, {})
    assert post_office.letters == []


def test_killed_after_the_server_took_the_letter_the_notice_is_unknown_and_not_sent_twice(post, post_office, now):
    """NTF-2: the crash between acceptance and record."""
    notice = post()
    killed_worker(now, sending, "_record_sent")
    assert len(post_office.letters) == 1
    assert the_sweeper_and_another_worker_come(now) == ({"unknown": 1}, {})
    assert len(post_office.letters) == 1
    notice.refresh_from_db()
    assert notice.state == State.UNKNOWN
    assert notice.text  # staff can read what may have been sent


def test_killed_after_the_record_nothing_is_left_to_do(post, post_office, now):
    """OPS-2."""
    post()
    killed_worker(now, sending, "_record_sent", after=True)
    assert the_sweeper_and_another_worker_come(now) == ({}, {})
    assert Notice.objects.get().is_sent
    assert len(post_office.letters) == 1


def test_killed_among_many_only_one_notice_is_in_doubt(post, post_office, now):
    """NTF-2, A240: the rest goes out once each."""
    for number in range(6):
        post(number)
    killed_worker(now, sending, "_record_sent")
    swept, sent = the_sweeper_and_another_worker_come(now)
    assert (swept, sent) == ({"unknown": 1}, {"sent": 5})
    assert len(post_office.letters) == 6
    assert len({letter["message-id"] for letter in post_office.letters}) == 6


def test_a_connection_that_breaks_in_the_middle_of_a_batch_costs_no_notice_and_doubles_none(post, post_office, now):
    """A182: broken off at the third letter, which nobody knows about; the others go out on a new connection."""
    for number in range(6):
        post(number)
    post_office.on_letter = lambda: setattr(post_office, "hangs_up_after_data", len(post_office.letters) == 3)
    counts = actions.send_due(now=now)
    assert counts == {"sent": 5, "unknown": 1}
    assert len(post_office.letters) == 6
    post_office.hangs_up_after_data = False
    assert actions.send_due(now=now + timedelta(hours=1)) == {}
