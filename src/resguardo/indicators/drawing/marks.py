"""What pictures are drawn from: marks, the words inside them, and how numbers are written.

A value that is withheld (None: fewer than five, or kept back so that it cannot be computed) is never zero,
and neither is one that is absent (nobody counted it).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

NARROW: Final = 320  # a phone of 360 pixels leaves 324
WIDE: Final = 720
ABSENT: Final = math.nan
WITHHELD_SIGN, ABSENT_SIGN = "*", "–"


@dataclass(frozen=True)
class Head:
    """What a picture is called. `key` is unique on the page and begins its ids."""

    key: str
    title: str
    desc: str


@dataclass(frozen=True)
class Mark:
    """One value with its name. None is withheld, ABSENT was never counted; `href` is where it leads."""

    label: str
    value: float | None
    href: str = ""
    note: str = ""

    @property
    def shown(self) -> bool:
        """Whether there is a number to draw."""
        return self.value is not None and not math.isnan(self.value)

    @property
    def number(self) -> float:
        """The value that is shown. Raises ValueError for one that is withheld or absent."""
        if self.value is None or math.isnan(self.value):
            raise ValueError("This value is withheld or absent.")
        return self.value


@dataclass(frozen=True)
class Words:
    """The words inside pictures, in the reader's language; `{}` places are filled by the pictures."""

    withheld: str = "fewer than 5, or withheld"
    absent: str = "no data"
    percent: str = "{n}%"
    of_first: str = "{share} of the first"
    went_on: str = "{share} went on; {n} did not"
    all_went_on: str = "all went on"
    median: str = "median"
    median_is: str = "median {time}"
    no_median: str = "median not reached"
    nine_of_ten: str = "9 of 10"
    ninety_is: str = "9 of 10 within {time}"
    deadline: str = "deadline"
    deadline_is: str = "deadline {time}"
    beyond: str = "past the deadline"
    at_risk: str = "Still waiting"
    minutes: str = "{n} min"
    hours: str = "{n} h"
    days: str = "{n} d"
    uneven: str = "Time is drawn closer together as it grows."
    panels: str = "Each from 0 to {top}; {first} to {last}"
    limits: str = "{low} to {high}"

    def state(self, value: float | None) -> str:
        """What is read instead of a number; nothing for a value that is shown."""
        if value is None:
            return self.withheld
        return self.absent if math.isnan(value) else ""

    def share(self, part: float, whole: float) -> str:
        """A part of a whole in percent: whole numbers, one decimal below ten."""
        portion = 100 * part / whole
        digits = 1 if 0 < portion < 9.95 and round(portion, 1) != round(portion) else 0
        return self.percent.format(n=number(portion, digits))

    def span(self, hours: float) -> str:
        """A time in the unit that people would say it in: minutes below two hours, days from three on."""
        if hours < 2:
            minutes = round(hours * 60)
            return self.minutes.format(n=minutes) if minutes != 60 else self.hours.format(n=1)
        if hours < 72:
            return self.hours.format(n=number(hours))
        return self.days.format(n=number(hours / 24))


ENGLISH: Final = Words()


def number(value: float, digits: int | None = None) -> str:
    """As Guatemala writes numbers in both languages: 1,234.5. One decimal at most, none for a whole one."""
    if digits is None:
        digits = 0 if float(value).is_integer() or abs(value) >= 100 else 1
    written = f"{value:,.{digits}f}"
    return written.removesuffix(".0").replace("-", "−")


def in_two_widths(head: Head, draw: Callable[[Head, int], str]) -> str:
    """The picture for a phone and for a desk or paper; `figures.css` shows one of them.

    `draw` is called with a head whose key is its own, and the width.
    """
    narrow = draw(replace(head, key=f"{head.key}-n"), NARROW)
    wide = draw(replace(head, key=f"{head.key}-w"), WIDE)
    return f'<div class="fig-narrow">{narrow}</div><div class="fig-wide">{wide}</div>'
