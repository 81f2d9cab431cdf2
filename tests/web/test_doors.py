"""Coming in, going out, the first password, and the language of the pages."""

from datetime import date

import pytest

from okalib import clock
from okalib.actions import patrons

pytestmark = pytest.mark.usefixtures("redis")


def text(answer):
    return answer.content.decode()


def log_in(client, number="20000011", password="sesame", **more):  # noqa: S107 - that of every actor in the cast
    return client.post("/login/", {"username": number, "password": password, **more})


def test_a_patron_comes_in_by_card_number_and_lands_in_my_library(akari, client):
    """PAT-1; full-width digits are digits."""
    assert log_in(client, number="２００００011").url == "/my/"


def test_a_patron_is_led_back_to_the_page_they_wanted_and_nowhere_else(akari, client):
    assert log_in(client, next="/basket/").url == "/basket/"
    client.post("/logout/")
    assert log_in(client, next="https://example.com/").url == "/my/"


def test_the_answer_does_not_tell_whether_a_card_exists(akari, client):
    """PAT-3, A223."""
    sentence = "カード番号またはパスワードが正しくありません。"
    answers = [log_in(client, password="wrong"), log_in(client, number="99999999", password="wrong")]
    assert [sentence in text(answer) for answer in answers] == [True, True]
    assert '電話 <a class="phone" href="tel:0860000002">' in text(answers[0])


def test_a_lapsed_card_is_told_whom_to_call_and_only_its_owner_is(akari, client, ten):
    """PAT-1."""
    akari.last_used_on = date(2024, 11, 1)
    akari.save()
    with clock.standing_at(ten):
        assert "利用者カードの有効期限が切れています。総合カウンター（電話 086-000-0002）" in text(log_in(client))
        assert "有効期限が切れています" not in text(log_in(client, password="wrong"))


def test_logging_out_ends_the_session_and_is_a_post(akari, client):
    """A218, A224."""
    log_in(client)
    assert client.get("/logout/").status_code == 405
    assert client.get("/my/").status_code == 200
    assert client.post("/logout/").url == "/"
    assert client.get("/my/").status_code == 302


def test_the_first_password_comes_by_the_code_of_the_counter(akari, desk, client, ten):
    """PAT-3: once."""
    with clock.standing_at(ten):
        code = patrons.issue_activation_code(patron=akari, by=desk, now=ten)
        form = {"card_number": "20000011", "code": code, "new": "tsukiyo-no-karasu", "again": "tsukiyo-no-karasu"}
        answer = client.post("/activation/", form, follow=True)
        assert "パスワードを登録しました。" in text(answer)
        assert log_in(client, password="tsukiyo-no-karasu").url == "/my/"
        client.post("/logout/")
        assert "カード番号か登録コードが正しくないか" in text(client.post("/activation/", form))


def test_two_passwords_that_differ_are_sent_back_beside_the_field(akari, client):
    form = {"card_number": "20000011", "code": "AAAA-BBBB", "new": "tsukiyo-no-karasu", "again": "tsukiyo"}
    page = text(client.post("/activation/", form))
    assert "2つのパスワードが一致しません。" in page
    assert 'value="20000011"' in page
    assert "tsukiyo" not in page


def test_changing_the_password_keeps_this_session_and_ends_the_others(akari, client):
    """A224."""
    from django.test import Client

    elsewhere = Client()
    log_in(client)
    log_in(elsewhere)
    form = {"old": "sesame", "new": "tsukiyo-no-karasu", "again": "tsukiyo-no-karasu"}
    assert "パスワードを変更しました。" in text(client.post("/my/settings/password/", form, follow=True))
    assert client.get("/my/").status_code == 200
    assert elsewhere.get("/my/").status_code == 302


def test_contact_is_changed_by_the_patron_and_a_dead_end_refused(akari, client):
    """PAT-4."""
    log_in(client)
    form = {"contact": "phone", "email": "", "phone": "090-2222-0000", "language": "en", "present_password": "sesame"}
    client.post("/my/settings/contact/", form)
    akari.refresh_from_db()
    assert (akari.contact, akari.phone, akari.language) == ("phone", "090-2222-0000", "en")
    assert client.post("/my/settings/contact/", form | {"contact": "email"}).status_code == 409


def test_the_language_link_keeps_the_page_and_its_question(home, client):
    """ux.md: `日本語` / `English`."""
    page = text(client.get("/search/", {"q": "草枕"}))
    assert "/language/en/?next=%2Fsearch%2F%3Fq%3D%25E8%258D%2589%25E6%259E%2595" in page
    answer = client.get("/language/en/?next=/guide/")
    assert answer.url == "/guide/"
    assert "Guide and telephone numbers" in text(client.get("/guide/"))
    assert client.get("/language/en/?next=https://example.com/").url == "/"
    assert client.get("/language/xx/").status_code == 404


def test_a_patron_who_reads_english_is_spoken_to_in_english(akari, client):
    akari.language = "en"
    akari.save()
    log_in(client)
    assert "What to do now" in text(client.get("/my/"))
