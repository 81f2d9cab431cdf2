"""Two questions of the machinery around us: are you alive, and can you work?"""

from django.core.cache import cache
from django.db import DatabaseError, InterfaceError, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache

PLAIN = "text/plain; charset=utf-8"


@never_cache
def livez(request: HttpRequest) -> HttpResponse:
    """Say that the process answers; asks nothing of anybody else."""
    return HttpResponse("ok\n", content_type=PLAIN)


@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """Say 200 when PostgreSQL answers, else 503; where Redis is silent pages go on, and only a word says so."""
    silent = []
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (DatabaseError, InterfaceError):
        silent.append("postgresql")
    if not cache.answers():  # type: ignore[attr-defined]  # okalib.cache
        silent.append("redis")
    text = "ok\n" if not silent else f"no answer from: {', '.join(silent)}\n"
    return HttpResponse(text, content_type=PLAIN, status=503 if "postgresql" in silent else 200)
