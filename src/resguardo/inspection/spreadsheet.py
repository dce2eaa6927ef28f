"""The door to spreadsheets of strangers: a caged child unfolds the XLSX, its rows come back one by one.

An XLSX is a ZIP of XML: it can be a bomb twice over. The child has the file's descriptor and nothing else;
what it says is believed only where it has the shape of a row.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resguardo.inspection.errors import InspectionError
from resguardo.inspection.sandbox import MIB, Limits
from resguardo.inspection.sheet import COLUMNS, ROWS

LIMITS = Limits(memory=768 * MIB, cpu=1800, wall=120.0, result=MIB)
"""`wall` is the longest silence, `result` the longest row; the processor's time bounds the whole."""
CHILD: tuple[str, ...] = (sys.executable, "-I", "-m", "resguardo.inspection.unfold")
NOTHING_TAKEN = "Nothing was taken from it."
WHY = {
    "not-a-spreadsheet": "This is no XLSX spreadsheet, or it is damaged.",
    "too-large": "This spreadsheet would grow beyond belief when opened.",
    "too-much-memory": "This spreadsheet needs more memory than a file may take.",
    "too-slow": "This spreadsheet takes longer to read than a file may take.",
    "no-sheet": "The spreadsheet has no sheet of that name.",
    "no-cage": "Spreadsheets are opened in a cage, which this machine cannot make.",
    "crashed": "Reading this spreadsheet ended before its end.",
}


class SpreadsheetError(InspectionError):
    """A spreadsheet cannot be read, or asks for more than it may take. `why` is a code of WHY."""

    code = "inspection-spreadsheet"

    def __init__(self, why: str) -> None:
        self.why = why if why in WHY else "crashed"
        remedy = "Save the sheet as CSV (UTF-8) and take that." if why != "no-sheet" else ""
        super().__init__(WHY[self.why], kept=NOTHING_TAKEN, remedy=remedy)


@dataclass(frozen=True)
class Head:
    """What a sheet says of itself before its rows: its name, and how many rows it claims to have, or 0."""

    sheet: str
    rows: int


def unfold(path: Path, sheet: str = "", limits: Limits = LIMITS) -> Iterator[Head | list[str]]:
    """The head of the sheet (the first where `sheet` is empty), then each of its rows as texts.

    A date is `2019-03-14` or `2019-03-14T08:30:00`; an empty row is an empty list. Raises SpreadsheetError.
    """
    with open(path, "rb") as source, _started(source.fileno(), sheet, limits) as process:
        try:
            ended = yield from _believed(_lines(process, limits))
            code = process.wait(limits.wall)
        except subprocess.TimeoutExpired:
            raise SpreadsheetError("too-slow") from None
        finally:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    if code or not ended:
        raise SpreadsheetError(_reason(code))


def _started(descriptor: int, sheet: str, limits: Limits) -> subprocess.Popen[bytes]:
    bars = {"memory": limits.memory, "cpu": limits.cpu, "files": limits.files}
    process = subprocess.Popen(
        CHILD,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        pass_fds=(descriptor,),
        env={},
        cwd="/",
        start_new_session=True,
    )
    assert process.stdin is not None
    request = {"fd": descriptor, "sheet": sheet[:100], "bars": bars}
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(json.dumps(request).encode() + b"\n")
        process.stdin.close()
    return process


def _lines(process: subprocess.Popen[bytes], limits: Limits) -> Iterator[bytes]:
    """The whole lines that the child writes."""
    assert process.stdout is not None
    ready = select.poll()
    ready.register(process.stdout, select.POLLIN | select.POLLHUP)
    rest = b""
    while True:
        if not ready.poll(limits.wall * 1000):
            raise SpreadsheetError("too-slow")
        piece = os.read(process.stdout.fileno(), 256 * 1024)
        if not piece:
            return
        *whole, rest = (rest + piece).split(b"\n")
        if len(rest) > limits.result:
            raise SpreadsheetError("too-large")
        yield from whole


def _believed(lines: Iterator[bytes]) -> Generator[Head | list[str], None, bool]:
    """What the lines say, and whether they came to their end.

    Raises SpreadsheetError where the child gave up or what it says has no shape.
    """
    ended = False
    for number, line in enumerate(lines):
        said = _parsed(line)
        if isinstance(said, dict):
            if "failed" in said:
                raise SpreadsheetError(str(said["failed"]))
            ended = said.get("end") is True
            if number == 0:
                rows = said.get("rows")
                yield Head(str(said.get("sheet", ""))[:100], min(rows, ROWS) if isinstance(rows, int) else 0)
        elif number <= ROWS and len(said) <= COLUMNS and all(isinstance(cell, str) for cell in said):
            yield said
        else:
            raise SpreadsheetError("crashed")
    return ended


def _parsed(line: bytes) -> dict[str, Any] | list[Any]:
    try:
        said = json.loads(line)
    except ValueError:
        raise SpreadsheetError("crashed") from None
    if not isinstance(said, dict | list):
        raise SpreadsheetError("crashed")
    return said


def _reason(code: int) -> str:
    if code == -signal.SIGXCPU:
        return "too-slow"
    return "too-much-memory" if code == -signal.SIGKILL else "crashed"
