"""Every forgery of a court bag is refused by both verifiers, each by the check that it is about."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import rfc8785
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from resguardo.cases import commands as cases
from resguardo.cases.log import log_key, make_checkpoint
from resguardo.cases.stamping import stamp_job
from resguardo.core import checkpoint as notes
from resguardo.core import merkle
from resguardo.court.bag import BagError
from resguardo.court.verify import SEAL, Verdict, verify
from resguardo.evidence.bagging import make_bag, write_bag
from tests.authority import Authority
from tests.persons import JPEG, Persons, carry_to_inacif, send_photo, tell

EVENTS, PROOFS, NOTE = "data/custody/events.jsonl", "data/custody/proofs.txt", "seals/checkpoint.txt"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory):
    made = Authority(tmp_path_factory.mktemp("authority"))
    yield made
    made.stop()


@pytest.fixture
def good(persons: Persons, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A good bag of a case with two photos, stamped, as a ZIP."""
    monkeypatch.setattr(settings, "TSA", [f"{authority.address}={authority.certificates}"])
    opened = tell()
    send_photo(opened)
    send_photo(opened, "otra.jpg", JPEG + b"2")
    tell()
    carry_to_inacif(opened, persons)
    now = datetime.now(UTC)
    out = tmp_path / "good.zip"
    write_bag(make_bag(opened.case, persons["mp"], now), out)
    return out


def fingerprint() -> str:
    return notes.fingerprint(log_key().public_key())


def unpack(path: Path) -> Path:
    folder = path.parent / "bag"
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
    return next(folder.iterdir())


def by_shell(folder: Path, key: str) -> tuple[int, str]:
    ran = subprocess.run(
        ["sh", str(folder / "verify.sh"), "--lang", "en", "--key", key], capture_output=True, text=True
    )
    found = re.search(r"NOT VALID: (\w+)\.", ran.stdout)
    return ran.returncode, found[1] if found else ran.stdout + ran.stderr


def both(folder: Path) -> tuple[Verdict, int, str]:
    return (verify(folder, fingerprint()), *by_shell(folder, fingerprint()))


def relist(folder: Path) -> None:
    """Make both manifests again, as a forger would."""
    names = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    payload = [n for n in names if n.startswith("data/")]
    tags = [n for n in names if n not in payload and n != "tagmanifest-sha256.txt" and not SEAL.fullmatch(n)]
    for manifest, listed in (("manifest-sha256.txt", payload), ("tagmanifest-sha256.txt", tags)):
        lines = [f"{hashlib.sha256((folder / n).read_bytes()).hexdigest()}  {n}\n" for n in listed]
        (folder / manifest).write_text("".join(lines))


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
    relist(folder)


def a_newer_checkpoint_over_an_old_end(folder: Path) -> None:
    sign_anew(folder, log_key(), datetime.now(UTC) + timedelta(hours=1))
    drop_stamps(folder)
    relist(folder)


def a_place_outside_the_bag(folder: Path) -> None:
    with open(folder / "manifest-sha256.txt", "a") as out:
        out.write("0" * 64 + "  ../fuera.txt\n")


def a_link_instead_of_a_file(folder: Path) -> None:
    target = photos(folder)[0]
    target.unlink()
    os.symlink("/etc/hostname", target)


ATTACKS = [
    (flip_a_byte, "digests"),
    (flip_a_byte_and_list_again, "items"),
    (add_a_file, "structure"),
    (add_a_file_and_list_it, "items"),
    (remove_an_item, "items"),
    (swap_two_items, "items"),
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
]


def test_a_good_bag_is_valid_for_both(good: Path) -> None:
    zipped = verify(good, fingerprint())
    assert zipped.valid, (zipped.failed, zipped.en)
    verdict, code, said = both(unpack(good))
    assert verdict.valid, (verdict.failed, verdict.en)
    assert verdict.items == 2
    assert verdict.stamped
    assert code == 0, said


def test_without_a_key_the_verdict_names_the_fingerprint_to_compare(good: Path) -> None:
    verdict = verify(good)
    assert verdict.valid
    assert not verdict.key_checked
    ran = subprocess.run(["sh", str(unpack(good) / "verify.sh")], capture_output=True, text=True)
    assert ran.returncode == 0
    assert fingerprint() in ran.stdout
    assert "VÁLIDO (VALID), si" in ran.stdout


@pytest.mark.parametrize(("attack", "check"), ATTACKS, ids=[a.__name__ for a, _ in ATTACKS])
def test_a_forgery_is_refused_by_both(good: Path, attack: Callable[[Path], None], check: str) -> None:
    folder = unpack(good)
    attack(folder)
    verdict, code, said = both(folder)
    assert (verdict.valid, verdict.failed) == (False, check)
    assert verdict.es
    assert (code, said) == (1, check)


def test_a_stamp_of_another_checkpoint_is_refused_by_both(good: Path, authority: Authority) -> None:
    folder = unpack(good)
    opened = tell()
    cases.send_message(opened.case, "otro", opened.holder, datetime.now(UTC))
    other = make_checkpoint(datetime.now(UTC))
    stamp_job(at=datetime.now(UTC), checkpoint=other.pk, authority=authority.address)
    (folder / "seals/stamp-1.tsr").write_bytes(bytes(other.stamps.get().token))
    relist(folder)
    verdict, code, said = both(folder)
    assert (verdict.failed, code, said) == ("stamps", 1, "stamps")


def test_a_name_that_is_twice_in_the_zip_is_refused(good: Path) -> None:
    with zipfile.ZipFile(good, "a") as archive:
        name = next(n for n in archive.namelist() if n.endswith("checkpoint.txt"))
        archive.writestr(name, b"otro")
    assert verify(good, fingerprint()).failed == "structure"


def test_what_is_not_a_bag_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"hola")
    with pytest.raises(BagError):
        verify(tmp_path / "x.zip")
    shutil.copy(Path(__file__).parents[2] / "src/resguardo/court/verify.sh", tmp_path)
    assert subprocess.run(["sh", str(tmp_path / "verify.sh")], capture_output=True).returncode == 2
