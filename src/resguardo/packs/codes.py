"""Reading a country's register: `codes/*.csv` and the part [register] of `pack.toml`.

A row is a code or a field. `codelists.csv` holds small lists; a file of its own (tactics, municipalities,
iccs) is a list too, whose further columns are what its codes map to.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from resguardo.core.codes import (
    ALL,
    Code,
    CodesError,
    Entry,
    Field,
    Kind,
    Level,
    Register,
    Rule,
    Sensitivity,
)

STATUSES = ("VERIFIED", "PARTIAL", "MEMORY", "OWN")
CODE_COLUMNS = frozenset(
    "list code es en def_es def_en words maps since until note source status".split()  # noqa: SIM905
)
FILLED = frozenset("section field es en kind level sensitivity entry status".split())  # noqa: SIM905
FIELD_COLUMNS = (
    "section field es en def_es def_en kind list level sensitivity sees entry prefill rule maps since "  # noqa: SIM905
    "until source status".split()
)
RAGGED = "the row has more or fewer cells than the first"
ALLOWED: Mapping[str, tuple[str, ...]] = {
    "kind": get_args(Kind),
    "level": get_args(Level),
    "sensitivity": get_args(Sensitivity),
    "entry": get_args(Entry),
    "status": STATUSES,
}


def read_register(folder: Path, about: Mapping[str, Any], name: str) -> Register:
    """The register of the pack in `folder`. Raises CodesError, naming the file, the row and the column."""
    codes = folder / "codes"
    lists: dict[str, dict[str, Code]] = {}
    for path in sorted(codes.glob("*.csv")):
        if path.name == "fields.csv":
            continue
        for number, row in _rows(path):
            code, held = _code(path, number, row), lists.setdefault(row.get("list") or path.stem, {})
            if code.code in held:
                raise _fault(path, number, "code", f"{code.code} stands twice in its list")
            held[code.code] = code
    register = Register(
        name=name,
        version=about["register"]["version"],
        sections=about["register"]["sections"],
        fields=_fields(codes / "fields.csv"),
        lists={list_: tuple(entries.values()) for list_, entries in lists.items()},
        rules=tuple(_rule(row) for row in about["register"].get("rule", ())),
        offence_rules=tuple(_rule(row) for row in about["register"].get("offences", ())),
        headline=about["register"].get("headline", ""),
        groups={n: (g["by"], g["titles"]) for n, g in about["register"].get("groups", {}).items()},
    )
    _check(register)
    return register


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    with open(path, encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        for row in rows:
            if None in row or None in row.values():
                raise _fault(path, rows.line_num, rows.fieldnames[-1] if rows.fieldnames else "", RAGGED)
            yield rows.line_num, row


def _fault(path: Path, number: int, column: str, why: str) -> CodesError:
    return CodesError(
        "%(file)s, row %(row)d: in the column %(column)s, %(why)s.",
        file=path.name,
        row=number,
        column=column,
        why=why,
    )


def _version(path: Path, number: int, row: Mapping[str, str], column: str, default: int) -> int:
    text = row.get(column) or str(default)
    if not (text.isascii() and text.isdigit()):
        raise _fault(path, number, column, "a version is a whole number")
    return int(text)


def _code(path: Path, number: int, row: Mapping[str, str]) -> Code:
    for column in ("code", "es", "en"):
        if not row.get(column):
            raise _fault(path, number, column, "there is nothing")
    if row.get("status") and row["status"] not in STATUSES:
        raise _fault(path, number, "status", f"there must be one of {', '.join(STATUSES)}")
    maps = pairs(row.get("maps", ""))
    maps |= {name: value for name, value in row.items() if name not in CODE_COLUMNS and value}
    return Code(
        code=row["code"],
        es=row["es"],
        en=row["en"],
        def_es=row.get("def_es", ""),
        def_en=row.get("def_en", ""),
        words=tuple(one.strip() for one in row.get("words", "").split(";") if one.strip()),
        maps=maps,
        source=row.get("source", ""),
        status=row.get("status", ""),
        since=_version(path, number, row, "since", 1),
        until=_version(path, number, row, "until", 0),
    )


def pairs(text: str) -> dict[str, str]:
    """`a=b; c=d` as a mapping."""
    split = (one.partition("=") for one in text.split(";") if one.strip())
    return {name.strip(): value.strip() for name, _, value in split}


def _fields(path: Path) -> dict[str, Field]:
    fields: dict[str, Field] = {}
    for number, row in _rows(path):
        for column in FIELD_COLUMNS:
            if column not in row or (column in FILLED and not row[column]):
                raise _fault(path, number, column, "there is nothing")
        if row["field"] in fields:
            raise _fault(path, number, "field", f"{row['field']} stands twice")
        fields[row["field"]] = _field(path, number, row)
    return fields


def _field(path: Path, number: int, row: Mapping[str, str]) -> Field:
    for column, allowed in ALLOWED.items():
        if row[column] not in allowed:
            raise _fault(path, number, column, f"there must be one of {', '.join(allowed)}")
    fact, _, values = row["prefill"].partition(":")
    return Field(
        section=row["section"],
        name=row["field"],
        es=row["es"],
        en=row["en"],
        kind=row["kind"],  # type: ignore[arg-type]
        level=row["level"],  # type: ignore[arg-type]
        sensitivity=row["sensitivity"],  # type: ignore[arg-type]
        def_es=row["def_es"],
        def_en=row["def_en"],
        list_=row["list"],
        entry=row["entry"],  # type: ignore[arg-type]
        sees=frozenset(row["sees"].split()) or frozenset({ALL}),
        prefill=fact.strip(),
        prefill_values=pairs(values),
        rule=row["rule"],
        maps=row["maps"],
        source=row["source"],
        status=row["status"],
        since=_version(path, number, row, "since", 1),
        until=_version(path, number, row, "until", 0),
    )


def _rule(row: Mapping[str, Any]) -> Rule:
    when = {name: frozenset([v] if isinstance(v, str) else v) for name, v in row["when"].items()}
    return Rule(row["field"], when, row["value"])


def _check(register: Register) -> None:
    """Raises CodesError where a field, a rule or a list names what does not exist."""
    for spec in register.fields.values():
        if spec.coded and spec.list_ not in register.lists:
            raise CodesError(
                "fields.csv, %(field)s: there is no list %(list)s.", field=spec.name, list=spec.list_
            )
        if spec.section not in register.sections:
            raise CodesError(
                "fields.csv, %(field)s: there is no section %(section)s.",
                field=spec.name,
                section=spec.section,
            )
        if spec.entry == "computed" and spec.rule != "table":
            source, _, key = spec.rule.partition(".")
            if source not in register.fields or not key:
                raise CodesError("fields.csv, %(field)s: its rule names no field.", field=spec.name)
    for rule in (*register.rules, *register.offence_rules):
        for name in (rule.field, *rule.when):
            if name not in register.fields:
                raise CodesError("pack.toml, register.rule: there is no field %(field)s.", field=name)
    if register.headline and register.headline not in register.fields:
        raise CodesError(
            "pack.toml, register.headline: there is no field %(field)s.", field=register.headline
        )
    for name in (one for list_, (_, titles) in register.groups.items() for one in (list_, titles)):
        if name not in register.lists:
            raise CodesError("pack.toml, register.groups: there is no list %(list)s.", list=name)
