"""The rows and columns of a figure: what the page, every download and the paper show, made in one place.

A withheld row has no number in any of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from resguardo.core.indicator import TIMES
from resguardo.indicators import phrases, queries
from resguardo.indicators.counting import Cell
from resguardo.indicators.drawing.marks import number
from resguardo.indicators.queries import Line, Shown

Number = float | int | None


@dataclass(frozen=True)
class Column:
    """One column of figures: its name for machines, its title, its number, and that number in words."""

    key: str
    title: str
    number: Callable[[Cell], Number]
    text: Callable[[Cell], str]


@dataclass(frozen=True)
class Row:
    """One row: its code, label, address ("" for none), and for each column a number and its words.

    Where `withheld`, there are neither.
    """

    code: str
    label: str
    href: str
    withheld: bool
    numbers: tuple[Number, ...] = ()
    texts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """A figure by one dimension, with the whole as `total`; `total` is None where a whole says nothing."""

    by: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    total: Row | None

    @property
    def withholds(self) -> bool:
        """Whether any row is withheld."""
        return any(row.withheld for row in (*self.rows, *([self.total] if self.total else [])))


def table(shown: Shown) -> Table:
    """`shown` as rows, in the order in which they are read: time and steps as they follow, else by size."""
    columns = _columns(shown)
    rows = tuple(
        _row(columns, line, phrases.label(shown.asked.by, line.code, line.label)) for line in ordered(shown)
    )
    by = phrases.title(shown.asked.by) if shown.asked.by else ""
    total, apart = None, shown.indicator.how == "wait" and shown.whole is None
    if not apart and not (shown.whole is not None and shown.whole.value is None and shown.lines):
        total = _row(columns, Line("", "", shown.whole), _("Total"))
    return Table(by, columns, rows, total)


def ordered(shown: Shown) -> tuple[Line, ...]:
    """The lines as they are read; withheld ones after the rest, and what is not stated at the end."""
    by = shown.asked.by
    if by in TIMES:
        return shown.lines
    kept = by in (*queries.figures().ordered, "step")

    def place(line: Line) -> tuple[bool, bool, float]:
        value = line.cell.value if line.cell and line.cell.value is not None else -1.0
        return not line.code, line.cell is None and not kept, 0 if kept else -value

    return tuple(sorted(shown.lines, key=place))


def _row(columns: tuple[Column, ...], line: Line, text: str) -> Row:
    href = line.asked.query if line.asked else ""
    if line.cell is None:
        return Row(line.code, text, href, True)
    numbers = tuple(_plain(column.number(line.cell)) for column in columns)
    return Row(line.code, text, href, False, numbers, tuple(column.text(line.cell) for column in columns))


def _plain(value: Number) -> Number:
    """A number with no more digits than it has."""
    if value is None or math.isnan(value):
        return None
    return int(value) if float(value).is_integer() else round(value, 1)


def _columns(shown: Shown) -> tuple[Column, ...]:
    """What is said of each row. The public's figures without filters are values only."""
    one, bare = shown.indicator, shown.scope == "shared" and not shown.indicator.public

    def column(key: str, title: str, of: Callable[[Cell], Number]) -> Column:
        return Column(key, title, of, lambda cell: phrases.said(one, of(cell), cell.count))

    def count(key: str, title: str, of: Callable[[Cell], Number]) -> Column:
        return Column(key, title, of, lambda cell: _count(of(cell)))

    base = () if bare else (count("base", _("Of how many"), lambda cell: cell.count),)
    match one.how:
        case "count":
            return (column("count", _unit(shown), lambda cell: cell.value),)
        case "share" | "late":
            part = () if bare else (count("part", _("How many"), lambda cell: cell.part),)
            return (column("percent", _("Percent"), lambda cell: cell.value), *part, *base)
        case "mean":
            return (column("mean", _("Mean"), lambda cell: cell.value), *base)
    median = column("median", _("Half within") if one.how != "middle" else _("Median"), lambda c: c.value)
    return (median, column("p90", phrases.high(one), lambda cell: cell.high), *base)


def _count(value: Number) -> str:
    return "–" if value is None else number(value)


def _unit(shown: Shown) -> str:
    return _("Times") if shown.indicator.over == "acts" else _("Incidents")
