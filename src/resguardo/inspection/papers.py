"""Texts and PDFs. A text is shown as text; a PDF is only scanned, never rendered, and never by a PDF library.

Source: ISO 32000-2 (names, object streams, page tree); Unicode UAX #9 (overrides).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from resguardo.inspection.finding import Finding

READ, SHOWN = 1 << 20, 200_000
HIDDEN = re.compile("[\u202d\u202e\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
NEWLINES = re.compile("\r\n?")
SCANNED = 16 << 20
STREAMS, INFLATED, INFLATED_ALL = 2000, 1 << 20, 16 << 20
ESCAPES = 200_000
ESCAPE = re.compile(rb"#([0-9a-fA-F]{2})")
PAGE = re.compile(rb"/Type\s{0,8}/Page(?![A-Za-z])")
COUNT = re.compile(rb"/Count\s{1,8}(\d{1,7})")
LINEAR = re.compile(rb"/Linearized\b.{0,200}?/N\s{1,8}(\d{1,7})", re.DOTALL)
SCRIPT = re.compile(rb"/(?:JavaScript|JS|Launch)(?![A-Za-z])")
ENCRYPTED = re.compile(rb"/Encrypt(?![A-Za-z])")
EMBEDDED = re.compile(rb"/(?:EmbeddedFiles?|RichMedia)(?![A-Za-z])")


def read_text(source: BinaryIO, size: int, finding: Finding) -> None:
    """Put the first SHOWN characters of a text of `size` bytes into `finding`.

    Controls and bidi overrides, which make a line read otherwise than it is, become U+FFFD and a mark.
    """
    source.seek(0)
    raw = source.read(READ)
    text = NEWLINES.sub("\n", raw.decode("utf-8-sig", "replace"))
    shown = HIDDEN.sub("\ufffd", text[:SHOWN])
    if shown != text[:SHOWN]:
        finding.marks.add("hidden-characters")
    if size > READ or len(text) > SHOWN:
        finding.marks.add("long-text")
    finding.facts["lines"] = shown.count("\n") + 1
    finding.text = shown


def scan_pdf(source: BinaryIO, size: int, finding: Finding) -> None:
    """Count the pages of a PDF of `size` bytes as far as they can be seen, and look for what acts on its own.

    Only the first and last SCANNED bytes are looked at, and a bounded part of what is compressed.
    """
    source.seek(0)
    data = source.read(SCANNED)
    if size > SCANNED:
        source.seek(max(SCANNED, size - SCANNED))
        data += source.read(SCANNED)
    if b"%%EOF" not in data[-2048:]:
        finding.marks.add("cut-off")
    pages = biggest = 0
    for part in (data, *_inflated(data)):
        plain = ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), part, count=ESCAPES)
        pages += sum(1 for _ in PAGE.finditer(plain))
        biggest = max(biggest, max((int(found[1]) for found in COUNT.finditer(plain)), default=0))
        if SCRIPT.search(plain):
            finding.marks.add("has-script")
        if ENCRYPTED.search(plain):
            finding.marks.add("encrypted")
        if EMBEDDED.search(plain):
            finding.marks.add("embedded-file")
    # A changed PDF keeps its older pages: the tree's own count is right where it is not more than is there.
    linear = LINEAR.search(data[:2048])
    seen = biggest if 0 < biggest <= pages else pages
    finding.facts["pages"] = seen or (int(linear[1]) if linear else None)


def _inflated(data: bytes) -> Iterator[bytes]:
    """What the object streams of `data` hold, as far as it can be inflated within the limits."""
    view, left, at = memoryview(data), INFLATED_ALL, 0
    for _ in range(STREAMS):
        at = data.find(b"/ObjStm", at)
        if at < 0 or left <= 0:
            return
        begin = data.find(b"stream", at, at + 512)
        at += 7
        if begin < 0:
            continue
        begin += 6 + (2 if data[begin + 6 : begin + 8] == b"\r\n" else 1)
        try:
            part = zlib.decompressobj().decompress(view[begin : begin + INFLATED], min(left, INFLATED))
        except zlib.error:
            continue
        left -= len(part)
        yield part
