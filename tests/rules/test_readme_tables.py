"""The state tables of the README are those of the code, row for row (HLD, REQ, DLV-9, NTF-2)."""

import re
from pathlib import Path

import pytest

from delivery.rules import BAG_NEXT
from holds.rules import NEXT as HOLD_NEXT
from holds.rules import REQUEST_NEXT
from notifications.rules import NEXT as NOTICE_NEXT

README = Path(__file__).parents[2] / "README.md"

TABLES = {
    "a reservation": HOLD_NEXT,
    "a request": REQUEST_NEXT,
    "a bag": BAG_NEXT,
    "a notice": NOTICE_NEXT,
}

NOTHING = "–"


def table_of(text, thing):
    """Read the table under the heading "### States of …": state → the states that may follow; KeyError without it."""
    parts = re.split(r"^#{1,6} +(.+?) *$", text, flags=re.MULTILINE)
    sections = dict(zip(parts[1::2], parts[2::2], strict=True))
    rows = re.findall(r"^\| *([A-Z_]+) *\| *([^|]*?) *\|", sections[f"States of {thing}"], flags=re.MULTILINE)
    return {
        state: frozenset() if following == NOTHING else frozenset(following.split(", ")) for state, following in rows
    }


def names(table):
    return {state.name: frozenset(one.name for one in following) for state, following in table.items()}


@pytest.mark.parametrize("thing", TABLES)
def test_the_table_in_the_readme_is_the_table_in_the_code(thing):
    """HLD-5, HLD-7, REQ-1, DLV-9, NTF-2: a state or a step on one side only is an error."""
    assert table_of(README.read_text(), thing) == names(TABLES[thing])


@pytest.mark.parametrize("thing", TABLES)
def test_every_state_has_a_row_in_the_code_itself(thing):
    """A state without a row would be a KeyError one day."""
    table = TABLES[thing]
    (enumeration,) = {type(state) for state in table}
    assert set(table) == set(enumeration)
    assert set().union(*table.values()) <= set(enumeration)


def test_a_table_is_read_with_its_ends_and_further_columns():
    """The reader itself: it ends where the section ends, and knows what leads nowhere."""
    text = """
### States of a lamp
| state | may become | meaning |
|---|---|---|
| ON | OFF, BROKEN | it shines |
| OFF | ON | |
| BROKEN | – | |

### States of a cat
| AWAKE | ASLEEP |
"""
    assert table_of(text, "a lamp") == {
        "ON": frozenset({"OFF", "BROKEN"}),
        "OFF": frozenset({"ON"}),
        "BROKEN": frozenset(),
    }
    with pytest.raises(KeyError):
        table_of(text, "a dog")
