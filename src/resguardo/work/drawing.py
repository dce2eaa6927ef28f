"""The route of a case as a picture and, for whoever hears the page, the same in words.

Inline SVG without script or style sheet. Each state differs by line and sign, not by colour alone, so it
reads on a photocopy. Times are those of the time zone of `now`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from html import escape
from textwrap import wrap
from typing import NamedTuple

from resguardo.core.fold import State
from resguardo.core.history import HER
from resguardo.core.route import Route, Wait
from resguardo.work.lanes import Place, Plan, plan

WIDTH, HEAD, BOX, GAP, SIDE, FOOT = 1040, 64, 60, 20, 20, 58
LETTER = 8.6  # the widest average of a bold 14 px letter among the usual system fonts
INK, SOFT, LINE, TINT, TEAL, BRICK = "#1d2528", "#465359", "#b9c7ca", "#eef5f5", "#0b5a60", "#8f2a17"
MONTHS = {
    "es": ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
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
        "by": "Antes del {time}",
        "since": "Venció el {time}",
        "within": "Plazo: {time}",
        "days": "{n} días",
        "hours": "{n} horas",
        "minutes": "{n} minutos",
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
        "by": "Before {time}",
        "since": "Was due {time}",
        "within": "Time: {time}",
        "days": "{n} days",
        "hours": "{n} hours",
        "minutes": "{n} minutes",
        "confirm": "to be confirmed",
    },
}


class Row(NamedTuple):
    """A step in words, in the order of a table's columns; then its code, and done, owed, late or next."""

    party: str
    title: str
    word: str
    time: str
    basis: str
    step: str
    status: str


def describe(route: Route, state: State | None, now: datetime | None, lang: str) -> list[Row]:
    """Every step that is drawn, from the top of the drawing, for a table."""
    places = plan(route, state).places
    order = {party: place for place, party in enumerate((HER, *route.parties))}
    names = sorted(places, key=lambda name: (places[name].row, order[places[name].lane]))
    return [_row(route, state, now, lang, name, places[name].lane) for name in names]


def draw(route: Route, state: State | None = None, now: datetime | None = None, lang: str = "es") -> str:
    """The route as inline SVG, 1040 pixels wide; with a state, what is done, owed, late and not yet."""
    paper = plan(route, state)
    rows = {row.step: row for row in describe(route, state, now, lang)}
    words = _words(lang)
    count = {status: sum(row.status == status for row in rows.values()) for status in SIGNS}
    closed = " " + words["closed"] if state is not None and state.closed else ""
    height = HEAD + paper.rows * (BOX + GAP) + FOOT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}"'
        f' height="{height}" role="img"'
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
        time = words["within"].format(time=_span(step.within, words))
    basis = ", ".join(part for part in (step.basis.law, step.basis.source) if part)
    if step.basis.status in ("MEMORY", "OWN"):
        basis = f"{basis} ({words['confirm']})" if basis else words["confirm"]
    return Row(party_title(route, lane, lang), step.title.in_(lang), words[status], time, basis, name, status)


def party_title(route: Route, party: str, lang: str) -> str:
    """What people read for a party, or for her."""
    return _words(lang)["her"] if party == HER else route.parties[party].title.in_(lang)


def _moment(at: datetime, now: datetime | None, lang: str) -> str:
    local = at.astimezone(now.tzinfo) if now is not None and now.tzinfo is not None else at
    month = MONTHS["en" if lang.startswith("en") else "es"][local.month - 1]
    return f"{local.day} {month} {local:%H:%M}"


def _span(wait: Wait, words: dict[str, str]) -> str:
    numbers = {"days": wait.days, "hours": wait.hours, "minutes": wait.minutes}
    return " ".join(words[unit].format(n=n) for unit, n in numbers.items() if n)


def _edges(paper: Plan) -> dict[str, tuple[float, float]]:
    """Left edge and width of each lane; hers holds the least and is narrower."""
    share = {party: 0.65 if party == HER and len(paper.lanes) > 1 else 1.0 for party in paper.lanes}
    unit, left, found = WIDTH / sum(share.values()), 0.0, {}
    for party, part in share.items():
        found[party] = (left, unit * part)
        left += unit * part
    return found


def _corner(paper: Plan, place: Place) -> tuple[float, float, float]:
    """Left, top and width of a box."""
    left, wide = _edges(paper)[place.lane]
    return left + SIDE, HEAD + place.row * (BOX + GAP), wide - 2 * SIDE


def _lanes(route: Route, paper: Plan, lang: str, height: int) -> Iterator[str]:
    end = height - FOOT
    for number, (party, (left, wide)) in enumerate(_edges(paper).items()):
        if number % 2 == 0:
            yield f'<rect x="{left:.0f}" width="{wide:.0f}" height="{end}" fill="#f5f8f8"/>'
        if number:
            yield f'<path d="M{left:.0f} 0V{end}" stroke="{LINE}"/>'
        lines = wrap(party_title(route, party, lang), int((wide - 16) / LETTER))[:2]
        for line, text in enumerate(lines):
            y = (30 if len(lines) == 1 else 21) + 18 * line
            yield (
                f'<text x="{left + wide / 2:.0f}" y="{y}" text-anchor="middle" font-weight="700"'
                f' fill="{INK}">{escape(text)}</text>'
            )
    yield f'<path d="M0 {HEAD - 14}H{WIDTH}M0 {end}H{WIDTH}" stroke="{INK}" stroke-width="1.5"/>'


def _joins(paper: Plan) -> Iterator[str]:
    leaving = [before for before, _ in paper.joins]
    for before, after in paper.joins:
        yield _line(_path(paper, paper.places[before], paper.places[after], leaving.count(before) > 1))


def _line(path: str, dashes: str = "") -> str:
    return (
        f'<path d="{path}" fill="none" stroke="{SOFT}" stroke-width="1.6"{dashes}'
        ' marker-end="url(#route-tip)"/>'
    )


def _path(paper: Plan, one: Place, two: Place, forks: bool) -> str:
    """Lines run between rows and beside boxes, never through one."""
    (x1, y1, wide1), (x2, y2, wide2) = _corner(paper, one), _corner(paper, two)
    down, half = y1 + BOX, GAP / 2
    if two.row == one.row + 1:
        if one.lane == two.lane:
            return f"M{x1 + wide1 / 2:.0f} {down}V{y2}"
        return f"M{x1 + wide1 / 2:.0f} {down}V{down + half}H{x2 + wide2 / 2:.0f}V{y2}"
    if one.lane != two.lane:
        return f"M{x1 + wide1 / 2:.0f} {down}V{down + half}H{x2 - 14:.0f}V{y2 + BOX / 2}H{x2:.0f}"
    if forks:
        return f"M{x1:.0f} {y1 + BOX / 2}H{x1 - 12:.0f}V{y2 + BOX / 2}H{x2:.0f}"
    right = x1 + wide1
    return f"M{right:.0f} {y1 + BOX / 2}H{right + 9:.0f}V{y2 + BOX / 2 - 8}H{right:.0f}"


def _ways_back(route: Route, paper: Plan) -> Iterator[str]:
    """Outcomes that owe an earlier step again, dotted, upwards."""
    for name, place in paper.places.items():
        for again in sorted({again for steps in route.steps[name].outcomes.values() for again in steps}):
            if again in paper.places:
                (x1, y1, wide1), (x2, y2, wide2) = (
                    _corner(paper, place),
                    _corner(paper, paper.places[again]),
                )
                aside = max(x1 + wide1, x2 + wide2) + 15
                path = f"M{x1 + wide1:.0f} {y1 + BOX / 2}H{aside:.0f}V{y2 + BOX / 2}H{x2 + wide2:.0f}"
                yield _line(path, ' stroke-dasharray="2 4"')


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
    x, y, wide = _corner(paper, place)
    signed = row.status != "next"
    yield _frame(row.status, x, y, wide, BOX)
    if signed:
        yield _sign(row.status, x + 20, y + BOX / 2)
    left = x + (38 if signed else 12)
    lines = wrap(row.title, int((x + wide - left - 4) / LETTER))[:3]
    below = f"{row.word}: {row.time}" if row.status == "done" else row.time
    if len(below) * 7.2 > x + wide - left:
        below = row.time
    step = 17 if len(lines) < 3 else 15
    top = y + (BOX - step * len(lines) - (15 if below else 0)) / 2 + 13
    for number, text in enumerate(lines):
        yield (
            f'<text x="{left:.0f}" y="{top + step * number:.0f}" font-weight="600"'
            f' fill="{INK if signed else SOFT}">{escape(text)}</text>'
        )
    look = f'font-weight="700" fill="{BRICK}"' if row.status == "late" else f'fill="{SOFT}"'
    if below:
        y = top + step * len(lines) - 1
        yield f'<text x="{left:.0f}" y="{y:.0f}" font-size="12.5" {look}>{escape(below)}</text>'


def _legend(words: dict[str, str], height: int, *, with_states: bool) -> Iterator[str]:
    if not with_states:
        return
    y = height - FOOT + 18
    for number, status in enumerate(SIGNS):
        x = 12 + number * 230
        yield _frame(status, x, y, 40, 26)
        if status != "next":
            yield _sign(status, x + 20, y + 13)
        yield f'<text x="{x + 52}" y="{y + 18}" fill="{INK}">{escape(words[status])}</text>'
