"""What a minister reads in a minute: one sentence, a few figures, five pictures, and what they do not say.

An institution's own overview is of the last twelve whole months, or of the months that were asked for;
everybody's is of the quarters that are published.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from resguardo import packs
from resguardo.core.indicator import Indicator
from resguardo.indicators import asking, choices, phrases, pictures, queries, snapshot
from resguardo.indicators.asking import Asked
from resguardo.indicators.columns import month_number, period
from resguardo.indicators.counting import Cell
from resguardo.indicators.doors import Door
from resguardo.indicators.drawing.marks import number
from resguardo.indicators.page import until
from resguardo.indicators.pictures import Picture
from resguardo.indicators.queries import Shown

YEAR, TREND, LONG, QUARTERS = 12, 24, 36, 4
TOP, PANELS = 10, 6


@dataclass(frozen=True)
class Card:
    """A leading figure: its value in words, what it means, the same span before, and its page."""

    title: str
    value: str
    means: str
    before: str
    href: str


@dataclass(frozen=True)
class Span:
    """The months that are looked at, and the same ones a year before; None where they are not known whole."""

    asked: Asked
    before: Asked | None = None


@dataclass(frozen=True)
class Stage:
    """A stage of the funnel as a row of a table; `count` is empty where it is withheld."""

    title: str
    count: str


def main() -> Indicator:
    """What the overview is about: the leading count that everybody may see."""
    return next(one for one in queries.figures().indicator if one.leads and one.public and one.how == "count")


def context(door: Door, query: QueryDict) -> dict[str, Any]:
    """What the page is made of. Raises NoFigures and NotAsked."""
    now = timezone.now()
    span = own_span(asking.parse(query, main(), "own"), now) if door.exact else Span(Asked())
    whole = door.shown(main(), replace(span.asked, by=_named("department")), now)
    return {
        "door": door,
        "sentences": list(sentences(door, span, whole, now)),
        "cards": list(cards(door, span, now)),
        "trend": _trend(door, span, now),
        "map": _linked(door, pictures.suits(whole, "map", _page(door, main())), whole),
        "top": _top(door, span, now),
        **_funnel(door, span, now),
        "waits": _waits(door, span, now),
        "multiples": _multiples(door, span, now),
        "sections": sections(door),
        "months": choices.months(span.asked) if door.exact else None,
        "query": span.asked.query,
        "title": _("Figures"),
    }


def own_span(asked: Asked, now: datetime) -> Span:
    """The months asked for; otherwise the last twelve whole ones, or all where those hold nothing."""
    found, _until = queries.counted(now)
    months = found.numbers("month")
    first, last = int(months.min()), int(months.max())
    this = snapshot.month(now, ZoneInfo(settings.TIME_ZONE))
    if not (asked.since or asked.until):
        if last < this - YEAR or first >= this:
            return Span(Asked())
        asked = Asked(since=period("month", this - YEAR), until=period("month", this - 1))
    if not (asked.since and asked.until):
        return Span(asked)
    since, end = month_number(asked.since), month_number(asked.until)
    if since - YEAR < first or end >= this:
        return Span(asked)
    ends = {"since": period("month", since - YEAR), "until": period("month", end - YEAR)}
    return Span(asked, replace(asked, **ends))


def sentences(door: Door, span: Span, whole: Shown, now: datetime) -> Iterator[str]:
    """The period, how many, for whom it counts and up to when."""
    if not door.exact:
        told = {"span": until(whole), "n": _count(whole.whole)}
        yield _("%(n)s incidents of cyber-violence, %(span)s, of women who let them be counted.") % told
        yield _("Whole quarters only. What was published does not change any more.")
        return
    count = _count(whole.whole)
    told = {"n": count, "party": door.institution, "moment": phrases.moment(whole.until)}
    if span.asked.since and span.asked.until:
        told |= {"since": phrases.period(span.asked.since), "until": phrases.period(span.asked.until)}
        yield _("From %(since)s to %(until)s: %(n)s incidents that %(party)s may count.") % told
    else:
        yield _("%(n)s incidents that %(party)s may count.") % told
    month = period("month", snapshot.month(now, ZoneInfo(settings.TIME_ZONE)))
    if span.asked.until and span.asked.until < month:
        newer = queries.in_whole(main(), Asked(since=month, until=month), door.party, now)
        yield _("%(month)s so far: %(n)s.") % {
            "month": phrases.period(month),
            "n": _count(newer),
        }
    yield _("Counted up to %(moment)s.") % told


def _count(cell: Cell | None) -> str:
    return _("fewer than 5") if cell is None else number(cell.value or 0)


def cards(door: Door, span: Span, now: datetime) -> Iterator[Card]:
    """The leading figures that this door has."""
    for one in queries.figures().indicator:
        if not one.leads or not door.leads_to(one):
            continue
        title, means = one.title.in_(phrases.language()), _means(one)
        cell, before = _exact(door, one, span, now) if door.exact else _shared(door, one)
        if one.how == "wait":
            title, cell = _first_step(door, one, span, now)
        if cell is not None and cell.value is not None:
            value = phrases.said(one, cell.value, cell.count)
            if one.how in ("wait", "gap"):
                value = _("half within %(time)s") % {"time": value}
            yield Card(title, value, means, before, f"{_page(door, one)}{span.asked.query}".rstrip("?"))


def _means(one: Indicator) -> str:
    """What a leading figure means, in one line without a term of statistics."""
    if one.how == "wait":
        return _("For half of the cases this was done by then. Those still waiting weigh in too.")
    if one.how in ("middle", "gap"):
        return _("The middle of all: half are at this or below it.")
    return one.definition.in_(phrases.language())


def _exact(door: Door, one: Indicator, span: Span, now: datetime) -> tuple[Cell | None, str]:
    """A figure, and the same span a year before in words."""
    if one.how == "wait":
        return None, ""
    cell = queries.in_whole(one, span.asked, door.party, now)
    if span.before is None:
        return cell, ""
    before = phrases.change(one, cell, queries.in_whole(one, span.before, door.party, now))
    return cell, _("a year before: %(then)s") % {"then": before} if before else ""


def _shared(door: Door, one: Indicator) -> tuple[Cell | None, str]:
    """The public's figure; of a count, the last four quarters beside the four before, if all are shown."""
    whole = door.shown(one, Asked()).whole
    if one.how != "count":
        return whole, ""
    lines = door.shown(one, Asked(by="quarter")).lines[-2 * QUARTERS :]
    values = [line.cell.value for line in lines if line.cell is not None and line.cell.value is not None]
    if len(values) < 2 * QUARTERS:
        return whole, ""
    last, then = sum(values[QUARTERS:]), sum(values[:QUARTERS])
    change = phrases.change(one, Cell(0, last), Cell(0, then))
    return whole, _("last four quarters: %(n)s; the four before: %(then)s") % {
        "n": number(last),
        "then": change,
    }


def _first_step(door: Door, one: Indicator, span: Span, now: datetime) -> tuple[str, Cell | None]:
    """Of waits, which have no median in common, the first step of the route that anybody has done."""
    title = one.title.in_(phrases.language())
    for line in _by_step(door, _beside_deadlines(door) or one, span, now).lines:
        if line.cell is not None and line.cell.value is not None:
            cell = line.cell
            if door.exact:
                only = replace(span.asked, where={"step": line.code})
                cell = queries.in_whole(one, only, door.party, now)
            return f"{title}: {line.label}", cell
    return title, None


def _by_step(door: Door, one: Indicator, span: Span, now: datetime) -> Shown:
    return door.shown(one, replace(span.asked, by="step") if door.exact else Asked(), now)


def _page(door: Door, one: Indicator) -> str:
    return f"{door.home}{one.id}/"


def _named(kind: str) -> str:
    """The breakdown of the main indicator whose codes are those of the list `kind`."""
    fields = packs.load(settings.PACK).register.fields
    return next((name for name in main().by if name in fields and fields[name].list_ == kind), "")


def _linked(door: Door, picture: Picture | None, shown: Shown) -> Picture | None:
    """A picture with the address of its table."""
    if picture is None:
        return None
    return replace(picture, href=f"{_page(door, shown.indicator)}{shown.asked.query}")


def _trend(door: Door, span: Span, now: datetime) -> Picture | None:
    """Two years by month, or every published quarter."""
    asked = Asked(by="quarter")
    if door.exact:
        asked = Asked(by="month", since=span.asked.since, until=span.asked.until)
        if span.asked.until:
            end = month_number(span.asked.until)
            asked = replace(asked, since=period("month", _since(end, TREND, span.asked.since)))
    shown = door.shown(main(), asked, now)
    return _linked(door, pictures.suits(shown, "trend"), shown)


def _since(end: int, months: int, asked: str) -> int:
    """The month to begin at: so many before `end` or the one asked for, but none before there are records."""
    found = queries.columns()
    first = int(found.numbers("month").min()) if found is not None else 0
    begin = end - months + 1
    return max(first, min(begin, month_number(asked)) if asked else begin)


def _top(door: Door, span: Span, now: datetime) -> Picture | None:
    shown = door.shown(main(), replace(span.asked, by=main().by[0]), now)
    return _linked(door, pictures.suits(shown, "top", _page(door, main()), TOP), shown)


def _funnel(door: Door, span: Span, now: datetime) -> dict[str, Any]:
    titles = [stage.title.in_(phrases.language()) for stage in queries.figures().funnel]
    counts = queries.funnel(span.asked, door.party, now) if door.exact else queries.shared_funnel()
    rows = [
        Stage(title, "" if count is None else number(count))
        for title, count in zip(titles, counts, strict=True)
    ]
    return {"funnel": pictures.stages(titles, counts, "funnel"), "stages": rows}


def _waits(door: Door, span: Span, now: datetime) -> Picture | None:
    one = _beside_deadlines(door)
    if one is None:
        return None
    shown = _by_step(door, one, span, now)
    return _linked(door, pictures.suits(shown, "waits"), shown)


def _beside_deadlines(door: Door) -> Indicator | None:
    """The wait shown step by step: for an institution from when it is owed, else from the report."""
    begins = "owed" if door.exact else "report"
    figures = queries.figures().indicator
    waits = (one for one in figures if one.how == "wait" and one.begins == begins and door.leads_to(one))
    return next(waits, None)


def _multiples(door: Door, span: Span, now: datetime) -> Picture | None:
    """Small trends: of the groups of tactics for an institution, of the largest tactics for everybody."""
    by = main().by[1 if door.exact else 0]
    asked = _whole_quarters(span) if door.exact else Asked()
    shown = door.shown(main(), replace(asked, by=by), now)
    lines = [line for line in shown.lines if line.code and line.cell is not None and line.cell.value]
    lines.sort(key=lambda line: -(line.cell.value or 0) if line.cell else 0)
    panels = []
    for line in lines[: len(lines) if door.exact else PANELS]:
        one = replace(asked, by="quarter", where={by: line.code})
        panels.append((line.label, door.shown(main(), one, now), f"{_page(door, main())}{one.query}"))
    title = _("By group of tactics, each quarter") if door.exact else _("The largest tactics, each quarter")
    return pictures.multiples(panels, "multiples", title)


def _whole_quarters(span: Span) -> Asked:
    """Three years of whole quarters up to the end of the span."""
    if not span.asked.until:
        return Asked()
    end = (month_number(span.asked.until) + 1) // 3 * 3 - 1
    since = -(-_since(end, LONG, "") // 3) * 3
    return Asked(since=period("month", since), until=period("month", end))


def sections(door: Door) -> list[tuple[str, list[tuple[str, str, bool]]]]:
    """Every indicator of this door, as they are read together: title, address, whether it awaits its data."""
    figures, found = queries.figures(), []
    for section in figures.section:
        there = [one for id_ in section.indicators if (one := figures.named(id_)) and door.leads_to(one)]
        rows = [(one.title.in_(phrases.language()), _page(door, one), one.how == "awaits") for one in there]
        if rows:
            found.append((section.title.in_(phrases.language()), rows))
    return found
