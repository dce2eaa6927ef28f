"""Entries as Arrow tables, a chunk at a time. JSON becomes columns in Arrow itself, not in Python."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings
from pyarrow import json as arrow_json

from resguardo.core.codes import Register
from resguardo.registry.exporting.choosing import Found, name_of, parties
from resguardo.registry.exporting.shape import ACTS, HEAD, STRETCHES, UTC_SECOND, Column, arrow

LISTED = "list code es en def_es def_en maps since until source status"
DICTIONARY = (
    "section name es en def_es def_en kind list level sensitivity entry rule maps since until source status"
)


def _plain(names: str) -> tuple[Column, ...]:
    return tuple(Column(name, "int" if name in ("since", "until") else "text") for name in names.split())


def entries(found: Sequence[Found], columns: Sequence[Column]) -> pa.Table:
    """The table of `found`; `columns` are HEAD and then the fields."""
    opened = pa.array([one.opened_at for one in found], UTC_SECOND)
    head = {
        "entry": [name_of(one) for one in found],
        "version": [one.version for one in found],
        "keeper": [one.keeper for one in found],
        "register": [one.register for one in found],
        "number": [one.number for one in found],
        "opened_at": opened,
        "registered_at": pa.array([one.registered_at for one in found], UTC_SECOND),
        "month": pc.strftime(opened.cast(pa.timestamp("s", tz=settings.TIME_ZONE)), format="%Y-%m"),
        "counted_by": [parties(one.counted_by) for one in found],
    }
    schema = arrow(columns[len(HEAD) :])
    table = pa.table(head, schema=arrow(HEAD))
    for name, column in zip(schema.names, _values(found, schema).columns, strict=True):
        table = table.append_column(schema.field(name), column)
    return table


def _values(found: Sequence[Found], schema: pa.Schema) -> pa.Table:
    """The counted fields of the entries."""
    lines = "\n".join(one.values for one in found).encode()
    try:
        return arrow_json.read_json(
            io.BytesIO(lines),
            read_options=arrow_json.ReadOptions(use_threads=False, block_size=len(lines) + 1),
            parse_options=arrow_json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore"),
        ).select(schema.names)
    except pa.ArrowInvalid:
        # A value of an older version of the register may be of another kind than its field is today.
        rows = [orjson.loads(one.values) for one in found]
        return pa.table(
            {
                one.name: pa.array([_as(row.get(one.name), one.type) for row in rows], one.type)
                for one in schema
            }
        )


def _as(value: Any, kind: pa.DataType) -> Any:
    """`value` as a column of `kind` takes it; nothing where it cannot."""
    if value is None:
        return None
    if pa.types.is_list(kind):
        return [str(one) for one in value] if isinstance(value, list) else [str(value)]
    if pa.types.is_integer(kind):
        return int(value) if str(value).isdigit() else None
    return str(value[0]) if isinstance(value, list) and value else str(value)


def stretches(found: Iterable[Found]) -> pa.Table:
    """The steps of the entries and how long each was owed."""
    return _rows(found, "stretches", STRETCHES)


def acts(found: Iterable[Found]) -> pa.Table:
    """What is counted of the entries' histories."""
    return _rows(found, "acts", ACTS)


def _rows(found: Iterable[Found], name: str, columns: Sequence[Column]) -> pa.Table:
    rows: list[tuple[Any, ...]] = []
    for one in found:
        text = getattr(one, name)
        if text != "[]":
            entry = name_of(one)
            rows += [(entry, *row) for row in orjson.loads(text)]
    by_column = list(zip(*rows, strict=True)) or [()] * len(columns)
    schema = arrow(columns)
    return pa.table(
        [pa.array(values, one.type) for values, one in zip(by_column, schema, strict=True)], schema=schema
    )


def code_lists(register: Register) -> tuple[tuple[Column, ...], pa.Table]:
    """Every code list of the register, the retired codes too."""
    columns = tuple(
        Column(name, "int" if name in ("since", "until") else "text")
        for name in (
            "list",
            "code",
            "es",
            "en",
            "def_es",
            "def_en",
            "maps",
            "since",
            "until",
            "source",
            "status",
        )
    )
    rows = [
        (
            name,
            one.code,
            one.es,
            one.en,
            one.def_es,
            one.def_en,
            "; ".join(f"{key}={value}" for key, value in one.maps.items()),
            one.since,
            one.until,
            one.source,
            one.status,
        )
        for name, codes in register.lists.items()
        for one in codes
    ]
    return columns, made(rows, columns)


DICTIONARY = (
    "section name es en def_es def_en kind list level sensitivity entry rule maps since until source status"
)


def dictionary(register: Register, names: Iterable[str]) -> tuple[tuple[Column, ...], pa.Table]:
    """The dictionary: what the fields `names` are."""
    columns = _plain(DICTIONARY)
    rows = [
        tuple(getattr(register.fields[name], {"list": "list_"}.get(one.name, one.name)) for one in columns)
        for name in names
    ]
    return columns, made(rows, columns)


def made(rows: Sequence[tuple[Any, ...]], columns: Sequence[Column]) -> pa.Table:
    """The table of `rows`."""
    by_column = list(zip(*rows, strict=True)) or [()] * len(columns)
    schema = arrow(columns)
    arrays = [pa.array(values, one.type) for values, one in zip(by_column, schema, strict=True)]
    return pa.table(arrays, schema=schema)
