"""Every entry as columns of small numbers, in files that any process maps into memory.

The database keeps an entry as JSON, which a person reads one at a time; a figure reads one field of all of
them. The columns are made from the entries whose revision is new, and can be dropped and made again. Values
stand as places in the pack's lists; whatever is not there is -1.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings
from django.db.models import Max
from pyarrow import json as arrow_json

from resguardo.core.codes import Field, Register
from resguardo.jobs.commands import handles
from resguardo.registry.following import register
from resguardo.registry.models import Entry

EVERY = timedelta(minutes=1)
CHUNK = 20_000
FORMAT = 1
EPOCH_YEAR = 2000
READ = ("id", "keeper", "opened_at", "registered_at", "counted_by", "values", "stretches", "acts")
SMALL = pa.int16()
STRETCH = ("entry", "step", "party", "since", "due", "done")
ACT = ("entry", "act", "party", "detail", "at")


def folder() -> Path:
    """Where the columns are kept; what is there can be deleted at any time."""
    return Path(settings.DATA) / "figures"


def current() -> Path | None:
    """The newest whole snapshot, or None where there is none of today's register."""
    try:
        name = (folder() / "current").read_text()
    except FileNotFoundError:
        return None
    place = folder() / name
    return place if place.is_dir() and name.endswith(signature(register())) else None


def signature(known: Register) -> str:
    """What the columns depend on besides the entries: their format, the fields and the lists."""
    lists = {name: [code.code for code in entries] for name, entries in known.lists.items()}
    fields = [(f.name, f.kind, f.list_, f.level, f.until) for f in known.counted]
    whole = json.dumps([FORMAT, known.ref, lists, fields, settings.TIME_ZONE])
    return hashlib.sha256(whole.encode()).hexdigest()[:12]


def latest() -> int:
    """The newest revision of any entry."""
    return Entry.objects.aggregate(last=Max("revision"))["last"] or 0


def refresh() -> Path | None:
    """Bring the columns to the newest entries; returns where they are. None where there are no entries."""
    known, before, newest = register(), current(), latest()
    since = int(before.name.split("-")[0]) if before else 0
    if before is not None and since == newest:
        return before
    if not newest:
        return None
    tables = [tables_of(known, chunk) for chunk in _chunks(since)]
    if before is not None:
        tables.insert(0, _kept(before, tables))
    merged = {
        kind: pa.concat_tables([one[kind] for one in tables], promote_options="default")
        for kind in ("entries", "stretches", "acts")
    }
    merged["entries"] = merged["entries"].sort_by("id")
    return _write(merged, f"{newest}-{signature(known)}")


def _chunks(since: int) -> Iterator[list[dict[str, Any]]]:
    """The entries that changed after `since`, some at a time, each as a row of READ and more.

    One that changes meanwhile may come as it is then; it comes again at the next refreshing.
    """
    if since:
        ids = list(Entry.objects.filter(revision__gt=since).order_by("pk").values_list("pk", flat=True))
        for first in range(0, len(ids), CHUNK):
            yield list(Entry.objects.filter(pk__in=ids[first : first + CHUNK]).order_by("pk").values(*READ))
        return
    last = 0
    while rows := list(Entry.objects.filter(pk__gt=last).order_by("pk").values(*READ)[:CHUNK]):
        yield rows
        last = rows[-1]["id"]


def _kept(before: Path, fresh: list[dict[str, pa.Table]]) -> dict[str, pa.Table]:
    """The rows of an older snapshot whose entries have not changed since."""
    changed = pa.concat_arrays([chunk for one in fresh for chunk in one["entries"]["id"].chunks])
    kept = {}
    for kind, column in (("entries", "id"), ("stretches", "entry"), ("acts", "entry")):
        table = read(before, kind)
        kept[kind] = table.filter(pc.invert(pc.is_in(table[column], value_set=changed)))
    return kept


def read(place: Path, kind: str) -> pa.Table:
    """One file of a snapshot, mapped into memory."""
    return pa.ipc.open_file(pa.memory_map(str(place / f"{kind}.arrow"))).read_all()


def _write(tables: dict[str, pa.Table], name: str) -> Path:
    """Write a snapshot whole, then point to it; the one before last is deleted."""
    folder().mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = folder() / f".{name}.{os.getpid()}"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    save(tables, fresh)
    shutil.rmtree(folder() / name, ignore_errors=True)
    os.replace(fresh, folder() / name)
    pointer = folder() / f".current.{os.getpid()}"
    old = (folder() / "current").read_text() if (folder() / "current").exists() else ""
    pointer.write_text(name)
    os.replace(pointer, folder() / "current")
    for place in folder().glob("*-*"):
        if place.is_dir() and place.name not in (name, old):
            shutil.rmtree(place, ignore_errors=True)
    return folder() / name


def save(tables: dict[str, pa.Table], place: Path) -> None:
    """Write the tables into the folder `place`, each a file of one piece."""
    for kind, table in tables.items():
        with pa.OSFile(str(place / f"{kind}.arrow"), "wb") as out:
            whole = table.combine_chunks()
            with pa.ipc.new_file(out, whole.schema) as writer:
                writer.write_table(whole, max_chunksize=max(1, whole.num_rows))


def tables_of(known: Register, rows: list[dict[str, Any]]) -> dict[str, pa.Table]:
    """Some entries, each a row of READ, as columns: the tables entries, stretches and acts."""
    zone = ZoneInfo(settings.TIME_ZONE)
    values = _values(known, [row["values"] for row in rows])
    entries = {
        "id": pa.array([row["id"] for row in rows], pa.int64()),
        "opened": pa.array([int(row["opened_at"].timestamp()) for row in rows], pa.int64()),
        "month": pa.array([month(row["opened_at"], zone) for row in rows], SMALL),
        "registered": pa.array(
            [month(row["registered_at"] or row["opened_at"], zone) for row in rows], SMALL
        ),
        "keeper": pa.array([row["keeper"] or "resguardo" for row in rows]).cast(pa.string()),
        "counted_by": pa.array([row["counted_by"] for row in rows]),
        "filled": _filled(known, values),
        **{spec.name: column(known, spec, values[spec.name]) for spec in known.counted},
    }
    ids = [row["id"] for row in rows]
    return {
        "entries": pa.table(entries),
        "stretches": _stretches(ids, [row["stretches"] for row in rows]),
        "acts": _acts(ids, [row["acts"] for row in rows]),
    }


def month(at: datetime, zone: ZoneInfo) -> int:
    """Months since January 2000, in `zone`."""
    day = at.astimezone(zone)
    return (day.year - EPOCH_YEAR) * 12 + day.month - 1


def _values(known: Register, lines: list[str]) -> pa.Table:
    """The counted fields of many records, as JSON has them, each a column of its kind."""
    schema = pa.schema([(spec.name, _json_type(spec)) for spec in known.counted])
    options = arrow_json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore")
    source = pa.BufferReader("\n".join(lines).encode())
    reading = arrow_json.ReadOptions(block_size=max(1 << 24, max(map(len, lines)) * 2))
    return arrow_json.read_json(source, reading, options)


def _json_type(spec: Field) -> pa.DataType:
    if spec.kind == "codes":
        return pa.list_(pa.string())
    return pa.int64() if spec.kind in ("int", "year") else pa.string()


def column(known: Register, spec: Field, raw: pa.ChunkedArray) -> pa.Array:
    """A field's column: places in its list, several for several codes, whole numbers, days since 1970."""
    if isinstance(raw, pa.ChunkedArray):
        raw = raw.combine_chunks() if raw.num_chunks != 1 else raw.chunk(0)
    if spec.kind == "codes":
        places = _places(known, spec, pc.list_flatten(raw))
        lengths = pc.fill_null(pc.list_value_length(raw), 0)
        offsets = np.concatenate([[0], np.cumsum(lengths.to_numpy(zero_copy_only=False))]).astype(np.int32)
        return pa.ListArray.from_arrays(pa.array(offsets), places)
    if spec.coded:
        return _places(known, spec, raw)
    if spec.kind in ("date", "about"):
        days = pc.strptime(raw, format="%Y-%m-%d", unit="s", error_is_null=True)
        return pc.fill_null(pc.cast(pc.cast(days, pa.date32()), pa.int32()), -1)
    return pc.fill_null(raw, -1)


def _places(known: Register, spec: Field, raw: pa.Array) -> pa.Array:
    codes = pa.array([code.code for code in known.lists[spec.list_]], pa.string())
    return pc.cast(pc.fill_null(pc.index_in(raw, value_set=codes), -1), SMALL)


def _filled(known: Register, values: pa.Table) -> pa.Array:
    """How many hundredths of the minimum fields each record has."""
    there = [pc.cast(pc.is_valid(values[name]), pa.int32()).to_numpy() for name in known.required]
    return pa.array((np.sum(there, axis=0) * 100 // len(there)).astype(np.int16))


def _stretches(ids: list[int], lines: list[str]) -> pa.Table:
    rows = [
        (id_, *row[:5])
        for id_, line in zip(ids, lines, strict=True)
        if line != "[]"
        for row in orjson.loads(line)
    ]
    columns = list(zip(*rows, strict=True)) if rows else [[]] * len(STRETCH)
    kinds = (pa.int64(), pa.string(), pa.string(), pa.int64(), pa.int64(), pa.int64())
    return pa.table(
        {
            name: pc.fill_null(pa.array(values, kind), -1) if kind == pa.int64() else pa.array(values, kind)
            for name, values, kind in zip(STRETCH, columns, kinds, strict=True)
        }
    )


def _acts(ids: list[int], lines: list[str]) -> pa.Table:
    rows = [
        (id_, *row)
        for id_, line in zip(ids, lines, strict=True)
        if line != "[]"
        for row in orjson.loads(line)
    ]
    columns = list(zip(*rows, strict=True)) if rows else [[]] * len(ACT)
    kinds = (pa.int64(), pa.string(), pa.string(), pa.string(), pa.int64())
    return pa.table({n: pa.array(v, k) for n, v, k in zip(ACT, columns, kinds, strict=True)})


@handles("figures", every=EVERY, lease=timedelta(minutes=30))
def keep_fresh(at: datetime) -> None:
    """Bring the columns to the newest entries, once a minute where something changed."""
    refresh()
