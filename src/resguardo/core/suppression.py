"""Which cells of a table of counts are withheld, so that no small one can be worked out from the others.

Rules, repeated until nothing changes; cells are only ever added to the withheld ones:

- *small*: a cell of fewer than `least` is withheld, and so is a cell one of whose margins is withheld;
- *lines*: along a line whose total is shown, the withheld cells are none, or two at least and `least`
  together, so that total minus shown never gives a small sum;
- *corners*: no cell is shown with which between 1 and `least` - 1 records share no value at all, because
  adding and subtracting its margins in turn tells how many those are;
- *bounds*: in every two-way table, and in every two-way slice of a larger one, each small withheld cell
  could for all that is shown there be `least` or more. By the duality of linear programming no sum of
  withheld cells that follows from such a table, however it is found, is between 1 and `least` - 1;
- *recovery*: no withheld cell is determined by the equations of its table and all its margins together.

What is withheld besides the small cells is what costs least, and the choice never depends on chance.

The limit: *bounds* is a promise about two-way tables and slices. Linear programming over a whole three-way
table may still find that some block of many values holds three or four records in all; it says nothing of
which cell they are in.

Source: Hundepool et al., Statistical Disclosure Control (Wiley 2012), chapter 4 (secondary suppression, the
hypercube method, auditing by linear programming); Willenborg & de Waal, Elements of Statistical Disclosure
Control (Springer 2001), chapter 6.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import numpy.typing as npt

from resguardo.core.twoway import NEVER, Counts, Mask, Slices

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix  # type: ignore[import-untyped]

# SciPy is loaded where it is used: it takes long to load, and most of what starts never needs it.
Axes = tuple[int, ...]
Part = tuple[int | slice, ...]
Cell = TypeVar("Cell", bound=np.generic)

ORDINARY = 1000  # how much dearer a record is outside the cells to be given up first
DETERMINED = 1e-6  # a random solution of the equations moves a free cell by far more than this


class Suppression:
    """The withheld cells of one table, or of many tables of one shape that do not touch each other.

    `counts` is (tables, n1, ..., nk). `margins` says for every proper subset of the axes 1..k which cells
    of that margin are shown: a mask that broadcasts to `counts` with the other axes of length 1. `first`
    marks the cells that are given up before others. After `settle`, `withheld` holds the answer; a
    value that no record has is no secret and never withheld.
    """

    def __init__(self, counts: Counts, margins: Mapping[Axes, Mask], first: Mask, least: int) -> None:
        self.counts, self.least = counts, least
        self.axes: Axes = tuple(range(1, counts.ndim))
        self.margins = {kept: np.broadcast_to(mask, self._shape(kept)) for kept, mask in margins.items()}
        self.void = np.zeros(counts.shape, bool)
        for axis in self.axes:
            self.void |= self._sum(counts, (axis,)) == 0
        shown = counts >= least
        for mask in self.margins.values():
            shown = shown & mask
        self.withheld: Mask = ~shown & ~self.void
        self.cost: Counts = np.where(self.void, NEVER, (1 + counts) * np.where(first, 1, ORDINARY))

    def settle(self) -> Mask:
        """Withhold until every rule holds; the shown cells."""
        while self._lines() or self._corners() or self._bounds() or self._recovered():
            pass
        return ~self.withheld

    def _shape(self, kept: Axes) -> tuple[int, ...]:
        sizes = self.counts.shape
        return (sizes[0], *(sizes[axis] if axis in kept else 1 for axis in self.axes))

    def _sum(self, cells: npt.NDArray[np.int64], kept: Axes) -> Counts:
        total: Counts = cells.sum(axis=tuple(a for a in self.axes if a not in kept), keepdims=True)
        return total

    def _others(self, *left_out: int) -> Axes:
        return tuple(axis for axis in self.axes if axis not in left_out)

    def _loneliness(self, axis: int) -> Counts:
        """How many lines through each cell, other than along `axis`, would have it as their only secret."""
        alone = np.zeros(self.counts.shape, np.int64)
        for other in self._others(axis):
            bare = ~self.withheld.any(axis=other, keepdims=True) & self.margins[self._others(other)]
            alone += bare
        return alone

    def _lines(self) -> bool:
        """Give every line with a shown total company enough for its secrets."""
        changed = False
        for axis in self.axes:
            number = self.withheld.sum(axis=axis)
            together = np.where(self.withheld, self.counts, 0).sum(axis=axis)
            known = self.margins[self._others(axis)].squeeze(axis) & ((~self.void).sum(axis=axis) > 1)
            bad = known & (number > 0) & ((number < 2) | (together < self.least))
            if not bad.any():
                continue
            cost = np.where(self.withheld | self.void, NEVER, self.cost * (1 + 2 * self._loneliness(axis)))
            lines = np.moveaxis(cost, axis, -1)[bad]
            chosen = lines.argmin(axis=1)
            places = list(np.nonzero(bad))
            places.insert(axis, chosen)
            self.withheld[tuple(places)] = True
            changed = True
        return changed

    def _corners(self) -> bool:
        """Withhold a cell with which few records share no value at all."""
        if len(self.axes) < 3:
            return False
        apart = np.zeros(self.counts.shape, np.int64)
        for kept in (*self.margins, self.axes):
            apart += (-1) ** len(kept) * self._sum(self.counts, kept)
        few = (apart > 0) & (apart < self.least) & ~self.withheld & ~self.void
        self.withheld |= few
        return bool(few.any())

    def _bounds(self) -> bool:
        """In every two-way slice, let each small secret be able to reach `least`."""
        changed = False
        for row, column in combinations(self.axes, 2):
            fixed = self._others(row, column)
            order = (0, *fixed, row, column)
            slices = Slices(
                self._sliced(self.counts, order),
                self._sliced(self.withheld, order),
                self._sliced(self.margins[self._others(column)], order)[:, :, 0],
                self._sliced(self.margins[self._others(row)], order)[:, 0, :],
                self._sliced(self.cost, order),
                self.least,
            )
            if slices.widen(self._sliced(self.margins[fixed], order)[:, 0, 0]):
                shape = tuple(self.counts.shape[axis] for axis in order)
                self.withheld |= slices.withheld.reshape(shape).transpose(np.argsort(order))
                changed = True
        return changed

    def _sliced(self, cells: npt.NDArray[Cell], order: Axes) -> npt.NDArray[Cell]:
        """`cells` as two-way tables (tables, rows, columns) by the last two axes of `order`."""
        sizes = self.counts.shape
        whole = np.broadcast_to(cells, sizes).transpose(order)
        return whole.reshape(-1, sizes[order[-2]], sizes[order[-1]])

    def _equations(self) -> csr_matrix:
        """One row for every shown margin that has secrets below it, one column for every secret."""
        from scipy.sparse import coo_matrix

        cells = np.nonzero(self.withheld)
        rows, columns, height = [], [], 0
        for kept, shown in self.margins.items():
            numbers = np.arange(shown.size).reshape(shown.shape)
            places = tuple(
                place if axis == 0 or axis in kept else np.zeros_like(place)
                for axis, place in enumerate(cells)
            )
            inside = np.flatnonzero(shown[places])
            rows.append(height + numbers[places][inside])
            columns.append(inside)
            height += shown.size
        row, column = np.concatenate(rows), np.concatenate(columns)
        row = np.unique(row, return_inverse=True)[1]
        shape = (int(row.max(initial=-1)) + 1, cells[0].size)
        return coo_matrix((np.ones(row.size), (row, column)), shape=shape).tocsr()

    def determined(self) -> Mask:
        """The withheld cells whose counts follow from what is shown of this table and its margins.

        A random vector is projected on the solutions of the homogeneous equations; a cell that does not
        move is determined. The vector is the same every time. Should the equations not be solved, every cell
        counts as determined, and the table is withheld.
        """
        from scipy.sparse.linalg import lsqr  # type: ignore[import-untyped]

        found = np.zeros(self.counts.shape, bool)
        equations = self._equations()
        if 0 in equations.shape:
            return found
        free = np.random.default_rng(5).uniform(1, 2, equations.shape[1])
        free *= np.random.default_rng(7).choice((-1, 1), free.size)
        for _ in range(3):
            free = (
                free - lsqr(equations, equations @ free, atol=1e-13, btol=1e-13, iter_lim=20 * free.size)[0]
            )
            if np.abs(equations @ free).max() < DETERMINED / 1000:
                found[self.withheld] = np.abs(free) < DETERMINED
                return found
        found[self.withheld] = True
        return found

    def _recovered(self) -> bool:
        """Withhold one more cell in each line through a determined one, unless it just got company there."""
        if len(self.axes) < 2:
            return False
        before = self.withheld.copy()
        for found in np.argwhere(self.determined()):
            place = tuple(int(i) for i in found)
            lines = list(self._through(place))
            if any((self.withheld[line] & ~before[line]).any() for line in lines):
                continue
            whole: Part = (place[0], *(slice(None) for _ in self.axes))
            if not sum(self._add(line) for line in lines):
                self._add(whole)
        return bool((self.withheld & ~before).any())

    def _through(self, place: tuple[int, ...]) -> Iterator[Part]:
        """The lines through `place` whose totals are shown."""
        for axis in self.axes:
            total = tuple(0 if i == axis else p for i, p in enumerate(place))
            if self.margins[self._others(axis)][total]:
                yield tuple(slice(None) if i == axis else p for i, p in enumerate(place))

    def _add(self, part: Part) -> bool:
        """Withhold the cheapest shown cell of `part`; False if there is none."""
        cost = np.where(self.withheld | self.void, NEVER, self.cost)[part]
        if cost.min() == NEVER:
            return False
        self.withheld[part].flat[int(cost.argmin())] = True
        return True
