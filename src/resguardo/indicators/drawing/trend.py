"""A line over months or quarters, and many small ones on one scale. Always from zero; never across a gap."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from resguardo.indicators.drawing.classes import ticks
from resguardo.indicators.drawing.letters import lines, measure
from resguardo.indicators.drawing.marks import ENGLISH, NARROW, Head, Mark, Words, number
from resguardo.indicators.drawing.sheet import (
    at,
    column,
    dot,
    filled,
    mark,
    path,
    patterns,
    sheet,
    text,
)

SMALL, LABEL, LAST = 12.5, 14, 15
APART = 10


@dataclass(frozen=True)
class Panel:
    """One of many small trends: its name, its points, and where it leads."""

    label: str
    points: Sequence[Mark]
    href: str = ""


@dataclass(frozen=True)
class _Plot:
    """Where points lie: a band for each, `top` of the scale at `high`, zero at `low`."""

    left: float
    right: float
    high: float
    low: float
    top: float
    count: int

    @property
    def band(self) -> float:
        return (self.right - self.left) / max(self.count, 1)

    def x(self, place: int) -> float:
        return self.left + (place + 0.5) * self.band

    def y(self, value: float) -> float:
        return self.low - (self.low - self.high) * value / self.top


def draw(
    points: Sequence[Mark],
    head: Head,
    *,
    words: Words = ENGLISH,
    width: int = NARROW,
    digits: int | None = None,
) -> str:
    """The values of `points`, whose labels are their months or quarters, as a line above zero.

    A withheld point is a hatched column, an absent one a gap; the last value that is shown is written out.
    """
    scale = _scale([points], most=4)
    last = next((i for i in reversed(range(len(points))) if points[i].shown), None)
    said = number(points[last].number, digits) if last is not None else ""
    at_end = last is not None and last == len(points) - 1
    left = max(measure(number(tick), SMALL) for tick in scale) + 8
    right = width - (measure(said, LAST, True) + 4 if at_end else 4)
    low = 150.0 if width < 560 else 220.0
    plot = _Plot(left, right, 20, low, scale[-1], len(points))
    parts = [patterns(head), *_grid(plot, scale), *_columns(head, plot, points), *_run(plot, points)]
    parts += _names(plot, [each.label for each in points], width)
    parts += [_point(plot, i, each, words, digits) for i, each in enumerate(points)]
    if last is not None:
        parts.append(_last(plot, last, points[last].number, said, at_end))
    legend, height = _legend(head, points, words, low + 26)
    return sheet(head, width, height, [*parts, *legend], any(each.href for each in points))


def multiples(
    panels: Sequence[Panel],
    head: Head,
    *,
    words: Words = ENGLISH,
    width: int = NARROW,
    digits: int | None = None,
) -> str:
    """Small trends in a grid, two in a row on a phone, all on one scale from zero that is said below."""
    beside = max(2, width // 170)
    gap = 16
    wide = (width - gap * (beside - 1)) / beside
    scale = _scale([panel.points for panel in panels], most=2)
    lasts = [panel.points[-1] for panel in panels if panel.points and panel.points[-1].shown]
    room = max((measure(number(each.number, digits), LABEL, True) + 6 for each in lasts), default=0)
    names = [lines(panel.label, SMALL, wide, 2) for panel in panels]
    parts, y = [patterns(head)], 0.0
    for start in range(0, len(panels), beside):
        row = range(start, min(start + beside, len(panels)))
        tall = 16 * max(len(names[i]) for i in row)
        for i in row:
            x = (i - start) * (wide + gap)
            plot = _Plot(x, x + wide - room, y + tall + 10, y + tall + 62, scale[-1], len(panels[i].points))
            parts.append(_panel(head, panels[i], names[i], plot, words, digits, (x, y, wide, tall + 66)))
        y += tall + 80
    points = [each for panel in panels for each in panel.points]
    if panels and panels[0].points:
        ends = {"first": panels[0].points[0].label, "last": panels[0].points[-1].label}
        below = lines(words.panels.format(top=number(scale[-1]), **ends), SMALL, width, 3)
        parts.append(column(0, y + 12, below, size=SMALL, look="soft", step=16))
        y += 16 * len(below) + 4
    legend, height = _legend(head, points, words, y)
    return sheet(head, width, height, [*parts, *legend], any(panel.href for panel in panels))


def _scale(series: Sequence[Sequence[Mark]], most: int) -> tuple[float, ...]:
    values = [each.number for points in series for each in points if each.shown]
    whole = all(value.is_integer() for value in map(float, values))
    return ticks(max(values, default=0), most, 1 if whole else 0)


def _grid(plot: _Plot, scale: Sequence[float]) -> Iterator[str]:
    for tick in scale:
        y = plot.y(tick)
        yield path(f"M{at(plot.left)} {at(y)}H{at(plot.right)}", "axis" if tick else "base")
        yield text(plot.left - 6, y + 4.5, number(tick), size=SMALL, look="soft", anchor="end")


def _columns(head: Head, plot: _Plot, points: Sequence[Mark]) -> Iterator[str]:
    """A hatched column where a value is withheld, a dash at the foot where there is none."""
    for i, each in enumerate(points):
        if each.value is None:
            x = plot.left + i * plot.band
            yield filled(head, "hatch", x + 1, plot.high, plot.band - 2, plot.low - plot.high)
        elif not each.shown:
            reach = min(3.0, plot.band / 4)
            yield path(f"M{at(plot.x(i) - reach)} {at(plot.low - 5)}h{at(2 * reach)}", "base")


def _run(plot: _Plot, points: Sequence[Mark]) -> Iterator[str]:
    """A line with a light area below for each run of values; a dot where one stands alone."""
    for shown, run in groupby(enumerate(points), key=lambda pair: pair[1].shown):
        corners = [(plot.x(i), plot.y(each.number)) for i, each in run] if shown else []
        line = "L".join(f"{at(x)} {at(y)}" for x, y in corners)
        if len(corners) == 1:
            yield dot(*corners[0], 3, "teal")
        elif corners:
            yield path(f"M{at(corners[0][0])} {at(plot.low)}L{line}V{at(plot.low)}z", "wash")
            yield path(f"M{line}", "run")


def _point(plot: _Plot, i: int, each: Mark, words: Words, digits: int | None) -> str:
    said = number(each.number, digits) if each.shown else words.state(each.value)
    area = (plot.x(i) - plot.band / 2, plot.high, plot.band, plot.low - plot.high)
    small = plot.band >= 14 and each.shown
    return mark(
        f"{each.label}: {said}",
        each.href,
        area,
        dot(plot.x(i), plot.y(each.number), 3, "teal") if small else "",
    )


def _last(plot: _Plot, i: int, value: float, said: str, at_end: bool) -> str:
    x, y = plot.x(i), plot.y(value)
    disc = dot(x, y, 4.5, "teal")
    if at_end:
        return disc + text(x + 8, y + 5, said, size=LAST, bold=True)
    half = measure(said, LAST, True) / 2
    x = min(max(x, plot.left + half), plot.right - half)
    return disc + text(x, y - APART, said, size=LAST, bold=True, anchor="middle")


def _names(plot: _Plot, labels: Sequence[str], width: float) -> Iterator[str]:
    """The name of every month or, where they would touch, of every second, third...; the last one always."""
    half = [measure(label, SMALL) / 2 for label in labels]
    x = [min(max(plot.x(i), half[i]), width - half[i]) for i in range(len(labels))]
    chosen: list[int] = []
    for stride in range(1, len(labels) + 1):
        chosen = list(range(len(labels) - 1, -1, -stride))
        if all(x[i] - half[i] >= x[j] + half[j] + 8 for i, j in pairwise(chosen)):
            break
    for i in chosen:
        yield path(f"M{at(plot.x(i))} {at(plot.low)}v4", "base")
        yield text(x[i], plot.low + 18, labels[i], size=SMALL, look="soft", anchor="middle")


def _legend(head: Head, points: Sequence[Mark], words: Words, y: float) -> tuple[list[str], float]:
    """What hatching and gaps mean, where there are any; and where the picture ends."""
    parts: list[str] = []
    if any(each.value is None for each in points):
        parts += [
            filled(head, "hatch", 0.5, y + 4, 24, 12),
            text(32, y + 15, words.withheld, size=SMALL, look="soft"),
        ]
        y += 22
    if any(each.value is not None and not each.shown for each in points):
        parts += [path(f"M8 {at(y + 10)}h8", "base"), text(32, y + 15, words.absent, size=SMALL, look="soft")]
        y += 22
    return parts, y + 2


def _panel(
    head: Head,
    panel: Panel,
    names: list[str],
    plot: _Plot,
    words: Words,
    digits: int | None,
    area: tuple[float, float, float, float],
) -> str:
    last = panel.points[-1] if panel.points else Mark("", None)
    said = number(last.number, digits) if last.shown else words.state(last.value)
    inside = column(area[0], area[1] + 13, names, size=SMALL, step=16)
    inside += path(f"M{at(plot.left)} {at(plot.high)}H{at(plot.right)}", "axis")
    inside += "".join([*_columns(head, plot, panel.points), *_run(plot, panel.points)])
    inside += path(f"M{at(plot.left)} {at(plot.low)}H{at(plot.right)}", "base")
    if last.shown:
        x, y = plot.x(plot.count - 1), plot.y(last.number)
        inside += dot(x, y, 3.5, "teal") + text(
            plot.right + 4, min(y + 5, plot.low), said, size=LABEL, bold=True
        )
    return mark(f"{panel.label}. {last.label}: {said}", panel.href, area, inside)
