"""The library's mail server in trouble, on a morning with several letters (NTF-2, A182, A183, A240): none is lost.

A real SMTP server stands in for it; the outbox is that of the library in December.
"""

from collections import Counter
from datetime import timedelta

import pytest
from django.test import Client

from notifications.models import Notice
from okalib import clock, jobs
from okalib.models import Patron, User
from tests.faults.databases import a_copy_of
from tests.post_office import post_office

__all__ = ["post_office"]

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def morning(stages):
    """The minute before the letters are sent; yields the moment."""
    with a_copy_of(stages.name["send_notices"]):
        yield stages.at["send_notices"]


def send(now, minutes=0):
    jobs.run("send_notices", now=now + timedelta(minutes=minutes))
    jobs.run("sweep_notices", now=now + timedelta(minutes=minutes))


def states():
    return Counter(Notice.objects.values_list("state", flat=True))


def by_mail():
    """The keys of what is to be sent by mail."""
    return set(Notice.objects.filter(state="queued").values_list("key", flat=True))


def sent_keys():
    return set(Notice.objects.filter(state="sent").values_list("key", flat=True))


def assert_each_came_once(post_office):
    marks = [letter["message-id"] for letter in post_office.letters]
    assert len(marks) == len(set(marks))


def test_its_disk_is_full_and_then_it_is_not(morning, post_office):
    """452: every letter waits and comes once, in the end."""
    wanted = by_mail()
    post_office.refuse_letters = "452 4.3.1 Insufficient system storage"
    send(morning)
    assert by_mail() == wanted
    assert post_office.letters == []
    post_office.refuse_letters = None
    for minutes in (60, 180):
        send(morning, minutes)
    assert sent_keys() == wanted
    assert len(post_office.letters) == len(wanted) >= 4
    assert_each_came_once(post_office)


def test_it_is_not_there_for_an_hour(morning, post_office):
    """A182: nobody listens; two silences are enough for one minute, and nothing is counted as failed."""
    wanted = by_mail()
    post_office.closes()
    send(morning)
    assert by_mail() == wanted
    post_office.opens()
    for minutes in (60, 180):
        send(morning, minutes)
    assert (sent_keys(), len(post_office.letters)) == (wanted, len(wanted))
    assert_each_came_once(post_office)


def test_it_takes_the_letters_and_hangs_up_before_it_says_so(morning, post_office):
    """NTF-2: nobody can know; none is sent again by itself, and staff find each on their page."""
    wanted = by_mail()
    post_office.hangs_up_after_data = True
    for minutes in (0, 60, 180):
        send(morning, minutes)
    post_office.hangs_up_after_data = False
    send(morning, 300)
    assert set(Notice.objects.filter(state="unknown").values_list("key", flat=True)) == wanted
    assert len(post_office.letters) == len(wanted), "at most one for each key"
    assert_each_came_once(post_office)
    browser = Client()
    browser.force_login(User.objects.create_superuser("chief"))
    with clock.standing_at(morning + timedelta(hours=6)):
        page = browser.get("/staff/notifications/notice/", {"state": "unknown"}).content.decode()
    for patron in Patron.objects.filter(notices__state="unknown").distinct():
        assert patron.name in page


def test_it_refuses_a_reader_for_good(morning, post_office):
    """550, A166: that one is telephoned; the others have their letters."""
    wanted = by_mail()
    notice = Notice.objects.filter(state="queued").first()
    address = notice.patron.email
    post_office.refuse[address] = "550 5.1.1 No such user"
    for minutes in (0, 60):
        send(morning, minutes)
    refused = set(Notice.objects.filter(patron=notice.patron, state="phone").values_list("key", flat=True))
    assert notice.key in refused
    assert refused | sent_keys() >= wanted
    assert not any(address in str(letter["to"]) for letter in post_office.letters)
    assert Patron.objects.get(pk=notice.patron_id).email_failed_at is not None
    assert_each_came_once(post_office)


def test_it_refuses_every_letter_for_good(morning, post_office):
    """554: whoever has no letter is on the phone list or shown as failed; none is forgotten, none tried for ever."""
    wanted = by_mail()
    post_office.refuse_letters = "554 5.7.1 Rejected as spam"
    for minutes in (0, 60, 180):
        send(morning, minutes)
    shown = set(Notice.objects.filter(state__in=["phone", "failed"]).values_list("key", flat=True))
    assert shown >= wanted
    assert post_office.letters == []
    assert states()["queued"] == 0
