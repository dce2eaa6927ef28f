"""Checking what a log says: chains of events as they are stored, and their places in the tree.

`verify_per_s`: events a second whose canonical form, order, times and digests are checked, on one core.
`to_sha256`: that speed over hashing the same lines twice (once for the chain, once for the tree) and nothing
else. `proofs_per_s`: inclusion proofs checked against a root of a tree of all events.
"""

from __future__ import annotations

import hashlib
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.journey import machine
from resguardo.core import history, merkle

CASES, EVENTS, ROUNDS = 1000, 40, 5
AT = datetime(2026, 11, 24, 15, tzinfo=UTC)


def chain(case: str) -> list[bytes]:
    """The lines of one believable case."""
    lines: list[bytes] = []
    last = None
    for number in range(EVENTS):
        about: dict[str, Any] = {"facts": {"risk_level": "high"}, "outcome": "done"}
        if number % 3 == 0:
            digest = hashlib.sha256(f"{case} {number}".encode()).hexdigest()
            about = {
                "item": f"{number:08}-0000-4000-8000-000000000000",
                "plain_sha256": digest,
                "size": 91833,
            }
        last = history.following(
            last,
            case=case,
            at=AT + timedelta(seconds=number),
            kind="step-done",
            party="pnc",
            role="officer",
            actor="b8da56d68fd7",
            salt=hashlib.sha256(f"{case}{number}".encode()).digest()[:16],
            step="receive",
            about=about,
        )
        lines.append(history.canonical(last))
    return lines


def rate(count: int, act: Callable[[], object]) -> float:
    """How many a second, the median of some rounds."""
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        act()
        taken.append(time.perf_counter() - began)
    return count / statistics.median(taken)


def run() -> dict[str, Any]:
    """Events and proofs a second, and the ratio to hashing alone."""
    chains = [chain(f"RG-2026-{number:06}") for number in range(CASES)]
    lines = [line for one in chains for line in one]

    def verify() -> None:
        for one in chains:
            for values in history.following_values(one):
                assert values

    def hash_only() -> None:
        for line in lines:
            hashlib.sha256(line).hexdigest()
            hashlib.sha256(b"\0" + line).digest()

    nodes: dict[tuple[int, int], bytes] = {}
    for level, place, value in merkle.append(
        lambda lv, at: nodes[lv, at], 0, [merkle.leaf_hash(line) for line in lines]
    ):
        nodes[level, place] = value

    def read(level: int, place: int) -> bytes:
        return nodes[level, place]

    root = merkle.root(read, len(lines))
    proofs = [(at, merkle.inclusion(read, at, len(lines))) for at in range(0, len(lines), 7)]

    def check() -> None:
        for at, path in proofs:
            merkle.check_inclusion(merkle.leaf_hash(lines[at]), at, len(lines), path, root)

    verified, hashed, proved = rate(len(lines), verify), rate(len(lines), hash_only), rate(len(proofs), check)
    return {
        "bench": "log",
        "machine": machine(),
        "figures": {"verify_per_s": round(verified), "proofs_per_s": round(proved), "events": len(lines)},
        "ratios": {"to_sha256": round(verified / hashed, 3)},
    }
