"""Where each step of a route stands on paper: a lane for each institution, time running down.

Steps that this case is not called to do are left out, and what came after them follows what came before
them. A row holds at most one step of a lane, so no line has to cross a box.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from resguardo.core.fold import State, owner
from resguardo.core.history import HER
from resguardo.core.route import Route, possible

WIDEST, MOST = 3, 8


@dataclass(frozen=True)
class Place:
    """A step's lane (a party), its row from the top, and its column within the lane."""

    lane: str
    row: int
    column: int = 0


@dataclass(frozen=True)
class Plan:
    """The lanes from left to right, the columns of each, each step's place, and the pairs to be joined."""

    lanes: tuple[str, ...]
    columns: Mapping[str, int]
    places: Mapping[str, Place]
    joins: tuple[tuple[str, str], ...]

    @property
    def rows(self) -> int:
        """How many rows the paper needs."""
        return max((place.row for place in self.places.values()), default=-1) + 1


def plan(route: Route, state: State | None) -> Plan:
    """Lay out `route`; with a state, only what this case has done, owes or may come to owe."""
    lanes = lanes_of_steps(route, state)
    before = _near(_drop_left_out(route, lanes))
    levels = _levels(lanes, before)
    columns = _columns(levels)
    places: dict[str, Place] = {}
    row = 0
    for level in levels:
        for lane, steps in level.items():
            wide = columns[lane]
            places |= {name: Place(lane, row + i // wide, i % wide) for i, name in enumerate(steps)}
        row += max(-(-len(steps) // columns[lane]) for lane, steps in level.items())
    order = [party for party in (HER, *route.parties) if party in columns]
    joins = tuple((one, name) for name, earlier in before.items() for one in sorted(earlier))
    return Plan(tuple(order), columns, places, joins)


def _levels(lanes: Mapping[str, str], before: Mapping[str, set[str]]) -> list[dict[str, list[str]]]:
    """For each rank its steps by lane; the ones that soonest lead on come last, nearest to what follows."""
    rank = _ranks(before)
    after: dict[str, list[int]] = {name: [] for name in lanes}
    for name, earlier in before.items():
        for one in earlier:
            after[one].append(rank[name])
    levels: list[dict[str, list[str]]] = [{} for _ in range(max(rank.values(), default=-1) + 1)]
    for name, lane in lanes.items():
        levels[rank[name]].setdefault(lane, []).append(name)
    for level in levels:
        for steps in level.values():
            steps.sort(key=lambda name: -min(after[name], default=0))
    return levels


def _columns(levels: list[dict[str, list[str]]]) -> dict[str, int]:
    """How many columns each lane gets, so that all together fit on a page."""
    columns: dict[str, int] = {}
    count: dict[str, int] = {}
    for level in levels:
        for lane, steps in level.items():
            columns[lane] = max(columns.get(lane, 1), min(WIDEST, len(steps)))
            count[lane] = count.get(lane, 0) + len(steps)
    while sum(columns.values()) > MOST and max(columns.values()) > 1:
        columns[max(columns, key=lambda lane: (columns[lane], -count[lane]))] -= 1
    return columns


def lanes_of_steps(route: Route, state: State | None) -> dict[str, str]:
    """The party of every step that is drawn: who did it, owes it, or will owe it."""
    if state is None:
        return {name: step.who for name, step in route.steps.items() if step.who in route.owners}
    open_now = {owed.step: owed.party for owed in state.open}
    lanes: dict[str, str] = {}
    for name, step in route.steps.items():
        if name in open_now:
            lanes[name] = open_now[name]
        elif name in state.standing and name in state.done:
            lanes[name] = state.done[name][-1].party
        elif not step.many and possible(step.when, state.facts):
            party = owner(route, step, state.withheld, state.facts)
            if party is not None:
                lanes[name] = party
    return lanes


def _drop_left_out(route: Route, drawn: Mapping[str, str]) -> dict[str, set[str]]:
    """For each drawn step the drawn steps before it, through those left out."""

    def through(name: str) -> set[str]:
        found: set[str] = set()
        for one in route.steps[name].after:
            found |= {one} if one in drawn else through(one)
        return found

    return {name: through(name) for name in drawn}


def _near(before: dict[str, set[str]]) -> dict[str, set[str]]:
    """Only the nearest: what is already said by way of another step is not drawn twice."""

    def all_before(name: str) -> set[str]:
        return before[name] | {far for one in before[name] for far in all_before(one)}

    far = {name: {f for one in earlier for f in all_before(one)} for name, earlier in before.items()}
    return {name: earlier - far[name] for name, earlier in before.items()}


def _ranks(before: Mapping[str, set[str]]) -> dict[str, int]:
    ranks: dict[str, int] = {}

    def rank(name: str) -> int:
        if name not in ranks:
            ranks[name] = 1 + max((rank(one) for one in before[name]), default=-1)
        return ranks[name]

    return {name: rank(name) for name in before}
