"""What staff tell everybody: questions with answers, telephone numbers by matter, and news (REQ-2)."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from okalib import placeholders, rules


def in_language(text: str, text_en: str) -> str:
    """Return the text in the reader's language; what staff have not written in English is shown in Japanese."""
    return text_en if text_en and (get_language() or "ja").startswith("en") else text


def check_numbers(text: str) -> None:
    """Refuse a text that names a number which the policy does not have."""
    if unknown := placeholders.unknown(text):
        known = "、".join(f"{{{name}}}" for name in placeholders.NAMES)
        raise ValidationError(
            _("「%(unknown)s」は使えません。使える数字：%(known)s") % {"unknown": "、".join(unknown), "known": known}
        )


class Question(models.Model):
    """A question that is asked often, with its answer; `{loan_days}` in the answer is the number of the policy."""

    matter = models.CharField(pgettext_lazy("of questions", "分類"), max_length=60)
    matter_en = models.CharField(_("分類（英語）"), max_length=120, blank=True)
    question = models.CharField(_("質問"), max_length=200)
    question_en = models.CharField(_("質問（英語）"), max_length=400, blank=True)
    answer = models.TextField(_("回答"), validators=[check_numbers])
    answer_en = models.TextField(_("回答（英語）"), blank=True, validators=[check_numbers])
    place = models.PositiveSmallIntegerField(_("並び順"), default=0)
    is_public = models.BooleanField(_("公開"), default=True)

    class Meta:
        verbose_name = _("よくある質問")
        verbose_name_plural = _("よくある質問")
        ordering = ["place", "pk"]

    def __str__(self) -> str:
        return self.question

    @property
    def matter_label(self) -> str:
        """What the question is about."""
        return in_language(self.matter, self.matter_en)

    @property
    def question_label(self) -> str:
        """The question in the reader's language."""
        return in_language(self.question, self.question_en)

    def answer_with(self, policy: rules.Policy, limits: rules.Limits) -> str:
        """Return the answer in the reader's language, with the numbers of the policy."""
        return placeholders.filled(in_language(self.answer, self.answer_en), policy, limits)


class PhoneNumber(models.Model):
    """Whom to call about what."""

    matter = models.CharField(_("用件"), max_length=100)
    matter_en = models.CharField(_("用件（英語）"), max_length=200, blank=True)
    desk = models.CharField(pgettext_lazy("whom to call", "窓口"), max_length=60)
    desk_en = models.CharField(_("窓口（英語）"), max_length=120, blank=True)
    number = models.CharField(_("電話番号"), max_length=40)
    note = models.CharField(_("備考"), max_length=200, blank=True, help_text=_("受付時間など"))
    note_en = models.CharField(_("備考（英語）"), max_length=200, blank=True)
    place = models.PositiveSmallIntegerField(_("並び順"), default=0)

    class Meta:
        verbose_name = _("用件別電話番号")
        verbose_name_plural = _("用件別電話番号")
        ordering = ["place", "pk"]

    def __str__(self) -> str:
        return f"{self.matter} {self.number}"

    @property
    def matter_label(self) -> str:
        """The matter in the reader's language."""
        return in_language(self.matter, self.matter_en)

    @property
    def desk_label(self) -> str:
        """The desk in the reader's language."""
        return in_language(self.desk, self.desk_en)

    @property
    def note_label(self) -> str:
        """The note in the reader's language."""
        return in_language(self.note, self.note_en)


class NewsQuerySet(models.QuerySet["News"]):
    """News by the day on which they are read."""

    def on(self, day: date) -> NewsQuerySet:
        """What is to be read on a day, important things first, then the newest."""
        return self.filter(Q(last_on=None) | Q(last_on__gte=day), first_on__lte=day)


class News(models.Model):
    """Something to tell everybody for a while."""

    title = models.CharField(_("見出し"), max_length=120)
    title_en = models.CharField(_("見出し（英語）"), max_length=240, blank=True)
    text = models.TextField(_("本文"), blank=True)
    text_en = models.TextField(_("本文（英語）"), blank=True)
    first_on = models.DateField(_("掲載開始日"))
    last_on = models.DateField(_("掲載終了日"), null=True, blank=True)
    is_important = models.BooleanField(_("重要"), default=False)

    objects = NewsQuerySet.as_manager()

    class Meta:
        verbose_name = _("館からのお知らせ")
        verbose_name_plural = _("館からのお知らせ")
        ordering = ["-is_important", "-first_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_on=None) | Q(last_on__gte=F("first_on")),
                name="news_end_after_they_begin",
                violation_error_message=_("掲載終了日は掲載開始日以後の日にしてください。"),
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title_label(self) -> str:
        """The title in the reader's language."""
        return in_language(self.title, self.title_en)

    @property
    def text_label(self) -> str:
        """The text in the reader's language."""
        return in_language(self.text, self.text_en)
