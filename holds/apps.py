"""The queue."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HoldsConfig(AppConfig):
    """Reservations."""

    name = "holds"
    verbose_name = _("予約")

    def ready(self) -> None:
        from holds import causes  # noqa: F401 - registers what notices ask
