"""The public's figures: whole quarters, frozen, out of which no figure can be asked that points at one woman.

A quarter is frozen some days after its end, from the records that any institution may count. All figures that
the public can ask for, over all filters, are cells of tables protected together (`core.disclosure`); a later
correction or withdrawal changes the next quarter's records, never what was published.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings
from django.db import transaction

from resguardo import packs
from resguardo.core.disclosure import Many, Single, Tables
from resguardo.core.indicator import Figures
from resguardo.indicators import columns as reading
from resguardo.indicators import snapshot
from resguardo.indicators.columns import Columns, Mask, period
from resguardo.indicators.models import Release
from resguardo.indicators.whole import extras
from resguardo.jobs.commands import handles

# One filter and one breakdown. For tables of two dimensions `core.disclosure` can promise that no sum at all
# of what is shown gives away one to four women; for three it can only for differences.
DEPTH = 2
GRACE = timedelta(days=10)
EVERY = timedelta(hours=6)
LAST = frozenset({"", "unknown", "nd", "ND", "other", "no_answer"})


def figures() -> Figures:
    """The indicators of this deployment's country."""
    return packs.load(settings.PACK).figures


@handles("figures-release", every=EVERY, lease=timedelta(minutes=30))
def freeze(at: datetime) -> None:
    """Freeze every quarter that has ended and is not frozen yet."""
    place = snapshot.refresh()
    if place is None:
        return
    columns = reading.columns()
    assert columns is not None
    there = set(Release.objects.values_list("quarter", flat=True))
    for quarter in ended(columns, at):
        if period("quarter", quarter) not in there:
            made = release(columns, quarter, at)
            with transaction.atomic():
                Release.objects.get_or_create(
                    quarter=made.quarter,
                    defaults={n: getattr(made, n) for n in ("records", "rows", "extras", "made_at")},
                )


def ended(columns: Columns, at: datetime) -> range:
    """The numbers of the quarters from the first record's on that ended long enough before `at`."""
    quarters = columns.numbers("registered") // 3
    return range(int(quarters.min()), snapshot.month(at - GRACE, ZoneInfo(settings.TIME_ZONE)) // 3)


def release(columns: Columns, quarter: int, at: datetime) -> Release:
    """What is published of one quarter, not saved yet."""
    records, quarters = published(columns), columns.numbers("registered") // 3
    rows = table(columns, records & (quarters == quarter))
    found = extras(figures(), columns, records & (quarters <= quarter), at)
    return Release(
        quarter=period("quarter", quarter),
        records=rows.num_rows,
        rows=written(rows),
        extras=json.dumps(found),
        made_at=at,
    )


def published(columns: Columns) -> Mask:
    """The records that are published: whoever lets somebody count hers, once, and related to technology."""
    found = columns.dimension("counted_by")
    lead = next(one for one in figures().indicator if one.leads and one.public)
    allowed = columns.has("counted_by", [value for value in found.values if value.strip()])
    return allowed & columns.once & columns.where(lead.of)


def frozen_dimensions() -> tuple[str, ...]:
    """The fields that a release keeps: what the public may break down by, and what its shares are of."""
    public = figures()
    shares = [name for one in public.indicator if one.public for name in one.part]
    return tuple(dict.fromkeys([*(n for n in public.public_by if n != "quarter"), *shares]))


def table(columns: Columns, mask: Mask) -> pa.Table:
    """The frozen dimensions of some entries, as codes."""
    at = np.flatnonzero(mask)
    place_of = np.full(columns.count, -1, np.int64)
    place_of[at] = np.arange(len(at))
    made = {}
    for name in frozen_dimensions():
        found = columns.dimension(name)
        values = pa.array([*found.values, ""])
        if found.rows is None:
            made[name] = values.take(pa.array(found.codes[at] % len(values)))
            continue
        rows = place_of[found.rows]
        inside = rows >= 0
        lengths = np.bincount(rows[inside], minlength=len(at))
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
        codes = values.take(pa.array(found.codes[inside] % len(values)))
        made[name] = pa.ListArray.from_arrays(pa.array(offsets), codes)
    return pa.table(made) if made else pa.table({"none": pa.nulls(len(at))})


def written(rows: pa.Table) -> bytes:
    """A table in Arrow's file format, compressed."""
    out = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_file(out, rows.schema, options=options) as writer:
        writer.write_table(rows)
    return out.getvalue().to_pybytes()


class Published:
    """All releases together: how many records and quarters, the tables, and the codes of each dimension."""

    def __init__(self, releases: list[Release]) -> None:
        self.quarters = [one.quarter for one in releases]
        self.made_at = releases[-1].made_at
        self.extras = json.loads(releases[-1].extras)
        tables = [pa.ipc.open_file(pa.BufferReader(bytes(one.rows))).read_all() for one in releases]
        rows = pa.concat_tables(tables, promote_options="default")
        self.records = rows.num_rows
        of_quarter = np.repeat(np.arange(len(releases)), [one.num_rows for one in tables])
        self.values: dict[str, list[str]] = {"quarter": self.quarters}
        dimensions: dict[str, Single | Many] = {"quarter": Single(of_quarter, len(self.quarters))}
        for name in rows.column_names:
            dimensions[name] = self._dimension(name, rows[name].combine_chunks())
        self.tables = Tables(self.records, dimensions, depth=DEPTH)

    def _dimension(self, name: str, column: pa.ChunkedArray) -> Single | Many:
        if isinstance(column, pa.ChunkedArray):
            column = pa.concat_arrays(column.chunks)
        several = pa.types.is_list(column.type)
        flat = pc.list_flatten(column) if several else column.fill_null("")
        encoded = flat.dictionary_encode()
        values = encoded.dictionary.to_pylist()
        order = sorted(range(len(values)), key=values.__getitem__)
        rank = np.empty(len(values), np.int64)
        rank[order] = np.arange(len(values))
        self.values[name] = [values[place] for place in order]
        codes = rank[encoded.indices.to_numpy(zero_copy_only=False)]
        if several:
            return Many(pc.list_parent_indices(column).to_numpy(), codes, len(values))
        last = tuple(place for place, value in enumerate(self.values[name]) if value in LAST)
        return Single(codes, len(values), last)

    def place(self, where: Mapping[str, str]) -> dict[str, int] | None:
        """Conditions as places; None where nobody published has one of the values."""
        places = {}
        for name, value in where.items():
            if value not in self.values[name]:
                return None
            places[name] = self.values[name].index(value)
        return places


@lru_cache(maxsize=2)
def _published(quarters: tuple[str, ...], pack: str) -> Published:
    return Published(list(Release.objects.all()))


def publication() -> Published | None:
    """What is published today; None where no quarter was frozen yet."""
    quarters = tuple(Release.objects.values_list("quarter", flat=True))
    return _published(quarters, settings.PACK) if quarters else None
