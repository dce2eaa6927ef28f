"""Checkpoints: a signed statement of how large the tree is and what its root is.

A C2SP signed note, so that any tool of the transparency-log world reads it; an extension line says the
server's time. Source: C2SP tlog-checkpoint, signed-note and tlog-cosignature; RFC 8032 (Ed25519).
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from resguardo.core.errors import ResguardoError
from resguardo.core.history import TIME, timestamp

DASH = "\N{EM DASH} "
ED25519 = b"\x01"
COSIGNATURE = b"\x04"


class CheckpointError(ResguardoError):
    """A checkpoint is not written as one, or not signed by the key that is asked for."""

    code = "checkpoint"


@dataclass(frozen=True)
class Checkpoint:
    """The tree of the log `origin` had `size` leaves and this `root` (32 bytes) at `at`."""

    origin: str
    size: int
    root: bytes
    at: datetime


def text(checkpoint: Checkpoint) -> str:
    """The lines that are signed."""
    root = base64.b64encode(checkpoint.root).decode()
    return f"{checkpoint.origin}\n{checkpoint.size}\n{root}\ntime {timestamp(checkpoint.at)}\n"


def key_id(origin: str, public: Ed25519PublicKey) -> bytes:
    """The four bytes by which a note names the key that signed it."""
    return hashlib.sha256(origin.encode() + b"\n" + ED25519 + public.public_bytes_raw()).digest()[:4]


def fingerprint(public: Ed25519PublicKey) -> str:
    """SHA-256 of the 32 bytes of the log's key, in hex: what is published and printed."""
    return hashlib.sha256(public.public_bytes_raw()).hexdigest()


def sign(checkpoint: Checkpoint, key: Ed25519PrivateKey) -> str:
    """The whole note: text, empty line, signature line."""
    body = text(checkpoint)
    signature = key_id(checkpoint.origin, key.public_key()) + key.sign(body.encode())
    return f"{body}\n{DASH}{checkpoint.origin} {base64.b64encode(signature).decode()}\n"


def cosigned_text(body: str, at: int) -> bytes:
    """What a witness signs of a note's `body`: that it saw it at `at`, seconds since 1970."""
    return f"cosignature/v1\ntime {at}\n{body}".encode()


def witness_key_id(name: str, public: Ed25519PublicKey) -> bytes:
    """The four bytes by which a note names a witness's key."""
    return hashlib.sha256(name.encode() + b"\n" + COSIGNATURE + public.public_bytes_raw()).digest()[:4]


def cosign(note: str, name: str, key: Ed25519PrivateKey, at: datetime) -> str:
    """The line that the witness `name` adds to `note`, whose log signature it has checked."""
    body = note.rpartition("\n\n")[0] + "\n"
    seconds = int(at.timestamp())
    blob = (
        witness_key_id(name, key.public_key()) + seconds.to_bytes(8) + key.sign(cosigned_text(body, seconds))
    )
    return f"{DASH}{name} {base64.b64encode(blob).decode()}\n"


def check_cosignature(line: str, note: str, public: Ed25519PublicKey) -> datetime:
    """When a witness with the key `public` saw `note`, by its `line`. Raises CheckpointError."""
    body = note.rpartition("\n\n")[0] + "\n"
    match = re.fullmatch(rf"{DASH}([^ +\n]+) ([A-Za-z0-9+/=]+)\n", line)
    try:
        blob = base64.b64decode(match[2], validate=True) if match else b""
    except ValueError:
        blob = b""
    if match is None or len(blob) != 76 or blob[:4] != witness_key_id(match[1], public):
        raise CheckpointError("The cosignature is not written as it should be, or is of another key.")
    seconds = int.from_bytes(blob[4:12])
    try:
        public.verify(blob[12:], cosigned_text(body, seconds))
        return datetime.fromtimestamp(seconds, UTC)
    except (InvalidSignature, OverflowError, ValueError, OSError):
        raise CheckpointError("The cosignature is wrong.") from None


def open_note(note: str, public: Ed25519PublicKey) -> Checkpoint:
    """The checkpoint in `note`, if `public` signed it; signatures of others (witnesses) are let be.

    Raises CheckpointError.
    """
    body, gap, signatures = note.rpartition("\n\n")
    checkpoint = parse(body + "\n") if gap else None
    if checkpoint is None:
        raise CheckpointError("The checkpoint has no signature.")
    wanted = key_id(checkpoint.origin, public)
    if not signatures.endswith("\n"):
        raise CheckpointError("A signature of the checkpoint is damaged.")
    for line in signatures[:-1].split("\n"):
        if not line.startswith(DASH):
            raise CheckpointError("A signature of the checkpoint is damaged.")
        name, _, blob = line.removeprefix(DASH).partition(" ")
        try:
            raw = base64.b64decode(blob, validate=True)
        except ValueError:
            raise CheckpointError("A signature of the checkpoint is damaged.") from None
        if name != checkpoint.origin or raw[:4] != wanted:
            continue
        try:
            public.verify(raw[4:], (body + "\n").encode())
        except InvalidSignature:
            raise CheckpointError("The signature of the checkpoint is wrong.") from None
        return checkpoint
    raise CheckpointError("The checkpoint is not signed by this key.")


def parse(body: str) -> Checkpoint:
    """Read the signed lines, without their signature. Raises CheckpointError."""
    lines = body.split("\n")
    if len(lines) != 5 or lines[4] or not re.fullmatch(r"0|[1-9][0-9]{0,17}", lines[1]):
        raise CheckpointError("The checkpoint is not written as it should be.")
    stamp = lines[3].removeprefix("time ")
    try:
        root = base64.b64decode(lines[2], validate=True)
        at = datetime.fromisoformat(stamp)
    except ValueError:
        raise CheckpointError("The checkpoint is not written as it should be.") from None
    if len(root) != 32 or lines[3] == stamp or not TIME.fullmatch(stamp):
        raise CheckpointError("The checkpoint is not written as it should be.")
    return Checkpoint(lines[0], int(lines[1]), root, at)
