"""Files with rows, as old registers come: CSV in three encodings, XLSX unfolded in a cage.

A table can be read as often as one likes and never stands in memory whole.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from resguardo.inspection.errors import InspectionError
from resguardo.inspection.spreadsheet import Head, unfold
from resguardo.registry.errors import RegistryError

CHUNK = 1 << 20
CELL = 100_000
COLUMNS = 1000
FORMULAS = ("=", "+", "-", "@")
DELIMITERS = (",", ";", "\t")
NOTHING = "Nothing was taken in."
AS_CSV = "Save it as “CSV UTF-8” or as “.xlsx” and take that."
OLD_EXCEL = bytes.fromhex("d0cf11e0a1b11ae1")
WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class TableError(RegistryError):
    """A file of rows cannot be read; says the row where there is one, never what stands in it."""

    code = "registry-table"


@dataclass(frozen=True, slots=True)
class Line:
    """One row after the header: its number as a spreadsheet counts, its cells, and what is wrong with it."""

    number: int
    cells: list[str]
    fault: str = ""


@dataclass(frozen=True)
class Layout:
    """How to read a file: what is empty is found out. `header` is the row with the names of the columns."""

    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    header: int = 1


@dataclass(frozen=True)
class Table:
    """A file of rows: the names of its columns, about how many rows, and a way to read them anew."""

    columns: tuple[str, ...]
    about: int
    rows: Callable[[], Iterator[Line]]


def digest(path: Path) -> str:
    """The SHA-256 of the file, in hex."""
    with open(path, "rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def open_table(path: Path, layout: Layout) -> Table:
    """The table in `path`. Raises TableError, also while its rows are read."""
    with open(path, "rb") as source:
        first = source.read(8)
    if not first:
        raise TableError("The file is empty.", kept=NOTHING)
    if first == OLD_EXCEL:
        raise TableError(
            "This is a spreadsheet of before 2007, or one with a password.", kept=NOTHING, remedy=AS_CSV
        )
    if first.startswith(b"PK\x03\x04"):
        return _sheet(path, layout)
    if first.startswith(WIDE):
        raise TableError("The file is UTF-16 text, which is not read here.", kept=NOTHING, remedy=AS_CSV)
    encoding, lines = _encoding(path, layout.encoding)
    delimiter = layout.delimiter or _delimiter(path, encoding, layout.header)
    names = _names(_records(path, encoding, delimiter), layout)
    return _table(names, lambda: _records(path, encoding, delimiter), layout, lines)


def _names(records: Iterator[list[str]], layout: Layout) -> list[str]:
    """The row that names the columns, empty where there is none."""
    return next((cells for number, cells in enumerate(records, 1) if number == layout.header), [])


def _table(head: list[str], records: Callable[[], Iterator[list[str]]], layout: Layout, about: int) -> Table:
    columns = tuple(" ".join(cell.split()) for cell in head)
    while columns and not columns[-1]:
        columns = columns[:-1]
    if not columns:
        raise TableError(
            "Row %(row)d, which should name the columns, is empty.",
            kept=NOTHING,
            remedy="Say in the mapping which row does: [file] header = 3.",
            row=layout.header,
        )
    if len(columns) > COLUMNS:
        raise TableError("The file has more than %(limit)d columns.", kept=NOTHING, limit=COLUMNS)
    return Table(columns, max(0, about - layout.header), lambda: _lines(records(), columns, layout.header))


def _lines(records: Iterator[list[str]], columns: tuple[str, ...], header: int) -> Iterator[Line]:
    """The rows after the header, blank ones left out."""
    width = len(columns)
    for number, cells in enumerate(records, 1):
        if number <= header or not any(cells):
            continue
        if len(cells) > width and any(cells[width:]):
            yield Line(number, cells, "too-many-cells")
        else:
            yield Line(number, [*cells[:width], *[""] * (width - len(cells))])


# ------------------------------------------------- CSV
def _encoding(path: Path, told: str) -> tuple[str, int]:
    """The encoding of a text file, UTF-8 where it can be, and how many lines it has. Raises TableError."""
    for encoding in (told,) if told else ("utf-8-sig", "cp1252"):
        with suppress(UnicodeDecodeError):
            return encoding, _decoded(path, encoding)
    raise TableError(
        "The text of this file is in no encoding that is read here: UTF-8 or Windows-1252.",
        kept=NOTHING,
        remedy=AS_CSV,
    )


def _decoded(path: Path, encoding: str) -> int:
    decoder, lines = codecs.getincrementaldecoder(encoding)(), 1
    with open(path, "rb") as source:
        while chunk := source.read(CHUNK):
            if b"\0" in chunk:
                raise TableError("The file is not text: it has bytes of zero.", kept=NOTHING, remedy=AS_CSV)
            decoder.decode(chunk)
            lines += chunk.count(b"\n")
    decoder.decode(b"", True)
    return lines


def _delimiter(path: Path, encoding: str, header: int) -> str:
    """The sign between the names of the columns."""
    with open(path, encoding=encoding, newline="") as source:
        text = next((line for number, line in enumerate(source, 1) if number == header), "")
    outside = "".join(text.split('"')[::2])
    return max(DELIMITERS, key=outside.count)


def _records(path: Path, encoding: str, delimiter: str) -> Iterator[list[str]]:
    """The rows of a CSV file. Raises TableError at the first that cannot be taken apart."""
    csv.field_size_limit(CELL)
    with open(path, encoding=encoding, newline="") as source:
        reader, number = csv.reader(source, delimiter=delimiter, strict=True), 0
        while True:
            number += 1
            try:
                cells = next(reader, None)
            except csv.Error:
                raise TableError(
                    "Row %(row)d cannot be read: a quotation mark is not closed, or a cell is too long.",
                    kept=NOTHING,
                    remedy="Correct it in the file, or save the file again from the spreadsheet.",
                    row=number,
                ) from None
            if cells is None:
                return
            yield [_plain(cell) for cell in cells]


def _plain(cell: str) -> str:
    """A cell without the sign that keeps a spreadsheet from taking it for a formula."""
    cell = cell.strip()
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(FORMULAS) else cell


def formula_free(cell: str) -> str:
    """A cell of a CSV that a spreadsheet takes for text, whatever it begins with."""
    return f"'{cell}" if cell.startswith(FORMULAS) else cell


# ------------------------------------------------- XLSX
def _sheet(path: Path, layout: Layout) -> Table:
    """The table of a spreadsheet, after one look at its beginning."""
    with closing(_said(path, layout.sheet)) as said:
        head = next(said)
        names = _names(_cells(said), layout)
    about = head.rows if isinstance(head, Head) else 0
    return _table(names, lambda: _cells(_said(path, layout.sheet)), layout, about)


def _said(path: Path, sheet: str) -> Generator[Head | list[str], None, None]:
    try:
        yield from unfold(path, sheet)
    except InspectionError as why:
        raise TableError(why.what, kept=NOTHING, remedy=why.remedy) from None


def _cells(said: Iterator[Head | list[str]]) -> Iterator[list[str]]:
    for row in said:
        if not isinstance(row, Head):
            yield [cell.strip() for cell in row]
