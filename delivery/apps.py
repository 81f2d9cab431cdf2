"""The weekly delivery."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeliveryConfig(AppConfig):
    """Deliveries to pickup libraries."""

    name = "delivery"
    verbose_name = _("受渡し")

    def ready(self) -> None:
        from delivery import causes  # noqa: F401 - registers what notices ask
