"""The programme's results frame: each result with the indicators that speak to it, as far as shared."""

from __future__ import annotations

from dataclasses import dataclass

from resguardo.core.indicator import Indicator
from resguardo.indicators import phrases, queries
from resguardo.indicators.asking import Asked
from resguardo.indicators.doors import Door
from resguardo.indicators.errors import FiguresError

VALUE, STEPS, INSIDE, AWAITS, NONE = "value", "steps", "inside", "awaits", "none"


@dataclass(frozen=True)
class Line:
    """An indicator of the frame: its value in words, or the state that says why there is none."""

    title: str
    state: str
    value: str
    sdg: str
    seed: str
    href: str


def frame(door: Door) -> list[tuple[str, str, list[Line]]]:
    """Each result: its id, its title, and its indicators; those that speak to none stand at the end."""
    figures, language = queries.figures(), phrases.language()
    rows = [(one.id, one.title.in_(language)) for one in figures.result] + [("", "")]
    found = [
        (id_, title, [_line(door, one) for one in figures.indicator if one.result == id_])
        for id_, title in rows
    ]
    return [row for row in found if row[2]]


def _line(door: Door, one: Indicator) -> Line:
    state, value = _state(door, one)
    href = f"{door.home}{one.id}/" if door.leads_to(one) else ""
    return Line(one.title.in_(phrases.language()), state, value, ", ".join(one.sdg), one.seed, href)


def _state(door: Door, one: Indicator) -> tuple[str, str]:
    if one.how == "awaits":
        return AWAITS, ""
    if not door.leads_to(one):
        return INSIDE, ""
    try:
        cell = door.shown(one, Asked()).whole
    except FiguresError:
        return NONE, ""
    if cell is None or cell.value is None:
        return (STEPS if one.how == "wait" else NONE), ""
    return VALUE, phrases.said(one, cell.value, cell.count)
