"""The catalogues that the cross search asks, and what of their titles we have ourselves (REQ-3)."""

from __future__ import annotations

from collections.abc import Iterable

from catalog.models import REGIONS, Bib, SearchTarget


def search_targets() -> list[tuple[str, list[SearchTarget]]]:
    """Return the targets in use, in the order that staff gave them, under the name of each region that has some."""
    targets = list(SearchTarget.objects.filter(is_enabled=True))
    grouped = [(str(name), [target for target in targets if target.region == region]) for region, name in REGIONS]
    return [(name, found) for name, found in grouped if found]


def search_target(code: str) -> SearchTarget | None:
    """Return a target in use that can be asked, None for any other."""
    target = SearchTarget.objects.filter(code=code, is_enabled=True).first()
    return target if target is not None and target.is_asked else None


def bibs_with_isbns(isbns: Iterable[str]) -> dict[str, int]:
    """Return for each ISBN that a bib of ours has the id of such a bib, for patrons, all in one query (CAT-5)."""
    wanted = list(dict.fromkeys(isbns))
    if not wanted:
        return {}
    found = Bib.objects.visible().filter(isbns__overlap=wanted).order_by("-pk").values_list("pk", "isbns")
    return {isbn: bib_id for bib_id, bib_isbns in found for isbn in bib_isbns if isbn in wanted}
