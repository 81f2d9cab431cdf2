"""What notices about loans ask before they are sent: does their cause still hold? (NTF-2, A179)"""

from __future__ import annotations

from circulation.models import Loan
from notifications.causes import still_true
from notifications.models import Notice


@still_true("due_soon")
def no_longer_due_soon(notice: Notice) -> str | None:
    """Drop what was returned or renewed since; a mail with nothing left is withdrawn (A141)."""
    return _keep_standing_lines(notice)


@still_true("overdue")
def no_longer_overdue(notice: Notice) -> str | None:
    """Drop what was returned or moved since; a mail with nothing left is withdrawn (A179)."""
    return _keep_standing_lines(notice)


def _keep_standing_lines(notice: Notice) -> str | None:
    lines = notice.context.get("loans", [])
    standing = {
        loan.pk: f"{loan.due_on}"
        for loan in Loan.objects.open().filter(pk__in=[line["loan"] for line in lines], received_on=None)
    }
    notice.context["loans"] = [line for line in lines if standing.get(line["loan"]) == line["due_on"]]
    return None if notice.context["loans"] else "返却または延長されたため"
