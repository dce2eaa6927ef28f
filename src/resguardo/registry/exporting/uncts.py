"""The tables that UN-CTS asks of a country: recorded offences by ICCS category, cyber-related or not.

By sex and age of the victim and by the class of relationship to who did it. What nobody has registered is
not a recorded offence and is left out.
Source: UNODC, ICCS 1.0 (2015) and UN-CTS questionnaire, relationship classes (S11).
"""

from __future__ import annotations

import csv
from collections import Counter
from datetime import datetime
from pathlib import Path

import xlsxwriter

from resguardo.core.codes import Register
from resguardo.registry.exporting.choosing import Choice
from resguardo.registry.exporting.counting import Incident, incidents, of_year, rows, seen, tally
from resguardo.registry.exporting.package import fresh
from resguardo.registry.following import register as today

NONE = "not_stated"
DIMENSIONS = ("iccs", "cyber", "sex", "age", "relationship")
FIELDS = ("iccs_code", "cy_tag", "sex", "is_minor_at_incident", "relationship_uncts")
AGES = {"yes": "under_18", "no": "18_and_over"}
WORDS = {
    "under_18": ("Menos de 18", "Under 18"),
    "18_and_over": ("18 o más", "18 and over"),
    NONE: ("Sin dato", "Not stated"),
}
TITLES = {
    "iccs": ("Categoría ICCS", "ICCS category"),
    "cyber": ("Relacionado con tecnología", "Cyber-related"),
    "sex": ("Sexo de la víctima", "Sex of the victim"),
    "age": ("Edad de la víctima", "Age of the victim"),
    "relationship": ("Relación", "Relationship to perpetrator"),
    "count": ("Hechos", "Incidents"),
}
Cell = tuple[str, str, str, str, str]


def un_cts(folder: Path, year: int, party: str, at: datetime) -> int:
    """Write `un-cts.csv` (every cell) and `un-cts.xlsx` (cross tables, notes) of a year; the incidents.

    Raises RegistryError where `folder` is there already or there is no such institution.
    """
    register, choice = today(), of_year(year, party)
    counts = tally((one for one in incidents(choice) if one.registered), lambda one: [_cell(one)])
    with fresh(folder) as part:
        _cells(part / "un-cts.csv", counts, register)
        _book(part / "un-cts.xlsx", counts, register, notes(choice, year, at))
    return sum(counts.values())


def _cell(one: Incident) -> Cell:
    iccs, cyber, sex, minor, relationship = (one.one(name, NONE) for name in FIELDS)
    return iccs, cyber, sex, AGES.get(minor, NONE), relationship


def labels(dimension: str, code: str, register: Register) -> tuple[str, str]:
    """What people read for a value of a dimension, in Spanish and in English."""
    if code in WORDS:
        return WORDS[code]
    name = FIELDS[DIMENSIONS.index(dimension)]
    return register.label(name, code, "es"), register.label(name, code, "en")


def _cells(path: Path, counts: Counter[Cell], register: Register) -> None:
    with open(path, "w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow([*DIMENSIONS, "iccs_es", "iccs_en", "count"])
        for cell, count in sorted(counts.items()):
            writer.writerow([*cell, *labels("iccs", cell[0], register), count])


def notes(choice: Choice, year: int, at: datetime) -> list[tuple[str, str]]:
    """How the table was made, in Spanish and in English."""
    found = seen(choice)
    waiting = sum(not one.registered for one in rows(choice))
    return [
        (
            f"Año {year}, según el día en que se abrió el hecho. Hecho el {at.date().isoformat()}.",
            f"Year {year}, by the day the incident was opened. Made on {at.date().isoformat()}.",
        ),
        (
            f"Solo hechos que la institución «{choice.whose}» puede contar porque ella lo permitió, o de su "
            "registro anterior.",
            f"Only incidents that “{choice.whose}” may count because she allowed it, or of its old register.",
        ),
        (
            f"Cada hecho se cuenta una vez: {found.twice} ya contados en la red quedan fuera.",
            f"Each incident is counted once: {found.twice} already told within the network are left out.",
        ),
        (
            f"{waiting} hechos que nadie ha registrado todavía no son delitos registrados y quedan fuera.",
            f"{waiting} incidents that nobody has registered yet are not recorded offences and are left out.",
        ),
        (
            "La categoría ICCS sigue a la táctica principal; las imágenes íntimas van en 0211 (propuesta por "
            "confirmar con INE y UNODC).",
            "The ICCS category follows the main tactic; intimate images go to 0211 (proposed, to be "
            "confirmed with INE and UNODC).",
        ),
        (
            "Celdas pequeñas sin suprimir: no se publica; para publicar use los datos abiertos.",
            "Small cells are not suppressed: not for publication; publish the open data instead.",
        ),
    ]


def _book(path: Path, counts: Counter[Cell], register: Register, said: list[tuple[str, str]]) -> None:
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False})
    bold = book.add_format({"bold": True})
    sheet = book.add_worksheet("Notas - Notes")
    sheet.set_column(0, 1, 90)
    for row, pair in enumerate(said):
        for column, text in enumerate(pair):
            sheet.write_string(row, column, text)
    for dimension in DIMENSIONS[1:]:
        _cross(book, bold, dimension, counts, register)
    book.close()


def _cross(
    book: xlsxwriter.Workbook, bold: object, dimension: str, counts: Counter[Cell], register: Register
) -> None:
    """The sheet of ICCS categories by one dimension, with sums."""
    place = DIMENSIONS.index(dimension)
    table = Counter[tuple[str, str]]()
    for cell, count in counts.items():
        table[cell[0], cell[place]] += count
    values = sorted({value for _, value in table})
    sheet = book.add_worksheet(" - ".join(TITLES[dimension])[:31])
    sheet.set_column(1, 2, 40)
    heads = ["ICCS", *TITLES["iccs"], *(" / ".join(labels(dimension, v, register)) for v in values), "Total"]
    for column, text in enumerate(heads):
        sheet.write_string(0, column, text, bold)
    for row, iccs in enumerate(sorted({iccs for iccs, _ in table}), 1):
        numbers = [table[iccs, value] for value in values]
        for column, text in enumerate((iccs, *labels("iccs", iccs, register))):
            sheet.write_string(row, column, text)
        for column, number in enumerate((*numbers, sum(numbers)), 3):
            sheet.write_number(row, column, number)
