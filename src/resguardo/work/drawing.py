"""The route as a drawing: a lane for each institution, boxes for steps, time from left to right.

A pure function to inline SVG: no script, no style attribute (our content policy allows none), shapes that
read in black and white: done is filled, owed has a thick border, late a double one, the rest is thin.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from datetime import datetime
from html import escape

from resguardo.core.fold import State
from resguardo.core.history import HER
from resguardo.core.route import Route, holds

WIDE, HIGH, GAP_X, GAP_Y, LABEL = 132, 62, 34, 18, 118
INK, SOFT, TEAL, OCHRE, BRICK, PAPER = "#1d2528", "#5b6a70", "#0b5a60", "#8a5600", "#8f2a17", "#ffffff"
WORDS = {
    "es": {"done": "hecho", "owed": "pendiente", "late": "atrasado", "later": "después", "skip": "no aplica"},
    "en": {"done": "done", "owed": "owed", "late": "late", "later": "later", "skip": "does not apply"},
}


@dataclass(frozen=True)
class Box:
    """One step in the drawing: its place, and how it stands."""

    step: str
    lane: str
    column: int
    row: int
    stands: str
    due: datetime | None


def stands(route: Route, state: State | None, step: str, now: datetime | None) -> tuple[str, datetime | None]:
    """How a step stands (done, owed, late, later, skip), and its deadline."""
    if state is None:
        return "later", None
    for owed in state.open:
        if owed.step == step:
            late = bool(now and owed.due and owed.due < now)
            return ("late" if late else "owed"), owed.due
    if step in state.done:
        return "done", None
    return ("later" if holds(route.steps[step].when, state.facts) and not state.closed else "skip"), None


def describe(
    route: Route, state: State | None, now: datetime | None, language: str = "es"
) -> list[list[str]]:
    """The drawing in words: a row for each step with institution, step, how it stands, deadline."""
    words = WORDS["en" if language.startswith("en") else "es"]
    return [
        [
            lane_title(route, box.lane, language),
            route.steps[box.step].title.in_(language),
            words[box.stands],
            f"{box.due:%Y-%m-%d %H:%M}" if box.due else "",
        ]
        for box in boxes(route, state, now)
    ]


def lane_title(route: Route, lane: str, language: str) -> str:
    if lane == HER:
        return "Her" if language.startswith("en") else "Ella"
    return route.parties[lane].title.in_(language)


def boxes(route: Route, state: State | None, now: datetime | None) -> list[Box]:
    """Every step that concerns this case, with a column after all it waits for and a free row."""
    kept = [
        name
        for name, step in route.steps.items()
        if step.who in route.owners()
        and (state is None or name in state.done or stands(route, state, name, now)[0] != "skip")
    ]
    column: dict[str, int] = {}

    def place(name: str) -> int:
        if name not in column:
            column[name] = 1 + max((place(b) for b in route.steps[name].after), default=-1)
        return column[name]

    taken: dict[tuple[str, int], int] = {}
    answer = []
    for name in kept:
        lane, at = route.steps[name].who, place(name)
        row = taken.get((lane, at), 0)
        taken[lane, at] = row + 1
        answer.append(Box(name, lane, at, row, *stands(route, state, name, now)))
    used = sorted({box.column for box in answer})
    return [
        Box(b.step, b.lane, used.index(b.column), b.row, b.stands, b.due)
        for b in sorted(answer, key=lambda b: (b.column, b.lane))
    ]


def draw(route: Route, state: State | None = None, now: datetime | None = None, language: str = "es") -> str:
    """The whole drawing as one `<svg>`, with a title and description for who cannot see it."""
    placed = boxes(route, state, now)
    lanes = [lane for lane in (HER, *route.parties) if any(box.lane == lane for box in placed)]
    rows = {lane: 1 + max(box.row for box in placed if box.lane == lane) for lane in lanes}
    top, y = {}, 8
    for lane in lanes:
        top[lane] = y
        y += rows[lane] * (HIGH + GAP_Y) + GAP_Y
    columns = 1 + max(box.column for box in placed)
    width = LABEL + columns * (WIDE + GAP_X) + GAP_X // 2
    where = {
        box.step: (
            LABEL + box.column * (WIDE + GAP_X) + GAP_X // 2,
            top[box.lane] + GAP_Y + box.row * (HIGH + GAP_Y),
        )
        for box in placed
    }
    title = "The route of this case" if language.startswith("en") else "La ruta de este caso"
    told = "; ".join(": ".join(row[1:3]) for row in describe(route, state, now, language))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {y}" width="{width}" height="{y}" '
        f'role="img" aria-labelledby="route-title route-told" font-family="system-ui, sans-serif" '
        f'font-size="13">',
        f'<title id="route-title">{escape(title)}</title><desc id="route-told">{escape(told)}</desc>',
        f'<rect width="{width}" height="{y}" fill="{PAPER}"/>',
    ]
    parts += [lane_svg(route, lane, top[lane], rows[lane], width, language) for lane in lanes]
    parts += edges(route, where)
    parts += [box_svg(route, box, *where[box.step], language) for box in placed]
    return "".join(parts) + "</svg>"


def lane_svg(route: Route, lane: str, y: int, rows: int, width: int, language: str) -> str:
    high = rows * (HIGH + GAP_Y) + GAP_Y
    lines = textwrap.wrap(lane_title(route, lane, language), 15)[:4]
    return (
        f'<rect x="1" y="{y}" width="{width - 2}" height="{high}" fill="none" stroke="#b9c7ca"/>'
        + text_svg(lines, LABEL // 2, y + high // 2, INK, bold=True)
    )


def text_svg(lines: list[str], x: int, middle: int, fill: str, bold: bool = False) -> str:
    start = middle - (len(lines) - 1) * 8 + 4
    weight = ' font-weight="700"' if bold else ""
    return "".join(
        f'<text x="{x}" y="{start + i * 16}" text-anchor="middle" fill="{fill}"{weight}>{escape(line)}</text>'
        for i, line in enumerate(lines)
    )


def edges(route: Route, where: dict[str, tuple[int, int]]) -> list[str]:
    """Lines from each step to what comes after it: out to the right, down a gutter, in from the left."""
    drawn = []
    for name, (x, y) in where.items():
        for before in route.steps[name].after:
            if before not in where:
                continue
            fx, fy = where[before][0] + WIDE, where[before][1] + HIGH // 2
            ty, gutter = y + HIGH // 2, x - GAP_X // 2
            lane_y = fy if fx + GAP_X >= x else fy + (HIGH + GAP_Y) // 2
            path = f"M{fx} {fy}h{GAP_X // 2 - 4}V{lane_y}H{gutter}V{ty}H{x - 5}"
            drawn.append(f'<path d="{path}" fill="none" stroke="{SOFT}" stroke-width="1.3"/>')
            drawn.append(f'<path d="M{x} {ty}l-7 -4v8z" fill="{SOFT}"/>')
    return drawn


def box_svg(route: Route, box: Box, x: int, y: int, language: str) -> str:
    """A step: its title, and under it how it stands and by when."""
    ink = {"done": PAPER, "later": SOFT, "skip": SOFT}.get(box.stands, INK)
    line = {"done": TEAL, "owed": OCHRE, "late": BRICK}.get(box.stands, "#90a0a5")
    fill = TEAL if box.stands == "done" else PAPER
    thick = {"owed": 3, "late": 4}.get(box.stands, 1.3)
    dash = ' stroke-dasharray="4 3"' if box.stands in ("later", "skip") else ""
    word = WORDS["en" if language.startswith("en") else "es"][box.stands]
    under = f"{word} {box.due:%d/%m %H:%M}" if box.due else ("" if box.stands == "later" else word)
    lines = textwrap.wrap(route.steps[box.step].title.in_(language), 18)
    if len(lines) > (2 if under else 3):
        lines = [*lines[:1], textwrap.shorten(" ".join(lines[1:]), 18, placeholder="…")]
    if under:
        lines = [*lines, f"({under})" if box.stands != "done" else f"✓ {under}"]
    shape = f'<rect x="{x}" y="{y}" width="{WIDE}" height="{HIGH}" rx="6" fill="{fill}" stroke="{line}"'
    return (
        f"<g><title>{escape(route.steps[box.step].title.in_(language))}: {escape(under or word)}</title>"
        f'{shape} stroke-width="{thick}"{dash}/>'
        + text_svg(lines, x + WIDE // 2, y + HIGH // 2, ink)
        + "</g>"
    )
