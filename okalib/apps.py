"""The lowest floor as Django knows it, and the staff's site in place of Django's own."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.utils.translation import gettext_lazy as _


class OkalibConfig(AppConfig):
    """Libraries, calendars, patrons, staff."""

    name = "okalib"
    verbose_name = _("図書館・利用者")
    default = True

    def ready(self) -> None:
        """Let every session know from its beginning when it ends, and have logs tell who came and went, by any door."""
        from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed

        from okalib import idle, logs

        user_logged_in.connect(idle.begin, dispatch_uid="okalib.idle.begin")
        user_logged_in.connect(logs.note_log_in, dispatch_uid="okalib.logs.in")
        user_login_failed.connect(logs.note_failure, dispatch_uid="okalib.logs.failed")
        user_logged_out.connect(logs.note_log_out, dispatch_uid="okalib.logs.out")


class OkalibAdminConfig(admin_apps.AdminConfig):
    """Django's admin with the site of `okalib.admin_site`."""

    default = False  # the setting names it; okalib's own config is the one above
    default_site = "okalib.admin_site.StaffSite"
