"""Fills a database with a library of any size, by SQL, in seconds: for the plans of queries and for measuring.

The house itself (libraries, policy, categories) must be there. What is filled in obeys the constraints and proportions
of the life of a library, but nobody has lived it: figures come from the number of a row, never from a lot, so that the
same size fills the same library.

    n of an item       1 of every `items / open_loans` is on loan, the one after it perhaps on the hold shelf
    n of a patron      holds at most a few loans and reservations; one loan of fifty is overdue
    reservations       half of those waiting stand in queues of about ten for titles on loan, half want what is on its
                       shelf; accepted the day before, so that the next pull list has them. Of the ready ones a third
                       is over its deadline, and the next sweep ends them
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from okalib import days
from okalib.models import Library

Progress = Callable[[str], None]

CARD_SERIALS, ITEM_SERIALS = 4_000_000, 200_000_000


@dataclass(frozen=True, slots=True)
class Size:
    """How many of what; `of_prefecture` gives the proportions of the prefecture for a number of bibs."""

    bibs: int
    items: int
    patrons: int
    open_loans: int
    past_loans: int
    waiting: int
    for_delivery: int
    ready: int
    past_holds: int
    notices: int
    staff_actions: int

    @classmethod
    def of_prefecture(cls, bibs: int) -> Size:
        """1.2 M bibs, 1.65 M items, 292,000 patrons, 4,000 loans a day, 274,000 reservations a year; else less."""
        share = bibs / 1_200_000
        is_a_library = bibs >= 50_000  # and has a full week's work, however small its catalogue
        return cls(
            bibs=bibs,
            items=int(1_650_000 * share),
            patrons=max(24_000 if is_a_library else 2_000, int(292_000 * share)),
            open_loans=max(12_000 if is_a_library else 600, int(56_000 * share)),
            past_loans=int(1_150_000 * share),
            waiting=10_000 if is_a_library else 200,
            for_delivery=2_200 if is_a_library else 100,
            ready=3_000 if is_a_library else 100,
            past_holds=int(274_000 * share),
            notices=int(400_000 * share),
            staff_actions=int(700_000 * share),
        )


def fill(size: Size, *, now: datetime, tell: Progress = lambda _what: None) -> None:
    """Fill the tables for a library that has lived until `now`; bibs and items that are there already are used.

    Analyses the tables at the end, since the planner goes by that.
    """
    today = days.day_of(now)
    steps: list[tuple[str, Callable[[], None]]] = [
        ("locations and bibs", lambda: _bibs(size)),
        ("patrons", lambda: _patrons(size, today)),
        ("items", lambda: _items(size, now)),
        ("loans", lambda: _loans(size, now)),
        ("reservations", lambda: _holds(size, now)),
        ("notices and traces", lambda: _papers(size, now)),
        ("bags, baskets and what else grows", lambda: _sidelines(size, now)),
        ("statistics of the planner", lambda: _run("ANALYZE")),
    ]
    _run("SET session_replication_role TO replica")  # nobody asks each row for its keys; needs a superuser
    try:
        for what, step in steps:
            tell(what)
            step()
    finally:
        _run("RESET session_replication_role")


def _run(sql: str, **values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def _step(size: Size) -> int:
    """Of so many items on end, the first is on loan and the second perhaps on the hold shelf."""
    return max(4, size.items // max(1, size.open_loans))


def _number(table: str, name: str, columns: str = "id") -> None:
    """Number the rows of a table from 1 on, so that others can be spread over them."""
    _run(f"DROP TABLE IF EXISTS {name}")
    _run(f"CREATE TEMP TABLE {name} AS SELECT row_number() OVER (ORDER BY id) AS n, {columns} FROM {table}")  # noqa: S608
    _run(f"CREATE UNIQUE INDEX ON {name} (n)")
    _run(f"ANALYZE {name}")


MOD_10_WEIGHT_3 = """(10 - (SELECT sum(substr({text}, place, 1)::int
    * CASE WHEN (length({text}) - place) %% 2 = 0 THEN 3 ELSE 1 END)
    FROM generate_series(1, length({text})) place) %% 10) %% 10"""
"""`okalib.numbers.check_digit` in SQL; a test compares them."""


def _numbered(first: int, n: str = "n") -> str:
    text = f"({first} + {n})::text"
    return f"{text} || {MOD_10_WEIGHT_3.format(text=text)}"


def _bibs(size: Size) -> None:
    _run(
        """
        INSERT INTO catalog_location
            (code, floor, section, section_en, is_open_shelf, walking_order, return_desk)
        SELECT 'filled-' || n, (n + 3) / 4 || '階', '部門' || n, '', n < 9, n, '1階総合カウンター'
        FROM generate_series(1, 12) n ON CONFLICT DO NOTHING"""
    )
    _run(
        """
        INSERT INTO catalog_bib
            (source, source_id, material, title, title_kana, subtitle, subtitle_kana, volume, alt_titles, contributors,
             publisher, place, year, date_text, edition, series, ndc, ndc_edition, subjects, language, isbns, issn,
             jpno, extent, size, price, notes, contents, audience, is_on_order, is_suppressed, updated_at)
        SELECT 'filled', n::text, CASE WHEN n %% 20 = 0 THEN 'video' ELSE 'book' END,
            '書名第' || n, 'ショメイダイ' || n, '', '', '', '{}',
            jsonb_build_array(jsonb_build_object('name', '著者' || n %% 5000, 'kana', '', 'role', '著')),
            '出版社' || n %% 300, '東京', 1950 + n %% 76, '', '', '{}',
            ARRAY[lpad((n * 7919 %% 1000)::text, 3, '0')], '10', ARRAY['件名' || n %% 2000], 'jpn',
            ARRAY['97840' || lpad(n::text, 8, '0')], '', '', '300p', '19cm', '', '', '', '', false, false,
            now() - n * interval '1 minute'
        FROM generate_series((SELECT count(*) + 1 FROM catalog_bib), %(bibs)s) n""",
        bibs=size.bibs,
    )
    _number("catalog_bib", "f_bib", "id, material, ndc")


def _patrons(size: Size, today: date) -> None:
    _run(
        """
        INSERT INTO okalib_user (password, is_superuser, username, first_name, last_name, email, is_staff, is_active,
                                 date_joined, session_epoch)
        SELECT '!', false, 'filled-' || n, '', '', '', false, true, now(), 0 FROM generate_series(1, %(patrons)s) n
        WHERE NOT EXISTS (SELECT FROM okalib_patron)""",
        patrons=size.patrons,
    )
    _number("okalib_user", "f_user", "id, username")
    _run(
        """
        INSERT INTO okalib_patron
            (user_id, category_id, name, name_kana, birth_year, area, contact_person, email, phone, contact, language,
             registered_on, last_used_on, wants_due_reminders, keeps_reading_record)
        SELECT id, (SELECT min(id) FROM okalib_patroncategory), '利用者' || n, 'リヨウシャ' || n, 1930 + n %% 85,
            '第' || n %% 27 || '市', '', 'reader' || n || '@example.com', '090-' || lpad(n::text, 8, '0'),
            CASE WHEN n %% 10 = 0 THEN 'phone' ELSE 'email' END, 'ja', '2020-04-01',
            %(today)s::date - (n %% 700)::int, n %% 3 = 0, n %% 5 = 0
        FROM f_user WHERE username LIKE 'filled-%%'""",
        today=today,
    )
    _number("okalib_patron", "f_patron", "id, birth_year, area")
    _run(
        f"""
        INSERT INTO okalib_card (number, patron_id, issued_at, ended_reason)
        SELECT {_numbered(CARD_SERIALS)}, id, now(), '' FROM f_patron
        WHERE NOT EXISTS (SELECT FROM okalib_card WHERE patron_id = f_patron.id)"""  # noqa: S608
    )


def _items(size: Size, now: datetime) -> None:
    """Items one after the other over the bibs, where there are none yet; then some of them leave their shelf."""
    values = {"now": now, "today": days.day_of(now)}
    _run(
        f"""
        INSERT INTO catalog_item
            (bib_id, item_number, location_id, shelf_mark, class_mark, book_mark, volume_mark, material_class,
             loanability, is_damaged, is_interlibrary, whereabouts, whereabouts_since, is_disputed, arrived_on)
        SELECT f_bib.id, {_numbered(ITEM_SERIALS, "numbered.n")}, location.id, '', coalesce(f_bib.ndc[1], '913'),
            chr(12450 + (numbered.n %% 80)::int), '',
            CASE WHEN f_bib.material IN ('video', 'music') THEN 'av' ELSE 'print' END, 'lendable', false, false,
            'shelf', %(now)s, false, %(today)s - (numbered.n %% 3000)::int
        FROM generate_series(1, %(items)s) numbered (n)
        JOIN f_bib ON f_bib.n = (numbered.n - 1) %% %(bibs)s + 1
        JOIN catalog_location location ON location.code = 'filled-' || numbered.n %% 12 + 1
        WHERE NOT EXISTS (SELECT FROM catalog_item)""",  # noqa: S608
        items=size.items,
        bibs=size.bibs,
        **values,
    )
    _number("catalog_item", "f_item", "id, bib_id, material_class, loanability, whereabouts")
    _run(
        """
        UPDATE catalog_item
        SET whereabouts = CASE WHEN is_lent THEN 'on_loan' ELSE 'set_aside' END, whereabouts_since = %(now)s,
            holder_id = f_patron.id,
            due_on = CASE WHEN is_lent
                THEN %(today)s + CASE WHEN turn %% 50 = 7 THEN -3 ELSE (turn %% 15)::int END END
        FROM (SELECT id, n / %(step)s AS turn, n %% %(step)s = 1 AS is_lent FROM f_item
              WHERE loanability = 'lendable' AND whereabouts = 'shelf'
                AND (n %% %(step)s = 1 OR n %% %(step)s = 2 AND n / %(step)s < %(bound)s)) leaving
        LEFT JOIN f_patron ON is_lent AND f_patron.n = turn %% %(patrons)s + 1
        WHERE catalog_item.id = leaving.id""",
        step=_step(size),
        bound=size.for_delivery + size.ready,
        patrons=size.patrons,
        **values,
    )
    _number("catalog_item", "f_item", "id, bib_id, holder_id, whereabouts, due_on, material_class")


def _loans(size: Size, now: datetime) -> None:
    """An open loan for each item that is lent, and those that have ended, which name nobody any more (RET-5)."""
    values = {"now": now, "today": days.day_of(now), "items": size.items}
    _run(
        """
        INSERT INTO circulation_loan
            (item_id, patron_id, channel, return_to_id, lent_at, lent_on, due_on, renewals, is_disputed, is_annulled,
             material_class, age_band, area)
        SELECT f_item.id, holder_id, 'counter', (SELECT id FROM okalib_library WHERE is_home),
            (due_on - 14)::timestamp AT TIME ZONE 'Asia/Tokyo' + interval '11 hours', due_on - 14, due_on, 0, false,
            false, material_class, '', f_patron.area
        FROM f_item JOIN f_patron ON f_patron.id = holder_id WHERE whereabouts = 'on_loan'""",
    )
    _run(
        """
        INSERT INTO circulation_loan
            (item_id, channel, return_to_id, lent_at, lent_on, due_on, renewals, returned_at, returned_on, is_disputed,
             is_annulled, material_class, age_band, area)
        SELECT f_item.id, 'counter', (SELECT id FROM okalib_library WHERE is_home),
            %(now)s - (20 + past %% 345) * interval '1 day', %(today)s - (20 + past %% 345)::int,
            %(today)s - (6 + past %% 345)::int, 0, %(now)s - (9 + past %% 345) * interval '1 day',
            %(today)s - (9 + past %% 345)::int, false, false, material_class, '', ''
        FROM generate_series(1, %(past)s) past JOIN f_item ON f_item.n = past * 7919::bigint %% %(items)s + 1""",
        past=size.past_loans,
        **values,
    )


def _holds(size: Size, now: datetime) -> None:
    """Reservations that wait, those that hold an item, and those that have ended and name nobody any more."""
    _run("DROP TABLE IF EXISTS f_place")
    _run(
        """
        CREATE TEMP TABLE f_place AS
        SELECT row_number() OVER (ORDER BY id) - 1 AS n, id FROM okalib_library WHERE is_pickup AND NOT is_home"""
    )
    opening = Library.objects.home().opening_days()
    values: dict[str, Any] = {
        "now": now,
        "today": days.day_of(now),
        "patrons": size.patrons,
        "items": size.items,
        "step": _step(size),
        "queues": max(2, size.waiting // 20),
    }
    # What is collected elsewhere, two of five, goes round the pickup libraries.
    place = """
        LEFT JOIN f_place ON n %% 5 < 2 AND f_place.n = turn %% (SELECT count(*) FROM f_place)
        JOIN okalib_library library ON library.id = f_place.id OR f_place.id IS NULL AND library.is_home"""
    _run(
        f"""
        INSERT INTO holds_hold (patron_id, bib_id, pickup_at_id, state, accepted_at, queue_at, pickup_override,
                                extensions, end_reason)
        SELECT f_patron.id, f_item.bib_id, library.id, 'waiting', at, at, false, 0, ''
        FROM (SELECT wish AS turn, %(now)s - interval '1 day' - wish * interval '1 minute' AS at,
                     CASE WHEN wish %% 2 = 0 THEN wish / 2 %% %(queues)s * %(step)s + 1
                          ELSE wish * %(step)s %% %(items)s / %(step)s * %(step)s + 3 END AS item
              FROM generate_series(1, %(waiting)s) wish) wishes
        JOIN f_item ON f_item.n = item
        JOIN f_patron ON f_patron.n = turn * 101 %% %(patrons)s + 1
        {place.replace("n %% 5", "turn / 2 %% 5", 1)}
        WHERE f_item.holder_id IS DISTINCT FROM f_patron.id
        ON CONFLICT DO NOTHING""",  # noqa: S608
        waiting=size.waiting,
        **values,
    )
    _run(
        """
        INSERT INTO holds_hold (patron_id, bib_id, pickup_at_id, state, accepted_at, queue_at, item_id, secured_at,
                                announced_on, keep_until, pickup_override, extensions, end_reason)
        SELECT f_patron.id, f_item.bib_id, library.id, CASE WHEN goes THEN 'secured' ELSE 'ready' END,
            %(now)s - interval '9 days', %(now)s - interval '9 days', f_item.id, %(now)s - interval '7 days',
            CASE WHEN NOT goes THEN %(today)s - 20 END,
            CASE WHEN goes THEN NULL WHEN turn %% 3 = 0 THEN %(over)s ELSE %(not_over)s END, false, 0, ''
        FROM (SELECT turn, turn < %(for_delivery)s AS goes FROM generate_series(0, %(bound)s - 1) turn) bound
        JOIN f_item ON f_item.n = turn * %(step)s + 2 AND f_item.whereabouts = 'set_aside'
        JOIN f_patron ON f_patron.n = turn * 13 %% %(patrons)s + 1
        LEFT JOIN f_place ON goes AND f_place.n = turn %% (SELECT count(*) FROM f_place)
        JOIN okalib_library library ON library.id = f_place.id OR f_place.id IS NULL AND library.is_home""",
        for_delivery=size.for_delivery,
        bound=size.for_delivery + size.ready,
        over=opening.on_or_before(days.plus(values["today"], -1)),
        not_over=opening.on_or_after(days.plus(values["today"], 1)),
        **values,
    )
    _run(
        """
        INSERT INTO holds_hold (bib_id, pickup_at_id, state, accepted_at, queue_at, item_id, secured_at,
                                pickup_override, extensions, ended_at, end_reason)
        SELECT f_item.bib_id, (SELECT id FROM okalib_library WHERE is_home), 'fulfilled',
            %(now)s - (20 + past %% 345) * interval '1 day', %(now)s - (20 + past %% 345) * interval '1 day', f_item.id,
            %(now)s - (18 + past %% 345) * interval '1 day', false, 0,
            %(now)s - (15 + past %% 345) * interval '1 day', ''
        FROM generate_series(1, %(past)s) past JOIN f_item ON f_item.n = past * 7907::bigint %% %(items)s + 1""",
        past=size.past_holds,
        **values,
    )


def _papers(size: Size, now: datetime) -> None:
    """A notice that was sent for each ready reservation, older notices, and what staff did."""
    _run(
        """
        INSERT INTO notifications_notice
            (key, kind, patron_id, address, is_address_fixed, language, context, cause, state, phone_reason, calls,
             attempts, error, posted_at, sent_at, withdrawn_reason, closed_reason, was_phoned, message_id, subject,
             text, html)
        SELECT 'ready:' || id || ':' || item_id || ':' || announced_on, 'ready', patron_id, 'a@example.com', false,
            'ja', '{}', 'hold:' || id, 'sent', '', 0, 1, '', %(now)s - interval '20 days', %(now)s - interval '20 days',
            '', '', false, '', '', '', ''
        FROM holds_hold WHERE state = 'ready'
        ON CONFLICT DO NOTHING""",
        now=now,
    )
    _run(
        """
        INSERT INTO notifications_notice
            (key, kind, patron_id, address, is_address_fixed, language, context, cause, state, phone_reason, calls,
             attempts, error, posted_at, sent_at, withdrawn_reason, closed_reason, was_phoned, message_id, subject,
             text, html)
        SELECT 'filled:' || past, 'due_soon', f_patron.id, 'a@example.com', false, 'ja', '{}', 'loan:-' || past,
            'sent', '', 0, 1, '', at, at, '', '', false, '', 'お知らせ', 'お知らせします。', ''
        FROM (SELECT past, %(now)s - past %% 80000 * interval '1 minute' AS at
              FROM generate_series(1, %(notices)s) past) sent
        JOIN f_patron ON f_patron.n = past * 103 %% %(patrons)s + 1""",
        notices=size.notices,
        patrons=size.patrons,
        now=now,
    )
    _run(
        """
        INSERT INTO okalib_staffaction (at, verb, subject, reason, overridden, was_refused)
        SELECT %(now)s - past %% 120000 * interval '1 minute',
            CASE past %% 3 WHEN 0 THEN 'check_in' WHEN 1 THEN 'renew' ELSE 'scan' END, 'item:' || past, '', '[]', false
        FROM generate_series(1, %(actions)s) past""",
        actions=size.staff_actions,
        now=now,
    )


def _sidelines(size: Size, now: datetime) -> None:
    """The other tables that grow with the years, a row for each reservation that has ended."""
    values = {"now": now, "today": days.day_of(now), "rows": size.past_holds, "patrons": size.patrons}
    each = """
        FROM generate_series(1, %(rows)s) row
        JOIN f_patron ON f_patron.n = row * 107::bigint %% %(patrons)s + 1
        JOIN f_bib ON f_bib.n = row * 7 %% (SELECT count(*) FROM f_bib) + 1"""
    _run(
        """
        INSERT INTO catalog_appearance (bib_id, appeared_at, batch)
        SELECT id, now(), 1 FROM f_bib ON CONFLICT DO NOTHING"""
    )
    for insert in (
        """okalib_patronview (at, by_id, patron_id)
            SELECT %(now)s - row * interval '1 minute', (SELECT min(id) FROM okalib_user), f_patron.id""",
        """circulation_readingrecord (patron_id, bib_id, lent_on, returned_on)
            SELECT f_patron.id, f_bib.id, %(today)s - 30, %(today)s - 20""",
        """circulation_restperiod (patron_id, bib_id, until_on) SELECT f_patron.id, f_bib.id, %(today)s + 5""",
        """holds_basketline (patron_id, bib_id, place, added_at) SELECT f_patron.id, f_bib.id, 0, %(now)s""",
        """holds_holdgroup (patron_id, kind, made_at) SELECT f_patron.id, 'in_order', %(now)s""",
        """okalib_block (patron_id, kind, reason, placed_at, lifted_at)
            SELECT f_patron.id, 'loans', '', %(now)s - interval '1 year', %(now)s""",
        """holds_request
            (kind, state, patron_id, item_number, contact, text, made_at, answer, answered_at, answered_by_id)
            SELECT 'inquiry', 'accepted', f_patron.id, '', '', '', %(now)s - interval '9 days', '', %(now)s,
                (SELECT min(id) FROM okalib_user)""",
    ):
        _run(f"INSERT INTO {insert} {each} ON CONFLICT DO NOTHING", **values)
    _run(
        """
        INSERT INTO holds_pullline (day, item_id, listed_at, is_addition, outcome)
        SELECT %(today)s - 1 - row / 500, f_item.id, %(now)s, false, ''
        FROM generate_series(1, %(rows)s) row JOIN f_item ON f_item.n = row
        ON CONFLICT DO NOTHING""",
        **values,
    )
    _run(
        """
        INSERT INTO delivery_deliveryrun
            (cut_off_on, lend_on, mail_on, window_from, window_to, note, lent_at, is_edited, is_cancelled)
        SELECT day, day + 1, day + 5, day + 6, day + 12, '', %(now)s, false, false
        FROM (SELECT (%(today)s - week * 7)::date AS day FROM generate_series(2, 52) week) past
        ON CONFLICT DO NOTHING""",
        **values,
    )
    _run(
        """
        INSERT INTO delivery_bag (run_id, library_id, state, packed_at, sent_at)
        SELECT run.id, f_place.id, 'on_the_way_back', %(now)s, %(now)s
        FROM (SELECT row_number() OVER (ORDER BY id) - 1 AS n, id FROM delivery_deliveryrun) run
        JOIN generate_series(1, %(rows)s) row ON run.n = row %% (SELECT count(*) FROM delivery_deliveryrun)
        JOIN f_place ON f_place.n = row %% (SELECT count(*) FROM f_place)""",
        **values,
    )
    _run(
        """
        INSERT INTO delivery_slipline (bag_id, loan_id, due_on)
        SELECT bag.id, loan.id, loan.due_on
        FROM (SELECT row_number() OVER (ORDER BY id) AS n, id FROM delivery_bag) bag
        JOIN (SELECT row_number() OVER (ORDER BY id) AS n, id, due_on FROM circulation_loan
              WHERE returned_at IS NOT NULL) loan USING (n)"""
    )
