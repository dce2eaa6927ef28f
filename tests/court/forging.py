"""What a forger does to a court bag. Each function changes an unpacked bag, or a ZIP, in one way."""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import struct
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import rfc8785
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from resguardo.cases.log import log_key
from resguardo.core import checkpoint as notes
from resguardo.core import merkle
from resguardo.court import signature
from resguardo.court.verify import SEAL
from resguardo.evidence.signing import signer
from tests.persons import JPEG

EVENTS, PROOFS, NOTE = "data/custody/events.jsonl", "data/custody/proofs.txt", "seals/checkpoint.txt"
LISTS = "tagmanifest-sha256.txt"


def fingerprint() -> str:
    return notes.fingerprint(log_key().public_key())


def unpack(path: Path) -> Path:
    folder = path.parent / "bag"
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
    return next(folder.iterdir())


def relist(folder: Path) -> None:
    """Make both manifests again, as a forger would."""
    names = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    payload = [n for n in names if n.startswith("data/")]
    tags = [n for n in names if n not in payload and n != "tagmanifest-sha256.txt" and not SEAL.fullmatch(n)]
    for manifest, listed in (("manifest-sha256.txt", payload), ("tagmanifest-sha256.txt", tags)):
        lines = [f"{hashlib.sha256((folder / n).read_bytes()).hexdigest()}  {n}\n" for n in listed]
        (folder / manifest).write_text("".join(lines))


def sign_lists(folder: Path) -> None:
    """Sign the lists again with the institution's own key: somebody inside is the forger."""
    relist(folder)
    (folder / "seals/bag.p7s").write_bytes(signer().cms((folder / LISTS).read_bytes()))


def without_signature_stamps(folder: Path) -> None:
    """Take the stamps of the signature out, and say that there are none."""
    for path in (folder / "seals").glob("bag-stamp-*"):
        path.unlink()
    info = folder / "bag-info.txt"
    info.write_text(re.sub(r"Signature-Stamps: [0-9]+", "Signature-Stamps: 0", info.read_text()))


def photos(folder: Path) -> list[Path]:
    return sorted((folder / "data/items").iterdir())


def edit_event(folder: Path, change: Callable[[list[dict]], list[dict]]) -> None:
    """Edit events and chain them anew, so that only the tree can tell."""
    events = change([json.loads(line) for line in (folder / EVENTS).read_bytes().splitlines()])
    lines, before = [], ""
    for seq, event in enumerate(events):
        lines.append(rfc8785.dumps(event | {"seq": seq, "prev": before}))
        before = hashlib.sha256(lines[-1]).hexdigest()
    (folder / EVENTS).write_bytes(b"".join(line + b"\n" for line in lines))


def sign_anew(folder: Path, key: Ed25519PrivateKey, at: datetime | None = None) -> None:
    """Build a tree of the bag's events alone and sign it with a key of the forger's."""
    lines = (folder / EVENTS).read_bytes().splitlines()
    nodes: dict[tuple[int, int], bytes] = {}

    def read(level: int, place: int) -> bytes:
        return nodes[level, place]

    for level, place, value in merkle.append(read, 0, [merkle.leaf_hash(line) for line in lines]):
        nodes[level, place] = value
    old = notes.parse((folder / NOTE).read_text().split("\n\n")[0] + "\n")
    made = notes.Checkpoint(old.origin, len(lines), merkle.root(read, len(lines)), at or old.at)
    (folder / NOTE).write_text(notes.sign(made, key))
    rows = []
    for seq in range(len(lines)):
        path = ",".join(h.hex() for h in merkle.inclusion(read, seq, len(lines))) or "-"
        rows.append(f"{seq} {seq} {len(lines)} {path}\n")
    (folder / PROOFS).write_text("".join(rows))
    pem = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    (folder / "seals/log.pub.pem").write_bytes(pem)


def drop_stamps(folder: Path) -> None:
    for path in (folder / "seals").glob("stamp-*"):
        path.unlink()


def flip_a_byte(folder: Path) -> None:
    content = bytearray(photos(folder)[0].read_bytes())
    content[100] ^= 1
    photos(folder)[0].write_bytes(content)


def flip_a_byte_and_list_again(folder: Path) -> None:
    flip_a_byte(folder)
    relist(folder)


def add_a_file(folder: Path) -> None:
    (folder / "data/items/otra-prueba.jpg").write_bytes(JPEG)


def add_a_file_and_list_it(folder: Path) -> None:
    add_a_file(folder)
    relist(folder)


def remove_an_item(folder: Path) -> None:
    photos(folder)[0].unlink()
    relist(folder)


def swap_two_items(folder: Path) -> None:
    one, two = photos(folder)[:2]
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)
    relist(folder)


def edit_an_event(folder: Path) -> None:
    text = (folder / EVENTS).read_text().replace('"party":"pnc"', '"party":"mp"', 1)
    (folder / EVENTS).write_text(text)
    relist(folder)


def edit_an_event_and_chain_anew(folder: Path) -> None:
    edit_event(folder, lambda events: [e | {"reason": "otro"} if e["seq"] == 2 else e for e in events])
    relist(folder)


def drop_from_the_middle(folder: Path) -> None:
    lines = (folder / EVENTS).read_bytes().splitlines(keepends=True)
    (folder / EVENTS).write_bytes(b"".join(lines[:3] + lines[4:]))
    relist(folder)


def drop_from_the_middle_and_chain_anew(folder: Path) -> None:
    edit_event(folder, lambda events: events[:3] + events[4:])
    proofs = (folder / PROOFS).read_text().splitlines(keepends=True)
    (folder / PROOFS).write_text("".join(proofs[:-1]))
    relist(folder)


def drop_from_the_end(folder: Path) -> None:
    for name in (EVENTS, PROOFS):
        lines = (folder / name).read_bytes().splitlines(keepends=True)
        (folder / name).write_bytes(b"".join(lines[:-1]))
    relist(folder)


def replace_the_log_key(folder: Path) -> None:
    edit_event(folder, lambda events: [e | {"reason": "otro"} if e["seq"] == 2 else e for e in events])
    sign_anew(folder, Ed25519PrivateKey.generate())
    drop_stamps(folder)
    relist(folder)


def put_back_another_key_only(folder: Path) -> None:
    pem = Ed25519PrivateKey.generate().public_key()
    (folder / "seals/log.pub.pem").write_bytes(
        pem.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    relist(folder)


def proofs_of_another_checkpoint(folder: Path) -> None:
    text = re.sub(r"^(\d+ \d+) \d+", r"\1 7", (folder / PROOFS).read_text(), flags=re.M)
    (folder / PROOFS).write_text(text)
    relist(folder)


def an_event_after_its_checkpoint(folder: Path) -> None:
    edit_event(folder, lambda es: [*es[:-1], es[-1] | {"at": "2099-01-01T00:00:00.000Z"}])
    sign_anew(folder, log_key())
    drop_stamps(folder)
    without_signature_stamps(folder)
    sign_lists(folder)


def a_newer_checkpoint_over_an_old_end(folder: Path) -> None:
    sign_anew(folder, log_key(), datetime.now(UTC) + timedelta(hours=1))
    drop_stamps(folder)
    without_signature_stamps(folder)
    sign_lists(folder)


def a_place_outside_the_bag(folder: Path) -> None:
    with open(folder / "manifest-sha256.txt", "a") as out:
        out.write("0" * 64 + "  ../fuera.txt\n")


def a_link_instead_of_a_file(folder: Path) -> None:
    target = photos(folder)[0]
    target.unlink()
    os.symlink("/etc/hostname", target)


def strip_the_stamp(folder: Path) -> None:
    drop_stamps(folder)
    relist(folder)


def strip_the_stamp_of_the_signature(folder: Path) -> None:
    for path in (folder / "seals").glob("bag-stamp-*"):
        path.unlink()


def the_checkpoints_stamp_for_the_signature(folder: Path) -> None:
    for kind in ("tsr", "pem"):
        (folder / f"seals/bag-stamp-1.{kind}").write_bytes((folder / f"seals/stamp-1.{kind}").read_bytes())


def sign_with_another_key(folder: Path) -> None:
    key, certificate = signature.make_key("Otro", datetime.now(UTC))
    place = folder.parent.parent / "other"
    place.mkdir()
    (place / "key.pem").write_bytes(key)
    (place / "cert.pem").write_bytes(certificate)
    other = signature.from_files(place / "key.pem", place / "cert.pem")
    (folder / "seals/bag.p7s").write_bytes(other.cms((folder / LISTS).read_bytes()))


def sign_with_another_key_and_its_certificate(folder: Path) -> None:
    sign_with_another_key(folder)
    (folder / "seals/bag.pem").write_bytes((folder.parent.parent / "other/cert.pem").read_bytes())
    relist(folder)
    sign = signature.from_files(folder.parent.parent / "other/key.pem", folder / "seals/bag.pem")
    (folder / "seals/bag.p7s").write_bytes(sign.cms((folder / LISTS).read_bytes()))


def take_the_signature_out(folder: Path) -> None:
    (folder / "seals/bag.p7s").unlink()


def take_signature_report_and_certificate_out(folder: Path) -> None:
    for name in ("seals/bag.p7s", "seals/bag.pem", "data/report.pdf", "data/case.jsonld"):
        (folder / name).unlink()
    strip_the_stamp_of_the_signature(folder)
    relist(folder)


def replace_the_report(folder: Path) -> None:
    (folder / "data/report.pdf").write_bytes(b"%PDF-1.7 otro")


def replace_the_report_and_list_it(folder: Path) -> None:
    replace_the_report(folder)
    relist(folder)


def edit_the_graph(folder: Path) -> None:
    path = folder / "data/case.jsonld"
    path.write_text(path.read_text().replace("evidence-sealed", "evidence-copied"))
    relist(folder)


def swap_the_verifier(folder: Path) -> None:
    (folder / "verify.html").write_text("<h1>VALIDO</h1>")
    relist(folder)


def one_more_original(folder: Path) -> None:
    (folder / "data/items/00000000-0000-4000-8000-000000000000.jpg").write_bytes(JPEG)
    relist(folder)


def an_item_as_if_sealed(folder: Path) -> None:
    target = photos(folder)[0]
    target.rename(target.with_suffix(".age"))
    relist(folder)


def a_key_that_nobody_named(folder: Path) -> None:
    (folder / "data/keys").mkdir()
    (folder / "data/keys/00000000-0000-4000-8000-000000000000.age").write_bytes(b"age")
    relist(folder)


def a_name_that_looks_like_another(folder: Path) -> None:
    target = photos(folder)[0]
    target.rename(target.with_name(target.name.replace(".jpg", ".jp\N{CYRILLIC SMALL LETTER GHE}")))
    relist(folder)


def a_name_that_reads_backwards(folder: Path) -> None:
    (folder / "data/items/foto\N{RIGHT-TO-LEFT OVERRIDE}gpj.exe").write_bytes(b"MZ")
    relist(folder)


def a_witness_who_never_saw_it(folder: Path) -> None:
    key = Ed25519PrivateKey.generate()
    old = (folder / NOTE).read_text().replace("time 2", "time 1")
    (folder / "seals/witness-1.txt").write_text(notes.cosign(old, "testigo.example", key, datetime.now(UTC)))
    (folder / "seals/witness-1.pub.pem").write_bytes(
        key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    without_signature_stamps(folder)
    sign_lists(folder)


# Of a bag with a file that is sealed unopened ---------------------------------------------------------------


def shut(folder: Path) -> Path:
    return next((folder / "data/items").glob("*.age"))


def swap_the_sealed_file(folder: Path) -> None:
    shut(folder).write_bytes(b"age-encryption.org/v1 otro")
    relist(folder)


def edit_read_back(folder: Path, **about: str) -> None:
    """Change what the reading back of the sealed file says, and chain the events anew."""

    def changed(event: dict) -> dict:
        mine = event["kind"] == "item-read-back" and event["about"]["item"] == shut(folder).stem
        return event | {"about": event["about"] | about} if mine else event

    edit_event(folder, lambda events: [changed(event) for event in events])
    relist(folder)


def a_read_back_digest_edited(folder: Path) -> None:
    edit_read_back(folder, sealed_sha256="0" * 64)


def the_read_back_of_another_item(folder: Path) -> None:
    edit_read_back(folder, item=next(p.stem for p in photos(folder) if p.suffix == ".jpg"))


def swap_the_sealed_file_and_its_read_back(folder: Path) -> None:
    swap_the_sealed_file(folder)
    edit_read_back(folder, sealed_sha256=hashlib.sha256(shut(folder).read_bytes()).hexdigest())


def another_reading_back_after_the_first(folder: Path) -> None:
    """The first one counts, whatever is said of the file later."""
    swap_the_sealed_file(folder)
    digest = hashlib.sha256(shut(folder).read_bytes()).hexdigest()

    def doubled(events: list[dict]) -> list[dict]:
        first = next(e for e in events if is_read_back(e) and e["about"]["item"] == shut(folder).stem)
        again = first | {"at": events[-1]["at"], "about": first["about"] | {"sealed_sha256": digest}}
        return [*events[:-1], again, events[-1]]

    edit_event(folder, doubled)
    relist(folder)


def is_read_back(event: dict) -> bool:
    return bool(event["kind"] == "item-read-back")


def the_digest_of_a_record_for_that_of_the_file(folder: Path) -> None:
    """The event of the file also names the digest of a sealed record; that is not the file's."""
    swap_the_sealed_file(folder)
    digest = hashlib.sha256(shut(folder).read_bytes()).hexdigest()

    def changed(event: dict) -> dict:
        if event["kind"] != "evidence-sealed" or event["about"]["item"] != shut(folder).stem:
            return event
        records = [record | {"sealed_sha256": digest} for record in event["about"]["sealed"]]
        return event | {"about": event["about"] | {"sealed": records}}

    edit_event(folder, lambda events: [changed(e) for e in events if not is_read_back(e)])
    relist(folder)


# ZIPs -------------------------------------------------------------------------------------------------


def rewritten(bag: Path, change: Callable[[zipfile.ZipFile, zipfile.ZipInfo, bytes], None]) -> Path:
    """A copy of the ZIP, each of whose entries `change` writes."""
    out = bag.with_name("forged.zip")
    with zipfile.ZipFile(bag) as old, zipfile.ZipFile(out, "w") as new:
        for entry in old.infolist():
            change(new, entry, old.read(entry))
    return out


def a_link_in_the_zip(bag: Path) -> Path:
    def write(new: zipfile.ZipFile, entry: zipfile.ZipInfo, data: bytes) -> None:
        if entry.filename.endswith(".jpg"):
            entry.external_attr = (stat.S_IFLNK | 0o777) << 16
            data = b"/etc/passwd"
        new.writestr(entry, data)

    return rewritten(bag, write)


def a_bomb(bag: Path) -> Path:
    def write(new: zipfile.ZipFile, entry: zipfile.ZipInfo, data: bytes) -> None:
        bomb = entry.filename.endswith("LEAME.txt")
        new.writestr(entry, bytes(64 * 1024 * 1024) if bomb else data, zipfile.ZIP_DEFLATED if bomb else None)

    return rewritten(bag, write)


def entries_that_overlap(bag: Path) -> Path:
    """Many names for the same large bytes: small on the disk, huge when unpacked."""
    out = bag.with_name("forged.zip")
    content = bytearray(bag.read_bytes())
    end = content.rindex(b"PK\x05\x06")
    count, size, start = struct.unpack_from("<HII", content, end + 10)
    entry = content[start : start + 46 + struct.unpack_from("<H", content, start + 28)[0]]
    more = bytearray()
    for number in range(3000):
        one = bytearray(entry)
        name = f"{number:04}".encode()
        one[46 + len(entry) - 46 - 4 :] = name
        more += one
    content[end:end] = more
    struct.pack_into("<HHI", content, end + len(more) + 8, count + 3000, count + 3000, size + len(more))
    out.write_bytes(content)
    return out


def another_name_in_front_of_the_bytes(bag: Path) -> Path:
    """The directory says one name, the header before the bytes another."""
    out = bag.with_name("forged.zip")
    content = bag.read_bytes()
    at = content.index(b"LEAME.txt")
    out.write_bytes(content[:at] + b"NADIE.txt" + content[at + 9 :])
    return out


def a_way_out_in_the_zip(bag: Path) -> Path:
    def write(new: zipfile.ZipFile, entry: zipfile.ZipInfo, data: bytes) -> None:
        if entry.filename.endswith("LEAME.txt"):
            entry.filename = "../LEAME.txt"
        new.writestr(entry, data)

    return rewritten(bag, write)


def a_byte_of_the_zip(bag: Path) -> Path:
    out = bag.with_name("forged.zip")
    content = bytearray(bag.read_bytes())
    content[content.index(b"picturepicture") + 3] ^= 1
    out.write_bytes(content)
    return out


FOLDERS = [
    (flip_a_byte, "digests"),
    (flip_a_byte_and_list_again, "items"),
    (add_a_file, "structure"),
    (add_a_file_and_list_it, "items"),
    (one_more_original, "items"),
    (remove_an_item, "items"),
    (swap_two_items, "items"),
    (an_item_as_if_sealed, "items"),
    (a_key_that_nobody_named, "items"),
    (edit_an_event, "chain"),
    (edit_an_event_and_chain_anew, "inclusion"),
    (drop_from_the_middle, "chain"),
    (drop_from_the_middle_and_chain_anew, "inclusion"),
    (drop_from_the_end, "end"),
    (replace_the_log_key, "key"),
    (put_back_another_key_only, "checkpoint"),
    (proofs_of_another_checkpoint, "inclusion"),
    (an_event_after_its_checkpoint, "times"),
    (a_newer_checkpoint_over_an_old_end, "times"),
    (a_place_outside_the_bag, "structure"),
    (a_link_instead_of_a_file, "structure"),
    (a_name_that_looks_like_another, "structure"),
    (a_name_that_reads_backwards, "structure"),
    (strip_the_stamp, "signature"),
    (strip_the_stamp_of_the_signature, "stamps"),
    (the_checkpoints_stamp_for_the_signature, "stamps"),
    (sign_with_another_key, "signature"),
    (sign_with_another_key_and_its_certificate, "signature"),
    (take_the_signature_out, "signature"),
    (take_signature_report_and_certificate_out, "items"),
    (replace_the_report, "digests"),
    (replace_the_report_and_list_it, "signature"),
    (edit_the_graph, "signature"),
    (swap_the_verifier, "signature"),
    (a_witness_who_never_saw_it, "witnesses"),
]
SHUT = [
    (swap_the_sealed_file, "items"),
    (a_read_back_digest_edited, "items"),
    (the_read_back_of_another_item, "items"),
    (swap_the_sealed_file_and_its_read_back, "inclusion"),
    (another_reading_back_after_the_first, "items"),
    (the_digest_of_a_record_for_that_of_the_file, "items"),
]
ZIPS = [
    (a_link_in_the_zip, "structure"),
    (a_bomb, "structure"),
    (entries_that_overlap, "structure"),
    (another_name_in_front_of_the_bytes, "structure"),
    (a_way_out_in_the_zip, "structure"),
    (a_byte_of_the_zip, "digests"),
]
