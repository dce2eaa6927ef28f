"""The page of one indicator: what it is, what was asked of it, the picture, and always the table.

Everything that can be chosen stands in the address.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from resguardo.core.indicator import Indicator
from resguardo.indicators import asking, choices, meaning, phrases, pictures, queries, releases
from resguardo.indicators.doors import Door
from resguardo.indicators.queries import Shown
from resguardo.indicators.table import Table, table

STEPS = "paso"
CURVES = 4
FIRST = 9


@dataclass(frozen=True)
class Seen:
    """An indicator as it was asked: the figure, its table, and how all of it is called."""

    door: Door
    shown: Shown
    table: Table
    title: str
    chips: tuple[choices.Chip, ...]

    @property
    def indicator(self) -> Indicator:
        """The indicator that is seen."""
        return self.shown.indicator

    @property
    def headline(self) -> str:
        """The whole figure in words; empty where it is withheld or the steps have none in common."""
        whole = self.shown.whole
        if whole is None or whole.value is None:
            return ""
        return phrases.said(self.indicator, whole.value, whole.count)

    @property
    def withheld(self) -> bool:
        """Whether the whole figure itself is withheld."""
        return self.shown.whole is None and self.shown.asked.by != "step"


def seen(door: Door, indicator: Indicator, query: QueryDict) -> Seen:
    """What `query` asks of `indicator`. Raises NotAsked and NoFigures."""
    asked = asking.parse(query, indicator, door.scope)
    shown = door.shown(indicator, asked)
    title = indicator.title.in_(phrases.language())
    return Seen(door, shown, table(shown), title, tuple(choices.chips(asked)))


def context(found: Seen, query: QueryDict) -> dict[str, Any]:
    """What the page is made of."""
    door, one, asked = found.door, found.indicator, found.shown.asked
    selects = list(choices.filters(door.scope, one, asked))
    picture = pictures.suits(found.shown, "picture")
    fits = asked.by == "step" or "step" in asked.where
    drawn = curves(found, query) if door.exact and one.how == "wait" and fits else None
    return {
        "door": door,
        "seen": found,
        "one": one,
        "picture": picture,
        "curves": drawn,
        "steps": steps(found, query) if drawn else (),
        "by": choices.by_options(door.scope, one, asked),
        "selects": selects[:FIRST],
        "more": selects[FIRST:],
        "more_open": any(option.chosen for each in selects[FIRST:] for option in each.options),
        "months": choices.months(asked) if door.exact else None,
        "definition": one.definition.in_(phrases.language()),
        "about": meaning.about(one),
        "until": until(found.shown),
        "downloads": downloads(asked.query if query else ""),
        "query": asked.query,
        "other": door.beside(one),
        "deep": door.scope == "shared" and one.public and not asked.by,
        "title": found.title,
    }


def downloads(query: str) -> list[tuple[str, str]]:
    """What may be taken away: its title and address."""
    names = {
        "CSV": "tabla.csv",
        "Excel": "tabla.xlsx",
        "JSON": "tabla.json",
        "PDF": "hoja.pdf",
        "PNG": "hoja.png",
    }
    return [(title, name + query) for title, name in names.items()]


def steps(found: Seen, query: QueryDict) -> tuple[choices.Option, ...]:
    """The steps whose curves can be drawn; chosen in the address, or the first ones."""
    if "step" in found.shown.asked.where:
        return ()
    there = [line for line in found.shown.lines if line.cell is not None and line.cell.part]
    asked = [code for code in query.getlist(STEPS) if code in {line.code for line in there}][:CURVES]
    chosen = asked or [line.code for line in sorted(there, key=_rows, reverse=True)[:2]]
    return tuple(choices.Option(line.code, line.label, line.code in chosen) for line in there)


def _rows(line: queries.Line) -> int:
    return line.cell.count if line.cell else 0


def curves(found: Seen, query: QueryDict) -> pictures.Picture | None:
    """The curves of the chosen steps, or of the one step that the page is about."""
    where = found.shown.asked.where
    if step := where.get("step"):
        chosen = [(step, queries.label("step", step, phrases.language()))]
    else:
        chosen = [(option.code, option.label) for option in steps(found, query) if option.chosen]
    if not chosen:
        return None
    args = found.indicator, found.shown.asked, found.door.party, timezone.now(), chosen
    return pictures.curves(queries.curves(*args), "curves")


def until(shown: Shown) -> str:
    """Up to when everything is counted: a moment, or the last quarter that was published."""
    if shown.scope == "own":
        return phrases.moment(shown.until)
    found = releases.publication()
    return span(found.quarters) if found else ""


def span(quarters: list[str]) -> str:
    """The published quarters, from the first month to the last."""
    first, last = phrases.ends(quarters[0])[0], phrases.ends(quarters[-1])[1]
    return _("from %(first)s to %(last)s") % {"first": first, "last": last}


def awaiting(one: Indicator) -> dict[str, Any]:
    """The page of an indicator that is not measured yet: what it will be, and what it waits for."""
    definition = one.definition.in_(phrases.language())
    title = one.title.in_(phrases.language())
    return {"definition": definition, "about": meaning.about(one), "title": title, "query": "?"}
