"""Who may open which page of the desk (A170, A193, A214, OPS-5)."""

import pytest
from django.test import Client
from django.urls import reverse

from holds.models import Hold
from okalib import admin_site
from okalib.actions import roles
from okalib.models import StaffAction, User
from tests.factories import StaffFactory
from tests.web.desk import at, at_work, clerk, text

LISTED = {
    "desk": [
        *("check-out", "check-in", "pull-list", "shelf", "clearance", "relabelling", "cannot-be-filled"),
        *("reservations", "requests", "deliveries", "bags"),
        *("calendar", "holidays", "policy", "loan-periods", "patron-categories"),
    ],
    "cooperation": [
        *("check-out", "check-in", "pull-list", "requests", "deliveries", "bags", "emergency", "jobs"),
        *("calendar", "holidays", "policy", "loan-periods", "patron-categories"),
    ],
    "cataloguer": ["shelf", "clearance", "relabelling", "cannot-be-filled", "reservations"],
    "administrator": [
        *("check-out", "check-in", "pull-list", "requests", "deliveries", "bags", "emergency", "jobs"),
        *("calendar", "holidays", "policy", "loan-periods", "patron-categories"),
    ],
}
CLOSED = {
    "desk": ["emergency", "jobs", "holiday-import"],
    "cooperation": ["holiday-import", "loan-period-new", "patron-category-new"],
    "cataloguer": [
        *("check-out", "check-in", "pull-list", "requests", "deliveries", "bags", "emergency", "jobs"),
        *("calendar", "holidays", "policy", "loan-periods", "patron-categories"),
    ],
}
ALL_LISTED = sorted({name for names in LISTED.values() for name in names})


def test_each_role_opens_its_pages_and_is_kept_out_of_others(lively):
    """And no page of the desk is stored by a browser (A225)."""
    for role, names in LISTED.items():
        browser = at_work(clerk(role))
        for name in names:
            page = browser.get(at(name))
            assert page.status_code == 200, (role, name)
            assert "no-store" in page["Cache-Control"]
        for name in CLOSED.get(role, []):
            assert browser.get(at(name)).status_code == 403, (role, name)


SEPARATE = {
    "okalib.override_refusal": {"cooperation", "administrator"},
    "holds.reorder_queue": {"cooperation", "administrator"},
    "okalib.merge_patrons": {"administrator"},
    "okalib.export_figures": {"cooperation", "administrator"},
    "okalib.view_staffaction": {"cooperation", "administrator"},
    "okalib.view_patronview": {"administrator"},
    "okalib.reset_second_factor": {"administrator"},
    "okalib.change_user": {"administrator"},
    "okalib.change_policysettings": {"administrator"},
    "okalib.change_patroncategory": {"administrator"},
    "circulation.change_loanperiod": {"administrator"},
    "okalib.change_holiday": {"administrator"},
    "okalib.change_closure": {"cooperation", "administrator"},
    "okalib.change_openinghours": {"cooperation", "administrator"},
    "okalib.add_emergencyclosure": {"cooperation", "administrator"},
    "okalib.view_patron": {"desk", "cooperation", "administrator"},
    "okalib.change_patron": {"desk", "cooperation", "administrator"},
    "circulation.add_loan": {"desk", "cooperation", "administrator"},
    "delivery.change_bag": {"cooperation", "administrator"},
    "catalog.change_bib": {"cataloguer", "administrator"},
}
"""Who may do what; no other role may."""


@pytest.mark.parametrize("right", SEPARATE)
def test_each_right_belongs_to_the_roles_of_the_table_and_to_no_other(db, right):
    """A226: overriding, the order of the queue, merging and exporting are rights of their own."""
    may = {role for role in roles.NAMES if User.objects.get(pk=clerk(role).pk).has_perm(right)}
    assert may == SEPARATE[right]


def test_a_right_can_be_given_to_one_clerk_alone(db):
    """A226: whoever has one of them has none of the others by it."""
    merger = StaffFactory(rights=["okalib.merge_patrons"])
    assert [right for right in SEPARATE if merger.has_perm(right)] == ["okalib.merge_patrons"]


def test_visitors_patrons_and_pickup_libraries_are_kept_out_of_every_page(lively, akari, bizen_desk):
    """A170: a pickup library's staff stay outside even with every right and the mark of staff."""
    roles.make_roles()
    bizen_desk.is_staff, bizen_desk.is_superuser = True, True
    bizen_desk.save()
    patron = Client()
    patron.force_login(akari.user, backend="okalib.auth.CardBackend")
    for browser in (Client(), patron, at_work(bizen_desk)):
        for name in ALL_LISTED:
            answer = browser.get(at(name))
            assert answer.status_code == 302, name
            assert reverse("admin:login") in answer["Location"]


def test_every_page_of_the_desk_asks_for_a_right():
    """But those on which staff look after their own second factor (tests/web/test_second_factor.py)."""
    without = {name for name, page in admin_site._pages.items() if not page.permission}
    assert without == {
        *("second-factor", "second-factor-device", "second-factor-confirmation", "second-factor-recovery-codes"),
        "second-factor-code",
    }


def test_every_page_that_changes_something_refuses_to_be_merely_opened(lively):
    """A change is a POST: following an address never changes anything."""
    browser = at_work(clerk("administrator"))
    hold = lively.holds["waiting"]
    for name in ("reservations-cancellation", "reservations-pickup", "reservations-extension", "reservations-place"):
        assert browser.get(at(name, hold.pk)).status_code == 405, name
    for name in ("check-out-renewal", "check-out-undoing", "pull-list-making", "reserve", "check-in-list"):
        assert browser.get(at(name)).status_code == 405, name
    for name in ("deliveries-lending", "deliveries-sending", "deliveries-cancellation", "deliveries-shifts"):
        assert browser.get(at(name, lively.loans["packed"].slip_line.bag.run_id)).status_code == 405, name


def test_a_form_without_its_token_changes_nothing(lively):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(clerk("desk"), backend="okalib.auth.StaffBackend")
    hold = lively.holds["waiting"]
    assert browser.post(at("reservations-cancellation", hold.pk), {"reason": "試し"}).status_code == 403
    assert Hold.objects.get(pk=hold.pk).is_waiting


@pytest.mark.parametrize("who", ["visitor", "patron", "pickup library", "cataloguer"])
def test_whoever_has_no_right_changes_nothing_by_a_crafted_form(lively, akari, bizen_desk, who):
    """A193, A214."""
    browser = Client()
    if who == "patron":
        browser.force_login(akari.user, backend="okalib.auth.CardBackend")
    elif who == "pickup library":
        browser.force_login(bizen_desk, backend="okalib.auth.StaffBackend")
    elif who == "cataloguer":
        browser = at_work(clerk("cataloguer"))
    hold, item = lively.holds["waiting"], lively.bibs["free"].items.get()
    run = lively.loans["packed"].slip_line.bag.run
    before = StaffAction.objects.count()
    for address, form in [
        (at("reservations-cancellation", hold.pk), {"reason": "試し"}),
        (at("check-out"), {"patron": akari.pk, "scan": item.item_number}),
        (at("check-in"), {"scan": lively.loans["new"].item.item_number}),
        (at("deliveries-sending", run.pk), {}),
        (at("emergency"), {"library": hold.pickup_at_id, "save": "1"}),
    ]:
        assert browser.post(address, form).status_code in (302, 403)
    item.refresh_from_db()
    lively.loans["new"].refresh_from_db()
    assert Hold.objects.get(pk=hold.pk).is_waiting
    assert not item.is_on_loan
    assert lively.loans["new"].is_open
    assert lively.loans["packed"].slip_line.bag.is_packed
    assert StaffAction.objects.count() == before


def test_the_first_page_names_what_a_clerk_may_do_and_nothing_else(lively):
    page = text(at_work(clerk("desk")).get(reverse("admin:index")))
    assert "書架回収リスト" in page
    assert "臨時休館" not in page


def test_the_groups_are_made_once_and_mended(db):
    """Idempotent: made twice they are the same, and what was taken away by hand comes back."""
    made = roles.make_roles()
    made["desk"].permissions.clear()
    again = roles.make_roles()
    assert {role: group.pk for role, group in made.items()} == {role: group.pk for role, group in again.items()}
    assert again["desk"].permissions.filter(codename="add_loan").exists()
    assert not again["desk"].permissions.filter(codename="override_refusal").exists()
    assert not again["pickup"].permissions.exists()


MODELS = [
    *("catalog_bib", "catalog_item", "catalog_location", "catalog_kanjivariant"),
    *("circulation_loan", "holds_hold", "holds_request"),
    *("delivery_deliveryrun", "delivery_bag", "delivery_runexception"),
]


def test_every_list_opens_and_answers_a_search(lively):
    chief = at_work(StaffFactory(is_superuser=True))
    number = lively.loans["new"].item.item_number
    for model in MODELS:
        address = reverse(f"admin:{model}_changelist")
        assert chief.get(address).status_code == 200, model
        assert chief.get(address, {"q": number}, follow=True).status_code == 200, model


def test_what_the_verbs_change_is_only_shown_in_the_lists(lively):
    """Nothing bypasses a verb, not even by whoever has every right."""
    chief = at_work(StaffFactory(is_superuser=True))
    for model in ("circulation_loan", "holds_hold", "holds_request", "delivery_bag", "delivery_deliveryrun"):
        assert chief.get(reverse(f"admin:{model}_add")).status_code == 403, model
    hold = lively.holds["waiting"]
    assert chief.post(reverse("admin:holds_hold_change", args=[hold.pk]), {"state": "cancelled"}).status_code == 403
    assert chief.post(reverse("admin:holds_hold_delete", args=[hold.pk]), {"post": "yes"}).status_code == 403
    assert Hold.objects.get(pk=hold.pk).is_waiting


def test_a_copy_is_mended_without_touching_where_it_is(lively):
    """An old form never undoes what the desk did meanwhile: only what was edited is written."""
    chief = at_work(StaffFactory(is_superuser=True))
    item = lively.loans["new"].item
    form = {
        "location": item.location_id,
        "class_mark": "914.6",
        "book_mark": item.book_mark,
        "material_class": "print",
        "loanability": "lendable",
        "whereabouts": "shelf",
    }
    assert chief.post(reverse("admin:catalog_item_change", args=[item.pk]), form).status_code == 302
    item.refresh_from_db()
    assert item.class_mark == "914.6"
    assert item.is_on_loan


def test_a_bib_is_found_under_its_new_title_at_once(lively):
    """CAT-6: saved in one transaction with its index."""
    chief = at_work(StaffFactory(is_superuser=True))
    bib = lively.bibs["free"]
    page = chief.get(reverse("admin:catalog_bib_change", args=[bib.pk]))
    form = {name: value for name, value in page.context["adminform"].form.initial.items() if value is not None}
    form |= {"title": "瓢箪鯰の研究", "contributors": "[]", "ndc": "813.1", "isbns": "", "series": "", "subjects": ""}
    saved = chief.post(reverse("admin:catalog_bib_change", args=[bib.pk]), form | {"alt_titles": ""})
    assert saved.status_code == 302, saved.context and saved.context["errors"]
    assert "瓢箪鯰の研究" in text(chief.get(reverse("admin:catalog_bib_changelist"), {"q": "箪鯰"}))


def test_a_loan_is_found_by_its_item_and_by_its_card(lively):
    chief = at_work(StaffFactory(is_superuser=True))
    address = reverse("admin:circulation_loan_changelist")
    title = lively.bibs["new"].full_title
    assert title in text(chief.get(address, {"q": lively.loans["new"].item.item_number}))
    assert title in text(chief.get(address, {"q": "20000011"}))
    assert title not in text(chief.get(address, {"q": "20000028"}))


def test_a_list_of_a_large_table_counts_no_further_than_it_leafs(lively, monkeypatch):
    """At 1.65 million items a count of all would read the whole table: the list says so and asks to be narrowed."""
    chief = at_work(StaffFactory(is_superuser=True))
    address = reverse("admin:catalog_item_changelist")
    assert "はじめの" not in text(chief.get(address))
    monkeypatch.setattr("okalib.leafing.MOST_COUNTED", 2)
    assert "はじめの2件までを数え" in text(chief.get(address))
