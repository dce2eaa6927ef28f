"""Anchors: promises of calendars become ways to a Bitcoin block, whatever other calendars do."""

from __future__ import annotations

import hashlib
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentimestamps.core.notary import (
    BitcoinBlockHeaderAttestation,
    LitecoinBlockHeaderAttestation,
    PendingAttestation,
    UnknownAttestation,
)
from opentimestamps.core.op import OpAppend, OpPrepend, OpSHA256
from opentimestamps.core.serialize import BytesDeserializationContext, BytesSerializationContext
from opentimestamps.core.timestamp import DetachedTimestampFile, Timestamp

from resguardo.core.anchors import ANSWER_LIMIT, AnchorError, describe, submit, upgrade

DIGEST = hashlib.sha256(b"a checkpoint").digest()
HEIGHT = 870_000

Reply = Callable[[str, bytes], tuple[int, bytes]]


class Calendar:
    """A calendar that promises, and completes what it promised once it is `mined`."""

    def __init__(self, name: bytes = b"one") -> None:
        self.name, self.address, self.mined = name, "", False
        self.asked: list[str] = []
        self.promised: set[bytes] = set()
        self.root = b""

    def reply(self, path: str, body: bytes) -> tuple[int, bytes]:
        self.asked.append(path)
        if path == "/digest":
            stamp = Timestamp(body)
            commitment = stamp.ops.add(OpPrepend(self.name)).ops.add(OpSHA256())
            self.promised.add(commitment.msg)
            commitment.attestations.add(PendingAttestation(self.address))
            return 200, wire(stamp)
        commitment_hash = bytes.fromhex(path.removeprefix("/timestamp/"))
        if commitment_hash not in self.promised:
            return 404, b"Not found"
        if not self.mined:
            return 404, b"Pending confirmation in Bitcoin blockchain"
        stamp = Timestamp(commitment_hash)
        block = stamp.ops.add(OpAppend(b"a transaction")).ops.add(OpSHA256()).ops.add(OpSHA256())
        block.attestations.add(BitcoinBlockHeaderAttestation(HEIGHT))
        self.root = block.msg
        return 200, wire(stamp)


def wire(stamp: Any) -> bytes:
    context = BytesSerializationContext()
    stamp.serialize(context)
    return bytes(context.getbytes())


def file(stamp: Any) -> bytes:
    return wire(DetachedTimestampFile(OpSHA256(), stamp))


@contextmanager
def serving(reply: Reply) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            status, content = reply(self.path, self.rfile.read(int(self.headers.get("Content-Length", 0))))
            self.send_response(status)
            if status == 302:
                self.send_header("Location", content.decode())
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = answer

        def log_message(self, *args: object) -> None:
            """Tests read no access log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *args: None  # type: ignore[method-assign]
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def one() -> Iterator[Calendar]:
    calendar = Calendar(b"one")
    with serving(calendar.reply) as calendar.address:
        yield calendar


@pytest.fixture
def two() -> Iterator[Calendar]:
    calendar = Calendar(b"two")
    with serving(calendar.reply) as calendar.address:
        yield calendar


@pytest.fixture
def down() -> str:
    """An address at which nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{held.getsockname()[1]}"


def test_what_was_promised_is_completed(one: Calendar) -> None:
    ots = submit(DIGEST, [one.address])
    assert describe(ots) == {"digest": DIGEST.hex(), "pending": [one.address], "heights": [], "roots": []}
    assert upgrade(ots, [one.address]) == (ots, False)
    one.mined = True
    complete, done = upgrade(ots, [one.address])
    assert done
    assert describe(complete) == {
        "digest": DIGEST.hex(),
        "pending": [],
        "heights": [HEIGHT],
        "roots": [one.root[::-1].hex()],
    }


def test_the_library_itself_reads_the_file_and_finds_the_block(one: Calendar) -> None:
    one.mined = True
    ots, _ = upgrade(submit(DIGEST, [one.address]), [one.address])
    read = DetachedTimestampFile.deserialize(BytesDeserializationContext(ots))
    assert read.file_digest == DIGEST
    blocks = [each for each in read.timestamp.all_attestations() if "Bitcoin" in repr(each[1])]
    assert blocks == [(one.root, BitcoinBlockHeaderAttestation(HEIGHT))]


def test_promises_of_all_calendars_are_in_one_file(one: Calendar, two: Calendar) -> None:
    ots = submit(DIGEST, [one.address, two.address])
    assert describe(ots)["pending"] == sorted([one.address, two.address])
    two.mined = True
    ots, done = upgrade(ots, [one.address, two.address])
    assert done
    assert describe(ots)["pending"] == [one.address]
    one.mined = True
    ots, done = upgrade(ots, [one.address, two.address])
    assert done
    assert describe(ots)["pending"] == []
    assert len(describe(ots)["roots"]) == 2


def test_what_is_complete_is_not_asked_for_again(one: Calendar) -> None:
    one.mined = True
    ots, _ = upgrade(submit(DIGEST, [one.address]), [one.address])
    one.asked.clear()
    assert upgrade(ots, [one.address]) == (ots, True)
    assert one.asked == []


def test_only_calendars_of_the_operator_are_asked(one: Calendar, two: Calendar) -> None:
    ots = submit(DIGEST, [one.address])
    one.mined = True
    one.asked.clear()
    for allowed in ([], [two.address], [one.address + "/other"], [one.address[:-1]], ["*"]):
        assert upgrade(ots, allowed) == (ots, False)
    assert one.asked == two.asked == []
    assert upgrade(ots, [one.address + "/"])[1]


def test_a_calendar_names_another_and_nobody_goes_there(one: Calendar, two: Calendar) -> None:
    def reply(path: str, body: bytes) -> tuple[int, bytes]:
        stamp = Timestamp(body)
        stamp.attestations.add(PendingAttestation(two.address))
        return 200, wire(stamp)

    with serving(reply) as pool:
        ots = submit(DIGEST, [pool])
        assert describe(ots)["pending"] == [two.address]
        assert upgrade(ots, [pool]) == (ots, False)
    assert two.asked == []


def test_a_calendar_that_is_down_leaves_the_others(one: Calendar, down: str) -> None:
    ots = submit(DIGEST, [down, one.address])
    assert describe(ots)["pending"] == [one.address]


def test_no_answer_at_all_is_an_error(down: str) -> None:
    for calendars in ([down], [down, down], []):
        with pytest.raises(AnchorError, match="No calendar answered"):
            submit(DIGEST, calendars)


def test_a_calendar_that_went_down_is_asked_another_time(one: Calendar) -> None:
    with serving(Calendar().reply) as address:
        gone = Calendar()
        gone.address = address
    stamp = Timestamp(DIGEST)
    stamp.attestations.add(PendingAttestation(gone.address))
    assert upgrade(file(stamp), [gone.address]) == (file(stamp), False)


def attested(attestation: Any, message: bytes = DIGEST) -> bytes:
    stamp = Timestamp(message)
    stamp.attestations.add(attestation)
    return wire(stamp)


PROMISE = attested(PendingAttestation("http://127.0.0.1"))
GARBAGE = {
    "nothing": b"",
    "a_page": b"<html>Welcome</html>",
    "zeros": bytes(500),
    "ones": b"\xff" * 500,
    "cut_off": PROMISE[:-1],
    "more_behind": PROMISE + b"\x00",
    "ten_megabytes": bytes(10 * 1024 * 1024),
    "ten_megabytes_behind_a_promise": PROMISE + bytes(10 * 1024 * 1024),
    "just_too_long": PROMISE + bytes(ANSWER_LIMIT + 1 - len(PROMISE)),
    "too_deep": b"\x08" * 300 + PROMISE,
    "no_promise": attested(UnknownAttestation(b"12345678", b"x")),
    "another_chain": attested(LitecoinBlockHeaderAttestation(5)),
    "a_height_without_end": attested(BitcoinBlockHeaderAttestation(1 << 20_000)),
    "a_block_of_a_short_root": b"\x02" + attested(BitcoinBlockHeaderAttestation(5), b"x" * 20),
    "an_address_with_a_question": attested(UnknownAttestation(PendingAttestation.TAG, b"\x04http?")),
}


@pytest.mark.parametrize("content", GARBAGE.values(), ids=GARBAGE)
def test_garbage_is_no_promise(content: bytes, one: Calendar) -> None:
    with serving(lambda path, body: (200, content)) as address:
        with pytest.raises(AnchorError, match="No calendar answered"):
            submit(DIGEST, [address])
        assert describe(submit(DIGEST, [address, one.address]))["pending"] == [one.address]
        stamp = Timestamp(DIGEST)
        stamp.attestations.add(PendingAttestation(address))
        assert upgrade(file(stamp), [address]) == (file(stamp), False)


@pytest.mark.parametrize("status", [201, 204, 400, 404, 500])
def test_another_status_is_no_promise(status: int) -> None:
    with serving(lambda path, body: (status, PROMISE)) as address, pytest.raises(AnchorError):
        submit(DIGEST, [address])


def test_a_redirect_is_not_followed(one: Calendar) -> None:
    def reply(path: str, body: bytes) -> tuple[int, bytes]:
        return 302, f"{one.address}{path}".encode()

    with serving(reply) as address, pytest.raises(AnchorError):
        submit(DIGEST, [address])
    assert one.asked == []


def test_calendars_that_keep_us_waiting_are_left_together() -> None:
    def reply(path: str, body: bytes) -> tuple[int, bytes]:
        time.sleep(2)
        return 200, PROMISE

    with serving(reply) as address:
        begun = time.monotonic()
        with pytest.raises(AnchorError):
            submit(DIGEST, [address] * 6, timeout=0.3)
        assert time.monotonic() - begun < 1.5


def test_an_answer_a_byte_at_a_time_is_cut_off() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def drip() -> None:
            wire, _ = listening.accept()
            with wire:
                try:
                    for byte in b"HTTP/1.1 200 OK\r\n" + b"X-More: and more\r\n" * 50:
                        wire.sendall(bytes([byte]))
                        time.sleep(0.02)
                except OSError:
                    return

        threading.Thread(target=drip, daemon=True).start()
        begun = time.monotonic()
        with pytest.raises(AnchorError):
            submit(DIGEST, [f"http://127.0.0.1:{listening.getsockname()[1]}"], timeout=0.3)
        assert time.monotonic() - begun < 1.5


@pytest.mark.parametrize(
    "address", ["", "127.0.0.1", "ftp://127.0.0.1", "file:///etc/passwd", "http://a@127.0.0.1", "http://[::1"]
)
def test_another_kind_of_address_is_not_asked(address: str) -> None:
    with pytest.raises(AnchorError):
        submit(DIGEST, [address])


def test_a_promise_repeated_a_thousand_times_is_asked_for_a_few_times(one: Calendar) -> None:
    stamp = Timestamp(DIGEST)
    for number in range(1000):
        child = stamp.ops.add(OpAppend(number.to_bytes(2)))
        child.attestations.add(PendingAttestation(one.address))
    upgrade(file(stamp), [one.address])
    assert 0 < len(one.asked) <= 16


def test_an_answer_never_makes_the_file_too_deep_to_read() -> None:
    def reply(path: str, body: bytes) -> tuple[int, bytes]:
        return 200, b"\x08" * 200 + PROMISE

    with serving(reply) as address:
        stamp = deep = Timestamp(DIGEST)
        for _ in range(100):
            deep = deep.ops.add(OpSHA256())
        deep.attestations.add(PendingAttestation(address))
        assert upgrade(file(stamp), [address]) == (file(stamp), False)


def test_only_a_sha256_digest_is_anchored(one: Calendar) -> None:
    with pytest.raises(AnchorError, match="SHA-256"):
        submit(DIGEST[:20], [one.address])
    with pytest.raises(AnchorError, match="SHA-256"):
        describe(DetachedTimestampFile.HEADER_MAGIC + b"\x01\x02" + DIGEST[:20] + PROMISE)
    assert one.asked == []


def test_a_file_without_end_is_not_read() -> None:
    with pytest.raises(AnchorError, match="too large"):
        describe(bytes(10 * 1024 * 1024))


def pieces() -> st.SearchStrategy[bytes]:
    """What a timestamp is made of: forks, operations, attestations, and noise."""
    short = st.binary(min_size=1, max_size=9)
    return st.one_of(
        st.sampled_from([b"\xff", b"\x08", b"\x02", b"\x03", b"\x67", b"\xf2", b"\xf3", b"\x00"]),
        short.map(lambda data: b"\xf0" + bytes([len(data)]) + data),
        short.map(lambda data: b"\xf1" + bytes([len(data)]) + data),
        st.sampled_from([PROMISE, attested(BitcoinBlockHeaderAttestation(1)), *list(GARBAGE.values())[-6:]]),
        short,
    )


@given(st.lists(pieces(), max_size=40).map(b"".join))
def test_any_file_is_described_or_refused(content: bytes) -> None:
    ots = DetachedTimestampFile.HEADER_MAGIC + b"\x01\x08" + DIGEST + content
    try:
        described = describe(ots)
    except AnchorError:
        return
    assert described["digest"] == DIGEST.hex()
    assert upgrade(ots, []) == (ots, bool(described["heights"]))
    read = DetachedTimestampFile.deserialize(BytesDeserializationContext(ots))
    assert describe(wire(read)) == described


def test_without_the_library_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentimestamps.core.timestamp", None)
    with pytest.raises(AnchorError, match="not installed"):
        describe(b"")
