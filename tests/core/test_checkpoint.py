"""Checkpoints: signed notes that anybody can read, and that nobody else can write."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from resguardo.core.checkpoint import (
    Checkpoint,
    CheckpointError,
    fingerprint,
    key_id,
    open_note,
    parse,
    sign,
    text,
)

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
MADE = Checkpoint("resguardo.example/log", 42, bytes(range(32)), datetime(2026, 11, 24, 10, tzinfo=UTC))


def test_a_note_has_the_lines_of_a_c2sp_checkpoint() -> None:
    lines = sign(MADE, KEY).split("\n")
    assert lines[:5] == [
        "resguardo.example/log",
        "42",
        base64.b64encode(bytes(range(32))).decode(),
        "time 2026-11-24T10:00:00.000Z",
        "",
    ]
    assert lines[5].startswith("\u2014 resguardo.example/log ")
    assert base64.b64decode(lines[5].split(" ")[2])[:4] == key_id(MADE.origin, KEY.public_key())
    assert lines[6:] == [""]


@given(st.integers(0, 10**17), st.binary(min_size=32, max_size=32))
def test_what_is_signed_opens_again(size: int, root: bytes) -> None:
    made = Checkpoint(MADE.origin, size, root, MADE.at)
    assert open_note(sign(made, KEY), KEY.public_key()) == made


def test_a_witness_may_add_its_line() -> None:
    note = sign(MADE, KEY) + "\u2014 mp.example/witness " + base64.b64encode(bytes(72)).decode() + "\n"
    assert open_note(note, KEY.public_key()) == MADE


def test_another_key_does_not_open_it() -> None:
    other = Ed25519PrivateKey.generate().public_key()
    with pytest.raises(CheckpointError, match="not signed by this key"):
        open_note(sign(MADE, KEY), other)
    assert fingerprint(other) != fingerprint(KEY.public_key())


GOOD = sign(MADE, KEY)
MUSEUM = {
    "empty": "",
    "no_signature": text(MADE),
    "only_a_gap": text(MADE) + "\n",
    "another_size": GOOD.replace("\n42\n", "\n43\n"),
    "another_origin": GOOD.replace("resguardo.example", "resguardo.examples"),
    "another_time": GOOD.replace("10:00:00", "10:00:01"),
    "a_time_that_does_not_exist": GOOD.replace("T10:", "T25:"),
    "no_time": GOOD.replace("time ", ""),
    "a_size_with_a_zero_before": GOOD.replace("\n42\n", "\n042\n"),
    "a_size_that_has_no_end": GOOD.replace("\n42\n", "\n" + "4" * 5000 + "\n"),
    "a_line_too_many": GOOD.replace("\n\n", "\nmore\n\n"),
    "a_short_root": GOOD.replace(base64.b64encode(MADE.root).decode(), "AAAA"),
    "no_dash": GOOD.replace("\u2014 ", ""),
    "not_base64": GOOD[:-3] + "?=\n",
    "not_base64_and_not_ascii": GOOD[:-3] + "é\n",
    "cut_off": GOOD[:-1],
}


@pytest.mark.parametrize("note", MUSEUM.values(), ids=MUSEUM)
def test_a_damaged_note_is_refused(note: str) -> None:
    with pytest.raises(CheckpointError):
        open_note(note, KEY.public_key())


def test_the_signed_lines_read_back_alone() -> None:
    assert parse(text(MADE)) == MADE
