"""The age v1 file format: X25519 recipients, streams, and a new header over an untouched payload.

Ours, on `cryptography`'s primitives, because sealing must hash and encrypt in one pass; whatever it
writes, stock `age` reads, and the other way round. Strict where the format has one way to be written.
Source: C2SP age.md v1; RFC 7748 (X25519), RFC 5869 (HKDF), RFC 8439 (ChaCha20-Poly1305).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import io
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from resguardo.core import bech32
from resguardo.core.errors import ResguardoError

INTRO = b"age-encryption.org/v1\n"
LABEL = b"age-encryption.org/v1/X25519"
CHUNK = 64 * 1024
TAG = 16
FILE_KEY = 16
HEADER_LIMIT = 64 * 1024
COLUMNS = 64
NO_NONCE = bytes(12)


class AgeError(ResguardoError):
    """A file is not a whole, untouched age file for this identity; or a key is not written as one."""

    code = "age"


# Keys -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Recipient:
    """A public key: whom something is sealed to. 32 bytes, written age1..."""

    raw: bytes

    @classmethod
    @lru_cache(maxsize=1024)
    def parse(cls, text: str) -> Recipient:
        """Read `age1...`. Raises AgeError."""
        try:
            return cls(bech32.decode("age", text))
        except ValueError:
            raise AgeError("This is not an age recipient (age1...).") from None

    def text(self) -> str:
        return bech32.encode("age", self.raw)


@dataclass(frozen=True)
class Identity:
    """A secret key: who opens. Never shown by repr; `text` is the only way out."""

    raw: bytes = field(repr=False)

    @classmethod
    def generate(cls) -> Identity:
        return cls(secrets.token_bytes(32))

    @classmethod
    def from_bytes(cls, raw: bytes) -> Identity:
        """The identity that 32 uniform bytes are."""
        return cls(raw)

    @classmethod
    def parse(cls, text: str) -> Identity:
        """Read `AGE-SECRET-KEY-1...`. Raises AgeError, which does not repeat what was given."""
        try:
            if text != text.upper():
                raise ValueError
            return cls(bech32.decode("age-secret-key-", text.lower()))
        except ValueError:
            raise AgeError("This is not an age identity (AGE-SECRET-KEY-1...).") from None

    def text(self) -> str:
        return bech32.encode("age-secret-key-", self.raw).upper()

    @cached_property
    def recipient(self) -> Recipient:
        return Recipient(X25519PrivateKey.from_private_bytes(self.raw).public_key().public_bytes_raw())


# Header -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Stanza:
    """One recipient stanza: its type and arguments, and its body."""

    args: tuple[str, ...]
    body: bytes


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode().rstrip("=")


def _from_b64(text: str) -> bytes:
    """Unpadded, canonical base64; raises AgeError for any other way to write it."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise AgeError("The header of the sealed file is damaged: base64.") from None
    if _b64(raw) != text:
        raise AgeError("The header of the sealed file has base64 that is not canonical.")
    return raw


def _hkdf(key: bytes, salt: bytes | None, info: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt, info).derive(key)


def _wrap(file_key: bytes, to: Recipient) -> Stanza:
    """The X25519 stanza that gives `file_key` to `to`. Raises AgeError for a recipient of low order."""
    ephemeral = X25519PrivateKey.generate()
    share = ephemeral.public_key().public_bytes_raw()
    try:
        shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(to.raw))
    except ValueError:
        raise AgeError("The recipient is not a usable key.") from None
    key = _hkdf(shared, share + to.raw, LABEL)
    return Stanza(("X25519", _b64(share)), ChaCha20Poly1305(key).encrypt(NO_NONCE, file_key, None))


def _unwrap(stanza: Stanza, identity: Identity, own: bytes) -> bytes | None:
    """The file key, if this stanza was written to `identity`, whose public half is `own`."""
    if stanza.args[0] != "X25519":
        return None
    share = _from_b64(stanza.args[1]) if len(stanza.args) == 2 else b""
    if len(share) != 32 or len(stanza.body) != FILE_KEY + TAG:
        raise AgeError("The header of the sealed file has a broken X25519 stanza.")
    try:
        private = X25519PrivateKey.from_private_bytes(identity.raw)
        shared = private.exchange(X25519PublicKey.from_public_bytes(share))
    except ValueError:
        raise AgeError("The header of the sealed file has a key of low order.") from None
    key = _hkdf(shared, share + own, LABEL)
    try:
        return ChaCha20Poly1305(key).decrypt(NO_NONCE, stanza.body, None)
    except InvalidTag:
        return None


def _mac(file_key: bytes, head: bytes) -> bytes:
    return hmac.digest(_hkdf(file_key, None, b"header"), head, hashlib.sha256)


def _header(file_key: bytes, to: Sequence[Recipient]) -> bytes:
    """A whole header, its MAC included. Raises AgeError without recipients."""
    if not to:
        raise AgeError("Nothing can be sealed to nobody.")
    head = INTRO
    for recipient in to:
        stanza = _wrap(file_key, recipient)
        body = _b64(stanza.body)
        lines = [body[i : i + COLUMNS] for i in range(0, len(body) + 1, COLUMNS)]
        head += f"-> {' '.join(stanza.args)}\n".encode() + "".join(f"{line}\n" for line in lines).encode()
    head += b"---"
    return head + b" " + _b64(_mac(file_key, head)).encode() + b"\n"


def _line(src: BinaryIO, read: int) -> bytes:
    """The next line of a header, with its end; `read` bytes came before it."""
    line = src.readline(HEADER_LIMIT - read + 1)
    if read + len(line) > HEADER_LIMIT:
        raise AgeError("The header of the sealed file is too large.")
    if not line.endswith(b"\n"):
        raise AgeError("The sealed file ends inside its header.")
    return line


def _read_header(src: BinaryIO) -> tuple[list[Stanza], bytes, bytes]:
    """The stanzas, the bytes that the MAC covers, and the MAC."""
    intro = src.read(len(INTRO))
    if intro != INTRO:
        if INTRO.startswith(intro):
            raise AgeError("The sealed file ends inside its header.")
        raise AgeError("This is not an age file, or not of version 1.")
    head, stanzas = INTRO, []
    while True:
        line = _line(src, len(head))
        if line.startswith(b"---"):
            break
        args = _arguments(line)
        head += line
        body = ""
        while True:
            line = _line(src, len(head))
            head += line
            text = line[:-1].decode("ascii", "replace")
            if len(text) > COLUMNS:
                raise AgeError("The header of the sealed file has a line that is too long.")
            body += text
            if len(text) < COLUMNS:
                break
        stanzas.append(Stanza(args, _from_b64(body)))
    if not stanzas:
        raise AgeError("The sealed file names no recipient.")
    if not line.startswith(b"--- "):
        raise AgeError("The header of the sealed file has a broken last line.")
    mac = _from_b64(line[4:-1].decode("ascii", "replace"))
    return stanzas, head + b"---", mac


def _arguments(line: bytes) -> tuple[str, ...]:
    """The arguments of a stanza's first line."""
    args = line[3:-1].split(b" ")
    printable = all(arg and all(33 <= byte <= 126 for byte in arg) for arg in args)
    if not line.startswith(b"-> ") or not printable:
        raise AgeError("The header of the sealed file has a broken stanza.")
    return tuple(arg.decode("ascii") for arg in args)


def _file_key(src: BinaryIO, identity: Identity) -> bytes:
    """Read a header and open its file key. Raises AgeError for another identity or a changed header."""
    stanzas, head, mac = _read_header(src)
    own = identity.recipient.raw
    for stanza in stanzas:
        file_key = _unwrap(stanza, identity, own)
        if file_key is not None:
            if not hmac.compare_digest(_mac(file_key, head), mac):
                raise AgeError("The header of the sealed file was changed.")
            return file_key
    raise AgeError("This key does not open the sealed file.")


# Payload ----------------------------------------------------------------------------------------------


def _chunk_nonce(counter: int, last: bool) -> bytes:
    return counter.to_bytes(11) + (b"\x01" if last else b"\x00")


class Sealing:
    """The key and place of one age file that is being written: its head, then chunks, one after another."""

    def __init__(self, to: Sequence[Recipient]) -> None:
        file_key, nonce = secrets.token_bytes(FILE_KEY), secrets.token_bytes(16)
        self.head = _header(file_key, to) + nonce
        self._aead = ChaCha20Poly1305(_hkdf(file_key, nonce, b"payload"))
        self._counter = 0

    def into(self, plain: memoryview, sealed: memoryview, last: bool = False) -> int:
        """Encrypt `plain` into `sealed`, whole chunks unless it is the `last` of the file; how many bytes."""
        at = 0
        for start in range(0, len(plain) or 1, CHUNK):
            chunk = plain[start : start + CHUNK]
            end = at + len(chunk) + TAG
            nonce = _chunk_nonce(self._counter, last and start + CHUNK >= len(plain))
            self._aead.encrypt_into(nonce, chunk, None, sealed[at:end])
            self._counter += 1
            at = end
        return at


class Writer:
    """Writes one age file to `out`: bytes in, header and sealed chunks out.

    Without `close` (or when the block of `with` fails) the file has no last chunk, and nobody takes it
    for whole. `out` is not closed.
    """

    def __init__(self, out: BinaryIO, to: Sequence[Recipient]) -> None:
        self._out = out
        self._sealing = Sealing(to)
        self._rest = b""
        out.write(self._sealing.head)

    def write(self, data: bytes | memoryview) -> None:
        """Take any number of bytes; a chunk is held back until more comes, since the last is marked."""
        view = memoryview(data)
        if len(self._rest) + len(view) <= CHUNK:
            self._rest += view
            return
        if self._rest:
            missing = CHUNK - len(self._rest)
            self._seal(memoryview(self._rest + view[:missing]))
            view = view[missing:]
        whole = (len(view) - 1) // CHUNK * CHUNK
        if whole:
            self._seal(view[:whole])
        self._rest = bytes(view[whole:])

    def _seal(self, plain: memoryview, last: bool = False) -> None:
        sealed = bytearray(sealed_length(len(plain)))
        self._sealing.into(plain, memoryview(sealed), last)
        self._out.write(sealed)

    def close(self) -> None:
        """Write the last chunk: from now on the file is whole."""
        self._seal(memoryview(self._rest), last=True)

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self.close()


def sealed_length(plain: int) -> int:
    """How many bytes `plain` bytes become in chunks, without the head."""
    return plain + TAG * max(1, -(-plain // CHUNK))


def plaintext(src: BinaryIO, identity: Identity) -> Iterator[bytes]:
    """The plaintext of an age file in chunks of up to 64 KiB, each authenticated before it is given.

    Only when the iterator ends without raising was the file whole: a file cut at the end of a chunk gives
    its chunks and then raises AgeError. Whoever keeps what comes out must throw it away on AgeError.
    """
    file_key = _file_key(src, identity)
    nonce = src.read(16)
    if len(nonce) < 16:
        raise AgeError("The sealed file ends before its contents.")
    aead = ChaCha20Poly1305(_hkdf(file_key, nonce, b"payload"))
    counter, chunk = 0, src.read(CHUNK + TAG)
    while True:
        after = src.read(CHUNK + TAG) if len(chunk) == CHUNK + TAG else b""
        yield _open_chunk(aead, chunk, counter, last=not after)
        if not after:
            if src.read(1):
                raise AgeError("There is something after the end of the sealed file.")
            return
        counter, chunk = counter + 1, after


class Opened(io.RawIOBase):
    """The plaintext of an age file, read from any place: only the chunks that are asked for are opened.

    `src` can seek and is not closed. Each chunk is authenticated before a byte of it is given, and the
    last one when the file is opened, so that its size is true. Reading raises AgeError where it is damaged.
    """

    def __init__(self, src: BinaryIO, identity: Identity) -> None:
        super().__init__()
        file_key = _file_key(src, identity)
        nonce = src.read(16)
        if len(nonce) < 16:
            raise AgeError("The sealed file ends before its contents.")
        self._src = src
        self._aead = ChaCha20Poly1305(_hkdf(file_key, nonce, b"payload"))
        self._begin = src.tell()
        sealed = src.seek(0, io.SEEK_END) - self._begin
        self._last = max(0, (sealed - 1) // (CHUNK + TAG))
        self._at, self._held, self._chunk = 0, -1, b""
        self.size = self._last * CHUNK + len(self._open(self._last))

    def _open(self, number: int) -> bytes:
        """The plaintext of one chunk; the newest one is kept."""
        if number != self._held:
            self._src.seek(self._begin + number * (CHUNK + TAG))
            sealed = self._src.read(CHUNK + TAG)
            self._chunk = _open_chunk(self._aead, sealed, number, last=number == self._last)
            self._held = number
        return self._chunk

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, into: Any) -> int:
        if self._at >= self.size:
            return 0
        number, inside = divmod(self._at, CHUNK)
        given = self._open(number)[inside : inside + len(into)]
        into[: len(given)] = given
        self._at += len(given)
        return len(given)


def _open_chunk(aead: ChaCha20Poly1305, chunk: bytes, counter: int, last: bool) -> bytes:
    if len(chunk) < TAG:
        raise AgeError("The sealed file is cut off.")
    if last and counter and len(chunk) == TAG:
        raise AgeError("The sealed file ends with an empty piece, which is not allowed.")
    try:
        return aead.decrypt(_chunk_nonce(counter, last), chunk, None)
    except InvalidTag:
        pass
    try:
        aead.decrypt(_chunk_nonce(counter, not last), chunk, None)
    except InvalidTag:
        raise AgeError("The sealed file was changed: piece %(piece)d.", piece=counter) from None
    if last:
        raise AgeError("The sealed file is cut off.")
    raise AgeError("There is something after the end of the sealed file.")


# Whole files ------------------------------------------------------------------------------------------


def encrypt(plain: bytes, to: Sequence[Recipient]) -> bytes:
    """Seal `plain` to every recipient. Raises AgeError without recipients."""
    out = io.BytesIO()
    with Writer(out, to) as writer:
        writer.write(plain)
    return out.getvalue()


def decrypt(sealed: bytes, identity: Identity) -> bytes:
    """Open a whole age file. Raises AgeError, and then gives nothing."""
    return b"".join(plaintext(io.BytesIO(sealed), identity))


def rewrap(src: BinaryIO, out: BinaryIO, identity: Identity, to: Sequence[Recipient]) -> None:
    """Write the file of `src` to `out` under a new header for `to`; the payload's bytes stay as they are.

    The payload is copied, not opened: damage in it stays, and is found by whoever opens it.
    """
    out.write(_header(_file_key(src, identity), to))
    while piece := src.read(CHUNK):
        out.write(piece)
