"""How long each step of the route takes: half within the dot, nine of ten within the end of the line.

The deadline is an upright stroke; what lies past it is thick, and said in words. Waits run from minutes to
months, so time is drawn on a logarithmic scale with the marks that people know (an hour, a day, a week).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from resguardo.indicators.drawing.letters import lines, measure
from resguardo.indicators.drawing.marks import ENGLISH, NARROW, Head, Words
from resguardo.indicators.drawing.sheet import at, column, dot, filled, mark, path, patterns, sheet, text

LABEL, SMALL = 14, 12.5
KNOWN = (0.25, 1.0, 6.0, 24.0, 72.0, 168.0, 720.0, 2160.0, 8760.0)  # hours
STRIP = 22


@dataclass(frozen=True)
class Wait:
    """A step's waiting time in hours: half within `median`, nine of ten within `p90`; None is withheld."""

    label: str
    median: float | None
    p90: float | None
    deadline: float | None = None
    href: str = ""


@dataclass(frozen=True)
class _Scale:
    left: float
    right: float
    marks: tuple[float, ...]

    def x(self, hours: float) -> float:
        low, high = math.log(self.marks[0]), math.log(self.marks[-1])
        part = (math.log(max(hours, self.marks[0])) - low) / (high - low)
        return self.left + (self.right - self.left) * min(part, 1)


def draw(waits: Sequence[Wait], head: Head, *, words: Words = ENGLISH, width: int = NARROW) -> str:
    """A row for each step. From 560 pixels on the words stand beside the line, below that above it."""
    beside = width >= 560
    names = 0.42 * width if beside else float(width)
    scale = _Scale(names + 20 if beside else 8, width - 16, _known(waits))
    legend, y = _legend(words, width)
    parts = [patterns(head), *legend]
    for each in waits:
        drawn, y = _row(head, each, scale, y, (names, width), words)
        parts.append(drawn)
    parts += _axis(scale, y, words, width)
    below = lines(words.uneven, SMALL, width, 2)
    parts.append(column(0, y + 38, below, size=SMALL, look="soft", step=16))
    return sheet(head, width, y + 30 + 16 * len(below), parts, any(each.href for each in waits))


def _known(waits: Sequence[Wait]) -> tuple[float, ...]:
    """The marks of the scale: from the last one before the shortest time to the first after the longest."""
    times = [time for each in waits for time in (each.median, each.p90, each.deadline) if time is not None]
    low = max((i for i, each in enumerate(KNOWN) if each <= min(times, default=1)), default=0)
    high = min((i for i, each in enumerate(KNOWN) if each >= max(times, default=24)), default=len(KNOWN) - 1)
    low = min(low, len(KNOWN) - 2)
    return KNOWN[low : max(high, low + 1) + 1]


def _legend(words: Words, width: float) -> tuple[list[str], float]:
    """The dot, the line and the stroke with their names, broken where they do not fit."""
    parts: list[str] = []
    x = y = 0.0
    for name in (words.median, words.nine_of_ten, words.deadline):
        wide = 34 + measure(name, SMALL) + 14
        if x and x + wide - 14 > width:
            x, y = 0, y + 20
        middle = y + 10
        if name == words.median:
            parts.append(dot(x + 13, middle, 5.5, "teal"))
        elif name == words.deadline:
            parts.append(path(f"M{at(x + 13)} {at(y + 2)}v16", "limit"))
        else:
            parts.append(path(f"M{at(x)} {at(middle)}h26m0 -5v10", "run"))
        parts.append(text(x + 34, y + 14.5, name, size=SMALL))
        x += wide
    return parts, y + 30


def _axis(scale: _Scale, y: float, words: Words, width: float) -> Iterator[str]:
    """The times at the foot, left out where two would touch."""
    end = -math.inf
    for hours in scale.marks:
        x, said = scale.x(hours), words.span(hours)
        half = measure(said, SMALL) / 2
        place = min(max(x, half), width - half)
        if place - half > end + 6:
            yield path(f"M{at(x)} {at(y)}v4", "base")
            yield text(place, y + 18, said, size=SMALL, look="soft", anchor="middle")
            end = place + half


def _said(each: Wait, words: Words) -> str:
    """The times in words; past the deadline is said, not only drawn."""
    if each.median is None and each.p90 is None:
        return words.withheld
    said = []
    if each.median is not None:
        said.append(words.median_is.format(time=words.span(each.median)))
    if each.p90 is not None:
        said.append(words.ninety_is.format(time=words.span(each.p90)))
    else:
        said.append(f"{words.nine_of_ten}: {words.withheld}")
    if each.deadline is not None:
        said.append(words.deadline_is.format(time=words.span(each.deadline)))
    return "; ".join(said)


def _late(each: Wait) -> bool:
    return each.p90 is not None and each.deadline is not None and each.p90 > each.deadline


def _row(
    head: Head, each: Wait, scale: _Scale, y: float, room: tuple[float, float], words: Words
) -> tuple[str, float]:
    names, width = room
    label, said = lines(each.label, LABEL, names, 2), lines(_said(each, words), SMALL, names, 3)
    tall = 18 * len(label) + 16 * len(said) + (16 if _late(each) else 0)
    inside = column(0, y + 14, label, size=LABEL, step=18)
    inside += column(0, y + 18 * len(label) + 13, said, size=SMALL, look="soft", step=16)
    if _late(each):
        inside += text(0, y + tall - 3, words.beyond, size=SMALL, look="late", bold=True)
    beside = names < width
    high = max(tall, STRIP) + 14 if beside else tall + STRIP + 14
    middle = y + (high - 14) / 2 if beside else y + tall + STRIP / 2 + 2
    inside += "".join(_range(head, each, scale, middle))
    return mark(
        f"{each.label}: {_said(each, words)}", each.href, (0, y - 4, width, high - 4), inside
    ), y + high


def _range(head: Head, each: Wait, scale: _Scale, y: float) -> Iterator[str]:
    """The strip of a row: known times as light uprights on a base line, then the wait and the deadline."""
    ends = at(scale.left), at(scale.right)
    uprights = "".join(f"M{at(scale.x(hours))} {at(y - 7)}v14" for hours in scale.marks)
    yield path(f"M{ends[0]} {at(y)}H{ends[1]}{uprights}", "axis")
    if each.median is None and each.p90 is None:
        yield filled(head, "hatch", scale.left + 0.5, y - 6, 40, 12)
    elif each.p90 is not None:
        start = scale.x(each.median) if each.median is not None else scale.x(each.p90)
        yield path(f"M{at(start)} {at(y)}H{at(scale.x(each.p90))}m0 -6v12", "run")
        if _late(each) and each.deadline is not None:
            yield path(f"M{at(max(start, scale.x(each.deadline)))} {at(y)}H{at(scale.x(each.p90))}", "over")
    if each.deadline is not None:
        yield path(f"M{at(scale.x(each.deadline))} {at(y - STRIP / 2)}v{STRIP}", "limit")
    if each.median is not None:
        yield dot(scale.x(each.median), y, 5.5, "teal")
