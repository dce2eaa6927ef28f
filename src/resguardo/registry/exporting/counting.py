"""Counts of incidents for tables that others define: each incident once, only where it may be counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import orjson
from django.conf import settings

from resguardo.core.codes import Values
from resguardo.registry.exporting.choosing import Choice, Found

NETWORK = "network"
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident of a table: the day it was opened on where the register is kept, and its values."""

    opened: datetime
    registered: bool
    values: Values

    def one(self, field: str, other: str = "") -> str:
        """The code of a field of one value; `other` where it has none."""
        return str(self.values.get(field) or other)

    def all(self, field: str) -> list[str]:
        """The codes of a field of several values."""
        found = self.values.get(field)
        return [str(code) for code in found] if isinstance(found, list) else [str(found)] if found else []


@dataclass(frozen=True)
class Seen:
    """How many entries a table rests on, and how many were left out as told twice within the network."""

    counted: int
    twice: int


def of_year(year: int, party: str) -> Choice:
    """The entries of a calendar year, where the register is kept, that `party` may count."""
    zone = ZoneInfo(settings.TIME_ZONE)
    since, until = datetime(year, 1, 1, tzinfo=zone), datetime(year + 1, 1, 1, tzinfo=zone)
    return Choice(party=party, since=since, until=until)


def incidents(choice: Choice) -> Iterator[Incident]:
    """Every incident once: what had been told elsewhere in the network is counted there."""
    for found in rows(choice):
        if found.one("previously_reported") != NETWORK:
            yield found


def rows(choice: Choice) -> Iterator[Incident]:
    """Every entry of `choice`."""
    zone = ZoneInfo(settings.TIME_ZONE)
    for chunk in choice.chunks():
        for found in chunk:
            yield _incident(found, zone)


def _incident(found: Found, zone: ZoneInfo) -> Incident:
    values: dict[str, Any] = orjson.loads(found.values)
    return Incident(found.opened_at.astimezone(zone), bool(found.version), values)


def seen(choice: Choice) -> Seen:
    """How many entries of `choice` are counted, and how many are not because they were told twice."""
    twice = [found.one("previously_reported") == NETWORK for found in rows(choice)]
    return Seen(len(twice) - sum(twice), sum(twice))


def tally(found: Iterable[Incident], keys: Callable[[Incident], Iterable[Key]]) -> Counter[Key]:
    """How many incidents have each key; an incident may have several, and each counts."""
    return Counter(key for one in found for key in keys(one))
