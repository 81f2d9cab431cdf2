"""A patron's form is a task with a state, an answer and a mail (REQ-1, HLD-5, HLD-6)."""

import pytest

from circulation import actions as circulation
from holds import actions as holds
from holds import queries
from holds.models import Hold, Request
from notifications.models import Notice
from notifications.queries import letter_for
from okalib.rules import Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def secured(akari, kusamakura, home, desk, ten):
    """草枕, secured for Akari."""
    holds.reserve(patron=akari, bib=kusamakura, pickup_at=home, by=None, now=ten)
    return circulation.check_in(item=kusamakura.items.first(), by=desk, now=ten).hold


def ask(patron, now, **what):
    return holds.ask(patron=patron, by=patron.user, now=now, **what)


def test_a_cancellation_asked_for_changes_nothing_until_staff_accept_it(secured, akari, coop, ten):
    """A47, HLD-5."""
    request = ask(akari, ten, kind="cancel", hold=secured)
    assert Hold.objects.get(pk=secured.pk).is_secured
    assert queries.open_requests() == [request]
    holds.answer(request=request, accept=True, answer="取り消しました。", by=coop, now=ten)
    assert Hold.objects.get(pk=secured.pk).state == "cancelled"
    assert queries.open_requests() == []
    assert set(Notice.objects.values_list("kind", flat=True)) == {"cancelled_by_staff", "request_answered"}


def test_asked_twice_it_is_one_request(secured, akari, ten):
    """HLD-11, A252."""
    assert ask(akari, ten, kind="cancel", hold=secured) == ask(akari, ten, kind="cancel", hold=secured)
    assert Request.objects.count() == 1


def test_another_pickup_library_once_accepted_is_where_the_item_goes(secured, akari, bizen, coop, ten):
    """A54, HLD-5."""
    request = ask(akari, ten, kind="change_pickup", hold=secured, library=bizen)
    holds.answer(request=request, accept=True, answer="", by=coop, now=ten)
    hold = Hold.objects.get(pk=secured.pk)
    assert (hold.pickup_at, hold.state) == (bizen, "secured")
    assert Notice.objects.get().context["answer"]


def test_a_declined_request_changes_nothing_and_is_mailed(secured, akari, bizen, coop, ten):
    """REQ-1."""
    request = ask(akari, ten, kind="change_pickup", hold=secured, library=bizen)
    holds.answer(request=request, accept=False, answer="すでに発送しました。", by=coop, now=ten)
    assert Hold.objects.get(pk=secured.pk).pickup_at.is_home
    assert Notice.objects.get().context["answer"] == "すでに発送しました。"


def test_an_answer_given_twice_is_given_once(secured, akari, coop, ten):
    """REQ-1, A252."""
    request = ask(akari, ten, kind="cancel", hold=secured)
    holds.answer(request=request, accept=False, answer="できません。", by=coop, now=ten)
    holds.answer(request=request, accept=True, answer="できました。", by=coop, now=ten)
    assert Request.objects.get().answer == "できません。"
    assert Hold.objects.get(pk=secured.pk).is_secured
    assert Notice.objects.count() == 1


def test_what_cannot_be_done_leaves_the_request_open(secured, akari, desk, coop, ten):
    """REQ-1: the reservation has meanwhile been cancelled."""
    request = ask(akari, ten, kind="cancel", hold=secured)
    holds.cancel(hold=secured, by=desk, now=ten)
    with pytest.raises(Refused) as refused:
        holds.answer(request=request, accept=True, answer="", by=coop, now=ten)
    assert refused.value.codes == {"already_ended"}
    assert queries.open_requests() == [request]


def test_a_particular_item_is_reserved_by_staff_on_the_patrons_written_request(akari, kusamakura, home, coop, ten):
    """HLD-6, A28: the number may be typed in full width."""
    _first, second = kusamakura.items.order_by("pk")
    wide = second.item_number.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    request = ask(
        akari, ten, kind="particular_item", item_number=wide, library=home, contact="090-1111-0001", text="第2刷を希望"
    )
    holds.answer(request=request, accept=True, answer="", by=coop, now=ten)
    assert Hold.objects.get().only_item == second


def test_a_number_that_no_item_has_is_told_to_staff(akari, home, coop, ten):
    """HLD-6, A109."""
    request = ask(akari, ten, kind="particular_item", item_number="1234567890", library=home)
    with pytest.raises(Refused) as refused:
        holds.answer(request=request, accept=True, answer="", by=coop, now=ten)
    assert refused.value.codes == {"unknown_item"}


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ({"kind": "cancel"}, {"already_ended"}),
        ({"kind": "change_pickup"}, {"already_ended", "pickup_unknown"}),
        ({"kind": "particular_item"}, {"pickup_unknown", "item_number_missing"}),
        ({"kind": "keep_longer"}, {"text_missing"}),
        ({"kind": "inquiry"}, {"text_missing"}),
    ],
)
def test_an_incomplete_form_is_told_everything_that_is_missing(akari, ten, what, expected):
    """REQ-1, A31."""
    with pytest.raises(Refused) as refused:
        ask(akari, ten, **what)
    assert refused.value.codes == expected
    assert not Request.objects.exists()


def test_nobody_asks_about_somebody_elses_reservation(secured, aya, ten):
    """A215."""
    with pytest.raises(Refused):
        ask(aya, ten, kind="cancel", hold=secured)


def test_anybody_may_inquire_without_a_card(home, ten):
    """REQ-1."""
    request = holds.ask(kind="inquiry", patron=None, by=None, now=ten, text="開館時間について", contact="a@example.com")
    assert queries.open_requests() == [request]


def test_a_request_answered_without_words_is_answered_in_the_patrons_language(akari, coop, tuesday, ten):
    """NTF-3, REQ-1."""
    akari.language = "en"
    akari.save()
    asked = ask(akari, ten, kind="inquiry", text="May I?")
    holds.answer(request=asked, accept=False, answer="", by=coop, now=ten)
    letter, _complaint = letter_for(Notice.objects.get(), today=tuesday)
    assert "We are sorry that we could not do as you asked." in letter.text
