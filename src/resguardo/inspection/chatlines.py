"""The bytes of a text as UTF-8, and its lines with their places, so that what was read can be pointed at.

A line ends at LF (or CR LF) and nowhere else: a message may hold any other mark that Unicode calls a line
break, and numbers of lines must be those that an editor shows.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

CHUNK = 2**20

# A cage lets nothing be opened later: the codecs are loaded with this module.
for name in ("utf-8", "utf-16", "cp1252"):
    codecs.lookup(name)


@dataclass(frozen=True, slots=True)
class Line:
    """`number` from 1, `start` in bytes; `text` without the end of the line."""

    number: int
    start: int
    text: str


def as_utf8(data: bytes) -> tuple[bytes, str | None]:
    """`data` as valid UTF-8, and the code of what it was when it was not.

    UTF-16 is known by its mark. Bytes over 127 none of which is UTF-8 are Windows-1252, which Windows
    writes when a text is saved again. In a UTF-8 text with wrong bytes, those are written \\xNN.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "backslashreplace").encode(), "encoding-utf-16"
    if _is_utf8(data):
        return data, None
    text = data.decode("utf-8", "backslashreplace")
    if not text.isascii():
        return text.encode(), "encoding-damaged"
    return data.decode("cp1252", "backslashreplace").encode(), "encoding-windows-1252"


def whole_lines(data: bytes) -> bytes:
    """`data` up to its last end of a line; all of it when it has none."""
    return data[: data.rfind(b"\n") + 1] or data


def lines(utf8: bytes) -> Iterator[Line]:
    """The lines of `utf8`, in order, empty ones too; none after the last end of a line."""
    number, start = 1, 0
    while start < len(utf8):
        end = _end(utf8, start)
        yield _line(utf8, number, start, end)
        number, start = number + 1, end + 1


def lines_like(pattern: re.Pattern[bytes], utf8: bytes) -> Iterator[Line]:
    """The lines of `utf8` whose beginning `pattern` matches (with `^`, in MULTILINE), in order."""
    number, counted = 1, 0
    for found in pattern.finditer(utf8):
        start = found.start()
        number, counted = number + utf8.count(b"\n", counted, start), start
        yield _line(utf8, number, start, _end(utf8, start))


def _line(utf8: bytes, number: int, start: int, end: int) -> Line:
    return Line(number, start, utf8[start:end].decode().removesuffix("\r"))


def _end(utf8: bytes, start: int) -> int:
    end = utf8.find(b"\n", start)
    return len(utf8) if end < 0 else end


def _is_utf8(data: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for at in range(0, len(data), CHUNK):
            decoder.decode(data[at : at + CHUNK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
