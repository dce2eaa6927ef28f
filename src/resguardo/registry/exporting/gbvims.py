"""Monthly sheets as the GBVIMS makes them: incidents by type, context, age, time to report, referral.

One sheet for the year and one for each month, every label in Spanish and English.
Source: GBVIMS Incident Recorder and its monthly report (S12 to S14).
"""

from __future__ import annotations

import os
from calendar import monthrange
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from resguardo.core.codes import Register
from resguardo.registry.errors import RegistryError
from resguardo.registry.exporting.counting import Incident, incidents, of_year, seen, tally
from resguardo.registry.following import register as today

UNKNOWN = "not_stated"
WAITS = ((3, "0_3"), (5, "4_5"), (14, "6_14"), (30, "15_30"))
LATER = "31p"
WAIT_WORDS = {
    "0_3": ("0 a 3 días", "0-3 days"),
    "4_5": ("4 a 5 días", "4-5 days"),
    "6_14": ("6 a 14 días", "6-14 days"),
    "15_30": ("De 2 semanas a 1 mes", "2 weeks to 1 month"),
    LATER: ("Más de 1 mes", "More than 1 month"),
    UNKNOWN: ("No se sabe con exactitud", "Not known exactly"),
}
NOTHING = ("Sin dato", "Not stated")
MONTHS = (
    ("enero", "January"),
    ("febrero", "February"),
    ("marzo", "March"),
    ("abril", "April"),
    ("mayo", "May"),
    ("junio", "June"),
    ("julio", "July"),
    ("agosto", "August"),
    ("septiembre", "September"),
    ("octubre", "October"),
    ("noviembre", "November"),
    ("diciembre", "December"),
)
BLOCKS: tuple[tuple[str, str, str], ...] = (
    ("gbvims_type", "Por tipo", "By type"),
    ("case_context", "Por contexto", "By context"),
    ("age_band", "Por grupo de edad", "By age group"),
    ("wait", "Por tiempo entre el hecho y el aviso", "By time between incident and report"),
    ("referrals", "Por derivación", "By referral"),
)


def gbvims(path: Path, year: int, party: str, at: datetime) -> int:
    """Write the workbook of a year into `path`; the incidents. Raises RegistryError."""
    if path.exists():
        raise RegistryError("There is something of this name already.", kept="Nothing was written.")
    register, choice = today(), of_year(year, party)
    counts = tally(incidents(choice), _keys)
    totals = tally(incidents(choice), lambda one: [one.opened.month, 0])
    twice = seen(choice).twice
    part = path.with_name(f".{path.name}.part")
    book = xlsxwriter.Workbook(str(part), {"strings_to_formulas": False, "strings_to_urls": False})
    for month in range(13):
        said = _title(year, month, choice.whose, totals[month])
        _sheet(book, month, said, counts, register)
    _notes(book, twice, at)
    book.close()
    os.replace(part, path)
    return totals[0]


def _keys(one: Incident) -> Iterable[tuple[int, str, str]]:
    """Every (month, block, code) in which an incident counts; month 0 is the year."""
    reported = one.one("date_first_report") or one.opened.date().isoformat()
    found = {
        "gbvims_type": [one.one("gbvims_type", UNKNOWN)],
        "case_context": one.all("case_context") or [UNKNOWN],
        "age_band": [one.one("age_band", UNKNOWN)],
        "wait": [wait_of(one.one("date_start"), reported)],
        "referrals": one.all("referrals") or [UNKNOWN],
    }
    return [
        (m, block, code) for m in (0, one.opened.month) for block, codes in found.items() for code in codes
    ]


def wait_of(began: str, reported: str) -> str:
    """The class of time between two dates; not stated where a month or a year does not settle it."""
    if not began:
        return UNKNOWN
    told = date.fromisoformat(reported)
    found = {_class((told - day).days) for day in _ends(began)}
    return found.pop() if len(found) == 1 else UNKNOWN


def _ends(about: str) -> tuple[date, date]:
    """The first and the last day that a date can mean: 2026-03-14, 2026-03 or 2026."""
    parts = [int(part) for part in about.split("-")]
    first = date(*parts, *[1] * (3 - len(parts)))
    if len(parts) == 3:
        return first, first
    month = parts[1] if len(parts) == 2 else 12
    return first, date(parts[0], month, monthrange(parts[0], month)[1])


def _class(days: int) -> str:
    if days < 0:
        return UNKNOWN
    return next((name for most, name in WAITS if days <= most), LATER)


def _title(year: int, month: int, whose: str, total: int) -> tuple[str, str]:
    es, en = (f"año {year}", f"year {year}")
    if month:
        es, en = f"{MONTHS[month - 1][0]} de {year}", f"{MONTHS[month - 1][1]} {year}"
    return f"{whose}: {es}, {total} hechos", f"{whose}: {en}, {total} incidents"


def _sheet(
    book: xlsxwriter.Workbook,
    month: int,
    title: tuple[str, str],
    counts: Counter[tuple[int, str, str]],
    register: Register,
) -> None:
    sheet = book.add_worksheet(f"{month:02}" if month else "Año - Year")
    bold = book.add_format({"bold": True})
    sheet.set_column(0, 1, 45)
    row = _line(sheet, 0, title, None, bold) + 1
    for block, es, en in BLOCKS:
        row = _line(sheet, row, (es, en), None, bold)
        for code, words in _rows(block, register, counts, month):
            row = _line(sheet, row, words, counts[month, block, code])
        row += 1


def _rows(
    block: str, register: Register, counts: Counter[tuple[int, str, str]], month: int
) -> Sequence[tuple[str, tuple[str, str]]]:
    """The rows of a block: every code of today, and those of old that are counted."""
    if block == "wait":
        return list(WAIT_WORDS.items())
    list_ = register.fields[block].list_
    here = {code for m, name, code in counts if (m, name) == (month, block)}
    codes = [one for one in register.lists[list_] if not one.until or one.code in here]
    return [*((one.code, (one.es, one.en)) for one in codes), (UNKNOWN, NOTHING)]


def _line(sheet: Any, row: int, words: tuple[str, str], count: int | None, style: object = None) -> int:
    for column, text in enumerate(words):
        sheet.write_string(row, column, text, style)
    if count is not None:
        sheet.write_number(row, 2, count)
    return row + 1


def _notes(book: xlsxwriter.Workbook, twice: int, at: datetime) -> None:
    sheet = book.add_worksheet("Notas - Notes")
    sheet.set_column(0, 1, 90)
    said = (
        (
            f"Hecho el {at.date().isoformat()}. {twice} hechos ya contados en la red quedan fuera.",
            f"Made on {at.date().isoformat()}. {twice} incidents told in the network before are left out.",
        ),
        (
            "Contexto y derivación admiten varias respuestas: no suman el total.",
            "Context and referral may have several answers: they do not add up to the total.",
        ),
        (
            "Si del hecho solo se sabe el mes o el año, el tiempo se da si todo él cae en una clase.",
            "Where only the month or year of the incident is known, a time is given if all is in one class.",
        ),
        (
            "Celdas pequeñas sin suprimir: no se publica.",
            "Small cells are not suppressed: not for publication.",
        ),
    )
    for row, words in enumerate(said):
        _line(sheet, row, words, None)
