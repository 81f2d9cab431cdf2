"""A backup of this morning is restored in the evening: what happened since is not done a second time."""

from datetime import timedelta

import pytest
from django.core.management import call_command

from notifications import actions as notifications
from notifications import queries
from notifications.models import Notice
from okalib import clock
from okalib.actions import patrons
from okalib.models import Activation

pytestmark = pytest.mark.django_db


@pytest.fixture
def restored(redis, home, akari, chiyo, client, desk, ten, settings):
    """Akari is logged in and has a letter waiting; Chiyo has an activation code; the command is run at eleven."""
    client.force_login(akari.user)
    notifications.post(key="test:1", kind="test", patron=akari, context={}, cause="test:1", now=ten)
    patrons.issue_activation_code(patron=chiyo, by=desk, now=ten)

    def run():
        with clock.standing_at(ten + timedelta(hours=1)):
            call_command("after_restore")

    return run


def test_a_letter_that_may_have_gone_out_since_is_left_to_staff(restored, ten, mailoutbox):
    """NTF-2: at most one, and the unknown is shown."""
    restored()
    notifications.send_due(now=ten + timedelta(hours=2))
    assert mailoutbox == []
    assert [notice.state for notice in queries.for_staff()] == ["unknown"]
    assert "復元" in Notice.objects.get().error


def test_nobody_stays_logged_in_and_no_code_is_good_again(restored, client):
    """What was ended or used up since does not come to life."""
    assert client.get("/my/").status_code == 200
    restored()
    assert client.get("/my/").status_code == 302
    assert not Activation.objects.exists()


def test_run_again_it_has_nothing_left_to_do(restored, capsys):
    restored()
    capsys.readouterr()
    restored()
    numbers = [line.rpartition(": ")[2] for line in capsys.readouterr().out.splitlines()[:4]]
    assert numbers == ["0", "0", "0", "0"]


def test_it_ends_with_1_where_something_is_broken(restored, kusamakura, capsys):
    """OPS-4: the same check as every night."""
    kusamakura.items.update(whereabouts="set_aside")
    with pytest.raises(SystemExit):
        restored()
    assert "item_set_aside_for_nobody: 2" in capsys.readouterr().out
