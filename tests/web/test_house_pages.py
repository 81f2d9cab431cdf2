"""The front page, the calendar, pickup libraries, the schedule and the guide say what the rules use (REQ-2)."""

import re
from datetime import date, datetime, time

import pytest

from okalib import clock, days
from okalib.models import Closure
from okalib.templatetags.okalib_ui import telephone


def text(answer):
    return answer.content.decode()


def at(day):
    return clock.standing_at(days.at(day, time(10)))


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        (date(2026, 12, 1), "9:00–19:00 開館"),
        (date(2026, 12, 7), "次の開館は 12月8日（火） 9:00–19:00"),
        (date(2026, 12, 31), "次の開館は 2027年1月5日（火） 9:00–19:00"),
    ],
)
def test_the_front_page_says_today_in_words(home, client, day, sentence):
    """CAL-1 … CAL-3."""
    with at(day):
        assert sentence in text(client.get("/"))


@pytest.mark.parametrize(
    ("day", "months"),
    [
        (date(2026, 11, 23), ["2026年11月"]),
        (date(2026, 11, 24), ["2026年11月", "2026年12月"]),
        (date(2026, 12, 1), ["2026年12月"]),
        (date(2026, 12, 31), ["2026年12月", "2027年1月"]),
    ],
)
def test_the_front_page_has_the_days_that_one_plans_for(home, client, day, months):
    """REQ-2: on the last of a month its days are of no more use."""
    with at(day):
        page = text(client.get("/"))
    assert re.findall(r"<caption>(\S+?月)", page) == months
    assert [page.count(f"{month}の休館日：") for month in months] == [1] * len(months)


def test_the_calendar_says_the_closed_days_first_and_marks_them(home, client, ten):
    """CAL-2, CAL-3, CAL-4: days on end with one note are one period."""
    Closure.objects.create(
        library=home, first_on=date(2027, 1, 19), last_on=date(2027, 1, 22), public_note="蔵書点検のため休館"
    )
    with clock.standing_at(ten):
        page = text(client.get("/calendar/?month=2027-01"))
    sentence, *reasons = re.findall(r"<(?:p|li)>(.*?)</", re.sub(r"</?span[^>]*>", "", page.split('id="month"')[1]))[
        1:4
    ]
    assert sentence == (
        "2027年1月の休館日：1月1日（金）から1月3日（日）、1月4日（月）、1月12日（火）、"
        "1月18日（月）、1月19日（火）から1月22日（金）、1月25日（月）"
    )
    assert reasons == ["1月1日（金）から1月3日（日）：年末年始", "1月19日（火）から1月22日（金）：蔵書点検のため休館"]
    assert page.count('<span class="mark">休</span>') == 11
    assert "年始は正午から開館" not in page  # the 4th is a Monday and closed


def test_each_library_has_a_calendar_of_its_own(home, bizen, client, ten):
    """CAL-4."""
    Closure.objects.create(library=bizen, first_on=date(2026, 12, 8), last_on=date(2026, 12, 8), public_note="工事")
    with clock.standing_at(ten):
        assert "工事" in text(client.get("/calendar/?library=bizen&month=2026-12"))
        assert "工事" not in text(client.get("/calendar/?month=2026-12"))


@pytest.mark.parametrize("month", ["", "2026-13", "1900-01", "9999-12", "abc", "2026-12-01"])
def test_a_month_out_of_reach_is_one_within(home, client, ten, month):
    with clock.standing_at(ten):
        answer = client.get("/calendar/", {"month": month})
    assert answer.status_code == 200
    assert 'class="month"' in text(answer)


def test_a_calendar_without_open_days_is_shown_and_nothing_promised(home, client, ten):
    """CAL-6."""
    home.opening_hours.all().delete()
    home.holiday_opens = home.holiday_closes = None
    home.save()
    with clock.standing_at(ten):
        assert "休館しています" in text(client.get("/"))


def test_pickup_libraries_and_the_schedule_say_whom_a_run_leaves_out(lively, client):
    """DLV-1, DLV-2."""
    assert "設備点検のため休館" in text(client.get("/libraries/"))
    page = text(client.get("/deliveries/"))
    assert "岡山市立中央図書館：設備点検のため休館" in page
    assert "12月11日（金）から12月17日（木）まで" in page


def test_the_schedule_says_how_far_each_run_is(lively, client):
    """DLV-1: on the first of December one is collected, one is on its way, and the next is marked."""
    rows = re.findall(r"<tr[ >].*?</tr>", text(client.get("/deliveries/")), re.S)[1:]
    told = [re.findall(r'class="badge[^>]*>([^<]*)<', row) for row in rows[:4]]
    assert told == [["受取期間中"], ["受渡館へ配送中"], ["次の便"], []]
    assert ["11月21日（土）" in rows[0], "12月5日（土）" in rows[2]] == [True, True]


def test_a_window_in_another_year_names_the_year_once(lively, client):
    assert "2027年1月15日（金）から1月21日（木）まで" in text(client.get("/deliveries/"))


def test_pickup_libraries_stand_under_their_town_with_a_way_to_it(home, bizen, okayama, client, ten):
    """REQ-2: among a hundred and fifty, one's own is found by its town."""
    for library, town in ((bizen, "備前市"), (okayama, "岡山市")):
        library.town = town
        library.save()
    with clock.standing_at(ten):
        page = text(client.get("/libraries/"))
    for town, name in (("備前市", "備前市立図書館"), ("岡山市", "岡山市立中央図書館")):
        number = re.search(rf'<a href="#town-(\d+)">{town}</a>', page)[1]
        group = page.split(f'id="town-{number}"')[1].split("</tbody>")[0]
        assert name in group


@pytest.mark.parametrize(
    ("number", "link"),
    [
        ("086-000-1288", '<a class="phone" href="tel:0860001288">086-000-1288</a>'),
        ("０８６（０００）１２８８", '<a class="phone" href="tel:0860001288">０８６（０００）１２８８</a>'),
        ("086-000-1288（内線 12）", '<a class="phone" href="tel:0860001288">086-000-1288（内線 12）</a>'),
        ("086-000-1288 内線12", '<a class="phone" href="tel:0860001288">086-000-1288 内線12</a>'),
        ("+81 86 000 1288", '<a class="phone" href="tel:+81860001288">+81 86 000 1288</a>'),
        ('"><script>1234', '<a class="phone" href="tel:1234">&quot;&gt;&lt;script&gt;1234</a>'),
        ("窓口へ", "窓口へ"),
        ("", ""),
    ],
)
def test_a_telephone_number_is_a_link_that_a_phone_dials(number, link):
    """REQ-2: without an extension, and nothing but digits is dialled."""
    assert telephone(number) == link


def test_every_page_with_a_number_lets_it_be_dialled(home, policy, client, ten):
    with clock.standing_at(ten):
        for address in ("/", "/guide/", "/questions/", "/login/", "/libraries/", "/libraries/home/", "/nowhere/"):
            page = text(client.get(address))
            numbers = re.sub(r'<a class="phone" href="tel:\d+">[\d-]+</a>', "", page)
            assert 'href="tel:' in page, address
            assert not re.search(r"086-\d{3}-\d{4}", numbers), address


def test_the_guide_has_the_numbers_of_the_policy_and_the_telephones(home, policy, client):
    """REQ-2."""
    policy.loan_days, policy.shelf_days = 21, 9
    policy.save()
    page = text(client.get("/guide/"))
    for sentence in ("貸出日を含めて21日間", "開館日で9日間", "086-000-0002", "086-000-0003"):
        assert sentence in page
    assert page.index('id="reserve"') < page.index('id="phones"'), "the guide begins with the guide"
    assert 'href="#phones"' in page


def test_an_empty_house_still_opens(db, client):
    """Before the first library, patron or bib is there."""
    with clock.standing_at(datetime(2026, 12, 1, 10, tzinfo=clock.TOKYO)):
        for address in ("/", "/search/", "/calendar/", "/libraries/", "/deliveries/", "/guide/", "/login/"):
            assert client.get(address).status_code == 200, address
