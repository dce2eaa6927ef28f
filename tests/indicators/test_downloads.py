"""Figures as files: the same rows as the page in each of them, and nothing of a withheld one in any."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
from xml.etree import ElementTree

import openpyxl
import pytest
from django.http import QueryDict
from django.test import Client
from PIL import Image

from resguardo.indicators import doors, page, paper, queries
from resguardo.indicators.downloads import plain
from tests.indicators.invented import publication
from tests.indicators.reading import rows
from tests.indicators.test_pages import WITHHELD, addresses
from tests.persons import Persons
from tests.work.test_pages import signed_in, text

BASE, QUERY = WITHHELD.split("?")
SVG = "{http://www.w3.org/2000/svg}"


def taken(name: str, query: str = QUERY, base: str = BASE, client: Client | None = None) -> bytes:
    """A download."""
    answer = (client or Client()).get(f"{base}{name}?{query}")
    assert answer.status_code == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    assert not answer.cookies
    return answer.content


def table_of(content: bytes) -> list[list[str]]:
    """The rows of a CSV below the lines that say what it is."""
    lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    return [line for line in lines if not line[0].startswith("# ")]


def test_a_csv_has_the_rows_of_the_page_and_says_what_it_is(figures: None) -> None:
    content = taken("tabla.csv")
    said = content.decode("utf-8-sig")
    for words in (
        "# Definición: ",
        "# Filtros: Departamento de residencia: El Progreso",
        "CC BY 4.0",
        "# Hasta: de",
    ):
        assert words in said
    _head, *lines = table_of(content)
    there = rows(text(Client().get(WITHHELD)))
    assert [line[0] for line in lines] == [row.label for row in there]
    for line, row in zip(lines, there, strict=True):
        assert line[-1] == ("sí" if row.withheld else "")
        assert line[1] == ("" if row.withheld else f"{row.numbers[0]:.0f}")


def test_a_spreadsheet_has_numbers_as_numbers_and_nothing_that_is_withheld(figures: None) -> None:
    book = openpyxl.load_workbook(io.BytesIO(taken("tabla.xlsx")))
    table, about = book["Tabla"], book["Acerca de"]
    there = rows(text(Client().get(WITHHELD)))
    found = list(table.iter_rows(min_row=2, values_only=True))
    assert [row[0] for row in found] == [row.label for row in there]
    for values, row in zip(found, there, strict=True):
        assert values[1] == (None if row.withheld else row.numbers[0])
        assert values[2] == ("sí" if row.withheld else None)
    assert any("CC BY 4.0" in str(row[1].value) for row in about.iter_rows())


def test_json_marks_what_is_withheld(figures: None) -> None:
    found = json.loads(taken("tabla.json"))
    assert found["filters"] == {"residence_dept": "02"}
    assert found["licence"].startswith("CC BY 4.0")
    held = [row for row in found["rows"] if row["withheld"]]
    assert held
    assert all(row["count"] is None for row in held)
    assert all(row["count"] >= 5 or row["count"] == 0 for row in found["rows"] if not row["withheld"])


def test_the_sheet_says_title_filters_moment_and_pages(figures: None, tmp_path) -> None:
    pdf = tmp_path / "sheet.pdf"
    pdf.write_bytes(taken("hoja.pdf"))
    said = subprocess.run(
        ["pdftotext", "-layout", pdf, "-"], capture_output=True, text=True, check=True
    ).stdout
    for words in (
        "Hechos de ciberviolencia registrados",
        "El Progreso",
        "reservado",
        "CC BY 4.0",
        "1/",
        "Hecha el",
    ):
        assert words in said
    numbers = [int(n) for n in re.findall(r"(?m)^\s*\D.*?\s{2,}(\d+)$", said[said.index("Hechos\n") :])]
    assert numbers
    assert not any(0 < number < 5 for number in numbers)


def test_the_sheet_is_one_picture_too(figures: None) -> None:
    picture = Image.open(io.BytesIO(taken("hoja.png")))
    assert picture.width == pytest.approx(1240, abs=2)
    assert picture.height > 1240


def test_no_format_has_a_number_for_a_withheld_row(figures: None) -> None:
    """Over random addresses: what the page withholds has no number in any file, picture or sheet."""
    client, tried = Client(), 0
    for id_, query in addresses(120, seed=3):
        answer = client.get(f"/cifras/{id_}/?{query}")
        there = rows(text(answer)) if answer.status_code == 200 else []
        held = {row.label for row in there if row.withheld}
        if not held:
            continue
        tried += 1
        base = f"/cifras/{id_}/"
        for line in table_of(taken("tabla.csv", query, base))[1:]:
            assert not any(line[1:-1]) if line[0] in held else any(line[1:-1])
        for row in json.loads(taken("tabla.json", query, base))["rows"]:
            told = [value for key, value in row.items() if key not in ("code", "label", "withheld")]
            assert row["withheld"] == (row["label"] in held)
            assert not row["withheld"] or not any(value is not None for value in told)
        book = openpyxl.load_workbook(io.BytesIO(taken("tabla.xlsx", query, base)))
        for values in book["Tabla"].iter_rows(min_row=2, values_only=True):
            assert values[0] not in held or not any(isinstance(value, int | float) for value in values)
        sheet = sheet_of(id_, query)
        for row in sheet["rows"]:
            assert row[0] not in held or row[1:] == ["reservado", *[""] * (len(row) - 2)]
        assert_silent(sheet["picture"], held)
    assert tried > 40


def sheet_of(id_: str, query: str) -> dict:
    """What typst is given to set."""
    one = queries.figures().named(id_)
    assert one is not None
    return json.loads(paper.content(page.seen(doors.PUBLIC, one, QueryDict(query))))


def assert_silent(svg: str, held: set[str]) -> None:
    """In a picture, what is withheld is said in words."""
    for mark in ElementTree.fromstring(svg).iter(f"{SVG}title") if svg else ():
        name, _colon, said = (mark.text or "").rpartition(": ")
        if name in held:
            assert said == "menos de 5, o reservado"


def test_all_that_is_published_is_one_long_table(figures: None) -> None:
    answer = Client().get("/cifras/datos/cifras.csv")
    lines = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert {line["indicator"] for line in lines} >= {"reports", "denuncias", "waits", "told"}
    total = next(line for line in lines if line["indicator"] == "reports" and line["label"] == "Total")
    assert int(total["value"]) == publication().records
    for line in lines:
        assert (line["value"] == "") >= (line["withheld"] == "yes")
        if line["measure"] in ("count", "part", "base") and line["value"]:
            assert not 0 < int(line["value"]) < 5


def test_an_institutions_files_say_that_they_are_not_to_be_passed_on(figures: None, persons: Persons) -> None:
    client = signed_in("pnc")
    said = taken("tabla.csv", "", "/trabajo/cifras/waits/", client).decode()
    assert "no se comparte" in said
    assert "CC BY" not in said
    assert json.loads(taken("tabla.json", "", "/trabajo/cifras/waits/", client))["licence"] is None


@pytest.mark.parametrize("text_", ["=1+1", "+1", "-1", "@x", "\tx", "=HYPERLINK()"])
def test_no_text_becomes_a_formula(text_: str) -> None:
    assert plain(text_) == f"'{text_}"
    assert plain("a=1") == "a=1"


@pytest.mark.parametrize("name", ["tabla.doc", "hoja.exe", "tabla"])
def test_there_is_no_other_file(figures: None, name: str) -> None:
    assert Client().get(f"/cifras/reports/{name}").status_code == 404
    assert Client().get("/cifras/leaders/tabla.csv").status_code == 404
    assert Client().get("/cifras/steps/tabla.csv").status_code == 404
