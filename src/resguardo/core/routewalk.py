"""Walk every state that a route can reach: does each case come to an end, and each step come to its turn?

A state is which steps are settled (done, or not called for) and what is known that still matters. A fact is
left open until a step asks for it, and forgotten when no step to come does, so that a country's route has a
few thousand states and not millions. Steps that are open together do not disturb one another (`check` sees
to it), so one order stands for all. Every set of parties from whom the case may be hidden is tried.
Source: reachability over DCR graphs (Hildebrandt and Mukkamala); partial-order reduction (Godefroid).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, product
from typing import Any

from resguardo.core.fold import can_close, owner
from resguardo.core.history import HER
from resguardo.core.route import CONSENTED, WITHHELD, Conditions, Route, holds

LIMIT = 200_000

Known = tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class At:
    """A state: settled steps, and what is known of what still matters."""

    settled: frozenset[str]
    known: Known
    closed: bool = False


@dataclass(frozen=True)
class Walk:
    """What a walk found: (key, fault) pairs, and how many states it saw."""

    faults: tuple[tuple[str, str], ...]
    states: int


def walk(route: Route) -> Walk:
    """Every beginning that cannot close, and every step that no case comes to."""
    reached: set[str] = {route.start}
    faults: list[tuple[str, str]] = []
    states = 0
    parties = sorted(route.owners - {HER})
    for size in range(len(parties) + 1):
        for hidden in combinations(parties, size):
            ways = Ways(route, hidden)
            reached |= ways.opened
            states += len(ways.leads)
            stuck = ways.stuck()
            if stuck:
                faults.append(("steps", stuck))
            if states > LIMIT:
                return Walk((*faults, ("steps", f"more than {LIMIT} states; the walk was cut short")), states)
    for name, step in route.steps.items():
        owners = {step.who, *(one.party for one in step.instead)}
        if name not in reached and not step.many and owners & route.owners:
            faults.append((f"steps.{name}", "no case ever comes to this step"))
    return Walk(tuple(faults), states)


class Ways:
    """Everywhere a case can go that is hidden from `hidden`."""

    def __init__(self, route: Route, hidden: tuple[str, ...]) -> None:
        self.route = route
        self.hidden = hidden
        self.opened: set[str] = set()
        start = At(frozenset({route.start}), ())
        self.leads: dict[At, set[At]] = {start: set()}
        self.came: dict[At, tuple[tuple[str, ...], Known]] = {start: ((route.start,), ())}
        waiting = deque([start])
        while waiting and len(self.leads) <= LIMIT:
            here = waiting.popleft()
            way, facts = self.came[here]
            for done, learnt, there in self.onward(here):
                self.leads[here].add(there)
                if there not in self.leads:
                    self.leads[there] = set()
                    self.came[there] = ((*way, done) if done else way, (*facts, *learnt))
                    waiting.append(there)

    def onward(self, here: At) -> Iterator[tuple[str, Known, At]]:
        """(what was done, what was learnt, the state after) for the next step to be settled."""
        name = None if here.closed else self.next(here.settled)
        if name is None:
            return
        step, known = self.route.steps[name], dict(here.known)
        unknown = [one for one in self.asks[name] if one not in known]
        for values in product(*(self.values[one] for one in unknown)):
            learnt = dict(zip(unknown, values, strict=True))
            facts = self.facts({**known, **learnt})
            shown = tuple((fact, value) for fact, value in learnt.items() if value is not None)
            if not holds(step.when, facts) or owner(self.route, step, self.hidden, facts) is None:
                yield "", shown, self.settled(here, {**known, **learnt}, name)
                continue
            self.opened.add(name)
            asked = [fact for fact in step.asks if fact in self.values]
            for outcome in step.outcomes or (None,):
                for answers in product(*(self.classes(fact) for fact in asked)):
                    told = {**known, **learnt, **dict(zip(asked, answers, strict=True))}
                    if outcome is not None:
                        told[name] = outcome
                    done = f"{name}={outcome}" if outcome else name
                    yield done, shown, self.settled(here, told, name, outcome or "")

    def next(self, settled: frozenset[str]) -> str | None:
        """The first step in the document whose turn has come; what closes a case comes last."""
        ready = [
            name
            for name, step in self.route.steps.items()
            if name not in settled and not step.many and settled.issuperset(step.after)
        ]
        return min(ready, key=lambda name: self.route.steps[name].closes, default=None)

    def settled(self, here: At, known: dict[str, Any], name: str, outcome: str | None = None) -> At:
        """The state once `name` is settled, done with `outcome` or (None) not called for."""
        step, settled = self.route.steps[name], here.settled | {name}
        if outcome is not None:
            for again in step.outcomes.get(outcome, ()):
                settled -= {again, *self.route.successors[again], *self.route.closing}
        left = self.route.steps.keys() - settled
        needed = {one for step_left in left for one in self.asks[step_left]}
        kept = tuple((one, known[one]) for one in sorted(needed & known.keys()) if self.stands(one, settled))
        return At(frozenset(settled), kept, step.closes and outcome is not None)

    def stands(self, name: str, settled: frozenset[str]) -> bool:
        """Whether something known is known still: an outcome goes with its step."""
        return name not in self.route.steps or name in settled

    def facts(self, known: dict[str, Any]) -> dict[str, Any]:
        """What conditions are asked of."""
        facts = {name: value for name, value in known.items() if value is not None and ":" not in name}
        facts[CONSENTED] = [name for name, value in known.items() if ":" in name and value]
        if self.hidden:
            facts[WITHHELD] = list(self.hidden)
        told = set(facts)
        for table in self.route.tables.values():
            for asked, gives in table.rules:
                if holds(asked, facts):
                    facts |= {name: value for name, value in gives.items() if name not in told}
                    break
        return facts

    @cached_property
    def asks(self) -> dict[str, tuple[str, ...]]:
        """For each step, what must be known to say whether it is called for, and of whom."""
        return {
            name: tuple(
                sorted(
                    {
                        one
                        for when in (step.when, *(stand_in.when for stand_in in step.instead))
                        for one in self.sources(when)
                    }
                )
            )
            for name, step in self.route.steps.items()
        }

    def sources(self, when: Conditions) -> Iterator[str]:
        """The told facts, consents and outcomes that decide a condition, through the tables."""
        for name, wanted in when.items():
            if name == CONSENTED:
                yield from [wanted] if isinstance(wanted, str) else wanted
            elif name != WITHHELD:
                yield name
                for table in self.route.tables.values():
                    if name in table.gives:
                        yield from self.sources(dict.fromkeys(table.inputs, ""))

    @cached_property
    def values(self) -> dict[str, tuple[Any, ...]]:
        """What each fact, consent or outcome may be as far as conditions tell it apart; None: unknown."""
        given = {name for table in self.route.tables.values() for name in table.gives}
        given -= {fact for step in self.route.steps.values() for fact in step.asks}
        found: dict[str, tuple[Any, ...]] = {}
        for name in {one for asked in self.asks.values() for one in asked}:
            if ":" in name:
                found[name] = (None, "given")
            elif name in self.route.steps or name in given:
                found[name] = (None,)
            elif self.route.facts[name].always:
                found[name] = self.classes(name)
            else:
                found[name] = (None, *self.classes(name))
        return found

    def classes(self, name: str) -> tuple[str, ...]:
        """One value of a fact for each set of conditions that it meets."""
        literals = self.literals.get(name, [])
        every = self.route.facts[name].values or tuple(sorted({v for wanted in literals for v in wanted}))
        kinds = {tuple(value in wanted for wanted in literals): value for value in reversed(every)}
        return tuple(reversed(kinds.values()))

    @cached_property
    def literals(self) -> dict[str, list[list[str]]]:
        """For each fact, every set of values that a condition asks for."""
        found: dict[str, list[list[str]]] = {}
        rows = [row for table in self.route.tables.values() for row, _ in table.rules]
        for when in (*self.route.conditions, *rows):
            for name, wanted in when.items():
                found.setdefault(name, []).append([wanted] if isinstance(wanted, str) else wanted)
        return found

    def stuck(self) -> str:
        """A sentence about the shortest way to a state from which no way closes the case, or nothing.

        Where nobody is left who could receive the case, it is refused when she files it, and is no fault.
        """
        back: dict[At, set[At]] = {key: set() for key in self.leads}
        for key, nexts in self.leads.items():
            for there in nexts:
                back[there].add(key)
        good = {key for key in self.leads if key.closed}
        waiting = list(good)
        while waiting:
            for before in back[waiting.pop()] - good:
                good.add(before)
                waiting.append(before)
        lost = [key for key in self.leads if key not in good]
        ends = [key for key in lost if not self.leads[key]]
        bad = [self.came[key] for key in ends or lost]
        bad = [
            one
            for one in bad
            if not self.hidden or can_close(self.route, self.facts(dict(one[1])), self.hidden)
        ]
        if not bad:
            return ""
        way, facts = min(bad, key=lambda one: (len(one[0]), len(one[1])))
        where = [f"{name}={value}" for name, value in facts] + [f"withheld={party}" for party in self.hidden]
        return f"with {', '.join(where)}: can never close after {', '.join(way)}"
