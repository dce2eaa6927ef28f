"""Which digest a stored object is checked by, found while its bytes pass by.

Sealing finds BLAKE3 of what it stores, and nothing else; so that is what storage is checked by. The first
time it is read back, SHA-256 is found as well: courts list it, and `sha256sum` knows it. Items of older
versions have SHA-256 from their sealing alone.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from typing import BinaryIO

from blake3 import blake3

from resguardo.evidence.models import Item
from resguardo.evidence.storage import Store

PIECE = 1024 * 1024


class Reading:
    """One reading of an item's stored bytes: are they what was sealed, and which SHA-256 have they."""

    def __init__(self, item: Item) -> None:
        self._item = item
        self._blake3 = blake3() if item.sealed_blake3 else None
        self._sha256 = None if item.sealed_blake3 and item.sealed_sha256 else hashlib.sha256()
        self.size = 0

    def update(self, piece: bytes) -> None:
        """Take the next bytes."""
        self.size += len(piece)
        for digest in (self._blake3, self._sha256):
            if digest is not None:
                digest.update(piece)

    def take(self, src: BinaryIO) -> None:
        """Take all of `src`; a file is read from its disk, and not from what memory still holds of it."""
        with suppress(OSError):
            os.posix_fadvise(src.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        while piece := src.read(PIECE):
            self.update(piece)

    @property
    def whole(self) -> bool:
        """Whether what passed by is what was sealed."""
        if self._blake3 is not None:
            return bool(self._blake3.hexdigest() == self._item.sealed_blake3)
        return self.sealed_sha256 == self._item.sealed_sha256

    @property
    def sealed_sha256(self) -> str:
        """SHA-256 of what was sealed, in hex; to be believed where it is whole."""
        return self._item.sealed_sha256 if self._sha256 is None else self._sha256.hexdigest()


def read(store: Store, name: str, item: Item) -> Reading:
    """Read the object `name` of `store` to its end. Raises FileNotFoundError when it is gone."""
    found = Reading(item)
    with store.reading(name) as src:
        found.take(src)
    return found


def whole(store: Store, name: str, item: Item) -> bool:
    """Whether `store` holds what was sealed."""
    try:
        return read(store, name, item).whole
    except FileNotFoundError:
        return False
