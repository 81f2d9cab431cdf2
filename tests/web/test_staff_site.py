"""The staff's site: libraries, patrons, policy, jobs (CAL-4, PAT-1 … PAT-4, A18, A223, OPS-2, OPS-3, OPS-5)."""

import re
from dataclasses import replace
from html import unescape

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import authenticate
from django.urls import reverse

from okalib import admin_site, clock, people
from okalib.actions import staff
from okalib.models import Block, JobRun, Patron, StaffAction
from okalib.rules import BlockKind, JobState
from tests.factories import StaffFactory

RIGHTS = [
    *(
        f"okalib.{may}_{what}"
        for may in ("view", "add", "change")
        for what in ("patron", "block", "library", "closure")
    ),
    *("okalib.view_card", "okalib.view_staffaction", "okalib.view_jobrun", "okalib.run_job"),
    *("okalib.view_user", "okalib.change_user"),
]


@pytest.fixture
def counter(home, client, ten):
    """A member of staff with the usual rights, logged in at ten on Tuesday; returns the client."""
    client.force_login(StaffFactory(username="deguchi", rights=RIGHTS), backend="okalib.auth.StaffBackend")
    with clock.standing_at(ten):
        yield client


def page(client, name, *arguments):
    """Open a page of the site and return its text; it must open."""
    response = client.get(reverse(f"admin:{name}", args=arguments))
    assert response.status_code == 200, response
    return response.content.decode()


@pytest.fixture
def desk_pages(monkeypatch):
    """A list of pages that forgets what a test has entered."""
    monkeypatch.setattr(admin_site, "_pages", dict(admin_site._pages))


# ── The site ──


def test_the_first_page_lists_the_pages_of_the_desk_to_whoever_may_use_them(counter, client, db):
    assert "カウンター業務" in page(counter, "index")
    assert "定時の処理" in page(counter, "index")
    client.force_login(StaffFactory(), backend="okalib.auth.StaffBackend")
    assert "定時の処理" not in page(client, "index")


def test_a_page_of_the_desk_is_closed_to_staff_without_the_right(home, client):
    """A193: by a crafted address too."""
    client.force_login(StaffFactory(), backend="okalib.auth.StaffBackend")
    assert client.get(reverse("admin:desk-jobs")).status_code == 403


def test_a_page_of_the_desk_is_closed_to_patrons(akari, client):
    client.force_login(akari.user, backend="okalib.auth.CardBackend")
    response = client.get(reverse("admin:desk-jobs"))
    assert response.status_code == 302
    assert "/login/" in response["Location"]


@pytest.mark.parametrize("name", ["login", "index", "desk-jobs", "okalib_news_changelist"])
def test_every_page_of_the_staff_offers_the_other_language_of_itself(counter, client, name):
    """Japanese first, English complete: the link keeps the page; before the log-in there is one too."""
    if name == "login":
        client.logout()
    address = reverse(f"admin:{name}")
    shown = client.get(address).content.decode()
    link = re.search(r'href="(/language/en/[^"]*)"', shown)
    assert link and shown.count("<h1") == 1
    answer = client.get(unescape(link[1]))
    assert answer["Location"] == address
    assert 'lang="en"' in client.get(address).content.decode()


def test_two_pages_of_one_name_are_an_error_at_once(desk_pages):
    admin_site.desk_page("loans/", "貸出", None)(lambda request: None)
    with pytest.raises(ValueError, match="named 'loans'"):
        admin_site.desk_page("loans/<int:loan_id>/", "貸出", None)(lambda request: None)


@pytest.mark.parametrize(
    "name",
    ["library", "patron", "staffaction", "jobrun", "user"],
)
def test_every_list_opens(home, client, akari, ten, name):
    superuser = StaffFactory(is_superuser=True)
    client.force_login(superuser, backend="okalib.auth.StaffBackend")
    staff.record(verb="lend", by=superuser, now=ten, patron=akari)
    JobRun.objects.create(job="retention", day=ten.date(), state=JobState.DONE, started_at=ten, finished_at=ten)
    assert client.get(reverse(f"admin:okalib_{name}_changelist"), follow=True).status_code == 200


# ── Libraries ──


def test_a_library_is_edited_and_its_calendar_stays_as_it_is(counter, home):
    """CAL-4: that has pages of its own (tests/web/test_desk_calendar.py)."""
    before = home.opening_days()
    form = {"name": "県立中央図書館", "code": home.code, "is_home": "on"}
    response = counter.post(reverse("admin:okalib_library_change", args=[home.pk]), form)
    assert response.status_code == 302, response.context["errors"]
    home.refresh_from_db()
    assert home.name == "県立中央図書館"
    assert replace(home.opening_days(), name=before.name) == before
    assert LogEntry.objects.count() == 1


def test_nobody_deletes_a_library(home, client):
    client.force_login(StaffFactory(is_superuser=True), backend="okalib.auth.StaffBackend")
    assert client.post(reverse("admin:okalib_library_delete", args=[home.pk]), {"post": "yes"}).status_code == 403


# ── Patrons ──


@pytest.mark.parametrize("typed", ["20000011", "あおき", "青木", "09011110001"])
def test_the_counter_finds_a_patron(counter, akari, aya, typed):
    shown = counter.get(reverse("admin:okalib_patron_changelist"), {"q": typed}).content.decode()
    assert akari.name in shown
    assert aya.name not in shown


def test_changing_a_patron_leaves_a_trace_that_lets_go_of_the_name(counter, akari, ten):
    """OPS-5: Django's own log would keep the name for ever."""
    Patron.objects.update(email_failed_at=ten)
    typed = {
        "name": "青木明里",
        "name_kana": akari.name_kana,
        "category": akari.category.pk,
        "contact": "email",
        "email": "new@example.com",
        "language": "ja",
        "cards-TOTAL_FORMS": 0,
        "cards-INITIAL_FORMS": 0,
        "blocks-TOTAL_FORMS": 0,
        "blocks-INITIAL_FORMS": 0,
    }
    response = counter.post(reverse("admin:okalib_patron_change", args=[akari.pk]), typed)
    assert response.status_code == 302, response.context["errors"]
    akari.refresh_from_db()
    assert akari.name == "青木明里"
    assert akari.can_be_mailed
    written = StaffAction.objects.get()
    assert (written.verb, written.patron) == ("change_patron", akari)
    assert written.subject == "氏名, 電子メール, 電話番号"
    assert "青木" not in written.subject
    assert not LogEntry.objects.exists()


def test_the_row_for_a_new_block_is_empty(counter, akari):
    """Nothing of the machinery shows where the database has yet to say when."""
    assert "django.db" not in page(counter, "okalib_patron_change", akari.pk)


def test_the_counter_places_a_block_and_lifts_it(counter, akari, tuesday):
    """A18, OPS-5."""
    address = reverse("admin:okalib_patron_change", args=[akari.pk])
    typed = {
        "name": akari.name,
        "name_kana": akari.name_kana,
        "category": akari.category.pk,
        "contact": "email",
        "email": akari.email,
        "language": "ja",
        "cards-TOTAL_FORMS": 0,
        "cards-INITIAL_FORMS": 0,
        "blocks-TOTAL_FORMS": 1,
        "blocks-INITIAL_FORMS": 0,
        "blocks-0-kind": "holds",
        "blocks-0-reason": "調査中",
    }
    response = counter.post(address, typed)
    assert response.status_code == 302, response.context["errors"]
    assert akari.blocks_in_force(BlockKind.HOLDS, tuesday)
    typed |= {"blocks-INITIAL_FORMS": 1, "blocks-0-id": Block.objects.get().pk, "blocks-0-lift": "on"}
    counter.post(address, typed)
    assert not Patron.objects.get(pk=akari.pk).blocks_in_force(BlockKind.HOLDS, tuesday)
    assert set(StaffAction.objects.values_list("verb", flat=True)) >= {"block", "lift_block"}


def test_patrons_are_registered_at_the_desk_alone(client, home):
    """Where somebody alike is noticed (tests/web/test_desk_patrons.py)."""
    client.force_login(StaffFactory(is_superuser=True), backend="okalib.auth.StaffBackend")
    assert client.get(reverse("admin:okalib_patron_add")).status_code == 403


def test_the_lock_of_a_log_in_is_seen(counter, akari, rf):
    """A223."""
    for _guess in range(6):
        authenticate(rf.post("/login/"), username="20000011", password="wrong")
    assert "ログインの制限" in page(counter, "okalib_patron_change", akari.pk)
    assert people.is_locked_out(akari)


def test_patrons_are_not_among_those_who_log_in_by_user_name(counter, akari):
    shown = page(counter, "okalib_user_changelist")
    assert "deguchi" in shown
    assert akari.user.username not in shown


# ── Records and jobs ──


def test_nobody_changes_what_was_written_down(home, client, akari, ten):
    """OPS-5: no superuser either."""
    superuser = StaffFactory(is_superuser=True)
    client.force_login(superuser, backend="okalib.auth.StaffBackend")
    written = staff.record(verb="lend", by=superuser, now=ten, patron=akari)
    assert client.get(reverse("admin:okalib_staffaction_change", args=[written.pk])).status_code == 200
    for address in (
        reverse("admin:okalib_staffaction_change", args=[written.pk]),
        reverse("admin:okalib_staffaction_delete", args=[written.pk]),
        reverse("admin:okalib_staffaction_add"),
    ):
        assert client.post(address, {"post": "yes"}).status_code == 403


def test_a_job_is_run_by_hand_for_a_day(counter, tuesday):
    """OPS-3, OPS-5."""
    response = counter.post(reverse("admin:desk-jobs"), {"job": "calendar_and_runs", "day": "2026-12-01"}, follow=True)
    assert "実行しました" in response.content.decode()
    assert JobRun.objects.get().day == tuesday
    assert StaffAction.objects.get().subject == "calendar_and_runs 2026-12-01"


def test_a_job_that_fails_says_so_and_stays_written_down(counter, monkeypatch):
    """OPS-2, OPS-3."""

    def fail(**_years):
        raise OSError("disk full")

    monkeypatch.setattr("okalib.actions.calendar.seed_holidays", fail)
    response = counter.post(reverse("admin:desk-jobs"), {"job": "calendar_and_runs", "day": "2026-12-01"}, follow=True)
    assert "処理に失敗しました：OSError" in response.content.decode()
    assert JobRun.objects.get().state == JobState.FAILED
