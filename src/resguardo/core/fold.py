"""fold(route, events): what is owed, who sees what, what is known, whether it is closed.

A pure function of the document and the history: no clock, no state kept. A deadline is the query
`due < now`, not a timer. Source: design, part 4.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from resguardo.core.calendar import Calendar, clock_time
from resguardo.core.history import HER, Event
from resguardo.core.route import CONSENTED, WITHHELD, Route, Step, holds

MOVES = {
    "opened",
    "facts-recorded",
    "withheld",
    "withheld-lifted",
    "step-done",
    "step-reopened",
    "step-added",
    "route-adopted",
    "evidence-sealed",
    "message-sent",
    "closed",
}


@dataclass(frozen=True)
class Owed:
    """A step that is open: since when, and by when (None where nothing says so).

    `assigned` is the pseudonym of the member who has it in hand; `told` what its party was told of its
    deadline: soon, late.
    """

    step: str
    party: str
    since: datetime
    due: datetime | None
    assigned: str = ""
    told: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Done:
    """A step that was done once."""

    seq: int
    at: datetime
    party: str
    outcome: str | None


@dataclass(frozen=True)
class State:
    """What follows from a history. `sees` are (party, group) pairs; `basis` says why for each.

    `done` is everything ever done; `standing` the steps of it that nothing has since set back. `withheld`
    are whole parties, `hidden` the (party, "unit:..." or "member:...") pairs within one; `leader` is the
    pseudonym of the leader who helped her tell. She herself sees every group and is not listed.
    """

    open: tuple[Owed, ...] = ()
    done: Mapping[str, tuple[Done, ...]] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    sees: frozenset[tuple[str, str]] = frozenset()
    basis: Mapping[tuple[str, str], str] = field(default_factory=dict)
    consents: frozenset[tuple[str, str]] = frozenset()
    withheld: frozenset[str] = frozenset()
    hidden: frozenset[tuple[str, str]] = frozenset()
    standing: frozenset[str] = frozenset()
    leader: str = ""
    closed: bool = False


def owner(route: Route, step: Step, withheld: Collection[str], facts: Mapping[str, Any]) -> str | None:
    """Who owes a step: its own party, or whoever stands in while that one may not see the case."""
    if step.to and (step.to not in route.owners or step.to in withheld):
        return None
    if step.who in route.owners and step.who not in withheld:
        return step.who
    for stand_in in step.instead:
        party = stand_in.party
        if party in route.owners and party not in withheld and holds(stand_in.when, facts):
            return party
    return None


def can_close(route: Route, facts: Mapping[str, Any], withheld: Collection[str]) -> bool:
    """Whether anybody is left who could bring a case to its end."""
    steps = [route.steps[name] for name in route.closing]
    return any(holds(step.when, facts) and owner(route, step, withheld, facts) for step in steps)


def within(about: Mapping[str, Any]) -> str:
    """Which unit or member of a party an event hides the case from; empty for the whole party."""
    return next((f"{kind}:{about[kind]}" for kind in ("unit", "member") if about.get(kind)), "")


class Folding:
    """The working table of one fold."""

    def __init__(self, route: Route, calendar: Calendar) -> None:
        self.route = route
        self.calendar = calendar
        self.told: dict[str, Any] = {}
        self.facts: dict[str, Any] = {}
        self.done: dict[str, tuple[Done, ...]] = {}
        self.valid: set[str] = set()
        self.again: set[str] = set()
        self.added: dict[str, datetime] = {}
        self.open: dict[str, Owed] = {}
        self.consents: dict[tuple[str, str], None] = {}
        self.withheld: set[str] = set()
        self.hidden: set[tuple[str, str]] = set()
        self.owners: dict[str, str | None] = {}
        self.called: set[str] = set()
        self.stale = True
        self.leader = ""
        self.closed = False

    def copy(self) -> Folding:
        """A second table that goes its own way from here; histories of done steps are shared, not changed."""
        other = Folding(self.route, self.calendar)
        for name, value in vars(self).items():
            if isinstance(value, dict | set):
                setattr(other, name, value.copy())
            else:
                setattr(other, name, value)
        return other

    def take(self, event: Event) -> None:
        """Let one event change the table."""
        about = event.about
        self.stale = self.stale or "facts" in about
        match event.kind:
            case "consent-given" | "consent-withdrawn":
                self.consent(event)
                return
            case "withheld":
                self.hide(about)
            case "withheld-lifted":
                self.show(about)
            case "opened":
                self.told |= about.get("facts", {})
                self.leader = about.get("leader", "")
                self.finish(self.route.start, event, None)
            case "facts-recorded":
                self.told |= about.get("facts", {})
            case "step-done":
                self.told |= about.get("facts", {})
                self.finish(self.name(event.step), event, about.get("outcome"))
            case "step-reopened":
                self.reopen(self.name(event.step))
            case "step-added":
                self.add(self.name(event.step), event.at)
            case "evidence-sealed" | "message-sent":
                self.call(event)
            case "assigned" | "notice":
                self.mark(event)
            case "closed":
                self.closed = True
        if event.kind in MOVES:
            self.settle(event.at)

    def consent(self, event: Event) -> None:
        """Note a consent given or taken back; steps move only where one is called for by it."""
        consent, party = event.about["consent"], event.about["party"]
        self.stale = True
        if event.kind == "consent-given":
            self.consents[consent, party] = None
        else:
            self.consents.pop((consent, party), None)
        if f"{consent}:{party}" in self.route.deciding_consents:
            self.settle(event.at)

    def hide(self, about: Mapping[str, Any]) -> None:
        """Nobody of a party sees the case, or nobody of one of its units, or one of its members."""
        inside = within(about)
        self.stale = True
        if inside:
            self.hidden.add((about["party"], inside))
        else:
            self.withheld.add(about["party"])

    def show(self, about: Mapping[str, Any]) -> None:
        """What was hidden may be seen again."""
        inside = within(about)
        self.stale = True
        if inside:
            self.hidden.discard((about["party"], inside))
        else:
            self.withheld.discard(about["party"])

    def call(self, event: Event) -> None:
        """What she sends is owed an answer, a closed case's too; a message of the party that owes is one."""
        for name in self.route.called[event.kind]:
            owed = self.open.get(name)
            if event.party == HER:
                step = self.route.steps[name]
                ready = self.closed or all(self.is_settled(one, {}) for one in step.after)
                if ready and name not in self.added and holds(step.when, self.facts):
                    self.add(name, event.at)
            elif owed is not None and owed.party == event.party and event.kind == "message-sent":
                self.finish(name, event, None)

    def add(self, name: str, at: datetime) -> None:
        """Owe a step that is owed only when somebody asks for it; a closed case opens again."""
        self.added[name] = at
        if self.closed:
            self.closed = False
            self.forget(self.route.closing)

    def mark(self, event: Event) -> None:
        """Note on an open step who has it in hand, or that its party was told of the deadline."""
        name = self.name(event.step)
        owed = self.open.get(name)
        if owed is None:
            return
        if event.kind == "assigned":
            self.open[name] = replace(owed, assigned=event.about.get("to", ""))
        else:
            self.open[name] = replace(owed, told=owed.told | {event.about.get("what", "")})

    def name(self, step: str | None) -> str:
        """Today's name of a step that may have been renamed since."""
        return self.route.renamed.get(step or "", step or "")

    def finish(self, name: str, event: Event, outcome: str | None) -> None:
        """Note a step as done, with what its outcome sets in motion."""
        step = self.route.steps.get(name)
        self.done[name] = (*self.done.get(name, ()), Done(event.seq, event.at, event.party, outcome))
        self.valid.add(name)
        self.again.discard(name)
        self.added.pop(name, None)
        self.open.pop(name, None)
        if outcome is not None:
            self.told[name] = outcome
            self.stale = True
        if step is None:
            return
        if step.closes:
            self.closed = True
        for again in step.outcomes.get(outcome or "", ()):
            self.reopen(again)

    def reopen(self, name: str) -> None:
        """Owe a step again, and with it whatever was done on its strength."""
        self.closed = False
        self.again.add(name)
        self.forget({name, *self.route.successors.get(name, ()), *self.route.closing})

    def forget(self, steps: Collection[str]) -> None:
        """What was done stands no more: it is to be done again when its turn comes."""
        self.stale = True
        for step in steps:
            self.valid.discard(step)
            self.told.pop(step, None)

    def settle(self, at: datetime) -> None:
        """Work out what is open; a step newly open is owed since `at`."""
        if self.stale:
            self.learn()
        still: dict[str, Owed] = {}
        if not self.closed:
            settled: dict[str, bool] = {}
            lasting = self.valid - self.route.returning
            for name in self.route.steps:
                asked_for = name in self.added or name in self.again
                if not asked_for and (name not in self.called or name in lasting):
                    continue
                party = self.owners[name]
                if party is None:
                    continue
                step = self.route.steps[name]
                if asked_for or all(self.is_settled(before, settled) for before in step.after):
                    known = self.open.get(name)
                    still[name] = (
                        known if known and known.party == party else self.owed(name, step, party, at)
                    )
            closing = self.route.closing & still.keys()
            if closing and still.keys() - closing - self.route.returning:
                still = {name: owed for name, owed in still.items() if name not in closing}
        self.open = still

    def learn(self) -> None:
        """Work out the facts, through the tables, and which steps they call for, and of whom."""
        self.facts = dict(self.told)
        if self.withheld:
            self.facts[WITHHELD] = sorted(self.withheld)
        self.facts[CONSENTED] = [f"{consent}:{party}" for consent, party in self.consents]
        for table in self.route.tables.values():
            for asked, gives in table.rules:
                if holds(asked, self.facts):
                    self.facts |= {name: value for name, value in gives.items() if name not in self.told}
                    break
        steps = self.route.steps.items()
        self.called = {name for name, step in steps if not step.many and holds(step.when, self.facts)}
        self.owners = dict(self.route.usual_owners)
        for name in self.route.steps if self.withheld else self.route.unusual:
            self.owners[name] = owner(self.route, self.route.steps[name], self.withheld, self.facts)
        self.stale = False

    def is_settled(self, name: str, settled: dict[str, bool]) -> bool:
        """Whether a step no longer blocks what comes after: done, or not called for once its turn came."""
        known = settled.get(name)
        if known is None:
            called = name in self.called or name in self.added or name in self.again
            known = name in self.valid or (
                (self.owners[name] is None or not called)
                and all(self.is_settled(before, settled) for before in self.route.steps[name].after)
            )
            settled[name] = known
        return known

    def owed(self, name: str, step: Step, party: str, at: datetime) -> Owed:
        """What `party` owes from `at` on."""
        wait = step.every if step.every is not None and name in self.valid else step.within
        return Owed(name, party, at, None if wait is None else self.calendar(at, wait))

    def seen(self) -> dict[tuple[str, str], str]:
        """Who sees what, and why: the shares of every step done, under a standing consent or a law."""
        basis: dict[tuple[str, str], str] = {}
        for name in self.done:
            for share in self.route.steps[name].shares if name in self.route.steps else ():
                party = self.route.parties[share.to]
                standing = bool(share.law) or (share.consent, share.to) in self.consents
                if not standing or not party.enabled or share.to in self.withheld:
                    continue
                if not holds(share.when, self.facts):
                    continue
                why = f"law:{share.law}" if share.law else f"consent:{share.consent}"
                for group in share.what:
                    if group in party.sees:
                        basis.setdefault((share.to, group), why)
        return basis

    def state(self) -> State:
        """What the table says."""
        basis = self.seen()
        return State(
            open=tuple(self.open.values()),
            done=dict(self.done),
            facts=self.facts,
            sees=frozenset(basis),
            basis=basis,
            consents=frozenset(self.consents),
            withheld=frozenset(self.withheld),
            hidden=frozenset(self.hidden),
            standing=frozenset(self.valid),
            leader=self.leader,
            closed=self.closed,
        )


def fold(route: Route, events: Sequence[Event], calendar: Calendar = clock_time) -> State:
    """What follows from `events` under `route`; `calendar` says when a time that begins at a moment ends."""
    folding = Folding(route, calendar)
    for event in events:
        folding.take(event)
    return folding.state()


def may_do(state: State, step: str, party: str) -> bool:
    """Whether `party` owes `step` now (HER for what is hers to do)."""
    return any(owed.step == step and owed.party == party for owed in state.open)


def may_add(route: Route, state: State, step: str) -> bool:
    """Whether somebody may ask for an ad-hoc step: its party already sees what the answer needs.

    So a request never tells an institution of a case in which it has no part.
    """
    spec = route.steps.get(step)
    if spec is None or not spec.many or spec.called_by or not spec.needs:
        return False
    if state.closed or not holds(spec.when, state.facts):
        return False
    party = owner(route, spec, state.withheld, state.facts)
    return party is not None and all((party, group) in state.sees for group in spec.needs)
