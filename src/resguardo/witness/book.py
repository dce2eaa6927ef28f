"""What a witness remembers: the key of each log, and the newest tree of it that it has cosigned.

Each log has three small files, named by the SHA-256 of its origin: `.log` (its vkey), `.seen` (size and
root, a line each) and `.lock`. Whoever cosigns holds the lock from reading `.seen` until the new one is on
the disk; that is what makes two cosigned trees of one size impossible. A lock is of an open file, so it
keeps out threads as well as processes, and the system lets it go when its holder is killed.
Source: C2SP tlog-witness, on checking and persisting atomically; flock(2); rename(2).
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from resguardo.core.checkpoint import ED25519
from resguardo.core.errors import ResguardoError
from resguardo.core.merkle import EMPTY
from resguardo.witness import keys


class BookError(ResguardoError):
    """The book cannot be read, or was asked to contradict itself."""

    code = "witness-book"


@dataclass(frozen=True)
class Seen:
    """A tree of `size` leaves with this `root` (32 bytes)."""

    size: int
    root: bytes


NOTHING = Seen(0, EMPTY)


class Page:
    """The entry of one log, held by nobody else while it is open."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.seen = _read(path)

    def turn(self, seen: Seen) -> None:
        """Remember `seen`; it is on the disk when this returns.

        The caller has checked that it continues what was there. Raises BookError if it even so is smaller
        than what was seen, or another tree of the same size; OSError.
        """
        if seen.size < self.seen.size or (seen.size == self.seen.size and seen != self.seen):
            raise BookError("A witness does not go back on what it has signed.")
        keys.replace_file(self._path, f"{seen.size}\n{base64.b64encode(seen.root).decode()}\n".encode())
        self.seen = seen


@dataclass(frozen=True)
class Book:
    """The book in `folder`, which is made when the first log is entered."""

    folder: Path

    def enter(self, vkey: str) -> str:
        """Know the log of this `vkey` from now on; entering it again changes nothing. Returns its origin.

        Raises WitnessKeyError if it is not a log's; BookError if its origin is known by another key; OSError.
        """
        origin, key = keys.read(vkey, ED25519)
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._locked(origin):
            known = self.key(origin)
            if known is not None and known != key:
                raise BookError("The witness knows this log by another key.")
            keys.replace_file(self._path(origin, "log"), f"{vkey}\n".encode())
        return origin

    def key(self, origin: str) -> Ed25519PublicKey | None:
        """The public key of the log `origin`, or None if it was never entered. Raises BookError, OSError."""
        try:
            line = self._path(origin, "log").read_text("utf-8")
        except FileNotFoundError:
            return None
        except UnicodeDecodeError:
            raise BookError("The witness's book is damaged.") from None
        try:
            name, key = keys.read(line.removesuffix("\n"), ED25519)
        except keys.WitnessKeyError:
            raise BookError("The witness's book is damaged.") from None
        if name != origin:
            raise BookError("The witness's book is damaged.")
        return key

    def newest(self, origin: str) -> Seen:
        """The newest tree of `origin` that was cosigned, NOTHING before. Raises BookError, OSError."""
        return _read(self._path(origin, "seen"))

    @contextmanager
    def page(self, origin: str) -> Iterator[Page]:
        """The page of a log that was entered, once nobody else has it open. Raises BookError, OSError."""
        with self._locked(origin):
            yield Page(self._path(origin, "seen"))

    @contextmanager
    def _locked(self, origin: str) -> Iterator[None]:
        with open(self._path(origin, "lock"), "ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _path(self, origin: str, end: str) -> Path:
        return self.folder / f"{hashlib.sha256(origin.encode()).hexdigest()}.{end}"


def _read(path: Path) -> Seen:
    """A damaged file is never taken for a missing one: the witness would begin again, on any tree."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return NOTHING
    match = re.fullmatch(rb"(0|[1-9][0-9]{0,17})\n([A-Za-z0-9+/]{43}=)\n", content)
    if match is None:
        raise BookError("The witness's book is damaged.")
    return Seen(int(match[1]), base64.b64decode(match[2]))
