"""What a page of figures shows: an indicator, for whom, with which filters, each figure with its address.

An institution sees exact figures of what it may count; everybody else the public's, of whole quarters, with
what could point at one woman withheld. Filters stand in the address: a page can be sent to a colleague.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from resguardo import packs
from resguardo.core.disclosure import HIDDEN, DisclosureError, Many
from resguardo.core.indicator import Indicator
from resguardo.indicators import releases, whole
from resguardo.indicators.asking import OF_ROWS, Asked, Scope, figures, narrower, usual
from resguardo.indicators.asking import breakdowns as breakdowns
from resguardo.indicators.asking import filters as filters
from resguardo.indicators.asking import parse as parse
from resguardo.indicators.columns import Columns, Mask, columns
from resguardo.indicators.counting import Cell, Curve, Measured, curve, measure
from resguardo.indicators.errors import NoFigures, NotAsked
from resguardo.indicators.releases import Published


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


def own(indicator: Indicator, asked: Asked, party: str, now: datetime, language: str) -> Shown:
    """The exact figure of what `party` may count. Raises NoFigures where nothing was counted yet."""
    by = usual(indicator, asked, "own")
    found, until = counted(now)
    measured = _measured(found.place, settings.PACK, indicator.id, replace(asked, by=by), party, until)
    lines = tuple(
        Line(code, label(by, code, language), cell, narrower(asked, by, code))
        for code, cell in _in_order(by, measured.rows)
    )
    several = bool(by) and found.dimension(by, indicator.over).rows is not None
    return Shown(indicator, replace(asked, by=by), "own", measured.whole, lines, until, several)


def in_whole(indicator: Indicator, asked: Asked, party: str, now: datetime) -> Cell:
    """The exact figure alone, broken down by nothing. Raises NoFigures where nothing was counted yet."""
    found, until = counted(now)
    bare = replace(asked, by="")
    return _measured(found.place, settings.PACK, indicator.id, bare, party, until).whole


@lru_cache(maxsize=512)
def _measured(place: Path, pack: str, id_: str, asked: Asked, party: str, until: datetime) -> Measured:
    """A figure of one snapshot, which never changes; `place`, `pack` and `party` are part of the question."""
    indicator = packs.load(pack).figures.named(id_)
    assert indicator is not None
    found, mask, _ = entries_of(asked, party, until)
    return measure(of_rows(indicator, asked), found, mask, int(until.timestamp()), asked.by)


def of_rows(indicator: Indicator, asked: Asked) -> Indicator:
    """`indicator` of the steps or acts that are asked for only."""
    chosen = {name: (code,) for name, code in asked.where.items() if name in OF_ROWS}
    return indicator.model_copy(update={"of": {**indicator.of, **chosen}}) if chosen else indicator


def _in_order(by: str, rows: Sequence[tuple[str, Cell | None]]) -> Sequence[tuple[str, Cell | None]]:
    """Steps as the route has them; everything else as it comes."""
    if by != "step":
        return rows
    steps = list(packs.load(settings.PACK).route.steps)
    return sorted(rows, key=lambda row: steps.index(row[0]) if row[0] in steps else len(steps))


def counted(now: datetime) -> tuple[Columns, datetime]:
    """The newest columns, and the moment up to which they are whole. Raises NoFigures for none."""
    found = columns()
    if found is None or not found.count:
        raise NoFigures(
            "Nothing has been counted yet.", remedy="Figures appear a minute after the first report."
        )
    return found, min(now, made_at(found.place))


def entries_of(asked: Asked, party: str, now: datetime) -> tuple[Columns, Mask, datetime]:
    """The columns, which entries are asked for, and the moment up to which they are whole."""
    found, until = counted(now)
    mask = found.counted_by(party) & found.between(asked.since, asked.until)
    for name, code in asked.where.items():
        if name not in OF_ROWS:
            mask &= found.has(name, [code])
    return found, mask, until


@lru_cache(maxsize=4)
def made_at(place: Path) -> datetime:
    """When a snapshot was made."""
    return datetime.fromtimestamp(place.stat().st_mtime, UTC)


def shared(indicator: Indicator, asked: Asked, language: str) -> Shown:
    """The public's figure. Raises NoFigures where none was published, NotAsked for one that is not public."""
    found = releases.publication()
    if found is None or found.made_at is None:
        raise NoFigures(
            "No quarter has been published yet.", remedy="Figures appear after a quarter has ended."
        )
    if not indicator.public:
        return _without_filters(indicator, found, language)
    where = found.place(asked.where)
    by = usual(indicator, asked, "shared") if where is not None else ""
    by = by if where is not None and _fits(indicator, found, [*where, by]) else ""
    try:
        total = Cell(0, 0.0) if where is None else published_cell(indicator, found, where)
        rows = list(_published_lines(indicator, found, by, where)) if by and where is not None else []
    except DisclosureError as error:
        raise NotAsked(error.what, remedy=error.remedy) from error
    bare = replace(asked, by="")
    lines = tuple(
        Line(
            code,
            label(by, code, language),
            cell,
            bare.with_filter(by, code) if code and _fits(indicator, found, [*asked.where, by]) else None,
        )
        for code, cell in rows
    )
    mixed = by in found.values and isinstance(found.tables.columns[by], Many)
    return Shown(indicator, replace(asked, by=by), "shared", total, lines, found.made_at, mixed)


def _fits(indicator: Indicator, found: Published, names: Collection[str]) -> bool:
    """Whether a table by `names`, with what a share is of, is not deeper than those that are protected."""
    return len({*names, *indicator.part} - {""}) <= found.tables.depth


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
    indicator: Indicator, found: Published, by: str, where: Mapping[str, int]
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
    rows = [(code, _bare(values)) for code, values in kept["rows"].items()]
    lines = tuple(
        Line(code, label(kept["by"], code, language), cell) for code, cell in _in_order(kept["by"], rows)
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
