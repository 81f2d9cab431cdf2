"""Numbers of the rules in texts that staff write: `{loan_days}日間` says what the policy says today (REQ-2)."""

from __future__ import annotations

import re
from dataclasses import asdict

from okalib.rules import Limits, Policy

NAMES = (
    *("loan_days", "renewal_days", "max_renewals", "renewal_opens_days_before", "shelf_days", "delivered_due_days"),
    *("due_soon_days", "card_lapse_years", "activation_code_days", "counter_phone", "cooperation_phone"),
    *("loans_print", "loans_av", "holds_print", "holds_av"),
)
"""What a text may name: fields of the policy, and of the limits of most patrons."""

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def unknown(text: str) -> list[str]:
    """Return the placeholders of a text that are none, as written.

    >>> unknown("{loan_days}日間。{weeks}週間。")
    ['{weeks}']
    """
    return [found.group() for found in _PLACEHOLDER.finditer(text) if found.group(1) not in NAMES]


def filled(text: str, policy: Policy, limits: Limits) -> str:
    """Return a text with its numbers; what is no placeholder stays as it is.

    >>> filled("図書は{loans_print}冊、{loan_days}日間。", Policy(), Limits())
    '図書は10冊、15日間。'
    """
    values = asdict(policy) | asdict(limits)
    return _PLACEHOLDER.sub(lambda found: str(values[found[1]]) if found[1] in NAMES else found[0], text)
