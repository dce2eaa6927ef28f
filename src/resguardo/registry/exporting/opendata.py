"""Open data: a row for each incident, in which no woman can be found. Anybody may have it.

Only what a neighbour could use to find her is in it, in combinations of at least K rows; no number, no day,
no text. Whole quarters only, so that a later set does not tell who came in between. Before it is handed out
the written file is read back and counted again.
Source: Sweeney (2002), k-anonymity; Hundepool et al., Statistical Disclosure Control (2012).
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from django.conf import settings

from resguardo.core.anonymity import Anonymised, anonymise
from resguardo.core.codes import Register
from resguardo.core.disclosure import Single
from resguardo.registry.errors import RegistryError
from resguardo.registry.exporting.choosing import Choice
from resguardo.registry.exporting.counting import Incident, incidents
from resguardo.registry.exporting.package import described, fresh, licences, write_json
from resguardo.registry.exporting.shape import Column
from resguardo.registry.following import register as today

K = 5
QUARTER = "quarter"
FIELDS = ("language", "pueblo", "age_band", "residence_dept", "tactic_group")
"""The first is given up first, where something has to be."""
WITHHELD = "withheld"
FILE = "incidents.csv"


class NotAnonymous(RegistryError):
    """The written file holds a combination that fewer women have than it promises."""

    code = "registry-not-anonymous"


@dataclass(frozen=True)
class Opened:
    """Open data that was written: its rows, values withheld by column, rows left out, the smallest class."""

    folder: Path
    rows: int
    withheld: dict[str, int]
    dropped: int
    smallest: int


def open_data(
    folder: Path, choice: Choice, at: datetime, licence: str = "", k: int = K, fields: Sequence[str] = FIELDS
) -> Opened:
    """Write open data of `choice` into `folder`, which must not be there yet.

    Raises RegistryError; NotAnonymous where the file does not keep its word. Then nothing is left behind.
    """
    register = today()
    for name in fields:
        spec = register.fields.get(name)
        if spec is None or not spec.counted or spec.many or not spec.coded or not spec.seen_by(choice.whose):
            raise RegistryError("The field %(field)s cannot be open data.", field=name)
    whole = replace(choice, until=min(choice.until or at, quarter_begun(at)))
    table = _table(list(incidents(whole)), fields)
    with fresh(folder) as part:
        found = _anonymous(table, k)
        rows = _rows(found, table)
        _write(part / FILE, [*table], rows)
        smallest = checked(part / FILE, k)
        withheld, dropped = (dict(found.withheld), found.dropped) if found else ({}, 0)
        made = Opened(folder, len(rows), withheld, dropped, smallest)
        _describe(part, made, register, table, whole, at, licence, k)
    return made


def quarter_begun(at: datetime) -> datetime:
    """When the quarter of `at` began where the register is kept."""
    here = at.astimezone(ZoneInfo(settings.TIME_ZONE))
    month = (here.month - 1) // 3 * 3 + 1
    return here.replace(month=month, day=1, hour=0, minute=0, second=0, microsecond=0)


def quarter(day: datetime) -> str:
    """2026-Q4."""
    return f"{day.year}-Q{(day.month + 2) // 3}"


def _table(found: Sequence[Incident], fields: Sequence[str]) -> dict[str, list[str]]:
    """The columns by name: what may be given up first stands first."""
    table = {name: [one.one(name) for one in found] for name in fields[:-2]}
    table[QUARTER] = [quarter(one.opened) for one in found]
    return table | {name: [one.one(name) for one in found] for name in fields[-2:]}


def _anonymous(table: dict[str, list[str]], k: int) -> Anonymised | None:
    if not next(iter(table.values())):
        return None
    columns = {}
    for name, texts in table.items():
        values, codes = np.unique(np.array(texts), return_inverse=True)
        columns[name] = Single(codes.astype(np.int64), len(values))
    return anonymise(columns, [*table], k)


def _rows(found: Anonymised | None, table: dict[str, list[str]]) -> list[tuple[str, ...]]:
    """The rows in an order that says nothing of when they came."""
    if found is None:
        return []
    columns = []
    for name, texts in table.items():
        names = [*sorted(set(texts)), WITHHELD]
        columns.append([names[code] for code in found.columns[name].codes])
    return sorted(zip(*columns, strict=True))


def _write(path: Path, names: Sequence[str], rows: Sequence[tuple[str, ...]]) -> None:
    with open(path, "w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(names)
        writer.writerows(rows)


def checked(path: Path, k: int) -> int:
    """The smallest class of the written file, 0 where it has no rows. Raises NotAnonymous below `k`."""
    with open(path, encoding="utf-8", newline="") as rows:
        reader = csv.reader(rows)
        next(reader)
        classes = Counter(map(tuple, reader))
    smallest = min(classes.values(), default=0)
    if 0 < smallest < k:
        raise NotAnonymous(
            "A combination stands for %(smallest)d women, fewer than %(k)d.",
            kept="Nothing was handed out.",
            remedy="Tell those who keep this program: this must not happen.",
            smallest=smallest,
            k=k,
        )
    return smallest


def _columns(register: Register, table: dict[str, list[str]]) -> list[Column]:
    columns = []
    for name, texts in table.items():
        spec = register.fields.get(name)
        if spec is None:
            columns.append(Column(name, title="Trimestre", about="Quarter in which it was opened."))
            continue
        listed = register.lists[spec.list_]
        labels = {one.code: {"es": one.es, "en": one.en} for one in listed if one.code in set(texts)}
        codes = (*(one.code for one in listed), WITHHELD)
        columns.append(Column(name, "text", spec.es, spec.en, codes, {"register:labels": labels}))
    return columns


def _describe(
    part: Path,
    made: Opened,
    register: Register,
    table: dict[str, list[str]],
    choice: Choice,
    at: datetime,
    licence: str,
    k: int,
) -> None:
    columns = _columns(register, table)
    about: dict[str, Any] = {
        "profile": "tabular-data-package",
        "name": f"open-{register.name}-{choice.whose}",
        "title": "Ciberviolencia, datos abiertos / Cyber-violence, open data",
        "version": str(register.version),
        "register": register.ref,
        "created": at.isoformat(timespec="seconds"),
        **licences(licence),
        "until": choice.until.isoformat() if choice.until else "",
        "anonymity": {
            "method": "k-anonymity, local suppression",
            "k": k,
            "quasi": [*table],
            "withheld": made.withheld,
            "dropped": made.dropped,
            "smallest": made.smallest,
        },
        "resources": [described("incidents", part / FILE, columns, made.rows, "csv")],
    }
    write_json(part / "datapackage.json", about)
    (part / "README.md").write_text(_readme(made, k), encoding="utf-8")


def _readme(made: Opened, k: int) -> str:
    values = ", ".join(f"{name} {count}" for name, count in made.withheld.items()) or "0"
    return f"""# Ciberviolencia: datos abiertos

Una fila es un hecho. Ninguna mujer puede hallarse: cada combinación de valores la tienen al menos {k} filas.
Para lograrlo se retuvieron valores (`{WITHHELD}`): {values}. Se dejaron fuera {made.dropped} filas. La
combinación más rara tiene {made.smallest} filas. Una celda vacía es un dato que nadie dio.

Lo que no se debe hacer: restar dos versiones de estos datos, ni unirlos con otros para buscar a alguien. Son
hechos que alguien contó y dejó contar, no todos los que ocurren.

# Cyber-violence: open data

A row is an incident. No woman can be found: at least {k} rows have each combination of values.
For this some values were withheld (`{WITHHELD}`): {values}. {made.dropped} rows were left out. The rarest
combination has {made.smallest} rows. An empty cell is what nobody said.

What must not be done: subtract two versions of these data, or join them with others to look for somebody.
They are incidents that somebody told and let be counted, not all that happen.
"""
