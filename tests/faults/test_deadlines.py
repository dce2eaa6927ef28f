"""kill -9 of the worker while it tells of deadlines: everybody is told within a minute, and once."""

from __future__ import annotations

import json
import random
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message

from benchmarks.journey import Server

MAKE = """
import django; django.setup()
from datetime import UTC, datetime, timedelta
from resguardo.cases.commands import Told, open_case
from resguardo.people.models import Member
from tests.crowd import fresh
from tests.persons import CONSENTS
Member.objects.filter(username="pnc").update(email="agente@example.org")
for number in range(40):
    at = datetime.now(UTC) - timedelta(hours=5)
    open_case(Told("notice", "es", {}, {"account": {"text": "canario"}}, CONSENTS), at, fresh())
"""
LOOK = """
import django; django.setup()
import collections, json
from datetime import UTC, datetime
from resguardo.cases.models import Case, Owed
from resguardo.cases.queries import events
found = collections.Counter()
for case in Case.objects.all():
    for e in events(case):
        if e.kind == "notice":
            found[f"{case.number} {e.step} {e.about['what']}"] += 1
untold = Owed.objects.filter(due__lt=datetime.now(UTC), told_late=False).count()
print(json.dumps([untold, found]))
"""


class Sink(Message):
    """An SMTP server on loopback that keeps the name and the text of every mail."""

    def __init__(self) -> None:
        super().__init__()
        self.got: list[tuple[str, str]] = []

    def handle_message(self, message) -> None:
        self.got.append((message["Message-ID"], message.get_payload(decode=True).decode()))


def within(server: Server, program: str) -> str:
    environment = {**server.environment, "DJANGO_SETTINGS_MODULE": "resguardo.site.settings"}
    ran = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.mark.slow
def test_everybody_is_told_within_a_minute_and_once_through_kills(tmp_path: Path) -> None:
    server, sink = Server(tmp_path), Sink()
    assert server.command("demo", "--prepare", "--data", str(tmp_path)).returncode == 0
    within(server, MAKE)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    post = Controller(sink, hostname="127.0.0.1", port=port)
    post.start()
    environment = {**server.environment, "RESGUARDO_MAIL": f"smtp://127.0.0.1:{port}"}
    line = [sys.executable, "-m", "resguardo.cli", "work"]
    luck, began, kills = random.Random(3), time.monotonic(), 0
    try:
        while kills < 6:
            worker = subprocess.Popen(line, env=environment)
            time.sleep(luck.uniform(0.9, 2.2))
            worker.kill()
            worker.wait()
            kills += 1
        worker = subprocess.Popen(line, env=environment)
        while time.monotonic() - began < 58:
            time.sleep(2)
            untold, found = json.loads(within(server, LOOK))
            late = [key for key in found if key.endswith(" late")]
            if not untold and len({name for name, _ in sink.got}) >= 41:
                break
    finally:
        worker.kill()
        worker.wait()
        post.stop()
    assert untold == 0
    assert len(late) >= 40
    assert set(found.values()) == {1}
    assert len({name for name, _text in sink.got}) >= 40
    assert all("canario" not in text and "RG-" not in text for _name, text in sink.got)
