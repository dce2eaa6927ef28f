"""A witness's own key, and keys as they are handed to others."""

from __future__ import annotations

import stat
import subprocess
import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from hypothesis import given
from hypothesis import strategies as st

from resguardo.core.checkpoint import COSIGNATURE, ED25519, key_id, witness_key_id
from resguardo.witness import keys

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32))).public_key()
# The verifier key in the documentation of golang.org/x/mod/sumdb/note.
PUBLISHED = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GOOD = keys.write("inacif.example/w1", KEY, COSIGNATURE)


def test_a_published_key_of_the_go_world_reads_and_writes_back() -> None:
    name, key = keys.read(PUBLISHED, ED25519)
    assert name == "PeterNeumann"
    assert key_id(name, key).hex() == "c74f20a3"
    assert keys.write(name, key, ED25519) == PUBLISHED


@given(st.text().filter(keys.is_name), st.sampled_from([ED25519, COSIGNATURE]))
def test_what_is_written_reads_back(name: str, kind: bytes) -> None:
    assert keys.read(keys.write(name, KEY, kind), kind) == (name, KEY)


def test_the_two_kinds_are_told_apart() -> None:
    assert keys.write("a", KEY, COSIGNATURE).split("+")[1] == witness_key_id("a", KEY).hex()
    with pytest.raises(keys.WitnessKeyError, match="another kind"):
        keys.read(GOOD, ED25519)
    with pytest.raises(keys.WitnessKeyError, match="another kind"):
        keys.read(PUBLISHED, COSIGNATURE)


MUSEUM = {
    "empty": "",
    "only_a_name": "inacif.example/w1",
    "no_name": "+" + GOOD.split("+", 1)[1],
    "another_name": GOOD.replace("inacif", "pnc"),
    "another_id": GOOD.replace(witness_key_id("inacif.example/w1", KEY).hex(), "00000000"),
    "an_id_in_capitals": GOOD.replace(
        witness_key_id("inacif.example/w1", KEY).hex(), witness_key_id("inacif.example/w1", KEY).hex().upper()
    ),
    "a_name_with_a_space": GOOD.replace("inacif", "ina cif"),
    "an_end_of_line": GOOD + "\n",
    "cut_off": GOOD[:-4],
    "not_base64": GOOD[:-2] + "??",
    "not_ascii": GOOD[:-1] + "é",
}


@pytest.mark.parametrize("text", MUSEUM.values(), ids=MUSEUM)
def test_a_damaged_key_is_refused(text: str) -> None:
    with pytest.raises(keys.WitnessKeyError):
        keys.read(text, COSIGNATURE)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with pytest.raises(keys.WitnessKeyError):
        keys.read(text, COSIGNATURE)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\u00a0b", "a\u2003b", "a\x00b"])
def test_a_name_that_would_break_a_note_is_not_written(name: str) -> None:
    with pytest.raises(keys.WitnessKeyError, match="no spaces"):
        keys.write(name, KEY, COSIGNATURE)


def test_a_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "witness.key"
    made = keys.load(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(path.read_text()) == 65
    assert keys.load(path).private_bytes_raw() == made.private_bytes_raw()
    assert [each.name for each in path.parent.iterdir()] == ["witness.key"]


def test_of_two_keys_made_at_once_both_find_the_same(tmp_path: Path) -> None:
    found: list[bytes] = []
    start = threading.Barrier(8)

    def make() -> None:
        start.wait()
        found.append(keys.load(tmp_path / "witness.key").private_bytes_raw())

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_a_key_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "witness.key"
    keys.load(path)
    path.chmod(0o640)
    with pytest.raises(keys.WitnessKeyError, match="Others") as refused:
        keys.load(path)
    assert "0600" in refused.value.remedy


@pytest.mark.parametrize("content", ["", "00" * 31, "00" * 33, "zz" * 32, "00" * 32 + "\n\n", "é" * 64])
def test_a_file_without_a_seed_is_no_key(tmp_path: Path, content: str) -> None:
    path = tmp_path / "witness.key"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(keys.WitnessKeyError, match="does not hold a key"):
        keys.load(path)


def test_its_public_key_lies_beside_it_in_both_ways_of_writing(tmp_path: Path) -> None:
    path = tmp_path / "witness.key"
    public = keys.load(path).public_key()
    for _ in range(2):
        keys.publish(path, "inacif.example/w1", public)
    vkey = (tmp_path / "witness.key.vkey").read_text()
    assert keys.read(vkey.removesuffix("\n"), COSIGNATURE) == ("inacif.example/w1", public)
    written = tmp_path / "witness.key.pub.pem"
    assert load_pem_public_key(written.read_bytes()) == public
    der = subprocess.run(
        ["openssl", "pkey", "-pubin", "-in", str(written), "-outform", "DER"], capture_output=True, check=True
    )
    assert der.stdout[-32:] == public.public_bytes_raw()
