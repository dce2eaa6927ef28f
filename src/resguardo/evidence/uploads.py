"""Uploads that survive a bad connection: pieces, each sealed as it arrives, put together at the end.

The row knows places and sizes; the key that opens the pieces is in her draft or visit, and nowhere else. A
piece counts when its bytes are on the disk and its row is written, in that order; so what was acknowledged
is there, and of two writers at the same place one is told that it is out of step. Source: tus 1.0.
"""

from __future__ import annotations

import base64
import hashlib
import io
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, BinaryIO, cast

from django.conf import settings
from django.db import transaction

from resguardo.core import age
from resguardo.core.age import Identity, Recipient
from resguardo.core.seal import seal
from resguardo.evidence import storage
from resguardo.evidence.commands import Received, keep_loose, kind_of
from resguardo.evidence.errors import Altered, NoSuchUpload, OutOfStep, OverQuota, TooBig
from resguardo.evidence.kinds import HEAD
from resguardo.evidence.models import Item, Piece, Upload
from resguardo.jobs.commands import handles

LIFE = timedelta(hours=24)
BLOCK = 1024 * 1024
CHECKSUMS = ("sha256", "sha1")


@dataclass(frozen=True)
class Checksum:
    """What a piece must hash to: an algorithm of CHECKSUMS and the digest."""

    algorithm: str
    digest: bytes

    @classmethod
    def parse(cls, text: str) -> Checksum | None:
        """Read an Upload-Checksum header; None when it is not one."""
        algorithm, _, encoded = text.partition(" ")
        try:
            digest = base64.b64decode(encoded, validate=True)
        except ValueError:
            return None
        return cls(algorithm, digest) if algorithm in CHECKSUMS and digest else None


def begin(identity: Identity, size: int, declared_sha256: str, held: int, at: datetime) -> Upload:
    """A new upload of `size` bytes to `identity`, which the caller keeps; `held` bytes are there already.

    Raises TooBig, OverQuota.
    """
    if size > settings.FILE_LIMIT:
        raise TooBig(settings.FILE_LIMIT)
    if held + size > settings.CASE_LIMIT:
        raise OverQuota(settings.CASE_LIMIT)
    return Upload.objects.create(
        recipient=identity.recipient.text(), size=size, declared_sha256=declared_sha256, expires=at + LIFE
    )


def find(upload: uuid.UUID, at: datetime) -> Upload:
    """The upload, if it is there and its time is not over. Raises NoSuchUpload."""
    row = Upload.objects.filter(pk=upload, expires__gt=at).first()
    if row is None:
        raise NoSuchUpload()
    return row


def put(
    upload: uuid.UUID, offset: int, body: Callable[[int], bytes], checksum: Checksum | None, at: datetime
) -> int:
    """Take what `body` gives, from `offset` on, until it ends or breaks; returns the new offset.

    A body that breaks off keeps what arrived. Raises NoSuchUpload, OutOfStep, WrongKind, NoRoom, TooBig (more
    than was declared), and Altered where `checksum` is not that of the bytes; then nothing of it is kept.
    """
    row = find(upload, at)
    if row.offset != offset:
        raise OutOfStep("A piece does not begin where the upload is.")
    piece = uuid.uuid4()
    digest = hashlib.new(checksum.algorithm) if checksum else None
    taken = 0
    name = storage.piece_name(piece)
    with storage.store().writing(name) as out, age.Writer(out, [Recipient.parse(row.recipient)]) as writer:
        for block in blocks(body):
            if taken == 0 and offset == 0 and len(block) >= min(HEAD, row.size):
                kind_of(block[:HEAD])
            taken += len(block)
            if offset + taken > row.size:
                raise TooBig(row.size)
            if digest:
                digest.update(block)
            writer.write(block)
        if checksum and digest and digest.digest() != checksum.digest:
            raise Altered()
    if taken and _count(row, piece, offset, taken, at):
        return offset + taken
    storage.store().delete(name)
    if taken:
        raise OutOfStep("Another piece came first.")
    return offset


def blocks(body: Callable[[int], bytes]) -> Iterator[bytes]:
    """What `body` gives in blocks of a megabyte; a broken connection is an end like another."""
    held, ended = b"", False
    while not ended:
        try:
            given = body(BLOCK - len(held))
        except (OSError, EOFError):
            given = b""
        held += given
        ended = not given
        if held and (ended or len(held) >= BLOCK):
            yield held
            held = b""


@transaction.atomic
def _count(row: Upload, piece: uuid.UUID, offset: int, taken: int, at: datetime) -> bool:
    """Write the piece into the upload, if it is still where the piece begins."""
    held = Upload.objects.select_for_update().filter(pk=row.pk, offset=offset).first()
    if held is None:
        return False
    Piece.objects.create(id=piece, upload=held, start=offset, size=taken)
    held.offset = offset + taken
    held.expires = at + LIFE
    held.save()
    return True


def finish(upload: uuid.UUID, identity: Identity, name: str, at: datetime) -> Received:
    """Put a whole upload together and seal it as a file, in one pass over its pieces.

    Nothing of the upload is removed: `end` does that once the file has its place. Raises NoSuchUpload,
    OutOfStep while it is not whole, and Altered when it is not what her device declared.
    """
    row = find(upload, at)
    if row.offset != row.size:
        raise OutOfStep("The upload is not whole yet.")
    item, fresh = uuid.uuid4(), Identity.generate()
    whole = io.BufferedReader(_Whole(row, identity), BLOCK)
    with storage.writing(item) as out:
        kind = kind_of(whole.peek(HEAD)[:HEAD])
        sealed = seal(cast(BinaryIO, whole), out, [fresh.recipient])
        if sealed.size != row.size or row.declared_sha256 not in ("", sealed.plain_sha256):
            raise Altered()
    keep_loose(item, fresh, sealed, at)
    return Received(item, fresh, sealed, name, kind, at, row.declared_sha256 or None)


class _Whole(io.RawIOBase):
    """The plain bytes of an upload, piece after piece."""

    def __init__(self, row: Upload, identity: Identity) -> None:
        super().__init__()
        self._chunks = self._read(row, identity)
        self._left = memoryview(b"")

    def _read(self, row: Upload, identity: Identity) -> Iterator[bytes]:
        for piece in row.pieces.order_by("start").values_list("pk", flat=True):
            with storage.store().reading(storage.piece_name(piece)) as src:
                yield from age.plaintext(src, identity)

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:
        while not self._left:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._left = memoryview(chunk)
        taken = self._left[: len(into)]
        into[: len(taken)] = taken
        self._left = self._left[len(taken) :]
        return len(taken)


def end(upload: uuid.UUID) -> None:
    """Remove an upload and its pieces: it has become a file, or she took it back."""
    pieces = list(Piece.objects.filter(upload=upload).values_list("pk", flat=True))
    Upload.objects.filter(pk=upload).delete()
    for piece in pieces:
        storage.store().delete(storage.piece_name(piece))


@handles("end-old-uploads", every=timedelta(hours=1))
def end_old(at: datetime) -> None:
    """Remove uploads whose time is over, and bytes that no row knows after a day: a process died there."""
    for upload in Upload.objects.filter(expires__lt=at).values_list("pk", flat=True):
        end(upload)
    pieces = {storage.piece_name(pk) for pk in Piece.objects.values_list("pk", flat=True)}
    items = {storage.name(pk) for pk in Item.objects.values_list("pk", flat=True)}
    for name, written in list(storage.store().names()):
        if written < at - LIFE and name not in pieces and name not in items:
            storage.store().delete(name)
