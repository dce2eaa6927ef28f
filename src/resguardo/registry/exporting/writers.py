"""Writing Arrow tables out piece by piece: CSV, XLSX, JSON Lines, Parquet.

A cell that a spreadsheet would take for a formula is written as text.
Source: OWASP, CSV Injection; Apache Parquet; JSON Lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Protocol

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import xlsxwriter
from pyarrow import csv as arrow_csv
from pyarrow import parquet

from resguardo.registry.errors import RegistryError
from resguardo.registry.exporting.shape import BETWEEN, Column, arrow

Format = Literal["csv", "xlsx", "jsonl", "parquet"]
FORMATS: tuple[Format, ...] = ("csv", "xlsx", "jsonl", "parquet")
FORMULA = "^[=+\\-@\t\r]"
SHEET_ROWS = 1_048_575
MOMENT = "%Y-%m-%dT%H:%M:%SZ"


class TooManyRows(RegistryError):
    """A spreadsheet has no room for the rows."""

    code = "registry-too-many-rows"


class Writer(Protocol):
    """What takes tables of one shape, one after the other, and has them in a file once it is closed."""

    def write(self, table: pa.Table) -> None: ...

    def close(self) -> None: ...


def writer(format_: Format, path: Path, columns: Sequence[Column]) -> Writer:
    """A writer of `columns` into `path`."""
    return WRITERS[format_](path, columns)


class Csv:
    """CSV in UTF-8; several values of a cell stand between semicolons."""

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        schema = pa.schema(
            [(f.name, f.type if pa.types.is_integer(f.type) else pa.string()) for f in arrow(columns)]
        )
        self._out = arrow_csv.CSVWriter(path, schema)

    def write(self, table: pa.Table) -> None:
        """Append the rows of `table`."""
        plain = flat(table)
        for place, column in enumerate(plain.columns):
            if pa.types.is_string(column.type):
                risky = pc.match_substring_regex(column, FORMULA)
                text = pc.if_else(risky, pc.binary_join_element_wise("'", column, ""), column)
                plain = plain.set_column(place, plain.field(place), text)
        self._out.write_table(plain)

    def close(self) -> None:
        """The file is whole."""
        self._out.close()


class Xlsx:
    """A spreadsheet whose rows are written as they come and never kept."""

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        options = {"constant_memory": True, "strings_to_formulas": False, "tmpdir": str(path.parent)}
        self._book = xlsxwriter.Workbook(str(path), options | {"strings_to_urls": False})
        self._sheet = self._book.add_worksheet(path.stem[:31])
        self._sheet.freeze_panes(1, 0)
        bold = self._book.add_format({"bold": True})
        for place, one in enumerate(columns):
            self._sheet.write_string(0, place, one.name, bold)
        self._row = 0

    def write(self, table: pa.Table) -> None:
        """Append the rows of `table`. Raises TooManyRows."""
        if self._row + table.num_rows > SHEET_ROWS:
            self._book.close()
            raise TooManyRows(
                "A spreadsheet has room for %(limit)d rows.",
                kept="Nothing was written.",
                remedy="Choose csv or parquet, or a shorter time.",
                limit=SHEET_ROWS,
            )
        columns = [column.to_pylist() for column in flat(table).columns]
        for cells in zip(*columns, strict=True):
            self._row += 1
            for place, cell in enumerate(cells):
                if isinstance(cell, int):
                    self._sheet.write_number(self._row, place, cell)
                elif cell:
                    self._sheet.write_string(self._row, place, cell)

    def close(self) -> None:
        """The file is whole."""
        self._book.close()


class Jsonl:
    """One JSON object a line; several values are a list."""

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        self._out = open(path, "wb")  # noqa: SIM115
        self._columns = columns

    def write(self, table: pa.Table) -> None:
        """Append the rows of `table`."""
        for row in timed(table).to_pylist():
            self._out.write(orjson.dumps(row) + b"\n")

    def close(self) -> None:
        """The file is whole."""
        self._out.close()


class Parquet:
    """Parquet, a group of rows for each table."""

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        self._out = parquet.ParquetWriter(path, arrow(columns), compression="zstd")

    def write(self, table: pa.Table) -> None:
        """Append the rows of `table`."""
        if table.num_rows:
            self._out.write_table(table)

    def close(self) -> None:
        """The file is whole."""
        self._out.close()


WRITERS: dict[Format, type[Csv] | type[Xlsx] | type[Jsonl] | type[Parquet]] = {
    "csv": Csv,
    "xlsx": Xlsx,
    "jsonl": Jsonl,
    "parquet": Parquet,
}


def timed(table: pa.Table) -> pa.Table:
    """The table with its moments as ISO 8601 texts."""
    for place, column in enumerate(table.columns):
        if pa.types.is_timestamp(column.type):
            table = table.set_column(place, table.field(place).name, pc.strftime(column, format=MOMENT))
    return table


def flat(table: pa.Table) -> pa.Table:
    """The table with moments and several values as texts."""
    table = timed(table)
    for place, column in enumerate(table.columns):
        if pa.types.is_list(column.type):
            table = table.set_column(place, table.field(place).name, pc.binary_join(column, BETWEEN))
    return table
