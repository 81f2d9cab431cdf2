"""The figures as sheets: the same rows for the chart, the table below it and the CSV (RET-5)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from catalog import queries as catalog
from catalog.models.item import WHEREABOUTS
from circulation.models import CHANNELS
from delivery import figures
from delivery.figures import Week
from holds import queries as holds
from okalib import charts
from okalib.charts import Line, Scene
from okalib.rules import FigureName
from okalib.templatetags.okalib_days import day as day_in_words

MOST_WANTED = 20
BY_WEEK = (FigureName.LOANS, FigureName.RESERVATIONS, FigureName.DELIVERIES, FigureName.WAITED)
NAMES = (*(str(name) for name in BY_WEEK), str(FigureName.ITEMS), "wanted")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One figure: its picture as SVG, what it says in a sentence, and its table."""

    name: str
    title: str
    sentence: str
    picture: str
    header: Sequence[str]
    rows: Sequence[Sequence[object]]


def sheets(today: date, weeks: int) -> list[Sheet]:
    """Return every sheet of the page."""
    return [*weekly_sheets(today, weeks), _items(), _wanted()]


def weekly_sheets(today: date, weeks: int) -> list[Sheet]:
    """Return what is counted by week: loans, reservations, deliveries and the waiting time, in one query."""
    by_week = figures.weekly(BY_WEEK, until=today, weeks=weeks)
    return [_weekly(name, by_week[name]) for name in BY_WEEK]


def sheet(name: str, today: date, weeks: int) -> Sheet:
    """Return one sheet by its name, one of NAMES."""
    if name == FigureName.ITEMS:
        return _items()
    if name == "wanted":
        return _wanted()
    found = FigureName(name)
    return _weekly(found, figures.weekly([found], until=today, weeks=weeks)[found])


def _weekly(name: FigureName, weeks: list[Week]) -> Sheet:
    if name == FigureName.WAITED:
        return _waited(weeks)
    title, parts = {
        FigureName.LOANS: (_("貸出点数（週ごと）"), {str(channel): str(label) for channel, label in CHANNELS}),
        FigureName.RESERVATIONS: (
            _("予約件数（週ごと）"),
            {"home": _("県立図書館で受取"), "pickup": _("受渡館で受取")},
        ),
        FigureName.DELIVERIES: (_("受渡しの点数（週ごと）"), {"items": _("資料"), "bags": _("資料袋")}),
    }[name]
    # bags hold the items: they are told beside them and not added to them
    main: Callable[[Week], int] = (
        (lambda week: week.parts.get("items", 0)) if name == FigureName.DELIVERIES else (lambda week: week.total)
    )
    numbers = [main(week) for week in weeks]
    sentence = _sentence(weeks, numbers)
    total = [] if name == FigureName.DELIVERIES else [_("計")]
    return Sheet(
        name=str(name),
        title=title,
        sentence=sentence,
        picture=charts.columns(Scene(f"chart-{name}", title, sentence), _labels(weeks), numbers),
        header=[_("週の初日"), *parts.values(), *total],
        rows=[
            [week.first_on, *(week.parts.get(part, 0) for part in parts), *([week.total] if total else [])]
            for week in weeks
        ],
    )


def _sentence(weeks: list[Week], numbers: list[int]) -> str:
    if not any(numbers):
        return _("まだ数えられたものがありません。集計は毎晩行います。")
    most = max(range(len(numbers)), key=lambda at: numbers[at])
    return _(
        "直近の週（%(last)sから）は%(number)s、期間の合計は%(total)s、最も多い週は%(most)sからの%(largest)sです。"
    ) % {
        "last": day_in_words(weeks[-1].first_on),
        "number": f"{numbers[-1]:,}",
        "total": f"{sum(numbers):,}",
        "most": day_in_words(weeks[most].first_on),
        "largest": f"{numbers[most]:,}",
    }


def _waited(weeks: list[Week]) -> Sheet:
    """SHF-1, DLV-7: from the acceptance of a reservation to the mail that its item is ready."""
    medians = [figures.quantile(week.waits, 0.5) for week in weeks]
    late = [figures.quantile(week.waits, 0.9) for week in weeks]
    title = _("予約から用意までの日数（週ごと）")
    sentence = _("まだ数えられたものがありません。集計は毎晩行います。")
    known = [at for at, median in enumerate(medians) if median is not None]
    if known:
        sentence = _("直近（%(day)sからの週）では、半数が%(median)s日以内、9割が%(late)s日以内に用意できました。") % {
            "day": day_in_words(weeks[known[-1]].first_on),
            "median": medians[known[-1]],
            "late": late[known[-1]],
        }
    drawn = [Line(_("中央値"), medians), Line(_("90パーセンタイル"), late)]
    return Sheet(
        name=str(FigureName.WAITED),
        title=title,
        sentence=sentence,
        picture=charts.lines(Scene("chart-waited", title, sentence), _labels(weeks), drawn),
        header=[_("週の初日"), _("中央値（日）"), _("90パーセンタイル（日）"), _("用意できた予約")],
        rows=[[week.first_on, median, p90, week.total] for week, median, p90 in zip(weeks, medians, late, strict=True)],
    )


def _items() -> Sheet:
    counted_on, counts = figures.items_by_state()
    rows = [[str(label), counts.get(state, 0)] for state, label in WHEREABOUTS]
    title = _("資料の所在")
    sentence = _("まだ数えられたものがありません。集計は毎晩行います。")
    if counted_on:
        sentence = _("%(day)sの未明に数えた%(total)s点です。") % {
            "day": day_in_words(counted_on),
            "total": f"{sum(counts.values()):,}",
        }
    picture = charts.bars(Scene("chart-items", title, sentence), *_columns(rows))
    return Sheet(str(FigureName.ITEMS), title, sentence, picture, [_("所在"), _("点数")], rows)


def _wanted() -> Sheet:
    demands = holds.most_reserved(MOST_WANTED)
    titles = {bib.pk: bib.full_title for bib in catalog.bibs_in_order([demand.bib_id for demand in demands])}
    rows = [[titles.get(demand.bib_id, "—"), demand.holds, demand.waiting] for demand in demands]
    title = _("予約の多い資料")
    sentence = _("いま予約の多い%(count)s書誌です。") % {"count": len(rows)}
    picture = charts.bars(Scene("chart-wanted", title, sentence), *_columns(rows))
    header = [_("書名"), _("予約件数"), _("うち未確保")]
    return Sheet("wanted", title, sentence, picture, header, rows)


def _columns(rows: Sequence[Sequence[object]]) -> tuple[list[str], list[int]]:
    return [str(row[0]) for row in rows], [int(str(row[1])) for row in rows]


def _labels(weeks: list[Week]) -> list[str]:
    return [f"{week.first_on.month}/{week.first_on.day}" for week in weeks]
