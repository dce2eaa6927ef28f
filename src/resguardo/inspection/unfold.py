"""The child of `spreadsheet`: shuts itself in, unfolds one sheet, writes its rows as lines of JSON.

Standard input: a line of JSON {"fd", "sheet", "bars"}. Standard output: {"sheet", "rows"}, then a list of
texts for each row, then {"end": true}; or {"failed": code} at any place.
Source: ECMA-376 (Office Open XML), read by openpyxl.
"""

from __future__ import annotations

import ctypes
import encodings.cp437
import encodings.utf_8_sig  # noqa: F401
import io
import json
import os
import sys
import warnings
import zipfile
from datetime import date, datetime, time, timedelta
from typing import Any, BinaryIO, cast

import openpyxl  # type: ignore[import-untyped]

from resguardo.inspection import cage
from resguardo.inspection.errors import InspectionError
from resguardo.inspection.inside import M_ARENA_MAX, Sealed
from resguardo.inspection.limits import RATIO_FROM, RATIO_LIMIT, open_archive
from resguardo.inspection.spreadsheet import COLUMNS, ROWS

UNFOLDED = 4 * 2**30
SHARED = 256 * 2**20
PIECE = 128 * 1024


class Refused(Exception):
    """The file is not read; the argument is a code of `spreadsheet.WHY`."""


def main() -> None:
    """Read the request, shut the cage, write the rows, and leave without looking back."""
    request = json.loads(sys.stdin.readline())
    source = Sealed(request["fd"])
    _warm()
    ctypes.CDLL(None).mallopt(M_ARENA_MAX, 1)
    out = _Lines()
    try:
        cage.shut(cage.Bars(**request["bars"]))
        _write(out, cast(BinaryIO, io.BufferedReader(source, PIECE)), request["sheet"])
        out.say({"end": True})
    except cage.NoCage:
        out.say({"failed": "no-cage"})
    except Refused as why:
        out.say({"failed": why.args[0]})
    except MemoryError:
        out.say({"failed": "too-much-memory"})
    except Exception:
        # openpyxl has no error of its own for most of what a damaged file can be.
        out.say({"failed": "not-a-spreadsheet"})
    out.flush()
    os._exit(0)


class _Lines:
    """Lines of JSON on the one descriptor that can be written to."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def say(self, what: object) -> None:
        self._waiting += json.dumps(what).encode() + b"\n"
        if len(self._waiting) > PIECE:
            self.flush()

    def flush(self) -> None:
        data = memoryview(bytes(self._waiting))
        self._waiting.clear()
        while data:
            data = data[os.write(cage.RESULT, data) :]


def _warm() -> None:
    """Have openpyxl and the readers of XML import all that they need."""
    warnings.simplefilter("ignore")
    book = openpyxl.Workbook()
    book.active.append(["a", 1, 1.5, True, datetime(2026, 1, 1, 8, 30), date(2026, 1, 1), "=1+1"])
    kept = io.BytesIO()
    book.save(kept)
    kept.seek(0)
    for _row in openpyxl.load_workbook(kept, read_only=True, data_only=True).active.iter_rows():
        pass


def _write(out: _Lines, source: BinaryIO, wanted: str) -> None:
    _weigh(source)
    book = openpyxl.load_workbook(source, read_only=True, data_only=True, keep_links=False)
    names = [sheet.title for sheet in book.worksheets]
    if not names or (wanted and wanted not in names):
        raise Refused("no-sheet" if names else "not-a-spreadsheet")
    sheet = book[wanted or names[0]]
    out.say({"sheet": sheet.title, "rows": sheet.max_row or 0})
    # What a file says of its own size is often wrong.
    sheet.reset_dimensions()
    for row in sheet.iter_rows(values_only=True, max_row=ROWS, max_col=COLUMNS):
        out.say(_texts(row))


def _weigh(source: BinaryIO) -> None:
    """Refuse what would unfold beyond belief. Raises Refused."""
    try:
        archive = open_archive(source)
    except InspectionError:
        raise Refused("not-a-spreadsheet") from None
    whole = 0
    for info in archive.infolist():
        whole += info.file_size
        dense = info.file_size > RATIO_FROM and info.file_size > RATIO_LIMIT * max(info.compress_size, 1)
        shared = info.filename.endswith("sharedStrings.xml") and info.file_size > SHARED
        if dense or shared or whole > UNFOLDED:
            raise Refused("too-large")
        if info.flag_bits & 0x1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Refused("not-a-spreadsheet")
    source.seek(0)


def _texts(row: tuple[Any, ...]) -> list[str]:
    """The cells as texts, without the empty ones at the end."""
    cells = [_text(cell) for cell in row]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(timespec="seconds")
    if isinstance(cell, date | time | timedelta):
        return str(cell)
    return str(cell)


if __name__ == "__main__":
    main()
