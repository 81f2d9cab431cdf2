"""Registering at the counter: a form, a warning of who is there already, a card (PAT-3, PAT-4, PAT-5)."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from okalib import clock, people
from okalib.actions import patrons
from okalib.admin_site import desk_context, desk_page
from okalib.desk import clerk
from okalib.desk_forms import RegisterForm
from okalib.rules import Refused


@desk_page("patrons/new/", gettext_lazy("利用者の登録"), "okalib.add_patron", name="register", order=16)
def register(request: HttpRequest) -> HttpResponse:
    """Register a patron, unless somebody alike is known and the clerk has not said that it is another person."""
    form = RegisterForm(request.POST or None)
    context = desk_context(request, form=form)
    template = "admin/okalib/patron/register.html"
    if request.method != "POST":
        return render(request, template, context)
    if not form.is_valid():
        return render(request, template, context, status=409)
    data = form.cleaned_data
    alike = people.alike(name_kana=data["name_kana"], birth_year=data["birth_year"], phone=data["phone"])
    if alike and not request.POST.get("is_another"):
        return render(request, template, context | {"alike": alike}, status=409)
    try:
        typed = data | {"card_number": data["card_number"] or None}
        patron = patrons.register(by=clerk(request), now=clock.now(), **typed)
    except Refused as refused:
        return render(request, template, context | {"refusals": refused.refusals, "alike": alike}, status=409)
    messages.success(request, _("登録しました。続けて登録コードを発行できます。"))
    return redirect("admin:desk-patron", patron.pk)
