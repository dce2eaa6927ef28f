"""A witness cosigns what grows, and nothing else, whoever asks and however."""

from __future__ import annotations

import base64
import http.client
import logging
import random
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from resguardo.core.checkpoint import DASH, Checkpoint, check_cosignature, key_id, sign
from resguardo.core.merkle import EMPTY
from resguardo.witness.book import NOTHING, Book, Seen
from resguardo.witness.server import LIMIT, SIZE, Witness
from tests.witness import NAME, NOW, Log, process, request, serving, witness

PLAIN = "text/plain; charset=utf-8"


@pytest.fixture
def honest() -> Log:
    return Log().grow(40)


@pytest.fixture
def seen(tmp_path: Path, honest: Log) -> Witness:
    """A witness that has cosigned the honest log at 20."""
    made = witness(tmp_path, honest)
    assert made.add_checkpoint(honest.request(0, 20)).status == 200
    return made


@pytest.fixture
def port(seen: Witness) -> Iterator[int]:
    with serving(seen) as port:
        yield port


def post(port: int, body: bytes, path: str = "/add-checkpoint") -> tuple[int, str, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("POST", path, body)
        answer = connection.getresponse()
        return answer.status, answer.headers["Content-Type"], answer.read().decode()
    finally:
        connection.close()


def raw(port: int, content: bytes) -> bytes:
    """Whatever comes back for `content`, until the other side closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as wire:
        received = b""
        with suppress(OSError):
            wire.sendall(content)
            wire.shutdown(socket.SHUT_WR)
            while got := wire.recv(65536):
                received += got
        return received


def test_an_honest_log_is_cosigned_from_its_beginning(port: int, seen: Witness, honest: Log) -> None:
    for old, new in [(20, 21), (21, 32), (32, 32), (32, 40)]:
        status, kind, line = post(port, honest.request(old, new))
        assert (status, kind) == (200, PLAIN)
        assert line.startswith(f"{DASH}{NAME} ")
        assert check_cosignature(line, honest.note(new), seen.key.public_key()) == NOW
        assert seen.book.newest(honest.origin) == Seen(new, honest.root(new))


@given(st.lists(st.integers(0, 60), min_size=1, max_size=6).map(sorted))
def test_growth_by_any_steps_is_cosigned(tmp_path_factory: pytest.TempPathFactory, steps: list[int]) -> None:
    log = Log().grow(60)
    made = witness(tmp_path_factory.mktemp("steps"), log)
    for old, new in zip([0, *steps], steps, strict=False):
        assert made.add_checkpoint(log.request(old, new)).status == 200


def test_a_replay_is_told_where_the_witness_is(port: int, seen: Witness, honest: Log) -> None:
    assert post(port, honest.request(20, 30))[0] == 200
    assert post(port, honest.request(20, 30)) == (409, SIZE, "30\n")
    assert post(port, honest.request(0, 30)) == (409, SIZE, "30\n")
    assert seen.book.newest(honest.origin).size == 30


def test_the_same_tree_is_cosigned_again(port: int, honest: Log) -> None:
    assert post(port, honest.request(20, 20))[0] == 200


def test_a_rollback_is_refused(port: int, seen: Witness, honest: Log) -> None:
    assert post(port, honest.request(10, 15)) == (409, SIZE, "20\n")
    assert post(port, honest.request(0, 10)) == (409, SIZE, "20\n")
    assert post(port, honest.request(10, 10)) == (409, SIZE, "20\n")
    assert post(port, request(20, [], honest.note(15)))[0] == 400
    assert seen.book.newest(honest.origin).size == 20


def test_a_fork_at_the_same_size_is_refused_and_noticed(
    port: int, seen: Witness, honest: Log, caplog: pytest.LogCaptureFixture
) -> None:
    fork = honest.fork(19).grow(1, "other")
    status, kind, text = post(port, fork.request(20, 20))
    assert (status, kind) == (409, PLAIN)
    assert "Another tree" in text
    assert seen.book.newest(honest.origin) == Seen(20, honest.root(20))
    assert "two different trees of size 20" in caplog.text


def test_a_fork_at_a_larger_size_is_refused_and_noticed(
    port: int, seen: Witness, honest: Log, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    fork = honest.fork(19).grow(11, "other")
    assert post(port, fork.request(20, 30))[0] == 422
    assert post(port, request(20, [], fork.note(30)))[0] == 422
    assert post(port, request(20, honest.proof(20, 30), fork.note(30)))[0] == 422
    assert seen.book.newest(honest.origin) == Seen(20, honest.root(20))
    assert "did not prove that 30 continues 20" in caplog.text


def test_a_wrong_proof_is_refused(port: int, seen: Witness, honest: Log) -> None:
    right, note = honest.proof(20, 30), honest.note(30)
    for wrong in [[], right[:-1], [*right, EMPTY], right[::-1], honest.proof(19, 30), [EMPTY] * 63]:
        assert post(port, request(20, wrong, note))[0] == 422
    assert post(port, request(20, [EMPTY], honest.note(20)))[0] == 422
    assert seen.book.newest(honest.origin).size == 20


def test_a_first_checkpoint_has_no_proof(tmp_path: Path, honest: Log) -> None:
    made = witness(tmp_path, honest)
    assert made.add_checkpoint(request(0, [EMPTY], honest.note(20))).status == 422
    assert made.book.newest(honest.origin) == NOTHING
    assert made.add_checkpoint(request(0, [], honest.note(20))).status == 200


def test_an_empty_log_has_one_root(tmp_path: Path, honest: Log) -> None:
    made = witness(tmp_path, honest)
    false = sign(Checkpoint(honest.origin, 0, honest.root(1), NOW), honest.key)
    assert made.add_checkpoint(request(0, [], false)).status == 409
    assert made.add_checkpoint(honest.request(0, 0)).status == 200
    assert made.add_checkpoint(honest.request(0, 7)).status == 200


def test_an_unknown_log_is_not_found(port: int) -> None:
    assert post(port, Log("another.example/log").grow(3).request(0, 3))[0] == 404


def test_another_key_is_forbidden(port: int, honest: Log) -> None:
    honest.key = Ed25519PrivateKey.generate()
    assert post(port, honest.request(20, 30))[0] == 403


def test_a_wrong_signature_is_forbidden_even_beside_a_right_one(port: int, honest: Log) -> None:
    wrong = honest.note(29).rpartition("\n\n")[2]
    body, _, right = honest.note(30).rpartition("\n\n")
    for signatures in (wrong, right + wrong, wrong + right):
        assert post(port, request(20, honest.proof(20, 30), f"{body}\n\n{signatures}"))[0] == 403


def test_signatures_of_strangers_are_let_be(port: int, honest: Log) -> None:
    strangers = f"{DASH}mp.example/w AAAA\n{DASH}{honest.origin} {'A' * 88}\n"
    body, _, right = honest.note(30).rpartition("\n\n")
    assert post(port, request(20, honest.proof(20, 30), f"{body}\n\n{strangers}{right}"))[0] == 200
    assert post(port, request(30, [], f"{body}\n\n{right}{strangers}"))[0] == 200


@pytest.mark.parametrize("more", ["", "a line\n", "a line\n\N{EM DASH} another + one\n"])
def test_logs_of_others_write_other_lines(seen: Witness, honest: Log, more: str) -> None:
    body = "\n".join(honest.note(30).split("\n")[:3]) + "\n" + more
    blob = key_id(honest.origin, honest.key.public_key()) + honest.key.sign(body.encode())
    note = f"{body}\n{DASH}{honest.origin} {base64.b64encode(blob).decode()}\n"
    answer = seen.add_checkpoint(request(20, honest.proof(20, 30), note))
    assert answer.status == 200
    assert check_cosignature(answer.text, note, seen.key.public_key()) == NOW


GOOD = Log().grow(30).request(20, 30).decode()
MUSEUM = {
    "empty": "",
    "no_old": GOOD.split("\n", 1)[1],
    "old_with_a_zero_before": GOOD.replace("old 20", "old 020"),
    "old_with_a_minus": GOOD.replace("old 20", "old -20"),
    "old_with_two_spaces": GOOD.replace("old 20", "old  20"),
    "old_in_other_digits": GOOD.replace("old 20", "old ٢٠"),
    "old_without_end": GOOD.replace("old 20", "old " + "9" * 5000),
    "old_larger_than_the_checkpoint": GOOD.replace("old 20", "old 31"),
    "sixty_four_proof_lines": GOOD.replace("old 20\n", "old 20\n" + ("A" * 43 + "=\n") * 64),
    "a_short_hash": GOOD.replace("old 20\n", "old 20\nAAAA\n"),
    "a_hash_written_another_way": GOOD.replace("old 20\n", "old 20\n" + "A" * 42 + "B=\n"),
    "a_proof_line_with_a_return": GOOD.replace("old 20\n", "old 20\r\n"),
    "no_empty_line": GOOD.replace("\n\nresguardo", "\nresguardo"),
    "two_empty_lines": GOOD.replace("\n\nresguardo", "\n\n\nresguardo"),
    "no_note": GOOD.split("\n\n")[0] + "\n\n",
    "no_signature": GOOD.rpartition("\n\n")[0] + "\n",
    "an_empty_signature": GOOD.rpartition(" ")[0] + " \n",
    "signature_not_base64": GOOD.rpartition(" ")[0] + " A===\n",
    "a_minus_for_the_dash": GOOD.replace(DASH, "- "),
    "cut_off": GOOD[:-1],
    "more_behind": GOOD + "\n",
    "a_tab": GOOD.replace("time ", "time\t"),
    "a_null": GOOD.replace("time ", "time\0"),
    "size_with_a_zero_before": GOOD.replace("\n30\n", "\n030\n"),
    "a_short_root": GOOD.replace("=\ntime", "\ntime"),
}


@pytest.mark.parametrize("text", MUSEUM.values(), ids=MUSEUM)
def test_a_malformed_request_is_refused(seen: Witness, text: str) -> None:
    assert seen.add_checkpoint(text.encode()).status == 400
    assert seen.book.newest("resguardo.example/log").size == 20


def test_a_request_that_is_not_text_is_refused(seen: Witness) -> None:
    assert seen.add_checkpoint(GOOD.encode("utf-16")).status == 400
    assert seen.add_checkpoint(b"\xff" + GOOD.encode()).status == 400


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Witness:
    log = Log().grow(40)
    made = witness(tmp_path_factory.mktemp("standing"), log)
    assert made.add_checkpoint(log.request(0, 20)).status == 200
    return made


@pytest.fixture(scope="module")
def open_port(standing: Witness) -> Iterator[int]:
    with serving(standing) as port:
        yield port


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_bytes_are_malformed(standing: Witness, body: bytes) -> None:
    assert standing.add_checkpoint(body).status == 400


@given(st.data())
def test_a_request_spoiled_anywhere_never_moves_the_witness_elsewhere(
    standing: Witness, data: st.DataObject
) -> None:
    log = Log().grow(40)
    body = bytearray(log.fork(19).grow(21, "other").request(20, data.draw(st.integers(20, 40))))
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(0, len(body)))
        body[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    assert standing.add_checkpoint(bytes(body)).status in (400, 403, 404, 409, 422)
    assert standing.book.newest(log.origin) == Seen(20, log.root(20))


@given(st.binary(max_size=500))
def test_any_bytes_over_http_leave_the_server_standing(open_port: int, noise: bytes) -> None:
    head = f"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: {len(noise)}\r\n\r\n".encode()
    assert raw(open_port, head + noise).startswith(b"HTTP/1.1 400 ")
    raw(open_port, noise)
    assert post(open_port, Log().grow(30).request(10, 30)) == (409, SIZE, "20\n")


@pytest.mark.parametrize(
    ("status", "head"),
    [
        (404, b"POST /other HTTP/1.1\r\nContent-Length: 0\r\n\r\n"),
        (404, b"POST /add-checkpoint?x HTTP/1.1\r\nContent-Length: 0\r\n\r\n"),
        (501, b"GET /add-checkpoint HTTP/1.1\r\n\r\n"),
        (411, b"POST /add-checkpoint HTTP/1.1\r\n\r\n"),
        (411, b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx"),
        (411, b"POST /add-checkpoint HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        (400, b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: +1\r\n\r\nx"),
        (413, b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % (LIMIT + 1)),
        (413, b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % 10**17),
        (501, b"NONSENSE / HTTP/1.1\r\n\r\n"),
    ],
)
def test_other_requests_are_refused_in_one_plain_line(port: int, status: int, head: bytes) -> None:
    answer = raw(port, head)
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert b"Connection: close" in answer
    assert b"Python" not in answer
    assert answer.rpartition(b"\r\n\r\n")[2].count(b"\n") == 1


def test_a_body_of_the_largest_size_is_read(port: int) -> None:
    assert post(port, bytes(LIMIT))[0] == 400


def test_a_connection_brings_more_than_one_request(port: int, honest: Log) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.connect()
    wire = connection.sock
    for status, old, new in [(200, 20, 25), (409, 20, 30), (200, 25, 30)]:
        connection.request("POST", "/add-checkpoint", honest.request(old, new))
        answer = connection.getresponse()
        answer.read()
        assert answer.status == status
        assert connection.sock is wire
    connection.close()


def test_whoever_dawdles_is_cut_off(seen: Witness) -> None:
    start = b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 1000\r\n\r\n"
    with serving(seen, seconds=0.5) as port, socket.create_connection(("127.0.0.1", port)) as wire:
        begun = time.monotonic()
        with suppress(ConnectionError):
            for byte in start + bytes(100):
                wire.sendall(bytes([byte]))
                time.sleep(0.05)
        assert time.monotonic() - begun < 5


def test_a_crowd_is_turned_away_and_may_come_again(seen: Witness, honest: Log) -> None:
    with serving(seen, places=2) as port:
        idle = [socket.create_connection(("127.0.0.1", port)) for _ in range(2)]
        assert raw(port, b"POST /add-checkpoint HTTP/1.1\r\n\r\n") == b""
        for each in idle:
            each.close()
        while not raw(port, b"POST /other HTTP/1.1\r\n\r\n"):
            time.sleep(0.05)
        assert post(port, honest.request(20, 30))[0] == 200


def test_a_spoiled_book_cosigns_nothing(port: int, seen: Witness, honest: Log) -> None:
    (page,) = seen.book.folder.glob("*.seen")
    page.write_bytes(b"")
    assert post(port, honest.request(0, 30))[0] == 500
    assert page.read_bytes() == b""


def test_nothing_that_was_sent_is_written_down(
    port: int, honest: Log, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    body = honest.fork(19).grow(11, "other").request(20, 30)
    post(port, body)
    post(port, b"SECRET")
    raw(port, b"SECRET\r\n\r\n")
    said = caplog.text + "".join(capfd.readouterr())
    assert "SECRET" not in said
    assert not any(line in said for line in body.decode().split("\n") if len(line) > 40)


def test_two_histories_of_one_size_are_never_both_cosigned(tmp_path: Path) -> None:
    """Two processes of one witness, and both branches of each of many logs at once."""
    logs = [Log(f"log{number}.example").grow(20) for number in range(12)]
    forks = [log.fork(7).grow(13, "other") for log in logs]
    made = witness(tmp_path, *logs)
    for log in logs:
        assert made.add_checkpoint(log.request(0, 7)).status == 200
    with process(tmp_path) as (_, one), process(tmp_path) as (_, two):
        for log, fork in zip(logs, forks, strict=True):
            asked = [(port, each, size) for size in (20, 13) for port in (one, two) for each in (log, fork)]
            start, cosigned = threading.Barrier(len(asked)), set()

            def ask(port: int, branch: Log, size: int, start=start, cosigned=cosigned) -> None:
                start.wait()
                if post(port, branch.request(7, size))[0] == 200:
                    cosigned.add((size, branch.root(size)))

            threads = [threading.Thread(target=ask, args=each) for each in asked]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert len(cosigned) == 1
            assert Seen(*cosigned.pop()) == made.book.newest(log.origin)


@pytest.mark.slow
def test_a_killed_witness_keeps_what_it_has_cosigned(tmp_path: Path) -> None:
    log = Log().grow(3000)
    book = Book(tmp_path / "book")
    book.enter(log.vkey)
    acknowledged, chance = 0, random.Random(4)
    for _ in range(8):
        with process(tmp_path) as (running, port):
            death = threading.Timer(chance.uniform(0.02, 0.3), running.kill)
            death.start()
            known = book.newest(log.origin).size
            assert known >= acknowledged
            with suppress(OSError, http.client.HTTPException):
                while known < 2990:
                    status, _, _ = post(port, log.request(known, known + 1))
                    assert status == 200
                    known = acknowledged = known + 1
            death.join()
        newest = book.newest(log.origin)
        assert newest.size in (acknowledged, acknowledged + 1)
        assert newest.root == log.root(newest.size)
    assert acknowledged > 8
    again = witness(tmp_path, log)
    fork = log.fork(acknowledged - 1).grow(20, "other")
    assert again.add_checkpoint(fork.request(0, acknowledged)).status == 409
    assert again.add_checkpoint(fork.request(newest.size, newest.size)).status == 409
    assert again.add_checkpoint(fork.request(newest.size, newest.size + 5)).status == 422
    assert again.add_checkpoint(log.request(newest.size, newest.size + 5)).status == 200
    assert book.newest(log.origin).size == newest.size + 5
