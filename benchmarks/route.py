"""The route at work: a step through the one door, the work list, and the same route in another engine.

Ours: `do_step` in Django on SQLite as deployed (WAL, synchronous FULL, a file on disk): read the history,
fold it, chain and seal the event, reconcile grants and what is owed, commit. The peer: the same
route, exported as BPMN, in SpiffWorkflow, each step completed, serialised and committed to SQLite under the
same pragmas.
"""

from __future__ import annotations

import json
import os
import random
import sqlite3
import statistics
import tempfile
import time
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from benchmarks.journey import machine

CASES, OPEN = 60, 100_000
PRAGMAS = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
START = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)


def run() -> dict[str, Any]:
    """Figures in milliseconds and steps a second; the ratio is the peer's time of a step over ours."""
    folder = tempfile.mkdtemp(prefix="resguardo-route-")
    os.environ["RESGUARDO_DATA"] = folder
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "resguardo.site.settings")
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    ours = steps_of_ours()
    theirs = steps_of_spiff(Path(folder) / "peer.sqlite3", len(ours))
    ours_ms, theirs_ms = statistics.fmean(ours) * 1000, statistics.fmean(theirs) * 1000
    figures = {
        "step_p50_ms": statistics.median(ours) * 1000,
        "step_p95_ms": statistics.quantiles(ours, n=20)[18] * 1000,
        "steps_per_s": len(ours) / sum(ours),
        "worklist_ms": worklist_ms(),
        "spiff_step_ms": theirs_ms,
        "steps": len(ours),
    }
    return {"figures": figures, "ratios": {"to_spiffworkflow": theirs_ms / ours_ms}, "machine": machine()}


def steps_of_ours() -> list[float]:
    """Seconds of every step of CASES cases, each carried from its opening to its end."""
    from resguardo.cases import commands, queries
    from tests.crowd import fresh
    from tests.persons import CONSENTS, Persons

    persons, luck, times = Persons(), random.Random(1), []
    route = queries.current_route()
    for _ in range(CASES):
        told = commands.Told(
            nature="denuncia",
            language="es",
            facts={"age": "adult", "threat": luck.choice(("yes", "no"))},
            texts={"account": {"text": "palabras " * 50}, "contact": {"how": "por la tarde"}},
            consents=CONSENTS,
        )
        case = commands.open_case(told, START, fresh()).case
        for minute in range(1, 60):
            state = queries.state(case)
            if state.closed:
                break
            owed = luck.choice(state.open)
            step = route.steps[owed.step]
            began = time.perf_counter()
            commands.do_step(
                case,
                owed.step,
                persons[owed.party],
                START + timedelta(minutes=minute),
                outcome=next((o for o, again in step.outcomes.items() if not again), None),
                facts={fact: route.facts[fact].values[0] for fact in step.asks},
                writes={group: {"text": "una nota"} for group in step.writes},
            )
            times.append(time.perf_counter() - began)
    return times


def steps_of_spiff(path: Path, count: int) -> list[float]:
    """Seconds of `count` steps of the same route in SpiffWorkflow."""
    from SpiffWorkflow.bpmn.parser import BpmnParser
    from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
    from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
    from SpiffWorkflow.util.task import TaskState

    from resguardo import packs
    from resguardo.work.bpmn import BPMN, bpmn, process_id

    route = packs.load("gt").route
    root = ElementTree.fromstring(bpmn(route))
    process = root.find(f"{{{BPMN}}}process")
    for event in process.findall(f"{{{BPMN}}}boundaryEvent"):
        process.remove(event)
    parser = BpmnParser()
    parser.add_bpmn_str(ElementTree.tostring(root))
    spec, serializer = parser.get_spec(process_id(route)), BpmnWorkflowSerializer()
    database = sqlite3.connect(path, isolation_level=None)
    database.executescript(PRAGMAS + "CREATE TABLE cases (id INTEGER PRIMARY KEY, state TEXT);")
    facts: dict[str, Any] = dict.fromkeys((*route.facts, *route.steps), "") | {"consented": []}
    for table in route.tables.values():
        facts |= dict.fromkeys(table.gives, "no")
    times: list[float] = []
    case = 0
    while len(times) < count:
        case += 1
        workflow = BpmnWorkflow(spec)
        workflow.task_tree.data.update(facts | {"nature": "denuncia", "urgent": "yes"})
        workflow.do_engine_steps()
        database.execute("INSERT INTO cases VALUES (?, ?)", (case, "{}"))
        answers = {"decide": "charge", "ask_measures": "granted", "expertise": "inacif", "risk_level": "low"}
        while ready := workflow.get_tasks(state=TaskState.READY, manual=True):
            began = time.perf_counter()
            ready[0].data.update(answers)
            ready[0].run()
            workflow.do_engine_steps()
            state = json.dumps(serializer.to_dict(workflow), default=str)
            database.execute("BEGIN IMMEDIATE")
            database.execute("UPDATE cases SET state = ? WHERE id = ?", (state, case))
            database.execute("COMMIT")
            times.append(time.perf_counter() - began)
    return times[:count]


def worklist_ms() -> float:
    """Median milliseconds of a page of the work list with OPEN open steps of one party."""
    from resguardo.cases import worklist as lists
    from resguardo.cases.models import Case, Owed
    from resguardo.core.age import Identity
    from resguardo.people.holder import Holder
    from resguardo.people.models import Member

    luck = random.Random(2)
    cases = [
        Case(
            id=uuid.UUID(int=luck.getrandbits(128)),
            number=f"LD-{number}",
            route="gt@2",
            nature="denuncia",
            locator=f"{number:032x}",
            receipt_recipient="-",
            opened_at=START,
        )
        for number in range(OPEN // 4)
    ]
    Case.objects.bulk_create(cases, batch_size=2000)
    steps = ("receive", "seal_evidence", "assess_risk", "register")
    Owed.objects.bulk_create(
        (
            Owed(
                case=case,
                step=step,
                party="pnc",
                since=START,
                due=START + timedelta(minutes=luck.randrange(20_000)),
                assigned=luck.choice(("", "a1", "b2", "c3")),
            )
            for case in cases
            for step in steps
        ),
        batch_size=2000,
    )
    member = Member.objects.filter(party="pnc").first()
    holder = Holder("pnc", "officer", member.pseudonym, Identity.generate(), member.pk)
    now = START + timedelta(minutes=5000)
    times = []
    for number in range(60):
        wanted = lists.Wanted(whose=("all", "free")[number % 2], when=("all", "late")[number // 2 % 2])
        began = time.perf_counter()
        assert len(lists.worklist(holder, now, wanted).rows) == lists.PAGE
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1000
