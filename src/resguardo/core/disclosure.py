"""Counts of women that can be shown to anybody, whatever else was asked before.

A figure of one to four women can point at one of them, and so can two figures whose difference is that
small. A public page with filters is therefore one big publication: every table of at most `depth` dimensions
and all its margins, at once. Here each such table is protected once, from the margins down; every filter and
every breakdown reads from it, so that a cell is withheld everywhere or nowhere.

Why that is enough for all tables together. A cell is shown only if all its margins are. Take any sum of
shown counts, over any tables, that adds up to a withheld cell, and average it over the dimensions that the
cell does not have: each count becomes a multiple of one of its own margins, which is shown and belongs to the
cell's own table. So a cell that additions and subtractions over all tables determine is determined by its
own table with its margins, and that is what `suppression` rules out. The argument needs every combination of
values to look possible; hence the treatment of zeros.

Zeros. None to four is one answer, "fewer than five". Were a zero told apart, its becoming withheld would tell
a man that somebody like his wife has now reported, and zeros would let the sums of one table be cut down to
cells of another. Only a value that no woman at all has is shown as zero, everywhere, as if it were not on the
list. So a withheld cell does not say whether anybody is in it.

What this does not cover. Two publications of a growing set: whoever sees 1,000 yesterday and 1,001 today has
subtracted, so freeze the records by whole periods and publish seldom. And what everybody knows about
the columns: of two that follow from each other (municipality and department), offer one in a set of tables.

Source: Hundepool et al., Statistical Disclosure Control (Wiley 2012), chapter 4 (with linked tables);
Willenborg & de Waal, Elements of Statistical Disclosure Control (Springer 2001).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import prod

import numpy as np
import numpy.typing as npt

from resguardo.core.errors import ResguardoError
from resguardo.core.suppression import Axes, Suppression
from resguardo.core.twoway import Counts, Mask

LEAST = 5
DEPTH = 3
HIDDEN = -1


class DisclosureError(ResguardoError):
    """A figure was asked for that does not exist or may not be made."""

    code = "disclosure"


@dataclass(frozen=True)
class Single:
    """A dimension of which every record has exactly one value; "not stated" is a value of its own.

    `codes[i]` is the value of record i, from 0 to size - 1. `last` are values to withhold first where
    something has to be withheld to protect another: "not stated", "other".
    """

    codes: npt.NDArray[np.integer]
    size: int
    last: tuple[int, ...] = ()


@dataclass(frozen=True)
class Many:
    """A dimension of which a record may have several values, or none: record rows[j] has codes[j].

    Its values do not add up to anything, so each is protected as a question of its own: has it, has it not.
    """

    rows: npt.NDArray[np.integer]
    codes: npt.NDArray[np.integer]
    size: int


@dataclass(frozen=True)
class Protected:
    """Counts of a table, one axis per dimension in the order asked; -1 where `shown` is False. Read-only."""

    counts: Counts
    shown: Mask


class Tables:
    """Every table of at most `depth` of the `columns` over a frozen set of `records`, protected together.

    Tables are made when first asked for and kept; what is shown does not depend on the order of asking.
    Raises DisclosureError for a column whose codes do not fit.
    """

    def __init__(
        self, records: int, columns: Mapping[str, Single | Many], least: int = LEAST, depth: int = DEPTH
    ) -> None:
        self.records, self.least, self.depth = records, least, depth
        self.columns = {name: _checked(name, columns[name], records) for name in sorted(columns)}
        self._tallies: dict[tuple[str, ...], Counts] = {}
        self._kept: dict[tuple[str, ...], tuple[Counts, Mask]] = {}
        self._published: dict[tuple[str, ...], Protected] = {}

    def table(self, dims: Sequence[str]) -> Protected:
        """The counts by `dims`; for a dimension of several values, of those who have each value.

        Raises DisclosureError for an unknown or repeated dimension, or more than `depth` of them.
        """
        names = self._known(dims)
        if names not in self._published:
            self._published[names] = self._publish(names)
        whole = self._published[names]
        order = [names.index(name) for name in dims]
        return Protected(whole.counts.transpose(order), whole.shown.transpose(order))

    def count(self, where: Mapping[str, int]) -> int | None:
        """How many records meet every condition of `where` (dimension: value); None if it is withheld.

        Raises DisclosureError for an unknown dimension or value, or more than `depth` conditions.
        """
        found = int(self.table(tuple(where)).counts[self._place(where)])
        return None if found == HIDDEN else found

    def breakdown(self, by: str, where: Mapping[str, int]) -> Protected:
        """The counts by the values of `by` among the records that meet `where`. Raises as `count`."""
        whole = self.table((*where, by))
        place = self._place(where)
        return Protected(whole.counts[place], whole.shown[place])

    def _publish(self, names: tuple[str, ...]) -> Protected:
        """What may be read by anybody, and changed by nobody: no count stands where none is shown."""
        counts, shown = self._protected(names)
        has: list[slice | int] = []
        for name in names:
            has += [slice(None), 0] if isinstance(self.columns[name], Many) else [slice(None)]
        seen = np.asarray(shown[tuple(has)]).copy()
        told = np.where(seen, counts[tuple(has)], HIDDEN)
        seen.setflags(write=False)
        told.setflags(write=False)
        return Protected(told, seen)

    def _known(self, dims: Sequence[str]) -> tuple[str, ...]:
        if any(name not in self.columns for name in dims) or len(set(dims)) < len(dims):
            raise DisclosureError(
                "This filter is not one of those that can be asked.",
                remedy="Choose from the list of filters.",
            )
        if len(dims) > self.depth:
            raise DisclosureError(
                "With so many filters a figure could point at one woman.", remedy="Take a filter away."
            )
        return tuple(sorted(dims))

    def _place(self, where: Mapping[str, int]) -> tuple[int, ...]:
        if any(not 0 <= value < self.columns[name].size for name, value in where.items()):
            raise DisclosureError(
                "This value is not one of those that can be asked.", remedy="Choose from the list of values."
            )
        return tuple(where.values())

    def _protected(self, names: tuple[str, ...]) -> tuple[Counts, Mask]:
        """Counts and shown cells by sorted `names`; a dimension of several values has two axes, value and
        has it or not."""
        if names not in self._kept:
            counts = self._cells(names, tuple(n for n in names if isinstance(self.columns[n], Many)))
            self._kept[names] = (counts, self._shown(names, counts))
        return self._kept[names]

    def _shown(self, names: tuple[str, ...], counts: Counts) -> Mask:
        """The table's own rule applied under its margins, one table for every value of the `Many`."""
        if not names:
            return np.asarray((counts == 0) | (counts >= self.least))
        values, sums = self._axes(names)
        order = (*values, *sums)
        tables = prod(counts.shape[axis] for axis in values)

        def stacked(cells: Mask) -> Mask:
            full = [counts.shape[axis] if axis in values else n for axis, n in enumerate(cells.shape)]
            whole = np.broadcast_to(cells, full).transpose(order)
            return whole.reshape(tables, *(cells.shape[axis] for axis in sums))

        margins: dict[Axes, Mask] = {}
        for size in range(len(names)):
            for kept in combinations(range(len(names)), size):
                shown = self._protected(tuple(names[i] for i in kept))[1]
                margins[tuple(i + 1 for i in kept)] = stacked(self._spread(names, kept, shown))
        first = stacked(self._first(names))
        flat = counts.transpose(order).reshape(tables, *(counts.shape[axis] for axis in sums))
        settled = Suppression(flat, margins, first, self.least).settle()
        back: Mask = settled.reshape([counts.shape[axis] for axis in order]).transpose(np.argsort(order))
        return back

    def _axes(self, names: tuple[str, ...]) -> tuple[list[int], list[int]]:
        """The axes that number the values of a `Many`, and those along which counts add up."""
        values, sums, axis = [], [], 0
        for name in names:
            if isinstance(self.columns[name], Many):
                values.append(axis)
                axis += 1
            sums.append(axis)
            axis += 1
        return values, sums

    def _spread(self, names: tuple[str, ...], kept: tuple[int, ...], cells: Mask) -> Mask:
        """`cells`, a margin by the names at `kept`, with an axis of length 1 for all that were left out."""
        for i, name in enumerate(names):
            if i not in kept:
                at = sum(2 if isinstance(self.columns[n], Many) else 1 for n in names[:i])
                new = (at, at + 1) if isinstance(self.columns[name], Many) else at
                cells = np.expand_dims(cells, new)
        return cells

    def _first(self, names: tuple[str, ...]) -> Mask:
        """The cells of which a value is to be given up first."""
        marks: Mask = np.zeros((), bool)
        for name in names:
            column = self.columns[name]
            last = column.last if isinstance(column, Single) else ()
            own = np.isin(np.arange(column.size), last)
            marks = marks[..., None] | own
            if isinstance(column, Many):
                marks = np.repeat(marks[..., None], 2, axis=-1)
        return marks

    def _cells(self, names: tuple[str, ...], many: tuple[str, ...]) -> Counts:
        """The counts by `names`, in which those of `many` have been parted into has it and has it not."""
        if not many:
            return self._tally(names)
        has = self._cells(names, many[1:])
        axis = names.index(many[0])
        whole = self._cells(tuple(name for name in names if name != many[0]), many[1:])
        return np.stack([has, np.expand_dims(whole, axis) - has], axis=axis + 1)

    def _tally(self, names: tuple[str, ...]) -> Counts:
        """How many records have each combination of values."""
        if names not in self._tallies:
            packed, rows = np.zeros(self.records, np.int64), None
            for name in names:
                packed, rows = _joined(packed, rows, self.columns[name])
            sizes = [self.columns[name].size for name in names]
            self._tallies[names] = np.bincount(packed, minlength=prod(sizes)).reshape(sizes).astype(np.int64)
        return self._tallies[names]


def _checked(name: str, column: Single | Many, records: int) -> Single | Many:
    """`column`; a `Many` in order of its records and without repetitions."""
    codes = np.asarray(column.codes)
    wrong = column.size < 1 or (codes.size and not 0 <= codes.min() <= codes.max() < column.size)
    if isinstance(column, Single):
        wrong = wrong or codes.shape != (records,)
    else:
        rows = np.asarray(column.rows)
        wrong = (
            wrong or rows.shape != codes.shape or (rows.size and not 0 <= rows.min() <= rows.max() < records)
        )
    if wrong:
        raise DisclosureError("The values of %(name)s do not fit the records.", name=name)
    if isinstance(column, Single):
        return column
    pairs = np.unique(rows.astype(np.int64) * column.size + codes)
    return Many(pairs // column.size, pairs % column.size, column.size)


def _joined(packed: Counts, rows: Counts | None, column: Single | Many) -> tuple[Counts, Counts | None]:
    """`packed` with the values of `column` as one more digit; `rows` says whose each is (None: in order)."""
    if isinstance(column, Single):
        codes = column.codes if rows is None else column.codes[rows]
        return packed * column.size + codes, rows
    if rows is None:
        return packed[column.rows] * column.size + column.codes, np.asarray(column.rows, np.int64)
    start = np.searchsorted(column.rows, rows)
    number = np.searchsorted(column.rows, rows, side="right") - start
    offset = np.arange(number.sum()) - np.repeat(np.cumsum(number) - number, number)
    codes = column.codes[np.repeat(start, number) + offset]
    return np.repeat(packed, number) * column.size + codes, np.repeat(rows, number)
