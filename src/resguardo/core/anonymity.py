"""Records that can be handed to researchers: whoever knows a woman finds at least `k` records like hers.

The quasi-identifiers are what a neighbour may know (place, age, people, language). Values are withheld, one
record at a time, until every combination of them occurs `k` times or not at all; what still stands alone is
left out. The reading is the strict one: a withheld value is a value of its own, equal only to itself, so that
nobody has to trust that a gap could have been anything.

It says who a record could be about, not what it tells: if all `k` women of a class report the same thing,
that is known of each. Give out few columns that are not quasi-identifiers.
Source: Sweeney, "Achieving k-anonymity privacy protection using generalization and suppression" (2002);
Hundepool et al., Statistical Disclosure Control (Wiley 2012), section 3.6 (local suppression).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import numpy.typing as npt

from resguardo.core.disclosure import LEAST, DisclosureError, Single

Numbers = npt.NDArray[np.int64]

ROOM = 1 << 62  # keys are packed into 63 bits


@dataclass(frozen=True)
class Anonymised:
    """What can be handed over, and what it cost.

    `columns` hold the records numbered `kept` of those given, in their order; in a quasi-identifier the code
    `size - 1`, one more than before, means withheld. `withheld` counts values by column.
    """

    columns: Mapping[str, Single]
    kept: Numbers
    withheld: Mapping[str, int]
    dropped: int
    smallest: int


def smallest_class(columns: Mapping[str, Single], quasi: Sequence[str]) -> int:
    """The number of records in the rarest combination of `quasi`; 0 if there are no records."""
    numbers = _sizes(_keys(_chosen(columns, quasi)))
    return int(numbers.min()) if numbers.size else 0


def anonymise(columns: Mapping[str, Single], quasi: Sequence[str], k: int = LEAST) -> Anonymised:
    """Withhold values of `quasi` until every combination of them occurs at least `k` times.

    Fewest values first; among as many, those of the columns named first in `quasi`, so name last what is
    to be given up last. The other columns are passed on as they are.
    Raises DisclosureError for an unknown column, columns of unlike length, no quasi-identifier, or k below 2.
    """
    chosen = _chosen(columns, quasi)
    if k < 2:
        raise DisclosureError("A woman is hidden among at least two.")
    codes = np.column_stack([column.codes for column in chosen]).astype(np.int64)
    marks = np.array([column.size for column in chosen])
    open_ = _settle(codes, marks, k)
    kept = np.delete(np.arange(len(codes)), open_)
    result = {name: replace(column, codes=column.codes[kept]) for name, column in columns.items()}
    for i, name in enumerate(quasi):
        size = columns[name].size
        result[name] = Single(codes[kept, i], size + 1, (*columns[name].last, size))
    return Anonymised(
        columns=result,
        kept=kept,
        withheld={name: int((codes[kept, i] == marks[i]).sum()) for i, name in enumerate(quasi)},
        dropped=int(open_.size),
        smallest=smallest_class(result, quasi),
    )


def _settle(codes: Numbers, marks: Numbers, k: int) -> Numbers:
    """Withhold in `codes`, in place; the records for which nothing helped.

    Records of one combination are always treated alike, so a class once large enough is never broken.
    """
    sizes = marks + 1
    open_ = np.flatnonzero(_sizes(_packed(codes, sizes)) < k)
    settled: dict[tuple[int, ...], list[Numbers]] = {}
    for given_up in _subsets(codes.shape[1]):
        if not open_.size:
            break
        alike = np.concatenate([open_, *settled.get(given_up, [])])
        trial = codes[alike]
        trial[:, given_up] = marks[list(given_up)]
        enough = (_sizes(_packed(trial, sizes)) >= k)[: open_.size]
        helped = open_[enough]
        codes[helped] = trial[: open_.size][enough]
        settled.setdefault(given_up, []).append(helped)
        open_ = open_[~enough]
    return open_


def _subsets(width: int) -> Iterator[tuple[int, ...]]:
    """Which columns to give up together: few before many, the first named before the last."""
    for size in range(1, width + 1):
        yield from sorted(combinations(range(width), size), key=lambda chosen: chosen[::-1])


def _chosen(columns: Mapping[str, Single], quasi: Sequence[str]) -> list[Single]:
    if not quasi or len(set(quasi)) < len(quasi) or any(name not in columns for name in quasi):
        raise DisclosureError("The columns by which a woman could be known are not among those given.")
    if len({column.codes.shape for column in columns.values()}) > 1:
        raise DisclosureError("The columns are not of one length.")
    return [columns[name] for name in quasi]


def _keys(columns: Sequence[Single]) -> Numbers:
    codes = np.column_stack([column.codes for column in columns]).astype(np.int64)
    return _packed(codes, np.array([column.size for column in columns]))


def _packed(codes: Numbers, sizes: Numbers) -> Numbers:
    """One number for each row of `codes`, equal where the rows are."""
    keys, room = np.zeros(len(codes), np.int64), 1
    for i, size in enumerate(sizes):
        if room * int(size) > ROOM:
            keys = np.unique(keys, return_inverse=True)[1]
            room = len(codes)
        keys = keys * size + codes[:, i]
        room *= int(size)
    return keys


def _sizes(keys: Numbers) -> Numbers:
    """For each key, how many there are of it."""
    _, inverse, number = np.unique(keys, return_inverse=True, return_counts=True)
    found: Numbers = number[inverse]
    return found
