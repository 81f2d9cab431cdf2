"""The settings of the whole house.

There are two ways to live. *In earnest*: SECRET_KEY is given, and DATABASE_URL, REDIS_URL, EMAIL_URL and ALLOWED_HOSTS
must be given with it; pages travel by HTTPS only. *On trial* (demonstration, tests, development): no SECRET_KEY; what
is not named in the environment is embedded under `.okalib/` (see okalib.embedded). Importing this file starts nothing.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from redis.backoff import NoBackoff
from redis.retry import Retry

from okalib import embedded
from okalib.logs import logging_config

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

ON_TRIAL = "SECRET_KEY" not in env.ENVIRON
if not ON_TRIAL:
    needed = ("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "ALLOWED_HOSTS")
    missing = [name for name in needed if name not in env.ENVIRON]
    if missing:
        raise ImproperlyConfigured(f"SECRET_KEY is set, so {', '.join(missing)} must be set as well.")

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = embedded.secret_key() if ON_TRIAL else env("SECRET_KEY")
# This machine itself may always ask: health checks do.
ALLOWED_HOSTS = [*env.list("ALLOWED_HOSTS", default=[]), "localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# Where our pages live, for links in mails: never taken from a request, whose sender may claim to have asked anybody.
SITE_URL = env("SITE_URL", default="http://localhost:8000/" if ON_TRIAL else f"https://{ALLOWED_HOSTS[0].lstrip('.')}/")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "okalib.apps.OkalibAdminConfig",  # Django's admin with the staff's site
    "django_htmx",
    "axes",
    "csp",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "okalib",
    "catalog",
    "notifications",
    "holds",
    "circulation",
    "delivery",
]

MIDDLEWARE = [
    "okalib.logs.RequestLog",
    "okalib.metering.meter",
    "okalib.plain.PlainText",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "okalib.replicas.RememberWrites",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "okalib.web.ReadRulesOnce",
    "okalib.idle.EndIdleSessions",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "okalib.guessing.know_browsers",
]

ROOT_URLCONF = "okalib.urls"
WSGI_APPLICATION = "okalib.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
            ],
        },
    },
]

# --- where things are kept ---------------------------------------------------------------------------------------

pool_size = env.int("DATABASE_POOL_SIZE", default=0)  # connections that the threads of a process share


def database(address: str) -> dict[str, Any]:
    """Make the settings of a database from its address."""
    settings = env.db_url_config(address)
    pool = {"pool": {"min_size": 1, "max_size": pool_size, "timeout": 10}} if pool_size else {}
    return settings | {
        "ATOMIC_REQUESTS": False,  # the verb is the transaction
        "CONN_MAX_AGE": 0 if pool_size else env.int("CONN_MAX_AGE", default=60),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": settings.get("OPTIONS", {}) | pool,
    }


DATABASES = {"default": database(env.str("DATABASE_URL", default=embedded.database_url()))}
# Streaming replicas that answer public pages (okalib.replicas).
for number, address in enumerate(env.list("DATABASE_REPLICA_URLS", default=[]), start=1):
    DATABASES[f"replica{number}"] = database(address)
REPLICA_MAX_LAG_SECONDS = env.float("REPLICA_MAX_LAG_SECONDS", default=5)
DATABASE_ROUTERS = ["okalib.replicas.CatalogueRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env("REDIS_URL", default=embedded.redis_url())
CACHES = {
    "default": {
        "BACKEND": "okalib.cache.EnduringCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "okalib",
        # A server that is silent is asked once, and not waited for long: every page asks it.
        "OPTIONS": {"socket_timeout": 2, "retry": Retry(NoBackoff(), 0)}
        | ({} if REDIS_URL.startswith("unix:") else {"socket_connect_timeout": 1}),
    },
}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"

CELERY_BROKER_URL = embedded.broker_url(REDIS_URL)
CELERY_BROKER_TRANSPORT_OPTIONS = {"global_keyprefix": "okalib-jobs:", "visibility_timeout": 3600}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True  # results are rows of our own: JobRun
CELERY_TASK_ACKS_LATE = True  # a killed worker's task is taken up by the next one; every job may run again (OPS-2)
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "Asia/Tokyo"
CELERY_BEAT_SCHEDULE_FILENAME = env("OKALIB_BEAT_FILE", default=str(embedded.STATE / "beat"))

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = env("STATIC_ROOT", default=None if ON_TRIAL else str(BASE_DIR / "staticfiles"))
WHITENOISE_USE_FINDERS = ON_TRIAL  # on trial nobody has run collectstatic
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if ON_TRIAL
        else "whitenoise.storage.CompressedManifestStaticFilesStorage",
    },
}

# --- who may come in ---------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "okalib.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "okalib.auth.GuessingBackend",
    "okalib.auth.CardBackend",  # patrons: card number and password
    "okalib.auth.StaffBackend",  # staff: user name and password
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"

AXES_USERNAME_CALLABLE = "okalib.auth.name_as_meant"
# The pair is counted, not the address alone: the readers of a whole library share one address.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # what was not looked at makes nobody wait longer
AXES_LOCKOUT_CALLABLE = "okalib.views.doors.locked_out"
AXES_CLIENT_IP_CALLABLE = "okalib.guessing.source"
AXES_DISABLE_ACCESS_LOG = True  # who came in, from where and when is nobody's business
AXES_VERBOSE = False
AXES_ENABLE_ADMIN = False  # staff see and lift locks on the patron's own page (A223)

# What axes cannot count, okalib.guessing does: free guesses, and the while that begins with the first of them.
GUESSES = {
    "account": (env.int("GUESSES_PER_ACCOUNT", default=10), timedelta(days=1)),
    "browser": (env.int("GUESSES_PER_ACCOUNT", default=10), timedelta(days=1)),
    "source": (env.int("GUESSES_PER_SOURCE", default=100), timedelta(hours=1)),
}
OTP_TOTP_ISSUER = "okalib"  # the name under which the device of a member of staff lists our numbers
GUESSES_LONGEST_WAIT = timedelta(minutes=15)
# Every request for a link to a new password is answered after this long: far longer than writing the mail takes, so
# that the time does not tell whether one is written.
LOST_PASSWORD_SECONDS = env.float("LOST_PASSWORD_SECONDS", default=0.5)
# Behind a proxy: the header in which it writes the reader's address, such as X-Forwarded-For or X-Real-IP. Without it
# all readers come from the proxy's own address, and all their slips are counted as one reader's.
TRUSTED_ADDRESS_HEADER = env("TRUSTED_ADDRESS_HEADER", default="")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
CSRF_FAILURE_VIEW = "okalib.views.errors.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # titles do not belong in a cookie
SESSION_COOKIE_HTTPONLY = True
# However much it is used, a session ends: whoever goes on logs in again.
LONGEST_SESSION = {
    "own_device": timedelta(days=env.int("LONGEST_SESSION_DAYS", default=90)),
    "others": timedelta(hours=env.int("LONGEST_SESSION_HOURS", default=12)),
}
SESSION_COOKIE_AGE = 60 * 60 * 8  # of visitors; of who has logged in, okalib.idle says when it ends
if not ON_TRIAL:
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$", r"^metrics$"]
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=60 * 60 * 24 * 365)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    # A name that begins so is a promise that browsers keep: only by HTTPS, only from this very host.
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"
    LANGUAGE_COOKIE_NAME = "__Host-language"

# --- words and time ----------------------------------------------------------------------------------------------

LANGUAGE_CODE = "ja"
LANGUAGES = [("ja", _("日本語")), ("en", _("英語"))]
LOCALE_PATHS = [BASE_DIR / "okalib" / "locale"]
USE_I18N = True
TIME_ZONE = "Asia/Tokyo"
USE_TZ = True

# --- mail, logs and measures ---------------------------------------------------------------------------------

DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="library@okalib.invalid")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
if "EMAIL_URL" in env.ENVIRON:
    vars().update(env.email_url("EMAIL_URL"))
else:  # on trial every mail is a file that can be read
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(embedded.STATE / "mails")
EMAIL_TIMEOUT = 20

# --- other libraries' catalogues -----------------------------------------------------------------------------------

ELSEWHERE_USER_AGENT = env("ELSEWHERE_USER_AGENT", default="okalib (cross search of a library catalogue)")
ELSEWHERE_ASKS_PER_MINUTE = env.int("ELSEWHERE_ASKS_PER_MINUTE", default=30)  # from one address, all targets together

# Whoever sends this token may read /metrics; without one nobody may.
METRICS_TOKEN = env("METRICS_TOKEN", default="")

LOGGING = logging_config(level=env("LOG_LEVEL", default="INFO"))
