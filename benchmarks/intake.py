"""Intake over HTTP: a 64 KiB file, then the submission until the receipt is shown; and the whole way.

The receipt's Argon2id runs on the server, as it does for her. One client for the times, then four at once
for the rate. The limit of the same run is that key derivation itself, on one core.
"""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from benchmarks.journey import Server, Visitor, machine, photo, serving

ALONE, CLIENTS, EACH = 40, 4, 25


def once(port: int) -> tuple[float, float, float, bool]:
    """One report: seconds of the upload, of the submission, of the whole way, and whether it went well."""
    visitor = Visitor(port)
    began = time.perf_counter()
    visitor.begin()
    visitor.answer()
    content = photo()
    start = time.perf_counter()
    status, page = visitor.upload(content)
    uploaded = time.perf_counter() - start
    well = status == 200 and b"foto.jpg" in page
    visitor.permit()
    start = time.perf_counter()
    number = visitor.send()
    sent = time.perf_counter() - start
    return uploaded, sent, time.perf_counter() - began, well and len(number) == 24


def derivation_ms() -> float:
    """One receipt's Argon2id on this machine, in milliseconds."""
    from resguardo.core.vault import Receipt, open_receipt

    times = []
    for _ in range(15):
        start = time.perf_counter()
        open_receipt(Receipt.new(), b"0" * 64)
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


def crowd(server: Server) -> tuple[float, int]:
    """Reports a second with CLIENTS at once, and how many failed."""
    failed: list[int] = []

    def client() -> None:
        for _ in range(EACH):
            try:
                if not once(server.port)[3]:
                    failed.append(1)
            except OSError:
                failed.append(1)

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return CLIENTS * EACH / (time.perf_counter() - start), len(failed)


def carrying(server: Server) -> tuple[float, int]:
    """Reports a second when only the two requests that carry something are counted, CLIENTS at once."""
    ready = []
    for _ in range(CLIENTS * EACH):
        visitor = Visitor(server.port)
        visitor.begin()
        visitor.answer()
        visitor.permit()
        visitor.get("/contar/archivos/")
        ready.append(visitor)
    failed: list[int] = []

    def client(mine: list[Visitor]) -> None:
        for visitor in mine:
            try:
                visitor.upload(photo())
                if len(visitor.send()) != 24:
                    failed.append(1)
            except OSError:
                failed.append(1)

    threads = [threading.Thread(target=client, args=(ready[i::CLIENTS],)) for i in range(CLIENTS)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(ready) / (time.perf_counter() - start), len(failed)


def run() -> dict[str, Any]:
    """Figures in milliseconds and reports a second; `to_derivation` is p50 over one Argon2id."""
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as server:
        for _ in range(4):
            once(server.port)
        rows = [once(server.port) for _ in range(ALONE)]
        rate, failed = carrying(server)
        whole_rate, whole_failed = crowd(server)
    both = sorted((row[0] + row[1]) * 1000 for row in rows)
    p50 = statistics.median(both)
    kdf = derivation_ms()
    figures = {
        "p50_ms": round(p50, 1),
        "p95_ms": round(both[int(len(both) * 0.95) - 1], 1),
        "upload_p50_ms": round(statistics.median(row[0] for row in rows) * 1000, 1),
        "submit_p50_ms": round(statistics.median(row[1] for row in rows) * 1000, 1),
        "flow_p50_ms": round(statistics.median(row[2] for row in rows) * 1000, 1),
        "reports_per_s": round(rate, 1),
        "whole_flows_per_s": round(whole_rate, 1),
        "failed": sum(not row[3] for row in rows) + failed + whole_failed,
        "derivation_ms": round(kdf, 1),
    }
    return {
        "bench": "intake",
        "machine": machine(),
        "figures": figures,
        "ratios": {"to_derivation": round(p50 / kdf, 2)},
    }
