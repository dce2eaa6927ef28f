"""Invented records as columns, without a database: made once, and the same for every test that asks."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from resguardo import packs
from resguardo.core.codes import Register
from resguardo.indicators import releases, snapshot
from resguardo.indicators.columns import Columns
from resguardo.indicators.releases import Published
from resguardo.invented import entries
from resguardo.registry.models import Entry

UNTIL = datetime(2026, 11, 20, tzinfo=UTC)
COUNT = 6000


def rows_of(made: list[Entry]) -> list[dict[str, object]]:
    """Entries as the database gives them."""
    return [{"id": place, **{n: getattr(e, n) for n in snapshot.READ[1:]}} for place, e in enumerate(made, 1)]


def columns_of(register: Register, made: list[Entry]) -> Columns:
    """Some entries as columns."""
    place = Path(tempfile.mkdtemp(prefix="resguardo-columns-"))
    snapshot.save(snapshot.tables_of(register, rows_of(made)), place)
    return Columns(place, register)


@lru_cache(maxsize=1)
def invented() -> list[Entry]:
    """COUNT invented records of the three years before UNTIL."""
    return [one for some in entries(packs.load("gt").register, COUNT, UNTIL) for one in some]


@lru_cache(maxsize=1)
def whole() -> Columns:
    """All of them as columns."""
    return columns_of(packs.load("gt").register, invented())


@lru_cache(maxsize=1)
def publication() -> Published:
    """All quarters of them that have ended, as published."""
    columns = whole()
    return Published([releases.release(columns, q, UNTIL) for q in releases.ended(columns, UNTIL)])
