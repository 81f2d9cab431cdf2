"""Questions, telephone numbers, news and each library: staff write them, the numbers are those of the rules (REQ-2)."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.urls import reverse
from django.utils import translation

from delivery.models import RunExclusion
from okalib import clock
from okalib.actions import information
from okalib.actions.roles import make_roles
from okalib.models import Closure, News, PhoneNumber, Question
from okalib.models.information import check_numbers
from tests.factories import StaffFactory


def text(answer):
    return answer.content.decode()


@pytest.fixture
def questions(home):
    return information.write_first_questions()


def test_an_answer_says_the_number_that_the_policy_says_today(questions, policy, client):
    """REQ-2: from the same data that the rules use."""
    assert "貸出日を含めて15日間です" in text(client.get("/questions/"))
    policy.loan_days = 21
    policy.save()
    assert "貸出日を含めて21日間です" in text(client.get("/questions/"))


def test_no_first_answer_names_a_number_that_there_is_not(questions):
    """In both languages, and none is left unfilled on the page."""
    for question in Question.objects.all():
        question.full_clean()
        assert question.question_en and question.answer_en


def test_an_answer_with_an_unknown_number_is_not_saved(db):
    """The sentence names what can be used."""
    with pytest.raises(ValidationError, match=r"\{weeks\}.*\{loan_days\}"):
        check_numbers("{weeks}週間です。")


def test_questions_on_one_matter_stand_together_and_hidden_ones_are_not_shown(db, client):
    for place, (matter, question, is_public) in enumerate(
        [("借りる", "一", True), ("返す", "二", True), ("借りる", "三", True), ("返す", "秘密", False)]
    ):
        Question.objects.create(matter=matter, question=question, answer="答え", place=place, is_public=is_public)
    page = text(client.get("/questions/"))
    assert page.count("借りる</h2>") == 1
    assert (
        page.index("一</summary>") < page.index("三</summary>") < page.index("返す</h2>") < page.index("二</summary>")
    )
    assert "秘密" not in page


def test_what_staff_wrote_is_text_and_no_markup(db, client):
    Question.objects.create(matter="借りる", question="<b>太い</b>", answer="<script>alert(1)</script>")
    News.objects.create(title="<i>斜め</i>", text="<script>x</script>", first_on=date(2020, 1, 1))
    assert "<script>alert" not in text(client.get("/questions/"))
    assert "<i>斜め" not in text(client.get("/"))


def test_what_has_no_english_is_read_in_japanese(db):
    question = Question(matter="借りる", question="いくつまで", question_en="", answer="十", answer_en="ten")
    with translation.override("en"):
        assert question.question_label == "いくつまで"


def test_telephone_numbers_are_listed_by_matter_on_the_guide(home, policy, client):
    """REQ-2; before there are any, the two desks of the policy are."""
    assert policy.cooperation_phone in text(client.get("/guide/"))
    PhoneNumber.objects.create(matter="点字・録音図書", desk="障害者サービス", number="086-000-7777", note="午前のみ")
    for address in ("/guide/", "/questions/"):
        page = text(client.get(address))
        assert "点字・録音図書" in page and "086-000-7777" in page and "午前のみ" in page
        assert policy.cooperation_phone not in page


def test_first_texts_are_written_once(home, policy, capsys):
    call_command("write_first_texts")
    before = Question.objects.count(), PhoneNumber.objects.count()
    Question.objects.first().delete()
    call_command("write_first_texts")
    assert before[0] > 10 and before[1] > 3
    assert (Question.objects.count() + 1, PhoneNumber.objects.count()) == before, "what staff deleted stays deleted"


def test_news_are_shown_while_they_last_important_ones_first(home, client, ten):
    for title, first, last, is_important in (
        ("終わった", date(2026, 11, 1), date(2026, 11, 30), False),
        ("これから", date(2026, 12, 2), None, False),
        ("今日まで", date(2026, 11, 1), date(2026, 12, 1), False),
        ("大雪", date(2026, 10, 1), None, True),
    ):
        News.objects.create(title=title, text="本文", first_on=first, last_on=last, is_important=is_important)
    with clock.standing_at(ten):
        for address in ("/", "/news/"):
            page = text(client.get(address))
            assert page.index("大雪") < page.index("今日まで")
            assert "終わった" not in page and "これから" not in page
        hidden = News.objects.get(title="これから")
        assert client.get(reverse("news_item", args=[hidden.pk])).status_code == 404


def test_the_page_of_a_library_says_the_way_there_the_week_and_the_next_run(lively, bizen, client):
    """REQ-2, DLV-1, DLV-6."""
    bizen.directions = "駅の北口から線路沿いに歩いて5分。"
    bizen.save()
    Closure.objects.create(library=bizen, first_on=date(2027, 1, 19), last_on=date(2027, 1, 22), public_note="工事")
    page = text(client.get(reverse("library", args=[bizen.code])))
    for sentence in (
        "線路沿いに歩いて5分",
        "12月11日（金）から12月17日（木）まで受け取れます",
        "2027年1月19日（火）",
        "工事",
    ):
        assert sentence in page


def test_a_library_left_out_of_the_next_run_says_so_with_the_reason(lively, okayama, client):
    """DLV-2, in the reader's language."""
    address = reverse("library", args=[okayama.code])
    assert "次の便は休み：</strong>設備点検のため休館" in text(client.get(address))
    RunExclusion.objects.update(reason_en="Closed for inspection")
    assert "Closed for inspection" in text(client.get(address, headers={"accept-language": "en"}))


@pytest.mark.parametrize("code", ["none", "a\x00b", "../etc"])
def test_a_library_that_there_is_not_is_not_found(home, client, code):
    assert client.get(f"/libraries/{code}/").status_code == 404


def test_staff_with_the_right_write_questions_and_others_do_not(home, client):
    """The cooperation desk edits; the desk reads the pages like everybody."""
    groups = make_roles()
    for role, status in (("cooperation", 200), ("desk", 403)):
        clerk = StaffFactory(is_staff=True)
        clerk.groups.add(groups[role])
        client.force_login(clerk, backend="okalib.auth.StaffBackend")
        assert client.get("/staff/okalib/question/add/").status_code == status


@pytest.mark.parametrize("address", ["/questions/", "/guide/", "/news/", "/libraries/", "/"])
def test_pages_to_read_ask_the_database_little(lively, questions, client, address, django_assert_max_num_queries):
    """At most twelve statements, whatever is written and however many libraries there are."""
    client.get(address)
    with django_assert_max_num_queries(12):
        assert client.get(address).status_code == 200
