"""The first questions and telephone numbers of a library, for staff to edit afterwards (REQ-2)."""

from __future__ import annotations

import csv
from pathlib import Path

from okalib.models import PhoneNumber, Question
from okalib.transactions import verb

QUESTIONS = Path(__file__).with_name("questions.tsv")


@verb
def write_first_questions() -> int:
    """Write the questions that every library is asked, unless it has some already; returns how many."""
    if Question.objects.exists():
        return 0
    with QUESTIONS.open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE))
    return len(Question.objects.bulk_create(Question(place=place, **row) for place, row in enumerate(rows, start=1)))


@verb
def write_first_phone_numbers(*, counter: str, cooperation: str) -> int:
    """Write whom to call about what, with the numbers of the two desks, unless there are some; returns how many."""
    if PhoneNumber.objects.exists():
        return 0
    return len(
        PhoneNumber.objects.bulk_create(
            PhoneNumber(
                matter=matter,
                matter_en=matter_en,
                desk=desk,
                desk_en=desk_en,
                number=cooperation if desk == COOPERATION_DESK[0] else counter,
                place=place,
            )
            for place, (matter, matter_en, (desk, desk_en)) in enumerate(MATTERS, start=1)
        )
    )


GENERAL_COUNTER = ("総合カウンター", "General counter")
COOPERATION_DESK = ("図書館協力班", "Cooperation desk")
MATTERS = (
    ("利用者カード・パスワード", "Library cards and passwords", GENERAL_COUNTER),
    ("貸出・返却・延長", "Borrowing, returning, renewing", GENERAL_COUNTER),
    ("県立図書館で受け取る予約", "Reservations collected at the prefectural library", GENERAL_COUNTER),
    ("受渡館で受け取る予約・受渡便", "Reservations collected at a pickup library, delivery runs", COOPERATION_DESK),
    (
        "依頼（取消・受渡館変更）のお返事",
        "Answers to your requests",
        COOPERATION_DESK,
    ),
    ("資料についてのご相談", "Questions about books and other items", GENERAL_COUNTER),
)
