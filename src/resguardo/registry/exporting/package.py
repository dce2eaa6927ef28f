"""A Frictionless data package of the register: entries, steps, acts, code lists, dictionary, digests.

The folder is whole or it is not there. Source: Frictionless Data, Data Package 1.0.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from resguardo.core.codes import Register
from resguardo.registry.errors import RegistryError
from resguardo.registry.exporting import tables
from resguardo.registry.exporting.choosing import CHUNK, Choice
from resguardo.registry.exporting.shape import ACTS, STRETCHES, Column, of_entries
from resguardo.registry.exporting.writers import Format, Writer, writer
from resguardo.registry.following import register as today

MEDIA = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "jsonl": "application/jsonl",
    "parquet": "application/vnd.apache.parquet",
}


@dataclass(frozen=True)
class Exported:
    """A package that was written: where it is, and how many rows each of its resources has."""

    folder: Path
    rows: dict[str, int]


@dataclass
class _Resource:
    name: str
    columns: Sequence[Column]
    out: Writer
    path: Path
    rows: int = 0

    def write(self, table: Any) -> None:
        self.rows += table.num_rows
        self.out.write(table)


def export(
    folder: Path,
    choice: Choice,
    format_: Format,
    at: datetime,
    licence: str = "",
    progress: Callable[[int], None] = lambda rows: None,
    chunk: int = CHUNK,
) -> Exported:
    """Write the package of `choice` into `folder`, which must not be there yet.

    Raises RegistryError, TooManyRows; then nothing is left behind.
    """
    register = today()
    fields = choice.fields(register)
    with fresh(folder) as part:
        made = _made(part, format_, register, of_entries(fields, register))
        for found in choice.chunks(chunk):
            made["entries"].write(tables.entries(found, made["entries"].columns))
            made["stretches"].write(tables.stretches(found))
            made["acts"].write(tables.acts(found))
            progress(len(found))
        made["codes"].write(tables.code_lists(register)[1])
        made["fields"].write(tables.dictionary(register, [one.name for one in fields])[1])
        for resource in made.values():
            resource.out.close()
        # An empty file is no table of JSON lines.
        there = [one for one in made.values() if one.rows or format_ != "jsonl"]
        resources = [described(one.name, one.path, one.columns, one.rows, format_) for one in there]
        about = _about(register, choice, at, licence)
        write_json(part / "datapackage.json", about | {"resources": resources})
    return Exported(folder, {name: resource.rows for name, resource in made.items()})


def _made(part: Path, format_: Format, register: Register, entries: Sequence[Column]) -> dict[str, _Resource]:
    shapes: dict[str, Sequence[Column]] = {
        "entries": entries,
        "stretches": STRETCHES,
        "acts": ACTS,
        "codes": tables.code_lists(register)[0],
        "fields": tables.dictionary(register, ())[0],
    }
    paths = {name: part / f"{name}.{format_}" for name in shapes}
    return {
        name: _Resource(name, columns, writer(format_, paths[name], columns), paths[name])
        for name, columns in shapes.items()
    }


@contextmanager
def fresh(folder: Path) -> Iterator[Path]:
    """A folder to write in, which becomes `folder` at the end and is gone if anything goes wrong."""
    if folder.exists():
        raise RegistryError(
            "There is something of this name already.", kept="Nothing was written.", remedy="Choose another."
        )
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True, mode=0o700)
    try:
        yield part
        os.replace(part, folder)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


def described(name: str, path: Path, columns: Sequence[Column], rows: int, format_: Format) -> dict[str, Any]:
    """A resource as `datapackage.json` says it, with its digest."""
    lists: Literal["joined", "real"] = "real" if format_ in ("jsonl", "parquet") else "joined"
    schema: dict[str, Any] = {"fields": [one.declared(lists) for one in columns], "missingValues": [""]}
    if name == "entries":
        schema["primaryKey"] = ["entry"]
    elif columns[0].name == "entry":
        reference = {"resource": "entries", "fields": ["entry"]}
        schema["foreignKeys"] = [{"fields": ["entry"], "reference": reference}]
    with open(path, "rb") as source:
        digest = hashlib.file_digest(source, "sha256").hexdigest()
    return {
        "name": name,
        "path": path.name,
        "profile": "tabular-data-resource",
        "format": format_,
        "mediatype": MEDIA[format_],
        "encoding": "utf-8",
        "bytes": path.stat().st_size,
        "hash": f"sha256:{digest}",
        "rows": rows,
        "schema": schema,
    }


def licences(licence: str) -> dict[str, Any]:
    """The licence as `datapackage.json` says it, where there is one."""
    return {"licenses": [{"name": licence}]} if licence else {}


def _about(register: Register, choice: Choice, at: datetime, licence: str) -> dict[str, Any]:
    period = {
        name: moment.isoformat()
        for name, moment in (("since", choice.since), ("until", choice.until))
        if moment
    }
    return {
        "profile": "tabular-data-package",
        "name": f"register-{register.name}-{choice.whose}",
        "title": "Registro de ciberviolencia / Register of cyber-violence",
        "description": (
            "Pseudonyms only, and still about single women: not for publication. "
            "Solo seudónimos, y aun así sobre mujeres una por una: no se publica."
        ),
        "version": str(register.version),
        "register": register.ref,
        "for": choice.whose,
        "created": at.isoformat(timespec="seconds"),
        **licences(licence),
        **period,
    }


def write_json(path: Path, what: dict[str, Any]) -> None:
    """Write `what` for people and programs."""
    path.write_text(json.dumps(what, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
