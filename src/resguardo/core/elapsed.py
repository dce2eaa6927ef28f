"""How long each step of a case was owed: from when, by when, and when it was done, if it was.

A pure function of the route and the events, for the measures of time and of lateness. A step that was owed
and then no longer called for is left out: nobody was late with it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from resguardo.core.calendar import Calendar
from resguardo.core.fold import Folding, Owed
from resguardo.core.history import Event
from resguardo.core.route import Route


@dataclass(frozen=True)
class Stretch:
    """One step that a party owed from `since`; `done` is None while it still does."""

    step: str
    party: str
    since: datetime
    due: datetime | None
    done: datetime | None = None
    outcome: str = ""


def stretches(route: Route, events: Iterable[Event], calendar: Calendar) -> list[Stretch]:
    """Every step that was owed in a case, in the order in which each was done or else became owed."""
    folding = Folding(route, calendar)
    finished: list[Stretch] = []
    for event in events:
        before, times = dict(folding.open), {name: len(done) for name, done in folding.done.items()}
        folding.take(event)
        for name, owed in before.items():
            done = folding.done.get(name, ())
            if len(done) > times.get(name, 0):
                last = done[-1]
                finished.append(_stretch(owed, last.at, last.outcome or ""))
    return finished + [_stretch(owed, None, "") for owed in folding.open.values()]


def _stretch(owed: Owed, done: datetime | None, outcome: str) -> Stretch:
    return Stretch(owed.step, owed.party, owed.since, owed.due, done, outcome)
