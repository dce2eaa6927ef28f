"""The child of `spreadsheet`: shuts itself in, unfolds one sheet, writes its rows as lines of JSON.

Standard input: a line of JSON {"fd", "sheet", "bars"}. Standard output: {"sheet", "rows"}, then a list of
texts for each row, then {"end": true}; or {"failed": code} at any place.
"""

from __future__ import annotations

import ctypes
import encodings.cp437
import encodings.utf_8_sig  # noqa: F401
import io
import json
import os
import sys
import zipfile
from typing import BinaryIO, cast
from xml.parsers import expat

from resguardo.inspection import cage
from resguardo.inspection.errors import InspectionError
from resguardo.inspection.limits import RATIO_FROM, RATIO_LIMIT, open_archive
from resguardo.inspection.sealed import M_ARENA_MAX, Sealed
from resguardo.inspection.sheet import Sheet
from resguardo.inspection.workbook import PIECE, Refused, pieces, read_book

UNFOLDED = 4 * 2**30
NO_MEMORY = expat.errors.codes[expat.errors.XML_ERROR_NO_MEMORY]


def main() -> None:
    """Read the request, shut the cage, write the rows, and leave without looking back."""
    request = json.loads(sys.stdin.readline())
    source = Sealed(request["fd"])
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
    except expat.ExpatError as why:
        out.say({"failed": "too-much-memory" if why.code == NO_MEMORY else "not-a-spreadsheet"})
    except Exception:
        # A damaged ZIP, a part that is missing, a word for a number: the file is no spreadsheet.
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


def _write(out: _Lines, source: BinaryIO, wanted: str) -> None:
    archive = _weighed(source)
    book = read_book(archive)
    if wanted and wanted not in book.sheets:
        raise Refused("no-sheet")
    name = wanted or next(iter(book.sheets))
    sheet, head = Sheet(book), True
    for piece in pieces(archive, book.sheets[name]):
        rows = sheet.feed(piece)
        if head:
            out.say({"sheet": name, "rows": sheet.claimed})
            head = False
        for row in rows:
            out.say(row)


def _weighed(source: BinaryIO) -> zipfile.ZipFile:
    """The archive, if it would not unfold beyond belief. Raises Refused."""
    try:
        archive = open_archive(source)
    except InspectionError:
        raise Refused("not-a-spreadsheet") from None
    whole = 0
    for info in archive.infolist():
        whole += info.file_size
        dense = info.file_size > RATIO_FROM and info.file_size > RATIO_LIMIT * max(info.compress_size, 1)
        if dense or whole > UNFOLDED:
            raise Refused("too-large")
        if info.flag_bits & 0x1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Refused("not-a-spreadsheet")
    return archive


if __name__ == "__main__":
    main()
