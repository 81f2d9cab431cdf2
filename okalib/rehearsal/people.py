"""Patrons of the demonstration, drawn by lot from lists of common names. SAMPLE DATA: nobody here is a real person.

E-mail addresses end in the reserved domain example.jp and telephone numbers begin with 090-0000, which is given to
nobody. The same seed always draws the same people, so that a rehearsal can be repeated.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

ADULTS_BORN = (1936, 2007)
CHILDREN_BORN = (2008, 2019)
SHARE_OF_CHILDREN = 0.12
SHARE_OF_ENGLISH_READERS = 0.05

# name, reading in katakana, reading in Latin letters; several in the variant characters that family registers keep
FAMILY_NAMES = (
    ("佐藤", "サトウ", "sato"), ("鈴木", "スズキ", "suzuki"), ("高橋", "タカハシ", "takahashi"),
    ("髙橋", "タカハシ", "takahashi"), ("田中", "タナカ", "tanaka"), ("伊藤", "イトウ", "ito"),
    ("渡辺", "ワタナベ", "watanabe"), ("渡邊", "ワタナベ", "watanabe"), ("渡邉", "ワタナベ", "watanabe"),
    ("山本", "ヤマモト", "yamamoto"), ("中村", "ナカムラ", "nakamura"), ("小林", "コバヤシ", "kobayashi"),
    ("加藤", "カトウ", "kato"), ("吉田", "ヨシダ", "yoshida"), ("𠮷田", "ヨシダ", "yoshida"),
    ("山田", "ヤマダ", "yamada"), ("佐々木", "ササキ", "sasaki"), ("松本", "マツモト", "matsumoto"),
    ("井上", "イノウエ", "inoue"), ("木村", "キムラ", "kimura"), ("清水", "シミズ", "shimizu"),
    ("山崎", "ヤマサキ", "yamasaki"), ("山﨑", "ヤマサキ", "yamasaki"), ("森", "モリ", "mori"),
    ("池田", "イケダ", "ikeda"), ("橋本", "ハシモト", "hashimoto"), ("石井", "イシイ", "ishii"),
    ("小川", "オガワ", "ogawa"), ("岡田", "オカダ", "okada"), ("藤原", "フジワラ", "fujiwara"),
    ("三宅", "ミヤケ", "miyake"), ("藤井", "フジイ", "fujii"), ("難波", "ナンバ", "namba"),
    ("平松", "ヒラマツ", "hiramatsu"), ("片山", "カタヤマ", "katayama"), ("赤木", "アカギ", "akagi"),
    ("秋山", "アキヤマ", "akiyama"), ("妹尾", "セノオ", "senoo"), ("守屋", "モリヤ", "moriya"),
    ("小野", "オノ", "ono"), ("大森", "オオモリ", "omori"), ("原田", "ハラダ", "harada"),
    ("河原", "カワハラ", "kawahara"), ("水島", "ミズシマ", "mizushima"), ("光岡", "ミツオカ", "mitsuoka"),
    ("岸本", "キシモト", "kishimoto"), ("西﨑", "ニシザキ", "nishizaki"), ("澤田", "サワダ", "sawada"),
    ("齋藤", "サイトウ", "saito"), ("斎藤", "サイトウ", "saito"), ("濵田", "ハマダ", "hamada"),
    ("德田", "トクダ", "tokuda"), ("國富", "クニトミ", "kunitomi"), ("廣瀬", "ヒロセ", "hirose"),
    ("則武", "ノリタケ", "noritake"), ("額田", "ヌカダ", "nukada"),
)  # fmt: skip

GIVEN_NAMES = (
    ("翔太", "ショウタ"), ("健一", "ケンイチ"), ("大輔", "ダイスケ"), ("誠", "マコト"), ("浩", "ヒロシ"),
    ("隆", "タカシ"), ("修", "オサム"), ("和夫", "カズオ"), ("直樹", "ナオキ"), ("拓也", "タクヤ"),
    ("蓮", "レン"), ("悠真", "ユウマ"), ("陽翔", "ハルト"), ("湊", "ミナト"), ("一郎", "イチロウ"),
    ("正雄", "マサオ"), ("茂", "シゲル"), ("徹", "トオル"), ("亮", "リョウ"), ("淳", "ジュン"),
    ("陽子", "ヨウコ"), ("恵子", "ケイコ"), ("由美子", "ユミコ"), ("真由美", "マユミ"), ("幸子", "サチコ"),
    ("和子", "カズコ"), ("久美子", "クミコ"), ("裕子", "ユウコ"), ("直美", "ナオミ"), ("美穂", "ミホ"),
    ("愛", "アイ"), ("さくら", "サクラ"), ("結衣", "ユイ"), ("葵", "アオイ"), ("陽菜", "ヒナ"),
    ("千代", "チヨ"), ("ふみ", "フミ"), ("典子", "ノリコ"), ("明美", "アケミ"), ("麻衣", "マイ"),
    ("邦彦", "クニヒコ"), ("俊介", "シュンスケ"), ("彩", "アヤ"), ("ひかり", "ヒカリ"), ("つづみ", "ツヅミ"),
)  # fmt: skip

# name in Latin letters, reading
ENGLISH_FAMILY_NAMES = (("Brown", "ブラウン"), ("Miller", "ミラー"), ("Nguyen", "グエン"), ("Kim", "キム"))
ENGLISH_GIVEN_NAMES = (("Emma", "エマ"), ("James", "ジェームズ"), ("Linh", "リン"), ("Daniel", "ダニエル"))

# towns and how often a patron lives there, roughly as people do
TOWNS = {
    "岡山市": 48, "倉敷市": 22, "津山市": 6, "総社市": 4, "玉野市": 4, "笠岡市": 3, "赤磐市": 3, "真庭市": 3,
    "井原市": 2, "高梁市": 2, "瀬戸内市": 2, "浅口市": 2, "備前市": 2, "新見市": 2, "美作市": 2, "和気町": 1,
    "早島町": 1, "里庄町": 1, "矢掛町": 1, "鏡野町": 1, "勝央町": 1, "奈義町": 1, "久米南町": 1, "美咲町": 1,
    "吉備中央町": 1, "新庄村": 1, "西粟倉村": 1,
}  # fmt: skip

Contact = Literal["email", "phone", "none"]


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """One patron to be. `email` and `phone` are empty where the person gave none; who asked for mail has an address."""

    family_name: str
    given_name: str
    family_name_kana: str
    given_name_kana: str
    birth_year: int
    area: str
    email: str
    phone: str
    contact: Contact
    language: Literal["ja", "en"]

    @property
    def name(self) -> str:
        """Family name first, as on the card."""
        return f"{self.family_name} {self.given_name}"

    @property
    def name_kana(self) -> str:
        """The reading, in katakana."""
        return f"{self.family_name_kana} {self.given_name_kana}"

    def is_child(self, year: int) -> bool:
        """Whether the person is under 16 throughout `year`, and so would hold a child's card (PAT-5)."""
        return year - self.birth_year < 16


def people(count: int, seed: int) -> Iterator[PersonFacts]:
    """Draw `count` patrons, the same for the same seed; addresses and telephone numbers are unique in one draw."""
    lot = random.Random(seed)
    for number in range(1, count + 1):
        reads_english = lot.random() < SHARE_OF_ENGLISH_READERS
        if reads_english:
            family, family_kana = lot.choice(ENGLISH_FAMILY_NAMES)
            given, given_kana = lot.choice(ENGLISH_GIVEN_NAMES)
            mailbox = family.lower()
        else:
            family, family_kana, mailbox = lot.choice(FAMILY_NAMES)
            given, given_kana = lot.choice(GIVEN_NAMES)
        contact = _contact(lot)
        yield PersonFacts(
            family_name=family,
            given_name=given,
            family_name_kana=family_kana,
            given_name_kana=given_kana,
            birth_year=lot.randint(*(CHILDREN_BORN if lot.random() < SHARE_OF_CHILDREN else ADULTS_BORN)),
            area=lot.choices(list(TOWNS), weights=list(TOWNS.values()))[0],
            email=f"{mailbox}.{number:04d}@example.jp" if contact == "email" or lot.random() < 0.3 else "",
            phone=_telephone(number) if contact == "phone" or lot.random() < 0.6 else "",
            contact=contact,
            language="en" if reads_english else "ja",
        )


def _contact(lot: random.Random) -> Contact:
    kinds: tuple[Contact, ...] = ("email", "phone", "none")
    return lot.choices(kinds, weights=(80, 14, 6))[0]


def _telephone(number: int) -> str:
    """A number nobody has; after 9,999 people the block in the middle counts on (090-0001-…)."""
    block, extension = divmod(number, 10_000)
    return f"090-{block:04d}-{extension:04d}"
