"""Runs, bags and their papers, through the pages (DLV-1…DLV-11, CAL-8, A158, A165, A173, A174)."""

from dataclasses import asdict
from datetime import date

import pytest

from circulation.models import Loan
from delivery.models import Bag, DeliveryRun, RunExclusion
from delivery.rules import BagState
from holds.models import Hold
from notifications.models import Notice
from okalib import clock, days
from okalib.celery import app as celery
from okalib.models import EmergencyClosure, StaffAction
from tests.web.desk import at, at_work, clerk, text


@pytest.fixture
def cooperation(lively):
    """A browser at the cooperation desk."""
    return at_work(clerk("cooperation"))


@pytest.fixture
def coming(lively):
    """The run of next Sunday."""
    return DeliveryRun.objects.get(lend_on=date(2026, 12, 6))


@pytest.fixture
def packed(lively):
    """A bag that is packed and has not been sent."""
    return lively.loans["packed"].slip_line.bag


@pytest.fixture
def worker(monkeypatch):
    """A worker that has done what it was asked for before the page comes back."""
    monkeypatch.setattr(celery.conf, "task_always_eager", True)


# ── The plan ──


def test_the_runs_are_listed_with_their_dates_and_how_far_they_are(cooperation, lively):
    """DLV-1."""
    page = text(cooperation.get(at("deliveries")))
    assert "12月6日（日）" in page
    assert "お知らせ済" in page
    assert "設備点検のため休館" in page


def test_a_run_gets_dates_of_its_own(cooperation, coming):
    """DLV-1: two weeks once the week after has none; dates out of order and windows that overlap are refused."""
    follower = DeliveryRun.objects.get(lend_on=date(2026, 12, 13))
    form = {
        "cut_off_on": "2026-12-04",
        "lend_on": "2026-12-05",
        "mail_on": "2026-12-10",
        "window_from": "2026-12-11",
        "window_to": "2026-12-24",
        "reason": "年末のため",
    }
    overlapping = text(cooperation.post(at("deliveries-dates", coming.pk), form, follow=True))
    assert "12月13日貸出の便の受渡期間（12月18日〜12月24日）と重なります" in overlapping
    cooperation.post(at("deliveries-cancellation", follower.pk), {"reason": "年末のため"})
    cooperation.post(at("deliveries-dates", coming.pk), form | {"note": "年末は2週間受け取れます"})
    coming.refresh_from_db()
    assert (coming.cut_off_on, coming.window_to) == (date(2026, 12, 4), date(2026, 12, 24))
    assert coming.is_edited
    assert "年末は2週間受け取れます" in text(cooperation.get(at("deliveries")))
    wrong = cooperation.post(at("deliveries-dates", coming.pk), form | {"mail_on": "2026-12-01"}, follow=True)
    assert "順にしてください" in text(wrong)
    assert cooperation.post(at("deliveries-dates", coming.pk), form | {"mail_on": "x"}).status_code == 422


def test_what_was_typed_for_a_run_stays_when_it_is_refused(cooperation, coming, packed, bizen):
    """DLV-1, DLV-2, DLV-10: every reason on the page, and the dates beside it."""
    dates = {name: str(day) for name, day in asdict(coming.dates).items()} | {"mail_on": "2026-01-01"}
    answer = cooperation.post(at("deliveries-dates", coming.pk), dates | {"reason": "つり合わない日"})
    assert answer.status_code == 409
    assert 'value="2026-01-01"' in text(answer) and 'value="つり合わない日"' in text(answer)
    answer = cooperation.post(at("deliveries-exclusions", packed.run_id), {"library": bizen.pk, "reason": ""})
    assert answer.status_code == 409
    assert f'value="{bizen.pk}" selected' in text(answer)
    answer = cooperation.post(at("bags-extension", packed.pk), {"until": "2026-01-01", "reason": "出張のため"})
    assert answer.status_code == 409
    assert 'value="2026-01-01"' in text(answer) and 'value="出張のため"' in text(answer)


def test_a_week_is_cancelled_and_restored_but_not_once_it_has_begun(cooperation, coming, packed):
    """DLV-1."""
    cooperation.post(at("deliveries-cancellation", coming.pk), {"reason": "台風"})
    assert DeliveryRun.objects.get(pk=coming.pk).is_cancelled
    assert StaffAction.objects.get(verb="cancel_run").reason == "台風"
    cooperation.post(at("deliveries-restoration", coming.pk))
    assert not DeliveryRun.objects.get(pk=coming.pk).is_cancelled
    page = text(cooperation.post(at("deliveries-cancellation", packed.run_id), {"reason": "台風"}, follow=True))
    assert "すでに貸出・袋詰めを始めています" in page
    assert not DeliveryRun.objects.get(pk=packed.run_id).is_cancelled


def test_a_library_is_left_out_with_a_reason_and_taken_in_again(cooperation, coming, bizen):
    """DLV-2: without a reason for patrons it is not."""
    form = {"library": bizen.pk, "reason": ""}
    assert "理由を入力" in text(cooperation.post(at("deliveries-exclusions", coming.pk), form, follow=True))
    assert not RunExclusion.objects.filter(run=coming, library=bizen).exists()
    cooperation.post(at("deliveries-exclusions", coming.pk), form | {"reason": "車両点検"})
    exclusion = RunExclusion.objects.get(run=coming, library=bizen)
    cooperation.post(at("deliveries-exclusions-removal", exclusion.pk))
    assert not RunExclusion.objects.filter(run=coming, library=bizen).exists()


def test_the_preview_tells_who_gets_what_and_what_is_left_and_why(cooperation, coming, lively, akari, bizen):
    """DLV-3: and changes nothing."""
    title = lively.bibs["secured"].full_title
    page = text(cooperation.get(at("deliveries-preview", coming.pk)))
    assert page.index("発送するもの") < page.index(title)
    akari.category.loans_print = 4
    akari.category.save()
    page = text(cooperation.get(at("deliveries-preview", coming.pk)))
    assert page.index(title) < page.index("発送するもの")
    assert "貸出は4点まで" in page
    assert Hold.objects.get(pk=lively.holds["secured"].pk).is_secured
    assert Loan.objects.open().filter(patron=akari).count() == 4


# ── The run ──


def test_a_run_is_lent_packed_sent_and_told_step_by_step(cooperation, coming, lively, akari, worker):
    """DLV-3, DLV-4, DLV-7, A158: each step twice does it once."""
    early = cooperation.post(at("deliveries-lending", coming.pk), follow=True)
    assert "貸出日（12月6日）から" in text(early)
    assert Hold.objects.get(pk=lively.holds["secured"].pk).is_secured
    cooperation.post(at("check-in"), {"scan": lively.loans["due_soon"].item.item_number})  # else overdue by then
    with clock.standing_at(days.at(coming.lend_on, clock.now().time())):
        for _ in range(2):
            page = text(cooperation.post(at("deliveries-lending", coming.pk), follow=True))
        assert "点を貸出し、袋と票を作りました" in page
        assert "備前市立図書館" in text(cooperation.get(at("run", coming.pk)))
        bag = Bag.objects.get(run=coming)
        assert "1袋は発送していません" in text(cooperation.post(at("deliveries-sending", coming.pk), follow=True))
        for _ in range(2):
            cooperation.post(at("deliveries-sending", coming.pk), {"open_too": "1"})
        bag.refresh_from_db()
        assert bag.state == BagState.SENT
        for _ in range(2):
            cooperation.post(at("deliveries-mail", coming.pk))
    assert Notice.objects.filter(kind="delivery_ready", key__startswith=f"delivery_ready:{coming.pk}:").count() == 1
    assert Loan.objects.get(item=lively.holds["secured"].item, returned_at=None).patron == akari


def test_what_could_not_be_lent_stands_on_the_page_with_its_reasons(cooperation, coming, lively, akari, worker):
    """DLV-3."""
    akari.category.loans_print = 4
    akari.category.save()
    with clock.standing_at(days.at(coming.lend_on, clock.now().time())):
        cooperation.post(at("deliveries-lending", coming.pk))
        page = text(cooperation.get(at("run", coming.pk)))
    assert "発送できなかった予約（1）" in page
    assert "貸出は4点まで" in page
    assert "返却期限を過ぎた資料が1点" in page


def test_a_clerk_of_the_counter_sees_a_run_and_cannot_run_it(lively, packed):
    counter = at_work(clerk("desk"))
    assert counter.get(at("run", packed.run_id)).status_code == 200
    assert counter.post(at("deliveries-sending", packed.run_id)).status_code == 403
    packed.refresh_from_db()
    assert packed.is_packed


# ── Papers ──


def test_a_slip_says_what_a_handover_needs_and_neither_address_nor_telephone(cooperation, packed, akari, bizen):
    """DLV-4, A174."""
    akari.area = "備前市東片上"
    akari.save()
    bizen.address, bizen.telephone = "備前市東片上230", "0869-00-0000"
    bizen.save()
    for address in (at("bags-slip", packed.pk), at("deliveries-slips", packed.run_id)):
        page = text(cooperation.get(address))
        line = packed.lines.get()
        for needed in (packed.number, "備前市立図書館", "20000011", akari.name, line.loan.item.item_number):
            assert needed in page
        assert line.loan.item.bib.full_title in page
        assert "<svg" in page
        for private in (akari.phone, akari.email, "東片上", "0869-"):
            assert private not in page
        assert "style=" not in page
        assert "onclick" not in page


def test_the_slips_of_a_run_are_printed_for_one_library_or_all(cooperation, packed, okayama):
    assert packed.number in text(cooperation.get(at("deliveries-slips", packed.run_id), {"library": packed.library_id}))
    assert packed.number not in text(cooperation.get(at("deliveries-slips", packed.run_id), {"library": okayama.pk}))


def test_the_manifest_names_bags_by_route_and_nobody(cooperation, packed, akari):
    """DLV-8."""
    page = text(cooperation.get(at("deliveries-manifest", packed.run_id)))
    assert packed.number in page
    assert "備前市立図書館" in page
    assert akari.name not in page
    assert "20000011" not in page


# ── Bags ──


def test_an_item_is_taken_out_of_a_bag_before_it_leaves(cooperation, packed, lively):
    """A165: with a reason; its reservation is secured again."""
    line = packed.lines.get()
    cooperation.post(at("bags-lines-removal", line.pk), {"reason": ""})
    assert Bag.objects.filter(pk=packed.pk).exists()
    cooperation.post(at("bags-lines-removal", line.pk), {"reason": "汚れが見つかった"})
    assert not Bag.objects.filter(pk=packed.pk).exists()
    assert Hold.objects.get(bib=lively.bibs["packed"]).is_secured
    assert Loan.objects.get(pk=lively.loans["packed"].pk).is_annulled


def test_prefectural_staff_do_every_step_of_a_bag_and_none_backwards(cooperation, packed):
    """DLV-9."""
    for state in ("sent", "at_central", "arrived", "handed_over", "on_the_way_back"):
        cooperation.post(at("bags-step", packed.pk), {"to": state})
        packed.refresh_from_db()
        assert packed.state == state
    page = text(cooperation.post(at("bags-step", packed.pk), {"to": "sent"}, follow=True))
    assert "からは「発送済」にできません" in page
    assert cooperation.post(at("bags-step", packed.pk), {"to": "closed"}).status_code == 404


def test_a_bag_is_kept_longer(cooperation, packed):
    """DLV-10."""
    cooperation.post(at("bags-extension", packed.pk), {"until": "2026-12-20", "reason": "電話で依頼"})
    packed.refresh_from_db()
    assert packed.last_day == date(2026, 12, 20)


def test_what_is_under_way_is_listed_with_its_age_in_words(cooperation, lively, packed):
    """A173: each bag once, and what should have come back is named."""
    page = text(cooperation.get(at("bags")))
    delivered = lively.loans["delivered"].slip_line.bag
    assert page.count(delivered.number) == 1
    assert "袋詰めから9日" in page
    with clock.standing_at(days.at(packed.run.mail_on, clock.now().time())):
        assert "まだ発送していません" in text(cooperation.get(at("bags")))
    with clock.standing_at(days.at(date(2026, 12, 20), clock.now().time())):
        assert "受渡期間が終わりました（17日前）" in text(cooperation.get(at("bags")))


def test_the_number_of_a_bag_or_of_an_item_leads_to_the_bag(cooperation, packed, lively):
    """DLV-11: and a number of neither says so."""
    for number in (packed.number, lively.loans["packed"].item.item_number):
        assert cooperation.post(at("bags"), {"number": number})["Location"] == at("bag", packed.pk)
    assert "ありません" in text(cooperation.post(at("bags"), {"number": lively.loans["new"].item.item_number}))


# ── Emergency ──


def test_an_emergency_closure_is_previewed_applied_once_and_taken_back(cooperation, lively, home):
    """CAL-8."""
    loan = lively.loans["due_soon"]
    before = loan.due_on
    form = {
        "library": home.pk,
        "first_on": "2026-12-02",
        "last_on": "2026-12-04",
        "reason": "大雪",
        "spread_days": "1",
    }
    looked = cooperation.post(at("emergency"), form)
    assert loan.item.bib.full_title in text(looked)
    assert not EmergencyClosure.objects.exists()
    for _ in range(2):
        cooperation.post(at("emergency"), form | {"save": "1", "seen": looked.context["seen"]})
    closure = EmergencyClosure.objects.get()
    loan.refresh_from_db()
    assert loan.due_on > before
    assert "すでに適用されています" in text(cooperation.post(at("emergency"), form))
    cooperation.post(at("emergency-undoing", closure.pk))
    loan.refresh_from_db()
    assert loan.due_on == before
    assert not EmergencyClosure.objects.get().is_in_force


def test_a_closure_that_ends_before_it_begins_is_refused(cooperation, home):
    form = {"library": home.pk, "first_on": "2026-12-04", "last_on": "2026-12-02", "reason": "大雪", "save": "1"}
    assert cooperation.post(at("emergency"), form).status_code == 422
    assert not EmergencyClosure.objects.exists()
