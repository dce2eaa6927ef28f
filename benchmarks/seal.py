"""Sealing to storage in one pass (both digests, flushed to disk), against hashing alone and against pyrage.

`to_sha256`: our speed over that of hashlib on the same bytes; SHA-256, BLAKE3, the encryption and the copies
to the disk are some 1.8 times the work of SHA-256 alone, which no two cores can share.
`to_pyrage`: our speed over that of pyrage followed by SHA-256 of the plain bytes, written and flushed
likewise. Rounds alternate; medians are given.
"""

from __future__ import annotations

import hashlib
import io
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyrage

from benchmarks.journey import machine
from resguardo.core.age import Identity
from resguardo.core.seal import seal

SIZE, ROUNDS = 256 * 1024 * 1024, 5


def timed(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def run() -> dict[str, Any]:
    """Megabytes a second of each way, and the two ratios."""
    identity = Identity.generate()
    to = pyrage.x25519.Recipient.from_str(identity.recipient.text())
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "plain", Path(folder) / "sealed"
        source.write_bytes(os.urandom(SIZE))

        def ours() -> None:
            with open(source, "rb", buffering=0) as src, open(target, "wb", buffering=0) as out:
                seal(src, out, [identity.recipient])
                os.fsync(out.fileno())

        def hashing() -> None:
            with open(source, "rb", buffering=0) as src:
                hashlib.file_digest(src, "sha256")

        def theirs() -> None:
            data = source.read_bytes()
            hashlib.sha256(data)
            sealed = io.BytesIO()
            pyrage.encrypt_io(io.BytesIO(data), sealed, [to])
            with open(target, "wb", buffering=0) as out:
                out.write(sealed.getbuffer())
                os.fsync(out.fileno())

        times: dict[str, list[float]] = {"ours": [], "sha256": [], "pyrage": []}
        for _ in range(ROUNDS):
            for name, act in (("ours", ours), ("sha256", hashing), ("pyrage", theirs)):
                # As in storage, each file is a new one: emptying the last one is nobody's work.
                target.unlink(missing_ok=True)
                times[name].append(timed(act))
    speed = {name: SIZE / 1e6 / statistics.median(taken) for name, taken in times.items()}
    return {
        "bench": "seal",
        "machine": machine(),
        "figures": {f"{name}_mb_per_s": round(value, 1) for name, value in speed.items()},
        "ratios": {
            "to_sha256": round(speed["ours"] / speed["sha256"], 3),
            "to_pyrage": round(speed["ours"] / speed["pyrage"], 2),
        },
    }
