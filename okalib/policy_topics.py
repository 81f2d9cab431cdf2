"""The policy by topic, as its pages show and edit it; and who has changed it last (OPS-5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from okalib.desk_forms import reason_field
from okalib.models import PatronCategory, PolicySettings, StaffAction

CHANGES_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Topic:
    """Settings that are understood and edited together."""

    name: str
    title: Any
    fields: tuple[str, ...]

    @property
    def effect_template(self) -> str:
        """The template that says in words what these settings do."""
        return f"admin/okalib/policy/effect_{self.name}.html"


TOPICS = [
    Topic("loans", _("貸出と返却期限"), ("loan_days", "due_on_open_day", "delivered_due_days", "disputed_loans_count")),
    Topic(
        "renewals",
        _("延長"),
        (
            *("max_renewals", "renewal_days", "renewal_base", "renewal_opens_days_before"),
            *("renewal_counts_free_copies", "renewal_refused_when_overdue", "rest_days"),
        ),
    ),
    Topic("shelf", _("予約と取置"), ("shelf_days", "shelf_extensions", "holds_on_damaged")),
    Topic("notices", _("お知らせと督促"), ("due_soon_days", "overdue_days", "counter_phone", "cooperation_phone")),
    Topic("cards", _("カードと登録"), ("card_lapse_years", "card_lapse_warning_days", "activation_code_days")),
    Topic(
        "logins",
        _("ログイン"),
        (
            *("password_link_hours", "password_links_per_day"),
            *("shared_idle_minutes", "own_device_days", "staff_idle_hours", "staff_second_factor"),
        ),
    ),
    Topic("searches", _("保存した検索"), ("saved_searches_most", "new_titles_listed", "saved_searches_kept_days")),
    Topic(
        "keeping",
        _("記録の保存"),
        (
            *("holds_ended_kept_days", "notices_kept_days"),
            *("staff_actions_kept_days", "staff_actions_patron_days"),
        ),
    ),
    Topic("numbers", _("資料番号"), ("item_check_digit",)),
]


def topic(name: str) -> Topic | None:
    """Return a topic by its name."""
    return next((topic for topic in TOPICS if topic.name == name), None)


def row() -> PolicySettings:
    """Return the row of the policy, one of defaults that is not saved where nobody has saved any."""
    return PolicySettings.objects.filter(pk=1).first() or PolicySettings(pk=1)


def form_of(topic: Topic) -> type[forms.ModelForm]:
    """Return the form with the settings of one topic, and why they are changed."""
    return forms.modelform_factory(PolicySettings, form=_TopicForm, fields=topic.fields)


class _TopicForm(forms.ModelForm):
    reason = reason_field()

    def changes(self) -> dict[str, Any]:
        """Return what was typed by the names of the settings."""
        return {name: value for name, value in self.cleaned_data.items() if name != "reason"}


def settings_of(topic: Topic, values: PolicySettings) -> list[tuple[str, Any]]:
    """Return label and value of each setting of a topic, as people read them."""
    shown = []
    for name in topic.fields:
        field = PolicySettings._meta.get_field(name)
        shown.append((str(field.verbose_name), _shown(values, name)))  # type: ignore[union-attr]
    return shown


def _shown(values: PolicySettings, name: str) -> Any:
    value = getattr(values, name)
    if isinstance(value, bool):
        return _("はい") if value else _("いいえ")
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "—"
    if display := getattr(values, f"get_{name}_display", None):
        return display()
    return "—" if value in (None, "") else value


@dataclass(frozen=True, slots=True)
class Changed:
    """One setting that somebody has changed: what it is called, and from what to what."""

    label: str
    action: StaffAction
    values: str


def changes() -> list[Changed]:
    """Return the latest changes of the policy, the newest first (OPS-5)."""
    done = StaffAction.objects.filter(verb="change_policy").select_related("by").order_by("-at", "-id")
    return [_changed(action) for action in done[:CHANGES_SHOWN]]


def _changed(action: StaffAction) -> Changed:
    name, _colon, values = action.subject.partition(": ")
    known = {field.name: field.verbose_name for field in PolicySettings._meta.fields}
    return Changed(str(known.get(name, name)), action, values)


# --- categories of patrons -----------------------------------------------------------------------------------------


def categories() -> list[PatronCategory]:
    """Return every category of patrons, the usual one first (PAT-5)."""
    return list(PatronCategory.objects.all())


def category(category_id: int) -> PatronCategory | None:
    """Return one category of patrons."""
    return PatronCategory.objects.filter(pk=category_id).first()


def category_changes() -> list[StaffAction]:
    """Return who has changed categories last, and how (OPS-5)."""
    done = StaffAction.objects.filter(verb="set_category").select_related("by")
    return list(done.order_by("-at", "-id")[:CHANGES_SHOWN])


class CategoryForm(forms.ModelForm):
    """The limits of a category of patrons, and why they are changed (PAT-5)."""

    reason = reason_field()

    class Meta:
        model = PatronCategory
        fields = ["code", "name", "loans_print", "loans_av", "holds_print", "holds_av", "holds_per_day"]
