"""The secret address of a patron's calendar feed."""

import pytest

from circulation import actions, queries
from circulation.models import CalendarFeed

pytestmark = pytest.mark.django_db


def test_a_feed_is_found_by_its_secret_and_kept_by_its_hash(akari, ten):
    """A copy of the database opens no feed: no column holds the secret."""
    feed = actions.open_feed(patron=akari, shows_titles=False, now=ten)
    assert len(feed.secret) == 43  # 256 bits in base64
    assert queries.feed_at(feed.secret) == feed
    assert feed.secret not in str(CalendarFeed.objects.values().get())
    assert queries.feed_at(feed.secret[:-1]) is None
    assert queries.feed_at(feed.secret_hash) is None
    assert queries.feed_at(feed.seed) is None


def test_changing_what_it_shows_keeps_the_address(akari, ten):
    before = actions.open_feed(patron=akari, shows_titles=False, now=ten).secret
    feed = actions.open_feed(patron=akari, shows_titles=True, now=ten)
    assert feed.secret == before
    assert queries.feed_of(akari).shows_titles


def test_another_address_kills_the_old_one(akari, ten):
    old = actions.open_feed(patron=akari, shows_titles=False, now=ten).secret
    new = actions.move_feed(patron=akari, now=ten).secret
    assert new != old
    assert queries.feed_at(old) is None
    assert queries.feed_at(new).patron == akari


def test_switched_off_and_on_again_it_has_another_address(akari, ten):
    old = actions.open_feed(patron=akari, shows_titles=True, now=ten).secret
    actions.close_feed(patron=akari)
    assert queries.feed_at(old) is None
    assert actions.move_feed(patron=akari, now=ten) is None
    assert actions.open_feed(patron=akari, shows_titles=False, now=ten).secret != old


def test_with_another_key_of_the_installation_the_address_works_and_is_no_longer_shown(akari, ten, settings):
    """Subscriptions outlive a change of the key; a wrong address is never shown."""
    secret = actions.open_feed(patron=akari, shows_titles=False, now=ten).secret
    settings.SECRET_KEY = "another key, long enough to be one"
    assert queries.feed_at(secret).patron == akari
    assert queries.feed_of(akari).secret == ""
