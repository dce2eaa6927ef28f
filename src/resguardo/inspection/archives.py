"""ZIP archives: what they list, and the ways in which a list can lie. Nothing is ever extracted.

Read by hand, because zipfile makes an object of every entry and an archive can list millions.
Source: PKWARE APPNOTE 6.3.10 (end of central directory, ZIP64, central header);
D. Fifield, "A better zip bomb".
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import BinaryIO

from resguardo.core.age import AgeError
from resguardo.inspection.finding import MOST, WORD, Finding, clean

SHOWN, READ = 1000, 100_000
END, END64, LOCATOR, CENTRAL = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07", b"PK\x01\x02"
BOMB_TOTAL, BOMB_RATIO, RATIO_MATTERS = 4 << 30, 200, 16 << 20
LOCAL_HEADER = 30
ALL_ONES = 0xFFFFFFFF
ARCHIVES = (".7z", ".apk", ".bz2", ".gz", ".jar", ".rar", ".tar", ".tgz", ".xz", ".zip", ".zst")
SYMLINK, FILE_KIND = 0xA000, 0xF000
ENCRYPTED, UTF8 = 0x1, 0x800


@dataclass(frozen=True)
class Entry:
    """One line of the central directory, sizes in bytes as declared."""

    name: str
    size: int
    packed: int
    at: int
    encrypted: bool
    link: bool


class _Broken(Exception):
    """The directory is not where or what it should be."""


def look(source: BinaryIO, size: int, finding: Finding) -> None:
    """Fill `finding` with the entries of a ZIP of `size` bytes, at most SHOWN, and their marks."""
    entries: list[Entry] = []
    try:
        at, length, declared, shift = _directory(source, size)
        finding.facts["entries"] = min(declared, MOST)
        if shift:
            finding.marks.add("appended-data")
        entries = list(_entries(source, at, length))
        if len(entries) < min(declared, READ):
            finding.marks.add("damaged")
    except AgeError:
        raise
    except (_Broken, struct.error):
        finding.marks.add("cut-off" if not entries else "damaged")
    finding.entries = [
        {"name": clean(entry.name) or "?", "size": entry.size, "packed": entry.packed}
        for entry in entries[:SHOWN]
    ]
    _judge(entries, finding)


def _directory(source: BinaryIO, size: int) -> tuple[int, int, int, int]:
    """Where the central directory is, its length, its declared entries, and the bytes before the archive."""
    start = max(0, size - 65535 - 22)
    source.seek(start)
    tail = source.read()
    found = tail.rfind(END)
    if found < 0 or found + 22 > len(tail):
        raise _Broken
    declared, length, offset = struct.unpack("<HII", tail[found + 10 : found + 20])
    end = start + found
    if declared == 0xFFFF or ALL_ONES in (length, offset):
        end, declared, length, offset = _directory64(source, end, (declared, length, offset))
    at = end - length
    if at < offset:
        raise _Broken
    return at, length, declared, at - offset


def _directory64(source: BinaryIO, end: int, plain: tuple[int, int, int]) -> tuple[int, int, int, int]:
    """The same from the ZIP64 record, if there is one before `end`."""
    source.seek(max(0, end - 20))
    locator = source.read(20)
    if locator[:4] != LOCATOR:
        return end, *plain
    (at,) = struct.unpack("<Q", locator[8:16])
    source.seek(min(at, end))
    record = source.read(56)
    if record[:4] != END64 or len(record) < 56:
        raise _Broken
    declared, length, offset = struct.unpack("<QQQ", record[32:56])
    return at, declared, length, offset


def _entries(source: BinaryIO, at: int, length: int) -> Iterator[Entry]:
    """The entries of the central directory, at most READ; it ends early where the directory is broken."""
    source.seek(at)
    until = at + length
    for _ in range(READ):
        head = source.read(46)
        if len(head) < 46 or head[:4] != CENTRAL or source.tell() > until:
            return
        flags, packed, plain, name, extra, comment = struct.unpack("<8xH10xIIHHH12x", head)
        attributes, offset = struct.unpack("<II", head[38:46])
        raw = source.read(name)
        more = source.read(extra)
        source.seek(comment, 1)
        plain, packed, offset = _wide(more, plain, packed, offset)
        yield Entry(
            raw[: WORD * 4].decode("utf-8" if flags & UTF8 else "cp437", "replace"),
            min(plain, MOST),
            min(packed, MOST),
            offset,
            bool(flags & ENCRYPTED),
            (attributes >> 16) & FILE_KIND == SYMLINK,
        )


def _wide(extra: bytes, plain: int, packed: int, offset: int) -> tuple[int, int, int]:
    """The three numbers, those of the ZIP64 field where the narrow ones are all ones."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack("<HH", extra[at : at + 4])
        if kind == 1:
            field = extra[at + 4 : at + 4 + length]
            wide = [int.from_bytes(field[i : i + 8], "little") for i in range(0, len(field) - 7, 8)]
            given = [wide.pop(0) if n == ALL_ONES and wide else n for n in (plain, packed, offset)]
            return given[0], given[1], given[2]
        at += 4 + length
    return plain, packed, offset


def _judge(entries: list[Entry], finding: Finding) -> None:
    """The marks of a list of entries."""
    names = [entry.name.replace("\\", "/") for entry in entries]
    total, packed = sum(entry.size for entry in entries), sum(entry.packed for entry in entries)
    finding.facts["unpacked_bytes"] = min(total, MOST)
    if any(entry.encrypted for entry in entries):
        finding.marks.add("encrypted")
    if any(name.lower().endswith(ARCHIVES) for name in names):
        finding.marks.add("nested-archive")
    tricky = any(_leads_out(name) for name in names) or any(entry.link for entry in entries)
    if tricky or len(set(names)) < len(names):
        finding.marks.add("path-tricks")
    ratio = total / max(1, packed)
    dense = any(entry.size > RATIO_MATTERS and entry.size > BOMB_RATIO * entry.packed for entry in entries)
    swollen = total > RATIO_MATTERS and ratio > BOMB_RATIO
    if total > BOMB_TOTAL or dense or swollen or _overlap(entries) or len(entries) >= READ:
        finding.marks.add("zip-bomb")


def _leads_out(name: str) -> bool:
    """Whether a path leaves the folder it is unpacked in: absolute, by a drive, or upwards."""
    return name.startswith("/") or name[1:2] == ":" or ".." in name.split("/") or "\x00" in name


def _overlap(entries: list[Entry]) -> bool:
    """Whether two entries claim the same bytes, which is how a small archive holds a huge one."""
    spans = sorted((entry.at, entry.at + LOCAL_HEADER + entry.packed) for entry in entries)
    return any(after[0] < before[1] for before, after in pairwise(spans))
