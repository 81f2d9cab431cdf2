"""What somebody has typed is not lost when a form comes too late: after the end of a session, or with an old token.

It is shown again with a button to send it once more, by the same person: across the log-in it waits in the session for
a short while, for the user whose session has ended. Passwords and codes are never kept, they are asked for again.
Nothing is shown of a form that did not come from our own pages (A218).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from okalib import clock

KEY = "unsent"
KEPT_SECONDS = 30 * 60
MOST_FIELDS = 100
MOST_LETTERS = 20_000
NEVER_SENT_AGAIN = {"csrfmiddlewaretoken"}
SECRETS = {
    "password": _("パスワード"),
    "old": _("現在のパスワード"),
    "new": _("新しいパスワード"),
    "again": _("新しいパスワード（確認）"),
    "code": _("登録コード"),
}
LABELS = {
    "username": _("カード番号"),
    "card_number": _("カード番号"),
    "email": _("電子メール"),
    "phone": _("電話番号"),
    "text": _("内容"),
    "contact": _("連絡先"),
    "item_number": _("資料番号"),
    "reason": _("理由"),
    "name": _("名前"),
    "until": _("日付"),
    "needed_by": _("日付"),
}


@dataclass(frozen=True, slots=True)
class Typed:
    """A form as it was sent: where to, its fields in their order, and the secrets that must be typed anew."""

    path: str
    fields: list[tuple[str, str]]
    secrets: list[str]

    @property
    def shown(self) -> list[tuple[Any, str]]:
        """What a person has written, each with its label ("" where we have none); not what the form itself put in."""
        written = [(LABELS.get(_plain(name), ""), value) for name, value in self.fields if value.strip()]
        return [(label, value) for label, value in written if label or not value.isascii()]

    @property
    def asked_again(self) -> list[tuple[str, Any]]:
        """Name and label of each secret."""
        return [(name, SECRETS.get(_plain(name), SECRETS["password"])) for name in self.secrets]


def read(request: HttpRequest) -> Typed | None:
    """Return what was typed into the form that was just sent, None if it is no form, too long or holds files."""
    if request.method != "POST" or request.FILES:
        return None
    fields = [(name, value) for name, values in request.POST.lists() for value in values]
    fields = [(name, str(value)) for name, value in fields if name not in NEVER_SENT_AGAIN]
    if not fields or len(fields) > MOST_FIELDS or sum(len(name) + len(value) for name, value in fields) > MOST_LETTERS:
        return None
    secrets = [name for name, _value in fields if is_secret(name)]
    return Typed(request.get_full_path(), [field for field in fields if field[0] not in secrets], secrets)


def is_secret(name: str) -> bool:
    """Tell whether what is typed into a field of this name must not be kept."""
    return _plain(name) in SECRETS or "password" in name.lower()


def is_ours(request: HttpRequest) -> bool:
    """Tell whether a form came from our own pages: by its Origin, or by its Referer where there is no Origin."""
    own = (request.scheme, request.get_host())
    came_from = request.headers.get("Origin") or request.headers.get("Referer", "")
    try:
        parts = urlsplit(came_from)
    except ValueError:
        return False
    return (parts.scheme, parts.netloc) == own


def keep(request: HttpRequest, *, back: str) -> bool:
    """Keep what was typed in the session until its owner has logged in again; tells whether there was anything."""
    typed = read(request)
    if typed is None:
        return False
    request.session[KEY] = {
        "path": typed.path,
        "fields": typed.fields,
        "secrets": typed.secrets,
        "back": back,
        "whose": getattr(request, "ended_for", None),
        "at": clock.seconds(),
    }
    return True


def is_kept(request: HttpRequest) -> bool:
    """Tell whether something waits in the session to be sent again."""
    return KEY in request.session


def kept(request: HttpRequest) -> tuple[Typed, str] | None:
    """Return what waits for whoever has logged in, and the page it was typed on; forgets what is not theirs or old."""
    noted = request.session.get(KEY)
    if noted is None:
        return None
    is_theirs = noted["whose"] in (None, str(request.user.pk))
    if not is_theirs or clock.seconds() - noted["at"] > KEPT_SECONDS:
        forget(request)
        return None
    fields = [(name, value) for name, value in noted["fields"]]
    return Typed(noted["path"], fields, noted["secrets"]), noted["back"]


def forget(request: HttpRequest, *, sent_to: str | None = None) -> None:
    """Forget what waits; with `sent_to` only if it was meant for that address."""
    noted = request.session.get(KEY)
    if noted is not None and sent_to in (None, noted["path"]):
        del request.session[KEY]


def _plain(name: str) -> str:
    """The name of a field without the prefix of its form."""
    return name.rpartition("-")[2]
