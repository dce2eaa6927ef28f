"""The register and its figures at a million records, on SQLite as deployed (WAL, synchronous FULL, a file).

`page_ms` and `overview_ms` are whole requests of a signed-in officer, each page asked with other filters each
time, so that nothing is answered from memory; `save_ms` is one saving of the officer's form (event, chain,
sealed record, entry). The peer of import and export is the bare work: reading the same file with the `csv`
module, writing the same rows with pyarrow from memory.
"""

from __future__ import annotations

import contextlib
import csv
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.journey import machine

RECORDS, DISTINCT, IMPORTED = 1_000_000, 50_000, 40_000
UNTIL = datetime(2026, 11, 20, tzinfo=UTC)
PASSWORD = "una frase larga y tranquila"
COLUMNS = (
    'keeper,register,version,opened_at,registered_at,"values",origins,stretches,acts,counted_by,seq,revision,'
    "taken_in_id,case_id"
)


def timed(act: Callable[[], object]) -> float:
    """Milliseconds of one call."""
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


def run() -> dict[str, Any]:
    """Figures in milliseconds and rows a second; ratios against the bare work."""
    os.environ["RESGUARDO_DATA"] = tempfile.mkdtemp(prefix="resguardo-register-")
    os.environ["RESGUARDO_SECOND_FACTOR"] = "optional"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "resguardo.site.settings")
    import django

    django.setup()
    from django.core.management import call_command
    from django.test.utils import setup_test_environment

    call_command("migrate", verbosity=0)
    setup_test_environment()
    from tests.persons import Persons

    persons = Persons()
    fill()
    figures = columns_ms() | pages() | {"save_ms": save_ms(persons)}
    importing, exporting = import_rate(), export_rate()
    return {
        "bench": "register",
        "machine": machine(),
        "figures": figures | importing[0] | exporting[0] | {"records": RECORDS},
        "ratios": importing[1] | exporting[1],
    }


def fill() -> None:
    """A million records: DISTINCT invented ones, again and again under other numbers."""
    from django.db import connection, transaction

    from resguardo import invented
    from resguardo.registry.following import next_revision, register
    from resguardo.registry.models import Entry

    with transaction.atomic():
        revision = next_revision()
        for some in invented.entries(register(), DISTINCT, UNTIL):
            for one in some:
                one.revision = revision
            Entry.objects.bulk_create(some, batch_size=500)
    with transaction.atomic(), connection.cursor() as cursor:
        for turn in range(1, RECORDS // DISTINCT):
            cursor.execute(
                f"INSERT INTO registry_entry (number,{COLUMNS}) SELECT number||'-{turn}',{COLUMNS} "
                f"FROM registry_entry WHERE id<={DISTINCT}"
            )


def columns_ms() -> dict[str, float]:
    """Making the columns of all records, bringing them to one that changed, publishing the quarters."""
    from resguardo.indicators import releases, snapshot
    from resguardo.registry.following import next_revision
    from resguardo.registry.models import Entry

    whole = timed(snapshot.refresh)
    Entry.objects.filter(pk=1).update(revision=next_revision())
    return {
        "columns_s": whole / 1000,
        "refresh_ms": timed(snapshot.refresh),
        "publish_s": timed(lambda: releases.freeze(UNTIL)) / 1000,
    }


def pages() -> dict[str, float]:
    """Whole requests of an officer: the overview, and pages of indicators with ever other filters."""
    from django.test import Client

    from resguardo import packs

    client = Client()
    client.post("/trabajo/entrar/", {"username": "pnc1", "password": PASSWORD})
    figures = packs.load("gt").figures
    months = [f"{year}-{month:02}" for year in (2024, 2025) for month in range(1, 13)]

    def ask(address: str) -> float:
        begun = time.perf_counter()
        answer = client.get(address)
        assert answer.status_code == 200, (address, answer.status_code)
        return (time.perf_counter() - begun) * 1000

    ask("/trabajo/cifras/")
    overview = [ask(f"/trabajo/cifras/?desde={month}") for month in months[:8]]
    measured = [one for one in figures.indicator if one.how != "awaits"]
    taken: dict[str, float] = {}
    for place, one in enumerate(measured):
        by = one.by[place % len(one.by)]
        ask(f"/trabajo/cifras/{one.id}/?por={by}&residence_dept=16")
        taken[one.id] = ask(f"/trabajo/cifras/{one.id}/?por={one.by[0]}&desde={months[place % 24]}")
    public = [ask(f"/cifras/reports/?por=tactic_primary&residence_dept={d:02}") for d in range(1, 9)]
    slowest = max(taken, key=taken.__getitem__)
    print(f"slowest page: {slowest}")
    return {
        "overview_ms": statistics.median(overview),
        "page_ms": statistics.median(taken.values()),
        "page_slowest_ms": taken[slowest],
        "public_page_ms": statistics.median(public),
    }


def save_ms(persons: Any) -> float:
    """The median of savings of the officer's form, of cases of their own."""
    from resguardo.registry import commands
    from resguardo.registry.queries import sheet
    from tests.persons import tell

    taken = []
    for turn in range(30):
        case = tell(age="adult", department="16").case
        given = {
            **sheet(case, persons["pnc"]).values,
            "tactic": ["IMG-02"],
            "tactic_primary": "IMG-02",
            "reach": turn,
        }
        given |= {"perp_name": "inventado", "residence_muni": "1601", "relationship": "ex_spouse"}
        taken.append(
            timed(lambda case=case, given=given: commands.record(case, given, persons["pnc"], UNTIL))
        )
    return statistics.median(taken)


def import_rate() -> tuple[dict[str, float], dict[str, float]]:
    """Rows a second from CSV and from XLSX into the database, and against reading with `csv` alone."""
    from resguardo.registry.importing import import_file
    from resguardo.registry.models import Entry
    from tests.registry.old import MAPPING, write, write_xlsx

    path = Path(tempfile.mkdtemp()) / "old.csv"
    write(path, IMPORTED)
    began = time.perf_counter()
    import_file(path, MAPPING, "pnc", UNTIL)
    ours = IMPORTED / (time.perf_counter() - began)
    began = time.perf_counter()
    with open(path, encoding="utf-8", newline="") as rows:
        read = sum(1 for _ in csv.reader(rows)) - 1
    bare = read / (time.perf_counter() - began)
    write_xlsx(path.with_suffix(".xlsx"), IMPORTED)
    Entry.objects.filter(register="sistema-2019").delete()
    began = time.perf_counter()
    import_file(path.with_suffix(".xlsx"), MAPPING, "pnc", UNTIL)
    sheet = IMPORTED / (time.perf_counter() - began)
    return {"import_rows_per_s": ours, "import_xlsx_rows_per_s": sheet}, {"import_to_csv": ours / bare}


def export_rate() -> tuple[dict[str, float], dict[str, float]]:
    """Rows a second into Parquet, the memory of it, and both against less and against the bare writing."""
    import pyarrow.parquet as parquet

    folder = Path(tempfile.mkdtemp())
    part, part_mb, _ = exported(folder / "part", "--since", "2026-06-01")
    rows, whole_mb, seconds = exported(folder / "whole")
    table = parquet.read_table(folder / "whole" / "entries.parquet")
    bare = timed(lambda: parquet.write_table(table, folder / "again.parquet")) / 1000
    return (
        {"export_rows_per_s": rows / seconds, "export_rows": rows, "export_peak_mb": whole_mb},
        {
            "export_to_pyarrow": (rows / seconds) / (table.num_rows / bare),
            "export_rows_to_part": rows / part,
            "export_memory_to_part": whole_mb / part_mb,
        },
    )


def exported(folder: Path, *more: str) -> tuple[int, float, float]:
    """Export in a process of its own: rows, its greatest memory in MB, seconds."""
    import pyarrow.parquet as parquet

    line = [sys.executable, "-m", "resguardo.cli", "register", "export", "--to", str(folder)]
    began = time.perf_counter()
    child = subprocess.Popen(
        [*line, "--format", "parquet", "--keeper", "pnc", *more], stdout=subprocess.DEVNULL
    )
    peak = 0.0
    while child.poll() is None:
        # The accounting of a child that has ended counts the memory of its parent before it began.
        with contextlib.suppress(OSError, IndexError):
            status = Path(f"/proc/{child.pid}/status").read_text()
            peak = max(peak, int(status.split("VmHWM:")[1].split()[0]) / 1024)
        time.sleep(0.05)
    assert child.returncode == 0, more
    seconds = time.perf_counter() - began
    return parquet.read_metadata(folder / "entries.parquet").num_rows, peak, seconds
