"""How the house is set up where real patrons come: the settings of a process with a SECRET_KEY (ASVS 3.3, 3.4, 12)."""

import json
import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT

ASKED = """
import json, django
django.setup()
from django.conf import settings
from okalib import guessing
from okalib.wsgi import application
from io import BytesIO
said = {}
environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/livez", "SERVER_NAME": "library.example.jp", "SERVER_PORT": "443",
           "HTTP_HOST": "library.example.jp", "HTTP_X_FORWARDED_PROTO": "https", "wsgi.input": BytesIO(),
           "wsgi.url_scheme": "http", "QUERY_STRING": ""}
application(environ, lambda status, headers: said.update(status=status, **dict(headers)))
names = [name for name in dir(settings) if name.endswith(("_COOKIE_NAME", "_COOKIE_SECURE", "_COOKIE_HTTPONLY"))]
print(json.dumps({
    "headers": said,
    "cookies": {name: getattr(settings, name) for name in names} | {"known": guessing.COOKIE},
    "debug": settings.DEBUG,
    "redirects": settings.SECURE_SSL_REDIRECT,
    "hashers": settings.PASSWORD_HASHERS[0],
}))
"""


@pytest.fixture(scope="module")
def in_earnest():
    """What such a process says of itself; it reaches no server."""
    environment = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
    environment |= {
        "DJANGO_SETTINGS_MODULE": "okalib.settings",
        "SECRET_KEY": "x" * 50,
        "DATABASE_URL": "postgres://nobody@localhost:1/nothing",
        "REDIS_URL": "redis://localhost:1",
        "EMAIL_URL": "smtp+tls://localhost:1",
        "ALLOWED_HOSTS": "library.example.jp",
    }
    done = subprocess.run(
        [sys.executable, "-c", ASKED], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_every_cookie_has_a_name_that_binds_it_to_this_host_and_to_https(in_earnest):
    """ASVS 3.3.1."""
    cookies = in_earnest["cookies"]
    named = ["SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "LANGUAGE_COOKIE_NAME", "known"]
    assert [name for name in named if not cookies[name].startswith("__Host-")] == []
    assert cookies["SESSION_COOKIE_SECURE"] and cookies["CSRF_COOKIE_SECURE"] and cookies["SESSION_COOKIE_HTTPONLY"]


def test_browsers_are_told_to_come_by_https_for_a_year(in_earnest):
    """ASVS 3.4.1, 12.2.1."""
    hsts = in_earnest["headers"]["Strict-Transport-Security"]
    assert "max-age=31536000" in hsts and "includeSubDomains" in hsts
    assert in_earnest["redirects"] is True


def test_nothing_of_the_workshop_is_shown(in_earnest):
    """ASVS 11.4.1, 13.4: no debugging, and passwords as slow hashes."""
    assert in_earnest["debug"] is False
    assert in_earnest["hashers"].rpartition(".")[2].startswith(("PBKDF2", "Argon2", "Scrypt"))
