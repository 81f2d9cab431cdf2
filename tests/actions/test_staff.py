"""What staff decide is written down, and nobody goes over a refusal without the right (OPS-5, LIM-4, A192 … A195)."""

import re
from datetime import time, timedelta
from pathlib import Path

import pytest
from django.db import transaction

from circulation import actions as circulation
from delivery.rules import BagState
from holds import actions as holds
from okalib import days, staff_words
from okalib.actions import staff
from okalib.models import StaffAction
from okalib.rules import Override, Refusal, Refused, Severity
from tests.factories import BibFactory

APPS = ("okalib", "catalog", "notifications", "holds", "circulation", "delivery")

OVERDUE = Refusal("overdue", "延滞資料があります。", "There is an overdue item.", Severity.OVERRIDABLE)
LIMIT = Refusal("limit", "上限に達しています。", "The limit is reached.", Severity.OVERRIDABLE)
WITHDRAWN = Refusal("withdrawn", "除籍された資料です。", "The item is withdrawn.", Severity.STOP)
WANTED = Refusal("wanted", "予約があります。", "Somebody waits for it.", Severity.WARNING)


@pytest.fixture
def settle(ten, akari):
    """Settle refusals as a verb named "lend" would."""

    def of_lending(*refusals, by, override=None):
        return staff.settle(
            refusals, override=override, by=by, now=ten, verb="lend", subject="item 1000000004", patron=akari
        )

    return of_lending


def test_where_nothing_stands_in_the_way_the_warnings_come_back(settle, desk):
    assert settle(WANTED, by=desk) == [WANTED]
    assert settle(by=None) == []


def test_everything_in_the_way_is_told_at_once(settle, desk):
    """A192, HLD-3: manual and automatic reasons together, and no warning among them."""
    with pytest.raises(Refused) as refused:
        settle(OVERDUE, WANTED, LIMIT, by=desk)
    assert refused.value.refusals == [OVERDUE, LIMIT]
    assert not StaffAction.objects.exists()


def test_an_override_is_written_down_with_who_when_what_and_why(settle, coop, because, ten, akari):
    """OPS-5, LIM-4."""
    assert settle(OVERDUE, WANTED, LIMIT, by=coop, override=because) == [WANTED]
    written = StaffAction.objects.get()
    assert (written.by, written.at, written.verb, written.subject) == (coop, ten, "lend", "item 1000000004")
    assert (written.patron, written.reason) == (akari, because.reason)
    assert written.overridden == ["limit", "overdue"]
    assert not written.was_refused


def test_an_override_needs_a_reason(settle, coop):
    """A192."""
    with pytest.raises(Refused) as refused:
        settle(OVERDUE, by=coop, override=Override(reason="　 "))
    assert refused.value.codes == {"overdue", "reason_missing"}
    assert not StaffAction.objects.exists()


def test_an_override_where_nothing_stands_in_the_way_is_the_normal_way(settle, coop):
    """A195: and it asks for no reason."""
    assert settle(WANTED, by=coop, override=Override(reason="")) == [WANTED]
    assert not StaffAction.objects.exists()


def test_what_cannot_be_overridden_stays_in_the_way(settle, coop, because):
    with pytest.raises(Refused) as refused:
        settle(OVERDUE, WITHDRAWN, by=coop, override=because)
    assert refused.value.codes == {"withdrawn"}
    assert not StaffAction.objects.exists()


def test_an_override_of_one_reason_covers_no_other(settle, coop):
    """A192: each by itself."""
    with pytest.raises(Refused) as refused:
        settle(OVERDUE, LIMIT, by=coop, override=Override("館長の承認", frozenset({"overdue"})))
    assert refused.value.codes == {"limit"}


def test_without_the_right_an_override_is_refused(settle, desk, because):
    """A193."""
    with pytest.raises(staff.OverrideNotAllowed) as refused:
        settle(OVERDUE, by=desk, override=because)
    assert refused.value.codes == {"overdue", "override_not_allowed"}


def test_a_job_and_a_patron_have_no_right(settle, akari, because):
    """LIM-4: only staff."""
    for nobody in (None, akari.user):
        with pytest.raises(staff.OverrideNotAllowed):
            settle(OVERDUE, by=nobody, override=because)


@pytest.mark.django_db(transaction=True)
def test_the_attempt_without_the_right_stays_written_down_though_nothing_else_happens(desk, because, ten):
    """A193."""
    with pytest.raises(staff.OverrideNotAllowed):
        staff.guard_override(override=because, by=desk, now=ten, verb="lend", subject="item 1000000004")
    attempt = StaffAction.objects.get()
    assert attempt.was_refused
    assert (attempt.by, attempt.verb, attempt.reason) == (desk, "lend", because.reason)


@pytest.mark.django_db(transaction=True)
def test_the_guard_refuses_to_write_where_a_rollback_could_take_the_trace_along(desk, because, ten):
    """A193."""
    with pytest.raises(RuntimeError), transaction.atomic():
        staff.guard_override(override=because, by=desk, now=ten, verb="lend")


def test_the_guard_lets_the_right_and_the_normal_way_pass(desk, coop, because, ten):
    staff.guard_override(override=because, by=coop, now=ten, verb="lend")
    staff.guard_override(override=None, by=desk, now=ten, verb="lend")
    assert not StaffAction.objects.exists()


def test_a_reason_longer_than_its_column_is_cut_and_loses_no_action(desk, ten):
    written = staff.record(verb="lend", by=desk, now=ten, reason="長" * 600)
    written.refresh_from_db()
    assert len(written.reason) == 500


def test_the_link_to_the_patron_is_erased_after_ninety_days_and_the_trace_after_three_years(policy, desk, akari, ten):
    """OPS-5: what staff did is kept longer than whom it was about."""
    for days_ago in (90, 91, 1095, 1096):
        staff.record(verb=f"{days_ago} days ago", by=desk, now=ten - timedelta(days=days_ago), patron=akari)
    assert staff.forget_old(now=ten) == {
        "staff_actions_deleted": 1,
        "staff_actions_unlinked": 2,
        "patron_views_deleted": 0,
    }
    left = dict(StaffAction.objects.values_list("verb", "patron"))
    assert left == {"90 days ago": akari.pk, "91 days ago": None, "1095 days ago": None}


def test_forgetting_twice_changes_nothing(policy, desk, akari, ten):
    """OPS-2."""
    staff.record(verb="lend", by=desk, now=ten - timedelta(days=91), patron=akari)
    staff.forget_old(now=ten)
    assert staff.forget_old(now=ten) == {
        "staff_actions_deleted": 0,
        "staff_actions_unlinked": 0,
        "patron_views_deleted": 0,
    }


# ── What patrons do as well ──


def test_every_deed_of_the_staff_has_words(home):
    """OPS-5: the list of deeds is read by people, and none of them is called by its name in the code."""
    root = Path(__file__).parents[2]
    sources = [
        path.read_text() for app in APPS for path in (root / app).rglob("*.py") if "migrations" not in path.parts
    ]
    called = {verb for source in sources for verb in re.findall(r'verb="([a-z_.]+)"', source)}
    called |= {f"bag_{state}" for state in BagState if state is not BagState.CLOSED}
    assert called - set(staff_words.WORDS) == set()


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("item:1000000004", "資料番号 1000000004"),
        ("bag 00000451 item 1000000004", "資料袋 00000451　資料番号 1000000004"),
        ("item:1000000004 not_found", "資料番号 1000000004　見つからない"),
        ("holds", "予約"),
        ("33211-01 休館", "33211-01 休館"),
        ("", ""),
    ],
)
def test_what_a_deed_was_about_is_said_in_words(named, said):
    """OPS-5."""
    assert staff_words.subject(named) == said


def test_what_a_clerk_scans_renews_pauses_or_sends_elsewhere_is_written_down(home, bizen, akari, desk, ten):
    """OPS-5: and the return leads back to nobody (RET-5)."""
    bib = BibFactory(items=1)
    item, later = bib.items.get(), days.at(days.plus(days.day_of(ten), 14), time(10))
    loan = circulation.check_out(item=item, patron=akari, by=desk, now=ten).loan
    assert loan.lent_by == desk
    circulation.renew(loan=loan, by=desk, now=later)
    circulation.check_in(item=item, by=desk, now=later)
    other = BibFactory(items=1)
    hold = holds.reserve(patron=akari, bib=other, pickup_at=home, by=desk, now=ten)
    assert hold.made_by == desk
    holds.pause(hold=hold, by=desk, now=ten)
    holds.resume(hold=hold, by=desk, now=ten)
    holds.change_pickup(hold=hold, pickup_at=bizen, by=desk, now=ten)
    circulation.check_in(item=other.items.get(), by=desk, now=later)
    circulation.check_in(item=other.items.get(), by=desk, now=later)  # scanned again: nothing changes
    written = [(action.verb, action.patron) for action in StaffAction.objects.order_by("id")]
    assert written == [
        ("renew", akari),
        ("check_in", None),
        ("pause", akari),
        ("resume", akari),
        ("change_pickup", akari),
        ("scan", None),
    ]


def test_what_a_patron_does_is_no_deed_of_the_staff(home, bizen, akari, ten):
    """OPS-5."""
    hold = holds.reserve(patron=akari, bib=BibFactory(items=1), pickup_at=home, by=akari.user, now=ten)
    holds.pause(hold=hold, by=akari.user, now=ten)
    holds.resume(hold=hold, by=akari.user, now=ten)
    holds.change_pickup(hold=hold, pickup_at=bizen, by=akari.user, now=ten)
    assert not StaffAction.objects.exists()
