"""The court bag: what a stranger needs to check evidence without us, in one ZIP file.

A BagIt folder (RFC 8493, SHA-256 only). The digests of the payload are those of the history, found when it
was sealed or read back, never computed again here: if a stored byte had changed, the bag would say so. The
chain ends with the event `exported`, which names what the bag holds and leaves out and the certificate that
signs it, and a checkpoint is signed right after it. Last come a CMS signature over the lists, and time
stamps of that signature.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from resguardo.core import history
from resguardo.core.errors import ResguardoError
from resguardo.core.history import timestamp
from resguardo.court.signature import Signature

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
    "message/rfc822": "eml",
    "application/json": "json",
    "application/wacz": "wacz",
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

    @property
    def listed_sha256(self) -> str:
        return self.plain_sha256


@dataclass(frozen=True)
class Unopened:
    """A file that nobody here may open: its sealed bytes, and its key wrapped to the one named for it.

    `sealed_sha256` is from the history: the item was read back before.
    """

    id: str
    size: int
    sealed_sha256: str
    open: Callable[[], Iterator[bytes]]
    key: bytes = field(repr=False)

    @property
    def name(self) -> str:
        return f"{self.id}.age"

    @property
    def listed_sha256(self) -> str:
        return self.sealed_sha256


@dataclass(frozen=True)
class EventProof:
    """Where the event `seq` stands in the tree, and the hashes from it to the root."""

    seq: int
    leaf: int
    path: Sequence[bytes]


@dataclass(frozen=True)
class Stamp:
    """An RFC 3161 answer over the checkpoint, and the certificates to check it with (PEM).

    Each of `renewals` is one over the checkpoint and the token before it, made before certificates ended.
    """

    token: bytes
    authority_pem: bytes
    renewals: Sequence[Stamp] = ()


@dataclass(frozen=True)
class Witness:
    """An institution's cosignature: the checkpoint's note with its line, and its public key."""

    title: str
    note: str
    key: Ed25519PublicKey


def no_stamps(_: bytes) -> Sequence[Stamp]:
    """Where no authority is configured."""
    return ()


@dataclass(frozen=True)
class Bag:
    """Everything a bag holds. `events` are canonical lines, the whole chain; the last is `exported`.

    `stamp` asks the authorities for stamps of the signature. `parties` are the institutions' names by their
    codes; `unopened_for` is the name of who may open what is sealed unopened; `found` is what inspection
    found of each item (`media_type`, `marks`, `grade`, `declared_time`).
    """

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
    unopened: Sequence[Unopened] = ()
    unopened_for: str = ""
    witnesses: Sequence[Witness] = ()
    signature: Signature | None = None
    stamp: Callable[[bytes], Sequence[Stamp]] = no_stamps
    parties: Mapping[str, str] = field(default_factory=dict)
    found: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def payload(self) -> Sequence[Item | Unopened]:
        return (*self.items, *self.unopened)


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
    """Every file of the bag but the items, the lists and the signature, by path."""
    events = [history.trusted(line) for line in bag.events]
    payload = {**custody(bag), **{f"data/keys/{each.id}.age": each.key for each in bag.unopened}}
    if bag.signature is not None:
        from resguardo.court.case_uco import case_jsonld
        from resguardo.court.report import report

        payload["data/case.jsonld"] = case_jsonld(bag, events)
        payload["data/report.pdf"] = bag.signature.pdf(report(bag, events))
    octets = sum(each.size for each in bag.payload) + sum(map(len, payload.values()))
    files = {
        "bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        "bag-info.txt": (
            f"Source-Organization: {bag.made_by}\nExternal-Identifier: {bag.case}\n"
            f"Bagging-Date: {bag.made_at:%Y-%m-%d}\n"
            f"Payload-Oxum: {octets}.{len(bag.payload) + len(payload)}\n"
            f"Items-Left-Out: {len(bag.left_out)}\n"
        ).encode(),
        **payload,
        "seals/checkpoint.txt": bag.checkpoint.encode(),
        "seals/log.pub.pem": public_pem(bag.log_key),
        "verify.sh": (HERE / "verify.sh").read_bytes(),
        "verify.html": (HERE / "verify.html").read_bytes(),
        "LEAME.txt": read_me(bag).encode(),
    }
    for number, stamp in enumerate(bag.stamps, 1):
        files[f"seals/stamp-{number}.tsr"] = stamp.token
        files[f"seals/stamp-{number}.pem"] = stamp.authority_pem
        for turn, renewal in enumerate(stamp.renewals, 1):
            files[f"seals/renewal-{number}-{turn}.tsr"] = renewal.token
            files[f"seals/renewal-{number}-{turn}.pem"] = renewal.authority_pem
    for number, witness in enumerate(bag.witnesses, 1):
        files[f"seals/witness-{number}.txt"] = witness.note.encode()
        files[f"seals/witness-{number}.pub.pem"] = public_pem(witness.key)
    if bag.signature is not None:
        files["seals/bag.pem"] = bag.signature.pem
    return files


def public_pem(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def custody(bag: Bag) -> dict[str, bytes]:
    """The chain and its proofs: part of the payload."""
    proofs = [f"{p.seq} {p.leaf} {bag.size} {','.join(h.hex() for h in p.path) or '-'}\n" for p in bag.proofs]
    return {
        "data/custody/events.jsonl": b"".join(line + b"\n" for line in bag.events),
        "data/custody/proofs.txt": "".join(proofs).encode(),
    }


def manifests(files: dict[str, bytes], items: Sequence[Item | Unopened]) -> dict[str, bytes]:
    """The two manifests of BagIt; the digests of items are those that the history has."""
    payload = [(hashlib.sha256(data).hexdigest(), name) for name, data in files.items() if is_payload(name)]
    payload += [(each.listed_sha256, f"data/items/{each.name}") for each in items]
    manifest = "".join(f"{digest}  {name}\n" for digest, name in payload).encode()
    tags = {"manifest-sha256.txt": manifest} | {n: d for n, d in files.items() if not is_payload(n)}
    tag_manifest = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in tags.items())
    return {"manifest-sha256.txt": manifest, "tagmanifest-sha256.txt": tag_manifest.encode()}


def signed(bag: Bag) -> dict[str, bytes]:
    """Every file but the items, with the lists, the signature over them, and the stamps of that signature.

    `bag-info.txt` says how many stamps there are, and is itself signed; so where fewer authorities answer
    than it says, it is signed once more.
    """
    files = small_files(bag)
    if bag.signature is None:
        return files | manifests(files, bag.payload)
    about, wanted = files["bag-info.txt"], len(bag.stamps)
    while True:
        files["bag-info.txt"] = about + f"Signature-Stamps: {wanted}\n".encode()
        lists = manifests(files, bag.payload)
        signature = bag.signature.cms(lists["tagmanifest-sha256.txt"])
        stamps = bag.stamp(signature) if wanted else ()
        if len(stamps) >= wanted:
            break
        wanted = len(stamps)
    seals = {"seals/bag.p7s": signature}
    for number, stamp in enumerate(stamps[:wanted], 1):
        seals[f"seals/bag-stamp-{number}.tsr"] = stamp.token
        seals[f"seals/bag-stamp-{number}.pem"] = stamp.authority_pem
    return files | lists | seals


def is_payload(name: str) -> bool:
    return name.startswith("data/")


def pieces(bag: Bag) -> Iterator[bytes]:
    """The bytes of the ZIP, as they are made: nothing is written to a disk on the way.

    Raises what `Item.open` raises when a stored file is damaged; the ZIP then has no end.
    """
    sink = _Sink()
    moment = bag.made_at.timetuple()[:6]
    files = signed(bag)
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:  # type: ignore[call-overload]
        for name, data in files.items():
            about = zipfile.ZipInfo(f"{bag.case}/{name}", moment)
            about.external_attr = (0o755 if name.endswith(".sh") else 0o644) << 16
            archive.writestr(about, data)
            yield sink.take()
        for item in bag.payload:
            about = zipfile.ZipInfo(f"{bag.case}/data/items/{item.name}", moment)
            about.external_attr = 0o644 << 16
            with archive.open(about, "w", force_zip64=item.size > 2**31 - 1) as out:
                for piece in item.open():
                    out.write(piece)
                    yield sink.take()
    yield sink.take()
