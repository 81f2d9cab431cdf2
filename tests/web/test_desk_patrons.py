"""Patrons at the desk: found, shown, registered, given cards and codes, stopped for a while (PAT-1 … PAT-5, A18)."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth import authenticate
from django.urls import reverse

from okalib import clock, people
from okalib.actions import patrons, staff
from okalib.models import Activation, Block, Patron, PatronView, StaffAction
from okalib.rules import BlockKind
from tests.factories import CategoryFactory, PatronFactory, StaffFactory
from tests.web.desk import at, at_work, clerk, text


@pytest.fixture
def counter(redis, home, ten):
    """A clerk of the general counter at ten on Tuesday; returns the browser."""
    with clock.standing_at(ten):
        yield at_work(clerk("desk", username="madoguchi"))


def about(name="大庭恵", **more):
    """What is typed to register somebody."""
    typed = {
        "name": name,
        "name_kana": "おおば　めぐみ",
        "category": CategoryFactory().pk,
        "birth_year": "1990",
        "contact": "email",
        "email": "megumi@example.com",
        "phone": "",
        "language": "ja",
    }
    return typed | more


# ── Finding ──


@pytest.mark.parametrize("typed", ["20000011", "A20000011A", "あおき", "ｱｵｷ ｱｶ", "青木", "090-1111-0001"])
def test_whoever_is_found_alone_opens_at_once(counter, akari, aya, typed):
    answer = counter.post(at("patrons"), {"who": typed})
    assert (answer.status_code, answer["Location"]) == (302, at("patron", akari.pk))


def test_several_are_listed_and_too_many_are_said_to_be_too_many(counter, akari):
    for number in range(52):
        PatronFactory(name=f"青山{number}", name_kana=f"アオヤマ {number}")
    page = text(counter.post(at("patrons"), {"who": "あお"}))
    assert len(re.findall(rf'href="{at("patrons")}[0-9]+/"', page)) == 50
    assert "ほかにもいます" in page


def test_a_dead_card_raises_the_alarm_and_names_its_owner_without_opening_the_record(counter, akari, desk, ten):
    """PAT-2."""
    patrons.replace_lost_card(patron=akari, by=desk, now=ten)
    answer = counter.post(at("patrons"), {"who": "20000011"})
    assert answer.status_code == 409
    assert "紛失" in text(answer)
    assert at("patron", akari.pk) in text(answer)
    assert not PatronView.objects.exists()


def test_nobody_found_is_said(counter, akari):
    answer = counter.post(at("patrons"), {"who": "いろは"})
    assert answer.status_code == 404
    assert "見つかりません" in text(answer)
    assert counter.post(at("patrons"), {"who": ""}).status_code == 404


# ── The page ──


def test_the_page_shows_who_it_is_and_everything_of_theirs(lively, akari, django_assert_max_num_queries):
    """In a dozen statements, however much there is, and the one that notes the look."""
    clerk_of_counter = clerk("desk")
    patrons.block(patron=akari, kind=BlockKind.HOLDS, reason="住所の確認", by=clerk_of_counter, now=clock.now())
    browser = at_work(clerk_of_counter)
    browser.get(at("patrons"))
    with django_assert_max_num_queries(13):
        page = text(browser.get(at("patron", akari.pk)))
    for words in (
        "青木あかり",
        "アオキ アカリ",
        "20000011",
        "akari@example.com",
        "090-1111-0001",
        "一般",
        "住所の確認",
    ):
        assert words in page, words
    assert "有効期限（最後の利用から）" in page
    for loan in (lively.loans["new"], lively.loans["delivered"]):
        assert loan.item.bib.full_title in page
    for hold in (lively.holds["waiting"], lively.holds["ready"]):
        assert at("hold", hold.pk) in page
    assert "取置中" in page
    assert "利用停止の設定" in page  # what staff did, in words
    assert len(page.encode()) < 150_000


def test_what_was_read_and_looked_for_is_not_on_the_page(lively, akari):
    """RET-5: neither the reading record nor the saved searches nor titles already returned."""
    page = text(at_work(clerk("desk")).get(at("patron", akari.pk)))
    assert "読書記録" not in page
    assert "編み物の本" not in page


def test_a_look_is_written_down_once_in_ten_minutes_for_each_clerk(redis, home, akari, ten):
    """A227."""
    deguchi, other = clerk("desk"), clerk("desk")
    for browser, minutes in ((at_work(deguchi), 0), (at_work(deguchi), 9), (at_work(other), 9), (at_work(deguchi), 10)):
        with clock.standing_at(ten + timedelta(minutes=minutes)):
            assert browser.get(at("patron", akari.pk)).status_code == 200
    assert list(PatronView.objects.order_by("id").values_list("by", "patron")) == [
        (deguchi.pk, akari.pk),
        (other.pk, akari.pk),
        (deguchi.pk, akari.pk),
    ]


def test_the_form_for_changes_counts_as_a_look_too(counter, akari):
    """A227."""
    counter.get(reverse("admin:okalib_patron_change", args=[akari.pk]))
    assert PatronView.objects.get().patron == akari


@pytest.mark.parametrize(("page", "field"), [("check-out", "scan"), ("reservations", "card")])
def test_a_card_read_at_another_desk_page_is_a_look_too(counter, akari, page, field):
    """A227: lending and reserving show what somebody has on loan and reserved."""
    counter.post(at(page), {field: "20000011"})
    assert PatronView.objects.get().patron == akari


def test_looks_are_forgotten_when_the_link_of_staff_actions_is(policy, akari, desk, ten):
    """OPS-5."""
    for days_ago in (91, 90):
        patrons.note_view(patron=akari, by=desk, now=ten - timedelta(days=days_ago))
    assert staff.forget_old(now=ten)["patron_views_deleted"] == 1
    assert PatronView.objects.count() == 1


def test_the_auditor_sees_who_looked_at_whom_and_nobody_else_does(redis, home, akari, aya, ten):
    """A227, A226: by patron, by clerk, or all; a right of its own."""
    deguchi = clerk("desk", username="deguchi", last_name="出口")
    other = clerk("desk", username="irie", last_name="入江")
    patrons.note_view(patron=akari, by=deguchi, now=ten)
    patrons.note_view(patron=aya, by=other, now=ten)
    with clock.standing_at(ten):
        auditor = at_work(StaffFactory(rights=["okalib.view_patronview"]))
        everybody = text(auditor.get(at("patron-views")))
        assert "青木あかり" in everybody
        assert "入江" in everybody
        of_akari = text(auditor.post(at("patron-views"), {"card": "20000011"}))
        assert "出口" in of_akari
        assert "入江" not in of_akari
        by_irie = text(auditor.post(at("patron-views"), {"username": "irie"}))
        assert "馬場文" in by_irie
        assert "青木" not in by_irie
        for role in ("desk", "cooperation", "cataloguer"):
            assert at_work(clerk(role)).get(at("patron-views")).status_code == 403


def test_the_record_of_looks_is_leafed_through(redis, home, akari, desk, ten):
    for minutes in range(0, 1500, 10):
        patrons.note_view(patron=akari, by=desk, now=ten + timedelta(minutes=minutes))
    auditor = at_work(StaffFactory(rights=["okalib.view_patronview"]))
    with clock.standing_at(ten):
        first = auditor.get(at("patron-views")).context
        then = auditor.post(at("patron-views"), {"before": first["next_before"]}).context
    assert (len(first["rows"]), len(then["rows"]), then["next_before"]) == (100, 50, None)
    assert not set(first["rows"]) & set(then["rows"])


# ── Registering ──


def test_a_patron_is_registered_with_a_card_and_a_trace(counter, tuesday):
    """PAT-3, OPS-5; a reading typed as hiragana is kept as katakana."""
    answer = counter.post(at("register"), about(contact_person="大庭保"))
    patron = Patron.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, at("patron", patron.pk))
    assert (patron.name_kana, patron.contact_person, patron.registered_on) == ("オオバ メグミ", "大庭保", tuesday)
    assert patron.card_number
    assert StaffAction.objects.get(verb="register").by.username == "madoguchi"


def test_a_printed_card_is_read_and_one_in_use_is_refused(counter, akari):
    counter.post(at("register"), about(card_number="A30000018A"))
    assert people.find_patrons("30000018")[0].name == "大庭恵"
    again = counter.post(at("register"), about(name_kana="ほか", card_number="20000011"))
    assert again.status_code == 409
    assert "すでに使われています" in text(again)


@pytest.mark.parametrize(
    ("known", "is_alike"),
    [
        ({"name_kana": "オオバ メグミ", "birth_year": 1990}, True),
        ({"name_kana": "オオバメグミ", "birth_year": None}, True),
        ({"name_kana": "オオバ メグミ", "birth_year": 1971}, False),
        ({"name_kana": "ベツジン", "phone": "(086)223-0001"}, True),
        ({"name_kana": "オオバ メグム", "birth_year": 1990}, False),
    ],
)
def test_somebody_alike_is_shown_before_a_second_card_is_made(counter, known, is_alike):
    """The same reading and year, or the same telephone; the clerk decides."""
    somebody = PatronFactory(name="大庭恵美", **known)
    typed = about(phone="0862230001")
    answer = counter.post(at("register"), typed)
    if is_alike:
        assert answer.status_code == 409
        assert at("patron", somebody.pk) in text(answer)
        assert Patron.objects.count() == 1
        answer = counter.post(at("register"), typed | {"is_another": "1"})
    assert answer.status_code == 302
    assert Patron.objects.count() == 2


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"name": ""}, "氏名"),
        ({"name_kana": "大庭恵"}, "カナで入力"),
        ({"email": ""}, "アドレスの入力が必要"),
        ({"contact": "phone"}, "電話番号の入力が必要"),
        ({"card_number": "1000000014"}, "カード番号として使えない"),
    ],
)
def test_what_is_missing_is_named_and_nobody_is_registered(counter, typed, words):
    """PAT-4: a way of being told that leads nowhere is no way."""
    answer = counter.post(at("register"), about(**typed))
    assert answer.status_code == 409
    assert words in text(answer)
    assert not Patron.objects.exists()


# ── Cards and codes ──


def test_the_code_is_on_a_slip_once_and_works(counter, akari, ten):
    """PAT-3: large, with its last day and how to use it."""
    address = at("patron-deed", akari.pk, "activation-code")
    assert "登録コードの発行" in text(counter.get(address))
    assert not Activation.objects.exists()
    shown = counter.post(address)
    code, page = shown.context["code"], text(shown)
    assert page.count(code) == 1
    assert "2026年12月15日" in page
    assert reverse("activation") in page
    assert "no-store" in shown["Cache-Control"]
    assert code not in text(counter.get(at("patron", akari.pk)))
    assert patrons.activate(card_number="20000011", code=code, password="kibi-no-kuni-2026", now=ten) == akari


def test_a_lost_card_is_replaced_by_a_drawn_or_a_printed_one(counter, akari):
    """PAT-2: loans and reservations stay, the old number alerts the desk when scanned."""
    address = at("patron-deed", akari.pk, "lost-card")
    counter.get(address)
    assert Patron.objects.get(pk=akari.pk).card_number == "20000011"
    counter.post(address, {"card_number": "30000018"})
    assert Patron.objects.get(pk=akari.pk).card_number == "30000018"
    counter.post(address)
    assert Patron.objects.get(pk=akari.pk).card_number not in ("20000011", "30000018")
    assert "このカードは使えません" in text(counter.post(at("check-out"), {"scan": "20000011"}))


def test_a_printed_card_that_is_somebody_elses_leaves_the_old_one_alive(counter, akari, aya):
    answer = counter.post(at("patron-deed", akari.pk, "lost-card"), {"card_number": "20000028"})
    assert answer.status_code == 409
    assert Patron.objects.get(pk=akari.pk).card_number == "20000011"


def test_a_lapsed_card_is_told_and_renewed(counter, akari, tuesday):
    """PAT-1."""
    Patron.objects.filter(pk=akari.pk).update(last_used_on=tuesday.replace(year=2024, month=11))
    assert "有効期限が切れています" in text(counter.get(at("patron", akari.pk)))
    counter.post(at("patron-deed", akari.pk, "renewal"))
    assert "有効期限が切れています" not in text(counter.get(at("patron", akari.pk)))


def test_a_lock_is_seen_and_lifted(counter, akari, rf):
    """A223."""
    address = at("patron-deed", akari.pk, "log-in-lock")
    assert address not in text(counter.get(at("patron", akari.pk)))
    for _guess in range(6):
        authenticate(rf.post("/login/"), username="20000011", password="wrong")
    assert address in text(counter.get(at("patron", akari.pk)))
    counter.post(address)
    assert not people.is_locked_out(akari)


# ── Blocks ──


def test_a_block_is_placed_with_its_last_day_and_lifted_with_a_reason(counter, akari, tuesday):
    """A18, OPS-5."""
    typed = {"kind": "holds", "reason": "住所の確認", "until_on": "2026-12-24"}
    counter.post(at("patron-blocks", akari.pk), typed)
    assert Patron.objects.get().blocks_in_force(BlockKind.HOLDS, tuesday)
    assert "停止中" in text(counter.get(at("patron", akari.pk)))
    counter.post(at("block-lifting", Block.objects.get().pk), {"reason": "確認済み"})
    assert not Patron.objects.get().blocks_in_force(BlockKind.HOLDS, tuesday)
    reasons = StaffAction.objects.order_by("id").values_list("verb", "reason")
    assert list(reasons) == [("block", "住所の確認"), ("lift_block", "確認済み")]


@pytest.mark.parametrize(
    "typed",
    [
        {"kind": "holds", "reason": ""},
        {"kind": "holds", "reason": "調査", "until_on": "2026-11-30"},
        {"kind": "nothing", "reason": "調査"},
        {"kind": "loans", "reason": "調査", "until_on": "いつか"},
    ],
)
def test_a_block_that_makes_no_sense_is_refused(counter, akari, typed):
    answer = counter.post(at("patron-blocks", akari.pk), typed, follow=True)
    assert 'class="error"' in text(answer)
    assert f'value="{typed["reason"]}"' in text(answer) or not typed["reason"]  # what was typed stays
    assert '<details class="desk-box" open>' in text(answer)
    assert not Block.objects.exists()


# ── Rights ──


def test_without_the_right_nothing_of_a_patron_is_seen_or_done(redis, home, akari, desk, ten):
    """A193, A217: refused, and not done either; and no look is noted that was none."""
    placed = patrons.block(patron=akari, kind=BlockKind.HOLDS, reason="調査", by=desk, now=ten)
    before = StaffAction.objects.count()
    for browser, status in (
        (at_work(clerk("cataloguer")), 403),
        (at_work(StaffFactory(rights=["okalib.view_patron"])), 403),
    ):
        for address, typed in [
            (at("register"), about()),
            (at("patron-blocks", akari.pk), {"kind": "loans", "reason": "調査"}),
            (at("block-lifting", placed.pk), {"reason": "試し"}),
            *((at("patron-deed", akari.pk, name), {}) for name in ("activation-code", "lost-card", "renewal")),
        ]:
            assert browser.post(address, typed).status_code == status, address
    cataloguer = at_work(clerk("cataloguer"))
    assert cataloguer.get(at("patron", akari.pk)).status_code == 403
    assert cataloguer.post(at("patrons"), {"who": "青木"}).status_code == 403
    assert (StaffAction.objects.count(), Patron.objects.count()) == (before, 1)
    assert not PatronView.objects.exists()
    placed.refresh_from_db()
    assert placed.lifted_at is None


def test_who_may_only_see_is_offered_nothing_to_do(redis, home, akari, ten):
    page = text(at_work(StaffFactory(rights=["okalib.view_patron"])).get(at("patron", akari.pk)))
    assert "青木あかり" in page
    for words in ("紛失による再発行", "利用を停止する", "貸出へ進む", "重複の統合"):
        assert words not in page, words


def test_a_patron_who_does_not_exist_has_no_page(counter):
    assert counter.get(at("patron", 4711)).status_code == 404
    assert counter.post(at("block-lifting", 4711)).status_code == 404
    assert counter.post(at("patron-deed", 4711, "renewal")).status_code == 404


# ── Merging ──


def test_two_records_become_one_after_a_preview_that_names_everything(redis, lively, home, akari, ten):
    """A226: found, previewed, said why, done; each step by hand, and nothing before the last."""
    twin = PatronFactory(name="青木 アカリ", name_kana="アオキ アカリ", card="20000042")
    chief = at_work(clerk("administrator"))
    address = at("patron-merging", twin.pk)
    found = chief.post(address, {"who": "あおき"})
    assert "青木あかり" in text(found)
    preview = chief.post(address, {"other": akari.pk})
    page = text(preview)
    assert "まだ統合していません" in page
    for words in ("走れメロス", "こころ", "カード 20000011 はすぐに無効", "お知らせ", "保存した検索", "予約かご"):
        assert words in page, words
    assert Patron.objects.filter(pk=akari.pk).exists()
    typed = {"other": akari.pk, "apply": "1", "seen": preview.context["merging"].mark}
    assert "理由を入力" in text(chief.post(address, typed))
    answer = chief.post(address, typed | {"reason": "二重登録のため"})
    assert (answer.status_code, answer["Location"]) == (302, at("patron", twin.pk))
    assert not Patron.objects.filter(pk=akari.pk).exists()
    assert "利用者の統合" in text(chief.get(at("patron", twin.pk)))
    assert "走れメロス" in text(chief.get(at("patron", twin.pk)))
    assert chief.get(at("patron", akari.pk)).status_code == 404


def test_a_preview_that_is_out_of_date_does_nothing(redis, home, akari, aya, ten):
    with clock.standing_at(ten):
        chief = at_work(clerk("administrator"))
        typed = {"other": aya.pk, "apply": "1", "seen": "of another day", "reason": "試し"}
        answer = chief.post(at("patron-merging", akari.pk), typed)
    assert answer.status_code == 409
    assert "状況が変わりました" in text(answer)
    assert Patron.objects.count() == 2


def test_merging_is_a_right_of_its_own(redis, home, akari, aya, ten):
    """A226, A193: neither the counter nor who may override has it."""
    for role in ("desk", "cooperation", "cataloguer"):
        browser = at_work(clerk(role))
        typed = {"other": aya.pk, "apply": "1", "reason": "試し"}
        assert browser.post(at("patron-merging", akari.pk), typed).status_code == 403
    assert Patron.objects.count() == 2


@pytest.mark.parametrize("other", ["", "0", "x", "99999999999999999999"])
def test_nobody_is_merged_with_nobody(redis, home, akari, ten, other):
    with clock.standing_at(ten):
        answer = at_work(clerk("administrator")).post(at("patron-merging", akari.pk), {"other": other, "apply": "1"})
    assert answer.status_code == 404
    assert Patron.objects.count() == 1
