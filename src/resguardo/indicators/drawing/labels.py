"""Where the numbers on a map stand: in their area where there is room, else beside it with a thin line."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from resguardo.indicators.drawing.boundaries import Chart
from resguardo.indicators.drawing.letters import measure

SIZE = 12
HALF = 5.5  # half the height of a figure, with a little air


class Label(NamedTuple):
    """A number with its middle at `x`, `y`; if it is aside, `home` is the place that a line leads to."""

    code: str
    said: str
    x: float
    y: float
    home: tuple[float, float] | None

    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom."""
        half = measure(self.said, SIZE, True) / 2
        return self.x - half, self.y - HALF, self.x + half, self.y + HALF


def place(chart: Chart, scale: float) -> Mapping[str, Label]:
    """A label for each area: the last two figures of its code, without a zero in front. None overlap.

    The roomy areas come first; a small one takes the nearest free place.
    """
    found: dict[str, Label] = {}
    homes = {code: (area.x * scale, area.y * scale) for code, area in chart.areas.items()}
    size = chart.wide * scale, chart.high * scale
    for code, area in sorted(chart.areas.items(), key=lambda pair: (-pair[1].clear, pair[0])):
        said, home = str(int(code[-2:])), homes[code]
        fits = math.hypot(measure(said, SIZE, True) / 2, HALF) <= area.clear * scale + 3
        tried = [Label(code, said, *home, None)] if fits else []
        tried += [Label(code, said, x, y, home) for x, y in _around(home)]
        free = (one for one in tried if _inside(one, size) and _free(one, found, homes))
        found[code] = next(free, Label(code, said, *home, None))
    return found


def _around(home: tuple[float, float]) -> Iterator[tuple[float, float]]:
    for reach in range(13, 60, 3):
        for turn in range(24):
            angle = turn * math.pi / 12
            yield home[0] + reach * math.cos(angle), home[1] + reach * math.sin(angle)


def _inside(label: Label, size: tuple[float, float]) -> bool:
    left, top, right, bottom = label.box()
    return left >= 0 and top >= 0 and right <= size[0] and bottom <= size[1]


def _free(label: Label, found: Mapping[str, Label], homes: Mapping[str, tuple[float, float]]) -> bool:
    """Whether it touches no other label, hides no other small area's place, and no lines or labels cross."""
    left, top, right, bottom = label.box()
    for other in found.values():
        x1, y1, x2, y2 = other.box()
        if left < x2 + 1 and right > x1 - 1 and top < y2 + 1 and bottom > y1 - 1:
            return False
        if other.home and _crosses(other.home, (other.x, other.y), (left, top, right, bottom)):
            return False
        if label.home and _crosses(label.home, (label.x, label.y), (x1, y1, x2, y2)):
            return False
    return label.home is None or not any(
        left - 2 < x < right + 2 and top - 2 < y < bottom + 2
        for code, (x, y) in homes.items()
        if code not in found
    )


def _crosses(
    one: tuple[float, float], two: tuple[float, float], box: tuple[float, float, float, float]
) -> bool:
    """Whether the line from `one` to `two` runs through a box, tried at close points."""
    steps = max(2, int(math.dist(one, two) / 2))
    points = (
        (one[0] + (two[0] - one[0]) * i / steps, one[1] + (two[1] - one[1]) * i / steps) for i in range(steps)
    )
    return any(box[0] < x < box[2] and box[1] < y < box[3] for x, y in points)
