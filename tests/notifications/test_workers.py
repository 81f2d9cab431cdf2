"""Two workers and one queue."""

import threading
from collections import Counter

import pytest
from django.db import connection

from notifications import actions
from notifications.models import Notice
from notifications.rules import State

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


def at_once(number, work):
    """Do `work` in several threads that start together; returns what each of them answered."""
    start, answers, failures = threading.Barrier(number), [], []

    def one() -> None:
        try:
            start.wait(5)
            answers.append(work())
        except Exception as failure:
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert len(answers) == number
    return answers


def test_three_workers_with_one_queue_send_each_notice_once(post, post_office, now):
    """A184, NTF-2."""
    for number in range(20):
        post(number)
    counts = sum(at_once(3, lambda: actions.send_due(now=now)), Counter())
    assert counts["sent"] == 20
    assert len(post_office.letters) == len({letter["message-id"] for letter in post_office.letters}) == 20
    assert set(Notice.objects.values_list("state", "attempts")) == {(State.SENT, 1)}


def test_a_withdrawal_beside_a_worker_ends_withdrawn_unsent_or_sent(post, post_office, now):
    """A178, A184: one of them is first, and the row tells the truth."""
    for number in range(10):
        post(number)
        work = iter([lambda: actions.send_due(now=now), lambda n=number: withdraw(n, now)])
        lock = threading.Lock()

        def next_work(work=work, lock=lock):
            with lock:
                mine = next(work)
            return mine()

        before = len(post_office.letters)
        at_once(2, next_work)
        notice = Notice.objects.get(cause=f"hold:{number}")
        assert (notice.state, len(post_office.letters) - before) in {(State.WITHDRAWN, 0), (State.SENT, 1)}


def withdraw(number, now):
    """Withdraw what a test posted."""
    return actions.withdraw(cause=f"hold:{number}", reason="取り消されたため", now=now)
