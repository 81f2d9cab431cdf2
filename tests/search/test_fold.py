"""CAT-6: what patrons may write differently becomes alike; pure, no database."""

import csv
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.search.fold import FIELD_END, Folding, resolved
from catalog.search.variants import SHIPPED

with SHIPPED.open(encoding="utf-8", newline="") as lines:
    TABLE = {row["variant"]: row["standard"] for row in csv.DictReader(lines, delimiter="\t")}
fold = Folding(TABLE)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # width and compatibility forms
        ("ｺﾝﾋﾟｭｰﾀｰ入門", "コンピューター入門"),
        ("ＡＢＣ１２３", "abc123"),
        ("㈱", "(株)"),
        ("か\u3099っこう", "がっこう"),
        ("か゛っこう", "がっこう"),
        # case and diacritics
        ("Les Misérables", "les miserables"),
        ("STRASSE", "straße"),
        ("Łódź", "Lodz"),
        ("Æsop", "aesop"),
        # hiragana and katakana, small and large, long marks
        ("ねこのきもち", "ネコノキモチ"),
        ("キャベツ", "キヤベツ"),
        ("ヶ月", "ケ月"),
        ("ハリー・ポッター", "ハリポツタ"),
        ("ラーメン", "ラ−メン"),
        ("ラーメン", "ラ〜メン"),
        # sounds that are written two ways
        ("ハナヂ", "ハナジ"),
        ("ミカヅキ", "ミカズキ"),
        ("本ヲ読ム", "本オ読ム"),
        ("ヰスキー", "イスキー"),
        ("ヱビス", "エビス"),
        ("ヴァイオリン", "ブアイオリン"),
        # variant kanji
        ("國木田獨歩", "国木田独歩"),
        ("髙橋", "高橋"),
        ("山﨑", "山崎"),
        ("𠮷野家", "吉野家"),
        ("齋藤", "斎藤"),
        ("齊藤", "斉藤"),
        ("斉藤", "斎藤"),
        ("渡邊", "渡辺"),
        ("渡邉", "渡辺"),
        ("濵田", "浜田"),
        ("藝術新潮", "芸術新潮"),
        ("葛\U000e0100城", "葛城"),
        ("神田", "神田"),
        # marks and blanks
        ("「坊っちゃん」", "坊っちゃん"),
        ("夏目　漱石", "夏目, 漱石"),
        ("20 世紀", "20世紀"),
        ("Web デザイン", "Webデザイン"),
        ("Rock'n'Roll", "rock n roll"),
        ("co\u00adop", "coop"),
    ],
)
def test_two_spellings_of_one_thing_fold_alike(one, other):
    """CAT-6."""
    assert fold(one) == fold(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("はし", "ばし"),
        ("ひよう", "びよう"),
        ("とうきょう", "とおきょう"),
        ("Harry Potter", "HarryPotter"),
        ("ハ", "ワ"),
        ("ヘ", "エ"),
        ("й", "и"),
        ("川", "河"),
        ("島", "鳥"),
    ],
)
def test_what_differs_stays_different(one, other):
    """CAT-6: outside readings ハ is no ワ; voiced sounds, scripts of others and other kanji are kept apart."""
    assert fold(one) != fold(other)


@pytest.mark.parametrize(
    ("one", "other", "are_alike"),
    [
        ("ワタシ ハ エキ ヘ イク", "ワタシ ワ エキ エ イク", True),
        ("コレカラ ノ ホン ノ ハナシ ヲ シヨウ", "コレカラ ノ ホン ノ ハナシ オ シヨウ", True),
        ("ハナ", "ワナ", False),
        ("ヘヤ", "エヤ", False),
        ("コ ハ ク", "コハク", False),
        ("コーワ", "コー ワ", False),
    ],
)
def test_in_a_reading_only_a_word_of_its_own_is_a_particle(one, other, are_alike):
    """CAT-6: particles ハ/ワ and ヘ/エ in readings."""
    assert (fold.reading(one) == fold.reading(other)) is are_alike


def test_display_keeps_what_ranking_needs_apart():
    """CAT-6: ロン and ローン fold alike, and their exact forms tell them apart."""
    assert fold("ロン") == fold("ローン")
    assert fold.exact("ロン") != fold.exact("ローン")


@given(st.text(max_size=60))
def test_folding_twice_is_folding_once(text):
    """CAT-6."""
    assert fold(fold(text)) == fold(text)


@given(st.text(alphabet="がかキゃーヴハ髙國邉 　・Aéß1.゛\u3099\u0301\u200b\U000e0100ﾊﾞ", max_size=30))
def test_folding_twice_is_folding_once_for_the_letters_of_titles(text):
    """CAT-6."""
    assert fold(fold(text)) == fold(text)


@given(st.text(max_size=60))
def test_a_folded_text_is_safe_to_join_and_to_compare(text):
    """CAT-6: no wildcard, no separator, no control character, nothing that the database cannot hold."""
    for folded in (fold(text), fold.reading(text)):
        assert not set(folded) & set(f"%_\\{FIELD_END}'\"*[]()^$.\0\n")
        assert folded == folded.strip()
        folded.encode()
    fold.exact(text).encode()


def test_the_shipped_table_has_one_pair_for_each_variant():
    """CAT-6: single kanji, none its own standard, none lost in width folding, no standard that is a variant itself."""
    with SHIPPED.open(encoding="utf-8", newline="") as lines:
        variants = [row["variant"] for row in csv.DictReader(lines, delimiter="\t")]
    assert len(variants) == len(set(variants)) > 500
    assert resolved(TABLE) == TABLE
    assert all(unicodedata.normalize("NFKC", letter) == letter for pair in TABLE.items() for letter in pair)


@given(st.dictionaries(st.sampled_from("一丁七万三上下不"), st.sampled_from("一丁七万三上下不")))
def test_any_edited_table_folds_in_one_step(table):
    """CAT-6: chains and circles too."""
    ends = resolved(table)
    assert not set(ends) & set(ends.values())
    edited = Folding(table)
    assert all(edited(variant) == edited(standard) for variant, standard in table.items())
