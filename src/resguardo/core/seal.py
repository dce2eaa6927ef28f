"""One pass over a byte stream: read once, hashed and encrypted at once.

One thread hashes the plain bytes (SHA-256, for courts): that takes longest, and keeps a core busy. This
thread reads, encrypts, and hashes the sealed bytes (BLAKE3, for whoever keeps them), which together take
less; a third one writes. The libraries underneath leave Python's lock alone meanwhile. Batches live in a
ring of buffers that are used again, so that a file of any size takes the same memory.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import io
import mmap
import os
import stat
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Any, BinaryIO

from blake3 import blake3

from resguardo.core.age import Recipient, Sealing, Writer, sealed_length
from resguardo.core.errors import ResguardoError

BATCH = 2 * 1024 * 1024
SLOTS = 4
PAGE = 4096
DIRECT = getattr(os, "O_DIRECT", 0)


class SealError(ResguardoError):
    """A stream cannot be sealed."""

    code = "seal"


@dataclass(frozen=True)
class Seal:
    """What sealing learned of a file: sizes in bytes, digests in hex, of what came in and what went out."""

    size: int
    plain_sha256: str
    sealed_size: int
    sealed_blake3: str


def _room(size: int) -> memoryview:
    """So many bytes from the beginning of a page; in huge pages where there are any, to fill them sooner."""
    room = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if hasattr(mmap, "MADV_HUGEPAGE"):
        with suppress(OSError):
            room.madvise(mmap.MADV_HUGEPAGE)
    return memoryview(room)


class _Slot:
    """Room for one batch, plain and sealed, and the work on it that is still going on."""

    def __init__(self) -> None:
        self.plain = _room(BATCH)
        self.sealed = _room(sealed_length(BATCH) + 2 * PAGE)
        self.filled = 0
        self.work: list[Future[Any]] = []

    def wait(self) -> None:
        """Wait for the work on this batch; raises what it raised."""
        while self.work:
            self.work.pop().result()

    def fill(self, src: BinaryIO) -> int:
        """Take the next batch of `src`: as many bytes as fit, unless it ends."""
        self.wait()
        self.filled = 0
        while self.filled < BATCH:
            taken = _read(src, self.plain[self.filled :])
            if not taken:
                break
            self.filled += taken
        return self.filled


def _read(src: BinaryIO, into: memoryview) -> int:
    """Some bytes of `src`, straight into place where it can."""
    try:
        return src.readinto(into) or 0  # type: ignore[attr-defined]
    except (AttributeError, NotImplementedError):
        piece = src.read(len(into))
        into[: len(piece)] = piece
        return len(piece)


class _Target:
    """Where sealed bytes go: a new file on a disk is written around the page cache, page by page."""

    def __init__(self, out: BinaryIO) -> None:
        self.out = out
        self.descriptor = _direct(out)

    def write(self, piece: memoryview) -> None:
        """Write whole pages from the beginning of a page."""
        if self.descriptor is None:
            self.out.write(piece)
            return
        while piece:
            try:
                piece = piece[os.write(self.descriptor, piece) :]
            except OSError as error:
                if error.errno != errno.EINVAL:
                    raise
                # A file system that lets itself be asked, and then writes no page directly.
                self.indirect()
                self.out.write(piece)
                return

    def end(self, rest: memoryview) -> None:
        """Write what is left, which need not be a page."""
        if self.descriptor is not None:
            self.indirect()
        self.out.write(rest)

    def indirect(self) -> None:
        """Go on as with any other file, behind what is written."""
        assert self.descriptor is not None
        flags = fcntl.fcntl(self.descriptor, fcntl.F_GETFL)
        fcntl.fcntl(self.descriptor, fcntl.F_SETFL, flags & ~DIRECT)
        self.descriptor = None
        self.out.seek(0, io.SEEK_END)


def _direct(out: BinaryIO) -> int | None:
    """The descriptor of `out` where it is an empty file that takes direct writes."""
    try:
        descriptor = out.fileno()
        about = os.fstat(descriptor)
        if not DIRECT or not stat.S_ISREG(about.st_mode) or about.st_size or out.tell():
            return None
        fcntl.fcntl(descriptor, fcntl.F_SETFL, fcntl.fcntl(descriptor, fcntl.F_GETFL) | DIRECT)
    except (AttributeError, OSError):
        return None
    return descriptor


def seal(src: BinaryIO, out: BinaryIO, to: Sequence[Recipient], *, limit: int | None = None) -> Seal:
    """Seal what `src` gives, to its end, into `out`, as an age file to every recipient.

    Neither stream is closed or flushed to disk. Raises SealError when `src` gives more than `limit`
    bytes; what is in `out` then is not a whole age file.
    """
    first = _Slot()
    if first.fill(src) < BATCH:
        return _seal_small(first.plain[: first.filled], out, to, limit)
    with ExitStack() as threads:
        return _Line(out, to, limit, threads).run(src, first)


def _refuse_over(limit: int | None, size: int) -> None:
    if limit is not None and size > limit:
        raise SealError("The file is over the limit of %(limit)d bytes.", limit=limit)


def _seal_small(plain: memoryview, out: BinaryIO, to: Sequence[Recipient], limit: int | None) -> Seal:
    _refuse_over(limit, len(plain))
    sealed = io.BytesIO()
    with Writer(sealed, to) as writer:
        writer.write(plain)
    whole = sealed.getbuffer()
    out.write(whole)
    return Seal(len(plain), hashlib.sha256(plain).hexdigest(), len(whole), blake3(whole).hexdigest())


class _Line:
    """The sealing of one large stream, batch after batch."""

    def __init__(self, out: BinaryIO, to: Sequence[Recipient], limit: int | None, threads: ExitStack) -> None:
        self.plain, self.sealed = hashlib.sha256(), blake3()
        self.target = _Target(out)
        self.sealing = Sealing(to)
        self.limit = limit
        self.size = self.sealed_size = 0
        self.of_plain, self.writing = (threads.enter_context(ThreadPoolExecutor(1)) for _ in range(2))

    def run(self, src: BinaryIO, first: _Slot) -> Seal:
        slots = [first, *(_Slot() for _ in range(SLOTS - 1))]
        rest = self.sealing.head
        number = 0
        while slots[number].filled:
            slot, number = slots[number], (number + 1) % SLOTS
            rest = self.take(slot, rest, last=not slots[number].fill(src))
        for slot in slots:
            slot.wait()
        self.target.end(memoryview(rest))
        return Seal(self.size, self.plain.hexdigest(), self.sealed_size, self.sealed.hexdigest())

    def take(self, slot: _Slot, rest: bytes, last: bool) -> bytes:
        """Work on one batch behind the `rest` of the one before; returns what did not fill a page."""
        plain, start = slot.plain[: slot.filled], len(rest)
        self.size += slot.filled
        _refuse_over(self.limit, self.size)
        slot.work.append(self.of_plain.submit(self.plain.update, plain))
        slot.sealed[:start] = rest
        end = start + self.sealing.into(plain, slot.sealed[start:], last)
        begin = start if self.sealed_size else 0
        self.sealed_size += end - begin
        whole = end // PAGE * PAGE
        slot.work.append(self.writing.submit(self.target.write, slot.sealed[:whole]))
        self.sealed.update(slot.sealed[begin:end])
        return bytes(slot.sealed[whole:end])
