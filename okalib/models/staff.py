"""People who log in, and the trace of what staff decided."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.crypto import salted_hmac
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_otp.plugins.otp_totp.models import TOTPDevice

from okalib.models.policy import PolicySettings


class User(AbstractUser):
    """Somebody who logs in: a staff member by user name, or a patron by card number (see `okalib.auth`)."""

    library = models.ForeignKey(
        "okalib.Library",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="staff",
        verbose_name=_("所属する受渡館"),
        help_text=_("受渡館の職員だけ。その館の資料袋だけを扱えます。"),
    )
    session_epoch = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("ログイン利用者")
        verbose_name_plural = _("ログイン利用者")
        permissions = [("reset_second_factor", _("職員の二段階認証を解除する"))]

    @cached_property
    def second_factor_id(self) -> int | None:
        """The device with which this member of staff proves who they are; `okalib.auth` fetches it with the user."""
        return TOTPDevice.objects.filter(user=self, confirmed=True).values_list("pk", flat=True).first()

    @cached_property
    def needs_second_factor(self) -> bool:
        """Whether the policy makes a second factor compulsory; it too is fetched with the user."""
        return PolicySettings.objects.filter(pk=1, staff_second_factor=True).exists()

    def end_sessions(self) -> None:
        """Log out everywhere while the password stays: what a session carries no longer fits (A224, PAT-2)."""
        User.objects.filter(pk=self.pk).update(session_epoch=models.F("session_epoch") + 1)
        self.refresh_from_db(fields=["session_epoch"])

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        # Django's own hash of the password, and the epoch with it
        return salted_hmac(
            "okalib.session", f"{self.session_epoch}:{self.password}", secret=secret, algorithm="sha256"
        ).hexdigest()


class StaffAction(models.Model):
    """One thing that a staff member did or tried: who, when, what, why (OPS-5, LIM-4)."""

    at = models.DateTimeField(_("日時"), db_index=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("職員"))
    verb = models.CharField(_("操作"), max_length=60)
    subject = models.CharField(pgettext_lazy("action", "対象"), max_length=100, blank=True)
    patron = models.ForeignKey(
        "okalib.Patron", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("利用者")
    )
    reason = models.CharField(_("理由"), max_length=500, blank=True)
    overridden = models.JSONField(_("特例で認めた理由コード"), default=list, blank=True)
    was_refused = models.BooleanField(_("権限がなく拒否"), default=False)

    class Meta:
        verbose_name = _("職員操作記録")
        verbose_name_plural = _("職員操作記録")
        ordering = ["-at", "-id"]
        permissions = [("override_refusal", _("制限を特例で超える"))]
        # who has changed a setting, and when, stands beside it
        indexes = [models.Index(fields=["verb", "-at"], name="staff_action_by_verb")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.verb} {self.subject}"


class PatronView(models.Model):
    """That a member of staff had a patron's record before them; once in some minutes (A227, OPS-5)."""

    at = models.DateTimeField(_("日時"), db_index=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("職員"))
    patron = models.ForeignKey(
        "okalib.Patron", models.CASCADE, related_name="views", db_index=False, verbose_name=_("利用者")
    )

    class Meta:
        verbose_name = _("利用者情報の閲覧記録")
        verbose_name_plural = _("利用者情報の閲覧記録")
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["patron", "by", "-at"], name="patron_views")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"


class RecoveryCode(models.Model):
    """A one-time code for a member of staff whose device is not at hand; only its hash is kept."""

    user = models.ForeignKey(User, models.CASCADE, related_name="recovery_codes", verbose_name=_("職員"))
    code_hash = models.CharField(max_length=128)

    class Meta:
        verbose_name = _("回復コード")
        verbose_name_plural = _("回復コード")

    def __str__(self) -> str:
        return str(_("回復コード"))
