"""Strangers that misbehave: none takes longer, sends more or leads elsewhere than we allow (REQ-3)."""

import gzip
import socket
import time
import tracemalloc

import httpcore
import pytest

from catalog.elsewhere import asking

SOON = 0.6
A_GIGABYTE = 1 << 30


def fetch(address, **limits):
    return asking.fetch(address, **{"seconds": SOON, "allows_private": True, **limits})


def test_an_answer_is_fetched_whole_with_our_name_and_without_a_reader(stranger, settings):
    """No cookie, no referrer, no address of the page: only who we are."""
    settings.ELSEWHERE_USER_AGENT = "okalib-test"
    stranger.says("<a>雪国</a>".encode())
    assert fetch(stranger.address + "?q=1").decode() == "<a>雪国</a>"
    headers = {name.lower() for name in stranger.asked[0].headers}
    assert stranger.asked[0].headers["User-Agent"] == "okalib-test"
    assert headers == {"host", "user-agent", "accept", "accept-encoding", "connection"}


def test_a_packed_answer_is_unpacked(stranger):
    stranger.says(gzip.compress(b"<a/>"), Content_Encoding="gzip")
    assert fetch(stranger.address) == b"<a/>"


def test_nobody_there_is_said_at_once(stranger):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}/"
    with pytest.raises(asking.Unreachable):
        fetch(address)


def test_a_name_that_does_not_exist_is_unreachable():
    with pytest.raises((asking.Unreachable, asking.TooLate)):
        fetch("http://nobody.invalid/")


def never_answers(handler):
    """Take the question and keep silent."""
    handler.server.stranger.closing.wait(5)


def drips_a_header(handler):
    """Begin an answer whose head never ends."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(100):
        handler.wfile.write(f"X-{number}: 1\r\n".encode())
        handler.wfile.flush()
        time.sleep(0.1)


def drips_a_body(handler):
    """Send one byte after the other, each well within any time limit of a single read."""
    handler.send_response(200)
    handler.end_headers()
    for _number in range(100):
        handler.wfile.write(b"<")
        handler.wfile.flush()
        time.sleep(0.1)


@pytest.mark.parametrize("behaviour", [never_answers, drips_a_header, drips_a_body])
def test_the_whole_of_an_answer_has_one_deadline(stranger, behaviour):
    stranger.server.stranger = stranger
    stranger.behave = behaviour
    began = time.monotonic()
    with pytest.raises(asking.TooLate):
        fetch(stranger.address)
    assert time.monotonic() - began < SOON + 1


def test_a_gigabyte_that_says_so_is_not_read(stranger):
    stranger.says(b"", Content_Length=str(A_GIGABYTE))
    with pytest.raises(asking.TooLong):
        fetch(stranger.address)


def test_a_gigabyte_that_does_not_say_so_is_cut_off(stranger):
    sent = []

    def pours(handler):
        handler.send_response(200)
        handler.end_headers()
        for _piece in range(A_GIGABYTE >> 20):
            handler.wfile.write(b" " * (1 << 20))
            sent.append(1)

    stranger.behave = pours
    with pytest.raises(asking.TooLong):
        fetch(stranger.address, seconds=5)
    assert len(sent) < 50


def test_a_bomb_of_gzip_is_not_unpacked(stranger):
    """Forty kilobytes that would be forty megabytes."""
    stranger.says(gzip.compress(b" " * 40_000_000), Content_Encoding="gzip")
    tracemalloc.start()
    with pytest.raises(asking.TooLong):
        fetch(stranger.address, seconds=5)
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 10_000_000


def test_gzip_that_is_none_or_ends_early_is_garbled(stranger):
    for body in (b"<a/>", gzip.compress(b"<a/>" * 99)[:-9]):
        stranger.says(body, Content_Encoding="gzip")
        with pytest.raises(asking.Garbled):
            fetch(stranger.address)


def test_a_body_that_ends_early_is_no_answer(stranger):
    stranger.says(b"<a>", Content_Length="1000")
    with pytest.raises(asking.Unreachable):
        fetch(stranger.address)


@pytest.mark.parametrize(
    ("status", "kind"), [(500, "Unreachable"), (503, "Unreachable"), (404, "Unreachable"), (400, "Refused")]
)
def test_a_status_that_is_no_answer(stranger, status, kind):
    stranger.says(b"<html/>", status=status)
    with pytest.raises(getattr(asking, kind), match=str(status)):
        fetch(stranger.address)


@pytest.mark.parametrize(
    "place",
    [
        "http://localhost/",
        "http://169.254.169.254/latest/meta-data/",
        "http://example.jp/",
        "https://127.0.0.1:1/",
        "//127.0.0.2/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "http://[::1",
        "",
    ],
)
def test_a_redirect_to_another_place_is_not_followed(stranger, place):
    """Neither to another host nor to another port of the same one."""
    stranger.says(b"", status=302, **({"Location": place} if place else {}))
    with pytest.raises(asking.Unreachable):
        fetch(stranger.address)
    assert len(stranger.asked) == 1


def test_a_redirect_within_the_host_is_followed_a_few_times(stranger):
    def once(handler):
        stranger.says(b"<there/>")
        handler.send_response(301)
        handler.send_header("Location", "/there?q=1")
        handler.end_headers()

    stranger.behave = once
    assert fetch(stranger.address) == b"<there/>"
    assert stranger.asked[1].path == "/there?q=1"

    stranger.says(b"", status=302, Location="/search")
    with pytest.raises(asking.Unreachable):
        fetch(stranger.address)
    assert len(stranger.asked) == 2 + asking.MOST_REDIRECTS + 1


def test_http_may_lead_to_https_but_not_back():
    assert asking._redirected("http://a.jp/x?q=1", "https://a.jp/x?q=1") == "https://a.jp/x?q=1"
    for here, there in [
        ("https://a.jp/", "http://a.jp/"),
        ("http://a.jp:81/", "https://a.jp/"),
        ("http://a.jp/", "//b.jp/"),
    ]:
        with pytest.raises(asking.Unreachable):
            asking._redirected(here, there)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0", "[::1]", "2130706433", "0x7f.1"])  # noqa: S104
def test_machines_inside_are_not_asked(stranger, host):
    """However the address is written; the stranger listens and hears nothing."""
    port = stranger.server.server_address[1]
    with pytest.raises(asking.Unreachable):
        asking.fetch(f"http://{host}:{port}/", seconds=SOON)
    assert stranger.asked == []


def test_a_name_that_leads_inside_is_not_asked(stranger, monkeypatch):
    """The address that was looked at is the one that is connected to: the name is looked up once."""
    port = stranger.server.server_address[1]
    lookups = []

    def lookup(host, *_others, **_more):
        lookups.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.8" if len(lookups) == 1 else "127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    with pytest.raises(asking.Unreachable, match="NotPublic"):
        asking.fetch(f"http://library.example.jp:{port}/", seconds=SOON)
    assert (lookups, stranger.asked) == (["library.example.jp"], [])


def test_the_address_that_was_looked_at_is_the_one_that_is_gone_to(monkeypatch):
    """A name cannot mean one machine when it is checked and another when it is used."""
    gone_to = []

    def connect(_network, host, *_others, **_more):
        gone_to.append(host)
        raise httpcore.ConnectError

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect)
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80)) for address in ("10.0.0.8", "202.214.216.10")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_all, **_more: found)
    with pytest.raises(asking.Unreachable):
        asking.fetch("http://library.example.jp/", seconds=SOON)
    assert gone_to == ["202.214.216.10"]


def test_a_lookup_that_hangs_ends_with_the_time(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_all, **_more: time.sleep(2))
    began = time.monotonic()
    with pytest.raises(asking.TooLate):
        asking.fetch("http://library.example.jp/", seconds=0.3)
    assert time.monotonic() - began < 1


@pytest.mark.parametrize("address", ["ftp://127.0.0.1/", "file:///etc/passwd", "gopher://127.0.0.1/"])
def test_only_http_is_spoken(address):
    with pytest.raises(asking.Unreachable):
        fetch(address)


def test_a_certificate_must_be_right(stranger):
    """A server without one is not spoken to as if it had one."""
    assert asking._certificates().verify_mode.name == "CERT_REQUIRED"
    assert asking._certificates().check_hostname
    with pytest.raises(asking.NotAnswered):
        fetch(stranger.address.replace("http:", "https:"))
