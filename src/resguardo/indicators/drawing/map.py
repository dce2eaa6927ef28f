"""A map by department, or of one department by municipality, in five classes told by lightness.

The shapes are links for whoever points at them, and hidden from screen readers and the tab key: twenty or
thirty shapes have no order that can be heard, and the table beside the map has the same links in order.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from html import escape

from resguardo.indicators.drawing.boundaries import Area, Chart
from resguardo.indicators.drawing.classes import Class, limits
from resguardo.indicators.drawing.labels import SIZE, Label, place
from resguardo.indicators.drawing.letters import lines, measure
from resguardo.indicators.drawing.marks import (
    ABSENT,
    ABSENT_SIGN,
    ENGLISH,
    NARROW,
    WITHHELD_SIGN,
    Head,
    Mark,
    Words,
    number,
)
from resguardo.indicators.drawing.sheet import (
    LOOKS,
    PAPER,
    SOFT,
    at,
    box,
    dot,
    filled,
    path,
    patterns,
    sheet,
    text,
)

SMALL, GAP, STEP = 12.5, 24, 19
SHARE, TALLEST = 0.54, 460  # of a wide sheet, what the map takes


def draw(
    chart: Chart,
    values: Mapping[str, Mark],
    head: Head,
    *,
    words: Words = ENGLISH,
    width: int = NARROW,
    unit: str = "",
    digits: int | None = None,
) -> str:
    """`values` by the code of their area on `chart`, with the limits of the classes and what each number is.

    An area without a mark is drawn as absent. `unit` says above the legend what is counted. From 560 pixels
    on the legend and the names stand beside the map, below that under it.
    """
    marks = {code: values.get(code, Mark(code, ABSENT)) for code in chart.areas}
    found = limits(each.number for each in marks.values() if each.shown)
    beside = width >= 560
    scale = min((SHARE * width if beside else width) / chart.wide, TALLEST / chart.high)
    high = chart.high * scale
    left = chart.wide * scale + GAP if beside else 0.0
    parts = [
        patterns(head),
        patterns(head, "-map", scale),
        *_areas(head, chart, marks, found, scale, words, digits),
    ]
    parts += [part for one in place(chart, scale).values() for part in _number(one, marks[one.code], found)]
    legend, y = _legend(
        head, marks, found, words, unit, digits, (left, 4 if beside else high + 10, width - left)
    )
    names, y = _names(head, marks, found, digits, (left, y + 8, width - left))
    linked = any(each.href for each in marks.values())
    return sheet(head, width, max(y, high) + 2, [*parts, "</g>", *legend, *names], linked)


def look(value: float | None, classes: Sequence[Class]) -> str:
    """The class name of a value: c1 to c5 (fewer classes spread over them), zero, hatch or dots."""
    if value is None:
        return "hatch"
    if math.isnan(value):
        return "dots"
    found = next((i for i, each in enumerate(classes) if each.holds(value)), None)
    if found is None:
        return "zero"
    return f"c{1 + round(found * 4 / (len(classes) - 1)) if len(classes) > 1 else 3}"


def _areas(
    head: Head,
    chart: Chart,
    marks: Mapping[str, Mark],
    found: Sequence[Class],
    scale: float,
    words: Words,
    digits: int | None,
) -> Iterator[str]:
    yield (
        f'<g aria-hidden="true"><g transform="scale({scale:.4f})" stroke="{SOFT}" class="borders"'
        f' stroke-width="{0.8 / scale:.2f}" stroke-linejoin="round">'
    )
    for code, area in chart.areas.items():
        each = marks[code]
        said = number(each.number, digits) if each.shown else words.state(each.value)
        shape = _shape(head, area, look(each.value, found))
        name = f"<title>{escape(f'{each.label}: {said}')}</title>"
        if each.href:
            yield f'<a href="{escape(each.href)}" tabindex="-1">{name}{shape}</a>'
        else:
            yield f"<g>{name}{shape}</g>"
    yield from (path(lake, "water") for lake in chart.water)
    yield "</g>"


def _shape(head: Head, area: Area, fill: str) -> str:
    if fill in ("hatch", "dots"):
        return f'<path d="{area.path}" fill="url(#{escape(head.key)}-{fill}-map)"/>'
    return path(area.path, fill)


def _number(label: Label, mark: Mark, found: Sequence[Class]) -> Iterator[str]:
    """A number on the map: light on dark classes, with a rim of paper where lines run behind it."""
    fill = look(mark.value, found)
    dark = fill in ("c4", "c5") and label.home is None
    if label.home:
        line = f"M{at(label.home[0])} {at(label.home[1])}L{at(label.x)} {at(label.y)}"
        yield path(line, "rim", ' stroke-width="2.6"') + path(line, "lead")
        yield dot(*label.home, 2.6, "paper") + dot(*label.home, 1.8, "ink")
    rim = "" if dark else f' stroke="{PAPER}" stroke-width="2.6" stroke-linejoin="round" paint-order="stroke"'
    kind = "paper" if dark else "ink rim"
    yield (
        f'<text x="{at(label.x)}" y="{at(label.y + 4.4)}" font-size="{SIZE}" font-weight="700"'
        f' text-anchor="middle" pointer-events="none" class="{kind}" {LOOKS[kind.split()[0]]}'
        f"{rim}>{escape(label.said)}</text>"
    )


def _legend(
    head: Head,
    marks: Mapping[str, Mark],
    found: Sequence[Class],
    words: Words,
    unit: str,
    digits: int | None,
    room: tuple[float, float, float],
) -> tuple[list[str], float]:
    """The limits of each class in numbers, then zero, withheld and absent where the map has them."""
    x, y, wide = room
    parts: list[str] = []
    for line in lines(unit, 13, wide, 2, bold=True):
        parts.append(text(x, y + 13, line, bold=True))
        y += 18
    rows = [(look(each.low, found), _limits(each, words, digits)) for each in found]
    states = {look(each.value, found) for each in marks.values()}
    rows = [("zero", "0")] * ("zero" in states) + rows
    rows += [("hatch", f"{words.withheld} ({WITHHELD_SIGN})")] * ("hatch" in states)
    rows += [("dots", f"{words.absent} ({ABSENT_SIGN})")] * ("dots" in states)
    for fill, said in rows:
        parts.append(_swatch(head, fill, x, y + 3, 26, 14))
        broken = lines(said, SMALL, wide - 34, 2)
        parts += [text(x + 34, y + 14.5 + 16 * i, line, size=SMALL) for i, line in enumerate(broken)]
        y += STEP + 16 * (len(broken) - 1)
    return parts, y


def _limits(each: Class, words: Words, digits: int | None) -> str:
    if each.low == each.high:
        return number(each.low, digits)
    return words.limits.format(low=number(each.low, digits), high=number(each.high, digits))


def _swatch(head: Head, fill: str, x: float, y: float, wide: float, high: float) -> str:
    if fill in ("hatch", "dots"):
        return filled(head, fill, x + 0.5, y + 0.5, wide - 1, high - 1)
    rim = f"M{at(x + 0.5)} {at(y + 0.5)}h{at(wide - 1)}v{at(high - 1)}h{at(1 - wide)}z"
    return box(x, y, wide, high, fill) + path(rim, "border")


def _names(
    head: Head,
    marks: Mapping[str, Mark],
    found: Sequence[Class],
    digits: int | None,
    room: tuple[float, float, float],
) -> tuple[list[str], float]:
    """What each number on the map is called, with its value: in two columns where the names fit, else one."""
    left, top, wide = room
    said = {code: _short(each, digits) for code, each in marks.items()}
    longest = max(
        measure(each.label, SMALL) + measure(said[code], SMALL, True) for code, each in marks.items()
    )
    columns = 2 if longest + 36 <= (wide - 16) / 2 else 1
    rows, column = math.ceil(len(marks) / columns), (wide - 16 * (columns - 1)) / columns
    parts = []
    for i, (code, each) in enumerate(marks.items()):
        x, y = left + (i // rows) * (column + 16), top + (i % rows) * STEP
        parts.append(text(x + 19, y + 13, str(int(code[-2:])), size=SMALL, bold=True, anchor="end"))
        if i % rows:
            parts.append(path(f"M{at(x)} {at(y - 1)}h{at(column)}", "axis"))
        name = lines(each.label, SMALL, column - 32 - measure(said[code], SMALL, True), 1)
        parts.append(text(x + 26, y + 13, "".join(name), size=SMALL))
        parts.append(text(x + column, y + 13, said[code], size=SMALL, bold=True, anchor="end"))
    return parts, top + rows * STEP


def _short(each: Mark, digits: int | None) -> str:
    if each.shown:
        return number(each.number, digits)
    return WITHHELD_SIGN if each.value is None else ABSENT_SIGN
