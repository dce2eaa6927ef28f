"""Where sealed bytes live: a local folder, or any S3 API. Only this module touches objects.

Whatever `writing` acknowledged is there whole and durable, or it raised and nothing is there. All bytes are
ciphertext, so a copy anywhere gives nothing away.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, Protocol

from django.conf import settings

from resguardo.evidence.folder import Folder

PIECES = "pieces"


class Store(Protocol):
    """A place for objects by name. Names are made of hex digits, `/` and `.age`."""

    def writing(self, name: str) -> AbstractContextManager[BinaryIO]:
        """A file to write a new object into; there and durable when the block ends, absent if it fails.

        Raises NoRoom when the disk is full.
        """

    def reading(self, name: str) -> BinaryIO:
        """The object, readable from any place. Raises FileNotFoundError when it is gone."""

    def delete(self, name: str) -> None:
        """Remove the object, if it is there."""

    def names(self) -> Iterator[tuple[str, datetime]]:
        """Every object and when it was written."""


@lru_cache(maxsize=8)
def _opened(address: str, local: str, reserve: int) -> Store:
    if address.startswith("s3://"):
        from resguardo.evidence.bucket import Bucket

        return Bucket(address, spool=Path(settings.DATA) / "spool")
    return Folder(Path(address or local), reserve)


def store() -> Store:
    """The store of this deployment (RESGUARDO_OBJECTS)."""
    return _opened(settings.OBJECTS, str(Path(settings.DATA) / "objects"), settings.RESERVE)


def replica() -> Store | None:
    """The second copy of every item (RESGUARDO_REPLICA), where there is one."""
    return _opened(settings.REPLICA, "", 0) if settings.REPLICA else None


def name(item: uuid.UUID) -> str:
    """What the object of `item` is called."""
    return f"{item.hex[:2]}/{item.hex}.age"


def piece_name(piece: uuid.UUID) -> str:
    """What the object of a piece of an unfinished upload is called."""
    return f"{PIECES}/{piece.hex}.age"


@contextmanager
def writing(item: uuid.UUID) -> Iterator[BinaryIO]:
    """A file to write the sealed bytes of `item` into; durable when the block ends, absent if it fails."""
    with store().writing(name(item)) as out:
        yield out


def reading(item: uuid.UUID) -> BinaryIO:
    """The sealed bytes of `item`, readable from any place. Raises FileNotFoundError when they are gone."""
    return store().reading(name(item))


def delete(item: uuid.UUID) -> None:
    """Remove the sealed bytes of `item`, if they are there."""
    store().delete(name(item))


def stored() -> Iterator[uuid.UUID]:
    """Every item whose bytes are stored, finished or not."""
    for found, _ in store().names():
        if not found.startswith(PIECES):
            yield uuid.UUID(hex=Path(found).stem)


def path(item: uuid.UUID) -> Path:
    """Where the sealed bytes of `item` are in the local folder; for operators and tests."""
    return Path(settings.DATA) / "objects" / name(item)
