"""What notices about deliveries ask before they are sent: does their cause still hold? (NTF-2, A165, A178)"""

from __future__ import annotations

from circulation.models import Loan
from notifications.causes import still_true
from notifications.models import Notice


@still_true("delivery_ready")
def nothing_left_to_collect(notice: Notice) -> str | None:
    """Drop the titles whose loans are closed; a mail with nothing left is withdrawn."""
    loans = Loan.objects.open().filter(pk__in=notice.context.get("loans", [])).select_related("item__bib")
    notice.context["titles"] = [loan.item.bib.full_title for loan in loans.order_by("pk")]
    return None if notice.context["titles"] else "受取る資料がなくなったため"
