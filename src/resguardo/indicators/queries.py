"""What a page of figures shows: an indicator, for whom, with which filters, each figure with its address.

An institution sees exact figures of what it may count; everybody else the public's, of whole quarters, with
what could point at one woman withheld. Filters stand in the address: a page can be sent to a colleague.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Literal
from urllib.parse import urlencode

from django.conf import settings
from django.http import QueryDict

from resguardo import packs
from resguardo.core.disclosure import HIDDEN, DisclosureError
from resguardo.core.indicator import OF_ACTS, OF_STRETCHES, TIMES, Figures, Indicator
from resguardo.indicators import releases, whole
from resguardo.indicators.columns import Columns, Mask, columns, month_number
from resguardo.indicators.counting import Cell, Curve, curve, measure
from resguardo.indicators.errors import NoFigures, NotAsked
from resguardo.indicators.releases import Published

Scope = Literal["own", "shared"]
BY, SINCE, UNTIL = "por", "desde", "hasta"


@dataclass(frozen=True)
class Asked:
    """What is asked of an indicator: a breakdown, months from and to (2026-03), one code a filter."""

    by: str = ""
    since: str = ""
    until: str = ""
    where: Mapping[str, str] = field(default_factory=dict)

    @property
    def query(self) -> str:
        """As it stands in an address; empty where nothing is asked."""
        pairs = {BY: self.by, SINCE: self.since, UNTIL: self.until, **self.where}
        text = urlencode({name: value for name, value in pairs.items() if value})
        return f"?{text}" if text else "?"

    def with_filter(self, name: str, code: str) -> Asked:
        """The same with one more filter, and the usual breakdown."""
        return replace(self, by="", where={**self.where, name: code})

    def without(self, name: str) -> Asked:
        """The same with one filter less."""
        return replace(self, where={n: code for n, code in self.where.items() if n != name})


@dataclass(frozen=True)
class Line:
    """One row: its code ("" where it is not stated), label, figure (None: withheld), and its address."""

    code: str
    label: str
    cell: Cell | None
    asked: Asked | None = None


@dataclass(frozen=True)
class Shown:
    """An indicator as a page shows it. `until` is the moment up to which everything is counted.

    `mixed` is whether the lines add up to more than the whole: a record may stand in several.
    """

    indicator: Indicator
    asked: Asked
    scope: Scope
    whole: Cell | None
    lines: tuple[Line, ...]
    until: datetime
    mixed: bool = False


def figures() -> Figures:
    """The indicators of this deployment's country."""
    return packs.load(settings.PACK).figures


def parse(query: QueryDict, indicator: Indicator, scope: Scope) -> Asked:
    """What an address asks. Raises NotAsked for a filter, code, month or breakdown that does not exist."""
    since, until = query.get(SINCE, ""), query.get(UNTIL, "")
    for month in (since, until):
        if month:
            _month(month)
    by = query.get(BY, "")
    if by and by not in breakdowns(indicator, scope):
        raise NotAsked("This figure cannot be broken down like that.", remedy="Choose from the list.")
    where = {}
    for name in filters(indicator, scope):
        if query.get(name):
            known = packs.load(settings.PACK).register
            codes = known.codes.get(known.fields[name].list_, {}) if name in known.fields else None
            if codes is not None and query[name] not in codes:
                raise NotAsked(
                    "One of the filters has a value that does not exist.", remedy="Choose from the list."
                )
            where[name] = query[name]
    return Asked(by, since if scope == "own" else "", until if scope == "own" else "", where)


def _month(text: str) -> None:
    try:
        month_number(text)
    except ValueError:
        raise NotAsked("Write the month as 2026-03.", remedy="Choose from the list.") from None


def breakdowns(indicator: Indicator, scope: Scope) -> tuple[str, ...]:
    """By what an indicator may be broken down: first what it names, then every other coded field."""
    public = figures().public_by
    if scope == "shared":
        return tuple(name for name in indicator.by if name in public)
    known = packs.load(settings.PACK).register
    others = [f.name for f in known.counted if f.coded and not f.until]
    return tuple(dict.fromkeys([*indicator.by, *others]))


def filters(indicator: Indicator, scope: Scope) -> tuple[str, ...]:
    """By what an indicator may be filtered."""
    if scope == "shared":
        return figures().public_by
    known = packs.load(settings.PACK).register
    return tuple(dict.fromkeys([*figures().filters, *(f.name for f in known.counted if f.coded)]))


def own(indicator: Indicator, asked: Asked, party: str, now: datetime, language: str) -> Shown:
    """The exact figure of what `party` may count. Raises NoFigures where nothing was counted yet."""
    found, mask, until = entries_of(asked, party, now)
    by = asked.by or (indicator.by[0] if indicator.by else "")
    measured = measure(indicator, found, mask, int(until.timestamp()), by)
    lines = tuple(
        Line(code, label(by, code, language), cell, _narrower(asked, by, code))
        for code, cell in measured.rows
    )
    several = bool(by) and found.dimension(by, indicator.over).rows is not None
    return Shown(indicator, replace(asked, by=by), "own", measured.whole, lines, until, several)


def entries_of(asked: Asked, party: str, now: datetime) -> tuple[Columns, Mask, datetime]:
    """The columns, which entries are asked for, and the moment up to which they are whole."""
    found = columns()
    if found is None:
        raise NoFigures(
            "Nothing has been counted yet.", remedy="Figures appear a minute after the first report."
        )
    mask = found.counted_by(party) & found.between(asked.since, asked.until)
    for name, code in asked.where.items():
        mask &= found.has(name, [code])
    return found, mask, min(now, made_at(found.place))


@lru_cache(maxsize=4)
def made_at(place: Path) -> datetime:
    """When a snapshot was made."""
    return datetime.fromtimestamp(place.stat().st_mtime, UTC)


def _narrower(asked: Asked, by: str, code: str) -> Asked | None:
    """What a line leads to: the same figure with that line as a filter."""
    if not code or by in (*TIMES, *OF_STRETCHES, *OF_ACTS, "keeper"):
        return None
    return asked.with_filter(by, code)


def shared(indicator: Indicator, asked: Asked, language: str) -> Shown:
    """The public's figure. Raises NoFigures where none was published, NotAsked for one that is not public."""
    found = releases.publication()
    if found is None or found.made_at is None:
        raise NoFigures(
            "No quarter has been published yet.", remedy="Figures appear after a quarter has ended."
        )
    if not indicator.public:
        return _without_filters(indicator, found, language)
    by = asked.by or next((name for name in breakdowns(indicator, "shared") if name not in asked.where), "")
    where = found.place(asked.where)
    try:
        total = Cell(0, 0.0) if where is None else published_cell(indicator, found, where)
        rows = [] if where is None or not by else list(_published_lines(indicator, found, asked, by, where))
    except DisclosureError as error:
        raise NotAsked(error.what, remedy=error.remedy) from error
    lines = tuple(
        Line(code, label(by, code, language), cell, _narrower(asked, by, code)) for code, cell in rows
    )
    mixed = by in ("platform",) or (by in found.values and _is_many(found, by))
    return Shown(indicator, replace(asked, by=by), "shared", total, lines, found.made_at, mixed)


def _is_many(found: Published, name: str) -> bool:
    return found.tables.table((name,)).counts.sum() > found.records


def published_cell(indicator: Indicator, found: Published, where: Mapping[str, int]) -> Cell | None:
    """A count or share of the published records that meet `where`; None where it is withheld."""
    if indicator.how == "count":
        count = found.tables.count(where)
        return None if count is None else Cell(count, float(count))
    name, codes = next(iter(indicator.part.items()))
    part = _sum(found, name, codes, where)
    base = _sum(found, name, indicator.of[name], where) if name in indicator.of else found.tables.count(where)
    if part is None or base is None:
        return None
    return Cell(base, 100 * part / base if base else None, part)


def _sum(found: Published, name: str, codes: Sequence[str], where: Mapping[str, int]) -> int | None:
    """The counts of several codes together; None where one of them is withheld."""
    if name in where:
        fits = found.values[name][where[name]] in codes
        return found.tables.count(where) if fits else 0
    counts = found.tables.breakdown(name, where).counts
    wanted = [int(counts[found.values[name].index(code)]) for code in codes if code in found.values[name]]
    return None if HIDDEN in wanted else sum(wanted)


def _published_lines(
    indicator: Indicator, found: Published, asked: Asked, by: str, where: Mapping[str, int]
) -> Iterator[tuple[str, Cell | None]]:
    """Each value of `by` with its cell; values that nobody published has are left out."""
    counts = found.tables.breakdown(by, where).counts
    for place, value in enumerate(found.values[by]):
        if indicator.how == "count":
            yield value, None if counts[place] == HIDDEN else Cell(int(counts[place]), float(counts[place]))
        else:
            yield value, published_cell(indicator, found, {**where, by: place})


def _without_filters(indicator: Indicator, found: Published, language: str) -> Shown:
    """A figure of the whole country that no filter applies to."""
    kept = found.extras["wholes"].get(indicator.id)
    if kept is None or found.made_at is None:
        raise NotAsked("This figure is for the institutions that may count it.", remedy="Choose another one.")
    lines = tuple(
        Line(code, label(kept["by"], code, language), _bare(values)) for code, values in kept["rows"].items()
    )
    return Shown(indicator, Asked(kept["by"]), "shared", _bare(kept["whole"]), lines, found.made_at)


def _bare(values: list[float | None] | None) -> Cell | None:
    return None if values is None else Cell(0, values[0], high=values[1])


def label(name: str, code: str, language: str) -> str:
    """What people read for a code of a dimension; empty where it is not stated."""
    pack = packs.load(settings.PACK)
    if name == "step" and code in pack.route.steps:
        return pack.route.steps[code].title.in_(language)
    if name in ("party", "keeper") and code in pack.route.parties:
        return pack.route.parties[code].title.in_(language)
    if name == "detail":
        if code in pack.route.consents:
            return pack.route.consents[code].title.in_(language)
        return pack.route.groups[code].title.in_(language) if code in pack.route.groups else code
    return pack.register.label(name, code, language) if name in pack.register.fields else code


def title(name: str, language: str) -> str | None:
    """What people read for a dimension of the register; None for one that is none of its fields."""
    known = packs.load(settings.PACK).register.fields
    return known[name].in_(language) if name in known else None


def funnel(asked: Asked, party: str, now: datetime) -> list[int]:
    """How many came to each stage of the route, exactly, of what `party` may count."""
    found, mask, _ = entries_of(asked, party, now)
    return whole.funnel(figures(), found, mask)


def shared_funnel() -> list[int | None]:
    """The same, of everything published."""
    found = releases.publication()
    if found is None:
        raise NoFigures(
            "No quarter has been published yet.", remedy="Figures appear after a quarter has ended."
        )
    counts: list[int | None] = found.extras["funnel"]
    return counts


def curves(
    indicator: Indicator, asked: Asked, party: str, now: datetime, steps: list[tuple[str, str]]
) -> list[Curve]:
    """The Kaplan-Meier curve of each of `steps` (code, label) that anybody has done."""
    found, mask, until = entries_of(asked, party, now)
    made = []
    for step, name in steps:
        one = indicator.model_copy(update={"of": {**indicator.of, "step": (step,)}})
        drawn = curve(one, found, mask, int(until.timestamp()), name)
        if drawn is not None:
            made.append(drawn)
    return made
