"""Readable numbers: the ticks of an axis and the limits of a map's classes."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

STEPS = (1, 2, 2.5, 5, 10)


class Class(NamedTuple):
    """A class of a map: values from `low` to `high`, both within."""

    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Whether `value` is of this class."""
        return self.low <= value <= self.high


def ticks(top: float, most: int = 4, least: float = 0) -> tuple[float, ...]:
    """Round numbers from zero to `top` or just above, at most `most` steps, each a multiple of `least`.

    `least` is 1 for what is counted, so that no axis has half a person. For a top of (almost) zero: 0 and 1.
    """
    if top < 1e-6:
        return (0.0, 1.0)
    power = 10.0 ** math.floor(math.log10(max(top, least) / most))
    steps = [step * power * more for more in (1, 10) for step in STEPS]
    if least:
        steps = [step for step in steps if step >= least and (step / least).is_integer()]
    step = next(step for step in steps if math.ceil(round(top / step, 9)) <= most)
    return tuple(round(step * i, 10) for i in range(math.ceil(round(top / step, 9)) + 1))


def limits(values: Iterable[float], wanted: int = 5) -> tuple[Class, ...]:
    """Classes of the shown values above zero, each with about as many (quantiles), parted at round numbers.

    Fewer than `wanted` where there are fewer different values. Zero is a class of its own, not among these.
    """
    ranked = sorted(value for value in values if value > 0)
    if not ranked:
        return ()
    cuts = sorted(
        {
            cut
            for i in range(1, wanted)
            if (cut := _between(ranked, round(len(ranked) * i / wanted))) is not None
        }
    )
    whole = all(float(value).is_integer() for value in ranked)
    starts = [ranked[0], *cuts]
    ends = [_below(cut, ranked, whole) for cut in cuts] + [ranked[-1]]
    return tuple(Class(low, high) for low, high in zip(starts, ends, strict=True))


def _between(ranked: list[float], place: int) -> float | None:
    """The roundest number that parts the values before `place` from the rest; equal ones stay together."""
    if not 0 < place < len(ranked):
        return None
    upper = ranked[place]
    lower = max((value for value in ranked if value < upper), default=None)
    return None if lower is None else roundest(lower, upper)


def _below(cut: float, ranked: list[float], whole: bool) -> float:
    """Where the class before `cut` ends: the whole number before it, or the largest value in it."""
    return cut - 1 if whole else max(value for value in ranked if value < cut)


def roundest(above: float, to: float) -> float:
    """The number with the fewest digits that is more than `above` and not more than `to`."""
    for power in range(math.floor(math.log10(to)), -7, -1):
        unit = 10.0**power
        found = math.floor(round(to / unit, 9)) * unit
        if found > above:
            half = math.floor(round(to / (5 * unit), 9)) * 5 * unit
            return round(half if half > above else found, 10)
    return to
