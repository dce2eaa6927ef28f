"""How large a withheld cell of a two-way table could be, for all that its margins and shown cells say.

To raise a cell and keep every row and column total, other withheld cells of its row and column are lowered
and those where they cross raised again. How far that goes before a cell would fall below nothing is a
greatest flow between the cell's row and its column. Most cells are settled without it: rows that can each
take all that is wanted along the cell's row, and together give it in the cell's column, are enough, because
no cut is smaller.
Source: Gusfield, "A graph theoretic approach to statistical data security", SIAM J. Comput. 17 (1988);
Hundepool et al., Statistical Disclosure Control (2012), section 4.4 (the hypercube method, for the repair).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

NEVER = np.int64(1) << 60


class Slices:
    """Many two-way tables of one shape: `counts`, `withheld` and `cost` are (tables, rows, columns).

    Rows and columns whose own total is withheld are taken together as one more row and column, because only
    the sum of their totals is known. `widen` adds to `withheld`.
    """

    def __init__(
        self, counts: Counts, withheld: Mask, rows: Mask, columns: Mask, cost: Counts, least: int
    ) -> None:
        self.withheld, self.least = withheld.copy(), least
        self.counts = _lump(_lump(counts, rows, 1), columns, 2)
        self.secret = _lump(_lump(withheld.astype(np.int64), rows, 1), columns, 2) > 0
        self.cost = np.pad(cost, ((0, 0), (0, 1), (0, 1)), constant_values=NEVER)

    def narrow(self, known: Mask) -> Counts:
        """Where a small secret may not be able to reach `least`: (table, row, column), one a line.

        Only tables marked in `known` (their total is shown) are looked at.
        """
        risky = self.secret & (self.counts < self.least) & known[:, None, None]
        places = np.argwhere(risky)
        settled = _roomy(self.counts, self.secret, places, self.least)
        places = places[~settled]
        turned = places[:, [0, 2, 1]]
        settled = _roomy(self.counts.transpose(0, 2, 1), self.secret.transpose(0, 2, 1), turned, self.least)
        return places[~settled]

    def widen(self, known: Mask) -> bool:
        """Withhold more until every small secret can reach `least`; whether anything had to be."""
        changed = False
        for table, row, column in self.narrow(known):
            while self.reach(table, row, column) < self.least:
                self._open(table, row, column)
                changed = True
        return changed

    def reach(self, table: int, row: int, column: int) -> int:
        """The largest count that the cell could have, if below `least`; from there on no more is told."""
        # SciPy takes long to load, and most of what starts never needs it.
        from scipy.sparse import csr_matrix  # type: ignore[import-untyped]
        from scipy.sparse.csgraph import maximum_flow  # type: ignore[import-untyped]

        counts, secret = self.counts[table], self.secret[table]
        rows, columns = counts.shape
        down = np.where(secret, np.minimum(counts, self.least), 0)
        down[row, column] = 0
        capacity = np.zeros((rows + columns,) * 2, np.int32)
        capacity[:rows, rows:] = down
        capacity[rows:, :rows] = secret.T * np.int32(1 << 20)
        capacity[rows + column, row] = 0
        flow = maximum_flow(csr_matrix(capacity), row, rows + column).flow_value
        return int(counts[row, column] + flow)

    def _open(self, table: int, row: int, column: int) -> None:
        """Withhold the cheapest rectangle through the cell that lets it grow; failing that, any next cell."""
        counts = self.counts[table]
        price = np.where(self.secret[table], 0, self.cost[table])
        wanted = self.least - counts[row, column]
        down, along = counts[:, column] >= wanted, counts[row] >= wanted
        down[row] = along[column] = False
        total = price + price[:, [column]] + price[[row]]
        total[~(down[:, None] & along)] = NEVER
        other = np.unravel_index(int(total.argmin()), total.shape)
        if 0 < total[other] < NEVER:
            corners = [other, (other[0], column), (row, other[1])]
        else:
            corners = [self._nearest(price, row, column)]
        for corner in corners:
            self._withhold(table, int(corner[0]), int(corner[1]))

    def _nearest(self, price: Counts, row: int, column: int) -> tuple[np.intp, ...]:
        near = np.zeros(price.shape, bool)
        near[row] = near[:, column] = True
        for where in (near, ~near):
            cost = np.where(where & (price > 0), price, NEVER)
            if cost.min() < NEVER:
                return np.unravel_index(int(cost.argmin()), cost.shape)
        raise AssertionError("A table with everything withheld leaves no narrow cell.")

    def _withhold(self, table: int, row: int, column: int) -> None:
        self.secret[table, row, column] = True
        if row < self.withheld.shape[1] and column < self.withheld.shape[2]:
            self.withheld[table, row, column] = True


def _lump(cells: Counts, shown: Mask, axis: int) -> Counts:
    """`cells` with those whose total along `axis` is not shown moved, added up, into one more place."""
    own = np.expand_dims(shown, 3 - axis)
    rest = np.where(own, 0, cells).sum(axis=axis, keepdims=True)
    return np.concatenate([np.where(own, cells, 0), rest], axis=axis)


def _roomy(counts: Counts, secret: Mask, places: Counts, least: int) -> Mask:
    """The places whose cells reach `least` by way of rows that can each take all that is wanted."""
    table, row, column = places.T
    inside = counts * secret
    across = inside @ secret.transpose(0, 2, 1).astype(np.int64)
    wanted = least - counts[table, row, column]
    helpers = secret[table, :, column]
    along = across[table, row] - inside[table, row, column][:, None] * helpers
    useful = helpers & (along >= wanted[:, None])
    useful[np.arange(row.size), row] = False
    settled: Mask = np.where(useful, counts[table, :, column], 0).sum(axis=1) >= wanted
    return settled
