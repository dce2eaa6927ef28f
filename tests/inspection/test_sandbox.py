"""No file harms the one who looks: what a child cannot do, and what its parent makes of its end."""

from __future__ import annotations

import hashlib
import os
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from resguardo.core import age
from resguardo.inspection import sandbox
from resguardo.inspection.finding import Failure
from resguardo.inspection.sandbox import MIB, Limits
from tests.inspection import honest, hostile
from tests.inspection.asking import IDENTITY, SHORT, looked, probed, sealed, unsealed

# What the look must find; of the others it is enough that nothing happens.
MARKS: dict[str, set[str]] = {
    "empty": {"empty", "not-accepted"},
    "elf-program": {"not-accepted"},
    "gif-and-page": {"polyglot"},
    "gif-of-a-hundred-thousand-frames": {"animated"},
    "gif-of-huge-declared-size": {"huge-picture"},
    "heic-cut-off": {"cut-off"},
    "heic-of-giant-size": {"huge-picture"},
    "html-page": {"not-accepted"},
    "jpeg-and-pdf": {"appended-data", "polyglot"},
    "jpeg-and-program": {"appended-data"},
    "jpeg-and-zip": {"appended-data", "polyglot"},
    "jpeg-cut-off": {"cut-off"},
    "jpeg-of-huge-declared-size": {"huge-picture"},
    "jpeg-that-is-a-bitmap": {"not-accepted"},
    "jpeg-that-is-a-tiff": {"not-accepted"},
    "jpeg-with-page-in-comment": {"polyglot"},
    "list-of-files": {"not-accepted"},
    "mp4-and-page": {"appended-data", "polyglot"},
    "mp4-cut-off": {"cut-off"},
    "mp4-of-huge-pictures": {"huge-picture"},
    "pdf-encrypted": {"encrypted"},
    "pdf-with-an-attachment": {"embedded-file"},
    "pdf-with-escaped-javascript": {"has-script"},
    "pdf-with-javascript": {"has-script"},
    "pdf-with-javascript-in-an-object-stream": {"has-script"},
    "pdf-with-launch": {"has-script"},
    "playlist-named-mp4": {"not-accepted"},
    "png-and-zip": {"appended-data", "polyglot"},
    "png-animated-a-million-times": {"animated"},
    "png-bomb": {"huge-picture"},
    "png-bomb-under-the-first-limit": {"huge-picture"},
    "png-with-bad-checksum": {"damaged"},
    "shell-script": {"not-accepted"},
    "svg-with-script": {"not-accepted"},
    "text-of-five-megabytes-in-one-line": {"long-text"},
    "text-with-bidi-overrides": {"hidden-characters"},
    "webp-cut-off": {"cut-off"},
    "zip-bomb-flat": {"zip-bomb"},
    "zip-bomb-nested": {"nested-archive"},
    "zip-bomb-of-overlapping-entries": {"zip-bomb"},
    "zip-encrypted": {"encrypted"},
    "zip-with-absolute-name": {"path-tricks"},
    "zip-with-dotdot": {"path-tricks"},
    "zip-with-drive-name": {"path-tricks"},
    "zip-with-duplicate-names": {"path-tricks"},
    "zip-with-symlink": {"path-tricks"},
}


# Every hostile file -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def museum() -> Iterator[tuple[dict[str, tuple[dict[str, Any], float]], socket.socket]]:
    """The answer to each hostile file and its seconds, and the listener that the files name."""

    def one(name: str) -> tuple[str, tuple[dict[str, Any], float]]:
        data = hostile.build(name, listener.getsockname()[1])
        start = time.monotonic()
        return name, (looked(data), time.monotonic() - start)

    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(2) as two:
        listener.setblocking(False)
        yield dict(two.map(one, hostile.builders())), listener


def test_the_museum_is_large() -> None:
    assert len(hostile.builders()) >= 100


@pytest.mark.parametrize("name", hostile.builders())
def test_a_hostile_file_gets_an_answer_within_its_limits(museum: Any, name: str) -> None:
    answer, seconds = museum[0][name]
    assert "failed" not in answer, answer
    assert seconds < sandbox.LIMITS.wall / 2
    assert set(answer["marks"]) >= MARKS.get(name, set())
    assert answer["grade"] == "C"


def test_no_hostile_file_reaches_the_network(museum: Any) -> None:
    with pytest.raises(BlockingIOError):
        museum[1].accept()


def test_after_all_of_them_an_honest_picture_is_looked_at(museum: Any) -> None:
    assert museum[0]
    assert [preview["kind"] for preview in looked(honest.jpeg())["previews"]] == [
        "grey-blurred",
        "grey",
        "colour",
    ]


# How a child can end ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "failure", "limits"),
    [
        ("spin", "too-slow", Limits(cpu=1, wall=20.0)),
        ("wait", "too-slow", Limits(wall=1.5)),
        ("swell", "too-much-memory", SHORT),
        ("killed", "too-much-memory", SHORT),
        ("segfault", "crashed", SHORT),
        ("raise", "crashed", SHORT),
        ("leave", "crashed", SHORT),
        ("garbage", "crashed", SHORT),
        ("nested", "crashed", SHORT),
        ("endless", "too-large-result", Limits(result=MIB)),
        ("other shape", "crashed", SHORT),
        ("script as type", "crashed", SHORT),
        ("invented mark", "crashed", SHORT),
        ("invented failure", "crashed", SHORT),
        ("page as preview", "crashed", SHORT),
        ("unknown machine", "no-cage", SHORT),
    ],
)
def test_a_child_that_ends_badly_is_a_reason_and_no_exception(
    monkeypatch: pytest.MonkeyPatch, mode: str, failure: Failure, limits: Limits
) -> None:
    start = time.monotonic()
    assert probed(monkeypatch, mode, limits) == {"failed": failure}
    assert time.monotonic() - start < 15


def test_no_child_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    probed(monkeypatch, "wait", Limits(wall=0.7))
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_another_key_cannot_read_it() -> None:
    with sealed(b"hola") as file:
        assert sandbox.look(file, age.Identity.generate().text()) == {"failed": "unreadable"}


def test_what_is_not_a_key_is_a_reason() -> None:
    with sealed(b"hola") as file:
        assert sandbox.look(file, "x\ny") == {"failed": "unreadable"}


@pytest.mark.parametrize("place", [30, 300, 70_000, -5])
def test_a_sealed_file_that_was_touched_is_unreadable(place: int) -> None:
    data = bytearray(age.encrypt(honest.jpeg(), [IDENTITY.recipient]))
    data[place] ^= 1
    with unsealed(bytes(data)) as file:
        assert sandbox.look(file, IDENTITY.text()) == {"failed": "unreadable"}


def test_an_unknown_task_and_too_long_a_request_are_refused() -> None:
    with sealed(b"hola") as file:
        assert sandbox.inspect(file, IDENTITY.text(), "extract") == {"failed": "bad-request"}
        assert sandbox.redact(file, IDENTITY.text(), [[0.0, 0.0, 1.0, 1.0]] * 5000, "black") == {
            "failed": "bad-request"
        }


def test_the_sealed_file_is_neither_moved_nor_changed() -> None:
    with sealed(honest.png()) as file:
        file.seek(0)
        before = hashlib.sha256(file.read()).digest()
        file.seek(17)
        sandbox.look(file, IDENTITY.text())
        assert file.tell() == 17
        file.seek(0)
        assert hashlib.sha256(file.read()).digest() == before


def test_one_open_file_can_be_looked_at_by_several_at_once() -> None:
    with sealed(honest.jpeg()) as file, ThreadPoolExecutor(3) as three:
        answers = list(three.map(lambda _: sandbox.look(file, IDENTITY.text()), range(3)))
    assert answers[0] == answers[1] == answers[2]
    assert answers[0]["grade"] == "B"


def test_a_look_at_a_small_file_takes_a_moment() -> None:
    looked(b"hola")
    start = time.monotonic()
    looked(b"hola")
    assert time.monotonic() - start < 3


def test_a_film_larger_than_its_memory_is_looked_at_piece_by_piece() -> None:
    with unsealed(b"") as file:
        writer = age.Writer(file, [IDENTITY.recipient])
        writer.write(honest.film())
        writer.write(((400 << 20) + 8).to_bytes(4, "big") + b"free")
        for _ in range(400):
            writer.write(bytes(MIB))
        writer.close()
        file.flush()
        answer = sandbox.look(file, IDENTITY.text(), Limits(memory=320 * MIB))
    assert answer["facts"]["duration_s"] == pytest.approx(2.0, abs=0.2)
    assert answer["facts"]["bytes"] > 400 * MIB
