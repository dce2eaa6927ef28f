"""Which picture suits a figure, and its marks: bars, a trend, a map, waits with their deadlines, curves.

The marks are those of the table beside it, with the same addresses. A withheld row has no value here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from django.conf import settings
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from resguardo import packs
from resguardo.core.indicator import TIMES
from resguardo.indicators import asking, counting, phrases
from resguardo.indicators.drawing import bars, boundaries, funnel, survival, trend, waits
from resguardo.indicators.drawing import map as chart
from resguardo.indicators.drawing.marks import ABSENT, WIDE, Head, Mark, in_two_widths
from resguardo.indicators.drawing.sheet import LOOKS
from resguardo.indicators.queries import Line, Shown
from resguardo.indicators.table import ordered

MOST = 25
HELD = 4
INKS = ("ink", "soft", "teal")
POINTS = 120
TAIL = 0.05
DAYS_FROM = 240


@dataclass(frozen=True)
class Picture:
    """A picture with its title and what it says in words; `draw` makes it for a head and a width.

    `left_out` is how many rows only the table has, `href` where the same stands as a table. `unit` says what
    its numbers are, where the title does not.
    """

    key: str
    title: str
    desc: str
    draw: Callable[[Head, int], str]
    left_out: int = 0
    href: str = ""
    unit: str = ""

    def both(self) -> SafeString:
        """For a page: one for a phone and one for a desk, without the inks that its style sheet gives."""
        drawn = in_two_widths(Head(self.key, self.title, self.desc), self.draw)
        for look in INKS:
            drawn = drawn.replace(f'class="{look}" {LOOKS[look]}', f'class="{look}"')
        return mark_safe(drawn)  # noqa: S308

    def wide(self) -> str:
        """For paper."""
        return self.draw(Head(self.key, self.title, self.desc), WIDE)


def suits(shown: Shown, key: str, address: str = "", most: int = MOST) -> Picture | None:
    """The picture of `shown`, None where there is nothing to draw. Its marks lead to `address` + a query."""
    if not shown.lines:
        return None
    by = shown.asked.by
    title = phrases.titled(shown.indicator, by)
    if shown.indicator.how == "wait" and by == "step":
        return _waits(shown, key, title)
    if by in TIMES:
        return _trend(shown, key, title)
    area = area_of(shown)
    return _map(shown, area, key, title, address) if area else _bars(shown, key, title, address, most)


def area_of(shown: Shown) -> boundaries.Chart | None:
    """The map on which the lines of `shown` lie, if they are places: the country's or a department's."""
    known = packs.load(settings.PACK).register
    by = shown.asked.by
    kind = known.fields[by].list_ if by in known.fields else ""
    try:
        places = boundaries.load(settings.PACK)
    except packs.PackError:
        return None
    if kind == "department":
        return places.country
    chosen = [code for name, code in shown.asked.where.items() if asking.parts_of(name) == by]
    return places.departments.get(chosen[0]) if chosen else None


def mark_of(line: Line, by: str, address: str = "") -> Mark:
    """A line as a mark; withheld and unsaid ones have no number."""
    value = None if line.cell is None else ABSENT if line.cell.value is None else line.cell.value
    label = phrases.label(by, line.code, line.label)
    return Mark(label, value, f"{address}{line.asked.query}" if line.asked else "")


def _digits(shown: Shown) -> int | None:
    """How many digits marks have: none for a percent, which is of few more often than not."""
    return 0 if shown.indicator.how in ("share", "late", "mean") else None


def _unit(shown: Shown) -> str:
    """What the numbers in a picture are."""
    match shown.indicator.how:
        case "share" | "late" | "mean":
            return _("Percent")
        case "gap":
            return _("Days, half within")
        case "wait":
            return _("Hours, half within")
        case "middle":
            return _("Times, median")
    return _("Times") if shown.indicator.over == "acts" else _("Incidents")


def _apart(shown: Shown) -> str:
    """The unit, of figures whose titles do not say it."""
    return "" if shown.indicator.how == "count" else _unit(shown)


def _described(shown: Shown, marks: Sequence[Mark]) -> str:
    """What a picture says, in words: the most and the least of what is shown, and how many are withheld."""
    there = [each for each in marks if each.shown]
    parts = [_unit(shown) + "."]
    if there:
        most = max(there, key=lambda each: each.number)
        said = phrases.said(shown.indicator, most.number)
        parts.append(_("Most: %(label)s, %(said)s.") % {"label": most.label, "said": said})
    if held := sum(each.value is None for each in marks):
        parts.append(_("Withheld: %(n)s.") % {"n": held})
    return " ".join([*parts, _("The table has every number.")])


def _bars(shown: Shown, key: str, title: str, address: str, most: int) -> Picture:
    lines = ordered(shown)
    held = [line for line in lines if line.cell is None][HELD:]
    marks = [mark_of(line, shown.asked.by, address) for line in lines if line not in held][:most]
    whole = shown.whole.value if shown.whole and shown.indicator.how == "count" and not shown.mixed else None

    def draw(head: Head, width: int) -> str:
        return bars.draw(
            marks, head, words=phrases.words(), width=width, total=whole or None, digits=_digits(shown)
        )

    return Picture(key, title, _described(shown, marks), draw, len(lines) - len(marks), unit=_apart(shown))


def _trend(shown: Shown, key: str, title: str) -> Picture:
    marks = points(shown)

    def draw(head: Head, width: int) -> str:
        return trend.draw(marks, head, words=phrases.words(), width=width, digits=_digits(shown))

    return Picture(key, title, _described(shown, marks), draw, unit=_apart(shown))


def points(shown: Shown) -> list[Mark]:
    """The lines of a figure over time, with short names, none left out in between."""
    there = {line.code: mark_of(line, shown.asked.by) for line in shown.lines if line.code}
    codes = sorted(there, key=_moment)
    whole = _between(codes[0], codes[-1]) if codes else []
    none = 0.0 if shown.indicator.how == "count" and shown.scope == "own" else ABSENT
    return [replace(there.get(code, Mark(code, none)), label=phrases.short(code)) for code in whole]


def _moment(code: str) -> tuple[int, int]:
    year, _dash, part = code.partition("-")
    return int(year), int(part.lstrip("T") or 0)


def _between(first: str, last: str) -> list[str]:
    """Every month, quarter or year from `first` to `last`."""
    (year, part), end = _moment(first), _moment(last)
    size = 4 if "T" in first else 12 if "-" in first else 0
    found = []
    while (year, part) <= end:
        found.append(str(year) if not size else f"{year}-T{part}" if size == 4 else f"{year}-{part:02}")
        year, part = (year + 1, 1 if size else 0) if part >= size else (year, part + 1)
    return found


def _map(shown: Shown, area: boundaries.Chart, key: str, title: str, address: str) -> Picture:
    by = shown.asked.by
    known = packs.load(settings.PACK).register
    none = Mark("", 0.0 if shown.indicator.how == "count" else ABSENT)
    there = {line.code: mark_of(line, by, address) for line in shown.lines}
    marks = {
        code: there.get(code) or replace(none, label=known.label(by, code, phrases.language()))
        for code in area.areas
    }

    def draw(head: Head, width: int) -> str:
        unit, digits = _unit(shown), _digits(shown)
        return chart.draw(area, marks, head, words=phrases.words(), width=width, unit=unit, digits=digits)

    return Picture(key, title, _described(shown, list(marks.values())), draw)


def _waits(shown: Shown, key: str, title: str) -> Picture:
    route = packs.load(settings.PACK).route
    rows = []
    for line in ordered(shown):
        step, cell = route.steps.get(line.code), line.cell
        if step is None or cell is None or (cell.value is None and cell.high is None):
            continue
        # A deadline runs from when a step is owed: from the report only for the first steps of a route.
        fits = shown.indicator.begins == "owed" or set(step.after) <= {route.start}
        hours = step.within.clock.total_seconds() / 3600 if step.within and fits else None
        rows.append(waits.Wait(line.label, cell.value, cell.high, hours))

    def draw(head: Head, width: int) -> str:
        return waits.draw(rows, head, words=phrases.words(), width=width)

    return Picture(key, title, _("How long each step takes. The table has every number."), draw)


def stages(titles: Sequence[str], counts: Sequence[int | None], key: str) -> Picture:
    """The funnel of the route."""
    marks = [Mark(title, count) for title, count in zip(titles, counts, strict=True)]

    def draw(head: Head, width: int) -> str:
        return funnel.draw(marks, head, words=phrases.words(), width=width)

    desc = _("How many came to each stage. The table has every number.")
    return Picture(key, _("How far cases come"), desc, draw)


def multiples(panels: Sequence[tuple[str, Shown, str]], key: str, title: str) -> Picture | None:
    """Small trends beside each other: a name, the figure over time, and where it leads."""
    drawn = [(name, points(shown), href) for name, shown, href in panels]
    made = [trend.Panel(name, marks, href) for name, marks, href in drawn if marks]
    if not made:
        return None

    def draw(head: Head, width: int) -> str:
        return trend.multiples(made, head, words=phrases.words(), width=width)

    return Picture(key, title, _("One small trend for each, on one scale."), draw)


def curves(found: Sequence[counting.Curve], key: str) -> Picture | None:
    """Kaplan-Meier curves, as far as one in twenty still waits, in hours or in days."""
    if not found:
        return None
    end = max(_end(each) for each in found)
    size, unit = (24, _("days")) if end > DAYS_FROM else (1, _("hours"))
    thin = [_thinned(each, end, size) for each in found]
    ticks = survival.ticks(thin)
    made = [
        replace(drawn, at_risk=[each.waiting_at(tick * size) for tick in ticks])
        for drawn, each in zip(thin, found, strict=True)
    ]

    def draw(head: Head, width: int) -> str:
        return survival.draw(made, head, unit=unit, words=phrases.words(), width=width)

    desc = _("The share of cases that still wait for each step, as time goes by, with the 95% band.")
    return Picture(key, _("Still waiting, as time goes by"), desc, draw)


def _end(curve: counting.Curve) -> float:
    """After how many hours only one in twenty still waits, or the last that is known."""
    low = np.flatnonzero(curve.share <= TAIL)
    return float(curve.hours[low[0] if len(low) else -1])


def _thinned(curve: counting.Curve, end: float, size: int) -> survival.Curve:
    """A curve with few enough steps to be drawn, up to `end`; each value is that of its moment."""
    grid = np.linspace(0, end, POINTS + 1)[1:]
    at = np.searchsorted(curve.hours, grid, side="right") - 1
    last = len(at) - 1
    kept = [i for i, (one, two) in enumerate(pairwise([-1, *at])) if two > one or i == last]
    at, times = at[kept], grid[kept] / size
    inside = at >= 0
    median = None if curve.median is None else curve.median / size
    return survival.Curve(
        curve.label,
        times[inside],
        curve.share[at[inside]],
        curve.low[at[inside]],
        curve.high[at[inside]],
        _rounded(median) if median is not None and median <= times[-1] else None,
    )


def _rounded(time: float) -> float:
    """A time with no more digits than it has."""
    return float(round(time)) if time >= 10 else round(time, 1)
