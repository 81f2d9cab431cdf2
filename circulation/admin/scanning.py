"""How a scan is answered: once, however often it is sent; wholly or as the parts that changed; in earnest or not.

1. Every form carries a token. The first time it comes with these words it is done, and its answer is kept; sent again,
   by a repeated click, a network that failed or a page gone back to, the same answer is shown and nothing is done.
   The answer, which may name a patron, is kept for two minutes, the mark that it was done for a day. What raised an
   error was rolled back and may be sent again.
2. `static/admin-okalib/scan.js` asks for the changed parts only and puts them into the page; without it the whole page
   comes.
3. Rehearsing, a scan is played in a transaction that is rolled back: the answer is real and nothing is kept.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.core.cache import cache
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from okalib import clock
from okalib.actions import patrons
from okalib.actions.staff import may_override
from okalib.admin_site import desk_context, desk_page
from okalib.desk import Answer, Tone, clerk, override_from
from okalib.models import Patron
from okalib.rules import Override
from okalib.web import safe_path, unstored

View = Callable[..., HttpResponse]

ANSWER_SECONDS = 2 * 60
DONE_SECONDS = 24 * 60 * 60
LONGEST_WAIT = 5.0
"""Seconds that a repeated scan waits for the answer of the first one."""
REHEARSAL = "desk_rehearsal"
REHEARSAL_SECONDS = 30 * 60
"""A rehearsal that nobody goes on with ends by itself, so that no work in earnest is lost in it."""
PART = "X-Desk-Part"


def scan_view(view: View) -> View:
    """Answer each form once, and keep nothing of it while rehearsing."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "POST":
            return view(request, *args, **kwargs)
        key = _key(request)
        if key is None:
            return _play(view, request, *args, **kwargs)
        if not cache.add(f"desk-done:{key}", True, DONE_SECONDS):
            return _answer_again(request, key)
        try:
            response = _play(view, request, *args, **kwargs)
        except BaseException:
            cache.delete(f"desk-done:{key}")
            raise
        cache.set(f"desk-answer:{key}", (response.status_code, response.content), ANSWER_SECONDS)
        return response

    return answered


def _play(view: View, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """Do it, in earnest or rehearsing; that a clerk has seen a patron's record is written down in both (A227)."""
    if not is_rehearsing(request):
        response = view(request, *args, **kwargs)
    else:
        request.session[REHEARSAL] = clock.seconds() + REHEARSAL_SECONDS
        with transaction.atomic():
            response = view(request, *args, **kwargs)
            transaction.set_rollback(True)
    seen = getattr(request, "patron_seen", None)
    if seen is not None:
        patrons.note_view(patron=seen, by=clerk(request), now=clock.now())
    return response


def saw(request: HttpRequest, patron: Patron) -> None:
    """Say that the answer shows a patron's record."""
    request.patron_seen = patron  # type: ignore[attr-defined]


def _key(request: HttpRequest) -> str | None:
    """Name a form by its session, its token and all its words: a token reused with other words is another form."""
    if not request.POST.get("token"):
        return None
    words = sorted((name, value) for name, value in request.POST.items() if name != "csrfmiddlewaretoken")
    return hashlib.sha256(repr((request.session.session_key, request.path, words)).encode()).hexdigest()


def _answer_again(request: HttpRequest, key: str) -> HttpResponse:
    """Answer as the first time; what is being done at this moment is waited for."""
    until = time.monotonic() + LONGEST_WAIT
    while (known := cache.get(f"desk-answer:{key}")) is None and time.monotonic() < until:
        if cache.get(f"desk-done:{key}") is None:
            break  # the first one has failed
        time.sleep(0.05)
    if known is not None:
        status, content = known
        return unstored(HttpResponse(content, status=status))
    words = _("前の読み取りの結果を確認できません。もう一度読み取ってください。")
    if is_part(request):
        answer = Answer(Tone.STOP, _("結果を確認できません"), reasons=[words])
        return render(request, "admin/circulation/answer_live.html", {"answer": answer}, status=409)
    messages.warning(request, words)
    return HttpResponseRedirect(request.path)


def is_part(request: HttpRequest) -> bool:
    """Whether the script asks for the changed parts of its page."""
    return PART in request.headers


def show(request: HttpRequest, screen: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """Show a screen with its answer, wholly or its changed parts; while rehearsing the answer says so."""
    rehearsing = is_rehearsing(request)
    if rehearsing and context.get("answer"):
        answer = context["answer"]
        context["answer"] = replace(answer, verb=_("（練習）%(verb)s") % {"verb": answer.verb})
    context |= {"screen": screen, "token": uuid4().hex, "is_rehearsing": rehearsing}
    if is_part(request):
        return render(request, f"admin/circulation/{screen}_live.html", context, status=status)
    return render(request, f"admin/circulation/{screen}.html", desk_context(request, **context), status=status)


def is_rehearsing(request: HttpRequest) -> bool:
    """Whether this clerk rehearses, and has done so lately."""
    return bool(request.session.get(REHEARSAL, 0) > clock.seconds())


def decided(request: HttpRequest) -> Override | None:
    """Return the decision to go over refusals; rehearsing without the right there is none, as no attempt is kept."""
    if is_rehearsing(request) and not may_override(clerk(request)):
        return None
    return override_from(request)


@desk_page("rehearsal/", gettext_lazy("記録しない練習"), "circulation.add_loan", is_listed=False)
@require_POST
def rehearse(request: HttpRequest) -> HttpResponse:
    """Begin or end the rehearsal of this clerk, and go back to the screen."""
    if request.POST.get("begin"):
        request.session[REHEARSAL] = clock.seconds() + REHEARSAL_SECONDS
    else:
        request.session.pop(REHEARSAL, None)
    return HttpResponseRedirect(safe_path(request, request.POST.get("next", ""), reverse("admin:desk-check-out")))
