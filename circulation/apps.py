"""The desk."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CirculationConfig(AppConfig):
    """Loans."""

    name = "circulation"
    verbose_name = _("貸出・返却")

    def ready(self) -> None:
        from circulation import causes  # noqa: F401 - registers what notices ask
