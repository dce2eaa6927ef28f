"""Where her case is, as a small picture: the institutions as stations on a line, for a narrow phone.

Inline SVG without script; each state differs by sign, and the same is said in words under it.
"""

from __future__ import annotations

from html import escape
from textwrap import wrap

from django.utils.translation import gettext as _

from resguardo.core.fold import State, owner
from resguardo.core.history import HER
from resguardo.core.route import Route, possible

WIDTH, EACH, TOP = 320, 44, 24
INK, SOFT, TEAL, LINE = "#1d2528", "#465359", "#0b5a60", "#b9c7ca"
DONE, NOW, LATER = "done", "now", "later"


def stations(route: Route, state: State) -> list[tuple[str, str]]:
    """(party, done, now or later) of every institution that has or may get a part, in the route's order."""
    open_now = {owed.party for owed in state.open}
    did = {each[-1].party for each in state.done.values()}
    later = {
        owner(route, step, state.withheld, state.facts)
        for name, step in route.steps.items()
        if name not in state.standing and not step.many and possible(step.when, state.facts)
    }
    found = []
    for party in route.parties:
        if party in open_now:
            found.append((party, NOW))
        elif party in did:
            found.append((party, DONE))
        elif party in later and not state.closed:
            found.append((party, LATER))
    return found


def draw(route: Route, state: State, language: str) -> str:
    """The picture, 320 pixels wide: she, the institutions, and the end."""
    words = {DONE: _("has done its part"), NOW: _("has it now"), LATER: _("comes later, if it is needed")}
    rows = [(_("You told it"), DONE, "")]
    rows += [
        (route.parties[party].title.in_(language), how, words[how])
        for party, how in stations(route, state)
        if party != HER
    ]
    rows.append((_("The end"), DONE if state.closed else LATER, ""))
    high = TOP * 2 + EACH * (len(rows) - 1)
    said = "; ".join(f"{title} {how}".strip() for title, _how, how in rows)
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {high}" width="{WIDTH}" height="{high}" role="img"'
        f' aria-labelledby="path-title path-desc" font-size="14"><title id="path-title">'
        f"{escape(_('Where your case is'))}</title>"
        f'<desc id="path-desc">{escape(said)}</desc>'
        f'<rect width="{WIDTH}" height="{high}" rx="6" fill="#fff"/>'
        f'<path d="M24 {TOP}V{high - TOP}" stroke="{LINE}" stroke-width="3"/>'
    ]
    for number, (title, how, word) in enumerate(rows):
        parts.append(_station(TOP + EACH * number, title, how, word))
    return "".join((*parts, "</svg>"))


def _station(y: int, title: str, how: str, word: str) -> str:
    look = {
        DONE: f'fill="{TEAL}" stroke="{TEAL}"',
        NOW: f'fill="#fff" stroke="{INK}" stroke-width="4"',
        LATER: f'fill="#fff" stroke="{SOFT}" stroke-dasharray="3 3"',
    }[how]
    sign = {
        DONE: f'<path d="M19 {y}l4 4 7-8" fill="none" stroke="#fff" stroke-width="2"/>',
        NOW: "",
        LATER: "",
    }
    if how == NOW:
        sign[NOW] = f'<circle cx="24" cy="{y}" r="4" fill="{INK}"/>'
    bold = ' font-weight="700"' if how == NOW else ""
    lines = wrap(title, 34)[:2]
    shift = -6 if word or len(lines) > 1 else 5
    ink = SOFT if how == LATER else INK
    text = "".join(
        f'<text x="46" y="{y + shift + 15 * i}" fill="{ink}"{bold}>{escape(line)}</text>'
        for i, line in enumerate(lines)
    )
    if word and len(lines) == 1:
        text += f'<text x="46" y="{y + 11}" font-size="12" fill="{SOFT}">{escape(word)}</text>'
    return f'<circle cx="24" cy="{y}" r="10" {look}/>{sign[how]}{text}'
