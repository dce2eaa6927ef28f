"""The court bag: what a stranger needs to check evidence without us, in one ZIP file.

A BagIt folder (RFC 8493, SHA-256 only). The digests of the payload are those of the seal, never computed
again here: if a stored byte had changed, the bag would say so. The chain ends with the event `exported`,
which names what the bag holds and leaves out, and a checkpoint is signed right after it.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from resguardo.core.errors import ResguardoError
from resguardo.core.history import timestamp

HERE = Path(__file__).resolve().parent
EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/heic": "heic",
    "image/heif": "heif",
    "image/avif": "avif",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/mp4": "m4a",
    "audio/wav": "wav",
    "audio/amr": "amr",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/3gpp": "3gp",
    "video/webm": "webm",
    "application/pdf": "pdf",
    "application/zip": "zip",
    "text/plain": "txt",
}


class BagError(ResguardoError):
    """A bag cannot be written or read."""

    code = "bag"


@dataclass(frozen=True)
class Item:
    """One original file: its id in the history, its digest from the seal, and how to read it."""

    id: str
    media_type: str
    size: int
    plain_sha256: str
    open: Callable[[], Iterator[bytes]]

    @property
    def name(self) -> str:
        return f"{self.id}.{EXTENSIONS.get(self.media_type, 'bin')}"


@dataclass(frozen=True)
class EventProof:
    """Where the event `seq` stands in the tree, and the hashes from it to the root."""

    seq: int
    leaf: int
    path: Sequence[bytes]


@dataclass(frozen=True)
class Stamp:
    """An RFC 3161 answer over the checkpoint, and the certificates to check it with (PEM)."""

    token: bytes
    authority_pem: bytes


@dataclass(frozen=True)
class Bag:
    """Everything a bag holds. `events` are canonical lines, the whole chain; the last is `exported`."""

    case: str
    made_at: datetime
    made_by: str
    origin: str
    log_key: Ed25519PublicKey
    events: Sequence[bytes]
    proofs: Sequence[EventProof]
    size: int
    checkpoint: str
    stamps: Sequence[Stamp]
    items: Sequence[Item]
    left_out: Sequence[str]


class _Sink:
    """What the ZIP is written into: holds pieces until they are taken; cannot seek, so the ZIP streams."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        self.pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def take(self) -> bytes:
        taken, self.pieces = b"".join(self.pieces), []
        return taken


def read_me(bag: Bag) -> str:
    """What a clerk reads first, Spanish before English."""
    return (
        (HERE / "LEAME.txt")
        .read_text(encoding="utf-8")
        .format(case=bag.case, made_at=timestamp(bag.made_at), made_by=bag.made_by, origin=bag.origin)
    )


def small_files(bag: Bag) -> dict[str, bytes]:
    """Every file of the bag but the items, by path."""
    proofs = [f"{p.seq} {p.leaf} {bag.size} {','.join(h.hex() for h in p.path) or '-'}\n" for p in bag.proofs]
    files = {
        "bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        "bag-info.txt": (
            f"Source-Organization: {bag.made_by}\nExternal-Identifier: {bag.case}\n"
            f"Bagging-Date: {bag.made_at:%Y-%m-%d}\n"
            f"Payload-Oxum: {sum(i.size for i in bag.items) + sum(map(len, custody(bag, proofs).values()))}"
            f".{len(bag.items) + 2}\n"
            f"Items-Left-Out: {len(bag.left_out)}\n"
        ).encode(),
        **custody(bag, proofs),
        "seals/checkpoint.txt": bag.checkpoint.encode(),
        "seals/log.pub.pem": bag.log_key.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        ),
        "verify.sh": (HERE / "verify.sh").read_bytes(),
        "LEAME.txt": read_me(bag).encode(),
    }
    for number, stamp in enumerate(bag.stamps, 1):
        files[f"seals/stamp-{number}.tsr"] = stamp.token
        files[f"seals/stamp-{number}.pem"] = stamp.authority_pem
    return files


def custody(bag: Bag, proofs: Sequence[str]) -> dict[str, bytes]:
    """The chain and its proofs: part of the payload."""
    return {
        "data/custody/events.jsonl": b"".join(line + b"\n" for line in bag.events),
        "data/custody/proofs.txt": "".join(proofs).encode(),
    }


def manifests(files: dict[str, bytes], items: Sequence[Item]) -> dict[str, bytes]:
    """The two manifests of BagIt."""
    payload = [(hashlib.sha256(data).hexdigest(), name) for name, data in files.items() if is_payload(name)]
    payload += [(item.plain_sha256, f"data/items/{item.name}") for item in items]
    manifest = "".join(f"{digest}  {name}\n" for digest, name in payload).encode()
    tags = {"manifest-sha256.txt": manifest} | {n: d for n, d in files.items() if not is_payload(n)}
    tag_manifest = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in tags.items())
    return {"manifest-sha256.txt": manifest, "tagmanifest-sha256.txt": tag_manifest.encode()}


def is_payload(name: str) -> bool:
    return name.startswith("data/")


def pieces(bag: Bag) -> Iterator[bytes]:
    """The bytes of the ZIP, as they are made: nothing is written to a disk on the way.

    Raises what `Item.open` raises when a stored file is damaged; the ZIP then has no end.
    """
    sink = _Sink()
    moment = bag.made_at.timetuple()[:6]
    files = small_files(bag)
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:  # type: ignore[call-overload]
        for name, data in (files | manifests(files, bag.items)).items():
            about = zipfile.ZipInfo(f"{bag.case}/{name}", moment)
            about.external_attr = (0o755 if name.endswith(".sh") else 0o644) << 16
            archive.writestr(about, data)
            yield sink.take()
        for item in bag.items:
            about = zipfile.ZipInfo(f"{bag.case}/data/items/{item.name}", moment)
            about.external_attr = 0o644 << 16
            with archive.open(about, "w", force_zip64=item.size > 2**31 - 1) as out:
                for piece in item.open():
                    out.write(piece)
                    yield sink.take()
    yield sink.take()
