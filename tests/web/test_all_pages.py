"""What is asked of every page that a patron can open: few statements, few bytes, no other host, nothing kept."""

import re

import pytest
from django.urls import resolve

from tests.patron_pages import own_pages, public_pages
from tests.web.test_whose_pages import OWN, PUBLIC, PUBLIC_WITH_NUMBER

MOST_QUERIES = 12
MOST_BYTES = 150_000


@pytest.fixture
def addresses(lively, akari, client):
    """Yield each page by name and address, first for a visitor, then for Akari."""

    def walk():
        for name, path in public_pages(lively).items():
            yield name, path
        client.force_login(akari.user, backend="okalib.auth.CardBackend")
        for name, path in own_pages(lively).items():
            yield name, path

    return walk


def test_no_page_asks_the_database_more_than_twelve_times(addresses, client, django_assert_max_num_queries):
    """The session and who comes in are counted too."""
    too_many = []
    for name, path in addresses():
        client.get(path)
        try:
            with django_assert_max_num_queries(MOST_QUERIES):
                client.get(path)
        except pytest.fail.Exception as failure:
            too_many.append(f"{name}: {str(failure).splitlines()[0]}")
    assert too_many == []


def test_no_page_is_heavy_or_calls_another_host(addresses, client):
    """The page itself; what it loads is weighed in a browser."""
    for name, path in addresses():
        page = client.get(path).content.decode()
        assert len(page.encode()) < MOST_BYTES, name
        loaded = re.findall(
            r'(?:src|srcset|action|data)="(https?:)?//[^"]*"|<link[^>]+href="(https?:)?//[^"]*\.css', page
        )
        assert loaded == [], name


def test_a_page_after_logging_in_is_kept_by_nobody(lively, akari, client):
    """A225: not by a proxy, not by the browser of a library's PC."""
    client.force_login(akari.user, backend="okalib.auth.CardBackend")
    for name, path in (public_pages(lively) | own_pages(lively)).items():
        assert "no-store" in client.get(path).headers.get("Cache-Control", ""), name


def test_every_page_is_in_the_list_of_pages(lively):
    """A page that is added is looked at in every width and language."""
    listed = {resolve(path.partition("?")[0]).url_name for path in (public_pages(lively) | own_pages(lively)).values()}
    assert (PUBLIC | PUBLIC_WITH_NUMBER | OWN) - listed == {"session"}, "which is not a page but an answer to a script"
