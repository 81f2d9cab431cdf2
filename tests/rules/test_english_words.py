"""Japanese is the text in the code; English is the catalogue of messages, which must be whole.

After a change of words:

    manage.py makemessages -l en -i tests -i static --no-obsolete --add-location file --no-wrap
    (translate what is empty or fuzzy in okalib/locale/en/LC_MESSAGES/django.po by the words of the glossary)
    manage.py compilemessages -l en
"""

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[2]
APPS = ("okalib", "catalog", "notifications", "holds", "circulation", "delivery")
MESSAGES = ROOT / "okalib" / "locale" / "en" / "LC_MESSAGES"
JAPANESE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
PLACEHOLDER = re.compile(r"%\([a-z_]+\)|%[sd]|\{[a-z_]*\}")
CONTEXT_END, PLURAL_END = "\x04", "\x00"

CALLS = {  # name of the function: at which arguments stand context, message and plural
    **dict.fromkeys(["_", "gettext", "gettext_lazy", "gettext_noop"], (None, 0, None)),
    **dict.fromkeys(["ngettext", "ngettext_lazy"], (None, 0, 1)),
    **dict.fromkeys(["pgettext", "pgettext_lazy"], (0, 1, None)),
    **dict.fromkeys(["npgettext", "npgettext_lazy"], (0, 1, 2)),
}
TEMPLATE_CALL = re.compile(
    r"""\b(_|gettext|ngettext|pgettext|npgettext)\(((?:\s*u?(['"])(?:\\.|(?!\3).)*?\3\s*,?)+)""", re.S
)
LITERAL = re.compile(r"""(['"])(?:\\.|(?!\1).)*?\1""", re.S)


def words_in_code() -> Iterator[tuple[str, str]]:
    """Yield each message of the code and the templates as the catalogue names it, and the file that says it."""
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            for call in ast.walk(ast.parse(path.read_text())):
                if isinstance(call, ast.Call):
                    said = [argument.value if isinstance(argument, ast.Constant) else None for argument in call.args]
                    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
                    yield from _message(name, said, path)
    for path in sorted([*ROOT.glob("templates/**/*.html"), *ROOT.glob("*/templates/**/*.html")]):
        for name, arguments, _quote in TEMPLATE_CALL.findall(templatize(path.read_text())):
            said = [ast.literal_eval(literal.group()) for literal in LITERAL.finditer(arguments)]
            yield from _message(name, said, path)


def _message(name: str, said: list[object], path: Path) -> Iterator[tuple[str, str]]:
    if name not in CALLS:
        return
    parts = [said[place] if place is not None and place < len(said) else None for place in CALLS[name]]
    context, message, plural = parts
    if not isinstance(message, str) or not message:
        return
    key = message if plural is None else f"{message}{PLURAL_END}{plural}"
    yield (f"{context}{CONTEXT_END}{key}" if context else key), str(path.relative_to(ROOT))


def written() -> dict[str, list[str]]:
    """Return the catalogue as it is written: message to one English text, or to one for each number."""
    entries: dict[str, list[str]] = {}
    for block in (MESSAGES / "django.po").read_text().split("\n\n"):
        fields: dict[str, str] = {}
        name = ""
        for line in block.splitlines():
            if line.startswith("#"):
                continue
            found = re.match(r'(msg\w+(?:\[\d\])?) (".*")', line)
            name, text = found.groups() if found else (name, line)
            fields[name] = fields.get(name, "") + ast.literal_eval(text)
        if not fields.get("msgid"):
            continue
        plural, context = fields.get("msgid_plural"), fields.get("msgctxt")
        key = fields["msgid"] if plural is None else f"{fields['msgid']}{PLURAL_END}{plural}"
        texts = [text for name, text in fields.items() if name.startswith("msgstr")]
        entries[f"{context}{CONTEXT_END}{key}" if context else key] = texts
    return entries


@pytest.fixture(scope="module")
def english() -> dict[str, list[str]]:
    return written()


def test_everything_that_is_shown_has_an_english_text(english):
    said = dict(words_in_code())
    assert len(said) > 1000
    missing = {message: file for message, file in said.items() if not english.get(message) or not all(english[message])}
    assert not missing


def test_no_english_text_is_japanese_or_a_guess_of_the_tools(english):
    assert not [texts for texts in english.values() if any(map(JAPANESE.search, texts))]
    assert not re.search(r"^#,.*\bfuzzy\b", (MESSAGES / "django.po").read_text(), re.M)


def test_every_english_text_fills_in_what_the_japanese_does(english):
    """A singular may leave out the number, which is one."""
    wrong = []
    for message, texts in english.items():
        japanese = sorted(PLACEHOLDER.findall(message.rpartition(CONTEXT_END)[2].partition(PLURAL_END)[0]))
        wrong += [text for text in texts if sorted(PLACEHOLDER.findall(text)) != japanese]
    assert not wrong


def test_what_is_compiled_is_what_is_written(english):
    """The pages read the compiled file, which is in the repository so that a fresh clone speaks English."""
    with (MESSAGES / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)._catalog
    texts = {}
    for message, written_texts in english.items():
        first, _, _plural = message.partition(PLURAL_END)
        for number, text in enumerate(written_texts):
            texts[(first, number) if PLURAL_END in message else first] = text
    assert {message: text for message, text in compiled.items() if message} == texts


def test_the_words_of_the_glossary_are_kept(english):
    """One word for one thing."""
    glossary = {
        "受渡館": "Pickup library",
        "予約": "Reservation",
        "予約中": "Waiting",
        "準備中": "Being prepared",
        "取置中": "Ready",
        "取置期限": "Keep until",
        "書架回収リスト": "Pull list",
        "順番予約": "In order",
        "いずれか予約": "Any of",
        "予約かご": "Basket",
        "資料": "Item",
        "資料番号": "Item number",
        "請求記号": "Call number",
        "利用者": "Patron",
        "利用者カード": "Library card",
        "図書館協力班": "Cooperation desk",
        "貸出": "Check-out",
        "返却": "Check-in",
        "延長": "Renewal",
        "返却期限日": "Due date",
        "延滞": "Overdue",
        "督促": "Overdue notice",
        "相互返却": "Mutual return",
        "受渡便": "Delivery run",
        "資料袋": "Bag",
        "資料送付票": "Delivery slip",
        "受渡期間": "Pickup window",
        "開館カレンダー": "Opening calendar",
        "臨時休館": "Emergency closure",
        "依頼": "Request",
        "お知らせ": "Notice",
        "禁帯出": "Reference only",
        "研究用": "Research use",
        "禁帯動画有": "Video part must stay",
        "貸出可": "Lendable",
        "所在調査中": "Being searched for",
        "整理中": "In processing",
    }
    said = {japanese: english[japanese][0] for japanese in glossary}
    assert {japanese: text.removesuffix("s") for japanese, text in said.items()} == glossary
