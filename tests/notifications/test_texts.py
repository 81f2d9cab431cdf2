"""What readers get to read."""

import itertools
import zlib
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError

from notifications import actions, barcodes, contexts, queries, texts
from notifications.models import Template
from notifications.rules import Kind
from okalib.models import Library, PolicySettings

EVERY_TEXT = list(itertools.product([*Kind, texts.FOOTER], texts.LANGUAGES))
BODY = "{{ patron_name }} 様\n{{ title }} {{ keep_until }}"


pytestmark = pytest.mark.django_db


@pytest.fixture
def home(db) -> Library:
    """The prefectural library with its telephone numbers."""
    PolicySettings(counter_phone="086-224-1286", cooperation_phone="086-224-1288").save()
    return Library.objects.create(
        code="home", name="岡山県立図書館", name_en="Okayama Prefectural Library", is_home=True
    )


# ── Our own texts ──


@pytest.mark.parametrize(("name", "language"), EVERY_TEXT)
def test_our_own_texts_pass_the_check_that_staffs_texts_must_pass(name, language):
    """NTF-1, NTF-3: every kind has a text in both languages, with all that it must say."""
    assert texts.problems(name, language, texts.default_words(name, language)) == []


@pytest.mark.parametrize(("name", "language"), EVERY_TEXT)
def test_our_own_texts_leave_no_gap_where_an_optional_field_is_missing(name, language):
    """NTF-3."""
    kind = None if name == texts.FOOTER else Kind(name)
    fields = (*contexts.COMMON, *(contexts.FIELDS[kind] if kind else ()))
    context = {field.name: field.sample_in(language) for field in fields if field.is_required}
    words = texts.default_words(name, language)
    letter = texts.write(kind or Kind.TEST, language, words, words, context)
    dangling = [line for line in letter.text.splitlines() if line.rstrip().endswith(("：", ":", "（）", "電話"))]
    assert dangling == []
    assert "\n\n\n" not in letter.text
    assert "{{" not in letter.text + letter.subject


def test_the_mail_of_a_ready_reservation_reads_well(post, post_office, home, now):
    """NTF-3: whole sentences, a day with its weekday, the telephone numbers."""
    notice = post(words={"title": "坊っちゃん", "library": "岡山県立図書館", "keep_until": date(2026, 12, 8)})
    actions.send_due(now=now)
    notice.refresh_from_db()
    assert notice.subject == "【岡山県立図書館】予約資料のご用意ができました"
    assert notice.text.startswith("岡山 花子 様\n\nいつも岡山県立図書館をご利用いただき、")
    assert "　取置期限：12月8日（火）\n" in notice.text
    assert "総合カウンター　電話 086-224-1286" in notice.text


def test_a_day_of_another_year_names_its_year(post, post_office, now):
    notice = post(words={"keep_until": date(2027, 1, 5)})
    actions.send_due(now=now)
    notice.refresh_from_db()
    assert "2027年1月5日（火）" in notice.text


def test_a_closed_day_is_named_with_the_day_on_which_the_library_opens(post, post_office, now):
    """SHF-1."""
    closed, open_day = post(1, words={"opens_on": date(2026, 12, 2)}), post(2, words={"opens_on": None})
    actions.send_due(now=now)
    closed.refresh_from_db()
    open_day.refresh_from_db()
    assert "本日は休館日です。12月2日（水）" in closed.text
    assert "休館日" not in open_day.text


def test_a_patron_who_reads_english_gets_english(post, post_office, patron_named, home, now):
    """NTF-3."""
    mary = patron_named("Mary Smith", email="mary@example.jp", language="en")
    reason = {"ja": "汚損のため", "en": "it was damaged"}
    notice = post(kind=Kind.CANCELLED_BY_STAFF, patron=mary, words={"reason": reason})
    actions.send_due(now=now)
    notice.refresh_from_db()
    assert notice.subject == "[Okayama Prefectural Library] Your reservation was cancelled"
    assert "Dear Mary Smith" in notice.text
    assert "Reason: it was damaged" in notice.text


def test_the_delivery_mail_names_everything_and_carries_the_cards_barcode(post, post_office, home, now):
    """DLV-7: titles, window, place, due date, and the barcode that serves instead of the card."""
    notice = post(kind=Kind.DELIVERY_READY)
    actions.send_due(now=now)
    notice.refresh_from_db()
    words = ("坊っちゃん", "こころ", "備前市立図書館", "12月4日（金）", "12月10日（木）", "12月24日（木）", "10000018")
    for word in words:
        assert word in notice.text
        assert word in notice.html
    assert 'src="cid:library-card"' in notice.html
    (letter,) = post_office.letters
    (picture,) = [part for part in letter.walk() if part.get_content_type() == "image/png"]
    assert picture["content-id"] == "<library-card>"
    assert picture.get_content() == barcodes.card_png("10000018")


def test_the_barcode_picture_holds_the_bars_of_the_card_between_white_margins():
    """DLV-7: read back from the pixels of the PNG."""
    picture = barcodes.card_png("10000018")
    width = int.from_bytes(picture[16:20])
    data = picture[picture.index(b"IDAT") + 4 :]
    line = zlib.decompressobj().decompress(data)[1 : 1 + (width + 7) // 8]
    bits = "".join(f"{byte:08b}" for byte in line)[:width]
    modules = "".join("0" if bit == "1" else "1" for bit in bits[:: barcodes.BAR_WIDTH])
    quiet = "0" * barcodes.QUIET_ZONE
    letter_a = "11001111100000110000011"  # narrow, narrow, wide, wide, narrow, wide, narrow
    assert modules.startswith(quiet + letter_a + "00")
    assert modules.endswith("00" + letter_a + quiet)


def test_a_card_number_that_is_no_barcode_is_still_sent_as_text(post, post_office, now):
    post(kind=Kind.DELIVERY_READY, words={"card_number": "カード"})
    assert actions.send_due(now=now) == {"sent": 1}
    assert "カード" in post_office.letters[0].get_body(["plain"]).get_content()


# ── Injection ──


def test_a_title_with_a_line_break_adds_no_header(post, post_office, patron_named, now):
    """A188, NTF-3."""
    Template.objects.create(kind="ready", language="ja", subject="{{ title }} {{ patron_name }}", body=BODY)
    thief = patron_named("太郎\r\nBcc: thief@example.jp", email="taro@example.jp")
    post(patron=thief, words={"title": "題\r\nBcc: thief@example.jp\r\n\r\n<b>本文</b>\u2028\u202e"})
    assert actions.send_due(now=now) == {"sent": 1}
    (letter,) = post_office.letters
    assert post_office.receivers == ["taro@example.jp"]
    assert letter["bcc"] is None
    assert letter["subject"].strip() == "題 Bcc: thief@example.jp <b>本文</b> 太郎 Bcc: thief@example.jp"
    assert "\nBcc" not in letter.get_body(["plain"]).get_content()
    assert "\u202e" not in letter.get_body(["plain"]).get_content()


def test_markup_in_a_title_or_in_a_text_of_staff_stays_text(post, post_office, now):
    """A188, NTF-3."""
    Template.objects.create(kind="ready", language="ja", subject="件名", body=BODY + "\n<i>{{ library }}</i>")
    notice = post(words={"title": "<script>alert(1)</script>", "library": '<img src="//thief.example/">'})
    actions.send_due(now=now)
    notice.refresh_from_db()
    assert "<script" not in notice.html
    assert "<img" not in notice.html
    assert "&lt;i&gt;&lt;img" in notice.html
    assert "<script>alert(1)</script>" in notice.text


def test_template_tags_in_a_title_are_not_obeyed(post, post_office, now):
    """A188: a title is a value, never a template."""
    notice = post(words={"title": "{{ patron_name }}{% for x in y %}"})
    actions.send_due(now=now)
    notice.refresh_from_db()
    assert "{{ patron_name }}{% for x in y %}" in notice.text


@pytest.mark.parametrize(
    "address", ["a@example.jp\nBcc: b@example.jp", "a@example.jp, b@example.jp", "A <a@example.jp>", "a@", ""]
)
def test_an_address_that_is_not_exactly_one_address_gets_no_mail(post, post_office, patron_named, address, now):
    """A188, PAT-4."""
    notice = post(patron=patron_named("誰か", email=address))
    assert notice.is_on_phone_list
    assert actions.send_due(now=now) == {}


def test_a_very_long_title_leaves_a_subject_that_can_be_sent(post, post_office, now):
    Template.objects.create(kind="ready", language="ja", subject="{{ title }}", body=BODY)
    notice = post(words={"title": "長" * 5000})
    assert actions.send_due(now=now) == {"sent": 1}
    notice.refresh_from_db()
    assert len(notice.subject) == texts.SUBJECT_LENGTH
    assert "長" * 5000 in notice.text


# ── The texts of staff ──


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ("{{ title", "取置期限"),  # no tag at all: it would be sent as it stands, without the deadline
        ("{% for x in %}", "書き方"),
        ("{% include 'secret' %}", "書き方"),
        ("{% load static %}", "書き方"),
        ("{% now 'Y' %}", "書き方"),
        ("{{ title|safe }}", "書き方"),
        ("{{ title|center:999999999 }}", "書き方"),
        (BODY + "{{ keep_untill }}", "keep_untill"),
        ("{{ title }} {{ keep_until }} {{ patron_name.__class__ }}", "書き方"),
        ("{{ title }}", "取置期限"),
    ],
)
def test_a_text_that_could_not_be_sent_is_refused_when_it_is_saved(body, complaint):
    """NTF-3: with a sentence that says what is wrong."""
    text = Template(kind="ready", language="ja", subject="件名", body=body)
    with pytest.raises(ValidationError) as refused:
        text.clean()
    assert any(complaint in sentence for sentence in refused.value.messages)


def test_a_text_of_staff_whose_loop_has_a_wrong_name_is_refused():
    """NTF-3, DLV-7: it would leave out the titles without an error."""
    body = texts.default_words("delivery_ready", "ja").body.replace("in titles", "in titels")
    found = texts.problems("delivery_ready", "ja", texts.Words("件名", body))
    assert any("titles" in sentence for sentence in found)


def test_a_subject_of_two_lines_is_refused():
    """NTF-3, A188."""
    assert texts.problems("test", "ja", texts.Words("一\r\nBcc: x@example.jp", "本文"))


def test_a_text_of_staff_goes_before_ours_in_its_language_only(post, post_office, patron_named, now):
    """NTF-3."""
    Template.objects.create(kind="ready", language="ja", subject="ご用意できました", body=BODY)
    Template.objects.create(kind="footer", language="ja", subject="署名", body="図書館より")
    japanese = post(1)
    english = post(2, patron=patron_named("Mary", email="mary@example.jp", language="en"))
    actions.send_due(now=now)
    japanese.refresh_from_db()
    english.refresh_from_db()
    assert japanese.subject == "ご用意できました"
    assert japanese.text.endswith("図書館より\n")
    assert "Your reserved item is ready" in english.subject
    assert ("ready", "ja") not in queries.unwritten()
    assert ("ready", "en") in queries.unwritten()


@pytest.mark.parametrize(("name", "language"), EVERY_TEXT)
def test_every_text_has_a_preview_with_sample_words(name, language):
    """NTF-3."""
    letter = texts.preview(name, language, texts.default_words(name, language))
    assert ("岡山 花子" if language == "ja" else "Hanako Okayama") in letter.text
    assert letter.subject


def test_moments_travel_as_days_of_tokyo():
    moment = datetime(2026, 12, 1, 20, 0, tzinfo=ZoneInfo("UTC"))
    assert contexts.primitive({"keep_until": moment, "n": [1, None, date(2026, 1, 2)]}) == {
        "keep_until": "2026-12-02",
        "n": [1, None, "2026-01-02"],
    }


def test_only_fields_made_for_it_keep_their_lines():
    reader = contexts.Reader("ja", with_lines=frozenset({"answer"}))
    assert contexts.readable({"answer": "一\r\n二\x07", "title": "一\r\n二"}, reader) == {
        "answer": "一\n二",
        "title": "一 二",
    }
