"""An old register as an institution has it: invented rows, any number of them, and their mapping."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from pathlib import Path

import xlsxwriter

HEAD = (
    "No. boleta",
    "Fecha de ingreso",
    "Nombre",
    "DPI",
    "Edad",
    "Sexo",
    "Pueblo",
    "Idioma",
    "Departamento",
    "Municipio",
    "Táctica principal",
    "Tácticas",
    "Red social",
    "Relación",
    "Fecha del hecho",
    "¿Ya lo había contado?",
    "Derivada a",
    "No contar",
    "Remitida al MP",
)
MAPPING = """
register = "sistema-2019"
number = "No. boleta"
opened = { column = "Fecha de ingreso", format = "%d/%m/%Y %H:%M" }
counted_by = ["mp"]
refuses = { column = "No contar", values = ["Sí"] }
ignore = ["Nombre", "DPI"]

[constants]
channel = "paper"

[columns."Edad"]
field = "age_band"
by = "age"
[columns."Sexo"]
field = "sex"
values = { "Fem" = "F" }
[columns."Pueblo"]
field = "pueblo"
[columns."Idioma"]
field = "language"
[columns."Municipio"]
field = "residence_muni"
within = "Departamento"
[columns."Táctica principal"]
field = "tactic_primary"
by = "code"
[columns."Tácticas"]
field = "tactic"
by = "code"
split = ";"
[columns."Red social"]
field = "platform"
split = ","
values = { "Face" = "facebook", "Redes" = ["facebook", "instagram"] }
[columns."Relación"]
field = "relationship"
[columns."Fecha del hecho"]
field = "date_start"
format = "%m/%Y"
[columns."¿Ya lo había contado?"]
field = "previously_reported"
values = { "Sí" = "other" }
[columns."Derivada a"]
field = "referrals"
split = ","

[steps.hand_over]
party = "pnc"
since = { column = "Fecha de ingreso", format = "%d/%m/%Y %H:%M" }
due = "PT24H"
done = { column = "Remitida al MP", format = "%d/%m/%Y %H:%M" }
"""
PLACES = (
    ("Guatemala", "Mixco"),
    ("ALTA VERAPAZ", "Coban"),
    ("Chimaltenango", "Técpán Guatemala"),
    ("Izabal", "Puerto Barrios"),
)
TACTICS = ("IMG-01", "IMG-02", "IMG-03")


def rows(count: int, seed: int = 7) -> Iterator[list[str]]:
    """`count` rows under HEAD; the same for the same seed."""
    chance = random.Random(seed)
    for number in range(count):
        dept, muni = chance.choice(PLACES)
        tactics = chance.sample(TACTICS, chance.randint(1, 2))
        day, month = chance.randint(1, 26), chance.randint(2, 12)
        yield [
            f"B-{number:06}",
            f"{day:02}/{month:02}/2024 {chance.randint(0, 23):02}:15",
            f"canario-nombre {number}",
            f"canario-dpi {number}",
            str(chance.randint(13, 70)),
            chance.choice(("Mujer", "Fem", "mujer")),
            chance.choice(("Maya", "ladina o mestiza", "Xinka", "")),
            chance.choice(("Español", "Kaqchikel", "Q’eqchi’", "qeqchi")),
            dept,
            muni,
            tactics[0],
            "; ".join(tactics),
            chance.choice(("WhatsApp", "Face, instagram", "Redes", "N/A")),
            chance.choice(("Ex novio", "desconocido", "Vecino", "No se sabe")),
            f"{month - 1:02}/2024",
            chance.choice(("No", "Sí")),
            chance.choice(("Psicológica, Legal", "Médica", "")),
            chance.choice(("", "", "", "Sí")),
            f"{day + 1:02}/{month:02}/2024 23:50" if chance.random() < 0.8 else "",
        ]


def write(path: Path, count: int, encoding: str = "utf-8", delimiter: str = ",", seed: int = 7) -> Path:
    """The file of an old register."""
    with open(path, "w", encoding=encoding, newline="") as out:
        writer = csv.writer(out, delimiter=delimiter)
        writer.writerow(HEAD)
        writer.writerows(rows(count, seed))
    return path


def write_xlsx(path: Path, count: int, seed: int = 7) -> Path:
    """The same register as a spreadsheet."""
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    for number, row in enumerate((HEAD, *rows(count, seed))):
        sheet.write_row(number, 0, row)
    book.close()
    return path
