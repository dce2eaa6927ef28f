"""The route as BPMN 2.0, for whoever works with a stock modeler: exported, never imported.

A lane for each party, a user task for each step, `after` as parallel joins, `when` as an exclusive gateway
that may go round the task, deadlines as timers on its border. What BPMN cannot say (a step added while a case
runs, a join passed twice after going back) the route document says; ad-hoc steps are notes beside their lane.
Source: OMG BPMN 2.0.2, with its diagram interchange.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from xml.etree import ElementTree as xml

from resguardo.core.route import CONSENTED, Conditions, Route, Step
from resguardo.work.drawing import party_title
from resguardo.work.lanes import Plan, plan

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
DI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
LINE = "http://www.omg.org/spec/DD/20100524/DI"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
CELL, ROW, HEAD, GATE, TASK, HIGH = 400, 130, 60, 36, 110, 76
# Where in its cell each part of a step stands.
PARTS = {"join": 0, "ask": 48, "back": 96, "task": 144, "choice": 266, "merge": 314, "fork": 358}


@dataclass
class Node:
    """A shape: its kind in BPMN, its words, and its box."""

    kind: str
    x: float
    y: float
    wide: float
    high: float
    name: str = ""
    doc: str = ""


@dataclass
class Flow:
    """An arrow: from, to, the condition on which it is taken, and whether it is what happens otherwise."""

    source: str
    target: str
    condition: str = ""
    otherwise: bool = False


@dataclass
class Diagram:
    """The nodes and flows of a route, before they are written."""

    route: Route
    language: str
    nodes: dict[str, Node] = field(default_factory=dict)
    flows: list[Flow] = field(default_factory=list)


def bpmn(route: Route, language: str = "es") -> str:
    """The route as a BPMN 2.0 document that a modeler opens with its lanes and its picture."""
    paper = plan(route, None)
    drawn = {name: place for name, place in paper.places.items() if not route.steps[name].many}
    paper = Plan(paper.lanes, paper.columns, drawn, tuple(j for j in paper.joins if set(j) <= drawn.keys()))
    diagram = Diagram(route, language)
    tops = _lane_tops(paper)
    for name, place in drawn.items():
        x = 190 + place.row * CELL
        y = tops[place.lane][0] + place.column * ROW + 20
        _step(diagram, name, route.steps[name], paper, x, y)
    _ends(diagram, paper)
    return _write(diagram, paper, tops)


def _lane_tops(paper: Plan) -> dict[str, tuple[float, float]]:
    """(top, height) of each lane."""
    tops, top = {}, float(HEAD)
    for lane in paper.lanes:
        high = float(ROW * paper.columns[lane])
        tops[lane] = (top, high)
        top += high
    return tops


def _step(diagram: Diagram, name: str, step: Step, paper: Plan, x: float, y: float) -> None:
    """The nodes of one step, in the order of its cell, and the flows between them."""
    route, chain = diagram.route, []
    targets = {one for spec in route.steps.values() for steps in spec.outcomes.values() for one in steps}
    goes_back = any(step.outcomes.values())
    wanted = {
        "join": sum(after == name for _, after in paper.joins) > 1,
        "ask": bool(step.when),
        "back": name in targets,
        "task": True,
        "choice": goes_back,
        "merge": bool(step.when),
        "fork": sum(before == name for before, _ in paper.joins) > 1,
    }
    for part in (part for part, there in wanted.items() if there):
        node = f"{part}_{name}"
        chain.append(node)
        if part == "task":
            title = step.title.in_(diagram.language)
            doc = _documentation(step, diagram.language)
            diagram.nodes[node] = Node("userTask", x + PARTS[part], y, TASK, HIGH, title, doc)
        else:
            kind = "parallelGateway" if part in ("join", "fork") else "exclusiveGateway"
            diagram.nodes[node] = Node(kind, x + PARTS[part], y + (HIGH - GATE) / 2, GATE, GATE)
    for before, after in pairwise(chain):
        condition = expression(step.when) if before.startswith("ask_") else ""
        diagram.flows.append(Flow(before, after, condition, before.startswith("choice_")))
    if step.when:
        diagram.flows.append(Flow(f"ask_{name}", f"merge_{name}", otherwise=True))
    for outcome, again in step.outcomes.items():
        for one in again:
            diagram.flows.append(Flow(f"choice_{name}", f"back_{one}", f'{name} == "{outcome}"'))
    for before, after in paper.joins:
        if before == name:
            diagram.flows.append(Flow(chain[-1], _first(diagram, after, paper)))


def _first(diagram: Diagram, name: str, paper: Plan) -> str:
    """The node at which a step is entered."""
    if sum(after == name for _, after in paper.joins) > 1:
        return f"join_{name}"
    return f"ask_{name}" if diagram.route.steps[name].when else f"task_{name}"


def _ends(diagram: Diagram, paper: Plan) -> None:
    """The beginning, and an end after every step that nothing follows."""
    route = diagram.route
    first = diagram.nodes[f"task_{route.start}"]
    diagram.nodes["start"] = Node("startEvent", first.x - 70, first.y + 20, GATE, GATE)
    diagram.flows.append(Flow("start", f"task_{route.start}"))
    leading = {before for before, _ in paper.joins}
    for name in [name for name in paper.places if name not in leading]:
        last = next(p for p in ("merge", "choice", "task") if f"{p}_{name}" in diagram.nodes)
        task = diagram.nodes[f"task_{name}"]
        diagram.nodes[f"end_{name}"] = Node(
            "endEvent", task.x - PARTS["task"] + PARTS["fork"], task.y + 20, GATE, GATE
        )
        diagram.flows.append(Flow(f"{last}_{name}", f"end_{name}"))


def expression(when: Conditions) -> str:
    """A condition as an expression that Python and FEEL-like engines read."""
    parts = []
    for name, wanted in when.items():
        values = [wanted] if isinstance(wanted, str) else wanted
        if name == CONSENTED:
            parts.append(" or ".join(f'"{value}" in {name}' for value in values))
        elif len(values) == 1:
            parts.append(f'{name} == "{values[0]}"')
        else:
            parts.append(f"{name} in [{', '.join(chr(34) + value + chr(34) for value in values)}]")
    return " and ".join(f"({part})" if " or " in part else part for part in parts)


def _documentation(step: Step, language: str) -> str:
    """What is to be done, by when, and under what: what a modeler shows beside a task."""
    does = step.does.in_(language) if step.does else ""
    within = f" {step.within}." if step.within else ""
    return f"{does}{within} {step.basis} ({step.basis.status})".strip()


def _write(diagram: Diagram, paper: Plan, tops: Mapping[str, tuple[float, float]]) -> str:
    for prefix, space in (("bpmn", BPMN), ("bpmndi", DI), ("dc", DC), ("di", LINE), ("xsi", XSI)):
        xml.register_namespace(prefix, space)
    route = diagram.route
    wide = 190 + (paper.rows + 1) * CELL
    root = xml.Element(f"{{{BPMN}}}definitions", targetNamespace="urn:resguardo", id="definitions")
    pool = xml.SubElement(root, f"{{{BPMN}}}collaboration", id="collaboration")
    xml.SubElement(pool, f"{{{BPMN}}}participant", id="pool", name=route.ref, processRef=process_id(route))
    process = xml.SubElement(root, f"{{{BPMN}}}process", id=process_id(route), isExecutable="true")
    _write_lanes(diagram, process, paper)
    flows = {f"flow_{number}": flow for number, flow in enumerate(diagram.flows)}
    for name, node in diagram.nodes.items():
        _write_node(process, name, node, flows)
    for name, step in route.steps.items():
        if f"task_{name}" in diagram.nodes and step.within:
            _write_timer(process, name, step)
    for name, flow in flows.items():
        _write_flow(process, name, flow)
    _write_notes(diagram, process)
    _write_picture(diagram, root, paper, tops, flows, wide)
    xml.indent(root)
    return xml.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def process_id(route: Route) -> str:
    """The id of the process: route_gt_2."""
    return f"route_{route.name}_{route.version}"


def _write_lanes(diagram: Diagram, process: xml.Element, paper: Plan) -> None:
    lanes = xml.SubElement(process, f"{{{BPMN}}}laneSet", id="lanes")
    for lane in paper.lanes:
        title = party_title(diagram.route, lane, diagram.language)
        element = xml.SubElement(lanes, f"{{{BPMN}}}lane", id=f"lane_{lane}", name=title)
        for name in diagram.nodes:
            step = name.partition("_")[2] or diagram.route.start
            if paper.places[step].lane == lane:
                xml.SubElement(element, f"{{{BPMN}}}flowNodeRef").text = name


def _write_node(process: xml.Element, name: str, node: Node, flows: Mapping[str, Flow]) -> None:
    element = xml.SubElement(process, f"{{{BPMN}}}{node.kind}", id=name)
    if node.name:
        element.set("name", node.name)
    otherwise = [flow for flow, one in flows.items() if one.source == name and one.otherwise]
    if otherwise and node.kind == "exclusiveGateway":
        element.set("default", otherwise[0])
    if node.doc:
        xml.SubElement(element, f"{{{BPMN}}}documentation").text = node.doc
    for tag, end in (("incoming", "target"), ("outgoing", "source")):
        for flow, one in flows.items():
            if getattr(one, end) == name:
                xml.SubElement(element, f"{{{BPMN}}}{tag}").text = flow


def _write_timer(process: xml.Element, name: str, step: Step) -> None:
    event = xml.SubElement(
        process,
        f"{{{BPMN}}}boundaryEvent",
        id=f"late_{name}",
        attachedToRef=f"task_{name}",
        cancelActivity="false",
    )
    timer = xml.SubElement(event, f"{{{BPMN}}}timerEventDefinition", id=f"timer_{name}")
    xml.SubElement(timer, f"{{{BPMN}}}timeDuration", {f"{{{XSI}}}type": "bpmn:tFormalExpression"}).text = str(
        step.within
    )


def _write_flow(process: xml.Element, name: str, flow: Flow) -> None:
    element = xml.SubElement(
        process, f"{{{BPMN}}}sequenceFlow", id=name, sourceRef=flow.source, targetRef=flow.target
    )
    if flow.condition:
        xml.SubElement(
            element, f"{{{BPMN}}}conditionExpression", {f"{{{XSI}}}type": "bpmn:tFormalExpression"}
        ).text = flow.condition


def _write_notes(diagram: Diagram, process: xml.Element) -> None:
    """Ad-hoc steps, which no flow leads to."""
    for name, step in _ad_hoc(diagram.route):
        note = xml.SubElement(process, f"{{{BPMN}}}textAnnotation", id=f"note_{name}")
        party = party_title(diagram.route, step.who, diagram.language)
        text = f"Ad hoc. {party}: {step.title.in_(diagram.language)} ({step.within})"
        xml.SubElement(note, f"{{{BPMN}}}text").text = text


def _ad_hoc(route: Route) -> Iterator[tuple[str, Step]]:
    yield from ((name, step) for name, step in route.steps.items() if step.many and step.who in route.owners)


def _write_picture(
    diagram: Diagram,
    root: xml.Element,
    paper: Plan,
    tops: Mapping[str, tuple[float, float]],
    flows: Mapping[str, Flow],
    wide: float,
) -> None:
    picture = xml.SubElement(root, f"{{{DI}}}BPMNDiagram", id="diagram")
    plane = xml.SubElement(picture, f"{{{DI}}}BPMNPlane", id="plane", bpmnElement="collaboration")
    high = sum(height for _, height in tops.values())
    _shape(plane, "pool", 100, HEAD, wide, high, flat=True)
    for lane in paper.lanes:
        _shape(plane, f"lane_{lane}", 130, *tops[lane][:1], wide - 30, tops[lane][1], flat=True)
    for name, node in diagram.nodes.items():
        _shape(plane, name, node.x, node.y, node.wide, node.high)
    for name, step in diagram.route.steps.items():
        task = diagram.nodes.get(f"task_{name}")
        if task is not None and step.within:
            _shape(plane, f"late_{name}", task.x + TASK - 30, task.y + HIGH - 14, 28, 28)
    for number, (name, _) in enumerate(_ad_hoc(diagram.route)):
        _shape(plane, f"note_{name}", 190 + number * 260, HEAD + high + 30, 240, 46)
    for name, flow in flows.items():
        edge = xml.SubElement(plane, f"{{{DI}}}BPMNEdge", id=f"{name}_edge", bpmnElement=name)
        for x, y in _way(diagram.nodes[flow.source], diagram.nodes[flow.target], flow):
            xml.SubElement(edge, f"{{{LINE}}}waypoint", x=f"{x:.0f}", y=f"{y:.0f}")


def _shape(
    plane: xml.Element, name: str, x: float, y: float, wide: float, high: float, *, flat: bool = False
) -> None:
    shape = xml.SubElement(plane, f"{{{DI}}}BPMNShape", id=f"{name}_shape", bpmnElement=name)
    if flat:
        shape.set("isHorizontal", "true")
    xml.SubElement(
        shape, f"{{{DC}}}Bounds", x=f"{x:.0f}", y=f"{y:.0f}", width=f"{wide:.0f}", height=f"{high:.0f}"
    )


def _way(one: Node, two: Node, flow: Flow) -> list[tuple[float, float]]:
    """The corners of an arrow: along the foot of its row, and up before its target; or round a task."""
    y1, y2 = one.y + one.high / 2, two.y + two.high / 2
    if flow.otherwise and flow.source.startswith("ask_"):
        under = one.y + one.high + 26
        middle1, middle2 = one.x + one.wide / 2, two.x + two.wide / 2
        return [(middle1, one.y + one.high), (middle1, under), (middle2, under), (middle2, two.y + two.high)]
    start, end = (one.x + one.wide, y1), (two.x, y2)
    if two.x < one.x:
        under = max(one.y + one.high, two.y + two.high) + 40
        return [
            (one.x + one.wide / 2, one.y + one.high),
            (one.x + one.wide / 2, under),
            (two.x + two.wide / 2, under),
            (two.x + two.wide / 2, two.y + two.high),
        ]
    if y1 == y2 and two.x - one.x < CELL:
        return [start, end]
    aside = one.x + one.wide + 6 if two.x - one.x < CELL else two.x - 7
    if two.x - one.x >= CELL:
        foot = one.y + one.high / 2 + ROW / 2 - 4
        return [start, (start[0] + 5, y1), (start[0] + 5, foot), (aside, foot), (aside, y2), end]
    return [start, (aside, y1), (aside, y2), end]
