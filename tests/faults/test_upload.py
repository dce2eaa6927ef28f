"""A large video over a connection that breaks every 20 MB, and a server that dies: it arrives whole."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.journey import Server, Visitor, serving
from benchmarks.sending import Film, Sender

SIZE, EVERY = 300 * 1024 * 1024, 20 * 1024 * 1024
MEMORY = 200 * 1024

LOOK = """
import hashlib, json, sys
from resguardo.cli import django
django()
from resguardo.cases.queries import her_case
from resguardo.core.vault import Receipt
from resguardo.evidence.commands import item_identity, plain_bytes
case, holder = her_case(Receipt.parse(sys.stdin.read()))
digest = hashlib.sha256()
(item,) = case.items.all()
for piece in plain_bytes(item, item_identity(item, holder)):
    digest.update(piece)
events = [json.loads(bytes(row.line)) for row in case.event_rows.order_by("seq")]
about = next(event["about"] for event in events if event["kind"] == "evidence-sealed")
json.dump({"found": digest.hexdigest(), **about}, sys.stdout)
"""


def peaks(server: Server) -> dict[int, int]:
    """The most memory that each process of the server has had (kilobytes), by process."""
    found = {}
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            text = status.read_text()
            group = (status.parent / "stat").read_text().rpartition(")")[2].split()[2]
        except OSError:
            continue
        if int(group) == server.process.pid and "VmHWM" in text:
            found[int(status.parent.name)] = int(text.split("VmHWM:")[1].split()[0])
    return found


@pytest.mark.slow
def test_a_video_arrives_whole_over_a_connection_that_breaks_and_a_server_that_dies(tmp_path: Path) -> None:
    film = Film(SIZE)
    declared = film.sha256()
    with serving(tmp_path / "data") as server:
        visitor = Visitor(server.port)
        visitor.begin()
        visitor.answer()
        visitor.get("/contar/archivos/")
        idle = max(peaks(server).values())
        sender = Sender(visitor, film, declared)
        highest, breaks = 0, 0
        while (at := sender.offset()) < SIZE:
            if at + EVERY < SIZE:
                sender.send(at, SIZE, break_at=at + EVERY)
                breaks += 1
                until = time.monotonic() + 10
                while sender.offset() == at and time.monotonic() < until:
                    time.sleep(0.05)
            else:
                assert sender.send(at, SIZE) == 204
            if breaks == 7:
                breaks += 1
                highest = max(highest, *peaks(server).values())
                server.kill()
                server.start()
        highest = max(highest, *peaks(server).values())
        assert breaks > 14
        assert highest - idle < MEMORY, (idle, highest)
        visitor.connection.close()
        visitor.permit()
        visitor.get("/contar/revisar/")
        number = visitor.send()
        line = [sys.executable, "-c", LOOK]
        ran = subprocess.run(line, input=number, env=server.environment, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr
    kept = json.loads(ran.stdout)
    assert kept["found"] == kept["plain_sha256"] == kept["declared_sha256"] == declared
    assert kept["size"] == SIZE
