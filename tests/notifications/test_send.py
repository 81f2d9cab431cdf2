"""From the queue to a real mail server."""

from datetime import timedelta

import pytest

from notifications import actions, mail, queries
from notifications.models import Notice, Template
from notifications.rules import BACK_OFF, Kind, PhoneReason, State

pytestmark = pytest.mark.django_db


def test_a_notice_is_sent_once_and_recorded_as_it_was_sent(post, post_office, now):
    """NTF-2, A189: kind, address, time, state and body as sent are in the log."""
    notice = post()
    assert actions.send_due(now=now) == {"sent": 1}
    assert actions.send_due(now=now + timedelta(days=1)) == {}
    (letter,) = post_office.letters
    notice.refresh_from_db()
    assert (notice.state, notice.sent_at, notice.attempts) == (State.SENT, now, 1)
    assert letter["to"] == notice.address == "hanako@example.jp"
    assert letter["message-id"] == notice.message_id
    assert letter["subject"].strip() == notice.subject  # the parser keeps the blank of a folded header
    assert letter.get_body(["plain"]).get_content().replace("\r\n", "\n").strip() == notice.text.strip()
    assert letter.get_body(["html"]).get_content().replace("\r\n", "\n").strip() == notice.html.strip()
    assert letter["auto-submitted"] == "auto-generated"
    assert list(queries.of_patron(notice.patron)) == [notice]


@pytest.mark.parametrize("kind", list(Kind))
def test_the_worker_sends_every_kind(post, post_office, now, kind):
    """A191, NTF-1: called without a filter it leaves no kind out."""
    post(kind=kind)
    assert actions.send_due(now=now) == {"sent": 1}
    assert len(post_office.letters) == 1


def test_what_is_not_yet_due_waits(post, post_office, now):
    post()
    assert actions.send_due(now=now - timedelta(seconds=1)) == {}
    assert post_office.letters == []


def test_a_notice_whose_cause_is_gone_is_withdrawn_and_not_sent(post, post_office, answer_for, now):
    """NTF-2, A178: the cause is asked again just before sending."""
    answer_for[Kind.READY] = lambda notice: "予約が取り消されたため" if notice.cause_id == 1 else None
    gone, holds_still = post(1), post(2)
    assert actions.send_due(now=now) == {"withdrawn": 1, "sent": 1}
    gone.refresh_from_db()
    holds_still.refresh_from_db()
    assert (gone.state, gone.withdrawn_reason) == (State.WITHDRAWN, "予約が取り消されたため")
    assert holds_still.is_sent
    assert len(post_office.letters) == 1


def test_what_the_cause_corrects_just_before_sending_is_what_the_reader_gets(post, post_office, answer_for, now):
    """A253: the mail tells what was true when it was sent."""

    def correct(notice):
        notice.context["keep_until"] = "2026-12-11"

    answer_for[Kind.READY] = correct
    post(words={"keep_until": "2026-12-08"})
    actions.send_due(now=now)
    text = post_office.letters[0].get_body(["plain"]).get_content()
    assert "12月11日（金）" in text
    assert "12月8日" not in text


def test_the_cause_is_asked_again_before_a_second_attempt(post, post_office, answer_for, now):
    """A178."""
    notice = post()
    post_office.refuse["hanako@example.jp"] = "450 4.2.1 Try later"
    actions.send_due(now=now)
    post_office.refuse.clear()
    answer_for[Kind.READY] = lambda notice: "貸し出されたため"
    assert actions.send_due(now=now + timedelta(hours=1)) == {"withdrawn": 1}
    notice.refresh_from_db()
    assert notice.withdrawn_reason == "貸し出されたため"
    assert post_office.letters == []


def test_what_is_useful_until_yesterday_is_not_sent_in_a_burst_today(post, post_office, now):
    """A180."""
    for number in range(3):
        post(number, Kind.DUE_SOON, useful_until=now + timedelta(days=1))
    assert actions.send_due(now=now + timedelta(days=2)) == {"withdrawn": 3}
    assert post_office.letters == []
    assert set(Notice.objects.values_list("withdrawn_reason", flat=True)) == {"送信の期限を過ぎたため"}


def test_an_address_corrected_meanwhile_is_the_one_used(post, post_office, hanako, now):
    notice = post()
    hanako.email = "hanako@example.com"
    hanako.save()
    actions.send_due(now=now)
    notice.refresh_from_db()
    assert post_office.receivers == ["hanako@example.com"]
    assert notice.address == "hanako@example.com"


def test_a_patron_who_lost_the_address_meanwhile_is_phoned(post, post_office, hanako, now):
    """PAT-4."""
    notice = post()
    hanako.email = ""
    hanako.save()
    assert actions.send_due(now=now) == {"phone": 1}
    notice.refresh_from_db()
    assert notice.phone_reason == PhoneReason.NO_ADDRESS
    assert post_office.letters == []


# ── A server that is away ──


def test_while_the_server_is_down_nothing_is_lost_and_once_it_is_up_each_is_sent_once(post, post_office, now):
    """A182, A111: posting works meanwhile, and the pauses between attempts grow."""
    post_office.closes()
    notices = [post(number) for number in range(2)]
    moment, pauses = now, []
    for _ in range(3):
        actions.send_due(now=moment)
        notices[0].refresh_from_db()
        assert notices[0].is_queued
        assert notices[0].error
        pauses.append(notices[0].next_try_at - moment)
        moment = notices[0].next_try_at
    assert pauses == list(BACK_OFF[:3])
    post_office.opens()
    for _ in range(2):
        actions.send_due(now=moment + timedelta(hours=12))
    assert len(post_office.letters) == 2
    assert Notice.objects.filter(state=State.SENT).count() == 2


def test_a_dead_server_is_not_asked_for_every_notice(post, post_office, now):
    post_office.closes()
    for number in range(5):
        post(number)
    assert actions.send_due(now=now) == {"no_answer": 2}
    assert Notice.objects.filter(attempts=0).count() == 3


def test_after_about_three_days_of_silence_the_telephone_takes_over(post, post_office, now):
    """A77, A166: failed for good means the phone list, and the reader counts as not reached."""
    post_office.closes()
    notice = post()
    moment = now
    for _ in range(len(BACK_OFF) + 1):
        actions.send_due(now=moment)
        notice.refresh_from_db()
        moment = notice.next_try_at or moment
    assert (notice.state, notice.phone_reason) == (State.PHONE, PhoneReason.GAVE_UP)
    assert moment - now > timedelta(days=2)
    assert queries.reached_at(notice.key) is None
    assert not queries.was_delivered(notice.key)


# ── A server that refuses ──


def test_a_refusal_for_now_is_tried_again(post, post_office, hanako, now):
    """A182."""
    notice = post()
    post_office.refuse["hanako@example.jp"] = "450 4.2.1 Try later"
    assert actions.send_due(now=now) == {"queued": 1}
    notice.refresh_from_db()
    assert (notice.attempts, notice.next_try_at) == (1, now + BACK_OFF[0])
    assert "450" in notice.error
    post_office.refuse.clear()
    assert actions.send_due(now=now + BACK_OFF[0]) == {"sent": 1}
    hanako.refresh_from_db()
    assert hanako.email_failed_at is None


def test_an_address_that_does_not_exist_puts_this_and_later_notices_on_the_phone_list(post, post_office, hanako, now):
    """A166."""
    post_office.refuse["hanako@example.jp"] = "550 5.1.1 No such user"
    first = post(1)
    assert actions.send_due(now=now) == {"phone": 1}
    first.refresh_from_db()
    hanako.refresh_from_db()
    assert (first.phone_reason, hanako.email_failed_at) == (PhoneReason.ADDRESS_FAILED, now)
    later = post(2)
    assert (later.state, later.phone_reason) == (State.PHONE, PhoneReason.ADDRESS_FAILED)


def test_a_server_that_does_not_relay_condemns_nobodys_address(post, post_office, hanako, now):
    """PAT-4: our own mistake in the settings must not empty the address book."""
    post()
    post_office.refuse["hanako@example.jp"] = "554 5.7.1 Relay access denied"
    assert actions.send_due(now=now) == {"queued": 1}
    hanako.refresh_from_db()
    assert hanako.email_failed_at is None


def test_a_letter_refused_for_good_is_phoned_and_the_address_stays_good(post, post_office, hanako, now):
    notice = post()
    post_office.refuse_letters = "554 5.6.0 Content refused"
    assert actions.send_due(now=now) == {"phone": 1}
    notice.refresh_from_db()
    hanako.refresh_from_db()
    assert (notice.phone_reason, notice.handed_over_at) == (PhoneReason.GAVE_UP, None)
    assert hanako.email_failed_at is None


def test_a_letter_refused_for_now_after_the_hand_over_is_no_unknown(post, post_office, now):
    post()
    post_office.refuse_letters = "451 4.3.0 Later"
    assert actions.send_due(now=now) == {"queued": 1}


def test_a_refused_notice_without_a_patron_has_failed_for_staff_to_see(post, post_office, now):
    post_office.refuse["asker@example.jp"] = "550 5.1.1 No such user"
    notice = post(kind=Kind.REQUEST_ANSWERED, patron=None, address="asker@example.jp")
    assert actions.send_due(now=now) == {"failed": 1}
    assert list(queries.for_staff()) == [notice]


def test_a_connection_that_breaks_after_the_hand_over_is_unknown_and_not_sent_again(post, post_office, now):
    """NTF-2: the server may have it, so nobody but staff decides."""
    notice = post()
    post_office.hangs_up_after_data = True
    assert actions.send_due(now=now) == {"unknown": 1}
    post_office.hangs_up_after_data = False
    assert actions.send_due(now=now + timedelta(days=3)) == {}
    notice.refresh_from_db()
    assert (notice.state, len(post_office.letters)) == (State.UNKNOWN, 1)
    assert list(queries.for_staff()) == [notice]
    assert not queries.was_delivered(notice.key)


def test_a_connection_that_breaks_before_the_hand_over_is_tried_again(post, post_office, now):
    notice = post()
    post_office.hangs_up_at.add("hanako@example.jp")
    assert actions.send_due(now=now) == {"no_answer": 1}
    notice.refresh_from_db()
    assert notice.is_queued
    assert notice.handed_over_at is None


# ── One that breaks, and the others ──


def test_one_broken_notice_never_stops_the_others(post, post_office, patron_named, answer_for, now):
    """NTF-2: not an address that kills the connection, a cause that raises, a text that cannot be filled."""
    poison = patron_named("毒", email="poison@example.jp")
    post_office.hangs_up_at.add("poison@example.jp")

    def ask(notice):
        if notice.cause_id == 2:
            raise ZeroDivisionError
        return

    answer_for[Kind.READY] = ask
    post(1, patron=poison), post(2)
    broken = post(3, kind=Kind.DUE_SOON, words={"loans": [{"title": "本", "due_on": "2026-12-08"}]})
    Notice.objects.filter(pk=broken.pk).update(language="xx")  # no text exists in this language
    whole = [post(number) for number in range(4, 8)]
    counts = actions.send_due(now=now)
    assert counts["sent"] == len(whole)
    assert len(post_office.letters) == len(whole)
    assert not Notice.objects.filter(state=State.IN_FLIGHT).exists()
    for notice in Notice.objects.exclude(state=State.SENT):
        assert notice.is_queued
        assert notice.next_try_at > now
        assert notice.error


def test_a_text_of_staff_that_breaks_at_sending_gives_way_to_ours(post, post_office, now):
    """NTF-3."""
    Template.objects.create(kind="ready", language="ja", subject="{% if %}", body="{{ title")
    notice = post()
    assert actions.send_due(now=now) == {"sent": 1}
    notice.refresh_from_db()
    assert "予約資料のご用意ができました" in post_office.subjects[0]
    assert "既定の文面" in notice.error


def test_a_secret_is_not_kept_once_it_is_sent(post, post_office, now):
    """PAT-3: whoever reads the log later cannot use the code."""
    notice = post(kind=Kind.ACTIVATION_CODE, words={"code": "4827-1930"})
    actions.send_due(now=now)
    assert "4827-1930" in post_office.letters[0].get_body(["plain"]).get_content()
    notice.refresh_from_db()
    assert notice.is_sent
    assert "4827" not in f"{notice.context}{notice.text}{notice.html}{notice.subject}"


# ── The sweeper ──


def test_the_sweeper_puts_back_what_a_worker_left_before_the_hand_over(post, post_office, now):
    """NTF-2, A240."""
    notice = post()
    Notice.objects.update(state=State.IN_FLIGHT, taken_at=now, attempts=1, next_try_at=None)
    assert actions.sweep(now=now + timedelta(minutes=29)) == {}
    assert actions.sweep(now=now + timedelta(minutes=31)) == {"queued": 1}
    assert actions.send_due(now=now + timedelta(minutes=40)) == {"sent": 1}
    notice.refresh_from_db()
    assert notice.attempts == 2


def test_the_sweeper_shows_as_unknown_what_a_worker_left_after_the_hand_over(post, post_office, now):
    """NTF-2, A240."""
    notice = post()
    Notice.objects.update(state=State.IN_FLIGHT, taken_at=now, handed_over_at=now, attempts=1, next_try_at=None)
    assert actions.sweep(now=now + timedelta(minutes=31)) == {"unknown": 1}
    assert actions.send_due(now=now + timedelta(days=1)) == {}
    notice.refresh_from_db()
    assert notice.state == State.UNKNOWN


def test_a_worker_whose_notice_was_swept_away_hands_nothing_over(post, post_office, now, monkeypatch):
    """A184: a slow worker that wakes up late does not send what another will send."""
    notice = post()
    compose = mail.compose

    def slow(*args, **kwargs):
        actions.sweep(now=now + timedelta(hours=1))
        return compose(*args, **kwargs)

    monkeypatch.setattr(mail, "compose", slow)
    assert actions.send_due(now=now) == {"taken_away": 1}
    assert post_office.letters == []
    notice.refresh_from_db()
    assert notice.is_queued


def test_a_notice_that_kills_every_worker_ends_on_the_phone_list(post, now):
    """NTF-2: it does not come back for ever."""
    notice = post()
    Notice.objects.update(state=State.IN_FLIGHT, taken_at=now, attempts=len(BACK_OFF) + 1, next_try_at=None)
    assert actions.sweep(now=now + timedelta(hours=1)) == {"phone": 1}
    notice.refresh_from_db()
    assert notice.phone_reason == PhoneReason.GAVE_UP


def test_the_sweeper_brings_the_dates_on_the_phone_list_up_to_date(post, patron_named, answer_for, now):
    """A77: staff read out the deadline that is in force."""
    notice = post(patron=patron_named("倉敷 太郎", contact="phone"))

    def correct(notice):
        notice.context["keep_until"] = "2026-12-20"

    answer_for[Kind.READY] = correct
    assert actions.sweep(now=now) == {}
    notice.refresh_from_db()
    assert notice.context["keep_until"] == "2026-12-20"


def test_the_sweeper_takes_from_the_phone_list_what_is_no_longer_so(post, patron_named, answer_for, now):
    """A178."""
    post(patron=patron_named("倉敷 太郎", contact="phone"))
    assert actions.sweep(now=now) == {}
    answer_for[Kind.READY] = lambda notice: "貸し出されたため"
    assert actions.sweep(now=now) == {"withdrawn": 1}
    assert not queries.phone_list().exists()
