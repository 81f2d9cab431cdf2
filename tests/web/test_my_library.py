"""My Library: what a patron reads of loans, reservations and deliveries, and renewing."""

import re
from datetime import date, time

import pytest

from circulation import actions as desk
from holds import actions as queue
from holds.models import Request
from okalib import clock, days
from tests.factories import BibFactory


def words(answer):
    """The text of a page, without tags and blanks."""
    plain = re.sub(r"<[^>]+>|\s", "", answer.content.decode())
    return plain.replace("&#x27;", "'")


def test_every_state_is_told_with_its_date_and_its_place(lively, log_in, akari):
    """LON-1, HLD-2, HLD-8, SHF-2, DLV-5, DLV-12: and what is to be done comes first."""
    page = words(log_in(akari).get("/my/"))
    for sentence in (
        "「銀河鉄道の夜」を12月5日（土）までに県立図書館で受け取ってください。",
        "「種の起原」を12月3日（木）までに備前市立図書館で受け取ってください。",
        "「吾輩は猫である」の返却期限は12月2日（水）です。",
        "取置中（12月5日（土）まで・県立図書館）",
        "発送準備（備前市立図書館）",
        "次の受渡便で送ります。受け取れるのは、お知らせメールのあとです。",
        "発送準備中備前市立図書館で受け取れるのは、お知らせメールのあとです。",
        "受け取れます12月3日（木）まで・備前市立図書館",
        "順番待ち（あと1人・所蔵1点・予想",
        "確保11月19日（木）",
        "休止中12月20日（日）に再開します。順番はそのままです。",
        "取消11月21日（土）ご本人による取消",
        "図書・雑誌4／10点",
    ):
        assert sentence.replace(" ", "") in page, sentence
    assert page.index("今すること") < page.index("「銀河鉄道の夜」") < page.index("図書・雑誌4／10点")


def test_a_loan_offers_its_new_date_or_says_why_not_and_from_when(lively, log_in, akari):
    """REN-1, REN-2."""
    page = words(log_in(akari).get("/my/"))
    assert "延長すると、返却期限は12月15日（火）になります延長する：吾輩は猫である" in page
    assert "12月11日（金）から延長できます" in page


def test_renewing_shows_the_new_due_date(lively, log_in, akari):
    """REN-1."""
    answer = log_in(akari).post(f"/loans/{lively.loans['due_soon'].pk}/renewal/", follow=True)
    assert "「吾輩は猫である」を延長しました。新しい返却期限は12月15日（火）です。" in words(answer)
    lively.loans["due_soon"].refresh_from_db()
    assert lively.loans["due_soon"].due_on == date(2026, 12, 15)


def test_a_renewal_that_is_refused_says_every_reason(lively, log_in, akari, chiyo, home, ten):
    """REN-2: too early, and somebody waits."""
    queue.reserve(patron=chiyo, bib=lively.bibs["new"], pickup_at=home, by=chiyo.user, now=ten)
    answer = log_in(akari).post(f"/loans/{lively.loans['new'].pk}/renewal/", follow=True)
    assert "12月11日（金）から延長できます。" in words(answer)
    assert "次の予約が入っているため、延長できません。" in words(answer)


def test_what_a_counter_has_received_is_shown_as_on_its_way(lively, log_in, akari, bizen, ten):
    """RET-3: no longer overdue, and nothing to renew."""
    desk.receive(item=lively.loans["delivered"].item, library=bizen, by=None, now=ten)
    page = words(log_in(akari).get("/my/"))
    assert "返却済・搬送中12月1日（火）に備前市立図書館で受け付けました。" in page
    assert "受け付けました。資料の足どり" in page, "and not said a second time in other words"


def test_a_card_about_to_lapse_is_something_to_do(home, log_in, akari, ten):
    """PAT-1."""
    akari.last_used_on = date(2024, 12, 10)
    akari.save()
    with clock.standing_at(ten):
        assert "利用者カードは、ご利用がないと12月11日（金）から使えなくなります。" in words(log_in(akari).get("/my/"))


def test_the_whole_page_speaks_english(lively, log_in, akari):
    """NTF-3's counterpart: no Japanese of ours is left between the titles and names."""
    client = log_in(akari)
    client.get("/language/en/", {"next": "/my/"})
    page = words(client.get("/my/"))
    assert "Sat5December" in page
    assert "マイライブラリ" not in page
    assert "返却期限" not in page


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_patron_with_nothing_sees_that_there_is_nothing_to_do(home, log_in, chiyo, client, language):
    client.cookies["django_language"] = language
    page = log_in(chiyo).get("/my/").content.decode()
    assert ("今していただくことはありません。" if language == "ja" else "There is nothing for you to do now.") in page


def test_what_is_alike_is_said_once(home, bizen, log_in, akari, desk_clerk, ten):
    """ux.md: three things due on one day at one place are one thing to do."""
    for title in ("草枕", "それから", "門"):
        bib = BibFactory(title=title, items=1)
        desk.check_out(item=bib.items.get(), patron=akari, by=desk_clerk, now=ten)
    with clock.standing_at(days.at(date(2026, 12, 13), time(10))):
        page = words(log_in(akari).get("/my/"))
    todo = page[
        page.index("今すること") : page.index("借りている") if "借りている" in page else page.index("図書・雑誌")
    ]
    assert "次の3点の返却期限は12月15日（火）です。" in todo
    assert all(title in todo for title in ("草枕", "それから", "門"))


def test_what_is_overdue_comes_first_and_says_what_follows(lively, log_in, akari):
    """LIM-3, LON-6."""
    with clock.standing_at(days.at(date(2026, 12, 3), time(10))):
        page = words(log_in(akari).get("/my/"))
    todo = page[page.index("今すること") :]
    assert todo.startswith("今すること延滞「吾輩は猫である」を返却してください（返却期限12月2日（水））。")
    assert "返却するまで、貸出・予約・延長はできません。" in todo


def test_an_address_that_does_not_work_is_something_to_do(home, log_in, akari, ten):
    """PAT-4."""
    akari.email_failed_at = ten
    akari.save()
    with clock.standing_at(ten):
        assert "登録のアドレスにメールが届きませんでした。アドレスを確認する" in words(log_in(akari).get("/my/"))


def test_what_is_due_today_is_said_to_be(lively, log_in, akari):
    """ux.md: nobody has to know the date of today to see what is pressing."""
    with clock.standing_at(days.at(date(2026, 12, 2), time(10))):
        assert "「吾輩は猫である」の返却期限は今日、12月2日（水）です。" in words(log_in(akari).get("/my/"))


def test_whoever_is_late_is_not_promised_the_next_run(lively, log_in, akari):
    """DLV-3, SHF-3: in the list and on the page of the reservation, before the run or the counter says no."""
    held_back = "返却期限を過ぎた資料があるため、返却されるまで受渡館へ送れません。"
    not_lent = "返却期限を過ぎた資料があるため、返却されるまでお渡しできません。"
    client = log_in(akari)
    secured, ready = (f"/holds/{lively.holds[state].pk}/" for state in ("secured", "ready"))
    for page in (words(client.get(address)) for address in ("/my/", secured, ready)):
        assert held_back not in page and not_lent not in page
    with clock.standing_at(days.at(date(2026, 12, 3), time(10))):
        page = words(client.get("/my/"))
        assert held_back in page and not_lent in page
        assert "次の受渡便で送ります。" not in page
        assert held_back in words(client.get(secured))
        assert not_lent in words(client.get(ready))


def test_a_place_in_the_queue_is_not_lost_by_one_touch(lively, log_in, akari):
    """HLD-4: cancelling cannot be undone, so that the list asks once more, as the page of the reservation does."""
    page = log_in(akari).get("/my/").content.decode()
    asked = re.search(
        rf'<details class="asks">(?:(?!</details>).)*/holds/{lively.holds["waiting"].pk}/cancel.*?</details>',
        page,
        re.S,
    )
    assert "取り消すと順番はなくなり、元に戻せません。" in asked[0]
    assert page.count("/cancellation/") == page.count('<details class="asks">')


def test_more_time_to_collect_is_asked_for_by_name(lively, log_in, akari, aya):
    """DLV-10, REQ-1: from the delivered loan itself; somebody else's is not named."""
    client, loan = log_in(akari), lively.loans["delivered"]
    assert f'href="/my/requests/?longer={loan.pk}#longer"' in client.get("/my/").content.decode()
    page = client.get(f"/my/requests/?longer={loan.pk}").content.decode()
    assert "「種の起原」を期間内に受け取れません。" in page
    assert '<details id="longer" open>' in page
    for other in (lively.loans["others"].pk, "x", "9" * 30, ""):
        page = client.get(f"/my/requests/?longer={other}").content.decode()
        assert "期間内に受け取れません。" not in page and '<details id="longer">' in page


def test_a_form_marks_what_it_cannot_do_without(lively, log_in, akari):
    """REQ-1: an inquiry without words is refused, so that its field is not called optional."""
    page = words(log_in(akari).get("/my/requests/"))
    assert page.count("内容※必須") == 2 and "資料番号※必須" in page
    assert "連絡先（任意）" in page


def test_requests_stand_there_with_their_answers(lively, log_in, akari, coop, ten):
    """REQ-1."""
    asked = Request.objects.get(patron=akari)
    client = log_in(akari)
    assert "回答をお待ちください。" in words(client.get("/my/"))
    queue.answer(request=asked, by=coop, now=ten, accept=True, answer="火曜日から開館しています。")
    page = words(client.get("/my/"))
    assert "回答（12月1日（火））火曜日から開館しています。" in page


def test_the_last_month_of_ended_reservations_stands_there_and_no_more(lively, log_in, akari):
    """ux.md: with the reason."""
    client = log_in(akari)
    assert "数学ガール取消11月21日（土）ご本人による取消" in words(client.get("/my/"))
    with clock.standing_at(days.at(date(2026, 12, 24), time(10))):
        assert "数学ガール" not in words(client.get("/my/"))
