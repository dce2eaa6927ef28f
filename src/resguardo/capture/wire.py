"""HTTP/1.1 on a socket, byte for byte: reading a head, copying a body without touching it.

Only what a recording proxy needs, with a deadline on every read, so that a slow drip ends.
Source: RFC 9112, sections 2 to 7.
"""

from __future__ import annotations

import re
import socket
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

HEAD = 256 * 1024
_PIECE = 64 * 1024
_UNPACKED = 1024 * 1024
_FOR_PROXY = {b"proxy-connection", b"proxy-authorization", b"connection", b"keep-alive", b"upgrade"}
_BLANK = re.compile(rb"\r?\n\r?\n")
_LENGTH = re.compile(r"[0-9]{1,18}")
_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\n]*)?\r?\n")


class Broken(Exception):
    """The exchange cannot go on. `code` is one of capture.errors.SENTENCES."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Head:
    """A message before its body: `raw` is every byte of it, `fields` have lower-case names."""

    raw: bytes
    first: str
    fields: tuple[tuple[str, str], ...]

    def get(self, name: str) -> str:
        """All values of a field, joined by commas; empty when there is none."""
        return ", ".join(value for key, value in self.fields if key == name)


def parse(raw: bytes) -> Head:
    """The head in `raw`. Raises Broken."""
    first, *lines = raw.decode("latin-1").rstrip("\r\n").split("\n")
    fields: list[tuple[str, str]] = []
    for line in lines:
        if line[:1] in (" ", "\t") and fields:
            name, value = fields.pop()
            fields.append((name, f"{value} {line.strip()}"))
            continue
        name, colon, value = line.partition(":")
        if not colon:
            raise Broken("unreachable")
        fields.append((name.strip().lower(), value.strip()))
    return Head(raw, first.strip(), tuple(fields))


class Stream:
    """The reading side of a connected socket, until `deadline` (time.monotonic seconds)."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self.sock, self.deadline = sock, deadline
        self._held = b""

    def _more(self) -> bytes:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise Broken("blocked-time")
        self.sock.settimeout(left)
        try:
            return self.sock.recv(_PIECE)
        except TimeoutError:
            raise Broken("blocked-time") from None
        except OSError:
            raise Broken("unreachable") from None

    def some(self, most: int = _PIECE) -> bytes:
        """Up to `most` bytes; none at the end."""
        held = self._held or self._more()
        self._held = held[most:]
        return held[:most]

    def until(self, end: re.Pattern[bytes], most: int) -> bytes:
        """Everything through the first `end`; none if the other side closed first. Raises Broken."""
        held = self._held
        found = end.search(held)
        while not found:
            if len(held) > most:
                raise Broken("blocked-size")
            piece = self._more()
            if not piece:
                return b""
            # Only where the end can be, or a head sent byte by byte would cost its square.
            begin = max(0, len(held) - 3)
            held += piece
            found = end.search(held, begin)
        self._held = held[found.end() :]
        return held[: found.end()]

    def head(self) -> Head | None:
        """The next message's head, None if the other side closed. Raises Broken."""
        raw = self.until(_BLANK, HEAD)
        return parse(raw) if raw else None


@dataclass(frozen=True)
class Piece:
    """A part of a body: `raw` as it came over the wire, `data` without the framing of chunks."""

    raw: bytes
    data: bytes


def body(stream: Stream, head: Head, *, ends: str) -> Iterator[Piece]:
    """The body that follows `head`, piece by piece.

    `ends` says what a message without length does: "nothing" (a request has no body) or "close" (a
    response lasts until the other side closes). Raises Broken, unreachable when the body was cut short.
    """
    coding = head.get("transfer-encoding").lower()
    length = head.get("content-length")
    if coding:
        if coding != "chunked":
            raise Broken("blocked-encoding")
        yield from _chunks(stream)
    elif length:
        # A list of equal lengths is one length (RFC 9112, 6.3).
        said = {part.strip() for part in length.split(",")}
        only = said.pop()
        if said or not _LENGTH.fullmatch(only):
            raise Broken("unreachable")
        yield from _counted(stream, int(only))
    elif ends == "close":
        while piece := stream.some():
            yield Piece(piece, piece)


def _counted(stream: Stream, left: int) -> Iterator[Piece]:
    while left:
        piece = stream.some(min(left, _PIECE))
        if not piece:
            raise Broken("unreachable")
        left -= len(piece)
        yield Piece(piece, piece)


def _chunks(stream: Stream) -> Iterator[Piece]:
    line_end = re.compile(rb"\n")
    while True:
        line = stream.until(line_end, 4096)
        size = _SIZE.fullmatch(line)
        if not size:
            raise Broken("unreachable")
        yield Piece(line, b"")
        count = int(size[1], 16)
        if not count:
            break
        yield from _counted(stream, count)
        yield Piece(stream.until(line_end, 2), b"")
    while line.strip(b"\r\n"):
        line = stream.until(line_end, HEAD)
        yield Piece(line, b"")


def asked(head: Head, path: str) -> bytes:
    """The request head that goes to the site in place of Chromium's `head`, its other lines untouched.

    Fields meant for a proxy go; the connection is for this exchange only; gzip is the one packing whose
    size can be measured as it comes.
    """
    kept = [f"{head.first.split(' ')[0]} {path} HTTP/1.1".encode("latin-1")]
    for line in head.raw.splitlines()[1:]:
        name, _, value = line.partition(b":")
        if name.lower() in _FOR_PROXY:
            continue
        if name.lower() == b"accept-encoding" and b"gzip" in value:
            line = name + b": gzip"
        if line:
            kept.append(line)
    return b"\r\n".join([*kept, b"Connection: close", b"", b""])


class Gauge:
    """What a response weighs once Chromium unpacks it. Raises Broken when it is more than `most` bytes."""

    def __init__(self, coding: str, most: int) -> None:
        if coding not in ("", "identity", "gzip", "x-gzip"):
            raise Broken("blocked-encoding")
        self._unpacker = zlib.decompressobj(zlib.MAX_WBITS + 16) if "gzip" in coding else None
        self._left = most

    def weigh(self, data: bytes) -> None:
        while data and self._left >= 0:
            if self._unpacker is None:
                self._left -= len(data)
                break
            try:
                self._left -= len(self._unpacker.decompress(data, _UNPACKED))
            except zlib.error:
                raise Broken("blocked-encoding") from None
            data = self._unpacker.unconsumed_tail
        if self._left < 0:
            raise Broken("blocked-size")
