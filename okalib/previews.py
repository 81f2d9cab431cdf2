"""Look first, then save: a page that changes a setting shows what that does before it can be saved.

The first button asks for the effect, the second saves, and only what was looked at: the page carries a fingerprint of
what was typed, and whoever has typed something else since is shown the effect of that.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any, TypeVar

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from okalib.admin_site import desk_context
from okalib.rules import Refused

F = TypeVar("F", bound=forms.BaseForm)


def look_then_save(
    request: HttpRequest,
    form: F,
    *,
    template: str,
    effect: Callable[[F], Any],
    save: Callable[[F], HttpResponse],
    **context: Any,
) -> HttpResponse:
    """Return the page of a form: empty, with its faults, with the `effect` of what was typed, or what `save` answers.

    `effect` may carry `refusals`, which keep the second button away. What `save` refuses is shown with every reason.
    """
    status = 200
    if form.is_bound and form.is_valid():
        seen, refusals = fingerprint(form), []
        if "save" in request.POST and request.POST.get("seen") == seen:
            try:
                return save(form)
            except Refused as refused:
                refusals, status = refused.refusals, 409
        shown = effect(form)
        refusals = refusals or list(getattr(shown, "refusals", []))
        context |= {
            "effect": shown,
            "seen": seen,
            "refusals": refusals,
            "is_preview": True,
            "was_typed_anew": "save" in request.POST and not refusals,
        }
    elif form.is_bound:
        status = 422
    return render(request, template, desk_context(request, form=form, **context), status=status)


def show_then_remove(
    request: HttpRequest, form: F, *, template: str, effect: Any, remove: Callable[[F], HttpResponse], **context: Any
) -> HttpResponse:
    """Return the page that says what taking something back does and asks why, or what `remove` answers."""
    status, refusals = 200, list(getattr(effect, "refusals", []))
    if form.is_bound and form.is_valid():
        try:
            return remove(form)
        except Refused as refused:
            refusals, status = refused.refusals, 409
    elif form.is_bound:
        status = 422
    context = desk_context(request, form=form, effect=effect, refusals=refusals, **context)
    return render(request, template, context, status=status)


def fingerprint(form: forms.BaseForm) -> str:
    """Return a mark of what was typed into a form: the same for the same, another for anything else."""
    typed = {name: form[name].value() for name in form.fields}
    return sha256(json.dumps(typed, sort_keys=True, default=str).encode()).hexdigest()[:32]
