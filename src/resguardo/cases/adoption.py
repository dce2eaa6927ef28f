"""A new version of the route, while cases are open: what it would change, then the change, case by case.

A case is pinned to `route@version`; adopting another is an event of its own. What was done stays done, what
the new version calls for is owed from that moment. Nothing is adopted that could leave a case without an end.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.db import transaction

from resguardo.cases import queries
from resguardo.cases.commands import Change, Past, append_all, lock
from resguardo.cases.errors import CaseError
from resguardo.cases.models import Case, Event, RouteVersion
from resguardo.core import history
from resguardo.core.fold import Folding, State, can_close
from resguardo.core.route import Route
from resguardo.core.routecheck import faults
from resguardo.people.holder import system


@dataclass(frozen=True)
class Effect:
    """What a new version would do to one case: (step, party) and (party, group) pairs gained and lost."""

    case: str
    owes: frozenset[tuple[str, str]]
    owes_no_more: frozenset[tuple[str, str]]
    sees: frozenset[tuple[str, str]]
    sees_no_more: frozenset[tuple[str, str]]
    stuck: bool

    @property
    def nothing(self) -> bool:
        """Whether the case stays as it is."""
        return not (self.owes or self.owes_no_more or self.sees or self.sees_no_more or self.stuck)


def dry_run(new: Route) -> Iterator[Effect]:
    """What adopting `new` would do to every open case that does not follow it yet; changes nothing."""
    calendar = queries.calendar()
    for number, ref, events in _open_cases(new):
        old = Folding(queries.route_named(ref), calendar)
        fresh = Folding(new, calendar)
        for event in events:
            old.take(event)
            fresh.take(event)
        fresh.take(_adoption(events[-1], new))
        yield effect(number, old.state(), fresh.state(), new)


def effect(case: str, before: State, after: State, new: Route) -> Effect:
    """What changes between two states of `case`."""
    owed = {(o.step, o.party) for o in before.open}
    owes = {(o.step, o.party) for o in after.open}
    renamed = {(new.renamed.get(step, step), party) for step, party in owed}
    stuck = not after.closed and not can_close(new, after.facts, after.withheld)
    return Effect(
        case,
        frozenset(owes - renamed),
        frozenset(renamed - owes),
        after.sees - before.sees,
        before.sees - after.sees,
        stuck,
    )


def install(text: str, where: str, at: datetime) -> Route:
    """Keep a route document, so that new cases follow it and open ones may adopt it.

    Raises RouteError or CaseError when it has faults, is not newer, or is another text under a known name.
    """
    route = Route.parse(text, where)
    first = next(faults(route), None)
    if first is not None:
        raise CaseError("The route has faults: %(fault)s", fault=f"{first.where}: {first.what}")
    known = RouteVersion.objects.filter(ref=route.ref).first()
    if known is not None:
        if known.text != text:
            raise CaseError(
                "%(ref)s is another document already.", remedy="Give it a new version number.", ref=route.ref
            )
        return route
    current = queries.current_route()
    if route.name != current.name or route.version <= current.version:
        raise CaseError(
            "The version must be newer than %(ref)s.",
            remedy="Give the document the next version number.",
            ref=current.ref,
        )
    RouteVersion.objects.create(
        ref=route.ref, name=route.name, version=route.version, text=text, installed_at=at
    )
    return route


@transaction.atomic
def adopt(case: Case, new: Route, at: datetime) -> history.Event | None:
    """Let `case` follow `new` from now on; None when it does already, or is closed.

    Raises CaseError when nobody could bring the case to its end then.
    """
    lock(case)
    if case.route == new.ref or case.closed_at is not None:
        return None
    events = queries.events(case)
    before = queries.state(case)
    folding = Folding(new, queries.calendar())
    for event in events:
        folding.take(event)
    case.route = new.ref
    case.save(update_fields=["route"])
    change = Change("route-adopted", about={"route": new.ref})
    (added,) = append_all(case, [change], system(), at, Past(events[-1], folding, before))
    if not folding.closed and not can_close(new, folding.facts, folding.withheld):
        raise CaseError("Under the new route nobody could bring a case to its end.")
    return added


def _adoption(last: history.Event, new: Route) -> history.Event:
    """The event by which a case would adopt `new`, for a dry run."""
    return history.Event("", last.seq + 1, last.at, "route-adopted", "", "", "", about={"route": new.ref})


def _open_cases(new: Route) -> Iterator[tuple[str, str, list[history.Event]]]:
    """Every open case that does not follow `new`: number, route and events; read in one query."""
    rows = (
        Event.objects.filter(case__closed_at=None)
        .exclude(case__route=new.ref)
        .order_by("case", "seq")
        .values_list("case", "case__number", "case__route", "line")
        .iterator(chunk_size=5000)
    )
    for (_, number, ref), group in groupby(rows, key=lambda row: row[:3]):
        yield number, ref, [history.trusted(bytes(row[3])) for row in group]


def digest(text: str) -> str:
    """The SHA-256 by which people agree on which document they signed."""
    return hashlib.sha256(text.encode()).hexdigest()
