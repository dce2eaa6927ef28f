"""A first mapping for an old register, guessed from the names of its columns and what stands in them.

It is a draft for a person to correct. What looks like a person's own data goes under ignore, and of such a
column nothing is written out; of a column of codes, the values that no label fits are.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from rapidfuzz import fuzz

from resguardo.core.codes import Field, Register
from resguardo.registry.labels import Labels, folded
from resguardo.registry.tables import Table

LOOKED_AT = 5000
DISTINCT = 60
SHORT = 60
ALIKE = 86
FITTING = 0.6
PERSONAL = """nombre nombres apellido apellidos dpi cui documento telefono celular direccion correo email
perfil usuario alias enlace url relato narracion hechos descripcion observaciones comentario name phone
address account narrative notes"""
NUMBER = ("no boleta", "numero de boleta", "boleta", "no", "numero", "expediente", "no caso", "caso", "id")
OPENED = ("fecha de ingreso", "fecha de denuncia", "fecha de recepcion", "fecha", "ingreso", "date")
FORMATS = ("%d/%m/%Y", "%d/%m/%Y %H:%M", "%d-%m-%Y", "%d.%m.%Y", "%d/%m/%y", "%m/%d/%Y", "%Y/%m/%d")


@dataclass
class Looked:
    """What was seen of one column: its short values and how often it was filled in."""

    name: str
    values: dict[str, int] = field(default_factory=dict, repr=False)
    filled: int = 0

    @property
    def coded(self) -> bool:
        """Whether it has as few values as a column of codes has."""
        return 0 < len(self.values) <= DISTINCT and all(len(value) <= SHORT for value in self.values)

    @property
    def personal(self) -> bool:
        """Whether its name is one of what points at a person."""
        return not set(PERSONAL.split()).isdisjoint(folded(self.name).split())


def first_mapping(table: Table, register: Register, name: str) -> str:
    """The TOML of a first mapping of `table`, for the old register `name`."""
    looked = _look(table)
    number, opened = _named(looked, NUMBER, frozenset()), _named(looked, OPENED, frozenset())
    lines = [
        "# A first guess. Read every line: what is wrong here is wrong in every row.",
        f"register = {_quoted(name)}",
        f"number = {_quoted(number)}",
        f"opened = {{ column = {_quoted(opened)}, format = {_quoted(_format(looked, opened))} }}",
        "counted_by = []",
    ]
    columns, ignored = _placed(looked, register, {number, opened})
    lines += ["# Nothing is taken from these.", "ignore = ["]
    lines += [f"    {_quoted(one)}," for one in ignored]
    lines.append("]")
    for one, spec in columns:
        lines += _column(one, spec, register, looked)
    return "\n".join(lines) + "\n"


def _look(table: Table) -> dict[str, Looked]:
    looked = {name: Looked(name) for name in table.columns if name}
    for line in islice(table.rows(), LOOKED_AT):
        for name, cell in zip(table.columns, line.cells, strict=False):
            if cell and name:
                one = looked[name]
                one.filled += 1
                if cell in one.values or len(one.values) <= DISTINCT:
                    one.values[cell] = one.values.get(cell, 0) + 1
    return looked


def _named(looked: dict[str, Looked], wanted: Iterable[str], taken: frozenset[str]) -> str:
    """The column whose name is, or begins as, the first of `wanted` that any does."""
    for want in wanted:
        for name in looked:
            if name not in taken and (folded(name) == want or folded(name).startswith(f"{want} ")):
                return name
    return ""


def _format(looked: dict[str, Looked], name: str) -> str:
    """The way of writing that fits all dates that were seen of a column; empty where ISO does or none."""
    cells = list(looked[name].values) if name in looked else []
    for way in FORMATS:
        with suppress(ValueError):
            if cells and all(datetime.strptime(cell, way) for cell in cells):
                return way
    return ""


def _placed(
    looked: dict[str, Looked], register: Register, taken: set[str]
) -> tuple[list[tuple[Looked, Field]], list[str]]:
    """Which columns go into which fields, the likeliest first, and those that go nowhere."""
    ranked = sorted(
        (
            (score, place, one, spec)
            for place, one in enumerate(looked.values())
            if one.name not in taken and not one.personal
            for spec in register.form
            if (score := _likeness(one, spec, register))
        ),
        key=lambda found: (-found[0], found[1]),
    )
    columns: dict[str, tuple[Looked, Field]] = {}
    fields: set[str] = set()
    for _score, _place, one, spec in ranked:
        if one.name not in columns and spec.name not in fields:
            columns[one.name] = (one, spec)
            fields.add(spec.name)
    kept = {name: found for name, found in columns.items() if not found[1].sealed}
    within = {_within(one, spec, register, looked) for one, spec in kept.values()}
    ordered = [kept[name] for name in looked if name in kept]
    return ordered, [name for name in looked if name not in kept and name not in taken | within]


def _likeness(one: Looked, spec: Field, register: Register) -> float:
    """How well a column suits a field: by its name, and where it is one of codes by its values too; or 0."""
    texts = (spec.es, spec.en, spec.name)
    named = max(fuzz.token_sort_ratio(folded(one.name), folded(text)) for text in texts)
    if not spec.coded:
        return named if named >= ALIKE else 0
    labels = Labels(register.lists[spec.list_], register.lists)
    cells = [part for cell in one.values for part in _parts(cell, spec)]
    fitting = sum(bool(labels.find(cell) or labels.exact(cell)) for cell in cells) / max(1, len(cells))
    few = len(register.lists[spec.list_]) <= 6
    if named >= ALIKE and not spec.sealed:
        return named + 10 * fitting
    return named * fitting if named >= ALIKE * FITTING and fitting >= FITTING and not few else 0


def _parts(cell: str, spec: Field) -> list[str]:
    sign = _sign([cell]) if spec.many else ""
    return [part.strip() for part in cell.split(sign)] if sign else [cell]


def _sign(cells: Iterable[str]) -> str:
    """The sign between several values of a cell, where there seems to be one."""
    text = "".join(cells)
    return next((sign for sign in (";", "|", ",", "/") if sign in text), "")


def _within(one: Looked, spec: Field, register: Register, looked: dict[str, Looked]) -> str:
    """The column that tells apart places of one name: that of what they lie in."""
    above = Labels(register.lists[spec.list_], register.lists).within if spec.kind == "place" else ""
    if not above:
        return ""
    over = Labels(register.lists[above])
    for name, other in looked.items():
        if other is not one and other.coded and all(over.find(cell) for cell in other.values):
            return name
    return ""


def _column(one: Looked, spec: Field, register: Register, looked: dict[str, Looked]) -> Iterator[str]:
    yield ""
    yield f"[columns.{_quoted(one.name)}]  # {spec.es}"
    yield f"field = {_quoted(spec.name)}"
    if spec.kind in ("date", "about") and (way := _format(looked, one.name)):
        yield f"format = {_quoted(way)}"
    if not spec.coded:
        return
    sign = _sign(one.values) if spec.many else ""
    if sign:
        yield f"split = {_quoted(sign)}"
    if within := _within(one, spec, register, looked):
        yield f"within = {_quoted(within)}"
    labels = Labels(register.lists[spec.list_], register.lists)
    if one.values and all(cell.isdigit() for cell in one.values) and labels.bounds and not labels.exact("0"):
        yield 'by = "age"'
    elif one.coded:
        parts = {part for cell in one.values for part in _parts(cell, spec)}
        unknown = sorted(p for p in parts if p and not labels.find(p) and not labels.exact(p))
        yield from _unknown(unknown, spec)


def _unknown(values: list[str], spec: Field) -> Iterator[str]:
    if values:
        yield f"# No label of {spec.list_} fits these: write its code, or leave it empty for no value."
        yield "values = { " + ", ".join(f'{_quoted(value)} = ""' for value in values) + " }"


def _quoted(text: str) -> str:
    """A TOML string: JSON's are its basic strings."""
    return json.dumps(text, ensure_ascii=False)
