"""The outbox as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    """Notices to patrons (NTF)."""

    name = "notifications"
    verbose_name = _("お知らせ")
