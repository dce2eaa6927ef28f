"""The age format, both ways against stock `age` and pyrage, and against damaged files."""

from __future__ import annotations

import io
import os
import subprocess
from pathlib import Path

import pyrage
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resguardo.core import age
from resguardo.core.age import CHUNK, AgeError, Identity, Recipient

SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK]
ME = Identity.from_bytes(bytes(range(32)))


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    path = tmp_path / "me.txt"
    path.write_text(ME.text() + "\n")
    return path


@pytest.mark.parametrize("size", SIZES)
def test_stock_age_opens_what_we_seal(size: int, keys: Path, tmp_path: Path) -> None:
    data = os.urandom(size)
    (tmp_path / "x.age").write_bytes(age.encrypt(data, [Identity.generate().recipient, ME.recipient]))
    out = subprocess.run(["age", "-d", "-i", keys, tmp_path / "x.age"], capture_output=True, check=True)
    assert out.stdout == data


@pytest.mark.parametrize("size", SIZES)
def test_we_open_what_stock_age_seals(size: int) -> None:
    data, other = os.urandom(size), Identity.generate()
    line = ["age", "-r", other.recipient.text(), "-r", ME.recipient.text()]
    sealed = subprocess.run(line, input=data, capture_output=True, check=True).stdout
    assert age.decrypt(sealed, ME) == data


@pytest.mark.parametrize("size", SIZES)
def test_pyrage_and_we_open_each_other(size: int) -> None:
    data, mine = os.urandom(size), pyrage.x25519.Identity.from_str(ME.text())
    assert str(mine.to_public()) == ME.recipient.text()
    assert pyrage.decrypt(age.encrypt(data, [ME.recipient]), [mine]) == data
    assert age.decrypt(pyrage.encrypt(data, [mine.to_public()]), ME) == data


class Zeros(io.RawIOBase):
    """A gigabyte that takes no room."""

    def __init__(self, size: int) -> None:
        self.left = size

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        given = bytes(min(self.left, size))
        self.left -= len(given)
        return given


@pytest.mark.slow
def test_a_gigabyte_goes_through_as_a_stream(keys: Path, tmp_path: Path) -> None:
    size = 1 << 30
    with open(tmp_path / "x.age", "wb") as out, age.Writer(out, [ME.recipient]) as writer:
        src = Zeros(size)
        while piece := src.read(1 << 20):
            writer.write(piece)
    with open(tmp_path / "x.age", "rb") as sealed:
        assert sum(len(piece) for piece in age.plaintext(sealed, ME)) == size
    counted = subprocess.run(
        f"age -d -i {keys} {tmp_path / 'x.age'} | wc -c", shell=True, capture_output=True, check=True
    )
    assert int(counted.stdout) == size


def test_a_new_header_leaves_the_payload_as_it_is() -> None:
    data, expert = os.urandom(CHUNK + 5), Identity.generate()
    sealed, out = age.encrypt(data, [ME.recipient]), io.BytesIO()
    age.rewrap(io.BytesIO(sealed), out, ME, [expert.recipient])
    assert age.decrypt(out.getvalue(), expert) == data
    assert out.getvalue()[-(CHUNK + 5 + 48) :] == sealed[-(CHUNK + 5 + 48) :]
    with pytest.raises(AgeError):
        age.decrypt(out.getvalue(), ME)


@given(st.binary(max_size=300), st.lists(st.integers(1, 40), max_size=20))
def test_however_it_is_written_it_reads_the_same(data: bytes, cuts: list[int]) -> None:
    out, rest = io.BytesIO(), data
    with age.Writer(out, [ME.recipient]) as writer:
        for cut in cuts:
            writer.write(rest[:cut])
            rest = rest[cut:]
        writer.write(rest)
    assert age.decrypt(out.getvalue(), ME) == data


SMALL = age.encrypt(b"lo que conto", [ME.recipient])


@settings(max_examples=300)
@given(st.integers(0, len(SMALL) - 1), st.integers(1, 255))
def test_any_byte_changed_is_refused(at: int, by: int) -> None:
    broken = SMALL[:at] + bytes([SMALL[at] ^ by]) + SMALL[at + 1 :]
    with pytest.raises(AgeError):
        age.decrypt(broken, ME)


@given(st.integers(0, len(SMALL) - 1))
def test_any_end_cut_off_is_refused(at: int) -> None:
    with pytest.raises(AgeError):
        age.decrypt(SMALL[:at], ME)


TWO = age.encrypt(bytes(2 * CHUNK), [ME.recipient])
START = len(TWO) - 2 * (CHUNK + 16)
HEADER = SMALL[: SMALL.index(b"\n---") + 1]


def with_header(*stanzas: bytes) -> bytes:
    return age.INTRO + b"".join(stanzas) + SMALL[SMALL.index(b"---") :]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (b"", "inside its header"),
        (b"age-encryption.org/v2\n" + SMALL[22:], "not of version 1"),
        (b"PK\x03\x04 algo que no es age", "not an age file"),
        (SMALL[:40], "inside its header"),
        (SMALL[: SMALL.index(b"---") + 60], "before its contents"),
        (TWO[:-16], "changed"),
        (TWO[: START + CHUNK + 16], "cut off"),
        (TWO[: START + CHUNK + 16 + 7], "cut off"),
        (TWO[:START] + TWO[START + CHUNK + 16 :] + TWO[START : START + CHUNK + 16], "changed"),
        (SMALL + b"x", "changed"),
        (TWO + b"x", "after the end"),
        (TWO + b"x" * 70_000, "after the end"),
        (with_header(b"-> X25519 " + b"A" * 42 + b"B\n", b"A" * 43 + b"\n"), "not canonical"),
        (with_header(b"-> X25519 " + b"A" * 43 + b"\n", b"A" * 43 + b"\n"), "low order"),
        (with_header(b"-> X25519\n", b"A" * 43 + b"\n"), "broken X25519"),
        (with_header(b"->  X\n", b"\n"), "broken stanza"),
        (with_header(b"-> X\n", b"A" * 65 + b"\n"), "too long"),
        (with_header(), "names no recipient"),
        (age.INTRO + b"-> a\n\n" * 20_000, "too large"),
        (age.encrypt(b"x", [Identity.generate().recipient]), "does not open"),
        (SMALL.replace(b"--- ", b"---", 1), "broken last line"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_damaged_file_gets_its_own_sentence_and_gives_nothing(fault: bytes, said: str) -> None:
    with pytest.raises(AgeError) as refused:
        age.decrypt(fault, ME)
    assert said in str(refused.value)


def test_a_changed_header_is_refused_though_its_key_opens() -> None:
    other = Identity.generate()
    sealed = age.encrypt(b"x", [ME.recipient, other.recipient])
    lines = sealed.split(b"\n")
    with pytest.raises(AgeError) as refused:
        age.decrypt(b"\n".join([*lines[:3], *lines[5:]]), ME)
    assert "was changed" in str(refused.value)


def test_unknown_stanzas_are_let_be() -> None:
    file_key = b"k" * 16
    head = age.INTRO + b"-> grease some args\n" + b"A" * 64 + b"\n\n"
    stanza = age._wrap(file_key, ME.recipient)
    head += f"-> {' '.join(stanza.args)}\n{age._b64(stanza.body)}\n".encode() + b"---"
    sealed = head + b" " + age._b64(age._mac(file_key, head)).encode() + b"\n" + bytes(16)
    aead = age.ChaCha20Poly1305(age._hkdf(file_key, bytes(16), b"payload"))
    sealed += aead.encrypt(age._chunk_nonce(0, True), b"hola", None)
    assert age.decrypt(sealed, ME) == b"hola"


def test_an_empty_last_piece_is_refused_unless_the_file_is_empty() -> None:
    file_key = b"k" * 16
    out = age._header(file_key, [ME.recipient]) + bytes(16)
    aead = age.ChaCha20Poly1305(age._hkdf(file_key, bytes(16), b"payload"))
    out += aead.encrypt(age._chunk_nonce(0, False), bytes(CHUNK), None)
    out += aead.encrypt(age._chunk_nonce(1, True), b"", None)
    with pytest.raises(AgeError) as refused:
        age.decrypt(out, ME)
    assert "empty piece" in str(refused.value)


def test_a_stream_cut_at_a_piece_says_so_before_it_ends() -> None:
    given = age.plaintext(io.BytesIO(TWO[: START + CHUNK + 16]), ME)
    with pytest.raises(AgeError):
        list(given)


NOT_RECIPIENTS = ["", "age1", "AGE1QQQ", ME.recipient.text()[:-1], ME.recipient.text().upper()]


@pytest.mark.parametrize("text", NOT_RECIPIENTS)
def test_what_is_no_recipient_is_refused(text: str) -> None:
    with pytest.raises(AgeError):
        Recipient.parse(text)


def test_what_is_no_identity_is_refused_without_repeating_it() -> None:
    broken = ME.text()[:-1] + "Q"
    with pytest.raises(AgeError) as refused:
        Identity.parse(broken)
    assert broken not in str(refused.value)
    assert Identity.parse(ME.text()) == ME


def test_nothing_is_sealed_to_nobody_or_to_a_key_of_low_order() -> None:
    with pytest.raises(AgeError):
        age.encrypt(b"x", [])
    with pytest.raises(AgeError):
        age.encrypt(b"x", [Recipient(bytes(32))])


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(SIZES),
    st.lists(st.tuples(st.integers(0, 4 * CHUNK), st.integers(0, 2 * CHUNK)), max_size=5),
)
def test_any_place_of_a_sealed_file_is_read_as_of_the_plain_one(
    size: int, reads: list[tuple[int, int]]
) -> None:
    data = os.urandom(size)
    opened = io.BufferedReader(age.Opened(io.BytesIO(age.encrypt(data, [ME.recipient])), ME))
    plain = io.BytesIO(data)
    for place, length in reads:
        opened.seek(place)
        plain.seek(place)
        assert opened.read(length) == plain.read(length)
    assert opened.seek(-min(3, size), io.SEEK_END) == size - min(3, size)


@pytest.mark.parametrize("cut", [1, 30, CHUNK + 16])
def test_a_cut_file_is_not_opened_at_any_place(cut: int) -> None:
    sealed = age.encrypt(os.urandom(3 * CHUNK), [ME.recipient])
    with pytest.raises(AgeError):
        age.Opened(io.BytesIO(sealed[:-cut]), ME)


def test_a_damaged_piece_is_found_when_it_is_read() -> None:
    sealed = bytearray(age.encrypt(os.urandom(3 * CHUNK), [ME.recipient]))
    sealed[-2 * CHUNK] ^= 1
    opened = age.Opened(io.BytesIO(bytes(sealed)), ME)
    assert len(opened.read(10)) == 10
    opened.seek(CHUNK + 5)
    with pytest.raises(AgeError):
        opened.read(10)
