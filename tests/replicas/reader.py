"""Readers who ask a real web server, each with the cookies of one browser."""

from __future__ import annotations

import re
import urllib.error
import urllib.parse
import urllib.request
from http.cookiejar import Cookie, CookieJar


class Reader:
    """A browser without a screen; `session` is the key of a session that has been opened already."""

    def __init__(self, port: int, session: str = "") -> None:
        self.site = f"http://127.0.0.1:{port}"
        self.cookies = CookieJar()
        if session:
            self.cookies.set_cookie(
                Cookie(0, "sessionid", session, None, False, "127.0.0.1", False, False, "/", True, False, None, False,
                       None, None, {})
            )  # fmt: skip
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def read(self, path: str) -> str:
        """Return the text of a page; a page of an error is no answer."""
        with self.opener.open(self.site + path, timeout=60) as answer:
            return answer.read().decode()

    def title_of(self, path: str) -> str:
        """Return the heading of a page."""
        found = re.search(r"<h1>(.*?)</h1>", self.read(path), re.DOTALL)
        assert found
        return found[1].strip()

    def send(self, path: str, **fields: object) -> None:
        """Send a form of a page that has been read before."""
        self.read("/login/") if not any(cookie.name == "csrftoken" for cookie in self.cookies) else None
        token = next(cookie.value for cookie in self.cookies if cookie.name == "csrftoken")
        form = urllib.parse.urlencode({"csrfmiddlewaretoken": token} | fields).encode()
        with self.opener.open(self.site + path, form, timeout=60) as answer:
            assert answer.status == 200
