"""Pages in English say nothing in Japanese but what the library itself has written down in Japanese."""

import re
from datetime import date, time
from html import unescape

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.db import models
from django.test import Client
from django.urls import reverse

from circulation.models import Loan, LoanPeriod
from delivery.models import Bag, DeliveryRun
from holds import actions as queue
from holds.models import PullLine, Request
from notifications.models import Notice
from okalib import admin_site
from okalib.models import Closure, Holiday, Patron, PatronCategory, SpecialOpening
from okalib.policy_topics import TOPICS
from tests.factories import StaffFactory

JAPANESE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]+")
WHAT_IS_FILLED_IN = r"<textarea.*?</textarea>|<input type=\"text\"[^>]*>"
SAID_TO_BE_JAPANESE = r"<(?P<tag>a|p) [^>]*lang=\"ja\"[^>]*>[^<]*</(?P=tag)>"  # a reference by SIST 02, words to try
NAMES_OF_LANGUAGES = ("日本語", "言語")
ASKED = "開館時間を教えてください。"  # by a patron, in tests.lively
WRITTEN_BY_PEOPLE = [
    *("catalog.Bib", "catalog.Item", "catalog.Location", "catalog.KanjiVariant"),
    *("okalib.Library", "okalib.Patron", "okalib.PatronCategory", "okalib.User", "okalib.Holiday"),
    *("okalib.YearlyDay", "delivery.RunExclusion", "auth.Permission"),
]


def in_english(user=None, backend="okalib.auth.CardBackend"):
    """A browser that asks for English."""
    browser = Client()
    if user is not None:
        browser.force_login(user, backend=backend)
    browser.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return browser


def written_down():
    """Return what the library has written down itself: titles, names, notes; one text after the other."""
    texts = [*NAMES_OF_LANGUAGES, ASKED]
    for label in WRITTEN_BY_PEOPLE:
        model = apps.get_model(label)
        kinds = (models.CharField, models.TextField, models.JSONField)
        names = [field.attname for field in model._meta.concrete_fields if isinstance(field, kinds)]
        texts += [str(value) for row in model._default_manager.values_list(*names) for value in row]
    return "\n".join(texts)


def japanese_of(response):
    """Return what is Japanese on a page and was not written down by people."""
    assert response.status_code in (200, 404, 409, 422), response
    shown = re.sub(WHAT_IS_FILLED_IN, "", response.content.decode(), flags=re.S)
    shown = unescape(re.sub(SAID_TO_BE_JAPANESE, "", shown))
    written = written_down()
    return [words for words in JAPANESE.findall(shown) if words not in written]


PUBLIC = ["home", "calendar", "libraries", "deliveries", "guide", "login", "activation", "search"]
OWN = ["my", "requests", "own_settings", "basket", "reading_record", "home", "libraries"]


@pytest.mark.parametrize("name", PUBLIC)
def test_a_page_for_everybody_is_in_english(lively, name):
    assert not japanese_of(in_english().get(reverse(name)))


@pytest.mark.parametrize("name", OWN)
def test_a_patrons_own_page_is_in_english(lively, akari, name):
    assert not japanese_of(in_english(akari.user).get(reverse(name)))


@pytest.mark.parametrize("typed", ["夏目漱石", "夏目漱石 zzzz", "a" * 600])
def test_search_results_are_in_english(lively, typed):
    shown = in_english().get(reverse("search"), {"q": typed})
    assert not [text for text in japanese_of(shown) if text not in typed]


def test_the_page_of_every_title_is_in_english(lively, akari):
    own = in_english(akari.user)
    for bib in lively.bibs.values():
        assert not japanese_of(own.get(reverse("record", args=[bib.pk])))


def test_the_page_of_every_reservation_is_in_english(lively, akari):
    own = in_english(akari.user)
    for hold in lively.holds.values():
        if hold.patron_id == akari.pk:
            assert not japanese_of(own.get(reverse("hold", args=[hold.pk])))


def test_what_is_said_after_a_click_is_in_english(lively, akari):
    """HLD-3: a refusal as well as a success."""
    own = in_english(akari.user)
    for name, pk in (
        ("renew", lively.loans["new"].pk),
        ("renew", lively.loans["due_soon"].pk),
        ("cancel_hold", lively.holds["waiting"].pk),
        ("add_to_basket", None),
    ):
        address = reverse(name, args=[pk] if pk else [])
        shown = own.post(address, {"bib": lively.bibs["reference"].pk}, follow=True)
        assert not japanese_of(shown)


def test_a_wrong_form_is_answered_in_english(lively, akari):
    shown = in_english().post(reverse("login"), {"username": "20000011", "password": "wrong"})
    assert not japanese_of(shown)
    shown = in_english().post(reverse("activation"), {"card_number": "1", "code": "1", "new": "1", "again": "2"})
    assert not japanese_of(shown)


def test_the_page_of_a_pickup_library_is_in_english(lively, bizen):
    staff = StaffFactory(library=bizen)
    assert not japanese_of(in_english(staff, "okalib.auth.StaffBackend").get(reverse("pickup")))


FORMS = {
    "calendar-days": {"what": "close", "first_on": "2026-12-04", "last_on": "2026-12-15", "reason": "x"},
    "calendar-pattern": {"opens_0": "09:00", "closes_0": "12:00", "reason": "x"},
    "calendar-yearly": {"first_month": "8", "first_day": "13", "last_month": "8", "last_day": "15", "reason": "x"},
    "emergency": {"first_on": "2026-12-02", "last_on": "2026-12-15", "reason": "snow"},
    "holiday-new": {"day": "2026-12-07", "name": "x", "reason": "x"},
    "loan-period-new": {"name": "x", "first_on": "2026-12-01", "last_on": "2026-12-28", "days": "22", "reason": "x"},
    "patron-category-new": {"code": "x", "name": "x", "holds_per_day": "0", "reason": "x"}
    | dict.fromkeys(("loans_print", "loans_av", "holds_print", "holds_av"), "1"),
}


def test_what_a_setting_would_do_is_said_in_english(lively, office, home):
    """And what is wrong with it."""
    japanese = {}
    for name, form in FORMS.items():
        page = admin_site._pages[name]
        address = reverse(f"admin:desk-{name}", kwargs={"library_id": home.pk} if "library_id" in page.path else {})
        looked = office.post(address, form | {"library": home.pk})
        assert looked.status_code == 200, looked.context["form"].errors
        japanese[name] = japanese_of(looked) + japanese_of(office.post(address, {"first_on": "x"}))
    for topic in TOPICS:
        address = reverse("admin:desk-policy-topic", args=[topic.name])
        values = office.get(address).context["form"].initial
        form = {name: value for name, value in values.items() if value not in (None, False)}
        form |= {"overdue_days": "7, 14"} if topic.name == "notices" else {}
        japanese[topic.name] = japanese_of(office.post(address, form | {"reason": "x"}))
    assert not {name: words for name, words in japanese.items() if words}


@pytest.fixture
def office(lively):
    """A browser of somebody who may do everything, in English."""
    return in_english(StaffFactory(is_superuser=True), "okalib.auth.StaffBackend")


def test_every_page_of_the_desk_is_in_english(lively, office, home, tuesday, ten):
    """And each page of one thing, for something that is there."""
    queue.make_pull_list(day=tuesday, now=ten)
    period = LoanPeriod.objects.create(name="Year end", first_on=tuesday, last_on=tuesday, days=22)
    closure = Closure.objects.create(library=home, first_on=tuesday, last_on=tuesday)
    opening = SpecialOpening.objects.create(library=home, day=date(2026, 12, 7), opens=time(10), closes=time(12))
    some = {
        "library_id": home.pk,
        "closure_id": closure.pk,
        "opening_id": opening.pk,
        "yearly_id": home.yearly_days.first().pk,
        "holiday_id": Holiday.objects.first().pk,
        "category_id": PatronCategory.objects.first().pk,
        "period_id": period.pk,
        "bib_id": lively.bibs["waiting"].pk,
        "hold_id": lively.holds["ready"].pk,
        "bag_id": Bag.objects.first().pk,
        "run_id": DeliveryRun.objects.get(lend_on__month=11, lend_on__day=29).pk,
    }
    japanese = {}
    for page in admin_site._pages.values():
        needed = re.findall(r"<\w+:(\w+)>", page.path)
        if any(name not in some for name in needed):
            continue
        response = office.get(reverse(f"admin:desk-{page.name}", kwargs={name: some[name] for name in needed}))
        if response.status_code == 200:
            japanese[page.name] = japanese_of(response)
    assert len(japanese) > 15
    assert not {name: words for name, words in japanese.items() if words}


def test_what_the_desk_scans_is_answered_in_english(lively, office, akari):
    japanese = []
    for typed in ("20000011", "99999999", lively.bibs["free"].items.get().item_number, "1234567890"):
        shown = office.post(reverse("admin:desk-check-out"), {"scan": typed, "patron": akari.pk}, follow=True)
        japanese += japanese_of(shown)
    for loan in Loan.objects.open():
        shown = office.post(reverse("admin:desk-check-in"), {"scan": loan.item.item_number}, follow=True)
        japanese += japanese_of(shown)
    assert not japanese


def test_every_list_and_form_of_the_staffs_site_is_in_english(lively, office):
    """Labels, helps, choices and filters of every model."""
    Notice.objects.update(language="en")  # a mail speaks the language of its reader
    assert (Notice.objects.exists(), Request.objects.exists(), Patron.objects.exists()) == (True,) * 3
    japanese = {"index": japanese_of(office.get(reverse("admin:index")))}
    for model, its_admin in admin.site._registry.items():
        where = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        addresses = [reverse(f"{where}_changelist")]
        row = model._default_manager.order_by("pk").first()
        if row is not None:
            addresses.append(reverse(f"{where}_change", args=[row.pk]))
        addresses.append(reverse(f"{where}_add"))
        for address in addresses:
            response = office.get(address, follow=True)
            if response.status_code == 200:
                japanese[address] = japanese_of(response)
        assert its_admin
    assert len(japanese) > 20
    assert not {address: words for address, words in japanese.items() if words}


def test_a_line_of_the_pull_list_keeps_its_floor(lively, office, tuesday, ten):
    """What the library calls its floors stays as it is written on the wall."""
    queue.make_pull_list(day=tuesday, now=ten)
    if PullLine.objects.exists():
        assert "2階" in office.get(reverse("admin:desk-pull-list")).content.decode()
