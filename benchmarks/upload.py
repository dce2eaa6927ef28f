"""A 200 MB video in pieces of 8 MiB, from her first byte to "received", flushed to disk.

`ms_per_mb` is everything the server does and the wire; GlobaLeaks 5.0.15 took 41-52 on the same kind of
machine. `to_wire`: our speed over that of the same server program taking the same bytes and forgetting them.
"""

from __future__ import annotations

import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.journey import Visitor, machine, serving
from benchmarks.sending import Film, Sender

SIZE, PIECE, ROUNDS = 200 * 1024 * 1024, 8 * 1024 * 1024, 3

SINK = """
import sys
def application(environ, start):
    body = environ["wsgi.input"]
    while body.read(1 << 20):
        pass
    start("204 No Content", [("Upload-Offset", "0")])
    return [b""]
if __name__ == "__main__":
    from granian import Granian
    from granian.constants import Interfaces
    Granian("sink:application", address="127.0.0.1", port=int(sys.argv[1]), interface=Interfaces.WSGI).serve()
"""


def run() -> dict[str, Any]:
    """Milliseconds a megabyte (10^6 bytes), and the ratio to the bare wire."""
    film = Film(SIZE)
    digest = film.sha256()
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder) / "data") as server:
        ours, wire = [], []
        with sink(Path(folder)) as port:
            for _ in range(ROUNDS):
                visitor = Visitor(server.port)
                visitor.begin()
                sender = Sender(visitor, film, digest)
                ours.append(timed(sender))
                assert sender.offset() == SIZE
                sender.visitor.port = port
                wire.append(timed(sender))
    seconds, bare = statistics.median(ours), statistics.median(wire)
    return {
        "bench": "upload",
        "machine": machine(),
        "figures": {
            "ms_per_mb": round(1000 * seconds / (SIZE / 1e6), 2),
            "wire_ms_per_mb": round(1000 * bare / (SIZE / 1e6), 2),
            "globaleaks_ms_per_mb": 41,
        },
        "ratios": {
            "to_wire": round(bare / seconds, 3),
            "to_globaleaks": round(41 / (1e9 * seconds / SIZE), 2),
        },
    }


def timed(sender: Sender) -> float:
    began = time.perf_counter()
    for start in range(0, SIZE, PIECE):
        status = sender.send(start, min(SIZE, start + PIECE))
        assert status == 204, status
    return time.perf_counter() - began


class sink:
    """The same server program, forgetting what it gets."""

    def __init__(self, folder: Path) -> None:
        (folder / "sink.py").write_text(SINK)
        self.folder = folder

    def __enter__(self) -> int:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = int(free.getsockname()[1])
        self.process = subprocess.Popen(
            [sys.executable, "sink.py", str(port)], cwd=self.folder, stdout=subprocess.DEVNULL
        )
        end = time.monotonic() + 30
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                return port
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("the sink did not start")

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait()
