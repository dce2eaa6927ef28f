"""Real logs, honest and not, and real witnesses to ask: in this process, and in others that may be killed."""

from __future__ import annotations

import base64
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from resguardo.core import merkle
from resguardo.core.checkpoint import ED25519, Checkpoint, sign
from resguardo.witness import keys
from resguardo.witness.book import Book
from resguardo.witness.server import Server, Witness

NAME = "witness.example/w1"
NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)


class Log:
    """A log of numbered leaves; a `fork` has its key, its name and its first leaves, and then others."""

    def __init__(self, origin: str = "resguardo.example/log", leaves: list[bytes] | None = None) -> None:
        self.origin = origin
        self.key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
        self.leaves: list[bytes] = []
        self.nodes: dict[tuple[int, int], bytes] = {}
        self._append(leaves or [])

    def _append(self, leaves: list[bytes]) -> None:
        hashes = [merkle.leaf_hash(leaf) for leaf in leaves]
        for level, place, value in list(merkle.append(self._node, len(self.leaves), hashes)):
            self.nodes[level, place] = value
        self.leaves += leaves

    def _node(self, level: int, place: int) -> bytes:
        return self.nodes[level, place]

    @property
    def vkey(self) -> str:
        return keys.write(self.origin, self.key.public_key(), ED25519)

    def grow(self, count: int, text: str = "leaf") -> Log:
        self._append([f"{text} {len(self.leaves) + each}".encode() for each in range(count)])
        return self

    def fork(self, at: int) -> Log:
        return Log(self.origin, self.leaves[:at])

    def root(self, size: int) -> bytes:
        return merkle.root(self._node, size)

    def note(self, size: int) -> str:
        return sign(Checkpoint(self.origin, size, self.root(size), NOW), self.key)

    def proof(self, old: int, new: int) -> list[bytes]:
        return merkle.consistency(self._node, old, new) if old else []

    def request(self, old: int, new: int) -> bytes:
        return request(old, self.proof(old, new), self.note(new))


def request(old: int, proof: list[bytes], note: str) -> bytes:
    lines = "".join(base64.b64encode(each).decode() + "\n" for each in proof)
    return f"old {old}\n{lines}\n{note}".encode()


def witness(folder: Path, *logs: Log) -> Witness:
    """A witness whose clock stands still, that knows `logs`."""
    book = Book(folder / "book")
    for log in logs:
        book.enter(log.vkey)
    return Witness(NAME, keys.load(folder / "witness.key"), book, lambda: NOW)


@contextmanager
def serving(made: Witness, seconds: float = 30, places: int = 64) -> Iterator[int]:
    """The port on loopback at which `made` answers."""
    server = Server(made, "127.0.0.1", 0, seconds, places)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()


RUN = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from resguardo.witness import keys
from resguardo.witness.book import Book
from resguardo.witness.server import Server, Witness
folder = Path(sys.argv[1])
key, book = keys.load(folder / "witness.key"), Book(folder / "book")
server = Server(Witness(sys.argv[2], key, book, lambda: datetime.now(UTC)), "127.0.0.1", 0)
print(server.server_address[1], flush=True)
server.serve_forever()
"""


@contextmanager
def process(folder: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A witness of what is in `folder`, in a process of its own, and its port; killed in the end."""
    command = [sys.executable, "-c", RUN, str(folder), NAME]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout is not None
            yield running, int(running.stdout.readline())
        finally:
            running.kill()
