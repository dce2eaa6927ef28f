"""How much of a file is read: limits that hold before memory is taken, for text and for ZIP archives.

Source: APPNOTE.TXT 6.3.10 (ZIP); the numbers are ours, over the largest exports that phones make
(WhatsApp writes at most 40,000 messages, 10,000 with media).
"""

from __future__ import annotations

import codecs
import zipfile
import zlib
from dataclasses import dataclass
from typing import BinaryIO, cast

from resguardo.inspection.errors import KEPT, ArchiveError, Protected, TooLarge

TEXT_LIMIT = 64 * 2**20
MESSAGE_LIMIT = 200_000
ENTRY_LIMIT = 50_000
DIRECTORY_LIMIT = 8 * 2**20
RATIO_LIMIT = 200
RATIO_FROM = 16 * 2**20
TOO_LONG = "The list of files in this ZIP is too long."
CHUNK = 2**20
SNIFF = 2**16

# A cage lets nothing be opened later: the codec of the names in a ZIP is loaded with this module.
codecs.lookup("cp437")


@dataclass
class Budget:
    """What one reading may still take: bytes of text, and messages. All files of an archive share one."""

    text: int = TEXT_LIMIT
    messages: int = MESSAGE_LIMIT


def read_text(src: BinaryIO, budget: Budget) -> tuple[bytes, bool]:
    """What `src` has from where it stands, as far as `budget` goes, and whether it was cut there."""
    parts, left = [], budget.text
    while left and (part := src.read(min(CHUNK, left))):
        parts.append(part)
        left -= len(part)
    cut = not left and bool(src.read(1))
    budget.text = left
    return b"".join(parts), cut


class _Careful:
    """A file that refuses to be read in one piece: `zipfile` reads a whole central directory at once."""

    def __init__(self, src: BinaryIO) -> None:
        self.src = src
        self.seek, self.tell = src.seek, src.tell

    def read(self, size: int = -1) -> bytes:
        if size > DIRECTORY_LIMIT:
            raise TooLarge(TOO_LONG, kept=KEPT)
        parts, left = [], size if size >= 0 else DIRECTORY_LIMIT + 1
        while left and (part := self.src.read(left)):
            parts.append(part)
            left -= len(part)
        if size < 0 and not left:
            raise TooLarge(TOO_LONG, kept=KEPT)
        return b"".join(parts)

    def seekable(self) -> bool:
        return True


def open_archive(src: BinaryIO) -> zipfile.ZipFile:
    """The ZIP in `src`, with a list of files of a size that can be held.

    Raises ArchiveError when it is damaged, TooLarge when it has too many files.
    """
    try:
        archive = zipfile.ZipFile(cast(BinaryIO, _Careful(src)))
    except (zipfile.BadZipFile, zipfile.LargeZipFile, ValueError, OSError, NotImplementedError):
        raise ArchiveError("This ZIP is damaged: its list of files cannot be read.", kept=KEPT) from None
    if len(archive.infolist()) > ENTRY_LIMIT:
        raise TooLarge("This ZIP has more than %(limit)d files.", kept=KEPT, limit=ENTRY_LIMIT)
    return archive


def read_entry(archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: Budget) -> tuple[bytes, bool]:
    """The text of one file in `archive`, as far as `budget` goes, and whether it was cut there.

    Raises Protected when it needs a password, ArchiveError when it is damaged or compressed beyond belief.
    """
    if info.flag_bits & 0x1:
        raise Protected(
            "This ZIP is protected by a password.",
            kept=KEPT,
            remedy="Export the conversation again without a password.",
        )
    # The other methods of ZIP may ask for gigabytes to open; no telephone and no platform uses them.
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ArchiveError("A file in this ZIP is compressed in a way that is not opened here.", kept=KEPT)
    if info.file_size > RATIO_FROM and info.file_size > RATIO_LIMIT * max(info.compress_size, 1):
        raise ArchiveError("A file in this ZIP would grow beyond belief when opened.", kept=KEPT)
    try:
        with archive.open(info) as src:
            return read_text(cast(BinaryIO, src), budget)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError):
        raise ArchiveError("A file in this ZIP is damaged.", kept=KEPT) from None


def sniff(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """The first bytes of a file in `archive`. Raises as `read_entry` does."""
    return read_entry(archive, info, Budget(SNIFF))[0]
