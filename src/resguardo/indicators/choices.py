"""What can be chosen on a page of figures: filters, breakdowns, months, and the chips of what is chosen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.conf import settings
from django.utils.translation import gettext as _

from resguardo import packs
from resguardo.core.indicator import TIMES, Indicator
from resguardo.indicators import asking, phrases, queries, releases
from resguardo.indicators.asking import SINCE, UNTIL, Asked, Scope
from resguardo.indicators.columns import period


@dataclass(frozen=True)
class Option:
    """One entry of a list that can be chosen."""

    code: str
    label: str
    chosen: bool


@dataclass(frozen=True)
class Select:
    """A filter as a list: its name in the address, what people read, and its options."""

    name: str
    title: str
    options: tuple[Option, ...]


@dataclass(frozen=True)
class Chip:
    """A filter that is active, in words, and the address without it."""

    text: str
    href: str


def chips(asked: Asked) -> Iterator[Chip]:
    """The active filters with their addresses of removal."""
    for name, code in asked.where.items():
        text = phrases.label(name, code, queries.label(name, code, phrases.language()))
        if name in TIMES:
            text = phrases.period(code)
        yield Chip(f"{phrases.title(name)}: {text}", asked.without(name).query)
    if asked.since:
        text = _("From %(month)s") % {"month": phrases.period(asked.since)}
        yield Chip(text, replace(asked, since="").query)
    if asked.until:
        text = _("Until %(month)s") % {"month": phrases.period(asked.until)}
        yield Chip(text, replace(asked, until="").query)


def filters(scope: Scope, indicator: Indicator, asked: Asked) -> Iterator[Select]:
    """Every filter with what can be chosen; of the public's, only what somebody published has."""
    known = packs.load(settings.PACK).register
    published = releases.publication() if scope == "shared" else None
    for name in asking.filters(indicator, scope):
        codes = list(asking.codes(name, scope))
        if published is not None:
            codes = [code for code in codes if code in published.values.get(name, ())]
        elif name in known.fields:
            codes = [code for code in codes if code in known.current[known.fields[name].list_]]
        elif name == "party":
            codes = [code for code in codes if packs.load(settings.PACK).route.parties[code].enabled]
        if chosen := asked.where.get(name, ""):
            codes = codes if chosen in codes else [*codes, chosen]
        options = tuple(
            Option(
                code, phrases.label(name, code, queries.label(name, code, phrases.language())), code == chosen
            )
            for code in codes
        )
        if len(options) > 1 or chosen:
            yield Select(name, phrases.title(name), options)


def by_options(scope: Scope, indicator: Indicator, asked: Asked) -> tuple[Option, ...]:
    """By what it can be broken down."""
    names = [n for n in asking.breakdowns(indicator, scope) if n not in asked.where]
    return tuple(Option(name, phrases.title(name), name == asked.by) for name in names)


def months(asked: Asked) -> tuple[Select, Select]:
    """The first and the last month that can be chosen."""
    found = queries.columns()
    assert found is not None
    numbers = found.numbers("month")
    codes = [period("month", number) for number in range(int(numbers.max()), int(numbers.min()) - 1, -1)]

    def select(name: str, title: str, chosen: str) -> Select:
        listed = codes if not chosen or chosen in codes else [chosen, *codes]
        options = (Option(code, phrases.period(code), code == chosen) for code in listed)
        return Select(name, title, tuple(options))

    return select(SINCE, _("From"), asked.since), select(UNTIL, _("Until"), asked.until)
