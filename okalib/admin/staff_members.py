"""Those who log in by user name, and help for who has lost their second factor."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import UserAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_otp.plugins.otp_totp.models import TOTPDevice

from okalib import clock
from okalib.actions import second_factor
from okalib.desk import carry_out, clerk
from okalib.models import User

RESET = "okalib.reset_second_factor"

admin.site.unregister(TOTPDevice)  # its page shows the keys; ours are the pages of okalib.admin.second_factor


@admin.register(User)
class StaffUserAdmin(UserAdmin):
    """Those who log in by user name; patrons log in by card and are not here."""

    change_form_template = "admin/okalib/user/change_form.html"
    fieldsets = [*UserAdmin.fieldsets, (gettext_lazy("所属"), {"fields": ["library"]})]  # type: ignore[misc]
    add_fieldsets = [*UserAdmin.add_fieldsets, (gettext_lazy("所属"), {"fields": ["is_staff", "library"]})]
    list_display = ["username", "last_name", "first_name", "is_staff", "library", "is_active"]
    list_select_related = ["library"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Staff only."""
        return super().get_queryset(request).filter(patron=None)

    def get_urls(self) -> list[URLPattern]:
        """With the reset of the second factor."""
        view = self.admin_site.admin_view(self.reset_view)
        return [path("<path:object_id>/second-factor/", view, name="okalib_user_second_factor"), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """With the button of the reset, for who has the right."""
        more = {"may_reset_second_factor": request.user.has_perm(RESET)}
        return super().change_view(request, object_id, form_url, more | (extra_context or {}))

    def reset_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for the reason, then take device and codes away."""
        user = self.get_object(request, unquote(object_id))
        if user is None:
            raise Http404
        if not request.user.has_perm(RESET):
            raise PermissionDenied
        if request.method == "POST":
            reason, by, now = request.POST.get("reason", ""), clerk(request), clock.now()
            done = _("%(name)sさんの二段階認証を解除しました。次のログインのあと、設定をやり直してもらってください。")
            if carry_out(
                request,
                lambda: second_factor.reset(user=user, by=by, now=now, reason=reason),
                done % {"name": user.get_full_name() or user.username},
            ):
                return HttpResponseRedirect(reverse("admin:okalib_user_change", args=[user.pk]))
        context = self.admin_site.each_context(request) | {"title": _("二段階認証の解除"), "member": user}
        return TemplateResponse(request, "admin/okalib/user/second_factor.html", context | {"opts": self.opts})
