"""What people fill in to come in and to be reached. Whether it will do, the verbs say; here it is only read."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.utils.translation import gettext_lazy as _


def _secret(label: Any, help_text: Any = "", autocomplete: str = "new-password") -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, help_text=help_text, strip=False, widget=widget)


class LogInForm(AuthenticationForm):
    """Card number and password; the answer is the same for an unknown card and a wrong password (PAT-3)."""

    error_messages = {
        "invalid_login": _("カード番号またはパスワードが正しくありません。"),
        "inactive": _("カード番号またはパスワードが正しくありません。"),
    }

    own_device = forms.BooleanField(
        label=_("自分専用の機器で使う（ログインしたままにする）"),
        required=False,
        widget=forms.CheckboxInput(attrs={"aria-describedby": "id_own_device_helptext"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("カード番号")
        self.fields["username"].widget.attrs |= {"inputmode": "text", "autocapitalize": "none"}
        self.fields["password"].label = _("パスワード")


class NewPassword(forms.Form):
    """A new password, typed twice."""

    new = _secret(_("新しいパスワード"), _("8文字以上。カード番号や推測されやすい言葉は使えません。"))
    again = _secret(_("新しいパスワード（確認）"))

    def clean(self) -> dict[str, Any]:
        """Compare the two."""
        data = super().clean() or {}
        if data.get("new") and data.get("again") and data["new"] != data["again"]:
            self.add_error("again", _("2つのパスワードが一致しません。"))
        return data


class LostPasswordForm(forms.Form):
    """Whose password is lost, and the address that the library has on file (PAT-3)."""

    card_number = forms.CharField(
        label=_("カード番号"), max_length=30, widget=forms.TextInput(attrs={"autocomplete": "username"})
    )
    email = forms.EmailField(
        label=_("図書館に登録したメールアドレス"), widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )


class ActivationForm(NewPassword):
    """The first password, by the code of the counter (PAT-3)."""

    card_number = forms.CharField(
        label=_("カード番号"), max_length=30, widget=forms.TextInput(attrs={"autocomplete": "username"})
    )
    code = forms.CharField(
        label=_("登録コード"),
        max_length=30,
        help_text=_("総合カウンターでお渡しした8文字のコードです。"),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code"}),
    )

    field_order = ("card_number", "code", "new", "again")


class PasswordForm(NewPassword):
    """Another password, for who knows the present one."""

    old = _secret(_("現在のパスワード"), autocomplete="current-password")

    field_order = ("old", "new", "again")


class ContactForm(forms.Form):
    """How the patron wants to be told of things (PAT-4)."""

    contact = forms.ChoiceField(
        label=_("連絡方法"),
        widget=forms.RadioSelect,
        choices=[
            ("email", _("電子メール：用意ができたときなどに、下のアドレスへ送ります")),
            ("phone", _("電話：用意ができたときなどに、図書館から下の番号へかけます")),
            ("none", _("連絡不要：送りません。お知らせはマイライブラリで読めます")),
        ],
    )
    email = forms.EmailField(
        label=_("電子メール"),
        required=False,
        help_text=_("変更すると、まだ送っていないお知らせも新しいアドレスへ送ります。"),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    present_password = forms.CharField(
        label=_("現在のパスワード"),
        required=False,
        strip=False,
        help_text=_("電子メールアドレスを変更するときだけ、ご本人の確認のために入力してください。"),
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    phone = forms.CharField(
        label=_("電話番号"),
        required=False,
        max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "type": "tel"}),
    )
    language = forms.ChoiceField(
        label=_("お知らせの言語"), widget=forms.RadioSelect, choices=[("ja", "日本語"), ("en", "English")]
    )
    wants_due_reminders = forms.BooleanField(
        label=_("返却期限が近づいたら知らせる"),
        required=False,
        help_text=_("返却期限の数日前に、上の連絡方法でお知らせします。"),
    )
