"""A row of an old register as what a record of this one holds, or what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

from resguardo.core.calendar import Calendar
from resguardo.core.cleaning import trimmed
from resguardo.core.codes import Value, Values, as_codes, crossed
from resguardo.registry.cells import Cell, Instant, cell_of, cleaned, instant_of
from resguardo.registry.faults import Wrong
from resguardo.registry.labels import folded
from resguardo.registry.mapping import Column, Known, Mapping, Moment, Step, values_of
from resguardo.registry.tables import Line

LONGEST = 80
CUI = re.compile(r"\d{4}[ -]?\d{5}[ -]?\d{4}", re.ASCII)


@dataclass(frozen=True)
class Day:
    """What time it is where the register is kept, and how its waits end."""

    now: datetime
    zone: tzinfo
    calendar: Calendar

    @property
    def today(self) -> date:
        """The day of `now` in the zone."""
        return self.now.astimezone(self.zone).date()


@dataclass(frozen=True, slots=True)
class Row:
    """What a good row becomes. `stretches` are as `following` writes them."""

    number: str
    opened_at: datetime
    registered_at: datetime | None
    values: Values
    counted_by: str
    stretches: list[list[Any]]


@dataclass(frozen=True, slots=True)
class _Source:
    column: str
    place: int
    within: int | None
    field: str
    read: Cell


@dataclass(frozen=True, slots=True)
class _Stamp:
    column: str
    place: int
    read: Instant


class Reader:
    """Reads the rows of a file with `columns`, which `mapping.check` has found to fit."""

    def __init__(
        self, mapping: Mapping, known: Known, columns: tuple[str, ...], keeper: str, day: Day
    ) -> None:
        self.mapping, self.register, self.day = mapping, known.register, day
        self.columns = columns
        self._places = {name: place for place, name in enumerate(columns)}
        self._sources = [
            self._source(name, one) for name, several in mapping.columns.items() for one in several
        ]
        self._constants = self._fixed()
        self._opened = self._stamp(mapping.opened)
        self._registered = self._stamp(mapping.registered) if mapping.registered else None
        self._steps = [
            (name, step, self._stamp(step.since), self._stamp(step.done) if step.done else None)
            for name, step in mapping.steps.items()
        ]
        self._counted_by = "".join(f" {party} " for party in sorted({keeper, *mapping.counted_by}))
        refuses = mapping.refuses
        self._refusal: tuple[int, set[str]] | None = None
        if refuses:
            self._refusal = (self._places[refuses.column], {folded(text) for text in refuses.values})
        self._empty = frozenset(folded(text) for text in mapping.empty)

    def read(self, line: Line) -> Row | list[Wrong]:
        """The row, or everything that is wrong with it."""
        if line.fault:
            return [Wrong(line.number, "", "", line.fault)]
        wrong: list[Wrong] = []
        number = self._number(line, wrong)
        opened = self._moment(self._opened, line, wrong)
        if opened is None and not wrong:
            wrong.append(Wrong(line.number, self.mapping.opened.column, "", "no-opened"))
        registered = self._moment(self._registered, line, wrong) if self._registered else None
        values = self._values(line, wrong)
        stretches = list(self._stretches(line, wrong))
        if wrong or opened is None:
            return wrong
        return Row(number, opened, registered, values, self._counts(line), stretches)

    def number_of(self, line: Line) -> str:
        """The number of a row in the old register, empty where it has none."""
        return "" if line.fault else str(trimmed(line.cells[self._places[self.mapping.number]]))

    # ------------------------------------------------- the parts of a row
    def _number(self, line: Line, wrong: list[Wrong]) -> str:
        number = self.number_of(line)
        fault = "" if number else "no-number"
        if len(number) > LONGEST:
            fault = "number-too-long"
        elif CUI.fullmatch(number) and is_cui(re.sub(r"\D", "", number)):
            fault = "number-of-a-person"
        if fault:
            wrong.append(Wrong(line.number, self.mapping.number, "", fault))
        return number

    def _moment(self, stamp: _Stamp, line: Line, wrong: list[Wrong]) -> datetime | None:
        text = line.cells[stamp.place]
        if not text or folded(text) in self._empty:
            return None
        found, fault = stamp.read(text)
        if fault:
            wrong.append(Wrong(line.number, stamp.column, "", fault))
        return found

    def _values(self, line: Line, wrong: list[Wrong]) -> Values:
        """The values that the columns and constants give, and what follows from them."""
        values = dict(self._constants)
        begun = len(wrong)
        for source in self._sources:
            above = line.cells[source.within] if source.within is not None else ""
            value, fault = source.read(line.cells[source.place], above)
            if fault:
                wrong.append(Wrong(line.number, source.column, source.field, fault))
            elif value is not None and source.field in values:
                self._add(values, source, value, line, wrong)
            elif value is not None:
                values[source.field] = value
        if len(wrong) == begun:
            wrong += [Wrong(line.number, "", one.field, one.code) for one in crossed(values)]
        return dict(sorted((self.register.compute(values) | values).items()))

    def _add(self, values: Values, source: _Source, value: Value, line: Line, wrong: list[Wrong]) -> None:
        """One more column of a field that holds several."""
        spec = self.register.fields[source.field]
        both = [*as_codes(values[source.field]), *as_codes(value)]
        found, fault = cleaned(both, spec, self.register, self.day.today)
        if fault:
            wrong.append(Wrong(line.number, source.column, source.field, fault))
        elif found is not None:
            values[source.field] = found

    def _stretches(self, line: Line, wrong: list[Wrong]) -> Iterator[list[Any]]:
        for name, step, since_at, done_at in self._steps:
            since = self._moment(since_at, line, wrong)
            done = self._moment(done_at, line, wrong) if done_at else None
            if since is None:
                continue
            if done is not None and done < since:
                column = step.done.column if step.done else ""
                wrong.append(Wrong(line.number, column, "", "done-before-owed"))
                continue
            yield [name, step.party, _second(since), self._due(step, since), _second(done), ""]

    def _due(self, step: Step, since: datetime) -> int | None:
        return _second(self.day.calendar(since, step.due)) if step.due else None

    def _counts(self, line: Line) -> str:
        """The institutions that may count the row: none where she refuses."""
        if self._refusal and folded(line.cells[self._refusal[0]]) in self._refusal[1]:
            return ""
        return self._counted_by

    # ------------------------------------------------- the mapping, made ready
    def _source(self, name: str, one: Column) -> _Source:
        mapping = self.mapping
        return _Source(
            column=name,
            place=self._places[name],
            within=self._places[one.within] if one.within else None,
            field=one.field,
            read=cell_of(one, self.register, mapping.dates, mapping.empty, self.day.today),
        )

    def _stamp(self, moment: Moment) -> _Stamp:
        formats = (moment.format,) if moment.format else self.mapping.dates
        read = instant_of(formats, self.day.zone, self.day.now)
        return _Stamp(moment.column, self._places[moment.column], read)

    def _fixed(self) -> Values:
        given = {name: values_of(value) for name, value in self.mapping.constants.items()}
        values, _ = self.register.clean(given, self.day.today, ("form", "computed"))
        return values


def _second(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())


def is_cui(digits: str) -> bool:
    """Whether 13 digits are built like a Guatemalan identity number: its check digit and its department fit.

    Source: RENAP, algorithm of the CUI (status MEMORY).
    """
    weighed = sum(int(digit) * weight for weight, digit in enumerate(digits[:8], 2))
    return weighed % 11 == int(digits[8]) and 1 <= int(digits[9:11]) <= 22
