"""Where sealed bytes live: a local folder, written so that a power cut loses nothing acknowledged.

A file is written beside its place, flushed to the disk, renamed, and its folder flushed: it is there
whole, or not at all. Only this module touches objects.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from django.conf import settings


def folder() -> Path:
    """The root of all objects."""
    return Path(settings.DATA) / "objects"


def path(item: uuid.UUID) -> Path:
    """Where the sealed bytes of `item` are."""
    return folder() / item.hex[:2] / f"{item.hex}.age"


@contextmanager
def writing(item: uuid.UUID) -> Iterator[BinaryIO]:
    """A file to write the sealed bytes of `item` into; durable when the block ends, absent if it fails."""
    final = path(item)
    final.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = final.with_suffix(".part")
    try:
        with open(partial, "xb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        os.rename(partial, final)
        flush_folder(final.parent)
        flush_folder(folder())
    except BaseException:
        with suppress(FileNotFoundError):
            partial.unlink()
        raise


def flush_folder(place: Path) -> None:
    """Make the names in `place` durable."""
    descriptor = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def reading(item: uuid.UUID) -> BinaryIO:
    """The sealed bytes of `item`, to read. Raises FileNotFoundError when they are gone."""
    return open(path(item), "rb")


def delete(item: uuid.UUID) -> None:
    """Remove the sealed bytes of `item`, if they are there."""
    with suppress(FileNotFoundError):
        path(item).unlink()


def stored() -> Iterator[uuid.UUID]:
    """Every item whose bytes are in the folder."""
    for found in sorted(folder().glob("*/*.age")):
        yield uuid.UUID(hex=found.stem)
