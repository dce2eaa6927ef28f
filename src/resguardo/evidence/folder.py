"""Objects in a local folder, written so that a power cut loses nothing acknowledged.

A file is written beside its place, flushed to the disk, renamed, and its folder flushed: it is there whole,
or not at all.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from resguardo.evidence.errors import NoRoom

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True)
class Folder:
    """A store under `root`. It takes nothing more when fewer than `reserve` bytes of the disk are free.

    What women write, and the history, need that room: files from a stranger must not take it.
    """

    root: Path
    reserve: int = 0

    @contextmanager
    def writing(self, name: str) -> Iterator[BinaryIO]:
        final = self.root / name
        partial = final.with_suffix(".part")
        try:
            final.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            if shutil.disk_usage(self.root).free < self.reserve:
                raise NoRoom()
            with open(partial, "xb") as out:
                yield out
                out.flush()
                os.fsync(out.fileno())
            os.rename(partial, final)
            flush_folder(final.parent)
            flush_folder(self.root)
        except BaseException as error:
            with suppress(FileNotFoundError):
                partial.unlink()
            if isinstance(error, OSError) and error.errno in FULL:
                raise NoRoom() from None
            raise

    def reading(self, name: str) -> BinaryIO:
        return open(self.root / name, "rb")

    def delete(self, name: str) -> None:
        with suppress(FileNotFoundError):
            (self.root / name).unlink()

    def names(self) -> Iterator[tuple[str, datetime]]:
        for found in sorted(self.root.glob("*/*.age")):
            with suppress(FileNotFoundError):
                yield f"{found.parent.name}/{found.name}", datetime.fromtimestamp(found.stat().st_mtime, UTC)


def flush_folder(place: Path) -> None:
    """Make the names in `place` durable."""
    descriptor = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
