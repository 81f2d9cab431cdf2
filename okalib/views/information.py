"""What to know before coming: guide, questions, telephone numbers, news, and each pickup library (REQ-2)."""

from __future__ import annotations

from itertools import groupby

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from delivery import queries as deliveries
from okalib import clock, days, queries
from okalib.web import found_or_404, public_page


@require_safe
@public_page
def guide(request: HttpRequest) -> HttpResponse:
    """Explain reserving, collecting and returning with the numbers of the policy, and whom to call about what."""
    context = {
        "policy": queries.policy(),
        "limits": queries.usual_limits(),
        "library": queries.home_library(),
        "phone_numbers": queries.phone_numbers(),
    }
    return render(request, "okalib/guide.html", context)


@require_safe
@public_page
def questions(request: HttpRequest) -> HttpResponse:
    """Answer what is asked often, by matter, with the numbers that the rules use today."""
    policy, limits = queries.policy(), queries.usual_limits()
    matters = [
        (matter, [(question, question.answer_with(policy, limits)) for question in group])
        for matter, group in groupby(_by_matter(queries.questions()), key=lambda question: question.matter_label)
    ]
    context = {"matters": matters, "phone_numbers": queries.phone_numbers(), "policy": policy}
    return render(request, "okalib/questions.html", context)


def _by_matter(found: list) -> list:
    """Put questions on one matter together, matters in the order of their first question."""
    first: dict[str, int] = {}
    for place, question in enumerate(found):
        first.setdefault(question.matter_label, place)
    return sorted(found, key=lambda question: first[question.matter_label])


@require_safe
@public_page
def news(request: HttpRequest) -> HttpResponse:
    """Show what the library has to tell."""
    return render(request, "okalib/news.html", {"news": queries.news(clock.today())})


@require_safe
@public_page
def news_item(request: HttpRequest, news_id: int) -> HttpResponse:
    """Show one piece of news."""
    found = found_or_404(queries.news_item(news_id, clock.today()))
    return render(request, "okalib/news_item.html", {"item": found})


@require_safe
@public_page
def library(request: HttpRequest, code: str) -> HttpResponse:
    """Show one library: the way there in words, hours, closures, and what one can do there with the next run."""
    today = clock.today()
    place = found_or_404(queries.library(code.replace("\x00", "")))
    opening_days = place.opening_days()
    context = {
        "place": place,
        "opening": queries.today_at(place, today),
        "today": today,
        "week": [(day, opening_days.hours_on(day)) for day in days.each_day(today, days.plus(today, 6))],
        "closures": queries.closures_ahead(place, today),
        "promise": None if place.is_home else deliveries.promise(place, today, queries.policy()),
        "policy": queries.policy(),
    }
    return render(request, "okalib/library.html", context)
