"""What an indicator is, for some of the entries: in whole, and broken down by one dimension.

Counts are of NumPy; Kaplan-Meier and its confidence band are SciPy's. Exact figures: who may see them, and
what is withheld from everybody else, is decided above (`queries`, `releases`).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from resguardo.core.indicator import Indicator
from resguardo.indicators.columns import Columns, Mask

if TYPE_CHECKING:
    from scipy.stats import EmpiricalDistributionFunction

Numbers = npt.NDArray[np.floating]
HOUR, DAY = 3600, 86400


@dataclass(frozen=True)
class Cell:
    """One figure. `count` is how many rows it rests on, `part` how many of them a share is of.

    `value` is a count, a share or mean in hundredths, or a median in times, days or hours; None where
    nothing can be said, or where the median has not been reached. `high` is the 90th percentile.
    """

    count: int
    value: float | None = None
    part: int | None = None
    high: float | None = None


@dataclass(frozen=True)
class Measured:
    """An indicator in whole, and by the codes of `by` (only those that occur), "" standing for not stated."""

    indicator: Indicator
    whole: Cell
    by: str = ""
    rows: tuple[tuple[str, Cell], ...] = ()


@dataclass(frozen=True)
class Curve:
    """Kaplan-Meier: the share still waiting after so many hours, its 95 % band, and how many still waited.

    `lasted` is how long each waited or has waited so far, in order.
    """

    label: str
    hours: Numbers = field(repr=False)
    share: Numbers = field(repr=False)
    low: Numbers = field(repr=False)
    high: Numbers = field(repr=False)
    at_risk: tuple[tuple[float, int], ...] = ()
    median: float | None = None
    lasted: Numbers = field(default_factory=lambda: np.empty(0), repr=False)

    def waiting_at(self, hours: float) -> int:
        """How many had not ended before so many hours."""
        return int(len(self.lasted) - np.searchsorted(self.lasted, hours))


@dataclass(frozen=True)
class Rows:
    """The rows that an indicator is about, and what of each of them it needs."""

    base: Mask
    part: Mask | None = None
    numbers: Numbers | None = None
    censored: Mask | None = None


def measure(indicator: Indicator, columns: Columns, mask: Mask, now: int, by: str = "") -> Measured:
    """`indicator` over the entries of `mask`, as things stand at the second `now`.

    Raises KeyError for a dimension that the columns have not.
    """
    rows = rows_of(indicator, columns, mask, now)
    figure = FIGURES[indicator.how]
    # The waits of different steps have no median in common.
    mixed = indicator.how == "wait" and "step" not in indicator.of
    whole = Cell(int(rows.base.sum())) if mixed else figure(rows, np.flatnonzero(rows.base))
    if not by:
        return Measured(indicator, whole)
    found = columns.dimension(by, indicator.over)
    if indicator.how in ("count", "share", "late"):
        return Measured(indicator, whole, by, _counted(rows, found.codes, found.rows, found.values))
    return Measured(indicator, whole, by, _grouped(figure, rows, found.codes, found.rows, found.values))


def rows_of(indicator: Indicator, columns: Columns, mask: Mask, now: int) -> Rows:
    """The rows of `indicator` among the entries of `mask`."""
    over = indicator.over
    base = columns.carried(mask, over) & columns.where(indicator.of, over)
    match indicator.how:
        case "share" if indicator.within:
            return Rows(base, _hours(indicator, columns, now)[0] <= indicator.within)
        case "share":
            return Rows(base, columns.where(indicator.part, over))
        case "mean" | "middle":
            numbers = columns.numbers(indicator.number)
            return Rows(base & (numbers >= 0), numbers=numbers.astype(float))
        case "gap":
            return _gap(columns.numbers(indicator.since), columns.numbers(indicator.until), base)
        case "wait":
            hours, censored = _hours(indicator, columns, now)
            return Rows(base & (hours >= 0), numbers=hours, censored=censored)
        case "late":
            due, done = columns.numbers("due", over), columns.numbers("done", over)
            return Rows(base & (due >= 0), np.where(done >= 0, done, now) > due)
    return Rows(base)


def _gap(since: npt.NDArray[np.integer], until: npt.NDArray[np.integer], base: Mask) -> Rows:
    """Days between two dates, where both are known and in order."""
    days = until.astype(float) - since
    return Rows(base & (since >= 0) & (until >= 0) & (days >= 0), numbers=days)


def _hours(indicator: Indicator, columns: Columns, now: int) -> tuple[Numbers, Mask]:
    """Hours from the report, or from when it was owed, and whether its end is still to come."""
    over = indicator.over
    if over == "acts":
        entry = columns.entry_of(over)
        return (columns.numbers("at", over) - columns.opened[entry]) / HOUR, np.zeros(len(entry), np.bool_)
    done = columns.numbers("done", over)
    begins = columns.numbers("since", over) if indicator.begins == "owed" else columns.opened_of_stretches
    return (np.where(done >= 0, done, now) - begins) / HOUR, done < 0


def _count(rows: Rows, at: npt.NDArray[np.integer]) -> Cell:
    return Cell(len(at), float(len(at)))


def _share(rows: Rows, at: npt.NDArray[np.integer]) -> Cell:
    assert rows.part is not None
    part = int(rows.part[at].sum())
    return Cell(len(at), 100 * part / len(at) if len(at) else None, part)


def _mean(rows: Rows, at: npt.NDArray[np.integer]) -> Cell:
    assert rows.numbers is not None
    return Cell(len(at), float(rows.numbers[at].mean()) if len(at) else None)


def _middle(rows: Rows, at: npt.NDArray[np.integer]) -> Cell:
    assert rows.numbers is not None
    if not len(at):
        return Cell(0)
    median, high = np.percentile(rows.numbers[at], (50, 90))
    return Cell(len(at), float(median), high=float(high))


def _wait(rows: Rows, at: npt.NDArray[np.integer]) -> Cell:
    """The median and the 90th percentile of a waiting time, where both may still be to come."""
    assert rows.numbers is not None
    assert rows.censored is not None
    if not len(at):
        return Cell(0)
    done = int(len(at) - rows.censored[at].sum())
    if not done:
        return Cell(len(at), part=0)
    survival = kaplan_meier(rows.numbers[at], rows.censored[at])
    return Cell(len(at), _reached(survival, 0.5), done, _reached(survival, 0.1))


def kaplan_meier(hours: Numbers, waiting: Mask) -> EmpiricalDistributionFunction:
    """How many still wait after how long, where some of the waits have not ended."""
    # SciPy takes most of a second to load, and a server that starts again is waited for.
    from scipy import stats

    return stats.ecdf(stats.CensoredData(uncensored=hours[~waiting], right=hours[waiting])).sf


def _reached(survival: EmpiricalDistributionFunction, share: float) -> float | None:
    """After how many hours no more than `share` still wait; None where it has not come to that."""
    low = np.flatnonzero(survival.probabilities <= share + 1e-12)
    return float(survival.quantiles[low[0]]) if len(low) else None


FIGURES: dict[str, Callable[[Rows, npt.NDArray[np.integer]], Cell]] = {
    "count": _count,
    "share": _share,
    "late": _share,
    "mean": _mean,
    "middle": _middle,
    "gap": _middle,
    "wait": _wait,
    "awaits": lambda _rows, _at: Cell(0),
}


def _counted(
    rows: Rows, codes: npt.NDArray[np.integer], of: npt.NDArray[np.integer] | None, values: Sequence[str]
) -> tuple[tuple[str, Cell], ...]:
    """Counts and shares by a dimension: two passes over the rows, however many values it has."""
    names = [*values, ""]
    at = rows.base if of is None else rows.base[of]
    counts = np.bincount(codes[at] % len(names), minlength=len(names))
    if rows.part is None:
        return tuple((n, Cell(int(c), float(c))) for n, c in zip(names, counts, strict=True) if c)
    chosen = at & (rows.part if of is None else rows.part[of])
    parts = np.bincount(codes[chosen] % len(names), minlength=len(names))
    return tuple(
        (name, Cell(int(count), 100 * int(part) / int(count), int(part)))
        for name, count, part in zip(names, counts, parts, strict=True)
        if count
    )


def _grouped(
    figure: Callable[[Rows, npt.NDArray[np.integer]], Cell],
    rows: Rows,
    codes: npt.NDArray[np.integer],
    of: npt.NDArray[np.integer] | None,
    values: Sequence[str],
) -> tuple[tuple[str, Cell], ...]:
    """A figure by a dimension: the rows are put in order of their code once, then each code's are taken."""
    names = [*values, ""]
    at = np.flatnonzero(rows.base if of is None else rows.base[of])
    # Whole numbers of 16 bits are put in order fastest.
    keys = (codes[at] % len(names)).astype(np.int16)
    order = np.argsort(keys, kind="stable")
    bounds = np.searchsorted(keys[order], np.arange(len(names) + 1))
    source = at if of is None else of[at]
    return tuple(
        (name, figure(rows, source[order[bounds[place] : bounds[place + 1]]]))
        for place, name in enumerate(names)
        if bounds[place + 1] > bounds[place]
    )


def curve(indicator: Indicator, columns: Columns, mask: Mask, now: int, label: str) -> Curve | None:
    """The Kaplan-Meier curve of a wait over the entries of `mask`; None where nothing has ended yet."""
    rows = rows_of(indicator, columns, mask, now)
    assert rows.numbers is not None
    assert rows.censored is not None
    hours, waiting = rows.numbers[rows.base], rows.censored[rows.base]
    if not (~waiting).any():
        return None
    survival = kaplan_meier(hours, waiting)
    with warnings.catch_warnings():
        # At the very end nobody is left to say anything about; the band is drawn as wide as can be there.
        warnings.simplefilter("ignore", RuntimeWarning)
        band = survival.confidence_interval()
    ends = np.linspace(0, float(survival.quantiles.max()), 5)
    risk = tuple((float(end), int((hours >= end).sum())) for end in ends)
    return Curve(
        label,
        survival.quantiles,
        survival.probabilities,
        np.nan_to_num(band.low.probabilities, nan=0.0),
        np.nan_to_num(band.high.probabilities, nan=1.0),
        risk,
        _reached(survival, 0.5),
        np.sort(hours),
    )
