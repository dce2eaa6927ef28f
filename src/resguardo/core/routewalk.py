"""Walk every state that a route can reach: does each case come to an end, and each step come to its turn?

Facts that no condition asks for do not matter, so a route of a country has a few hundred states. Each party
is also tried as withheld, one at a time. Source: reachability over DCR graphs (Hildebrandt and Mukkamala).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product
from typing import Any

from resguardo.core.fold import Folding, clock_time
from resguardo.core.history import HER, Event
from resguardo.core.route import Route

LIMIT = 20_000
WITHHELD = "withheld"
AT = datetime(2000, 1, 1, tzinfo=UTC)

Key = tuple[frozenset[str], frozenset[str], tuple[tuple[str, Any], ...], bool]
Facts = dict[str, str]


def walk(route: Route) -> Iterator[tuple[str, str]]:
    """(key, fault) for every beginning that cannot close, and every step that no case comes to."""
    relevant = _relevant(route)
    reached: set[str] = {route.start}
    for facts, withheld in _beginnings(route, relevant):
        states = _States(route, relevant, facts, withheld)
        reached |= states.opened
        where = ", ".join([f"{k}={v}" for k, v in facts.items()] + [f"withheld={w}" for w in withheld])
        if states.cut:
            yield "steps", f"with {where}: more than {LIMIT} states; the walk was cut short"
        stuck = states.stuck()
        if stuck is not None:
            yield "steps", f"with {where}: can never close after {stuck}"
    for name, step in route.steps.items():
        if name not in reached and not step.many and step.who in route.owners:
            yield f"steps.{name}", "no case ever comes to this step"


def _relevant(route: Route) -> tuple[str, ...]:
    """The facts that decide which steps are owed, or by whom, directly or through a table."""
    names = {name for step in route.steps.values() for name in step.when}
    names |= {name for step in route.steps.values() for one in step.instead for name in one.when}
    for table in reversed(route.tables.values()):
        if names & set(table.gives):
            names |= set(table.inputs)
    return tuple(sorted(name for name in names if name in route.facts))


def _values(route: Route, name: str) -> tuple[str, ...]:
    fact = route.facts[name]
    if fact.values:
        return fact.values
    wanted = [step.when.get(name, []) for step in route.steps.values()]
    return tuple(sorted({v for one in wanted for v in (one if isinstance(one, list) else [one])}))


def _beginnings(route: Route, relevant: tuple[str, ...]) -> Iterator[tuple[Facts, tuple[str, ...]]]:
    choices: list[tuple[str | None, ...]] = [
        _values(route, name) if route.facts[name].always else (None, *_values(route, name))
        for name in relevant
    ]
    hidden: list[tuple[str, ...]] = [(), *((party,) for party in sorted(route.owners - {HER}))]
    for values in product(*choices):
        facts = {name: value for name, value in zip(relevant, values, strict=True) if value is not None}
        for withheld in hidden:
            yield facts, withheld


class _States:
    """What one beginning can lead to."""

    def __init__(
        self, route: Route, relevant: tuple[str, ...], facts: Facts, withheld: tuple[str, ...]
    ) -> None:
        self.route = route
        self.relevant = relevant
        self.opened: set[str] = set()
        self.cut = False
        first = Folding(route, clock_time)
        first.take(_event("opened", about={"facts": facts}))
        for party in withheld:
            first.take(_event(WITHHELD, about={"party": party}))
        start = self.key(first)
        self.leads: dict[Key, set[Key]] = {start: set()}
        self.ways: dict[Key, tuple[str, ...]] = {start: ()}
        waiting = deque([(start, first)])
        while waiting and not self.cut:
            here, table = waiting.popleft()
            for way, following in self.steps(table):
                there = self.key(following)
                self.leads[here].add(there)
                if there not in self.leads:
                    self.leads[there] = set()
                    self.ways[there] = (*self.ways[here], way)
                    waiting.append((there, following))
                    self.cut = len(self.leads) > LIMIT

    def key(self, table: Folding) -> Key:
        """What of a state decides what may come."""
        kept = [n for n in table.told if n in self.relevant or n in self.route.steps]
        told = tuple((name, table.told[name]) for name in sorted(kept))
        return frozenset(table.valid), frozenset(table.open), told, table.closed

    def steps(self, table: Folding) -> Iterator[tuple[str, Folding]]:
        """Every step owed, done with each outcome and each answer that matters."""
        for name, owed in table.open.items():
            self.opened.add(name)
            step = self.route.steps[name]
            asked = [fact for fact in step.asks if fact in self.relevant]
            for outcome in step.outcomes or (None,):
                for values in product(*(_values(self.route, fact) for fact in asked)):
                    about: dict[str, Any] = {"facts": dict(zip(asked, values, strict=True))}
                    if outcome is not None:
                        about["outcome"] = outcome
                    following = table.copy()
                    following.take(_event("step-done", owed.party, name, about))
                    yield (f"{name}={outcome}" if outcome else name), following

    def stuck(self) -> str | None:
        """The shortest way to a state from which no way closes the case; None where there is none."""
        back: dict[Key, set[Key]] = {key: set() for key in self.leads}
        for key, nexts in self.leads.items():
            for there in nexts:
                back[there].add(key)
        good = {key for key in self.leads if key[3]}
        waiting = list(good)
        while waiting:
            for before in back[waiting.pop()] - good:
                good.add(before)
                waiting.append(before)
        bad = [self.ways[key] for key in self.leads if key not in good]
        return None if not bad or self.cut else ", ".join((self.route.start, *min(bad, key=len)))


def _event(
    kind: str, party: str = HER, step: str | None = None, about: dict[str, Any] | None = None
) -> Event:
    return Event("", 0, AT, kind, party, "", "", step, None, about or {})
