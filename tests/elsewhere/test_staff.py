"""Staff describe a target, and try it before readers do (REQ-3)."""

import pytest
from django.core.exceptions import ValidationError

from catalog.models import SearchTarget
from okalib.actions import roles
from okalib.rehearsal import elsewhere
from tests.elsewhere.conftest import rss
from tests.factories import StaffFactory


@pytest.fixture
def cooperation(client, home):
    """The client of somebody at the cooperation desk."""
    user = StaffFactory(username="kyoryoku")
    user.groups.add(roles.make_roles()["cooperation"])
    client.force_login(user, backend="okalib.auth.StaffBackend")
    return client


def trial(target):
    return f"/staff/desk/search-targets/{target.pk}/trial/"


def test_the_cooperation_desk_describes_targets_but_does_not_open_the_inner_network(target, cooperation):
    """Through it one could reach machines that trust this one."""
    address = f"/staff/catalog/searchtarget/{target.pk}/change/"
    shown = cooperation.get(address).content.decode()
    assert 'name="any_index"' in shown and 'name="allows_private"' not in shown
    assert 'name="address"' not in shown  # where it is open, nobody else says which machine that is
    assert f'href="{trial(target)}"' in shown
    SearchTarget.objects.update(allows_private=False)
    shown = cooperation.get(address).content.decode()
    assert 'name="address"' in shown and 'name="allows_private"' not in shown
    assert cooperation.get("/staff/catalog/searchtarget/").status_code == 200


def test_a_trial_shows_what_the_target_says(target, cooperation, stranger):
    stranger.says(rss("図書館雑誌"))
    assert 'value="図書館"' in cooperation.get(trial(target)).content.decode()
    assert stranger.asked == []
    for times in (1, 2):  # nothing is remembered
        shown = cooperation.get(trial(target), {"q": "図書館"}).content.decode()
        assert "1件見つかりました" in shown and "図書館雑誌" in shown and "?q=%E5%9B%B3" in shown
        assert len(stranger.asked) == times


def test_a_trial_says_what_went_wrong(target, cooperation, stranger):
    """In the words of the target or of the connection; and it minds no rest."""
    stranger.says(b"", status=500)
    for _time in range(4):
        shown = cooperation.get(trial(target), {"q": "図書館"}).content.decode()
    assert "つながりません" in shown and "HTTP 500" in shown
    SearchTarget.objects.update(allows_private=False)
    assert "not a public address" in cooperation.get(trial(target), {"q": "図書館"}).content.decode()


def test_others_do_not_try_targets(target, client, desk, home):
    client.force_login(desk, backend="okalib.auth.StaffBackend")
    assert client.get(trial(target), {"q": "図書館"}).status_code == 403


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"address": "ftp://example.jp/"}, "address"),
        ({"address": "https://user@example.jp/"}, "address"),
        ({"address": "https:///x"}, "address"),
        ({"address": "http://図書館.jp/"}, "address"),
        ({"address": ""}, "address"),
        ({"any_index": ""}, "any_index"),
        ({"protocol": "sru"}, "record_schema"),
        ({"page_address": "javascript:alert('{query}')"}, "page_address"),
        ({"protocol": "link", "page_address": ""}, "page_address"),
        ({"seconds": 60}, "seconds"),
    ],
)
def test_a_target_that_could_not_be_asked_is_not_saved(target, change, field):
    for name, value in change.items():
        setattr(target, name, value)
    with pytest.raises(ValidationError) as refused:
        target.full_clean()
    assert list(refused.value.message_dict) == [field]


def test_the_targets_of_the_demonstration_are_complete(db):
    elsewhere.name_targets()
    for target in SearchTarget.objects.all():
        target.full_clean()
        assert target.page_for("雪 国").startswith("https://") and "%E9%9B%AA%20%E5%9B%BD" in target.page_for("雪 国")
    assert SearchTarget.objects.count() == 3
