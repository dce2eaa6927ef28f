"""Figures of all the records at once: the funnel of the route, and what is published without any filter."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np

from resguardo.core.disclosure import LEAST
from resguardo.core.indicator import Figures, Indicator
from resguardo.indicators.columns import Columns, Mask
from resguardo.indicators.counting import Cell, measure

ENOUGH = 20


def funnel(figures: Figures, columns: Columns, mask: Mask) -> list[int]:
    """How many of the entries of `mask` came to each stage, each among those of the stage before."""
    counts, still = [], mask.copy()
    for stage in figures.funnel:
        still &= columns.where(stage.of)
        if stage.step:
            rows = columns.where({"step": (stage.step,), "done": ("yes",)}, "stretches")
            came = np.zeros(columns.count, np.bool_)
            came[columns.entry_of("stretches")[rows]] = True
            still &= came
        counts.append(int(still.sum()))
    return counts


def extras(figures: Figures, columns: Columns, mask: Mask, at: datetime) -> dict[str, Any]:
    """What is published of the whole country, without filters: the funnel, and figures of many records.

    A figure of fewer than ENOUGH rows is None. Counts of steps and acts are not given out.
    """
    now = int(at.timestamp())
    wholes = {
        one.id: published_whole(one, columns, mask, now)
        for one in figures.indicator
        if one.leads and not one.public
    }
    return {"funnel": withheld(funnel(figures, columns, mask)), "wholes": wholes}


def published_whole(indicator: Indicator, columns: Columns, mask: Mask, now: int) -> dict[str, Any]:
    """An indicator and its usual breakdown, as values only."""
    found = measure(indicator, columns, mask, now, indicator.by[0])
    rows = {code: values(cell) for code, cell in found.rows if code}
    return {"whole": values(found.whole), "by": indicator.by[0], "rows": rows}


def values(cell: Cell) -> list[float | None] | None:
    """The value and the 90th percentile of a cell, rounded; None where it rests on too little."""
    if cell.count < ENOUGH or cell.value is None:
        return None
    return [round(cell.value, 1), None if cell.high is None else round(cell.high, 1)]


def withheld(counts: Sequence[int]) -> list[int | None]:
    """Nested counts, None where one, or how many fewer it is than the last one shown, is less than LEAST."""
    found: list[int | None] = []
    last: int | None = None
    for count in counts:
        few = 0 < count < LEAST or (last is not None and 0 < last - count < LEAST)
        found.append(None if few else count)
        last = last if few else count
    return found
