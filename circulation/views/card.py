"""The library card on the screen of a phone."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from okalib.web import PatronRequest, patron_page


@require_safe
@patron_page
def card(request: PatronRequest) -> HttpResponse:
    """Show the number of the card as bars and as a QR code, large and with nothing else beside them (PAT-1)."""
    return render(request, "circulation/card.html", {"number": request.patron.card_number})
