"""Reading a snapshot: dimensions, conditions, numbers, each one array beside the rows of its table.

An array per question and no loop over women: a figure over a million records takes milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from resguardo.core.codes import Register
from resguardo.core.indicator import OF_ACTS, OF_STRETCHES, Over
from resguardo.indicators import snapshot
from resguardo.registry.following import register

Codes = npt.NDArray[np.integer]
Mask = npt.NDArray[np.bool_]
OWN: Mapping[Over, tuple[str, ...]] = {"entries": (), "stretches": OF_STRETCHES, "acts": OF_ACTS}
TIMES = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True)
class Dimension:
    """What rows may be broken down by: `codes[i]` is the place in `values` of the row `rows[i]`.

    `rows` is None where every row has exactly one value, in order; -1 is "not stated".
    """

    codes: Codes
    values: Sequence[str]
    rows: Codes | None = None


class Columns:
    """One snapshot, whole. Arrays are made when first asked for, and kept."""

    def __init__(self, place: Path, known: Register) -> None:
        self.place, self.register = place, known
        self.entries = snapshot.read(place, "entries")
        self._kept: dict[tuple[str, str], Dimension] = {}

    @property
    def count(self) -> int:
        """How many entries there are."""
        return self.entries.num_rows

    @cached_property
    def stretches(self) -> pa.Table:
        """The steps that were owed."""
        return snapshot.read(self.place, "stretches")

    @cached_property
    def acts(self) -> pa.Table:
        """What is counted of histories."""
        return snapshot.read(self.place, "acts")

    def table(self, over: Over) -> pa.Table:
        """The table that an indicator is over."""
        return getattr(self, over)

    def numbers(self, name: str, over: Over = "entries") -> npt.NDArray[np.integer]:
        """A column of whole numbers, -1 where there is none."""
        return _array(self.table(over)[name])

    @cached_property
    def opened(self) -> npt.NDArray[np.integer]:
        """The second in which each entry's case was opened."""
        return self.numbers("opened")

    @cached_property
    def opened_of_stretches(self) -> npt.NDArray[np.integer]:
        """The second in which the case of each stretch was opened."""
        return self.opened[self.entry_of("stretches")]

    @lru_cache(maxsize=2)  # noqa: B019 - a snapshot lives as long as the process uses it
    def entry_of(self, over: Over) -> Codes:
        """For each row of stretches or acts, the place of its entry among the entries."""
        return np.searchsorted(self.numbers("id"), self.numbers("entry", over))

    def dimension(self, name: str, over: Over = "entries") -> Dimension:
        """The dimension `name` of the rows of `over`; those of entries hold for whatever belongs to them."""
        if (name, over) not in self._kept:
            self._kept[name, over] = self._made(name, over)
        return self._kept[name, over]

    def _made(self, name: str, over: Over) -> Dimension:
        if over == "stretches" and name == "done":
            return Dimension((self.numbers("done", over) >= 0).astype(np.int8), ("no", "yes"))
        if name in OWN[over]:
            return _texts(self.table(over)[name])
        whole = self._of_entries(name)
        return whole if over == "entries" else _carried(whole, self.entry_of(over), self.count)

    def _of_entries(self, name: str) -> Dimension:
        if name in TIMES:
            months = self.numbers("month")
            first = int(months.min()) // TIMES[name] if self.count else 0
            codes = months // TIMES[name] - first
            last = int(codes.max()) + 1 if self.count else 0
            return Dimension(codes, [period(name, first + place) for place in range(last)])
        if name in ("keeper", "counted_by"):
            return _texts(self.entries[name])
        spec = self.register.fields[name]
        values = [code.code for code in self.register.lists[spec.list_]]
        column = self.entries[name]
        if spec.kind != "codes":
            return Dimension(_array(column), values)
        lists = column.chunk(0) if column.num_chunks else pa.array([], pa.list_(pa.int16()))
        rows = pc.list_parent_indices(lists)
        return Dimension(_array(pc.list_flatten(lists)), values, _array(rows))

    def where(self, conditions: Mapping[str, Sequence[str]], over: Over = "entries") -> Mask:
        """Which rows of `over` have, for each field named, one of the codes."""
        mask = np.ones(self.table(over).num_rows, np.bool_)
        for name, codes in conditions.items():
            mask &= self.has(name, codes, over)
        return mask

    def has(self, name: str, codes: Sequence[str], over: Over = "entries") -> Mask:
        """Which rows have one of `codes` in the dimension `name`."""
        found = self.dimension(name, over)
        wanted = np.zeros(len(found.values) + 1, np.bool_)
        wanted[[place for place, value in enumerate(found.values) if value in set(codes)]] = True
        hits = wanted[found.codes]
        if found.rows is None:
            return hits
        mask = np.zeros(self.table(over).num_rows, np.bool_)
        mask[found.rows[hits]] = True
        return mask

    def between(self, since: str, until: str) -> Mask:
        """Which entries were opened in the months from `since` to `until` (2026-03), either one empty."""
        months = self.numbers("month")
        mask = np.ones(self.count, np.bool_)
        if since:
            mask &= months >= month_number(since)
        if until:
            mask &= months <= month_number(until)
        return mask

    def counted_by(self, party: str) -> Mask:
        """Which entries `party` may count: she lets it, and no other of this network counted it before."""
        found = self.dimension("counted_by")
        allowed = [value for value in found.values if f" {party} " in value]
        return self.has("counted_by", allowed) & self.once

    @cached_property
    def once(self) -> Mask:
        """Which entries were not reported in this network before."""
        return ~self.has("previously_reported", ["network"])

    def carried(self, mask: Mask, over: Over) -> Mask:
        """A mask of entries as one of the rows of `over`."""
        return mask if over == "entries" else mask[self.entry_of(over)]


def _array(column: pa.ChunkedArray | pa.Array) -> npt.NDArray[np.integer]:
    if isinstance(column, pa.ChunkedArray):
        column = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    return column.to_numpy(zero_copy_only=False)


def _texts(column: pa.ChunkedArray) -> Dimension:
    """A column of few different texts, with the texts in order."""
    whole = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
    if isinstance(whole, pa.ChunkedArray):
        whole = pa.concat_arrays(whole.chunks) if whole.num_chunks else pa.array([], pa.string())
    encoded = whole.dictionary_encode()
    order = np.argsort(np.array(encoded.dictionary.to_pylist(), dtype=object))
    rank = np.empty(len(order) + 1, np.int32)
    rank[order] = np.arange(len(order))
    values = [encoded.dictionary[int(place)].as_py() for place in order]
    return Dimension(rank[_array(encoded.indices)], values)


def _carried(whole: Dimension, entry: Codes, count: int) -> Dimension:
    """A dimension of entries, for rows of which each belongs to the entry at `entry`."""
    if whole.rows is None:
        return Dimension(whole.codes[entry], whole.values)
    lengths = np.bincount(whole.rows, minlength=count)
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    mine = lengths[entry]
    rows = np.repeat(np.arange(len(entry)), mine)
    inside = np.arange(len(rows)) - np.repeat(np.cumsum(mine) - mine, mine)
    return Dimension(whole.codes[starts[entry][rows] + inside], whole.values, rows)


def month_number(text: str) -> int:
    """Months since January 2000 of `2026-03`. Raises ValueError where it is no month."""
    year, _, month = text.partition("-")
    if not 1 <= int(month) <= 12:
        raise ValueError(text)
    return (int(year) - snapshot.EPOCH_YEAR) * 12 + int(month) - 1


def period(name: str, number: int) -> str:
    """How a month, quarter or year is written: 2026-03, 2026-T1, 2026."""
    size = TIMES[name]
    year, part = divmod(number * size, 12)
    year += snapshot.EPOCH_YEAR
    return {1: f"{year}-{part + 1:02}", 3: f"{year}-T{part // 3 + 1}", 12: str(year)}[size]


@lru_cache(maxsize=2)
def _opened(place: Path) -> Columns:
    return Columns(place, register())


def columns() -> Columns | None:
    """The newest columns, or None where no snapshot was made yet."""
    place = snapshot.current()
    return None if place is None else _opened(place)
