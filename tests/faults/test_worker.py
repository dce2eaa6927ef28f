"""kill -9 of the worker again and again, over a store that fails every third call: every job is done once."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.inspection.honest import jpeg
from tests.objects import KEYS, Objects

FILES = 6

MAKE = """
import io, sys
from resguardo.cli import django, migrate
django(); migrate()
from tests.persons import Persons, send_photo, tell
Persons()
opened = tell()
for _ in range({files}):
    send_photo(opened, content=open({photo!r}, "rb").read())
"""
LOOK = """
import json, sys
from resguardo.cli import django
django()
from resguardo.cases import queries
from resguardo.cases.models import Case
from resguardo.evidence.audit import audit
from resguardo.evidence.models import Errand
from resguardo.jobs.models import Job
events = queries.events(Case.objects.get())
print(json.dumps({
    "left": Job.objects.filter(kind__in=["inspect-item", "keep-item"], done=None).count(),
    "looked": [e.about["item"] for e in events if e.kind == "item-inspected" and e.about["result"] == "done"],
    "all": [e.about["item"] for e in events if e.kind == "item-inspected"],
    "read": [e.about["item"] for e in events if e.kind == "item-read-back"],
    "errands": Errand.objects.count(),
    "wrong": audit().wrong,
}))
"""
# A worker that dies gives its lease back only when it ends: here after a second.
WORK = """
from datetime import timedelta
from resguardo.cli import django
django()
from resguardo.jobs import commands
commands.LEASES.update(dict.fromkeys(commands.LEASES, timedelta(seconds=1)))
from resguardo.cli import main
main(["work"])
"""


@pytest.mark.slow
def test_each_file_is_looked_at_once_whatever_dies(tmp_path: Path) -> None:
    objects = Objects(every=3)
    (tmp_path / "photo.jpg").write_bytes(jpeg())
    environment = {
        **os.environ,
        **KEYS,
        "RESGUARDO_DATA": str(tmp_path / "data"),
        "RESGUARDO_OBJECTS": objects.bucket("worker"),
        "RESGUARDO_REPLICA": str(tmp_path / "second"),
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    environment.pop("RESGUARDO_DATABASE", None)

    def within(code: str) -> str:
        ran = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr[-2000:]
        return ran.stdout

    within(MAKE.format(files=FILES, photo=str(tmp_path / "photo.jpg")))
    dice = random.Random(7)
    found = {"left": 1}
    until = time.monotonic() + 120
    while found["left"] and time.monotonic() < until:
        worker = subprocess.Popen([sys.executable, "-c", WORK], env=environment, stderr=subprocess.DEVNULL)
        time.sleep(dice.uniform(2.0, 6.0))
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        found = json.loads(within(LOOK))
    objects.stop()
    assert found["left"] == found["errands"] == 0
    for done in ("all", "read"):
        assert len(found[done]) == len(set(found[done])) == FILES
    assert found["wrong"] == []
    assert objects.failed > 5
    assert len(list((tmp_path / "second").rglob("*.age"))) == FILES
