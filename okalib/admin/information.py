"""What staff write for everybody: questions, telephone numbers, news (REQ-2)."""

from __future__ import annotations

from django.contrib import admin
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from okalib import placeholders
from okalib.models import News, PhoneNumber, Question


@admin.register(Question)
class QuestionAdmin(admin.ModelAdmin):
    """Questions with answers, in the order of the page."""

    list_display = ["question", "matter", "place", "is_public"]
    list_editable = ["place", "is_public"]
    list_filter = ["matter", "is_public"]
    search_fields = ["question", "answer", "question_en", "answer_en"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    *("matter", "matter_en", "question", "question_en", "answer", "answer_en"),
                    *("place", "is_public"),
                ],
                "description": format_lazy(
                    "{}{}",
                    _("回答では、運用方針の数字を次の名前で書けます："),
                    " ".join(f"{{{name}}}" for name in placeholders.NAMES),
                ),
            },
        )
    ]


@admin.register(PhoneNumber)
class PhoneNumberAdmin(admin.ModelAdmin):
    """Whom to call about what, in the order of the page."""

    list_display = ["matter", "desk", "number", "note", "place"]
    list_editable = ["place"]
    search_fields = ["matter", "desk", "number"]


@admin.register(News)
class NewsAdmin(admin.ModelAdmin):
    """News with the days on which they are shown."""

    list_display = ["title", "first_on", "last_on", "is_important"]
    list_filter = ["is_important"]
    search_fields = ["title", "text", "title_en", "text_en"]
    date_hierarchy = "first_on"
