"""HTTP as it comes, not as it should: bytes are kept, sizes are measured, nothing waits for ever."""

from __future__ import annotations

import contextlib
import gzip
import socket
import threading
import time

import pytest

from resguardo.capture.wire import Broken, Gauge, Stream, asked, body, parse


def coming(raw: bytes, seconds: float = 2) -> Stream:
    """A stream on which `raw` comes, and then the end."""
    near, far = socket.socketpair()

    def send() -> None:
        with far, contextlib.suppress(OSError):
            far.sendall(raw)

    threading.Thread(target=send, daemon=True).start()
    return Stream(near, time.monotonic() + seconds)


def whole(raw: bytes) -> tuple[bytes, bytes]:
    """The body of a response, as it came and without framing."""
    stream = coming(raw)
    head = stream.head()
    assert head is not None
    pieces = list(body(stream, head, ends="close"))
    stream.sock.close()
    return b"".join(piece.raw for piece in pieces), b"".join(piece.data for piece in pieces)


@pytest.mark.parametrize(
    ("framing", "raw", "data"),
    [
        (b"Content-Length: 5", b"hola!", b"hola!"),
        (b"Content-Length: 5, 5", b"hola!", b"hola!"),
        (b"Content-Length: 0", b"", b""),
        (b"X: 1", b"hasta el final", b"hasta el final"),
        (b"Transfer-Encoding: chunked", b"4\r\nhola\r\n0\r\n\r\n", b"hola"),
        (b"Transfer-Encoding:chunked", b"2;a=b\r\nho\r\n 2 \r\nla\r\n0\r\nX: y\r\nZ: w\r\n\r\n", b"hola"),
        (b"Transfer-Encoding: chunked\r\nContent-Length: 3", b"A\nhola mundo\n0\n\n", b"hola mundo"),
    ],
)
def test_a_body_is_copied_to_the_byte(framing: bytes, raw: bytes, data: bytes) -> None:
    assert whole(b"HTTP/1.1 200 OK\r\n" + framing + b"\r\n\r\n" + raw) == (raw, data)


@pytest.mark.parametrize(
    ("framing", "raw", "code"),
    [
        (b"Content-Length: 6", b"corto", "unreachable"),
        (b"Content-Length: 5, 6", b"hola!!", "unreachable"),
        (b"Content-Length: -1", b"", "unreachable"),
        (b"Content-Length: 0x5", b"hola!", "unreachable"),
        (b"Transfer-Encoding: chunked", b"zz\r\nhola", "unreachable"),
        (b"Transfer-Encoding: chunked", b"-1\r\n", "unreachable"),
        (b"Transfer-Encoding: chunked", b"4\r\nho", "unreachable"),
        (b"Transfer-Encoding: chunked", b"4" * 9000, "blocked-size"),
        (b"Transfer-Encoding: gzip, chunked", b"0\r\n\r\n", "blocked-encoding"),
    ],
)
def test_a_body_that_is_not_what_its_head_says_is_broken(framing: bytes, raw: bytes, code: str) -> None:
    with pytest.raises(Broken) as error:
        whole(b"HTTP/1.1 200 OK\r\n" + framing + b"\r\n\r\n" + raw)
    assert error.value.code == code


def test_a_head_without_end_and_a_drip_are_given_up() -> None:
    with pytest.raises(Broken, match="blocked-size"):
        coming(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000).head()
    near, far = socket.socketpair()
    with near, far, pytest.raises(Broken, match="blocked-time"):
        Stream(near, time.monotonic() + 0.1).head()


def test_a_head_keeps_its_bytes_whatever_they_are() -> None:
    raw = b"HTTP/1.1 200\r\nX-Odd:  a\r\n folded\r\nx-odd: \xe1\r\n\r\n"
    head = parse(raw)
    assert (head.raw, head.get("x-odd")) == (raw, "a folded, á")


def test_the_site_is_asked_without_what_is_the_proxys() -> None:
    head = parse(
        b"GET http://a.test/x HTTP/1.1\r\nHost: a.test\r\nProxy-Connection: keep-alive\r\n"
        b"Accept-Encoding: gzip, deflate, br\r\nUpgrade: h2c\r\nX-Kept:  as it is\r\n\r\n"
    )
    assert asked(head, "/x").split(b"\r\n") == [
        b"GET /x HTTP/1.1",
        b"Host: a.test",
        b"Accept-Encoding: gzip",
        b"X-Kept:  as it is",
        b"Connection: close",
        b"",
        b"",
    ]


def test_what_unpacks_to_too_much_is_stopped_on_the_way() -> None:
    packed = gzip.compress(bytes(50_000_000))
    assert len(packed) < 100_000
    Gauge("gzip", 50_000_000).weigh(packed)
    with pytest.raises(Broken, match="blocked-size"):
        Gauge("gzip", 1_000_000).weigh(packed)
    with pytest.raises(Broken, match="blocked-size"):
        Gauge("", 3).weigh(b"cuatro")


@pytest.mark.parametrize("coding", ["br", "zstd", "deflate", "gzip, gzip"])
def test_what_cannot_be_measured_is_not_taken(coding: str) -> None:
    with pytest.raises(Broken, match="blocked-encoding"):
        Gauge(coding, 1000)


def test_what_is_not_gzip_is_not_taken_for_it() -> None:
    with pytest.raises(Broken, match="blocked-encoding"):
        Gauge("gzip", 1000).weigh(b"no es gzip")
