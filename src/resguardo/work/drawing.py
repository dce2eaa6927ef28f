"""The route of a case as a picture and, for whoever hears the page, the same in words.

Inline SVG without script or style sheet. Each state differs by line and sign, not by colour alone, so it
reads on a photocopy. Times are those of the time zone of `now`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from html import escape
from textwrap import wrap
from typing import NamedTuple

from resguardo.core.fold import State
from resguardo.core.history import HER
from resguardo.core.route import Route, Wait
from resguardo.work.lanes import Place, Plan, plan

WIDTH, HEAD, GAP, SIDE, FOOT = 1200, 60, 20, 13, 44
LETTER, SMALL = 8.1, 6.9  # widest averages of 13 px bold and 12 px letters among the usual system fonts
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
        "none": "No hace falta en este caso",
        "ad hoc": "Solo si alguien lo pide",
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
        "none": "Not called for in this case",
        "ad hoc": "Only if somebody asks for it",
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
    """A step in words, in the order of a table's columns; then its code, and done, owed, late, next or none.

    `short` is the time alone, for a narrow box.
    """

    party: str
    title: str
    word: str
    time: str
    basis: str
    step: str
    status: str
    short: str = ""


def describe(route: Route, state: State | None, now: datetime | None, lang: str) -> list[Row]:
    """Every step from the top of the drawing, for a table; then those that this case does not call for."""
    places = plan(route, state).places
    order = {party: place for place, party in enumerate((HER, *route.parties))}
    names = sorted(places, key=lambda name: (places[name].row, order[places[name].lane], places[name].column))
    rows = [_row(route, state, now, lang, name, places[name].lane) for name in names]
    left = [name for name, step in route.steps.items() if name not in places and step.who in route.owners]
    return rows + [_left_out(route, lang, name) for name in left if state is not None]


def draw(route: Route, state: State | None = None, now: datetime | None = None, lang: str = "es") -> str:
    """The route as inline SVG, 1200 pixels wide; with a state, what is done, owed, late and not yet."""
    paper = plan(route, state)
    rows = {row.step: row for row in describe(route, state, now, lang)}
    words = _words(lang)
    count = {status: sum(row.status == status for row in rows.values()) for status in (*SIGNS, "none")}
    closed = " " + words["closed"] if state is not None and state.closed else ""
    tops = _tops(paper, rows)
    lines = _not_called(rows, words, lang) if state is not None else []
    height = tops[-1] + (FOOT if state is not None else 0) + 17 * len(lines) + 8
    sheet = Sheet(paper, tops, _edges(paper), height)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}"'
        f' height="{height}" role="img"'
        ' aria-labelledby="route-title route-desc" font-family="system-ui, sans-serif" font-size="13">',
        f'<title id="route-title">{escape(words["title"])}</title>',
        f'<desc id="route-desc">{escape(words["desc"].format(**count) + closed)}</desc>',
        '<defs><marker id="route-tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8"'
        f' orient="auto"><path d="M0 0L8 4L0 8z" fill="{SOFT}"/></marker></defs>',
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        *_lanes(route, sheet, lang),
        *_joins(sheet),
        *_ways_back(route, sheet),
        *(part for name, place in paper.places.items() for part in _box(sheet, place, rows[name])),
        *(_legend(words, sheet) if state is not None else ()),
        *_footer(lines, height),
        "</svg>",
    ]
    return "\n".join(parts)


class Sheet(NamedTuple):
    """The paper: the plan, the top of each row and of what would follow, each lane's (left, width)."""

    plan: Plan
    tops: list[int]
    edges: Mapping[str, tuple[float, float]]
    height: int

    def high(self, place: Place) -> int:
        """The height of the boxes in a row."""
        return self.tops[place.row + 1] - self.tops[place.row] - GAP

    @property
    def end(self) -> float:
        """Where the lanes end."""
        return self.tops[-1] - GAP / 2 + 6


SIGNS = {"done": "✓", "owed": "→", "late": "!", "next": ""}


def _words(lang: str) -> dict[str, str]:
    return WORDS["en" if lang.startswith("en") else "es"]


def _row(route: Route, state: State | None, now: datetime | None, lang: str, name: str, lane: str) -> Row:
    step, words = route.steps[name], _words(lang)
    status, time, short = "next", "", ""
    owed = next((o for o in state.open if o.step == name), None) if state else None
    if owed is not None:
        late = owed.due is not None and now is not None and owed.due < now
        status = "late" if late else "owed"
        if owed.due is not None:
            short = _moment(owed.due, now, lang)
            time = words["since" if late else "by"].format(time=short)
    elif state is not None and name in state.standing:
        status, time = "done", _moment(state.done[name][-1].at, now, lang)
        short = time
    elif step.within is not None:
        short = _span(step.within, words)
        time = words["within"].format(time=short)
    basis = ", ".join(part for part in (step.basis.law, step.basis.source) if part)
    if step.basis.status in ("MEMORY", "OWN"):
        basis = f"{basis} ({words['confirm']})" if basis else words["confirm"]
    party, title = party_title(route, lane, lang), step.title.in_(lang)
    return Row(party, title, words[status], time, basis, name, status, short)


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


def _left_out(route: Route, lang: str, name: str) -> Row:
    step, words = route.steps[name], _words(lang)
    word = words["ad hoc" if step.many else "none"]
    return Row(party_title(route, step.who, lang), step.title.in_(lang), word, "", "", name, "none")


def _not_called(rows: Mapping[str, Row], words: Mapping[str, str], lang: str) -> list[str]:
    """The lines under the drawing that name what this case does not call for."""
    titles = [row.title for row in rows.values() if row.status == "none" and row.word == words["none"]]
    return wrap(f"{words['none']}: {'; '.join(titles)}.", int((WIDTH - 24) / SMALL)) if titles else []


def _edges(paper: Plan) -> dict[str, tuple[float, float]]:
    """Left edge and width of each lane: as wide as its columns; hers holds the least and is narrower."""
    share = {
        party: 0.8 if party == HER and len(paper.lanes) > 1 else float(paper.columns[party])
        for party in paper.lanes
    }
    unit, left, found = WIDTH / sum(share.values()), 0.0, {}
    for party, part in share.items():
        found[party] = (left, unit * part)
        left += unit * part
    return found


def _corner(sheet: Sheet, place: Place) -> tuple[float, float, float]:
    """Left, top and width of a box."""
    left, wide = sheet.edges[place.lane]
    column = wide / sheet.plan.columns[place.lane]
    return left + column * place.column + SIDE, sheet.tops[place.row], column - 2 * SIDE


def _lines_of(title: str, wide: float) -> list[str]:
    return wrap(title, int((wide - 14) / LETTER))


def _tops(paper: Plan, rows: Mapping[str, Row]) -> list[int]:
    """The top of each row: as high as its longest title needs, with a time below; and where the last ends."""
    sheet = Sheet(paper, [0] * (paper.rows + 1), _edges(paper), 0)
    most = [1] * paper.rows
    for name, place in paper.places.items():
        wide = _corner(sheet, place)[2]
        most[place.row] = max(most[place.row], len(_lines_of(rows[name].title, wide)))
    tops = [HEAD]
    for lines in most:
        tops.append(tops[-1] + 15 * (lines + 1) + 17 + GAP)
    return tops


def _lanes(route: Route, sheet: Sheet, lang: str) -> Iterator[str]:
    end = sheet.end
    for number, (party, (left, wide)) in enumerate(sheet.edges.items()):
        if number % 2 == 0:
            yield f'<rect x="{left:.0f}" width="{wide:.0f}" height="{end:.0f}" fill="#f5f8f8"/>'
        if number:
            yield f'<path d="M{left:.0f} 0V{end:.0f}" stroke="{LINE}"/>'
        lines = wrap(party_title(route, party, lang), int((wide - 12) / LETTER))[:3]
        for line, text in enumerate(lines):
            y = 34 - 8 * (len(lines) - 1) + 16 * line
            yield (
                f'<text x="{left + wide / 2:.0f}" y="{y}" text-anchor="middle" font-weight="700"'
                f' fill="{INK}">{escape(text)}</text>'
            )
    yield f'<path d="M0 {HEAD - 11}H{WIDTH}M0 {end:.0f}H{WIDTH}" stroke="{INK}" stroke-width="1.5"/>'


def _joins(sheet: Sheet) -> Iterator[str]:
    """Lines run in the gaps between rows and columns, sources in tracks of their own, never through a box."""
    sources = sorted({before for before, _ in sheet.plan.joins})
    for before, after in sheet.plan.joins:
        track = (sources.index(before) % 3 - 1) * 3.5
        yield _line(_path(sheet, sheet.plan.places[before], sheet.plan.places[after], track))


def _line(path: str, dashes: str = "") -> str:
    return (
        f'<path d="{path}" fill="none" stroke="{SOFT}" stroke-width="1.4"{dashes}'
        ' marker-end="url(#route-tip)"/>'
    )


def _path(sheet: Sheet, one: Place, two: Place, track: float) -> str:
    (x1, y1, wide1), (x2, y2, wide2) = _corner(sheet, one), _corner(sheet, two)
    middle1, middle2 = x1 + wide1 / 2, x2 + wide2 / 2
    down = y1 + sheet.high(one)
    level = down + GAP / 2 + track
    if two.row == one.row + 1:
        if middle1 == middle2:
            return f"M{middle1:.1f} {down}V{y2}"
        return f"M{middle1:.1f} {down}V{level:.1f}H{middle2:.1f}V{y2}"
    aside = x2 - SIDE - track
    return f"M{middle1:.1f} {down}V{level:.1f}H{aside:.1f}V{y2 + sheet.high(two) / 2:.1f}H{x2:.1f}"


def _ways_back(route: Route, sheet: Sheet) -> Iterator[str]:
    """Outcomes that owe an earlier step again, dotted, upwards in the gaps."""
    places = sheet.plan.places
    for name, place in places.items():
        again = sorted(
            {one for steps in route.steps[name].outcomes.values() for one in steps if one in places}
        )
        for number, earlier in enumerate(again):
            (x1, y1, wide1), (x2, y2, wide2) = _corner(sheet, place), _corner(sheet, places[earlier])
            under, middle = y2 + sheet.high(places[earlier]), y1 + sheet.high(place) / 2 - 6 * number
            aside, level = x1 + wide1 + SIDE - 3 * number, under + GAP / 2 + 2 - 4 * number
            path = (
                f"M{x1 + wide1:.1f} {middle:.1f}H{aside:.1f}V{level:.1f}"
                f"H{x2 + wide2 * (0.8 - 0.1 * number):.1f}V{under}"
            )
            yield _line(path, ' stroke-dasharray="2 4"')


def _frame(status: str, x: float, y: float, wide: float, high: float) -> str:
    look = {
        "done": f'fill="{TINT}" stroke="{TEAL}" stroke-width="1.5"',
        "owed": f'fill="#fff" stroke="{INK}" stroke-width="3"',
        "late": f'fill="#fbeae6" stroke="{BRICK}" stroke-width="3"',
        "next": f'fill="#fff" stroke="{SOFT}" stroke-width="1.3" stroke-dasharray="5 4"',
    }[status]
    return f'<rect x="{x:.0f}" y="{y:.0f}" width="{wide:.0f}" height="{high:.0f}" rx="6" {look}/>'


def _sign(status: str, x: float, y: float) -> str:
    """The sign on a box's corner: a filled disc with a tick, a ring with an arrow, a triangle."""
    if status == "late":
        shape = f'<path d="M{x:.0f} {y - 12:.0f}l11 20h-22z" fill="{BRICK}" stroke="#fff"/>'
    else:
        fill = TEAL if status == "done" else INK
        shape = f'<circle cx="{x:.0f}" cy="{y:.0f}" r="9" fill="{fill}" stroke="#fff"/>'
    drop = 5 if status == "late" else 4.5
    return shape + (
        f'<text x="{x:.0f}" y="{y + drop:.1f}" text-anchor="middle" font-weight="700" fill="#fff">'
        f"{SIGNS[status]}</text>"
    )


def _box(sheet: Sheet, place: Place, row: Row) -> Iterator[str]:
    x, y, wide = _corner(sheet, place)
    yield f"<g><title>{escape(f'{row.title}. {row.word}. {row.time}. {row.basis}')}</title>"
    high = sheet.high(place)
    yield _frame(row.status, x, y, wide, high)
    lines = _lines_of(row.title, wide)
    top = y + (high - 15 * len(lines) - (15 if row.time else 0)) / 2 + 12
    for number, text in enumerate(lines):
        yield (
            f'<text x="{x + 8:.0f}" y="{top + 15 * number:.0f}" font-weight="600"'
            f' fill="{SOFT if row.status == "next" else INK}">{escape(text)}</text>'
        )
    if row.time:
        look = f'font-weight="700" fill="{BRICK}"' if row.status == "late" else f'fill="{SOFT}"'
        letters = (wide - 12) / (SMALL + (0.5 if row.status == "late" else 0))
        below = row.time if len(row.time) <= letters else row.short
        y_time = top + 15 * len(lines)
        yield f'<text x="{x + 8:.0f}" y="{y_time:.0f}" font-size="12" {look}>{escape(below)}</text>'
    if SIGNS.get(row.status):
        yield _sign(row.status, x + wide - 4, y + 3)
    yield "</g>"


def _legend(words: dict[str, str], sheet: Sheet) -> Iterator[str]:
    y = sheet.end + 12
    for number, status in enumerate(SIGNS):
        x = 12 + number * 230
        yield _frame(status, x, y, 40, 24)
        if SIGNS[status]:
            yield _sign(status, x + 38, y + 3)
        yield f'<text x="{x + 56}" y="{y + 17:.0f}" fill="{INK}">{escape(words[status])}</text>'


def _footer(lines: list[str], height: int) -> Iterator[str]:
    for number, text in enumerate(lines):
        y = height - 10 - 17 * (len(lines) - 1 - number)
        yield f'<text x="12" y="{y}" font-size="12" fill="{SOFT}">{escape(text)}</text>'
