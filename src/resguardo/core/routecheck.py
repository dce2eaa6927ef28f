"""What is wrong with a route document, said before a case follows it.

First the document as written (names, deadlines, texts, legal statuses, shares), then, where that is
sound, every state that it can reach, and the stories that it tells of itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from resguardo.core.history import HER
from resguardo.core.route import CONSENTED, WITHHELD, Basis, Conditions, Route, Share, Step, fits
from resguardo.core.routewalk import walk
from resguardo.core.stories import untrue


@dataclass(frozen=True)
class Fault:
    """Something to mend: the key of the document, and what is wrong there."""

    where: str
    what: str


def check(route: Route) -> list[Fault]:
    """Every fault of `route`, in the document's order; empty when it may be used."""
    return list(faults(route))


def faults(route: Route) -> Iterator[Fault]:
    """The faults of `route` as they are found: the document as written, then its stories, then its states.

    The stories and the walk run only on a document whose names, order and texts are sound.
    """
    written = [Fault(where, what) for where, what in _written(route)]
    yield from written
    if written:
        return
    for story in route.told:
        yield from (Fault(f"told.{story.title}", why) for why in untrue(route, story))
    yield from (Fault(where, what) for where, what in walk(route).faults)


def _written(route: Route) -> Iterator[tuple[str, str]]:
    if route.start not in route.steps:
        yield "start", f"there is no step {route.start}"
    if not route.closing:
        yield "steps", "no step closes a case"
    for name, party in route.parties.items():
        yield from _unknown(f"parties.{name}.sees", "group", party.sees, route.groups)
    for name, consent in route.consents.items():
        yield from _unknown(f"consents.{name}.groups", "group", consent.groups, route.groups)
    yield from _tables(route)
    for name in route.steps.keys() & route.facts.keys():
        yield f"steps.{name}", "a step and a fact have this name"
    for name, step in route.steps.items():
        yield from _step(route, f"steps.{name}", step)
        for number, share in enumerate(step.shares):
            yield from _share(route, f"steps.{name}.shares.{number}", name, share)
    yield from _circles(route) if _names_are_known(route) else ()
    yield from _order(route) if _names_are_known(route) else ()


def _unknown(
    where: str, kind: str, names: Iterable[str], known: Mapping[str, Any] | frozenset[str]
) -> Iterator[tuple[str, str]]:
    for name in names:
        if name not in known:
            yield where, f"there is no {kind} {name}"


def _conditions(route: Route, where: str, when: Conditions) -> Iterator[tuple[str, str]]:
    for name, wanted in when.items():
        choices = wanted if isinstance(wanted, list) else [wanted]
        step = route.steps.get(name)
        if name == WITHHELD:
            yield from _unknown(f"{where}.{name}", "party", choices, route.parties)
        elif name == CONSENTED:
            for pair in choices:
                consent, _, party = pair.partition(":")
                if consent not in route.consents or party not in route.parties:
                    yield f"{where}.{name}", f"there is no consent {pair}"
        elif name in route.facts:
            fact = route.facts[name]
            for value in choices:
                if not fact.allows([value] if fact.many else value):
                    yield f"{where}.{name}", f"{value} is no value of this fact"
        elif step is not None and step.outcomes:
            yield from _unknown(f"{where}.{name}", "outcome", choices, step.outcomes)
        else:
            yield where, f"there is no fact {name}"


def _tables(route: Route) -> Iterator[tuple[str, str]]:
    for name, table in route.tables.items():
        for number, row in enumerate(table.rows):
            where = f"tables.{name}.rows.{number}"
            yield from _unknown(where, "column", row, frozenset(table.inputs) | frozenset(table.gives))
            yield from _conditions(route, where, row)


def _step(route: Route, where: str, step: Step) -> Iterator[tuple[str, str]]:
    parties = frozenset(route.parties) | {HER}
    yield from _unknown(f"{where}.who", "party", [step.who], parties)
    yield from _unknown(f"{where}.to", "party", [step.to] if step.to else [], parties)
    yield from _unknown(f"{where}.late", "party", [step.late] if step.late else [], parties)
    yield from _unknown(f"{where}.after", "step", step.after, route.steps)
    yield from _unknown(f"{where}.asks", "fact", step.asks, route.facts)
    yield from _unknown(f"{where}.needs", "group", step.needs, route.groups)
    yield from _unknown(f"{where}.writes", "group", step.writes, route.groups)
    yield from _conditions(route, f"{where}.when", step.when)
    for stand_in in step.instead:
        yield from _unknown(f"{where}.instead", "party", [stand_in.party], route.parties)
        yield from _conditions(route, f"{where}.instead.when", stand_in.when)
    for outcome, again in step.outcomes.items():
        yield from _unknown(f"{where}.outcomes.{outcome}", "step", again, route.steps)
        if outcome not in step.outcome_titles:
            yield f"{where}.outcome_titles", f"the outcome {outcome} has no title in both languages"
    for old in step.retired:
        if old in route.steps:
            yield f"{where}.retired", f"{old} is a retired name and a step at once"
    if step.who != HER:
        yield from _duty(where, step)
    yield from _basis(f"{where}.basis", step.basis)
    if step.called_by and not step.many:
        yield f"{where}.called_by", "only a step that may be owed many times is called by what she does"
    if not step.after and not step.many and step is not route.steps.get(route.start):
        yield f"{where}.after", f"it comes after nothing; say at least {route.start}"
    if step.told is None:
        yield f"{where}.told", "nothing says in both languages what she reads once this is done"
    yield from _within_sight(route, where, step)


def _duty(where: str, step: Step) -> Iterator[tuple[str, str]]:
    if step.within is None:
        yield f"{where}.within", "there is no deadline"
    if not step.late:
        yield f"{where}.late", "nobody is told when this is late"
    if step.does is None:
        yield f"{where}.does", "nothing says in both languages what is to be done"


def _basis(where: str, basis: Basis) -> Iterator[tuple[str, str]]:
    if basis.status in ("VERIFIED", "PARTIAL") and not basis.source:
        yield where, f"{basis.status} names no source in which it was read"
    if basis.status == "MEMORY" and not basis.law:
        yield where, "MEMORY names no law to be confirmed"


def _within_sight(route: Route, where: str, step: Step) -> Iterator[tuple[str, str]]:
    for party in (step.who, *(stand_in.party for stand_in in step.instead)):
        for group in step.needs:
            if party in route.parties and group in route.groups and not _may_see(route, party, group):
                yield f"{where}.needs", f"nothing shares {group} with {party}"


def _share(route: Route, where: str, name: str, share: Share) -> Iterator[tuple[str, str]]:
    yield from _unknown(f"{where}.to", "party", [share.to], route.parties)
    yield from _unknown(f"{where}.what", "group", share.what, route.groups)
    yield from _conditions(route, f"{where}.when", share.when)
    if bool(share.consent) == bool(share.law):
        yield where, "a share names either a consent or a law"
    if share.law and share.status is None:
        yield f"{where}.status", f"the law {share.law} has no status"
    if share.consent:
        yield from _unknown(f"{where}.consent", "consent", [share.consent], route.consents)
    consent = route.consents.get(share.consent)
    doer = route.steps[name].who
    party = route.parties.get(share.to)
    for group in share.what:
        if party is not None and group not in party.sees:
            yield f"{where}.what", f"{share.to} may never see {group}"
        if consent is not None and group not in consent.groups:
            yield f"{where}.what", f"the consent {share.consent} does not speak of {group}"
        if doer in route.parties and not _can_pass_on(route, name, group):
            yield f"{where}.what", f"{doer} shares {group}, which it cannot itself see"


def _may_see(route: Route, party: str, group: str) -> bool:
    if group not in route.parties[party].sees:
        return False
    shares = (share for step in route.steps.values() for share in step.shares)
    return any(share.to == party and group in share.what for share in shares)


def _can_pass_on(route: Route, name: str, group: str) -> bool:
    """A party passes on what it sees, or what is first written later: that key is born for all who see it."""
    writers = {other for other, step in route.steps.items() if group in step.writes}
    return _may_see(route, route.steps[name].who, group) or writers <= route.successors[name] | {name}


def _names_are_known(route: Route) -> bool:
    return all(before in route.steps for step in route.steps.values() for before in step.after)


def _circles(route: Route) -> Iterator[tuple[str, str]]:
    for name, step in route.steps.items():
        if any(before == name or before in route.successors[name] for before in step.after):
            yield f"steps.{name}.after", "this step comes after itself"


def _order(route: Route) -> Iterator[tuple[str, str]]:
    """Whether a case closes over what is owed, or asks for what is answered in no set order."""
    for name, step in route.steps.items():
        for one in step.after:
            for two in step.after:
                if one in route.before[two]:
                    yield f"steps.{name}.after", f"{one} comes before {two} already"
        if step.closes:
            for other, spec in route.steps.items():
                apart = other in route.before[name] or spec.many or spec.every or spec.closes
                if not apart and not _exclude(route, step.when, spec.when):
                    yield f"steps.{name}.after", f"it closes the case while {other} may be owed"
        for fact in _decided_by(route, step.when):
            for other, spec in route.steps.items():
                if fact in (*spec.asks, other) and other not in route.before[name]:
                    yield f"steps.{name}.when", f"{fact} is answered by {other}, which does not come before"


def _exclude(route: Route, one: Conditions, two: Conditions) -> bool:
    """Whether two conditions never hold together."""
    for name in one.keys() & two.keys():
        if name in route.facts and not route.facts[name].many:
            first = [one[name]] if isinstance(one[name], str) else one[name]
            if not any(fits(two[name], value) for value in first):
                return True
    return False


def _decided_by(route: Route, when: Conditions) -> Iterator[str]:
    """The facts and outcomes that a condition is decided by, through the tables."""
    for name in when:
        yield name
        for table in route.tables.values():
            if name in table.gives:
                yield from _decided_by(route, dict.fromkeys(table.inputs, ""))
