"""kill -9 at random moments of intake and upload: what was acknowledged is there, whole, and once."""

from __future__ import annotations

import hashlib
import http.client
import json
import random
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from benchmarks.journey import Server, Visitor, photo

KILLS, CLIENTS = 50, 3

LOOK = """
import hashlib, json, sys
from resguardo.cli import django
django()
from datetime import UTC, datetime
from resguardo.cases.models import Case
from resguardo.cases.queries import her_case, read_group
from resguardo.core.age import Identity
from resguardo.core.vault import Receipt, open_with_key
from resguardo.evidence.commands import item_identity, plain_bytes
from resguardo.evidence.models import Item
from resguardo.report.models import Paper

def digest(item, identity):
    return hashlib.sha256(b"".join(plain_bytes(item, identity))).hexdigest()

asked = json.load(sys.stdin)
answer = {"cases": Case.objects.count(), "reports": {}, "drafts": {}}
for number in asked["numbers"]:
    case, holder = her_case(Receipt.parse(number))
    files = [digest(item, item_identity(item, holder)) for item in case.items.all()]
    answer["reports"][number] = [files, read_group(case, "account", holder)[0].content["text"]]
for cookie in asked["drafts"]:
    place, _, key = cookie.removeprefix("p=").partition(".")
    paper = Paper.objects.get(pk=place)
    content = json.loads(open_with_key(bytes.fromhex(key), bytes(paper.sealed), "draft" + place))
    answer["drafts"][cookie] = [
        digest(Item.objects.get(pk=f["item"]), Identity.parse(f["identity"])) for f in content["files"]
    ]
json.dump(answer, sys.stdout)
"""


@dataclass
class Acknowledged:
    """What the server has said it holds."""

    reports: dict[str, tuple[list[str], str]] = field(default_factory=dict)
    drafts: dict[str, list[str]] = field(default_factory=dict)
    begun: int = 0


def patiently(act, stop: threading.Event):
    """Do `act` again until it is answered, as a person reloads a page; None when all is over."""
    while not stop.is_set():
        try:
            return act()
        except (OSError, http.client.HTTPException):
            time.sleep(0.05)
    return None


def woman(port: int, said: Acknowledged, stop: threading.Event) -> None:
    """Report after report; each keeps its cookie through the server's deaths, as a browser does."""
    while not stop.is_set():
        visitor = Visitor(port)
        text = f"relato {random.random()}"

        def renew(act, visitor: Visitor = visitor):
            def again():
                visitor.connection.close()
                return act()

            return again

        if patiently(renew(visitor.begin), stop) is None and not visitor.cookie:
            return
        said.begun += 1
        patiently(
            renew(lambda v=visitor, t=text: (v.get("/contar/relato/"), v.post("/contar/relato/", text=t))),
            stop,
        )
        files: list[str] = []
        for _ in range(2):
            content = photo(random.choice((900, 64 * 1024, 700_000)))
            visitor.connection.close()
            try:
                visitor.get("/contar/archivos/")
                status, shown = visitor.upload(content)
                if status == 200 and b"foto.jpg" in shown:
                    files.append(hashlib.sha256(content).hexdigest())
                    said.drafts[visitor.cookie] = list(files)
            except (OSError, http.client.HTTPException):
                continue
        if random.random() < 0.3:
            continue  # she leaves it as a draft for now
        number = patiently(renew(lambda v=visitor: (v.get("/contar/revisar/"), v.send())[1]), stop)
        if number:
            said.reports[number] = (files, text)
            said.drafts.pop(visitor.cookie, None)


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_by_fifty_deaths_of_the_server(tmp_path: Path) -> None:
    random.seed(7)
    server = Server(tmp_path, workers=1)
    assert server.command("demo", "--prepare", "--data", str(tmp_path)).returncode == 0
    before = json.loads(server.command("audit", "--json").stdout)["cases"]
    said, stop = Acknowledged(), threading.Event()
    server.start()
    clients = [threading.Thread(target=woman, args=(server.port, said, stop)) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    for _ in range(KILLS):
        time.sleep(random.uniform(0.05, 0.5))
        server.kill()
        server.start()
    time.sleep(1)
    stop.set()
    for client in clients:
        client.join()
    server.kill()

    import subprocess

    asked = json.dumps({"numbers": list(said.reports), "drafts": list(said.drafts)})
    ran = subprocess.run(
        [sys.executable, "-c", LOOK], input=asked, env=server.environment, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert len(said.reports) > 20
    for number, (files, text) in said.reports.items():
        kept, told = found["reports"][number]
        assert told == text
        assert set(files) <= set(kept)
        assert len(kept) == len(set(kept))
    assert any(said.drafts.values())
    for cookie, files in said.drafts.items():
        assert set(files) <= set(found["drafts"].get(cookie, []))
    assert len(said.reports) <= found["cases"] - before <= said.begun
    audited = json.loads(server.command("audit", "--json").stdout)
    assert audited["wrong"] == []
