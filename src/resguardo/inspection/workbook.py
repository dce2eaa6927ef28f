"""What an XLSX says beside its rows: its sheets, its shared texts, which styles are dates.

A part is read in pieces and never held whole, and a document type is refused: no entity is ever unfolded.
Source: ECMA-376 (Office Open XML) parts 1, 2 and, for the other namespaces, its strict form.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from xml.parsers import expat

PIECE = 128 * 1024
SHARED = 256 * 2**20
SPACES = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)
SINCE_1900, SINCE_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)
DATES = frozenset({*range(14, 23), 45, 46, 47})
"""The built-in formats that are dates or times; 46 is a span."""
SPANS = frozenset({46})
SECTIONS = frozenset({"numFmts", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs", "tableStyles", "extLst"})
ASIDE = re.compile(r'".*?"|\[(?!hh?\]|mm?\]|ss?\])[^\]]*\]')
"""Of a format, what is between quotation marks, and colours and languages."""
IS_DATE = re.compile(r"(?<![_\\])[dmhys]", re.I)
IS_SPAN = re.compile(r"\[(?:hh?|mm?|ss?)\]", re.I)


class Refused(Exception):
    """The file is not read; the argument is a code of `spreadsheet.WHY`."""


@dataclass(frozen=True)
class Styles:
    """Which styles show a number as a date or time, which of these as a span, and where the days begin."""

    dates: frozenset[int]
    spans: frozenset[int]
    epoch: datetime


@dataclass(frozen=True)
class Book:
    """The sheets by their names, in order, as the parts that they are; the texts that cells point to."""

    sheets: dict[str, str]
    texts: list[str]
    styles: Styles


def read_book(archive: zipfile.ZipFile) -> Book:
    """All of a workbook but its rows. Raises Refused; KeyError, ValueError, BadZipFile, ExpatError too."""
    of_package = _related(archive, "")
    part = next((target for kind, target in of_package.values() if kind == "officeDocument"), "")
    related = _related(archive, part)
    kinds = dict(related.values())
    sheets: dict[str, str] = {}
    epoch = SINCE_1900
    for name, said in _elements(archive, part):
        if name == "workbookPr" and said.get("date1904", "0") in ("1", "true"):
            epoch = SINCE_1904
        elif name == "sheet":
            mark = next((value for key, value in said.items() if key.endswith(" id")), "")
            kind, target = related.get(mark, ("", ""))
            if kind == "worksheet":
                sheets.setdefault(said.get("name", ""), target)
    if not sheets:
        raise Refused("not-a-spreadsheet")
    dates, spans = _styles(archive, kinds["styles"]) if "styles" in kinds else (set(), set())
    texts = _texts(archive, kinds["sharedStrings"]) if "sharedStrings" in kinds else []
    return Book(sheets, texts, Styles(frozenset(dates), frozenset(spans), epoch))


def careful() -> expat.XMLParserType:
    """A parser of XML that knows no document type. Names are `namespace name`."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _no_doctype
    return parser


def pieces(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """The bytes of a part; the last piece is empty."""
    with archive.open(part) as source:
        while piece := source.read(PIECE):
            yield piece
        yield b""


def named(*names: str) -> dict[str, str]:
    """The names of elements of a workbook as `careful` says them, to what they are called."""
    return {f"{space} {name}": name for space in SPACES for name in names}


def _no_doctype(*_said: object) -> None:
    raise Refused("not-a-spreadsheet")


def _elements(archive: zipfile.ZipFile, part: str) -> Iterator[tuple[str, dict[str, str]]]:
    """The elements of a part in their order: names without their namespaces, and attributes."""
    found: list[tuple[str, dict[str, str]]] = []

    def begin(name: str, said: dict[str, str]) -> None:
        found.append((name.rpartition(" ")[2], said))

    parser = careful()
    parser.StartElementHandler = begin
    for piece in pieces(archive, part):
        parser.Parse(piece, not piece)
        yield from found
        found.clear()


def _related(archive: zipfile.ZipFile, part: str) -> dict[str, tuple[str, str]]:
    """What a part points to: by its mark, the kind and the part. The whole package is the part ""."""
    folder, name = posixpath.split(part)
    found = {}
    for element, said in _elements(archive, posixpath.join(folder, "_rels", f"{name}.rels")):
        if element == "Relationship" and said.get("TargetMode") != "External":
            target = posixpath.normpath(posixpath.join("/", folder, said["Target"]))
            found[said["Id"]] = (said["Type"].rpartition("/")[2], target.lstrip("/"))
    return found


def _styles(archive: zipfile.ZipFile, part: str) -> tuple[set[int], set[int]]:
    """The places of the styles that are dates or times, and of those that are spans."""
    formats: dict[int, str] = {}
    dates: set[int] = set()
    spans: set[int] = set()
    section, place = "", 0
    for name, said in _elements(archive, part):
        if name in SECTIONS:
            section = name
        elif section == "numFmts" and name == "numFmt":
            formats[int(said["numFmtId"])] = said["formatCode"].split(";")[0]
        elif section == "cellXfs" and name == "xf":
            number = int(said.get("numFmtId", "0"))
            format_ = formats.get(number)
            if IS_DATE.search(ASIDE.sub("", format_)) if format_ is not None else number in DATES:
                dates.add(place)
            if IS_SPAN.search(format_) if format_ is not None else number in SPANS:
                spans.add(place)
            place += 1
    return dates, spans


def _texts(archive: zipfile.ZipFile, part: str) -> list[str]:
    """The shared texts, without how they are drawn or pronounced. Raises Refused."""
    if archive.getinfo(part).file_size > SHARED:
        raise Refused("too-large")
    texts: list[str] = []
    whole = Words()
    kinds = named("si", "t", "rPh")

    def begin(name: str, said: dict[str, Any]) -> None:
        kind = kinds.get(name)
        if kind == "si":
            whole.clear()
        elif kind:
            whole.begin(kind)

    def end(name: str) -> None:
        kind = kinds.get(name)
        if kind == "si":
            texts.append(whole.said())
        elif kind:
            whole.end(kind)

    parser = careful()
    parser.StartElementHandler, parser.EndElementHandler = begin, end
    parser.CharacterDataHandler = whole.hear
    for piece in pieces(archive, part):
        parser.Parse(piece, not piece)
    return texts


class Words:
    """The words of a text that may be drawn in several ways: what stands in <t>, but not in <rPh>."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._taking = self._aside = False

    def clear(self) -> None:
        """A new text begins."""
        self._parts.clear()
        self._taking = self._aside = False

    def begin(self, kind: str) -> None:
        """An element of it begins, "t" or "rPh"."""
        if kind == "rPh":
            self._aside = True
        self._taking = kind == "t" and not self._aside

    def end(self, kind: str) -> None:
        """An element of it ends."""
        self._taking = False
        if kind == "rPh":
            self._aside = False

    def hear(self, words: str) -> None:
        """Words, of which those in place are kept."""
        if self._taking:
            self._parts.append(words)

    def said(self) -> str:
        """The whole text."""
        return "".join(self._parts)
