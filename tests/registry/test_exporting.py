"""The register written out: whole, described, readable by strangers; in open data no woman can be found."""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import openpyxl
import pytest
from frictionless import Package

from resguardo.registry import commands
from resguardo.registry.errors import RegistryError
from resguardo.registry.exporting import opendata, writers
from resguardo.registry.exporting.choosing import Choice
from resguardo.registry.exporting.gbvims import gbvims, wait_of
from resguardo.registry.exporting.opendata import NotAnonymous, open_data
from resguardo.registry.exporting.package import export
from resguardo.registry.exporting.uncts import un_cts
from resguardo.registry.following import register
from resguardo.registry.importing import import_file
from resguardo.registry.models import Entry
from tests.persons import CONSENTS, NOW, Persons, minutes, tell
from tests.registry import old
from tests.registry.test_commands import FORM

ROWS = 300
LATER = datetime(2027, 2, 3, 12, tzinfo=UTC)


@pytest.fixture
def taken_in(db: None, tmp_path: Path) -> int:
    """Invented rows of an old register; how many the police may count."""
    import_file(old.write(tmp_path / "old.csv", ROWS), old.MAPPING, "pnc", NOW)
    return Entry.objects.filter(counted_by__contains=" pnc ").count()


def described(folder: Path) -> dict[str, Any]:
    about: dict[str, Any] = json.loads((folder / "datapackage.json").read_text())
    return about


@pytest.mark.parametrize("format_", ["csv", "xlsx", "jsonl"])
def test_strangers_find_every_package_valid(taken_in: int, tmp_path: Path, format_: writers.Format) -> None:
    made = export(tmp_path / "out", Choice(party="pnc"), format_, NOW, "CC-BY-4.0")
    assert made.rows["entries"] == taken_in
    report = Package(str(tmp_path / "out/datapackage.json")).validate()
    assert report.valid, report.flatten(["title", "note"])[:5]
    rows = {task.name: task.stats.get("rows", 0) for task in report.tasks}
    assert {name: rows.get(name, 0) for name in made.rows} == made.rows


def test_a_stranger_sees_a_code_that_is_on_no_list(taken_in: int, tmp_path: Path) -> None:
    export(tmp_path / "out", Choice(party="pnc"), "csv", NOW)
    path = tmp_path / "out/entries.csv"
    path.write_text(path.read_text().replace('"kek"', '"qqq"', 1).replace('"whatsapp"', '"fax;whatsapp"', 1))
    about = described(tmp_path / "out")
    for resource in about["resources"]:
        resource.pop("hash"), resource.pop("bytes")
    (tmp_path / "out/datapackage.json").write_text(json.dumps(about))
    found = Package(str(tmp_path / "out/datapackage.json")).validate().flatten(["type", "fieldName"])
    assert ["constraint-error", "language"] in found
    assert ["constraint-error", "platform"] in found


@pytest.mark.parametrize("format_", writers.FORMATS)
def test_a_package_says_the_digest_and_the_rows_of_each_file(
    taken_in: int, tmp_path: Path, format_: writers.Format
) -> None:
    made = export(tmp_path / "out", Choice(party="pnc"), format_, NOW, chunk=70)
    about = described(tmp_path / "out")
    assert about["register"] == register().ref
    for resource in about["resources"]:
        content = (tmp_path / "out" / resource["path"]).read_bytes()
        assert resource["hash"] == "sha256:" + hashlib.sha256(content).hexdigest()
        assert resource["rows"] == made.rows[resource["name"]]
    assert b"canario" not in b"".join(path.read_bytes() for path in (tmp_path / "out").iterdir())


def test_duckdb_counts_the_parquet_as_the_database_does(taken_in: int, tmp_path: Path) -> None:
    export(tmp_path / "out", Choice(party="pnc"), "parquet", NOW, chunk=64)
    entries = f"read_parquet('{tmp_path}/out/entries.parquet')"
    count = duckdb.sql(f"select sex, count(*) from {entries} group by sex").fetchall()
    assert dict(count) == {"F": taken_in}
    found = duckdb.sql(f"select list_contains(platform, 'facebook') p, count(*) from {entries} group by p")
    chosen = [
        json.loads(v) for v in Entry.objects.filter(counted_by=" mp  pnc ").values_list("values", flat=True)
    ]
    assert dict(found.fetchall()).get(True) == sum(
        "facebook" in values.get("platform", []) for values in chosen
    )
    steps = f"read_parquet('{tmp_path}/out/stretches.parquet')"
    joined = f"select count(*) from {entries} join {steps} using (entry) where due - since = interval 24 hour"
    assert duckdb.sql(joined).fetchall() == [(taken_in,)]


def test_what_goes_out_comes_back_the_same(taken_in: int, tmp_path: Path) -> None:
    choice = Choice(keeper="pnc")
    export(tmp_path / "out", choice, "csv", NOW)
    before = dict(Entry.objects.values_list("number", "values"))
    fields = choice.fields(register())
    columns = "\n".join(
        f'[columns.{one.name}]\nfield = "{one.name}"\n'
        + ('by = "code"\n' if one.coded else "")
        + ('split = ";"\n' if one.many else "")
        for one in fields
    )
    mapping = f"""
register = "copia"
number = "number"
opened = "opened_at"
ignore = ["entry", "version", "keeper", "register", "registered_at", "month", "counted_by"]
{columns}"""
    outcome = import_file(tmp_path / "out/entries.csv", mapping, "pnc", NOW)
    assert outcome.fresh == ROWS
    copies = Entry.objects.filter(register="copia")
    after = {n: json.loads(v) for n, v in copies.values_list("number", "values")}
    assert after == {n: json.loads(v) for n, v in before.items()}
    opened = dict(Entry.objects.filter(register="sistema-2019").values_list("number", "opened_at"))
    assert dict(copies.values_list("number", "opened_at")) == opened


def test_each_institution_gets_what_it_may_count_and_the_fields_it_may_see(
    persons: Persons, tmp_path: Path
) -> None:
    for counts in ("pnc", "dmm"):
        opened = tell(consents=(*CONSENTS, ("statistics", counts)), age="adult")
        commands.record(opened.case, {**FORM, "motive": "control"}, persons["pnc"], minutes(5))
    got = {}
    for name in ("pnc", "dmm"):
        export(tmp_path / name, Choice(party=name), "jsonl", NOW)
        got[name] = [json.loads(row) for row in (tmp_path / name / "entries.jsonl").read_text().splitlines()]
    assert [row["counted_by"] for row in got["pnc"]] == [["pnc"]]
    assert [row["counted_by"] for row in got["dmm"]] == [["dmm"]]
    assert got["pnc"][0]["motive"] == "control"
    assert "motive" not in got["dmm"][0]
    assert "accounts_urls" not in got["pnc"][0]
    made = export(tmp_path / "kept", Choice(keeper="pnc"), "csv", NOW)
    assert made.rows["entries"] == 2
    assert "canario" not in "".join(path.read_text() for path in (tmp_path / "kept").iterdir())


def test_an_export_is_for_one_institution_that_exists(db: None, tmp_path: Path) -> None:
    for choice in (Choice(), Choice("pnc", "pnc"), Choice("fbi"), Choice(keeper="mp")):
        with pytest.raises(RegistryError):
            export(tmp_path / "out", choice, "csv", NOW)
    assert list(tmp_path.iterdir()) == []


def test_an_empty_register_is_a_valid_package(db: None, tmp_path: Path) -> None:
    for format_ in writers.FORMATS:
        made = export(tmp_path / format_, Choice("pnc"), format_, NOW)
        assert made.rows["entries"] == 0
        if format_ != "parquet":
            assert Package(str(tmp_path / format_ / "datapackage.json")).validate().valid
    assert duckdb.sql(f"from read_parquet('{tmp_path}/parquet/entries.parquet')").fetchall() == []


def test_a_time_is_a_time_where_the_register_is_kept(taken_in: int, tmp_path: Path) -> None:
    zone = ZoneInfo("America/Guatemala")
    since, until = datetime(2024, 6, 1, tzinfo=zone), datetime(2024, 7, 1, tzinfo=zone)
    export(tmp_path / "out", Choice("pnc", since=since, until=until), "csv", NOW)
    with open(tmp_path / "out/entries.csv", newline="") as rows:
        assert {row["month"] for row in csv.DictReader(rows)} == {"2024-06"}


def test_no_cell_is_a_formula(taken_in: int, tmp_path: Path) -> None:
    evil = '=HYPERLINK("http://canario.example","1")'
    Entry.objects.filter(pk=Entry.objects.filter(counted_by__contains="pnc").first().pk).update(number=evil)
    export(tmp_path / "csv", Choice("pnc"), "csv", NOW)
    with open(tmp_path / "csv/entries.csv", newline="") as rows:
        assert f"'{evil}" in {row["number"] for row in csv.DictReader(rows)}
    export(tmp_path / "xlsx", Choice("pnc"), "xlsx", NOW)
    sheet = openpyxl.load_workbook(tmp_path / "xlsx/entries.xlsx").active
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value == evil]
    assert {cell.data_type for cell in cells} == {"s"}


def test_a_spreadsheet_that_is_too_small_leaves_nothing(
    taken_in: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writers, "SHEET_ROWS", 50)
    with pytest.raises(writers.TooManyRows):
        export(tmp_path / "x" / "out", Choice("pnc"), "xlsx", NOW)
    assert list((tmp_path / "x").iterdir()) == []


def test_a_value_of_another_kind_does_not_stop_an_export(taken_in: int, tmp_path: Path) -> None:
    entry = Entry.objects.filter(counted_by__contains="pnc").first()
    values = json.loads(entry.values) | {"times_told": "many", "platform": "whatsapp", "sex": ["F"]}
    Entry.objects.filter(pk=entry.pk).update(values=json.dumps(values))
    export(tmp_path / "out", Choice("pnc"), "jsonl", NOW)
    rows = [json.loads(row) for row in (tmp_path / "out/entries.jsonl").read_text().splitlines()]
    changed = next(row for row in rows if row["number"] == entry.number)
    assert (changed["times_told"], changed["platform"], changed["sex"]) == (None, ["whatsapp"], "F")


# ------------------------------------------------- tables
def test_un_cts_counts_each_incident_once(taken_in: int, tmp_path: Path) -> None:
    twice = Entry.objects.filter(counted_by__contains="pnc").first()
    values = json.loads(twice.values) | {"previously_reported": "network"}
    Entry.objects.filter(pk=twice.pk).update(values=json.dumps(values))
    total = un_cts(tmp_path / "out", 2024, "pnc", NOW)
    assert total == taken_in - 1
    with open(tmp_path / "out/un-cts.csv", newline="") as rows:
        cells = list(csv.DictReader(rows))
    assert sum(int(cell["count"]) for cell in cells) == total
    expected: Counter[str] = Counter()
    for text in Entry.objects.filter(counted_by__contains="pnc").values_list("values", flat=True):
        one = json.loads(text)
        if one["previously_reported"] != "network":
            expected[one["iccs_code"]] += 1
    got: Counter[str] = Counter()
    for cell in cells:
        got[cell["iccs"]] += int(cell["count"])
    assert got == expected
    book = openpyxl.load_workbook(tmp_path / "out/un-cts.xlsx")
    assert book.worksheets[0].title == "Notas - Notes"
    assert sum(row[-1] for row in book.worksheets[1].iter_rows(min_row=2, values_only=True)) == total


def test_un_cts_leaves_out_what_nobody_registered(persons: Persons, tmp_path: Path) -> None:
    for written in (True, False):
        opened = tell(consents=(*CONSENTS, ("statistics", "pnc")), age="adult")
        if written:
            commands.record(opened.case, FORM, persons["pnc"], minutes(5))
        else:
            commands.follow(opened.case)
    assert un_cts(tmp_path / "out", NOW.year, "pnc", NOW) == 1


def test_gbvims_has_a_sheet_a_month_in_two_languages(taken_in: int, tmp_path: Path) -> None:
    assert gbvims(tmp_path / "out.xlsx", 2024, "pnc", NOW) == taken_in
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    assert [sheet.title for sheet in book] == [
        "Año - Year",
        *(f"{m:02}" for m in range(1, 13)),
        "Notas - Notes",
    ]
    year = list(book.worksheets[0].iter_rows(values_only=True))
    heads = [row[:2] for row in year if row[0] and row[2] is None]
    assert ("Por tipo", "By type") in heads
    by_type = year[
        year.index(("Por tipo", "By type", None)) + 1 : year.index(("Por contexto", "By context", None))
    ]
    assert sum(row[2] for row in by_type if row[0]) == taken_in
    months = sum(
        row[2]
        for sheet in book.worksheets[1:13]
        for row in sheet.iter_rows(values_only=True)
        if row[0] == "Abuso psicológico o emocional"
    )
    assert months == next(row[2] for row in year if row[0] == "Abuso psicológico o emocional")


@pytest.mark.parametrize(
    ("began", "reported", "wait"),
    [
        ("2026-03-14", "2026-03-14", "0_3"),
        ("2026-03-14", "2026-03-18", "4_5"),
        ("2026-03-14", "2026-03-28", "6_14"),
        ("2026-03-14", "2026-04-13", "15_30"),
        ("2026-03-14", "2026-04-14", "31p"),
        ("2026-03", "2026-03-28", "not_stated"),
        ("2026-03", "2026-05-28", "31p"),
        ("2025", "2026-05-28", "31p"),
        ("2025", "2026-01-02", "not_stated"),
        ("2026-03-14", "2026-03-13", "not_stated"),
        ("", "2026-03-13", "not_stated"),
    ],
)
def test_the_time_to_report_is_said_only_where_it_is_known(began: str, reported: str, wait: str) -> None:
    assert wait_of(began, reported) == wait


# ------------------------------------------------- open data
def test_in_open_data_every_combination_stands_for_five(taken_in: int, tmp_path: Path) -> None:
    made = open_data(tmp_path / "out", Choice("pnc"), LATER, "CC-BY-4.0")
    with open(tmp_path / "out/incidents.csv", newline="") as rows:
        found = list(csv.reader(rows))[1:]
    assert min(Counter(map(tuple, found)).values()) == made.smallest >= 5
    assert made.rows + made.dropped == taken_in
    about = described(tmp_path / "out")
    assert about["anonymity"] == {
        "method": "k-anonymity, local suppression",
        "k": 5,
        "quasi": ["language", "pueblo", "age_band", "quarter", "residence_dept", "tactic_group"],
        "withheld": made.withheld,
        "dropped": made.dropped,
        "smallest": made.smallest,
    }
    assert sum(made.withheld.values()) == sum(row.count("withheld") for row in found)
    readme = (tmp_path / "out/README.md").read_text()
    assert f"Se dejaron fuera {made.dropped} filas" in readme
    assert f"{made.dropped} rows were left out" in readme
    assert Package(str(tmp_path / "out/datapackage.json")).validate().valid
    assert "B-0" not in (tmp_path / "out/incidents.csv").read_text()


def test_open_data_that_breaks_its_word_is_not_handed_out(
    taken_in: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = opendata._rows
    monkeypatch.setattr(opendata, "_rows", lambda found, table: [*rows(found, table), ("kek",) * len(table)])
    with pytest.raises(NotAnonymous):
        open_data(tmp_path / "x" / "out", Choice("pnc"), LATER)
    assert list((tmp_path / "x").iterdir()) == []


def test_open_data_holds_only_quarters_that_are_over(persons: Persons, tmp_path: Path) -> None:
    for _ in range(5):
        tell_and_count(persons)
    assert open_data(tmp_path / "now", Choice("pnc"), NOW).rows == 0
    assert open_data(tmp_path / "later", Choice("pnc"), LATER).rows == 5
    before = replace(Choice("pnc"), until=NOW)
    assert open_data(tmp_path / "before", before, LATER).rows == 0


def tell_and_count(persons: Persons) -> None:
    opened = tell(consents=(*CONSENTS, ("statistics", "pnc")), age="adult")
    commands.record(opened.case, FORM, persons["pnc"], minutes(5))


def test_a_field_that_only_some_may_see_is_never_open_data(db: None, tmp_path: Path) -> None:
    for name in ("birth_year", "platform", "nothing", "date_start"):
        with pytest.raises(RegistryError, match=name):
            open_data(tmp_path / "out", Choice("pnc"), LATER, fields=("pueblo", "language", name))
