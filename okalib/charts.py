"""Charts as inline SVG, drawn from numbers by pure functions: no script, no style attribute, no Django.

    columns(Scene("loans", "貸出", "…"), labels, numbers)     one upright bar for each label
    lines(scene, labels, [Line("中央値", numbers), …])         several lines, told apart by dashes and marks too
    bars(scene, labels, numbers)                              one lying bar for each label, its name before it

Each is an image with a title and a description for who does not see it; the page puts the same numbers in a table
below. Colours, and what is left out on a phone, are in `static/admin-okalib/charts.css`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, log10

WIDTH, HEIGHT = 720, 280
LEFT, RIGHT, TOP, BOTTOM = 92, 16, 16, 36
ROW = 36
NAMES = 300  # of a lying bar, before it
GRID_LINES = 4
LABELS_AT_MOST = 13
LETTERS_AT_MOST = 13

Number = float | int | None


@dataclass(frozen=True, slots=True)
class Scene:
    """What a chart is called in the page (`name`, unique there) and to its readers."""

    name: str
    title: str
    description: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chart; None where there is no number."""

    name: str
    numbers: Sequence[Number]


def columns(scene: Scene, labels: Sequence[str], numbers: Sequence[int]) -> str:
    """Draw one upright bar for each label."""
    top = nice_top(numbers)
    step = _step(labels)
    drawn = [
        f'<rect class="chart-bar" x="{_short(LEFT + at * step + step * 0.15)}" y="{_short(_y(number, top))}"'
        f' width="{_short(step * 0.7)}" height="{_short(HEIGHT - BOTTOM - _y(number, top))}"/>'
        for at, number in enumerate(numbers)
    ]
    return _image(scene, HEIGHT, [*_grid(top), *_labels_below(labels), *drawn])


def lines(scene: Scene, labels: Sequence[str], drawn: Sequence[Line]) -> str:
    """Draw several lines over the same labels; a gap in the numbers is a gap in the line."""
    top = nice_top([number for line in drawn for number in line.numbers])
    step = _step(labels)
    shapes: list[str] = []
    for rank, line in enumerate(drawn):
        points = [
            None if number is None else (LEFT + (at + 0.5) * step, _y(number, top))
            for at, number in enumerate(line.numbers)
        ]
        shapes.append(f'<path class="chart-line chart-line-{rank}" d="{_path(points)}"/>')
        shapes += [_mark(rank, *point) for point in points if point]
    return _image(scene, HEIGHT, [*_grid(top), *_labels_below(labels), *shapes])


def bars(scene: Scene, labels: Sequence[str], numbers: Sequence[int]) -> str:
    """Draw one lying bar for each label, with its number behind it."""
    top = max([*numbers, 1])
    room = WIDTH - NAMES - 90
    drawn = []
    for at, (label, number) in enumerate(zip(labels, numbers, strict=True)):
        y, length = at * ROW, room * number / top
        drawn += [
            f'<text class="chart-name" x="{NAMES - 10}" y="{y + 24}" text-anchor="end">{escape(_cut(label))}</text>',
            f'<rect class="chart-bar" x="{NAMES}" y="{y + 6}" width="{_short(length)}" height="{ROW - 12}"/>',
            f'<text class="chart-number" x="{_short(NAMES + length + 8)}" y="{y + 24}">{number:,}</text>',
        ]
    return _image(scene, max(len(labels), 1) * ROW, drawn)


def nice_top(numbers: Iterable[Number]) -> int:
    """Return the end of an axis that has room for all numbers and whose quarters are whole.

    >>> nice_top([3]), nice_top([17]), nice_top([98, None]), nice_top([4100]), nice_top([])
    (4, 20, 100, 6000, 4)
    """
    largest = max([number for number in numbers if number is not None] or [0])
    if largest <= GRID_LINES:
        return GRID_LINES
    power = 10 ** int(log10(largest / GRID_LINES))
    quarter = next(each * power for each in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10) if each * power * GRID_LINES >= largest)
    return GRID_LINES * ceil(quarter)


def _image(scene: Scene, height: int, shapes: Iterable[str]) -> str:
    title, description = f"{scene.name}-title", f"{scene.name}-description"
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="{title} {description}"'
        f' xmlns="http://www.w3.org/2000/svg"><title id="{title}">{escape(scene.title)}</title>'
        f'<desc id="{description}">{escape(scene.description)}</desc>{"".join(shapes)}</svg>'
    )


def _grid(top: int) -> list[str]:
    shapes = []
    for line in range(GRID_LINES + 1):
        number = top * line // GRID_LINES
        x, y = LEFT - 8, _short(_y(number, top))
        shapes.append(f'<line class="chart-grid" x1="{LEFT}" y1="{y}" x2="{WIDTH - RIGHT}" y2="{y}"/>')
        shapes.append(f'<text class="chart-axis" x="{x}" y="{y}" dy="0.35em" text-anchor="end">{number:,}</text>')
    return shapes


def _labels_below(labels: Sequence[str]) -> list[str]:
    """The labels that have room; every other of them is left out on a phone."""
    step, every = _step(labels), ceil(len(labels) / LABELS_AT_MOST) or 1
    shown = [(at, label) for at, label in enumerate(labels) if at % every == 0]
    return [
        f'<text class="chart-axis{" chart-axis-more" if rank % 3 else ""}" x="{_short(LEFT + (at + 0.5) * step)}"'
        f' y="{HEIGHT - 12}" text-anchor="middle">{escape(label)}</text>'
        for rank, (at, label) in enumerate(shown)
    ]


def _path(points: Sequence[tuple[float, float] | None]) -> str:
    commands, pen_is_down = [], False
    for point in points:
        if point is not None:
            commands.append(f"{'L' if pen_is_down else 'M'}{_short(point[0])} {_short(point[1])}")
        pen_is_down = point is not None
    return "".join(commands)


def _mark(rank: int, x: float, y: float) -> str:
    """A dot for the first line, a square for the second: nobody needs to see colours."""
    if rank == 0:
        return f'<circle class="chart-mark chart-mark-0" cx="{_short(x)}" cy="{_short(y)}" r="3.5"/>'
    return (
        f'<rect class="chart-mark chart-mark-{rank}" x="{_short(x - 3.5)}" y="{_short(y - 3.5)}" width="7" height="7"/>'
    )


def _step(labels: Sequence[str]) -> float:
    return (WIDTH - LEFT - RIGHT) / max(len(labels), 1)


def _y(number: float, top: int) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * number / top


def _cut(label: str) -> str:
    return label if len(label) <= LETTERS_AT_MOST else f"{label[: LETTERS_AT_MOST - 1]}…"


def _short(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
