"""The route as BPMN: valid, whole, drawn in its lanes, and runnable by an engine that is not ours."""

from __future__ import annotations

import io
from itertools import combinations
from typing import Any
from xml.etree import ElementTree

import pytest
from lxml import etree
from SpiffWorkflow.bpmn.parser import BpmnParser, BpmnValidator
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState

from resguardo import packs
from resguardo.work.bpmn import BPMN, DC, DI, bpmn, process_id

ROUTE = packs.load("gt").route
TEXT = bpmn(ROUTE)
ROOT = ElementTree.fromstring(TEXT)


def unknown() -> dict[str, Any]:
    """Everything that a condition may ask for, not known."""
    known: dict[str, Any] = dict.fromkeys((*ROUTE.facts, *ROUTE.steps), "")
    for table in ROUTE.tables.values():
        known |= dict.fromkeys(table.gives, "no")
    return known | {"consented": []}


def without_timers() -> bytes:
    """The same document for an engine that reads a deadline as a program."""
    root = ElementTree.fromstring(TEXT)
    process = root.find(f"{{{BPMN}}}process")
    for event in process.findall(f"{{{BPMN}}}boundaryEvent"):
        process.remove(event)
    return ElementTree.tostring(root)


def run(**facts: str) -> list[str]:
    """The steps that an engine does for these facts, in order."""
    parser = BpmnParser()
    parser.add_bpmn_str(without_timers())
    workflow = BpmnWorkflow(parser.get_spec(process_id(ROUTE)))
    workflow.task_tree.data.update(unknown() | facts)
    done: list[str] = []
    for _ in range(100):
        workflow.do_engine_steps()
        ready = workflow.get_tasks(state=TaskState.READY, manual=True)
        if not ready:
            break
        task = ready[0]
        done.append(task.task_spec.name.removeprefix("task_"))
        task.data.update({"decide": "archive", "expertise": "inacif"})
        task.run()
    assert workflow.is_completed()
    return done


def boxes() -> dict[str, tuple[float, float, float, float]]:
    found = {}
    for shape in ROOT.iter(f"{{{DI}}}BPMNShape"):
        b = shape.find(f"{{{DC}}}Bounds")
        x, y, wide, high = (float(b.get(k)) for k in ("x", "y", "width", "height"))
        found[shape.get("bpmnElement")] = (x, y, x + wide, y + high)
    return found


def test_it_is_valid_against_the_schema_of_bpmn() -> None:
    BpmnValidator().validate(etree.parse(io.BytesIO(TEXT.encode())))
    broken = TEXT.replace("<bpmn:startEvent", "<bpmn:beginning", 1).replace(
        "</bpmn:startEvent", "</bpmn:beginning", 1
    )
    assert broken != TEXT
    with pytest.raises(ValidationException):
        BpmnValidator().validate(etree.parse(io.BytesIO(broken.encode())))


def test_every_step_is_a_task_in_the_lane_of_its_party() -> None:
    lanes = {
        ref.text: lane.get("id")
        for lane in ROOT.iter(f"{{{BPMN}}}lane")
        for ref in lane.iter(f"{{{BPMN}}}flowNodeRef")
    }
    for name, step in ROUTE.steps.items():
        if not step.many and step.who in ROUTE.owners:
            assert lanes[f"task_{name}"] == f"lane_{step.who}"


def test_every_task_stands_inside_its_lane_and_on_nobody_else() -> None:
    placed = boxes()
    tasks = [name for name in placed if name.startswith("task_")]
    for name in tasks:
        lane = placed[f"lane_{ROUTE.steps[name.removeprefix('task_')].who}"]
        x, y, x_end, y_end = placed[name]
        assert lane[0] <= x
        assert lane[1] <= y
        assert x_end <= lane[2]
        assert y_end <= lane[3]
    for one, two in combinations(tasks, 2):
        a, b = placed[one], placed[two]
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1], (one, two)


def test_another_engine_runs_a_denuncia_to_its_end() -> None:
    done = run(nature="denuncia", risk_level="high", ask_measures="granted")
    assert done[0] == "tell"
    assert done[-1] == "close"
    assert {"hand_over", "verify_seal", "serve_measures", "protect", "decide", "tell_her"} <= set(done)
    assert not {"advise", "close_guidance", "notify_pgn", "lab_report"} & set(done)


@pytest.mark.parametrize(("nature", "last"), [("notice", "close"), ("guidance", "close_guidance")])
def test_another_engine_runs_the_shorter_paths_too(nature: str, last: str) -> None:
    done = run(nature=nature)
    assert last in done
    assert "open_file" not in done
