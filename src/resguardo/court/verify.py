"""Our own reading of a court bag: the same checks as `verify.sh`, in the same order, with the same names.

Nothing of Resguardo's database is needed, only the bag and, to be certain of who signed, the published
fingerprint of the log's key. An untrusted ZIP is never unpacked: its files are read one by one.
"""

from __future__ import annotations

import hashlib
import re
import stat
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from resguardo.core import checkpoint, history, merkle, stamp
from resguardo.core.checkpoint import Checkpoint, CheckpointError
from resguardo.core.history import Event, HistoryError
from resguardo.court import signature
from resguardo.court.bag import BagError

CHECKS = (
    "structure",
    "digests",
    "chain",
    "end",
    "items",
    "checkpoint",
    "key",
    "inclusion",
    "signature",
    "witnesses",
    "stamps",
    "times",
)
SMALL = 64 * 1024 * 1024
PIECE = 1024 * 1024
LINE = re.compile(r"([0-9a-f]{64})  (.+)")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*")
ITEM = re.compile(r"data/items/([0-9a-f-]{36})\.([a-z0-9]+)")
KEY = re.compile(r"data/keys/([0-9a-f-]{36})\.age")
SEAL = re.compile(r"seals/bag(\.p7s|-stamp-[0-9]+\.(tsr|pem))")
ALWAYS = ("data/custody/events.jsonl", "data/custody/proofs.txt")
SIGNED = ("data/case.jsonld", "data/report.pdf")
NEWER = timedelta(minutes=5)
APART = timedelta(hours=1)


class Refused(Exception):
    """A check failed; holds the sentence for people, in Spanish and English."""

    def __init__(self, es: str, en: str) -> None:
        super().__init__(en)
        self.es, self.en = es, en


@dataclass
class Verdict:
    """What was found: `checks` passed, and the one that was not, with a sentence that says what it means."""

    valid: bool = False
    checks: list[str] = field(default_factory=list)
    failed: str = ""
    es: str = ""
    en: str = ""
    case: str = ""
    events: int = 0
    items: int = 0
    fingerprint: str = ""
    key_checked: bool = False
    stamped: list[str] = field(default_factory=list)
    signed_by: str = ""
    witnesses: list[str] = field(default_factory=list)


class Files:
    """The files of a bag, by path inside it, whether it is a folder or a ZIP."""

    def __init__(self, sizes: dict[str, int], read: Callable[[str], Iterator[bytes]]) -> None:
        self.sizes = sizes
        self.read = read

    def small(self, name: str) -> bytes:
        """A file that must fit in memory; empty when it is not there."""
        if self.sizes.get(name, SMALL + 1) > SMALL:
            return b""
        return b"".join(self.read(name))


def open_bag(path: Path) -> tuple[Files, list[str]]:
    """The files at `path`, and faults of its structure. Raises BagError when it is not a bag."""
    files, faults = _folder(path) if path.is_dir() else _zip(path)
    if "bagit.txt" not in files.sizes or "manifest-sha256.txt" not in files.sizes:
        raise BagError("This is not a court bag.")
    return files, faults


def _folder(path: Path) -> tuple[Files, list[str]]:
    found = {p.relative_to(path).as_posix(): p for p in sorted(path.rglob("*"))}
    faults = [name for name, p in found.items() if p.is_symlink() or not (p.is_file() or p.is_dir())]
    sizes = {name: p.stat().st_size for name, p in found.items() if p.is_file() and name not in faults}

    def read(name: str) -> Iterator[bytes]:
        with open(found[name], "rb") as src:
            while piece := src.read(PIECE):
                yield piece

    return Files(sizes, read), faults


def _zip(path: Path) -> tuple[Files, list[str]]:
    try:
        archive = zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile):
        raise BagError("This is not a court bag.") from None
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    tops = {entry.filename.split("/")[0] for entry in entries}
    inside = {e.filename.partition("/")[2]: e for e in entries}
    faults = [e.filename for e in entries if not _ordinary(e, archive)]
    if (
        len(inside) != len(entries)
        or len(tops) != 1
        or sum(e.file_size for e in entries) > path.stat().st_size
    ):
        faults.append("twice, or more than fits")

    def read(name: str) -> Iterator[bytes]:
        try:
            with archive.open(inside[name]) as src:
                while piece := src.read(PIECE):
                    yield piece
        except zipfile.BadZipFile:
            yield b"\x00damaged"

    return Files({name: e.file_size for name, e in inside.items()}, read), faults


def _ordinary(entry: zipfile.ZipInfo, archive: zipfile.ZipFile) -> bool:
    """Whether a file of a ZIP is a plain one, stored as it is, under a name with no way out."""
    kind = entry.external_attr >> 16
    try:
        archive.open(entry).close()
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError):
        return False
    return (
        (stat.S_IFMT(kind) in (0, stat.S_IFREG))
        and entry.compress_type == zipfile.ZIP_STORED
        and entry.compress_size == entry.file_size
        and NAME.fullmatch(entry.filename) is not None
    )


def verify(path: Path, key: str = "") -> Verdict:
    """Check the bag at `path` (ZIP or folder) against the log key's fingerprint `key`, if given.

    Raises BagError when it is not a bag at all.
    """
    files, faults = open_bag(path)
    reading = _Reading(files, faults, key)
    verdict = Verdict()
    for name in CHECKS:
        if name == "key" and not key:
            continue
        try:
            getattr(reading, name)()
        except Refused as refused:
            verdict.failed, verdict.es, verdict.en = name, refused.es, refused.en
            break
        verdict.checks.append(name)
    else:
        verdict.valid = True
        verdict.es = "Sin cambios desde que se recibieron."
        verdict.en = "Unchanged since they were received."
    verdict.case = reading.chain_events[0].case if reading.chain_events else ""
    verdict.events, verdict.items = len(reading.chain_events), len(reading.included)
    verdict.fingerprint, verdict.key_checked = reading.fingerprint, bool(key)
    verdict.signed_by, verdict.witnesses = reading.signed_by, reading.cosigned
    verdict.stamped = [history.timestamp(at) for at in (*reading.stamped, *reading.sealed_at)]
    return verdict


class _Reading:
    """One verification: each check is a method named after it, and raises Refused."""

    def __init__(self, files: Files, faults: list[str], key: str) -> None:
        self.files = files
        self.faults = faults
        self.wanted_key = key
        self.listed: dict[str, str] = {}
        self.lines: list[bytes] = []
        self.chain_events: list[Event] = []
        self.included: list[str] = []
        self.fingerprint = ""
        self.note: Checkpoint | None = None
        self.stamped: list[datetime] = []
        self.sealed_at: list[datetime] = []
        self.signed_by = ""
        self.cosigned: list[str] = []

    def structure(self) -> None:
        if self.faults:
            raise Refused(
                "Hay algo que no es un archivo común.", "There is something that is not an ordinary file."
            )
        for manifest in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
            for line in self.files.small(manifest).decode("utf-8", "replace").split("\n")[:-1]:
                match = LINE.fullmatch(line)
                if match is None or match[2] in self.listed:
                    raise Refused("Un archivo está dos veces en las listas.", "A file is listed twice.")
                if match[2].startswith("data/") != (manifest == "manifest-sha256.txt"):
                    raise Refused(
                        "Una lista nombra lo que es de la otra.", "A list names what is the other's."
                    )
                if not NAME.fullmatch(match[2]):
                    raise Refused(
                        "Una lista nombra un lugar fuera de la bolsa.",
                        "A list names a place outside the bag.",
                    )
                self.listed[match[2]] = match[1]
        found = {name for name in self.files.sizes if not SEAL.fullmatch(name)}
        if set(self.listed) != found - {"tagmanifest-sha256.txt"}:
            raise Refused(
                "Sobra o falta un archivo: lo que hay no es lo que dicen las listas.",
                "A file is missing or added: what is here is not what the lists say.",
            )

    def digests(self) -> None:
        for name, wanted in self.listed.items():
            digest = hashlib.sha256()
            for piece in self.files.read(name):
                digest.update(piece)
            if digest.hexdigest() != wanted:
                if name.startswith("data/"):
                    raise Refused(
                        "Un archivo cambió después de hacerse la bolsa.",
                        "A file changed after the bag was made.",
                    )
                raise Refused(
                    "Una lista o un sello cambió después de hacerse la bolsa.",
                    "A list or a seal changed after the bag was made.",
                )

    def chain(self) -> None:
        self.lines = self.files.small("data/custody/events.jsonl").splitlines()
        if not self.lines:
            raise Refused("Falta la cadena de custodia.", "The chain of custody is missing.")
        try:
            self.chain_events = history.check_chain(self.lines)
        except HistoryError as error:
            if "earlier" in error.what:
                raise Refused(
                    "Las horas de la cadena van hacia atrás.", "The times of the chain run backwards."
                ) from None
            raise Refused(
                "Un hecho no sigue al anterior: alguno fue cambiado, quitado o movido.",
                "An event does not follow the one before: one was changed, dropped or moved.",
            ) from None

    def end(self) -> None:
        if self.chain_events[-1].kind != "exported":
            raise Refused(
                "La cadena está cortada: no termina con la hechura de la bolsa.",
                "The chain is cut off: it does not end with the making of the bag.",
            )

    def items(self) -> None:
        end = self.chain_events[-1].about
        opened, unopened = set(end.get("items", ())), set(end.get("unopened", ()))
        self.included = sorted(opened | unopened)
        here = {name: match for name in self.listed if (match := ITEM.fullmatch(name))}
        keys = {match[1] for name in self.listed if (match := KEY.fullmatch(name))}
        sealed_here = sorted(match[1] for match in here.values() if match[2] == "age")
        opened_here = sorted(match[1] for match in here.values() if match[2] != "age")
        if (opened_here, sealed_here) != (sorted(opened), sorted(unopened)) or keys != unopened:
            raise Refused(
                "Los archivos de la bolsa no son los que dice la cadena.",
                "The files of the bag are not those that the chain names.",
            )
        others = len(ALWAYS) + (len(SIGNED) if "signer" in end else 0)
        payload = {name for name in self.listed if name.startswith("data/")}
        expected = {*ALWAYS, *(SIGNED if "signer" in end else ())}
        if len(payload) != len(here) + len(keys) + others or not expected <= payload:
            raise Refused(
                "Hay un archivo que la cadena no nombra.", "There is a file that the chain does not name."
            )
        received = {e.about["item"]: e.about for e in self.chain_events if e.kind == "evidence-sealed"}
        if sorted(received) != sorted([*self.included, *end.get("left_out", ())]):
            raise Refused(
                "Un archivo recibido no está en la bolsa ni se dice que quedó fuera.",
                "A file received is neither in the bag nor said to be left out.",
            )
        for name, match in here.items():
            about = received.get(match[1], {})
            digest = self._sealed(match[1], about) if match[2] == "age" else about.get("plain_sha256")
            if digest != self.listed[name]:
                raise Refused(
                    "Un archivo no es el que se selló al recibirlo.",
                    "A file is not the one that was sealed on receipt.",
                )

    def _sealed(self, item: str, about: Mapping[str, Any]) -> Any:
        """SHA-256 of the sealed file, from its sealing in older histories, or from its first reading back."""
        backs = (e.about for e in self.chain_events if e.kind == "item-read-back")
        read_back = (back.get("sealed_sha256") for back in backs if back.get("item") == item)
        return about.get("sealed_sha256") or next(read_back, None)

    def checkpoint(self) -> None:
        wrong = Refused(
            "La firma del punto de control no es de la llave del registro.",
            "The checkpoint is not signed by the log's key.",
        )
        try:
            key = load_pem_public_key(self.files.small("seals/log.pub.pem"))
            if not isinstance(key, Ed25519PublicKey):
                raise wrong
            note = self.files.small("seals/checkpoint.txt").decode("utf-8", "replace")
            self.note = checkpoint.open_note(note, key)
        except (ValueError, UnsupportedAlgorithm, CheckpointError):
            raise wrong from None
        self.fingerprint = checkpoint.fingerprint(key)

    def key(self) -> None:
        if self.fingerprint != self.wanted_key:
            raise Refused(
                "La bolsa está firmada con otra llave que la publicada.",
                "The bag is signed with another key than the published one.",
            )

    def inclusion(self) -> None:
        assert self.note is not None
        rows = [row.split() for row in self.files.small("data/custody/proofs.txt").decode().splitlines()]
        if len(rows) != len(self.lines):
            raise Refused(
                "Faltan pruebas de que los hechos están en el registro.",
                "Proofs that events are in the log are missing.",
            )
        for seq, (line, row) in enumerate(zip(self.lines, rows, strict=True)):
            if row[0] != str(seq) or row[2] != str(self.note.size):
                raise Refused(
                    "Las pruebas son de otro punto de control.", "The proofs belong to another checkpoint."
                )
            path = [bytes.fromhex(part) for part in row[3].split(",") if part != "-"]
            leaf = merkle.leaf_hash(line)
            try:
                merkle.check_inclusion(leaf, int(row[1]), self.note.size, path, self.note.root)
            except merkle.MerkleError:
                raise Refused(
                    f"El hecho {seq} no está en el registro firmado.",
                    f"Event {seq} is not in the signed log.",
                ) from None

    def signature(self) -> None:
        """The certificate is the one that the chain names, and its key signed the lists."""
        seals = [name for name in self.files.sizes if SEAL.fullmatch(name)]
        signer = self.chain_events[-1].about.get("signer", "")
        if not signer and not seals:
            return
        pem = self.files.small("seals/bag.pem")
        if not signer or signature.fingerprint(pem) != signer:
            raise Refused(
                "La bolsa está firmada con otro certificado que el que dice la cadena.",
                "The bag is signed with another certificate than the one that the chain names.",
            )
        lists = self.files.small("tagmanifest-sha256.txt")
        if not signature.check(self.files.small("seals/bag.p7s"), lists, pem):
            raise Refused(
                "La firma de la bolsa falta o no es de sus listas.",
                "The signature of the bag is missing, or is not of its lists.",
            )
        self.signed_by = signer

    def witnesses(self) -> None:
        note = self.files.small("seals/checkpoint.txt").decode("utf-8", "replace")
        for name in self._numbered("witness", "txt"):
            try:
                key = load_pem_public_key(self.files.small(name.removesuffix(".txt") + ".pub.pem"))
                if not isinstance(key, Ed25519PublicKey):
                    raise ValueError("not Ed25519")
                cosigned = self.files.small(name).decode("utf-8", "replace")
                checkpoint.check_cosignature(cosigned, note, key)
            except (ValueError, UnsupportedAlgorithm, CheckpointError):
                raise Refused(
                    "La firma de un testigo no es de este punto de control.",
                    "The signature of a witness does not belong to this checkpoint.",
                ) from None
            self.cosigned.append(checkpoint.fingerprint(key))

    def _numbered(self, stem: str, extension: str) -> list[str]:
        shape = re.compile(rf"seals/{stem}-[0-9]+\.{extension}")
        return sorted(name for name in self.files.sizes if shape.fullmatch(name))

    def stamps(self) -> None:
        note, sealed = self.files.small("seals/checkpoint.txt"), self.files.small("seals/bag.p7s")
        self.stamped = self._stamps("stamp", note, "de este punto de control", "checkpoint")
        self._renewals(note)
        self.sealed_at = self._stamps("bag-stamp", sealed, "de la firma de esta bolsa", "bag")
        about = self.files.small("bag-info.txt").decode("utf-8", "replace")
        said = re.findall(r"^Signature-Stamps: ([0-9]{1,3})$", about, re.M)
        if len(self.sealed_at) != (int(said[0]) if said else 0):
            raise Refused(
                "Falta un sello de tiempo que la bolsa dice tener.",
                "A time stamp that the bag says it has is missing.",
            )

    def _renewals(self, note: bytes) -> None:
        """Each covers the checkpoint and the token that it renews."""
        for name in self._numbered(r"renewal-[0-9]+", "tsr"):
            which, turn = map(int, re.findall(r"[0-9]+", name))
            old = f"seals/renewal-{which}-{turn - 1}.tsr" if turn > 1 else f"seals/stamp-{which}.tsr"
            certificates = self.files.small(name.removesuffix(".tsr") + ".pem")
            try:
                stamp.check(self.files.small(name), note + self.files.small(old), certificates)
            except stamp.StampError:
                raise Refused(
                    "Una renovación no es de su sello de tiempo.",
                    "A renewal does not belong to its time stamp.",
                ) from None

    def _stamps(self, stem: str, of: bytes, es: str, en: str) -> list[datetime]:
        found = []
        for name in self._numbered(stem, "tsr"):
            certificates = self.files.small(name.removesuffix(".tsr") + ".pem")
            try:
                found.append(stamp.check(self.files.small(name), of, certificates))
            except stamp.StampError:
                raise Refused(
                    f"Un sello de tiempo no es {es}.", f"A time stamp does not belong to this {en}."
                ) from None
        return found

    def times(self) -> None:
        assert self.note is not None
        newest, signed = self.chain_events[-1].at, self.note.at
        if newest > signed:
            raise Refused(
                "Un hecho tiene hora posterior a su punto de control.",
                "An event is later than its checkpoint.",
            )
        if signed - newest > NEWER:
            raise Refused(
                "El punto de control es mucho más nuevo que el final de la cadena: le faltan hechos.",
                "The checkpoint is much newer than the end of the chain: events are missing.",
            )
        if any(at < signed - timedelta(seconds=1) for at in (*self.stamped, *self.sealed_at)):
            raise Refused(
                "Un sello de tiempo es anterior a su punto de control.",
                "A time stamp is earlier than its checkpoint.",
            )
        if any(at - signed > APART for at in self.sealed_at):
            raise Refused(
                "La hora del servidor no concuerda con la de la autoridad de tiempo.",
                "The server's time does not agree with that of the time authority.",
            )
