"""What every page of the web stands on: health, headers, and logs without people."""

import json
import logging
import logging.config
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import redis as redis_client
from django.core.cache.backends.redis import RedisCache
from django.db import DatabaseError, connection
from django.http import HttpResponse
from django.test import Client, RequestFactory

from okalib.logs import RequestLog, logging_config


@pytest.mark.django_db
def test_readyz_answers_when_both_servers_do(client: Client, redis: None):
    assert client.get("/readyz").status_code == 200


def test_livez_asks_nobody(client: Client):
    """No database mark on this test: a query would fail it."""
    assert client.get("/livez").status_code == 200


@pytest.mark.django_db
def test_readyz_names_the_servers_that_are_silent(client: Client, monkeypatch: pytest.MonkeyPatch):
    def silent(*_: object, **__: object) -> None:
        raise redis_client.ConnectionError

    def closed() -> None:
        raise DatabaseError

    monkeypatch.setattr(RedisCache, "get", silent)
    monkeypatch.setattr(connection, "cursor", closed)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.content == b"no answer from: postgresql, redis\n"


def test_no_page_may_run_a_script_or_style_that_is_written_into_it(client: Client):
    policy = client.get("/livez")["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


@pytest.mark.django_db
def test_the_log_names_the_route_and_not_the_address(client: Client, caplog: pytest.LogCaptureFixture):
    """RET-5: an address holds search words and card numbers; beside who asked that is a reading history."""
    with caplog.at_level(logging.INFO):
        client.get("/no-such-page/1000000001/?q=心")
    said = "".join(str(record.msg) + record.getMessage() for record in caplog.records if record.name == "okalib.web")
    assert "'status': 404" in said
    assert "1000000001" not in said
    assert "心" not in said


def test_the_log_of_a_failure_says_where_and_not_whom_it_concerned(capsys: pytest.CaptureFixture[str]):
    """Of our own events and of those of the libraries alike."""
    with _logging_as_the_web_does():
        try:
            raise ValueError("岡山 花子")
        except ValueError as error:
            RequestLog(HttpResponse).process_exception(RequestFactory().get("/"), error)  # type: ignore[arg-type]
            logging.getLogger("some.library").exception("It went wrong")
    ours, theirs = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    for event in (ours, theirs):
        assert event["kind"] == "ValueError"
        assert event["places"][-1].startswith("test_web_ground.py:")
        assert "花子" not in str(event)


def test_the_log_keeps_still_about_what_libraries_would_tell(capsys: pytest.CaptureFixture[str]):
    """Addresses with queries, card numbers that did not open, words of errors."""
    with _logging_as_the_web_does():
        logging.getLogger("django.request").error("Internal Server Error: /?q=心")
        logging.getLogger("axes.helpers").warning("New login failure by 1000000001")
        logging.getLogger("celery.app.trace").error("raised ValueError('岡山 花子')")
    assert capsys.readouterr().err == ""


@contextmanager
def _logging_as_the_web_does() -> Iterator[None]:
    """Set logging up as the settings do, on the standard error of this moment, and take it away again."""
    root = logging.getLogger()
    before = root.handlers[:]
    logging.config.dictConfig(logging_config("INFO"))
    yield
    root.handlers = before
