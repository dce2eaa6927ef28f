"""Where a file ends by its own account: what is cut off, what follows the end, what else it could be.

A second format in a picture is how harm is carried past those who look only at its beginning.
Source: ITU-T T.81 (JPEG), W3C PNG, GIF89a, RIFF, ISO 14496-12 (boxes), PKWARE APPNOTE (end of a ZIP).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

EDGE = 64 * 1024
ZIP_END = 22
SAMSUNG = b"SEFT"
STEPS = 1_000_000
PIECE = 1 << 20
SCAN_ENDS = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
BOX = re.compile(rb"[A-Za-z0-9 _\-\xa9]{4}")
PAGES = re.compile(rb"<script|<html|<!doctype html|<\?php|<iframe")


@dataclass(frozen=True)
class Extent:
    """`end` is where the format ends, None if that cannot be said; `cut` is that it goes on past the file."""

    end: int | None = None
    cut: bool = False
    frames: int | None = None


class _Cut(Exception):
    """The file ends before its format does."""


def measure(media_type: str, source: BinaryIO, size: int) -> Extent:
    """Walk the outer structure of a file of `size` bytes, without decoding. Unknown formats give Extent()."""
    walk = WALKS.get(media_type)
    if walk is None:
        return Extent()
    source.seek(0)
    try:
        extent = walk(source, size)
    except _Cut:
        return Extent(cut=True)
    if extent.end is not None and extent.end > size:
        return Extent(None, True, extent.frames)
    return extent


def appended(source: BinaryIO, end: int, size: int) -> str:
    """What follows the `end` of a picture: "film" or "maker" for what phones add, or "unknown"."""
    source.seek(end)
    start = source.read(12)
    source.seek(max(0, size - 4))
    if start[4:8] == b"ftyp":
        return "film"
    return "maker" if source.read() == SAMSUNG else "unknown"


def second_format(media_type: str, source: BinaryIO, size: int) -> bool:
    """Whether the head or the tail of the file could be read as a page, a program, a PDF or a ZIP too."""
    source.seek(0)
    head = source.read(EDGE)
    source.seek(max(0, size - EDGE - ZIP_END))
    tail = source.read(EDGE + ZIP_END)
    if media_type != "application/zip" and _ends_as_zip(tail):
        return True
    if media_type in ("application/pdf", "application/zip", "text/plain"):
        return False
    return any(b"%PDF-" in edge or bool(PAGES.search(edge.lower())) for edge in (head, tail))


def _ends_as_zip(tail: bytes) -> bool:
    """Whether `tail` holds an end of a ZIP whose comment reaches the end of the file, or nearly."""
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or at + ZIP_END > len(tail):
        return False
    return at + ZIP_END + int.from_bytes(tail[at + 20 : at + 22], "little") <= len(tail)


def _take(source: BinaryIO, count: int) -> bytes:
    data = source.read(count)
    if len(data) < count:
        raise _Cut
    return data


def _jpeg(source: BinaryIO, size: int) -> Extent:
    more = False
    source.seek(2)
    for _ in range(STEPS):
        mark = _take(source, 1)
        if mark != b"\xff":
            raise _Cut
        while mark == b"\xff":
            mark = _take(source, 1)
        code = mark[0]
        if code == 0xD9:
            end = source.tell()
            if more and source.read(3) == b"\xff\xd8\xff":
                source.seek(end + 2)
                continue
            return Extent(end)
        if code == 0x01 or 0xD0 <= code <= 0xD8:
            continue
        length, start = int.from_bytes(_take(source, 2), "big"), source.tell()
        # A phone may declare more pictures of the same moment, which follow the first.
        more = more or (code == 0xE2 and source.read(4) == b"MPF\x00")
        source.seek(start + length - 2)
        if code == 0xDA:
            _past_scan(source)
    return Extent()


def _past_scan(source: BinaryIO) -> None:
    """Go to the marker that ends the compressed data here."""
    at = source.tell()
    while len(piece := source.read(PIECE)) > 1:
        found = SCAN_ENDS.search(piece)
        if found:
            source.seek(at + found.start())
            return
        at += len(piece) - 1
        source.seek(at)
    raise _Cut


def _png(source: BinaryIO, size: int) -> Extent:
    frames = None
    source.seek(8)
    for _ in range(STEPS):
        head = _take(source, 8)
        if head[4:] == b"acTL":
            frames = int.from_bytes(_take(source, 4), "big")
            source.seek(-4, 1)
        source.seek(int.from_bytes(head[:4], "big") + 4, 1)
        if source.tell() > size:
            raise _Cut
        if head[4:] == b"IEND":
            return Extent(source.tell(), False, frames)
    return Extent(None, False, frames)


def _gif(source: BinaryIO, size: int) -> Extent:
    frames = 0
    _past_palette(source, _take(source, 13)[10])
    for _ in range(STEPS):
        block = _take(source, 1)
        if block == b";":
            return Extent(source.tell(), False, frames)
        if block == b",":
            frames += 1
            _past_palette(source, _take(source, 9)[8])
        elif block != b"!":
            raise _Cut
        _take(source, 1)
        for _ in range(STEPS):
            length = _take(source, 1)[0]
            if not length:
                break
            source.seek(length, 1)
    return Extent(None, False, frames)


def _past_palette(source: BinaryIO, flags: int) -> None:
    if flags & 0x80:
        source.seek(3 << ((flags & 7) + 1), 1)


def _riff(source: BinaryIO, size: int) -> Extent:
    length = int.from_bytes(_take(source, 8)[4:], "little")
    # An odd length has one byte of padding after it, which some writers leave out.
    return Extent(8 + length + (length % 2 if 8 + length < size else 0))


def _boxes(source: BinaryIO, size: int) -> Extent:
    at = 0
    for _ in range(STEPS):
        if at == size:
            return Extent(at)
        source.seek(at)
        head = source.read(8)
        if len(head) < 8 or not BOX.fullmatch(head[4:]):
            return Extent(at)
        length = int.from_bytes(head[:4], "big")
        if length == 1:
            length = int.from_bytes(_take(source, 8), "big")
        if length == 0:
            return Extent(size)
        if length < 8:
            return Extent(at)
        if at + length > size:
            raise _Cut
        at += length
    return Extent()


WALKS: dict[str, Callable[[BinaryIO, int], Extent]] = {
    "image/jpeg": _jpeg,
    "image/png": _png,
    "image/gif": _gif,
    "image/webp": _riff,
    "audio/wav": _riff,
    **dict.fromkeys(("image/heic", "image/heif", "image/avif"), _boxes),
    **dict.fromkeys(("audio/mp4", "video/mp4", "video/quicktime", "video/3gpp"), _boxes),
}
