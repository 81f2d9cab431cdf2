"""The settings of a test session: servers and a database of its own, quick password hashes, mail that stays here.

Sessions may run side by side: each takes a free number, and with it a database of PostgreSQL and one of Redis.
"""

import fcntl
import os
from pathlib import Path

STATE = Path(__file__).resolve().parent.parent / ".okalib" / "tests"
os.environ.setdefault("OKALIB_STATE", str(STATE))


def _take_number() -> tuple[int, object]:
    """Lock the first free number; the lock lasts as long as the file is open."""
    STATE.mkdir(parents=True, exist_ok=True)
    for number in range(32):
        file = (STATE / f"session{number}.lock").open("w")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            continue
        return number, file
    raise RuntimeError("32 test sessions are running; wait for one to end.")


SESSION, _held_open = _take_number()

from okalib import embedded  # noqa: E402
from okalib.settings import *  # noqa: E402, F403
from okalib.settings import CACHES, DATABASES  # noqa: E402

if "DATABASE_URL" not in os.environ:
    DATABASES["default"]["TEST"] = {"NAME": f"test_{SESSION}"}
DATABASES["default"]["CONN_MAX_AGE"] = 0
if "REDIS_URL" not in os.environ:
    CACHES["default"]["LOCATION"] = embedded.redis_url(2 * SESSION)
    BROKER_AS_REDIS_URL = embedded.redis_url(2 * SESSION + 1)
    CELERY_BROKER_URL = embedded.broker_url(BROKER_AS_REDIS_URL)
else:
    BROKER_AS_REDIS_URL = os.environ["REDIS_URL"]

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
ALLOWED_HOSTS = ["*"]
LOGGING_CONFIG = None
