"""Four officers of four institutions carry ten cases at once, and the history tells it in order."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, sync_playwright

from benchmarks.journey import Server, serving
from tests.stories.test_one_report import Walk, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]
OFFICERS = ("dmm", "pnc", "mp", "inacif")
MAKE = """
from datetime import UTC, datetime, timedelta
from resguardo.cases.commands import Told, open_case
from tests.crowd import fresh
from tests.persons import CONSENTS
consents = (*CONSENTS, ("services", "dmm"))
for number in range(10):
    at = datetime.now(UTC) - timedelta(hours=5, minutes=number)
    facts = {"age": "adult", "threat": "no", "published": "no", "defender": "no", "official_suspect": "no"}
    told = Told("denuncia", "es", facts, {"account": {"text": "canario"}}, consents)
    print(open_case(told, at, fresh()).case.number)
"""
READ = """
import json, sys
from resguardo.cases.models import Case
from resguardo.cases.queries import events
for case in Case.objects.filter(number__in=sys.argv[1:]):
    told = [(e.kind, e.step, e.party, e.at.isoformat(), dict(e.about)) for e in events(case)]
    print(json.dumps([case.number, case.closed_at is not None, told]))
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("officers"), workers=1) as started:
        yield started


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])


def within(server: Server, program: str, *args: str) -> list[str]:
    """What a program prints that runs over the server's own data."""
    start = "import django; django.setup()\n"
    environment = {**server.environment, "DJANGO_SETTINGS_MODULE": "resguardo.site.settings"}
    line = [sys.executable, "-c", start + program, *args]
    ran = subprocess.run(line, env=environment, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.splitlines()


def do_what_is_owed(walk: Walk, case: str) -> int:
    """Open a case and do every step that it shows as ours; how many were done."""
    done = 0
    while walk.go(f"/trabajo/casos/{case}/") == 200:
        buttons = walk.page.get_by_role("link", name="Hacerlo", exact=True)
        if not buttons.count():
            break
        buttons.first.click()
        for group in walk.page.locator("fieldset").all():
            if group.locator("input[type=radio]").count():
                group.locator("input[type=radio]").first.check()
        for area in walk.page.locator("textarea").all():
            area.fill("una nota")
        walk.press("Confirmar: está hecho")
        done += 1
    return done


def test_four_officers_carry_ten_cases_and_the_timeline_holds_it_in_order(
    server: Server, chromium: Browser
) -> None:
    numbers = within(server, MAKE)
    assert len(numbers) == 10
    for _ in range(2):
        assert server.command("work", "--once").returncode == 0
    with ExitStack() as stack:
        walks = {who: stack.enter_context(signed_in(chromium, server, who)) for who in OFFICERS}
        walks["pnc"].go("/trabajo/?cuando=atrasadas")
        walks["pnc"].page.get_by_role("button", name="Tomarlo").first.click()
        for _round in range(6):
            done = [do_what_is_owed(walks[who], case) for case in numbers for who in OFFICERS]
            if not any(done):
                break
        walks["pnc"].go(f"/trabajo/casos/{numbers[0]}/")
        timeline = walks["pnc"].page.inner_text(".timeline")
    for line in within(server, READ, *numbers):
        number, closed, events = json.loads(line)
        assert closed, number
        at = [event[3] for event in events]
        assert at == sorted(at)
        place = {(kind, step): index for index, (kind, step, *_rest) in enumerate(events)}
        told = [e for e in events if e[0] == "notice" and e[1] == "receive" and e[4]["what"] == "late"]
        assert len(told) == 1
        assert place["notice", "receive"] < place["step-done", "receive"]
        order = ["receive", "hand_over", "open_file", "request_expertise", "verify_seal", "give_opinion"]
        order += ["decide", "tell_her", "close"]
        places = [place["step-done", step] for step in order]
        assert places == sorted(places)
        by = {step: party for kind, step, party, *_rest in events if kind == "step-done"}
        assert by["offer_care"] == "dmm"
        assert by["hand_over"] == "pnc"
        assert by["decide"] == "mp"
        assert by["give_opinion"] == "inacif"
    for words in ("Se avisó a", "Hecho: Entregar al Ministerio Público", "Hecho: Cerrar"):
        assert words in timeline
