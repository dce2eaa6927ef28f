"""One pass over a byte stream: read once, hashed and encrypted at once.

While this thread encrypts one piece, others hash the plain piece and hash and write the sealed one
before it; the libraries underneath leave Python's lock alone meanwhile.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import BinaryIO, cast

from resguardo.core.age import Recipient, Writer
from resguardo.core.errors import ResguardoError

BATCH = 1024 * 1024
PENDING = 4


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


class _Behind:
    """Work that runs a few pieces behind, in order, on a thread of its own; without a thread, at once."""

    def __init__(self, do: Callable[[bytes], object], threads: ExitStack | None) -> None:
        self._do = do
        self._thread = threads.enter_context(ThreadPoolExecutor(1)) if threads else None
        self._pending: deque[Future[object]] = deque()

    def give(self, piece: bytes) -> None:
        """Hand over a piece, which nobody changes afterwards."""
        if self._thread is None:
            self._do(piece)
            return
        while len(self._pending) >= PENDING:
            self._pending.popleft().result()
        self._pending.append(self._thread.submit(self._do, piece))

    def wait(self) -> None:
        """Wait for every piece; raises what the work raised."""
        while self._pending:
            self._pending.popleft().result()


class _Sealed:
    """Where the age writer writes: a file, and the hash of what is in it, each on its own thread."""

    def __init__(self, out: BinaryIO, threads: ExitStack | None) -> None:
        self.hash = hashlib.sha256()
        self.size = 0
        self._behind = (_Behind(self.hash.update, threads), _Behind(out.write, threads))

    def write(self, piece: bytes) -> int:
        self.size += len(piece)
        for each in self._behind:
            each.give(piece)
        return len(piece)

    def wait(self) -> None:
        for each in self._behind:
            each.wait()


def seal(src: BinaryIO, out: BinaryIO, to: Sequence[Recipient], *, limit: int | None = None) -> Seal:
    """Seal what `src` gives, to its end, into `out`, as an age file to every recipient.

    Neither stream is closed or flushed to disk. Raises SealError when `src` gives more than `limit`
    bytes; what is in `out` then is not a whole age file.
    """
    first = _fill(src)
    if len(first) < BATCH:
        return _seal(src, out, to, limit, first, None)
    with ExitStack() as threads:
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
    threads: ExitStack | None,
) -> Seal:
    digest, sealed, size = hashlib.sha256(), _Sealed(out, threads), 0
    plain = _Behind(digest.update, threads)
    writer = Writer(cast(BinaryIO, sealed), to)
    batch = first
    while batch:
        size += len(batch)
        if limit is not None and size > limit:
            raise SealError("The file is over the limit of %(limit)d bytes.", limit=limit)
        plain.give(batch)
        writer.write(batch)
        batch = _fill(src)
    writer.close()
    plain.wait()
    sealed.wait()
    return Seal(size, digest.hexdigest(), sealed.size, sealed.hash.hexdigest())
