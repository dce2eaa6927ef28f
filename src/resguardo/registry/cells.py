"""Reading one cell of an old register: a function of its text, remembered, because cells repeat."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache

from resguardo.core.cleaning import ABOUT, CLEANERS, trimmed
from resguardo.core.codes import Field, Register, Value
from resguardo.registry.labels import Labels, folded
from resguardo.registry.mapping import Column, values_of

REMEMBERED = 20_000
ISO = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
SOON = timedelta(days=1)
Cell = Callable[[str, str], tuple[Value | None, str]]
"""The text of a cell, and of the one that tells apart its places, as a value or a code of what is wrong."""
Instant = Callable[[str], tuple[datetime | None, str]]


def cell_of(one: Column, register: Register, dates: Sequence[str], empty: Sequence[str], today: date) -> Cell:
    """How the cells of a column that goes into a field are read."""
    spec = register.fields[one.field]
    given = {folded(text): values_of(value) for text, value in one.values.items()}
    without = frozenset(folded(text) for text in empty)
    way = _way(one, spec, register, tuple(dates))

    def single(text: str, above: str) -> tuple[Value | None, str]:
        key = folded(text)
        if key in given:
            return (given[key], "") if given[key] not in ("", []) else (None, "")
        if key in without or not text:
            return None, ""
        return way(text, above)

    def clean(found: Value | None, wrong: str) -> tuple[Value | None, str]:
        if wrong or found is None:
            return None, wrong
        return cleaned(found, spec, register, today)

    def several(text: str, above: str) -> tuple[Value | None, str]:
        codes: list[str] = []
        for part in text.split(one.split) if one.split else (text,):
            found, wrong = single(part.strip(), above)
            if wrong:
                return None, wrong
            codes += found if isinstance(found, list) else [str(found)] if found is not None else []
        return clean(codes or None, "")

    def alone(text: str, above: str) -> tuple[Value | None, str]:
        return clean(*single(text, above))

    return lru_cache(REMEMBERED)(several if spec.many else alone)


def cleaned(found: Value, spec: Field, register: Register, today: date) -> tuple[Value | None, str]:
    """What a record may hold of `found` in the field `spec`, or the code of what is wrong."""
    known = register.current.get(spec.list_, frozenset())
    value, wrong = CLEANERS[spec.kind](trimmed(found), known, today)
    return (None, wrong) if wrong else (value, "")


def _way(one: Column, spec: Field, register: Register, dates: tuple[str, ...]) -> Cell:
    """How the text of a cell is read where the mapping does not say its value."""
    if spec.kind in ("date", "about"):
        return lambda text, above: _day(text, (one.format, *dates) if one.format else dates)
    if not spec.coded:
        return lambda text, above: (text, "")
    labels = Labels(register.lists[spec.list_], register.lists)
    if one.by == "age":
        return lambda text, above: _age(text, labels)
    if one.by == "code":
        return lambda text, above: _one(labels.exact(text), "no-such-code")
    over = Labels(register.lists[labels.within]) if labels.within else None

    def by_label(text: str, above: str) -> tuple[Value | None, str]:
        whole = (over.find(above) or over.exact(above)) if over and above else ()
        if above and not whole:
            return None, "no-such-label"
        found = labels.find(text, whole[0] if whole else "") or labels.exact(text)
        return _one(found, "no-such-label")

    return by_label


def _one(found: tuple[str, ...], missing: str) -> tuple[Value | None, str]:
    if len(found) > 1:
        return None, "several-places"
    return (found[0], "") if found else (None, missing)


def _age(text: str, labels: Labels) -> tuple[Value | None, str]:
    number = text.strip()
    found = labels.of_age(int(number)) if number.isascii() and number.isdigit() else labels.find(text)
    return _one(found, "not-an-age")


def _day(text: str, formats: Sequence[str]) -> tuple[Value | None, str]:
    """A day, a month or a year, as far as the way of writing goes."""
    if ABOUT.fullmatch(text):
        return text, ""
    for way in formats:
        with suppress(ValueError):
            day = datetime.strptime(text, way).date().isoformat()
            return day[: 10 if "%d" in way else 7 if re.search("%[mbB]", way) else 4], ""
    with suppress(ValueError):
        return datetime.fromisoformat(text).date().isoformat(), ""
    return None, "not-a-date"


def instant_of(formats: Sequence[str], zone: tzinfo, now: datetime) -> Instant:
    """How the cells of a column of moments are read; a moment without a zone is one of `zone`."""

    @lru_cache(REMEMBERED)
    def read(text: str) -> tuple[datetime | None, str]:
        found = _moment(text, formats)
        if found is None:
            return None, "not-a-moment"
        moment = found if found.tzinfo else found.replace(tzinfo=zone)
        return (moment, "") if moment <= now + SOON else (None, "moment-to-come")

    return read


def _moment(text: str, formats: Sequence[str]) -> datetime | None:
    for way in formats:
        with suppress(ValueError):
            return datetime.strptime(text, way)
    if ISO.match(text):
        with suppress(ValueError):
            return datetime.fromisoformat(text)
    return None
