"""The texts of notices: staff put theirs in the place of ours, with a preview and a way back (NTF-3)."""

from __future__ import annotations

from base64 import b64encode
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _gettext
from django.utils.translation import gettext_lazy as _

from notifications import barcodes, contexts, queries, texts
from notifications.models import Template
from notifications.rules import Kind
from okalib import clock
from okalib.actions import staff
from okalib.desk import clerk


class TemplateForm(forms.ModelForm):
    """A text, wide enough to write a mail in."""

    class Meta:
        model = Template
        fields = ["kind", "language", "subject", "body"]
        widgets = {
            "subject": forms.TextInput(attrs={"size": 80}),
            "body": forms.Textarea(attrs={"rows": 28, "cols": 80}),
        }


@admin.register(Template)
class TemplateAdmin(admin.ModelAdmin):
    """The texts that staff have put in the place of ours, with a preview (NTF-3)."""

    form = TemplateForm
    list_display = ["kind", "language", "subject"]
    list_filter = ["language"]
    change_form_template = "admin/notifications/template/change_form.html"
    change_list_template = "admin/notifications/template/change_list.html"
    actions = None

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Begin with our own text of the kind and language in the address."""
        initial = super().get_changeform_initial_data(request)
        name, language = initial.get("kind"), initial.get("language")
        if name in [*Kind, texts.FOOTER] and language in texts.LANGUAGES:
            words = texts.default_words(str(name), str(language))
            initial |= {"subject": words.subject, "body": words.body}
        return initial

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """List the texts of staff, and below them those that are still ours."""
        names = dict(Template._meta.get_field("kind").flatchoices)
        languages = dict(Template._meta.get_field("language").flatchoices)
        add = reverse(f"{self.admin_site.name}:notifications_template_add")
        unwritten = [
            {
                "name": names[name],
                "language": languages[language],
                "url": f"{add}?{urlencode({'kind': name, 'language': language})}",
            }
            for name, language in queries.unwritten()
        ]
        return super().changelist_view(request, {**(extra_context or {}), "unwritten": unwritten})

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the form with the fields of its kind; the preview button shows the text as typed and saves nothing."""
        text = self.get_object(request, object_id) if object_id else None
        allowed = self.has_change_permission(request, text) if text else self.has_add_permission(request)
        if request.method == "POST" and "_preview" in request.POST and allowed:
            form = self.get_form(request, text)(request.POST, instance=text)
            if form.is_valid():
                return self._preview(request, form.instance)
        if request.method == "POST" and {"_reset", "_sure"} & request.POST.keys() and text is not None:
            if not self.has_delete_permission(request, text):
                raise PermissionDenied
            return self._reset(request, text)
        name = text.kind if text else request.POST.get("kind") or request.GET.get("kind", "")
        kind = Kind(name) if name in set(Kind) else None
        fields = (*contexts.COMMON, *(contexts.FIELDS[kind] if kind else ()))
        return super().changeform_view(request, object_id, form_url, {**(extra_context or {}), "words": fields})

    def _preview(self, request: HttpRequest, text: Template) -> HttpResponse:
        """Show the typed text, and beside it what readers of the other language get at present."""
        typed = _sample(text.kind, text.language, text.words)
        picture = b64encode(barcodes.card_png(typed.card_number)).decode() if typed.card_number else ""
        others = [
            (_LANGUAGE_NAMES[language], _sample(text.kind, language, queries.words_for(text.kind, language)))
            for language in texts.LANGUAGES
            if language != text.language
        ]
        context = self.admin_site.each_context(request) | {
            "title": _("お知らせの見本"),
            "language": _LANGUAGE_NAMES[text.language],
            "letter": typed,
            "picture": picture,
            "others": others,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/notifications/template/preview.html", context)

    def _reset(self, request: HttpRequest, text: Template) -> HttpResponse:
        """Show our own text and ask once more; then forget theirs."""
        if "_sure" in request.POST:
            staff.record(verb="text.reset", subject=_subject(text), by=clerk(request), now=clock.now())
            messages.success(request, _gettext("「%(text)s」を既定の文面に戻しました。") % {"text": text})
            text.delete()
            return HttpResponseRedirect(reverse(f"{self.admin_site.name}:notifications_template_changelist"))
        context = self.admin_site.each_context(request) | {
            "title": _("既定の文面に戻す"),
            "text": text,
            "words": texts.default_words(text.kind, text.language),
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/notifications/template/reset.html", context)

    def save_model(self, request: HttpRequest, obj: Template, form: forms.ModelForm, change: bool) -> None:
        """Keep who rewrote which text (OPS-5)."""
        super().save_model(request, obj, form, change)
        staff.record(verb="text.write", subject=_subject(obj), by=clerk(request), now=clock.now())


_LANGUAGE_NAMES: dict[str, str] = dict(Template._meta.get_field("language").flatchoices)


def _sample(name: str, language: str, words: texts.Words) -> texts.Letter:
    """A text with the sample fields, closed by the footer in force; a text in force that breaks gives way to ours."""
    footer = queries.words_for(texts.FOOTER, language)
    try:
        return texts.preview(name, language, words, footer)
    except texts.BrokenTextError:
        return texts.preview(name, language, texts.default_words(name, language))


def _subject(text: Template) -> str:
    return f"text:{text.kind}.{text.language}"
