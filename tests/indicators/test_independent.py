"""Every indicator, computed a second time: from the exported files, in SQL, by another program (DuckDB).

Kaplan-Meier is written out here by the product-limit formula; the product takes it from SciPy.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import duckdb
import numpy as np
import pytest
from django.db import models

from resguardo import packs
from resguardo.core.indicator import Indicator
from resguardo.indicators import queries
from resguardo.indicators.counting import measure
from resguardo.registry.exporting.choosing import Choice
from resguardo.registry.exporting.package import export
from resguardo.registry.models import Entry
from tests.indicators.invented import UNTIL, columns_of, invented

# A database is made for modules that say so.
pytestmark = pytest.mark.django_db
PACK = packs.load("gt")
MEASURED = [one for one in PACK.figures.indicator if one.how != "awaits"]
PARTY = "pnc"
SOME = 2500
LOCAL = "opened_at AT TIME ZONE 'America/Guatemala'"
PERIODS = {
    "month": f"strftime({LOCAL}, '%Y-%m')",
    "quarter": f"strftime({LOCAL}, '%Y-T') || quarter({LOCAL})",
    "year": f"strftime({LOCAL}, '%Y')",
    "keeper": "coalesce(keeper, '')",
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker) -> Path:
    """The exported package of SOME invented records; the database is as before when the test begins."""
    folder = tmp_path_factory.mktemp("export") / "package"
    with django_db_blocker.unblock():
        Entry.objects.all().delete()
        Entry.objects.bulk_create(copied(), batch_size=200)
        try:
            export(folder, Choice(keeper=PARTY), "parquet", UNTIL)
        finally:
            Entry.objects.all().delete()
    return folder


def copied() -> list[Entry]:
    """Fresh rows of the first SOME invented records."""
    names = [field.attname for field in Entry._meta.fields if not isinstance(field, models.AutoField)]
    return [Entry(**{name: getattr(one, name) for name in names}) for one in invented()[:SOME]]


@pytest.fixture(scope="module")
def base(files: Path) -> duckdb.DuckDBPyConnection:
    """The exported tables, and the entries that may be counted."""
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    for name in ("entries", "stretches", "acts"):
        con.execute(f"CREATE TABLE {name}_all AS SELECT * FROM '{files / f'{name}.parquet'}'")
    con.execute(
        "CREATE TABLE entries AS SELECT * FROM entries_all WHERE list_contains(counted_by, ?) "
        "AND previously_reported IS DISTINCT FROM 'network'",
        [PARTY],
    )
    con.execute(
        "CREATE TABLE stretches AS SELECT e.*, s.step, s.party, s.since AS owed_at, s.due, "
        "s.done AS done_at, CASE WHEN s.done IS NULL THEN 'no' ELSE 'yes' END AS done FROM stretches_all s "
        "JOIN entries e USING (entry)"
    )
    con.execute(
        "CREATE TABLE acts AS SELECT e.*, a.kind AS act, a.party, a.detail, a.at AS act_at FROM acts_all a "
        "JOIN entries e USING (entry)"
    )
    return con


def several(name: str) -> bool:
    return name in PACK.register.fields and PACK.register.fields[name].many


def conditions(where: dict[str, tuple[str, ...]]) -> str:
    """Conditions as SQL."""
    found = ["true"]
    for name, codes in where.items():
        listed = ", ".join(f"'{code}'" for code in codes)
        found.append(f"list_has_any({name}, [{listed}])" if several(name) else f"{name} IN ({listed})")
    return " AND ".join(found)


def group(by: str) -> tuple[str, str]:
    """The column to group by, and what has to be joined for it."""
    if several(by):
        return "one.code", f", unnest({by}) AS one(code)"
    return (PERIODS.get(by) or f"coalesce({by}, '')"), ""


def share(condition: str) -> str:
    """How many in a hundred meet `condition`."""
    return f"100.0 * avg(CASE WHEN {condition} THEN 1 ELSE 0 END)"


def formula(indicator: Indicator) -> tuple[str, str]:
    """What to compute of a group of rows, in SQL: the value and a further condition."""
    hours = "(epoch(coalesce(done_at, $now)) - epoch({since})) / 3600"
    match indicator.how:
        case "count":
            return "count(*)", "true"
        case "share" if indicator.within and indicator.over == "acts":
            return share(f"epoch(act_at) - epoch(opened_at) <= {indicator.within} * 3600"), "true"
        case "share" if indicator.within:
            began = "owed_at" if indicator.begins == "owed" else "opened_at"
            return share(f"{hours.format(since=began)} <= {indicator.within}"), "true"
        case "share":
            return share(conditions(dict(indicator.part))), "true"
        case "late":
            return share("coalesce(done_at, $now) > due"), "due IS NOT NULL"
        case "mean":
            required = sorted(PACK.register.required)
            filled = " + ".join(
                f"({'len(' + n + ')' if several(n) else n} IS NOT NULL)::int" for n in required
            )
            return f"avg(floor(100.0 * ({filled}) / {len(required)}))", "true"
        case "middle":
            return f"quantile_cont({indicator.number}, 0.5)", f"{indicator.number} IS NOT NULL"
        case "gap":
            since, until = (f"try_cast({n} AS DATE)" for n in (indicator.since, indicator.until))
            return f"quantile_cont({until} - {since}, 0.5)", f"{until} >= {since}"
    raise AssertionError(indicator.how)


def second(con: duckdb.DuckDBPyConnection, indicator: Indicator, by: str) -> dict[str, float]:
    """The indicator by `by`, from the export."""
    column, joined = group(by)
    of = conditions(dict(indicator.of))
    if indicator.how == "wait":
        rows = con.execute(
            f"SELECT {column}, (epoch(coalesce(done_at, $now)) - epoch(opened_at)) / 3600, done_at IS NULL "
            f"FROM {indicator.over}{joined} WHERE {of}",
            {"now": UNTIL},
        ).fetchall()
        grouped: dict[str, list[tuple[float, bool]]] = {}
        for code, hours, waiting in rows:
            grouped.setdefault(code, []).append((hours, waiting))
        return {code: product_limit(values, 0.5) for code, values in grouped.items()}
    value, also = formula(indicator)
    named = {"now": UNTIL} if "$now" in value else {}
    found = con.execute(
        f"SELECT {column} AS code, {value} FROM {indicator.over}{joined} WHERE {of} AND {also} GROUP BY code",
        named,
    ).fetchall()
    return {code: float(number) for code, number in found}


def product_limit(values: list[tuple[float, bool]], share: float) -> float:
    """The first time at which no more than `share` still wait: Kaplan and Meier, 1958."""
    still, left = 1.0, len(values)
    for time in sorted({time for time, _ in values}):
        here = [waiting for at, waiting in values if at == time]
        ended = here.count(False)
        still *= 1 - ended / left
        left -= len(here)
        if ended and still <= share + 1e-12:
            return time
    return float("nan")


@pytest.fixture(scope="module")
def ours():
    return columns_of(PACK.register, invented()[:SOME])


@pytest.mark.parametrize("indicator", MEASURED, ids=lambda one: one.id)
def test_an_indicator_equals_its_second_computation(indicator: Indicator, base, ours) -> None:
    now = int(UNTIL.timestamp())
    for by in indicator.by:
        measured = measure(indicator, ours, ours.counted_by(PARTY), now, by)
        first = {code: np.nan if cell.value is None else cell.value for code, cell in measured.rows}
        other = second(base, indicator, by)
        assert first.keys() == other.keys(), by
        for code, value in first.items():
            assert value == pytest.approx(other[code], nan_ok=True, abs=1e-6), (by, code)


def test_the_funnel_equals_its_second_computation(base, ours) -> None:
    chosen, counts = "true", []
    for stage in PACK.figures.funnel:
        chosen += f" AND {conditions(dict(stage.of))}"
        if stage.step:
            chosen += (
                f" AND EXISTS (SELECT 1 FROM stretches s WHERE s.entry = e.entry AND s.step = '{stage.step}' "
                "AND s.done_at IS NOT NULL)"
            )
        counts.append(base.execute(f"SELECT count(*) FROM entries e WHERE {chosen}").fetchone()[0])
    from resguardo.indicators.whole import funnel

    assert funnel(PACK.figures, ours, ours.counted_by(PARTY)) == counts


def test_months_between_two_are_those_of_the_export(base, ours) -> None:
    since, until = (UNTIL - timedelta(days=days) for days in (400, 100))
    months = [f"{day:%Y-%m}" for day in (since, until)]
    count = base.execute("SELECT count(*) FROM entries WHERE month BETWEEN ? AND ?", months).fetchone()[0]
    assert int((ours.between(*months) & ours.counted_by(PARTY)).sum()) == count


def test_every_field_that_is_counted_can_be_broken_down_by() -> None:
    lead = PACK.figures.named("reports")
    assert lead is not None
    coded = {one.name for one in PACK.register.counted if one.coded and not one.until}
    assert coded <= set(queries.breakdowns(lead, "own"))
