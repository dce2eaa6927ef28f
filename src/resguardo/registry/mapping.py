"""How the columns of an old register become fields of this one: a TOML file that a person corrects.

The file says for every column where it goes or that it is ignored. A column that can point at a person has
nowhere to go: what is taken in stands in the clear.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError

from resguardo.core.codes import Register, Value
from resguardo.core.route import Duration, Part, Route
from resguardo.registry.errors import RegistryError
from resguardo.registry.tables import Layout

By = Literal["", "label", "code", "number", "date", "age"]
EMPTY = ("", "-", "--", "n/a", "na", "s/d", "s.d.", "null")
DATES = ("%Y-%m-%d", "%d/%m/%Y")


class MappingError(RegistryError):
    """A mapping cannot be used; `faults` says each thing that is wrong with it."""

    code = "registry-mapping"

    def __init__(self, faults: list[str]) -> None:
        super().__init__(
            "The mapping cannot be used:\n%(faults)s",
            kept="Nothing was taken in.",
            remedy="Correct the mapping and try again.",
            faults="\n".join(f"- {fault}" for fault in faults),
        )
        self.faults = tuple(faults)


class Moment(Part):
    """A column of dates; `format` as strptime has it, with or without the hour. ISO 8601 is always read."""

    column: str
    format: str = ""


def _moment(told: object) -> object:
    return {"column": told} if isinstance(told, str) else told


def _several(told: object) -> object:
    return told if isinstance(told, list | tuple) else (told,)


At = Annotated[Moment, BeforeValidator(_moment)]


class Column(Part):
    """Where a column goes. `by` says how its cells are read; empty: by label, number or date, as it fits.

    `values` come first: a code, several, or "" for no value. `within` is the column that tells apart places
    of one name. `split` is the sign between several values of one cell.
    """

    field: str
    by: By = ""
    values: dict[str, str | tuple[str, ...]] = {}
    split: str = ""
    within: str = ""
    format: str = ""


class Step(Part):
    """Columns of one step of the route: since when it was owed, and when it was done."""

    party: str
    since: At
    due: Duration | None = None
    done: At | None = None


class Refusal(Part):
    """The column, and what stands in it, where she does not want to be counted."""

    column: str
    values: tuple[str, ...] = Field(min_length=1)


class File(Part):
    """What the program cannot find out of the file by itself."""

    encoding: Literal["", "utf-8", "utf-8-sig", "cp1252"] = ""
    delimiter: Literal["", ",", ";", "\t"] = ""
    sheet: str = ""
    header: int = Field(default=1, ge=1, le=1000)

    @property
    def layout(self) -> Layout:
        """As `tables` wants it."""
        return Layout(self.encoding, self.delimiter, self.sheet, self.header)


class Mapping(Part):
    """The whole of it. `register` names the old register; `number` is the column of its numbers.

    `counted_by` are the institutions that may count its rows beside the one that kept it.
    """

    register_: str = Field(alias="register", pattern=r"^[a-z0-9][a-z0-9._-]{0,39}$")
    number: str
    opened: At
    registered: At | None = None
    counted_by: tuple[str, ...] = ()
    refuses: Refusal | None = None
    dates: tuple[str, ...] = DATES
    empty: tuple[str, ...] = EMPTY
    ignore: tuple[str, ...] = ()
    constants: dict[str, str | tuple[str, ...]] = {}
    columns: dict[str, Annotated[tuple[Column, ...], BeforeValidator(_several)]] = {}
    steps: dict[str, Step] = {}
    file: File = File()

    @property
    def used(self) -> frozenset[str]:
        """The columns that something is taken from."""
        moments = [self.opened, self.registered]
        moments += [moment for step in self.steps.values() for moment in (step.since, step.done)]
        named = {moment.column for moment in moments if moment} | {self.number, *self.columns}
        named |= {one.within for column in self.columns.values() for one in column if one.within}
        return frozenset(named | ({self.refuses.column} if self.refuses else set()))


@dataclass(frozen=True)
class Known:
    """What a mapping may name: the register, and the institutions and steps of the route."""

    register: Register
    route: Route


def read_mapping(text: str) -> Mapping:
    """The mapping that the TOML `text` is. Raises MappingError."""
    try:
        return Mapping.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as why:
        raise MappingError([f"It is not TOML: {why}"]) from None
    except ValidationError as why:
        said = [f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in why.errors()]
        raise MappingError(said) from None


def check(mapping: Mapping, known: Known, columns: tuple[str, ...]) -> None:
    """Raises MappingError where the mapping does not fit the register, the route or the file's columns."""
    faults = [*_about_columns(mapping, columns), *_about_fields(mapping, known.register)]
    faults += _about_route(mapping, known.route)
    if faults:
        raise MappingError(faults)


def _about_columns(mapping: Mapping, columns: tuple[str, ...]) -> Iterator[str]:
    for name in sorted(mapping.used - set(columns)):
        yield f"The file has no column “{name}”."
    for name in dict.fromkeys(columns):
        if name in mapping.used and name in mapping.ignore:
            yield f"The column “{name}” is both taken in and ignored."
        if name and name not in mapping.used and name not in mapping.ignore:
            yield f"The column “{name}” goes nowhere: give it a field, or put it under ignore."
        if name in mapping.used and columns.count(name) > 1:
            yield f"The file has the column “{name}” more than once: rename one."


def _about_fields(mapping: Mapping, register: Register) -> Iterator[str]:
    taken: dict[str, int] = {}
    for name, several in mapping.columns.items():
        for one in several:
            taken[one.field] = taken.get(one.field, 0) + 1
            yield from _about_field(f"The column “{name}”", one, register)
    for name, value in mapping.constants.items():
        taken[name] = taken.get(name, 0) + 1
        yield from _about_field(f"The constant {name}", Column(field=name, values={"": value}), register)
    for name, times in taken.items():
        if times > 1 and name in register.fields and not register.fields[name].many:
            yield f"{name} holds one value, and {times} columns or constants go into it."


def _about_field(what: str, one: Column, register: Register) -> Iterator[str]:
    spec = register.fields.get(one.field)
    if spec is None or spec.until:
        yield f"{what} goes into {one.field}, which is no field of the register today."
    elif spec.sealed:
        yield (
            f"{what} goes into {one.field}, which can point at a person: it is never taken in in the clear. "
            "Put the column under ignore."
        )
    elif not spec.counted:
        yield f"{what} goes into {one.field}, which the program fills in by itself."
    else:
        if one.by in ("label", "code", "age") and not spec.coded:
            yield f"{what}: {one.field} has no list of codes to read by {one.by}."
        if one.split and not spec.many:
            yield f"{what}: {one.field} holds one value and cannot be split."
        for value in one.values.values():
            for code in _codes(value):
                if spec.coded and code not in register.current[spec.list_]:
                    yield f"{what}: {code} is no code of the list {spec.list_} of {one.field}."


def _codes(value: Value | tuple[str, ...]) -> tuple[str, ...]:
    if isinstance(value, str | int):
        return (str(value),) if value != "" else ()
    return tuple(value)


def _about_route(mapping: Mapping, route: Route) -> Iterator[str]:
    for party in (*mapping.counted_by, *(step.party for step in mapping.steps.values())):
        if party not in route.parties:
            yield f"There is no institution {party} on the route."
    for name in mapping.steps:
        if name not in route.steps:
            yield f"There is no step {name} on the route."


def values_of(told: Any) -> Any:
    """A value of the mapping as the register takes it: several as a list."""
    return list(told) if isinstance(told, tuple) else told
