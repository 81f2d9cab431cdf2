"""The library's policy as one editable row; its defaults are those of `okalib.rules.Policy`."""

from __future__ import annotations

from dataclasses import fields
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from okalib.models.mark import Kept
from okalib.numbers import CheckDigit
from okalib.rules import Policy, RenewalBase

DEFAULT = Policy()


def _overdue_days() -> list[int]:
    return list(DEFAULT.overdue_days)


class PolicySettings(models.Model):
    """The one row of the policy."""

    loan_days = models.PositiveSmallIntegerField(
        _("貸出期間（日）"), default=DEFAULT.loan_days, validators=[MinValueValidator(1)]
    )
    renewal_days = models.PositiveSmallIntegerField(
        _("延長後の期間（日）"),
        default=DEFAULT.renewal_days,
        null=True,
        blank=True,
        help_text=_("空欄は貸出期間と同じ、0は当日"),
    )
    max_renewals = models.PositiveSmallIntegerField(_("延長できる回数"), default=DEFAULT.max_renewals)
    renewal_opens_days_before = models.PositiveSmallIntegerField(
        _("返却期限日の何日前から延長できるか"), default=DEFAULT.renewal_opens_days_before
    )
    renewal_base = models.CharField(
        _("延長の起算日"),
        max_length=20,
        default=DEFAULT.renewal_base,
        choices=[(RenewalBase.RENEWAL_DAY, _("延長した日")), (RenewalBase.DUE_DATE, _("返却期限日"))],
    )
    renewal_counts_free_copies = models.BooleanField(
        _("空いている複本で予約が足りるなら延長を認める"), default=DEFAULT.renewal_counts_free_copies
    )
    renewal_refused_when_overdue = models.BooleanField(
        _("延滞資料があるときは延長を認めない"), default=DEFAULT.renewal_refused_when_overdue
    )
    due_on_open_day = models.BooleanField(_("返却期限日が休館日なら次の開館日へ"), default=DEFAULT.due_on_open_day)
    disputed_loans_count = models.BooleanField(
        _("返却の申し出があり調査中の資料も貸出の上限に数える"), default=DEFAULT.disputed_loans_count
    )
    rest_days = models.PositiveSmallIntegerField(_("延長後の同一資料の間隔（日）"), default=DEFAULT.rest_days)
    shelf_days = models.PositiveSmallIntegerField(
        _("取置期間（開館日）"), default=DEFAULT.shelf_days, validators=[MinValueValidator(1)]
    )
    shelf_extensions = models.PositiveSmallIntegerField(_("取置期間を延ばせる回数"), default=DEFAULT.shelf_extensions)
    card_lapse_years = models.PositiveSmallIntegerField(
        _("カードの有効期間（年、最後の利用から）"), default=DEFAULT.card_lapse_years, validators=[MinValueValidator(1)]
    )
    card_lapse_warning_days = models.PositiveSmallIntegerField(
        _("カード失効のお知らせ（日前）"), default=DEFAULT.card_lapse_warning_days
    )
    activation_code_days = models.PositiveSmallIntegerField(
        _("登録コードの有効期間（日）"), default=DEFAULT.activation_code_days
    )
    password_link_hours = models.PositiveSmallIntegerField(
        _("パスワード再設定メールの有効期間（時間）"),
        default=DEFAULT.password_link_hours,
        validators=[MinValueValidator(1)],
    )
    password_links_per_day = models.PositiveSmallIntegerField(
        _("パスワード再設定メールの上限（1人1日、通）"), default=DEFAULT.password_links_per_day
    )
    shared_idle_minutes = models.PositiveSmallIntegerField(
        _("共用の機器で操作がないときにログアウトするまで（分）"),
        default=DEFAULT.shared_idle_minutes,
        validators=[MinValueValidator(3)],
    )
    own_device_days = models.PositiveSmallIntegerField(
        _("自分専用の機器でログインが続く期間（日、最後の利用から）"),
        default=DEFAULT.own_device_days,
        validators=[MinValueValidator(1)],
    )
    staff_idle_hours = models.PositiveSmallIntegerField(
        _("職員が操作しないときにログアウトするまで（時間）"),
        default=DEFAULT.staff_idle_hours,
        validators=[MinValueValidator(1)],
    )
    delivered_due_days = models.PositiveSmallIntegerField(
        _("受渡資料の返却期限（受渡期間の末日から、日）"), default=DEFAULT.delivered_due_days
    )
    due_soon_days = models.PositiveSmallIntegerField(_("返却期限のお知らせ（日前）"), default=DEFAULT.due_soon_days)
    overdue_days = ArrayField(models.PositiveSmallIntegerField(), verbose_name=_("督促（日後）"), default=_overdue_days)
    holds_on_damaged = models.BooleanField(_("破損資料への予約を認める"), default=DEFAULT.holds_on_damaged)
    item_check_digit = models.CharField(
        _("資料番号のチェックディジット"),
        max_length=10,
        default=DEFAULT.item_check_digit,
        choices=[
            (CheckDigit.MOD_10_WEIGHT_3, _("モジュラス10 ウェイト3")),
            (CheckDigit.MOD_11_WEIGHT_2_TO_7, _("モジュラス11 ウェイト2–7")),
            (CheckDigit.SEVEN_CHECK, _("7DR")),
            (CheckDigit.NONE, _("なし")),
        ],
    )
    holds_ended_kept_days = models.PositiveSmallIntegerField(
        _("終わった予約を利用者と結びつけておく日数"), default=DEFAULT.holds_ended_kept_days
    )
    notices_kept_days = models.PositiveSmallIntegerField(_("お知らせ本文の保存日数"), default=DEFAULT.notices_kept_days)
    saved_searches_most = models.PositiveSmallIntegerField(
        _("保存できる検索の数（1人あたり）"), default=DEFAULT.saved_searches_most
    )
    saved_searches_kept_days = models.PositiveSmallIntegerField(
        _("カードの失効後に検索を保存しておく日数"), default=DEFAULT.saved_searches_kept_days
    )
    new_titles_listed = models.PositiveSmallIntegerField(
        _("新着のメールに載せる書名の数（検索1件あたり）"),
        default=DEFAULT.new_titles_listed,
        validators=[MinValueValidator(1)],
    )
    staff_actions_kept_days = models.PositiveSmallIntegerField(
        _("職員操作記録の保存日数"), default=DEFAULT.staff_actions_kept_days
    )
    staff_actions_patron_days = models.PositiveSmallIntegerField(
        _("職員操作記録を利用者と結びつけておく日数"), default=DEFAULT.staff_actions_patron_days
    )
    staff_second_factor = models.BooleanField(
        _("職員の二段階認証を必須にする"),
        default=DEFAULT.staff_second_factor,
        help_text=_("設定を終えていない職員は、職員用ページのうち二段階認証の設定だけを開けます。"),
    )
    counter_phone = models.CharField(_("総合カウンターの電話番号"), max_length=40, blank=True)
    cooperation_phone = models.CharField(_("図書館協力班の電話番号"), max_length=40, blank=True)

    last_known: ClassVar[Policy] = DEFAULT
    """What this process has read last, for the page that must not ask the database."""
    _kept: ClassVar[Kept[Policy]] = Kept()

    class Meta:
        verbose_name = _("運用方針")
        verbose_name_plural = _("運用方針")
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_policy")]

    def __str__(self) -> str:
        return str(_("運用方針"))

    def save(self, *args: object, **kwargs: object) -> None:
        self.pk = 1
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def as_policy(self) -> Policy:
        """Return the row as the pure value that rules take."""
        values = {field.name: getattr(self, field.name) for field in fields(Policy)}
        values["overdue_days"] = tuple(self.overdue_days)
        if self.renewal_days is None:  # blank falls back to the loan period, 0 stays 0 (A140)
            values["renewal_days"] = self.loan_days
        return Policy(**values)

    @classmethod
    def current(cls) -> Policy:
        """Return the policy in force; the defaults while nobody has saved one."""
        cls.last_known = cls._kept.get("policy", cls._read)
        return cls.last_known

    @classmethod
    def _read(cls) -> Policy:
        row = cls.objects.filter(pk=1).first()
        return row.as_policy() if row else DEFAULT
