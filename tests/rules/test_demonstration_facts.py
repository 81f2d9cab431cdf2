"""The facts of the demonstration library are complete, well formed and varied enough to rehearse every rule."""

import re
from collections import Counter
from pathlib import Path

import pytest

from catalog.rules import Loanability, Material
from okalib.rehearsal import people as lots
from okalib.rehearsal.facts import PLACES, PickupLibraryFacts, Work, pickup_libraries, works
from okalib.rehearsal.people import PersonFacts, people

READING = re.compile(r"[ァ-ヴー]+( [ァ-ヴー]+)*")
NDC_PATTERN = re.compile(r"\d{3}(\.\d{1,4})?")
SEED = 20261201
NO_MUTUAL_RETURNS_IN_OKAYAMA = {
    "岡山市立中央図書館",
    "岡山市立幸町図書館",
    "岡山市立浦安総合公園図書館",
    "岡山市立足守図書館",
    "岡山市立伊島図書館",
    "岡山市立西大寺緑花公園緑の図書室",
}
CLASSES = Path(__file__).parents[2] / "../shared/data/ndc9.tsv"


@pytest.fixture(scope="module")
def catalogue() -> list[Work]:
    return list(works())


@pytest.fixture(scope="module")
def libraries() -> list[PickupLibraryFacts]:
    return list(pickup_libraries())


@pytest.fixture(scope="module")
def patrons() -> list[PersonFacts]:
    return list(people(2000, SEED))


# works


def test_there_are_more_than_420_different_works_and_none_is_listed_twice(catalogue: list[Work]) -> None:
    titles = {(work.title, work.contributors) for work in catalogue}
    keys = Counter((w.title, w.subtitle, w.volume, w.edition, w.publisher, w.material) for w in catalogue)
    assert len(titles) >= 420
    assert [key for key, count in keys.items() if count > 1] == []


def test_every_isbn_has_its_check_digit_and_names_one_work(catalogue: list[Work]) -> None:
    isbns = [work.isbn for work in catalogue if work.isbn]
    wrong = [isbn for isbn in isbns if not re.fullmatch(r"97[89]\d{10}", isbn) or _weighted_sum(isbn) % 10]
    assert wrong == []
    assert len(isbns) == len(set(isbns)) >= 150


def _weighted_sum(isbn: str) -> int:
    return sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(isbn))


def test_readings_are_katakana_spaced_by_words_and_every_japanese_work_has_them(catalogue: list[Work]) -> None:
    named = [(work.title, work.title_kana) for work in catalogue if work.language == "jpn"]
    named += [(one.name, one.name_kana) for work in catalogue for one in work.contributors]
    assert [pair for pair in named if pair[1] and not READING.fullmatch(pair[1])] == []
    titles_without = [work.title for work in catalogue if work.language == "jpn" and not work.title_kana]
    names_without = [name for name, reading in named if not reading and re.search("[ぁ-ヿ一-鿿]", name)]
    assert titles_without == names_without == []


def test_nothing_is_written_with_stray_spaces_or_half_width_kana(catalogue: list[Work]) -> None:
    texts = [
        text
        for work in catalogue
        for text in (work.title, work.subtitle, work.volume, work.publisher, work.series, *work.subjects)
    ]
    assert [text for text in texts if text != text.strip() or "  " in text or re.search("[｡-ﾟ]", text)] == []


def test_materials_places_audiences_and_languages_are_known_words_and_all_occur(catalogue: list[Work]) -> None:
    materials = {work.material for work in catalogue}
    assert materials <= set(Material)
    assert materials >= {"book", "magazine", "comic", "picture_book", "video", "music", "map"}
    assert {work.place for work in catalogue} == set(PLACES)
    assert {work.audience for work in catalogue} == {"general", "children", "young_adult"}
    assert {work.language for work in catalogue} == {"jpn", "eng"}


def test_all_four_loanabilities_occur_and_some_works_have_copies_of_two_kinds(catalogue: list[Work]) -> None:
    """CAT-3, A10."""
    kinds = Counter(kind for work in catalogue for kind in work.copies)
    assert set(kinds) == set(Loanability)
    assert min(kinds.values()) >= 5
    assert sum(len(set(work.copies)) > 1 for work in catalogue) >= 5


def test_what_is_on_order_has_no_copies_and_everything_else_has_one_to_six(catalogue: list[Work]) -> None:
    """CAT-5."""
    on_order = [work for work in catalogue if work.is_on_order]
    assert 4 <= len(on_order) <= 6
    assert {len(work.copies) for work in on_order} == {0}
    counts = Counter(len(work.copies) for work in catalogue if not work.is_on_order)
    assert min(counts) == 1
    assert max(counts) == 6
    assert sum(count for copies, count in counts.items() if copies >= 3) >= 30


def test_classes_look_like_ndc_and_name_their_edition(catalogue: list[Work]) -> None:
    classed = [work for work in catalogue if work.ndc]
    assert [(work.title, work.ndc) for work in classed if not NDC_PATTERN.fullmatch(work.ndc)] == []
    assert {work.ndc_edition for work in classed} == {"9", "10"}
    assert {work.ndc_edition for work in catalogue if not work.ndc} <= {""}


def test_every_class_stands_under_a_class_of_the_ndc(catalogue: list[Work]) -> None:
    if not CLASSES.exists():
        pytest.skip("the table of NDC classes is not on this machine")
    lines = CLASSES.read_text(encoding="utf-8").splitlines()
    divisions = {line.split("\t")[0] for line in lines}
    assert {work.ndc[:3] for work in catalogue if work.ndc} <= divisions


def test_years_are_years_of_printing_and_most_are_known(catalogue: list[Work]) -> None:
    known = [work.year for work in catalogue if work.year is not None]
    assert min(known) >= 1868
    assert max(known) <= 2026
    assert len(known) / len(catalogue) > 0.6


def test_the_volumes_of_the_long_works_are_complete(catalogue: list[Work]) -> None:
    volumes: dict[str, list[str]] = {}
    for work in catalogue:
        volumes.setdefault(work.title, []).append(work.volume)
    assert volumes["坂の上の雲"] == list("12345678")
    assert volumes["三国志"] == list("12345678")
    assert volumes["細雪"] == ["上", "中", "下"]
    assert volumes["1Q84"] == ["BOOK1", "BOOK2", "BOOK3"]
    assert len({title for title in volumes if title.startswith("ハリー・ポッターと")}) == 7
    assert sum(len(numbers) >= 3 for numbers in volumes.values()) >= 25


@pytest.mark.parametrize("variant", list("國髙﨑澤齋邊𠮷德濵濱邉廣惠學鷗閒"))
def test_a_variant_character_occurs_in_a_title_or_a_name(catalogue: list[Work], variant: str) -> None:
    """CAT-6."""
    assert any(variant in work.title or any(variant in one.name for one in work.contributors) for work in catalogue)


def test_some_titles_are_one_character_some_very_long_and_some_fold_alike(catalogue: list[Work]) -> None:
    """CAT-6."""
    titles = {work.title for work in catalogue}
    assert {"門", "城", "嵐", "壁", "家", "雁", "鍵", "卍", "道", "ん"} <= titles
    assert max(len(title) for title in titles) >= 38
    assert {"ロン僕のポンコツ・ボット", "ローン・レンジャー", "ぢるぢる旅行記", "ヲタクに恋は難しい"} <= titles
    assert {"みかづき", "德川慶喜公傳", "徳川慶喜公伝"} <= titles


# pickup libraries


def test_there_are_60_to_75_pickup_libraries_with_codes_and_names_of_their_own(
    libraries: list[PickupLibraryFacts],
) -> None:
    assert 60 <= len(libraries) <= 75
    for words in ("code", "name", "name_kana", "name_en"):
        assert len({getattr(library, words) for library in libraries}) == len(libraries), words
    assert all(READING.fullmatch(library.name_kana) for library in libraries)
    assert all(library.name_en.isascii() for library in libraries)
    assert {library.kind for library in libraries} == {"municipal", "university"}
    assert "岡山県立図書館" not in {library.name for library in libraries}


def test_the_central_library_of_a_branch_is_in_its_town_comes_before_it_and_is_no_branch(
    libraries: list[PickupLibraryFacts],
) -> None:
    """DLV-8."""
    seen: dict[str, PickupLibraryFacts] = {}
    for library in libraries:
        if library.central_code:
            central = seen[library.central_code]
            assert central.central_code == ""
            assert central.town == library.town
            assert library.arrival_weekday == central.arrival_weekday + 1, library.name
        seen[library.code] = library
    assert sum(bool(library.central_code) for library in libraries) >= 30


def test_bags_arrive_from_wednesday_to_friday_on_a_day_the_library_is_open(
    libraries: list[PickupLibraryFacts],
) -> None:
    wednesday, thursday, friday = 2, 3, 4
    assert {library.arrival_weekday for library in libraries} == {wednesday, thursday, friday}
    assert [library.name for library in libraries if library.weekly[library.arrival_weekday] is None] == []


def test_every_library_opens_before_it_closes_and_several_patterns_occur(
    libraries: list[PickupLibraryFacts],
) -> None:
    for library in libraries:
        assert len(library.weekly) == 7
        hours = [one for one in (*library.weekly, library.holiday_hours) if one is not None]
        assert all(opens < closes for opens, closes in hours), library.name
    assert len({(library.weekly, library.holiday_hours) for library in libraries}) >= 6
    assert {library.holiday_hours is None for library in libraries} == {True, False}
    assert {library.substitutes_holiday_closing for library in libraries} == {True, False}


def test_the_three_flags_are_separate_and_six_libraries_of_okayama_take_no_mutual_returns(
    libraries: list[PickupLibraryFacts],
) -> None:
    """RET-4."""
    municipal = [library for library in libraries if library.kind == "municipal"]
    refusing = {library.name for library in municipal if not library.takes_mutual_returns}
    assert refusing == NO_MUTUAL_RETURNS_IN_OKAYAMA
    assert any(library.takes_mutual_returns and not library.is_pickup for library in libraries)
    universities = [library for library in libraries if library.kind == "university"]
    assert sum(library.takes_mutual_returns for library in universities) <= len(universities) / 2
    for flag in ("is_pickup", "takes_delivered_returns", "accepts_av"):
        assert {getattr(library, flag) for library in libraries} == {True, False}, flag


# patrons


def test_the_same_seed_draws_the_same_people_and_another_seed_others() -> None:
    assert list(people(50, SEED)) == list(people(50, SEED))
    assert list(people(50, SEED)) != list(people(50, SEED + 1))
    assert list(people(80, SEED))[:50] == list(people(50, SEED))


def test_addresses_and_telephones_can_reach_nobody_and_belong_to_one_person(patrons: list[PersonFacts]) -> None:
    for reach in ("email", "phone"):
        given = [getattr(person, reach) for person in patrons if getattr(person, reach)]
        assert len(given) == len(set(given)) > 0
    assert all(re.fullmatch(r"[a-z]+\.\d{4}@example\.jp", person.email) for person in patrons if person.email)
    assert all(re.fullmatch(r"090-0\d{3}-\d{4}", person.phone) for person in patrons if person.phone)


def test_who_wants_mail_has_an_address_and_who_wants_calls_a_number(patrons: list[PersonFacts]) -> None:
    """PAT-4."""
    assert all(person.email for person in patrons if person.contact == "email")
    assert all(person.phone for person in patrons if person.contact == "phone")
    assert {person.contact for person in patrons} == {"email", "phone", "none"}


def test_patrons_are_of_all_ages_mostly_japanese_and_live_where_the_libraries_are(
    patrons: list[PersonFacts], libraries: list[PickupLibraryFacts]
) -> None:
    children = [person for person in patrons if person.is_child(2026)]
    assert 0.05 < len(children) / len(patrons) < 0.2
    assert {person.language for person in patrons} == {"ja", "en"}
    assert sum(person.language == "en" for person in patrons) < len(patrons) * 0.1
    assert {library.town for library in libraries} <= {person.area for person in patrons}


def test_names_have_readings_and_some_stand_in_variant_characters(patrons: list[PersonFacts]) -> None:
    assert all(READING.fullmatch(person.name_kana) for person in patrons)
    families = {person.family_name for person in patrons}
    assert {"髙橋", "高橋", "𠮷田", "吉田", "山﨑", "渡邊", "渡邉", "濵田", "德田", "國富"} <= families


def test_no_name_is_listed_twice() -> None:
    for listed in (lots.FAMILY_NAMES, lots.GIVEN_NAMES):
        names = [name for name, *_readings in listed]
        assert len(names) == len(set(names))
