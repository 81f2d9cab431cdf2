"""Every rule that an app says it keeps is named by a test, and kept where the code says so."""

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
STATED = re.compile(r"^([A-Z]{3}-\d+)\s", re.MULTILINE)
RULES = {"CAL": 8, "CAT": 8, "PAT": 5, "LIM": 4, "HLD": 12, "PUL": 6, "SHF": 5, "LON": 6, "REN": 3, "RET": 5}
RULES |= {"DLV": 12, "NTF": 4, "REQ": 3, "OPS": 5}  # how many there are of each family
NAMED = re.compile(r"\b([A-Z]{3})-(\d+)(?:\s*[…–]\s*(?:\1-)?(\d+))?")


def rooms():
    """The modules that state the rules of an app, by name."""
    files = [*PROJECT.glob("*/rules.py"), *PROJECT.glob("*/rules/__init__.py")]
    return {file.relative_to(PROJECT).parts[0]: file for file in files if file.parts[-2] != "tests"}


def stated_in(text):
    """The rules at the top of a module: lines of its docstring that begin with an id."""
    docstring = text.split('"""')[1] if text.startswith('"""') else ""
    return set(STATED.findall(docstring))


def named_in(text):
    """The rules that a text names, ranges such as LON-1…LON-5 or HLD-1…3 written out."""
    found = set()
    for family, first, last in NAMED.findall(text):
        found |= {f"{family}-{number}" for number in range(int(first), int(last or first) + 1)}
    return found


def every_test():
    files = (file for file in (PROJECT / "tests").rglob("*.py") if file != Path(__file__))  # its examples prove nothing
    return "\n".join(file.read_text() for file in files)


def test_every_rule_of_the_house_stands_at_the_top_of_an_app():
    """Whoever looks for a rule finds its one sentence, and with it the app that keeps it."""
    of_the_house = {f"{family}-{number}" for family, last in RULES.items() for number in range(1, last + 1)}
    assert set().union(*(stated_in(file.read_text()) for file in rooms().values())) == of_the_house


@pytest.mark.parametrize("app", sorted(rooms()))
def test_every_rule_at_the_top_of_an_app_is_named_by_a_test(app):
    """A rule that no test names may be broken without anybody seeing it."""
    stated = stated_in(rooms()[app].read_text())
    assert stated, f"{app} states no rules"
    assert stated - named_in(every_test()) == set()


def test_every_app_with_rules_is_looked_at():
    """The search itself finds the rooms."""
    assert rooms().keys() >= {"okalib", "catalog", "notifications", "holds", "circulation", "delivery"}


def test_ids_are_read_one_by_one_and_in_ranges():
    """The reader itself."""
    assert stated_in('"""Top.\n\nHLD-7   gives on.\nnot HLD-8\n"""\nHLD-9 no') == {"HLD-7"}
    assert named_in("HLD-1…HLD-3, LIM-2; REN-1…3 and PUL-4") == {
        *("HLD-1", "HLD-2", "HLD-3", "LIM-2", "REN-1", "REN-2", "REN-3", "PUL-4")
    }
