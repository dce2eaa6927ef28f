"""One pass over a byte stream: read once, hashed and encrypted at once.

The plain bytes are hashed on a second thread while this one encrypts, and the sealed bytes on a third;
the libraries underneath leave Python's lock alone meanwhile.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import BinaryIO

from resguardo.core.age import Recipient, Writer
from resguardo.core.errors import ResguardoError

BATCH = 1024 * 1024


class SealError(ResguardoError):
    """A stream cannot be sealed."""

    code = "seal"


@dataclass(frozen=True)
class Seal:
    """What sealing learned of a file: sizes in bytes, SHA-256 in hex, of what came in and what went out."""

    size: int
    plain_sha256: str
    sealed_size: int
    sealed_sha256: str


class _Hashing:
    """A SHA-256 that runs behind: each piece is hashed on a thread while the next is being made."""

    def __init__(self, threads: ThreadPoolExecutor | None) -> None:
        self.hash = hashlib.sha256()
        self.size = 0
        self._threads = threads
        self._last: Future[None] | None = None

    def update(self, piece: bytes) -> None:
        self.size += len(piece)
        if self._threads is None:
            self.hash.update(piece)
            return
        if self._last is not None:
            self._last.result()
        self._last = self._threads.submit(self.hash.update, piece)

    def hex(self) -> str:
        if self._last is not None:
            self._last.result()
        return self.hash.hexdigest()


class _Tee:
    """Where the age writer writes: the file, and the hash of what is in it."""

    def __init__(self, out: BinaryIO, hashing: _Hashing) -> None:
        self._out = out
        self._hashing = hashing

    def write(self, piece: bytes) -> int:
        self._hashing.update(piece)
        return self._out.write(piece)


def seal(src: BinaryIO, out: BinaryIO, to: Sequence[Recipient], *, limit: int | None = None) -> Seal:
    """Seal what `src` gives, to its end, into `out`, as an age file to every recipient.

    Neither stream is closed or flushed to disk. Raises SealError when `src` gives more than `limit`
    bytes; what is in `out` then is not a whole age file.
    """
    first = _fill(src)
    if len(first) < BATCH:
        return _seal(src, out, to, limit, first, None)
    with ThreadPoolExecutor(2) as threads:
        return _seal(src, out, to, limit, first, threads)


def _fill(src: BinaryIO) -> bytes:
    """The next batch: as many bytes as fit, unless the stream ends."""
    piece = src.read(BATCH)
    if not piece or len(piece) == BATCH:
        return piece
    pieces, size = [piece], len(piece)
    while size < BATCH and (piece := src.read(BATCH - size)):
        pieces.append(piece)
        size += len(piece)
    return b"".join(pieces)


def _seal(
    src: BinaryIO,
    out: BinaryIO,
    to: Sequence[Recipient],
    limit: int | None,
    first: bytes,
    threads: ThreadPoolExecutor | None,
) -> Seal:
    plain, sealed = _Hashing(threads), _Hashing(threads)
    writer = Writer(_Tee(out, sealed), to)  # type: ignore[arg-type]
    batch = first
    while batch:
        plain.update(batch)
        if limit is not None and plain.size > limit:
            raise SealError("The file is over the limit of %(limit)d bytes.", limit=limit)
        writer.write(batch)
        batch = _fill(src)
    writer.close()
    return Seal(plain.size, plain.hex(), sealed.size, sealed.hex())
