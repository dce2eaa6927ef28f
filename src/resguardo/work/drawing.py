"""The route of a case as a picture and, for whoever hears the page, the same in words.

Inline SVG without script or style sheet. Each state differs by line and sign, not by colour alone, so it
reads on a photocopy. Times are those of the time zone of `now`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from html import escape
from textwrap import wrap

from resguardo.core.fold import State
from resguardo.core.history import HER
from resguardo.core.route import Route
from resguardo.work.lanes import Place, Plan, lanes_of_steps, plan

WIDTH, HEAD, BOX, GAP, SIDE, FOOT = 1240, 64, 56, 22, 30, 58
INK, SOFT, LINE, TINT, TEAL, BRICK = "#1d2528", "#465359", "#b9c7ca", "#eef5f5", "#0b5a60", "#8f2a17"
MONTHS = {
    "es": "ene feb mar abr may jun jul ago sep oct nov dic".split(),
    "en": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(),
}
WORDS = {
    "es": {
        "title": "La ruta del caso",
        "desc": "{done} pasos hechos, {owed} por hacer ahora, {late} con atraso, {next} aún no.",
        "closed": "El caso está cerrado.",
        "her": "Ella",
        "done": "Hecho",
        "owed": "Por hacer ahora",
        "late": "Con atraso",
        "next": "Aún no",
        "by": "antes del {time}",
        "since": "vencía el {time}",
        "within": "plazo: {time}",
        "days": "{n} días",
        "hours": "{n} horas",
        "confirm": "por confirmar",
    },
    "en": {
        "title": "The route of the case",
        "desc": "{done} steps done, {owed} to do now, {late} late, {next} not yet.",
        "closed": "The case is closed.",
        "her": "She",
        "done": "Done",
        "owed": "To do now",
        "late": "Late",
        "next": "Not yet",
        "by": "before {time}",
        "since": "was due {time}",
        "within": "time: {time}",
        "days": "{n} days",
        "hours": "{n} hours",
        "confirm": "to be confirmed",
    },
}


@dataclass(frozen=True)
class Row:
    """A step in words. `status` is done, owed, late or next; `time` says when, or by when; both in words too."""

    step: str
    title: str
    party: str
    status: str
    word: str
    time: str
    basis: str


def describe(route: Route, state: State | None, now: datetime | None, lang: str) -> list[Row]:
    """Every step that is drawn, from the top of the drawing, for a table."""
    places = plan(route, state).places
    order = {party: place for place, party in enumerate((HER, *route.parties))}
    names = sorted(places, key=lambda name: (places[name].row, order[places[name].lane]))
    return [_row(route, state, now, lang, name, places[name].lane) for name in names]


def draw(route: Route, state: State | None = None, now: datetime | None = None, lang: str = "es") -> str:
    """The route as inline SVG, 1240 units wide; with a state, what is done, owed, late and not yet."""
    paper = plan(route, state)
    rows = {row.step: row for row in describe(route, state, now, lang)}
    words = _words(lang)
    count = {status: sum(row.status == status for row in rows.values()) for status in SIGNS}
    closed = " " + words["closed"] if state is not None and state.closed else ""
    height = HEAD + paper.rows * (BOX + GAP) + FOOT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="100%" role="img"'
        ' aria-labelledby="route-title route-desc" font-family="system-ui, sans-serif" font-size="14">',
        f'<title id="route-title">{escape(words["title"])}</title>',
        f'<desc id="route-desc">{escape(words["desc"].format(**count) + closed)}</desc>',
        '<defs><marker id="route-tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8"'
        f' orient="auto"><path d="M0 0L8 4L0 8z" fill="{SOFT}"/></marker></defs>',
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        *_lanes(route, paper, lang, height),
        *_joins(paper),
        *_ways_back(route, paper),
        *(part for name, place in paper.places.items() for part in _box(paper, place, rows[name])),
        *_legend(words, height, with_states=state is not None),
        "</svg>",
    ]
    return "\n".join(parts)


SIGNS = {"done": "✓", "owed": "→", "late": "!", "next": ""}


def _words(lang: str) -> dict[str, str]:
    return WORDS["en" if lang.startswith("en") else "es"]


def _row(route: Route, state: State | None, now: datetime | None, lang: str, name: str, lane: str) -> Row:
    step, words = route.steps[name], _words(lang)
    status, time = "next", ""
    owed = next((o for o in state.open if o.step == name), None) if state else None
    if owed is not None:
        late = owed.due is not None and now is not None and owed.due < now
        status = "late" if late else "owed"
        if owed.due is not None:
            time = words["since" if late else "by"].format(time=_moment(owed.due, now, lang))
    elif state is not None and name in state.standing:
        status, time = "done", _moment(state.done[name][-1].at, now, lang)
    elif step.within is not None:
        time = words["within"].format(time=_span(step.within.total_seconds(), words))
    basis = ", ".join(part for part in (step.basis.law, step.basis.source) if part)
    if step.basis.status in ("MEMORY", "OWN"):
        basis = f"{basis} ({words['confirm']})" if basis else words["confirm"]
    return Row(name, step.title.in_(lang), party_title(route, lane, lang), status, words[status], time, basis)


def party_title(route: Route, party: str, lang: str) -> str:
    """What people read for a party, or for her."""
    return _words(lang)["her"] if party == HER else route.parties[party].title.in_(lang)


def _moment(at: datetime, now: datetime | None, lang: str) -> str:
    local = at.astimezone(now.tzinfo) if now is not None and now.tzinfo is not None else at
    month = MONTHS["en" if lang.startswith("en") else "es"][local.month - 1]
    return f"{local.day} {month} {local:%H:%M}"


def _span(seconds: float, words: dict[str, str]) -> str:
    hours = round(seconds / 3600)
    if hours % 24 == 0 and hours > 24:
        return words["days"].format(n=hours // 24)
    return words["hours"].format(n=hours)


def _lane_width(paper: Plan) -> float:
    return WIDTH / max(1, len(paper.lanes))


def _corner(paper: Plan, place: Place) -> tuple[float, float]:
    return paper.lanes.index(place.lane) * _lane_width(paper) + SIDE, HEAD + place.row * (BOX + GAP)


def _lanes(route: Route, paper: Plan, lang: str, height: int) -> Iterator[str]:
    width = _lane_width(paper)
    for number, party in enumerate(paper.lanes):
        if number % 2 == 0:
            yield f'<rect x="{number * width:.0f}" width="{width:.0f}" height="{height - FOOT}" fill="#f5f8f8"/>'
        lines = wrap(party_title(route, party, lang), int((width - 24) / 8.2))[:2]
        for line, text in enumerate(lines):
            y = (30 if len(lines) == 1 else 22) + 18 * line
            yield (
                f'<text x="{(number + 0.5) * width:.0f}" y="{y}" text-anchor="middle" font-size="15"'
                f' font-weight="700" fill="{INK}">{escape(text)}</text>'
            )
    yield f'<path d="M0 {HEAD - 14}H{WIDTH}M0 {height - FOOT}H{WIDTH}" stroke="{INK}" stroke-width="1.5"/>'
    for number in range(1, len(paper.lanes)):
        yield f'<path d="M{number * width:.0f} 0V{height - FOOT}" stroke="{LINE}"/>'


def _joins(paper: Plan) -> Iterator[str]:
    leaving = [before for before, _ in paper.joins]
    for before, after in paper.joins:
        path = _path(paper, paper.places[before], paper.places[after], leaving.count(before) > 1)
        yield f'<path d="{path}" fill="none" stroke="{SOFT}" stroke-width="1.6" marker-end="url(#route-tip)"/>'


def _path(paper: Plan, one: Place, two: Place, forks: bool) -> str:
    """Lines run between rows and beside boxes, never through one."""
    (x1, y1), (x2, y2) = _corner(paper, one), _corner(paper, two)
    wide = _lane_width(paper) - 2 * SIDE
    bottom, half = y1 + BOX, GAP / 2
    if two.row == one.row + 1:
        if one.lane == two.lane:
            return f"M{x1 + wide / 2:.0f} {bottom}V{y2}"
        return f"M{x1 + wide / 2:.0f} {bottom}V{bottom + half}H{x2 + wide / 2:.0f}V{y2}"
    if one.lane != two.lane:
        return f"M{x1 + wide / 2:.0f} {bottom}V{bottom + half}H{x2 - 16:.0f}V{y2 + BOX / 2}H{x2:.0f}"
    if forks:
        return f"M{x1:.0f} {y1 + BOX / 2}H{x1 - 16:.0f}V{y2 + BOX / 2}H{x2:.0f}"
    right = x1 + wide
    return f"M{right:.0f} {y1 + BOX / 2}H{right + 14:.0f}V{y2 + BOX / 2 - 8}H{right:.0f}"


def _ways_back(route: Route, paper: Plan) -> Iterator[str]:
    """Outcomes that owe an earlier step again, dashed, upwards."""
    for name, place in paper.places.items():
        for again in {again for steps in route.steps[name].outcomes.values() for again in steps}:
            if again not in paper.places:
                continue
            (x1, y1), (x2, y2) = _corner(paper, place), _corner(paper, paper.places[again])
            wide = _lane_width(paper) - 2 * SIDE
            aside = max(x1, x2) + wide + 20
            yield (
                f'<path d="M{x1 + wide:.0f} {y1 + BOX / 2 + 8}H{aside:.0f}V{y2 + BOX / 2 + 8}H{x2 + wide:.0f}"'
                f' fill="none" stroke="{SOFT}" stroke-width="1.6" stroke-dasharray="2 4"'
                ' marker-end="url(#route-tip)"/>'
            )


def _frame(status: str, x: float, y: float, wide: float, high: float) -> str:
    look = {
        "done": f'fill="{TINT}" stroke="{TEAL}" stroke-width="1.5"',
        "owed": f'fill="#fff" stroke="{INK}" stroke-width="3.5"',
        "late": f'fill="#fbeae6" stroke="{BRICK}" stroke-width="3.5"',
        "next": f'fill="#fff" stroke="{SOFT}" stroke-width="1.3" stroke-dasharray="5 4"',
    }[status]
    return f'<rect x="{x:.0f}" y="{y:.0f}" width="{wide:.0f}" height="{high:.0f}" rx="6" {look}/>'


def _sign(status: str, x: float, y: float) -> str:
    """The sign before a box's words: a filled disc with a tick, a ring with an arrow, a triangle."""
    if status == "late":
        shape = f'<path d="M{x:.0f} {y - 11:.0f}l11 20h-22z" fill="{BRICK}"/>'
    else:
        fill = TEAL if status == "done" else INK
        shape = f'<circle cx="{x:.0f}" cy="{y:.0f}" r="10" fill="{fill}"/>'
    drop = 6 if status == "late" else 5
    return shape + (
        f'<text x="{x:.0f}" y="{y + drop:.0f}" text-anchor="middle" font-weight="700" fill="#fff">'
        f"{SIGNS[status]}</text>"
    )


def _box(paper: Plan, place: Place, row: Row) -> Iterator[str]:
    x, y = _corner(paper, place)
    wide = _lane_width(paper) - 2 * SIDE
    signed = row.status != "next"
    yield _frame(row.status, x, y, wide, BOX)
    if signed:
        yield _sign(row.status, x + 20, y + BOX / 2)
    left = x + (38 if signed else 12)
    lines = wrap(row.title, int((x + wide - left - 6) / 7.3))[:2]
    below = row.word if not row.time else row.time if row.status == "next" else f"{row.word}: {row.time}"
    top = y + (BOX - 17 * len(lines) - 15) / 2 + 13
    ink = SOFT if row.status == "next" else INK
    for number, text in enumerate(lines):
        yield (
            f'<text x="{left:.0f}" y="{top + 17 * number:.0f}" font-weight="600" fill="{ink}">'
            f"{escape(text)}</text>"
        )
    colour = BRICK if row.status == "late" else SOFT
    weight = ' font-weight="700"' if row.status == "late" else ""
    yield (
        f'<text x="{left:.0f}" y="{top + 17 * len(lines):.0f}" font-size="12"{weight} fill="{colour}">'
        f"{escape(below)}</text>"
    )


def _legend(words: dict[str, str], height: int, *, with_states: bool) -> Iterator[str]:
    if not with_states:
        return
    y = height - FOOT + 18
    for number, status in enumerate(SIGNS):
        x = 12 + number * 240
        yield _frame(status, x, y, 40, 26)
        if status != "next":
            yield _sign(status, x + 20, y + 13)
        yield f'<text x="{x + 52}" y="{y + 18}" fill="{INK}">{escape(words[status])}</text>'
