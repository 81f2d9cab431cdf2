"""The groups of staff and their rights: one table, made and mended by one verb.

A page of the desk asks for one permission (`okalib.admin_site.desk_page`); this table says who has it. Staff of pickup
libraries need none: their page is bound to `User.library` and the staff's site is closed to them (A170).
"""

from __future__ import annotations

from django.contrib.auth.models import Group, Permission

from okalib.transactions import verb

NAMES = {
    "desk": "総合カウンター",
    "cooperation": "図書館協力班",
    "cataloguer": "整理担当",
    "pickup": "受渡館",
    "administrator": "管理者",
}

DESK = (
    *("circulation.view_loan", "circulation.add_loan", "circulation.change_loan"),
    *("holds.view_hold", "holds.add_hold", "holds.change_hold"),
    *("holds.view_pullline", "holds.change_pullline", "holds.view_request", "holds.change_request"),
    *("catalog.view_bib", "catalog.view_item", "catalog.view_location"),
    *("okalib.view_patron", "okalib.add_patron", "okalib.change_patron", "okalib.view_card"),
    *("okalib.view_block", "okalib.add_block", "okalib.change_block"),
    *("okalib.view_patroncategory", "okalib.view_library", "okalib.view_holiday"),
    *("okalib.view_policysettings", "circulation.view_loanperiod"),
    *("notifications.view_notice", "notifications.change_notice"),
    *("delivery.view_deliveryrun", "delivery.view_bag"),
)

INFORMATION = tuple(
    f"okalib.{act}_{model}"
    for model in ("question", "phonenumber", "news")
    for act in ("view", "add", "change", "delete")
)

CALENDARS = ("okalib.change_closure", "okalib.change_openinghours")
"""Days and hours of every library: pickup libraries tell the cooperation desk. Holidays and policy are the
administrator's."""

CROSS_SEARCH = tuple(f"catalog.{act}_searchtarget" for act in ("view", "add", "change", "delete"))

COOPERATION = (
    *DESK,
    *("delivery.change_deliveryrun", "delivery.change_bag"),
    *("okalib.override_refusal", "holds.reorder_queue"),
    *("okalib.view_staffaction", "okalib.view_jobrun", "okalib.run_job", "okalib.view_figure", "okalib.export_figures"),
    *("notifications.view_template", "notifications.add_template"),
    *("notifications.change_template", "notifications.delete_template"),
    *("okalib.view_emergencyclosure", "okalib.add_emergencyclosure", "okalib.change_emergencyclosure"),
    *CALENDARS,
    *INFORMATION,
    *CROSS_SEARCH,
)

CATALOGUER = (
    *("catalog.view_bib", "catalog.add_bib", "catalog.change_bib"),
    *("catalog.view_item", "catalog.add_item", "catalog.change_item"),
    *("catalog.view_location", "catalog.add_location", "catalog.change_location"),
    *("catalog.view_kanjivariant", "catalog.add_kanjivariant", "catalog.change_kanjivariant"),
    *("catalog.delete_kanjivariant", "holds.view_hold"),
)

RIGHTS: dict[str, tuple[str, ...]] = {
    "desk": DESK,
    "cooperation": COOPERATION,
    "cataloguer": CATALOGUER,
    "pickup": (),
}


@verb
def make_roles() -> dict[str, Group]:
    """Make the groups with exactly the rights of the table and return them by role; made twice they are the same.

    The administrator has every right there is. Raises LookupError for a right that no app knows.
    """
    roles = {}
    for role, name in NAMES.items():
        roles[role], _ = Group.objects.get_or_create(name=name)
        rights = RIGHTS.get(role)
        roles[role].permissions.set(Permission.objects.all() if rights is None else _permissions(rights))
    return roles


def _permissions(rights: tuple[str, ...]) -> list[Permission]:
    known = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.select_related("content_type")
    }
    unknown = [right for right in rights if right not in known]
    if unknown:
        raise LookupError(f"No app knows the right {', '.join(unknown)}.")
    return [known[right] for right in rights]
