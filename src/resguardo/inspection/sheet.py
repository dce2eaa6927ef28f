"""The rows of a sheet as texts, one piece of its XML after the other: only the row that comes in is held.

A file whose rows do not go up is refused: a row that is left out in silence would be a woman left out.
Source: ECMA-376 part 1, 18.3 (worksheets).
"""

from __future__ import annotations

import math
import re

from resguardo.inspection import serials
from resguardo.inspection.workbook import Book, Refused, Words, careful, named

COLUMNS = 1000
ROWS = 1_048_576
KINDS = named("dimension", "row", "c", "v", "is", "t", "rPh")
LETTERS = re.compile("[A-Z]{1,3}", re.ASCII)
DIGITS = "0123456789"
BLANK: list[str] = []


class Sheet:
    """The rows of one sheet of `book`. After the first piece `claimed` is how many it says it has, or 0."""

    def __init__(self, book: Book) -> None:
        self.claimed = 0
        self._texts, self._styles = book.texts, book.styles
        self._rows: list[list[str]] = []
        self._number = 0
        self._cells: list[str] = []
        self._column = 0
        self._kind = self._style = self._value = ""
        self._heard: list[str] = []
        self._inline = Words()
        self._columns: dict[str, int] = {}
        self._parser = careful()
        self._parser.StartElementHandler = self._begin
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._heard.append

    def feed(self, piece: bytes) -> list[list[str]]:
        """The rows that end in this piece, blank ones before them too; the last piece is empty.

        Raises Refused, ValueError, ExpatError.
        """
        self._rows = []
        self._parser.Parse(piece, not piece)
        return self._rows

    # ------------------------------------------------- elements
    def _begin(self, name: str, said: dict[str, str]) -> None:
        kind = KINDS.get(name)
        if kind == "c":
            place = said.get("r")
            self._column = self._column_of(place) if place else self._column + 1
            self._kind, self._style, self._value = said.get("t", "n"), said.get("s", ""), ""
        elif kind == "v":
            self._heard.clear()
        elif kind == "row":
            self._start(said.get("r"))
        elif kind == "is":
            self._inline.clear()
            self._parser.CharacterDataHandler = self._inline.hear
        elif kind == "dimension":
            self.claimed = _last_row(said.get("ref", ""))
        elif kind:
            self._inline.begin(kind)

    def _end(self, name: str) -> None:
        kind = KINDS.get(name)
        if kind == "c":
            if self._value and self._column <= COLUMNS:
                self._put(self._shown())
            self._heard.clear()
        elif kind == "v":
            if self._kind != "inlineStr":
                self._value = "".join(self._heard)
        elif kind == "row":
            self._rows.append(self._cells)
        elif kind == "is":
            self._parser.CharacterDataHandler = self._heard.append
            if self._kind == "inlineStr":
                self._value = self._inline.said()
        elif kind and kind != "dimension":
            self._inline.end(kind)

    def _start(self, number: str | None) -> None:
        """A row begins, after blank ones where numbers are left out."""
        last, self._number = self._number, int(number) if number else self._number + 1
        if not last < self._number <= ROWS:
            raise Refused("not-a-spreadsheet")
        self._rows += [BLANK] * (self._number - last - 1)
        self._cells, self._column = [], 0
        self._heard.clear()

    def _put(self, text: str) -> None:
        """Place a cell; empty ones are not placed, so that none stands at the end of a row."""
        missing = self._column - len(self._cells)
        if not text:
            return
        if missing > 0:
            self._cells += [""] * missing
        self._cells[self._column - 1] = text

    # ------------------------------------------------- cells
    def _column_of(self, place: str) -> int:
        letters = place.rstrip(DIGITS)
        known = self._columns.get(letters)
        if known is None:
            if not LETTERS.fullmatch(letters):
                raise Refused("not-a-spreadsheet")
            known = 0
            for letter in letters:
                known = known * 26 + ord(letter) - ord("A") + 1
            self._columns[letters] = known
        return known

    def _shown(self) -> str:
        """The text of the cell that has just ended."""
        kind, value = self._kind, self._value
        if kind == "s":
            place = int(value)
            if not 0 <= place < len(self._texts):
                raise Refused("not-a-spreadsheet")
            return self._texts[place]
        if kind == "n":
            return self._number_shown(value)
        if kind == "b":
            return "FALSE" if value in ("0", "false") else "TRUE"
        return serials.iso(value) if kind == "d" else value

    def _number_shown(self, value: str) -> str:
        """A number, without a fraction of nought, or the moment that its style makes of it."""
        styles = self._styles
        number = int(value) if value.lstrip("-").isdecimal() else float(value)
        if not math.isfinite(number):
            raise Refused("not-a-spreadsheet")
        style = int(self._style) if self._style else 0
        if style in styles.dates:
            return serials.span(number) if style in styles.spans else serials.moment(number, styles.epoch)
        if isinstance(number, int):
            return str(number)
        return str(int(number)) if number.is_integer() else repr(number)


def _last_row(ref: str) -> int:
    """The last row of a range `A1:S20001`, or 0."""
    number = ref.rpartition(":")[2].lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ$")
    return min(int(number), ROWS) if number.isascii() and number.isdecimal() and len(number) < 9 else 0
