"""Keys of a witness: its own, and how keys of logs and witnesses are written to be handed to others.

Source: C2SP signed-note, verifier keys (`name+hash+base64(type || key)`); tlog-cosignature (type 0x04);
RFC 8032 (Ed25519); RFC 7468 (PEM).
"""

from __future__ import annotations

import base64
import contextlib
import os
import re
import secrets
import stat
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from resguardo.core.checkpoint import COSIGNATURE, ED25519, key_id, witness_key_id
from resguardo.core.errors import ResguardoError

IDS = {ED25519: key_id, COSIGNATURE: witness_key_id}


class WitnessKeyError(ResguardoError):
    """A key file cannot be trusted, or a written key is not one."""

    code = "witness-key"


class Verifier(NamedTuple):
    """Who signs under `name`, and the key that checks it."""

    name: str
    key: Ed25519PublicKey


def is_name(text: str) -> bool:
    """Whether `text` may name a key: not empty, no space of any kind, no plus, nothing unprintable."""
    return text != "" and text.isprintable() and not re.search(r"[\s+]", text)


def write(name: str, key: Ed25519PublicKey, kind: bytes) -> str:
    """The vkey of a log (`kind` ED25519) or of a witness (COSIGNATURE), one line without its end.

    Raises WitnessKeyError if `name` cannot name a key.
    """
    if not is_name(name):
        raise WitnessKeyError("The name of a key has no spaces and no plus sign.")
    blob = base64.b64encode(kind + key.public_bytes_raw()).decode()
    return f"{name}+{IDS[kind](name, key).hex()}+{blob}"


def read(vkey: str, kind: bytes) -> Verifier:
    """The name and key in a `vkey` of this `kind` (ED25519 for logs, COSIGNATURE for witnesses).

    Raises WitnessKeyError: a log's key is never taken for a witness's.
    """
    name, _, rest = vkey.partition("+")
    try:
        blob = base64.b64decode(rest[9:], validate=True)
    except ValueError:
        blob = b""
    if len(blob) != 33 or blob[:1] != kind:
        raise WitnessKeyError("The key is not written as it should be, or is of another kind.")
    key = Ed25519PublicKey.from_public_bytes(blob[1:])
    if not is_name(name) or write(name, key, kind) != vkey:
        raise WitnessKeyError("The key is not written as it should be, or is of another kind.")
    return Verifier(name, key)


def pem(key: Ed25519PublicKey) -> bytes:
    """The PEM of `key`, which a court bag carries and openssl reads."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def load(path: Path) -> Ed25519PrivateKey:
    """The witness's own key: 64 hex digits of seed at `path`, made on first use with mode 0600.

    Raises WitnessKeyError if others may read the file or it holds no seed; OSError.
    """
    if not path.exists():
        _make(path)
    with open(path, encoding="ascii", errors="replace") as file:
        if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
            raise WitnessKeyError(
                "Others on this machine can read the witness's key.",
                remedy="Give its file the mode 0600, and make a new key if it may have been read.",
            )
        seed = file.read(66)
    if not re.fullmatch(r"[0-9a-f]{64}\n?", seed):
        raise WitnessKeyError("The witness's key file does not hold a key.")
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed))


def _make(path: Path) -> None:
    """A new seed at `path`, whole or not there; of two made at once the first one stays."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(secrets.token_hex(32) + "\n")
        out.flush()
        os.fsync(out.fileno())
    with contextlib.suppress(FileExistsError):
        os.link(fresh, path)
    fresh.unlink()
    flush_folder(path.parent)


def publish(path: Path, name: str, key: Ed25519PublicKey) -> None:
    """Write `key` beside the seed at `path`, for others: `<path>.vkey` (one line) and `<path>.pub.pem`."""
    for end, content in ((".vkey", f"{write(name, key, COSIGNATURE)}\n".encode()), (".pub.pem", pem(key))):
        replace_file(path.with_name(path.name + end), content)


def replace_file(path: Path, content: bytes) -> None:
    """`path` holds `content` when this returns, and whatever happens before, what it held. Raises OSError.

    Only one writer of a `path` at a time: what is half written lies at one name beside it.
    """
    beside = path.with_name(f".{path.name}.new")
    with open(beside, "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    os.replace(beside, path)
    flush_folder(path.parent)


def flush_folder(place: Path) -> None:
    """Make the names in `place` durable. Raises OSError."""
    descriptor = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
