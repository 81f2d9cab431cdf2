"""A browser that is Debian's Chromium, and a library that it can visit."""

import os
from pathlib import Path

import pytest

from tests.browser.keyboard import Reader
from tests.lively import desk_clerk, lively

__all__ = ["desk_clerk", "lively"]

PICTURES = Path(__file__).resolve().parents[2] / "screenshots"

# Playwright's loop runs in the thread of the test, which asks the database in between.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """Debian's Chromium; as root it has no sandbox."""
    return {**browser_type_launch_args, "executable_path": "/usr/bin/chromium", "args": ["--no-sandbox"]}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    """A reader in Japan."""
    return {**browser_context_args, "locale": "ja-JP", "timezone_id": "Asia/Tokyo"}


@pytest.fixture
def see(page, live_server):
    """Open a page at a width."""

    def see(path, width=1280):
        page.set_viewport_size({"width": width, "height": 900})
        return page.goto(live_server.url + path)

    return see


@pytest.fixture
def keep_picture(page):
    """Keep a picture of the page under screenshots/, or in the folder that OKALIB_PICTURES names."""
    folder = Path(os.environ.get("OKALIB_PICTURES", PICTURES))

    def keep_picture(name):
        page.screenshot(path=folder / f"{name}.png", full_page=True)

    return keep_picture


@pytest.fixture
def speak(context, live_server):
    """Choose the language of the pages."""

    def speak(language):
        context.add_cookies([{"name": "django_language", "value": language, "url": live_server.url}])

    return speak


@pytest.fixture
def come_in(page, live_server, context, client):
    """Log a patron in, in the browser too."""

    def come_in(patron):
        client.force_login(patron.user, backend="okalib.auth.CardBackend")
        session = client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])

    return come_in


@pytest.fixture(params=[True, False], ids=["with-script", "without-script"])
def reader(request, browser, browser_context_args, live_server):
    """Somebody with a keyboard only, once in a browser that runs scripts and once in one that does not."""
    context = browser.new_context(**browser_context_args, java_script_enabled=request.param)
    yield Reader(context.new_page(), live_server.url, has_script=request.param)
    context.close()


@pytest.fixture
def as_patron(reader, live_server, client):
    """Let the reader be logged in already; how one logs in is a journey of its own."""

    def as_patron(patron):
        client.force_login(patron.user, backend="okalib.auth.CardBackend")
        session = client.cookies["sessionid"].value
        reader.page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        return reader

    return as_patron
