"""A stranger on this machine: a small HTTP server that answers as each test wants, well or badly."""

import contextlib
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from catalog.models import SearchTarget
from tests.lively import desk_clerk, lively

__all__ = ["desk_clerk", "lively"]

RECORDED = Path(__file__).parents[3] / "shared" / "data" / "protocol" / "ndl_cinii_loc_http_responses.tar.gz"

RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcndl="http://ndl.go.jp/dcndl/terms/"
  xmlns:os="http://a9.com/-/spec/opensearchrss/1.0/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><channel>
  <os:totalResults>{total}</os:totalResults>{items}</channel></rss>"""
ITEM = """<item><title>{title}</title><link>{link}</link><dc:creator>夏目, 漱石</dc:creator>
  <dc:publisher>春陽堂</dc:publisher><dc:date>1914</dc:date>
  <dc:identifier xsi:type="dcndl:ISBN">{isbn}</dc:identifier></item>"""


def rss(*titles, link="https://example.jp/1", isbn="9784101010137", total=None):
    """An answer of OpenSearch with these titles."""
    items = "".join(ITEM.format(title=title, link=link, isbn=isbn) for title in titles)
    return RSS.format(total=len(titles) if total is None else total, items=items).encode()


class Stranger:
    """The server. `behave` is called with the handler of each request; `asked` are the requests, `paused` its pause."""

    def __init__(self):
        self.asked = []
        self.closing = threading.Event()
        self.behave = None
        stranger = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                stranger.asked.append(self)
                with contextlib.suppress(OSError):  # the asker may have gone
                    stranger.behave(self)
                self.close_connection = True

            def log_message(self, *_what):
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.block_on_close = False
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def address(self):
        """Where it is asked."""
        return f"http://127.0.0.1:{self.server.server_address[1]}/search"

    def says(self, body, status=200, **headers):
        """Answer everybody with this."""

        def behave(handler):
            handler.send_response(status)
            for name, value in headers.items():
                handler.send_header(name.replace("_", "-"), value)
            if "Content_Length" not in headers:
                handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)

        self.behave = behave

    def question(self, number=-1):
        """The parameters of a request."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.asked[number].path).query).items()}

    def close(self):
        """Let everybody go."""
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def stranger():
    """A server that nobody answers for."""
    stranger = Stranger()
    stranger.says(rss())
    yield stranger
    stranger.close()


@pytest.fixture
def target(db, redis, stranger):
    """A catalogue with OpenSearch, at the stranger's."""
    return SearchTarget.objects.create(
        code="city",
        name="市立図書館",
        name_en="City Library",
        region="prefecture",
        protocol="opensearch",
        address=stranger.address,
        any_index="q",
        isbn_index="isbn",
        page_address="https://city.example.jp/opac?q={query}",
        seconds=4,
        allows_private=True,
    )


@pytest.fixture(scope="session")
def recorded():
    """The recorded answers of real catalogues, by name."""
    if not RECORDED.exists():
        pytest.skip("the recorded answers of ../shared/data are not here")
    with tarfile.open(RECORDED) as archive:
        return {Path(member.name).stem: archive.extractfile(member).read() for member in archive if member.isfile()}
