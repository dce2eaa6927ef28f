"""What a witness remembers is there whatever happens, and never goes back."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from resguardo.core.checkpoint import COSIGNATURE, ED25519
from resguardo.core.merkle import EMPTY
from resguardo.witness import keys
from resguardo.witness.book import NOTHING, Book, BookError, Seen

ORIGIN = "resguardo.example/log"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32))).public_key()
VKEY = keys.write(ORIGIN, KEY, ED25519)


def root(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


@pytest.fixture
def book(tmp_path: Path) -> Book:
    book = Book(tmp_path / "book")
    assert book.enter(VKEY) == ORIGIN
    return book


def turned(book: Book, size: int, root: bytes) -> None:
    with book.page(ORIGIN) as page:
        page.turn(Seen(size, root))


def test_a_log_is_known_once_it_is_entered(book: Book) -> None:
    assert book.key(ORIGIN) == KEY
    assert book.key("another.example/log") is None
    assert book.newest(ORIGIN) == NOTHING == Seen(0, EMPTY)


def test_a_log_entered_again_keeps_what_was_seen(book: Book) -> None:
    turned(book, 5, root("a"))
    book.enter(VKEY)
    assert book.newest(ORIGIN) == Seen(5, root("a"))


def test_a_log_keeps_the_key_it_was_entered_with(book: Book) -> None:
    other = Ed25519PrivateKey.generate().public_key()
    with pytest.raises(BookError, match="another key"):
        book.enter(keys.write(ORIGIN, other, ED25519))
    assert book.key(ORIGIN) == KEY


def test_a_key_of_a_witness_is_not_entered_as_a_log(book: Book) -> None:
    with pytest.raises(keys.WitnessKeyError):
        book.enter(keys.write("inacif.example/w1", KEY, COSIGNATURE))


def test_what_was_seen_is_there_for_the_next_process(book: Book) -> None:
    turned(book, 5, root("a"))
    assert Book(book.folder).newest(ORIGIN) == Seen(5, root("a"))


def test_logs_do_not_mix(book: Book) -> None:
    book.enter(keys.write("another.example/log", KEY, ED25519))
    turned(book, 5, root("a"))
    assert book.newest("another.example/log") == NOTHING


@pytest.mark.parametrize("seen", [Seen(4, root("a")), Seen(5, root("b")), NOTHING])
def test_the_book_itself_refuses_to_go_back(book: Book, seen: Seen) -> None:
    turned(book, 5, root("a"))
    with book.page(ORIGIN) as page, pytest.raises(BookError, match="go back"):
        page.turn(seen)
    assert book.newest(ORIGIN) == Seen(5, root("a"))


def test_the_same_tree_may_be_seen_again(book: Book) -> None:
    turned(book, 5, root("a"))
    turned(book, 5, root("a"))
    assert book.newest(ORIGIN) == Seen(5, root("a"))


SPOILED = {
    "empty": b"",
    "cut_off": b"5\nAAAA",
    "no_root": b"5\n\n",
    "a_minus": b"-5\n" + b"A" * 43 + b"=\n",
    "more": b"5\n" + b"A" * 43 + b"=\n\n",
    "zeros": bytes(48),
}


@pytest.mark.parametrize("content", SPOILED.values(), ids=SPOILED)
def test_a_spoiled_page_is_not_taken_for_an_empty_one(book: Book, content: bytes) -> None:
    turned(book, 5, root("a"))
    (seen,) = book.folder.glob("*.seen")
    seen.write_bytes(content)
    with pytest.raises(BookError, match="damaged"):
        book.newest(ORIGIN)
    with pytest.raises(BookError, match="damaged"), book.page(ORIGIN):
        pytest.fail("the page was opened")


@pytest.mark.parametrize("content", [b"", b"\xff", b"a+b+c\n", VKEY.replace("resguardo", "r").encode()])
def test_a_spoiled_key_is_not_taken_for_an_unknown_log(book: Book, content: bytes) -> None:
    (log,) = book.folder.glob("*.log")
    log.write_bytes(content)
    with pytest.raises(BookError, match="damaged"):
        book.key(ORIGIN)


def test_the_key_of_one_log_does_not_pass_for_that_of_another(book: Book) -> None:
    other = Ed25519PrivateKey.generate().public_key()
    (log,) = book.folder.glob("*.log")
    log.write_text(keys.write("another.example/log", other, ED25519) + "\n")
    with pytest.raises(BookError, match="damaged"):
        book.key(ORIGIN)


def test_what_a_killed_writer_left_half_written_is_passed_over(book: Book) -> None:
    turned(book, 5, root("a"))
    (seen,) = book.folder.glob("*.seen")
    seen.with_name(f".{seen.name}.new").write_bytes(b"99")
    assert book.newest(ORIGIN) == Seen(5, root("a"))
    turned(book, 6, root("b"))
    assert book.newest(ORIGIN) == Seen(6, root("b"))


def test_a_disk_that_fails_leaves_what_was_there(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    turned(book, 5, root("a"))

    def full(descriptor: int) -> None:
        raise OSError("no room")

    monkeypatch.setattr(os, "fsync", full)
    with book.page(ORIGIN) as page, pytest.raises(OSError, match="no room"):
        page.turn(Seen(6, root("b")))
    assert book.newest(ORIGIN) == Seen(5, root("a"))


def counted(folder: Path, times: int) -> None:
    """Read the size, and write the next: a number is lost if two do it at once."""
    for _ in range(times):
        with Book(folder).page(ORIGIN) as page:
            page.turn(Seen(page.seen.size + 1, root(str(page.seen.size))))


def test_neither_threads_nor_processes_open_a_page_together(book: Book) -> None:
    process = multiprocessing.get_context("spawn").Process
    others = [process(target=counted, args=(book.folder, 50)) for _ in range(2)]
    threads = [threading.Thread(target=counted, args=(book.folder, 50)) for _ in range(4)]
    for each in [*others, *threads]:
        each.start()
    for each in [*others, *threads]:
        each.join()
    assert book.newest(ORIGIN).size == 300
