"""What patrons are told about their own log-in."""

from datetime import timedelta

import pytest

from notifications import actions
from notifications.models import Notice
from notifications.rules import State
from okalib.actions import patrons
from okalib.models import Card
from okalib.rules import Refused

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis")]

FIRST, SECOND = "ooyama-no-kitsune", "hatake-no-tanuki"


@pytest.fixture
def with_card(hanako, now):
    """Hanako with a card."""
    Card.objects.create(number="10000018", patron=hanako, issued_at=now)
    return hanako


def test_a_mailed_code_lets_its_reader_in_and_is_then_known_to_nobody(with_card, clerk, post_office, now):
    """PAT-3, NTF-1."""
    actions.mail_activation_code(patron=with_card, by=clerk, now=now)
    actions.send_due(now=now)
    text = post_office.letters[0].get_body(["plain"]).get_content()
    code = next(line.partition("：")[2].strip() for line in text.splitlines() if "登録コード：" in line)
    patrons.activate(card_number="10000018", code=code, password=FIRST, now=now)
    notice = Notice.objects.get()
    assert notice.is_sent
    assert code not in f"{notice.context}{notice.text}{notice.html}"


def test_a_code_that_has_died_is_not_sent(with_card, clerk, post_office, now):
    """PAT-3, A180."""
    actions.mail_activation_code(patron=with_card, by=clerk, now=now)
    assert actions.send_due(now=now + timedelta(days=15)) == {"withdrawn": 1}
    assert Notice.objects.get().context == {}


def test_a_code_is_not_read_out_on_the_telephone(patron_named, clerk, now):
    """PAT-3."""
    with pytest.raises(Refused) as refused:
        actions.mail_activation_code(patron=patron_named("倉敷 太郎", contact="phone"), by=clerk, now=now)
    assert refused.value.codes == {"no_address"}
    assert not Notice.objects.exists()


def test_whoever_changes_a_password_its_owner_is_told(with_card, clerk, post_office, now):
    """NTF-1, PAT-3."""
    code = patrons.issue_activation_code(patron=with_card, by=clerk, now=now)
    patrons.activate(card_number="10000018", code=code, password=FIRST, now=now)
    with pytest.raises(Refused):
        actions.change_password(patron=with_card, old="wrong", new=SECOND, now=now)
    assert not Notice.objects.exists()
    with_card.refresh_from_db()
    actions.change_password(patron=with_card, old=FIRST, new=SECOND, now=now)
    actions.send_due(now=now)
    assert Notice.objects.get().state == State.SENT
    text = post_office.letters[0].get_body(["plain"]).get_content()
    assert "12月1日（火）に、お客様のパスワードが変更されました。" in text
    assert SECOND not in text
