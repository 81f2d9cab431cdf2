"""The staff's site: Django's admin in Japanese, and the pages of the desk beside it.

A page of the desk is a view that an app's `admin.py` enters by `desk_page`:

    @desk_page("check-out/", _("貸出"), "circulation.add_loan")
    def check_out(request: HttpRequest) -> HttpResponse:
        return render(request, "admin/circulation/check_out.html", desk_context(request, item=item))

It is reached as `admin:desk-check-out` under /staff/desk/check-out/, only by staff with the permission, and the first
page of the site lists it. A page that belongs to another one, e.g. `"bags/<int:bag_id>/"`, says `is_listed=False` and
has a name of its own: `name="bag"` makes it `admin:desk-bag`. Its template extends `admin/base_site.html`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.admin.options import TO_FIELD_VAR
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.translation import gettext_lazy as _

from okalib import second_factor
from okalib.leafing import ShortPaginator
from okalib.web import came_from, unstored

View = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class DeskPage:
    """One page of the desk."""

    path: str
    name: str
    title: Any  # a text, translated when it is shown
    permission: str | None
    view: View
    order: int
    is_listed: bool

    def is_open_to(self, request: HttpRequest) -> bool:
        """Whether this member of staff may use the page."""
        return self.permission is None or request.user.has_perm(self.permission)


_pages: dict[str, DeskPage] = {}


def desk_page(
    path: str, title: Any, permission: str | None, *, name: str = "", order: int = 100, is_listed: bool = True
) -> Callable[[View], View]:
    """Enter a view as a page of the desk; `permission` None opens it to all staff, `order` sorts the list."""
    name = name or re.sub(r"<[^>]*>", "", path).strip("/").replace("//", "/").replace("/", "-")

    def enter(view: View) -> View:
        if name in _pages and _pages[name].path != path:
            raise ValueError(f"Two pages of the desk are named {name!r}; give one of them another name.")
        _pages[name] = DeskPage(path, name, title, permission, view, order, is_listed)
        return view

    return enter


_read_first_page: list[Callable[[HttpRequest], dict[str, Any]]] = []


def first_page(read: Callable[[HttpRequest], dict[str, Any]]) -> Callable[[HttpRequest], dict[str, Any]]:
    """Enter what the first page shows; the top floor reads it, since only that may ask every app."""
    _read_first_page[:] = [read]
    return read


def desk_context(request: HttpRequest, **more: Any) -> dict[str, Any]:
    """Return the context that the templates of the site need; the title is that of the page unless it is given."""
    match = request.resolver_match
    page = _pages.get((match.url_name or "").removeprefix("desk-")) if match else None
    return admin.site.each_context(request) | {"title": page.title if page else ""} | more


class LongList(admin.ModelAdmin):
    """A list of a table that grows with the library: nothing on its page counts all rows."""

    show_full_result_count = False
    paginator = ShortPaginator


class StaffSite(admin.AdminSite):
    """The staff's site."""

    site_title = _("okalib 職員用")
    site_header = _("図書館業務")
    index_title = _("業務メニュー")
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff, but nobody who belongs to a pickup library: they have a page of their own (A170)."""
        return super().has_permission(request) and getattr(request.user, "library_id", None) is None

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Let nobody in before the second factor where they have one, or must have one (`okalib.second_factor`)."""

        @wraps(view)
        def behind_second_factor(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            # Django asks whether the field of this name may be looked at, but not where there is none.
            if "" in (request.GET.get(TO_FIELD_VAR), request.POST.get(TO_FIELD_VAR)):
                raise Http404
            page = second_factor.first_page(request)
            if page is None:
                return view(request, *args, **kwargs)
            back = urlencode({"next": came_from(request)})
            return unstored(redirect(f"{reverse(f'{self.name}:{page}')}?{back}"))

        return super().admin_view(behind_second_factor, cacheable)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """The pages of the desk, before Django's own."""
        desk: list[URLPattern | URLResolver] = [
            path(f"desk/{page.path}", self.admin_view(_guarded(page)), name=f"desk-{page.name}")
            for page in _pages.values()
        ]
        return desk + super().get_urls()

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """The first page: what today asks, then the pages of the desk."""
        for read in _read_first_page:
            extra_context = read(request) | (extra_context or {})
        return super().index(request, extra_context)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Django's context, and the pages of the desk that this member of staff may use."""
        return super().each_context(request) | {"desk_pages": self.desk_pages(request)}

    def desk_pages(self, request: HttpRequest) -> list[dict[str, str]]:
        """Return title and address of each page for the list; none before somebody has logged in."""
        if not self.has_permission(request):
            return []
        return [
            {"title": page.title, "url": reverse(f"{self.name}:desk-{page.name}")}
            for page in sorted(_pages.values(), key=lambda page: (page.order, str(page.title)))
            if page.is_listed and page.is_open_to(request)
        ]


def _guarded(page: DeskPage) -> View:
    @wraps(page.view)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not page.is_open_to(request):
            raise PermissionDenied
        return page.view(request, *args, **kwargs)

    return opened


site = admin.site
"""The staff's site, made by OkalibAdminConfig."""
