"""The catalogue as Django knows it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CatalogConfig(AppConfig):
    """Bibs, items, search, interchange."""

    name = "catalog"
    verbose_name = _("目録")
