"""An old register comes in: all of its rows or none, the same when done again, and nobody's name."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.utils import translation

from resguardo.registry import importing
from resguardo.registry.errors import RegistryError
from resguardo.registry.faults import Wrong
from resguardo.registry.following import origins_of, register
from resguardo.registry.guessing import first_mapping
from resguardo.registry.importing import RowsWrong, check, foresee, import_file
from resguardo.registry.mapping import MappingError, read_mapping
from resguardo.registry.models import Entry, Import
from resguardo.registry.tables import Layout, TableError, open_table
from tests.persons import NOW
from tests.registry import old

MUSEUM = Path(__file__).parents[1] / "museum/register"
MAPPING = (MUSEUM / "mapping.toml").read_text()

SAID = {
    "a_date_of_another_country.csv": "row 2, Fecha: The date is not written in any of the ways",
    "a_date_to_come.csv": "row 2, Fecha: This moment has not come yet.",
    "a_label_nobody_knows.csv": "row 2, Red: No code of the list has this label.",
    "a_number_of_a_person.csv": "row 2, No. boleta: The number is built like a personal identity number",
    "a_number_twice.csv": "row 2, No. boleta: Another row has the same number.",
    "a_place_of_two_departments.csv": "row 2, Municipio: Several places have this name.",
    "a_word_for_a_number.csv": "row 2, Veces: Write a whole number, for example 3.",
    "day_that_never_was.csv": "row 2, Inicio: Write the day as 2026-03-14",
    "done_before_owed.csv": "row 2, Remitida: The step was done before it was owed.",
    "more_cells_than_columns.csv": "row 2: The row has more cells than there are columns.",
    "no_date.csv": "row 2, Fecha: The row does not say when it was opened.",
    "no_number.csv": "row 2, No. boleta: The row has no number.",
    "none_beside_others.csv": "row 2, Red: “None” or “unknown” cannot stand beside other answers.",
}
REFUSED = {
    "billion_laughs.xlsx": "This is no XLSX spreadsheet, or it is damaged.",
    "bomb.xlsx": "This spreadsheet would grow beyond belief when opened.",
    "bytes_of_zero.csv": "The file is not text: it has bytes of zero.",
    "column_missing.csv": "The file has no column “Remitida”.",
    "column_that_goes_nowhere.csv": "The column “Teléfono” goes nowhere",
    "column_twice.csv": "The file has the column “Municipio” more than once",
    "empty.csv": "The file is empty.",
    "header_empty.csv": "Row 1, which should name the columns, is empty.",
    "no_encoding.csv": "The text of this file is in no encoding that is read here",
    "old_excel.xls": "This is a spreadsheet of before 2007, or one with a password.",
    "quotation_mark_not_closed.csv": "Row 3 cannot be read: a quotation mark is not closed",
    "rows_out_of_order.xlsx": "This is no XLSX spreadsheet, or it is damaged.",
    "utf_16.csv": "The file is UTF-16 text, which is not read here.",
    "zip_that_is_no_spreadsheet.xlsx": "This is no XLSX spreadsheet, or it is damaged.",
}
WHOLE = sorted(path.name for path in MUSEUM.glob("whole*"))


def line(wrong: Wrong) -> str:
    with translation.override("en"):
        return f"row {wrong.row}{', ' if wrong.column else ''}{wrong.column}: {wrong.what}"


def test_every_file_of_the_museum_is_looked_at() -> None:
    names = {path.name for path in MUSEUM.iterdir()} - {"mapping.toml"}
    assert names == {*SAID, *REFUSED, *WHOLE}


@pytest.mark.parametrize("name", sorted(SAID))
def test_a_wrong_row_is_named_by_its_number_its_column_and_what_to_do(name: str, db: None) -> None:
    told: list[Wrong] = []
    checked = check(MUSEUM / name, MAPPING, "pnc", NOW, told.append)
    assert line(told[0]).startswith(SAID[name])
    assert checked.bad
    assert not any("canario" in line(wrong) + wrong.remedy for wrong in told)
    with pytest.raises(RowsWrong):
        import_file(MUSEUM / name, MAPPING, "pnc", NOW)
    assert not Entry.objects.exists()


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_a_file_that_cannot_be_read_says_why_and_nothing_is_taken_in(name: str, db: None) -> None:
    with pytest.raises(RegistryError) as why:
        import_file(MUSEUM / name, MAPPING, "pnc", NOW)
    assert isinstance(why.value, TableError | MappingError)
    assert REFUSED[name] in str(why.value)
    assert why.value.kept == "Nothing was taken in."
    assert not Import.objects.exists()


@pytest.mark.parametrize("name", WHOLE)
def test_encodings_signs_and_spreadsheets_give_the_same_entry(name: str, db: None) -> None:
    import_file(MUSEUM / name, MAPPING, "pnc", NOW)
    entry = Entry.objects.get()
    values = json.loads(entry.values)
    assert entry.number == "1"
    assert values["residence_muni"] == ("0406" if "1252" in name else "0108")
    assert values["residence_dept"] == ("04" if "1252" in name else "01")
    assert values["platform"] == ["whatsapp", "facebook"]
    assert values["date_start"] == "2024-02"
    assert values["times_told"] == 2
    assert json.loads(entry.stretches)[0][:2] == ["hand_over", "pnc"]


def test_rows_become_entries_as_the_rest_of_the_house_reads_them(tmp_path: Path, db: None) -> None:
    import_file(old.write(tmp_path / "old.csv", 200), old.MAPPING, "pnc", NOW)
    entries = list(Entry.objects.order_by("revision"))
    assert len({entry.revision for entry in entries}) == 200
    first = entries[0]
    assert (first.case, first.keeper, first.register) == (None, "pnc", "sistema-2019")
    assert first.version == register().ref
    assert {entry.counted_by for entry in entries} == {" mp  pnc ", ""}
    values = json.loads(first.values)
    assert values["iccs_code"]
    assert values["cy_tag"] == "yes"
    assert set(origins_of(first)) == set(values)
    assert {origin.source for origin in origins_of(first).values()} == {"import"}
    step, party, since, due, done, outcome = json.loads(first.stretches)[0]
    assert (step, party, outcome) == ("hand_over", "pnc", "")
    assert since == int(first.opened_at.timestamp())
    assert due - since == 24 * 3600
    assert done is None or done > since
    everything = json.dumps([list(row) for row in Entry.objects.values_list("values", "origins", "number")])
    assert "canario" not in everything


def test_a_spreadsheet_gives_the_entries_that_its_csv_gives(tmp_path: Path, db: None) -> None:
    import_file(old.write(tmp_path / "old.csv", 300), old.MAPPING, "pnc", NOW)
    again = import_file(old.write_xlsx(tmp_path / "old.xlsx", 300), old.MAPPING, "pnc", NOW)
    assert (again.fresh, again.changed, again.same) == (0, 0, 300)


def test_taking_it_in_again_changes_only_what_changed(tmp_path: Path, db: None) -> None:
    path = old.write(tmp_path / "old.csv", 50)
    first = import_file(path, old.MAPPING, "pnc", NOW)
    before = dict(Entry.objects.values_list("number", "revision"))
    again = import_file(path, old.MAPPING, "pnc", NOW)
    assert (first.fresh, again.fresh, again.changed, again.same) == (50, 0, 0, 50)
    assert dict(Entry.objects.values_list("number", "revision")) == before
    lines = path.read_text().splitlines()
    lines[7] = (
        lines[7].replace("Kaqchikel", "Español").replace("Q’eqchi’", "Español").replace("qeqchi", "Español")
    )
    lines[7] = lines[7].replace("Ex novio", "Jefe o empleador").replace("Vecino", "Docente")
    lines[7] = lines[7].replace("desconocido", "Docente").replace("No se sabe", "Docente")
    path.write_text("\n".join([*lines, lines[1].replace("B-000000", "B-9")]) + "\n")
    third = import_file(path, old.MAPPING, "pnc", NOW)
    assert (third.fresh, third.changed, third.same) == (1, 1, 49)
    assert Entry.objects.get(number="B-000006").revision > max(before.values())
    made = Import.objects.order_by("pk").last()
    assert made is not None
    assert (made.fresh, made.changed, made.same, made.mapping) == (1, 1, 49, old.MAPPING)


def test_with_one_wrong_row_nothing_comes_in_unless_the_good_ones_are_asked_for(
    tmp_path: Path, db: None
) -> None:
    path = old.write(tmp_path / "old.csv", 30)
    path.write_text(path.read_text().replace("B-000003", "").replace("B-000005", "B-000004"))
    with pytest.raises(RowsWrong, match="3 of 30 rows are wrong"):
        import_file(path, old.MAPPING, "pnc", NOW)
    assert not Entry.objects.exists()
    good = import_file(path, old.MAPPING, "pnc", NOW, wrong="skip")
    assert (good.fresh, good.wrong) == (27, 3)
    assert not Entry.objects.filter(number="B-000004").exists()


def test_a_dry_run_says_what_would_be_and_changes_nothing(tmp_path: Path, db: None) -> None:
    path = old.write(tmp_path / "old.csv", 20)
    import_file(path, old.MAPPING, "pnc", NOW)
    before = list(Entry.objects.values())
    old.write(path, 25)
    seen = foresee(check(path, old.MAPPING, "pnc", NOW), "pnc")
    assert (seen.fresh, seen.changed, seen.same, seen.made) == (5, 0, 20, None)
    assert list(Entry.objects.values()) == before
    assert Import.objects.count() == 1


def test_a_file_that_changes_between_the_passes_is_not_taken_in(tmp_path: Path, db: None) -> None:
    path = old.write(tmp_path / "old.csv", 20)
    checked = check(path, old.MAPPING, "pnc", NOW)
    old.write(path, 20, seed=8)
    with pytest.raises(TableError, match="changed while it was read"):
        importing.take_in(checked, old.MAPPING, "pnc", NOW)
    assert not Entry.objects.exists()
    assert not Import.objects.exists()


def test_only_an_institution_that_keeps_the_register_takes_one_in(db: None) -> None:
    with pytest.raises(RegistryError, match="mp keeps no register"):
        import_file(MUSEUM / "whole.csv", MAPPING, "mp", NOW)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('[columns."Nombre"]\nfield = "name"', "can point at a person"),
        ('[columns."Nombre"]\nfield = "birth_year"', "can point at a person"),
        ('[columns."Nombre"]\nfield = "sha256"', "can point at a person"),
        ('[columns."Nombre"]\nfield = "fecha"', "no field of the register"),
        ('[columns."Nombre"]\nfield = "sex"\nvalues = { x = "W" }', "W is no code of the list sex"),
        ('[columns."Nombre"]\nfield = "date_end"\nby = "age"', "no list of codes"),
        ('[columns."Nombre"]\nfield = "sex"\nsplit = ","', "cannot be split"),
        ('[columns."Nombre"]\nfield = "date_start"', "holds one value"),
        ('[constants]\nchannel = "fax"', "fax is no code of the list channel"),
        ('[steps.dance]\nparty = "pnc"\nsince = "Fecha"', "no step dance"),
        ('[steps.receive]\nparty = "fbi"\nsince = "Fecha"', "no institution fbi"),
        ("counts = true", "Extra inputs are not permitted"),
        ("=", "It is not TOML"),
    ],
)
def test_a_mapping_that_does_not_fit_says_each_thing_that_is_wrong(line: str, said: str, db: None) -> None:
    text = MAPPING if "[columns" not in line else MAPPING.replace('ignore = ["Nombre"]', "")
    with pytest.raises(MappingError) as why:
        check(MUSEUM / "whole.csv", f"{text}\n{line}\n", "pnc", NOW)
    assert said in str(why.value)


def test_columns_together_fill_a_field_of_several_values(tmp_path: Path, db: None) -> None:
    (tmp_path / "x.csv").write_text("No,Fecha,Face,Wats\n1,2024-03-14,X,X\n2,2024-03-14,,X\n3,2024-03-14,,\n")
    mapping = """
register = "casillas"
number = "No"
opened = "Fecha"
[columns."Face"]
field = "platform"
values = { X = "facebook" }
[columns."Wats"]
field = "platform"
values = { X = "whatsapp" }
"""
    import_file(tmp_path / "x.csv", mapping, "pnc", NOW)
    found = [json.loads(values).get("platform") for values in Entry.objects.values_list("values", flat=True)]
    assert found == [["facebook", "whatsapp"], ["whatsapp"], None]


def test_a_first_mapping_is_guessed_and_names_no_person(tmp_path: Path, db: None) -> None:
    path = old.write(tmp_path / "old.csv", 400, encoding="cp1252", delimiter=";")
    text = first_mapping(open_table(path, Layout()), register(), "viejo")
    mapping = read_mapping(text)
    assert mapping.number == "No. boleta"
    assert (mapping.opened.column, mapping.opened.format) == ("Fecha de ingreso", "%d/%m/%Y %H:%M")
    assert {"Nombre", "DPI"} <= set(mapping.ignore)
    assert "canario" not in text
    guessed = {name: several[0].field for name, several in mapping.columns.items()}
    assert guessed["Sexo"] == "sex"
    assert guessed["Pueblo"] == "pueblo"
    assert guessed["Municipio"] == "residence_muni"
    assert guessed["Táctica principal"] == "tactic_primary"
    assert mapping.columns["Municipio"][0].within == "Departamento"
    assert mapping.columns["Sexo"][0].values == {"Fem": ""}
    checked = check(path, text, "pnc", NOW)
    assert checked.bad == frozenset()


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from resguardo.cli_base import django, migrate
django()
migrate()
from resguardo.registry import importing
from resguardo.registry.models import Entry, Import
path, mapping = Path(sys.argv[1]), Path(sys.argv[2]).read_text()
if len(sys.argv) > 3:
    at, done = datetime.now(UTC), 0
    def step(rows):
        global done
        done += rows
        if done == int(sys.argv[3]):
            os.kill(os.getpid(), signal.SIGKILL)
    checked = importing.check(path, mapping, "pnc", at)
    importing.take_in(checked, mapping, "pnc", at, progress=step)
print(Entry.objects.count(), Import.objects.count())
"""


@pytest.mark.parametrize("row", [1, 1500, 3000])
def test_an_import_that_is_killed_leaves_nothing(tmp_path: Path, row: int) -> None:
    path = old.write(tmp_path / "old.csv", 3000)
    (tmp_path / "m.toml").write_text(old.MAPPING)
    told = {k: v for k, v in os.environ.items() if k != "RESGUARDO_DATABASE"}
    told["RESGUARDO_DATA"] = str(tmp_path / "data")
    run = [sys.executable, "-c", KILLED, str(path), str(tmp_path / "m.toml")]
    killed = subprocess.run([*run, str(row)], env=told, capture_output=True, text=True, timeout=120)
    assert killed.returncode == -9, killed.stderr
    after = subprocess.run(run, env=told, capture_output=True, text=True, timeout=120)
    assert after.stdout.split() == ["0", "0"], after.stderr
