"""What became of a notice, in words for its reader: `{% load circulation_notices %}`."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _

from notifications.models import Notice
from notifications.rules import State
from okalib.templatetags.okalib_days import day

register = template.Library()

TONES = {State.SENT: "good", State.PHONE: "key", State.QUEUED: "key", State.FAILED: "look", State.UNKNOWN: "look"}


@register.filter
def state_words(notice: Notice) -> str:
    """Write what became of a notice; staff's words for states are for staff (NTF-4)."""
    if notice.is_sent:
        return _("%(day)sにメールを送信") % {"day": day(notice.sent_at)}
    if notice.state == State.CLOSED and notice.was_phoned:
        return _("%(day)sに電話で連絡") % {"day": day(notice.closed_at)}
    return {
        State.QUEUED: _("まもなく送信"),
        State.IN_FLIGHT: _("まもなく送信"),
        State.PHONE: _("電話で連絡します"),
        State.CLOSED: _("送信せず（ここで表示）"),
        State.WITHDRAWN: _("取りやめ"),
    }.get(State(notice.state), _("届いたか確認中"))


@register.filter
def state_tone(notice: Notice) -> str:
    """Choose the look of the badge."""
    return TONES.get(State(notice.state), "")
