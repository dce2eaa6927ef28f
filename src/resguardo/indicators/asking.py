"""What an address of the pages of figures asks: a breakdown, months, filters; and what may be asked at all.

Filters stand in the address, so that a page can be sent to a colleague. Nothing unknown gets past `parse`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal
from urllib.parse import urlencode

from django.conf import settings
from django.http import QueryDict

from resguardo import packs
from resguardo.core.indicator import OF_STRETCHES, TIMES, Indicator
from resguardo.indicators import releases
from resguardo.indicators.columns import month_number
from resguardo.indicators.errors import NotAsked
from resguardo.indicators.releases import figures

Scope = Literal["own", "shared"]
BY, SINCE, UNTIL = "por", "desde", "hasta"
OF_ROWS = OF_STRETCHES  # filters of steps and acts themselves; all others are of entries


@dataclass(frozen=True)
class Asked:
    """What is asked of an indicator: a breakdown, months from and to (2026-03), one code a filter."""

    by: str = ""
    since: str = ""
    until: str = ""
    where: Mapping[str, str] = field(default_factory=dict)

    def __hash__(self) -> int:
        return hash(self.query)

    @property
    def query(self) -> str:
        """As it stands in an address; a question mark alone where nothing is asked."""
        pairs = {BY: self.by, SINCE: self.since, UNTIL: self.until, **self.where}
        text = urlencode({name: value for name, value in pairs.items() if value})
        return f"?{text}" if text else "?"

    def with_filter(self, name: str, code: str) -> Asked:
        """The same with one more filter, and the usual breakdown."""
        return replace(self, by="", where={**self.where, name: code})

    def without(self, name: str) -> Asked:
        """The same with one filter less."""
        return replace(self, where={n: code for n, code in self.where.items() if n != name})


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
            if query[name] not in codes(name, scope):
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


def codes(name: str, scope: Scope) -> Collection[str]:
    """The codes that may be chosen of a filter; for everybody, of time, the quarters that are published."""
    pack = packs.load(settings.PACK)
    if name in pack.register.fields:
        return pack.register.codes.get(pack.register.fields[name].list_, {})
    if name in OF_ROWS:
        return pack.route.steps if name == "step" else pack.route.parties
    found = releases.publication() if scope == "shared" else None
    return found.values[name] if found is not None and name in found.values else ()


def breakdowns(indicator: Indicator, scope: Scope) -> tuple[str, ...]:
    """By what an indicator may be broken down: first what it names, then every other coded field."""
    public = figures().public_by
    if scope == "shared":
        return tuple(n for n in indicator.by if n in public) if indicator.public else indicator.by[:1]
    return tuple(dict.fromkeys([*indicator.by, *_coded()]))


def filters(indicator: Indicator, scope: Scope) -> tuple[str, ...]:
    """By what an indicator may be filtered."""
    if scope == "shared":
        return figures().public_by if indicator.public else ()
    rows = {"entries": (), "stretches": OF_STRETCHES, "acts": ("party",)}[indicator.over]
    return tuple(dict.fromkeys([*rows, *figures().filters, *_coded()]))


def _coded() -> list[str]:
    """The coded fields of today that stand in the clear."""
    known = packs.load(settings.PACK).register
    return [spec.name for spec in known.counted if spec.coded and not spec.until]


def usual(indicator: Indicator, asked: Asked, scope: Scope) -> str:
    """The breakdown that is asked for, or the first one that no filter has made pointless."""
    fresh = [name for name in breakdowns(indicator, scope) if name not in asked.where]
    if asked.by and asked.by not in asked.where:
        return asked.by
    return fresh[0] if fresh and indicator.by else ""


def narrower(asked: Asked, by: str, code: str) -> Asked | None:
    """What a line leads to: the same figure with that line as a filter."""
    if not code or by in (*TIMES, "act", "detail", "keeper"):
        return None
    return replace(asked.with_filter(by, code), by=parts_of(by))


def parts_of(name: str) -> str:
    """The places that a field of larger places is made of (municipalities, of departments), or nothing."""
    known = packs.load(settings.PACK).register
    for spec in known.computed:
        source, _, column = spec.rule.partition(".")
        if spec.name == name and source in known.fields and known.fields[source].kind == "place" and column:
            return source
    return ""
