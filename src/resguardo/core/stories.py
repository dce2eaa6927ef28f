"""Run a story of the route: a situation in words that lawyers sign, with what must follow from it.

Source: design, part 4 (`[[told]]`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from resguardo.core.fold import Owed, State, fold
from resguardo.core.history import HER, Event
from resguardo.core.route import Route, Story, duration

BEGINS = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)


def untrue(route: Route, story: Story) -> Iterator[str]:
    """What of `story` does not follow from `route`, one sentence each."""
    events: list[Event] = []
    yield from _live(route, story, events)
    state = fold(route, events)
    wanted, found = set(story.owed), _owed(story, state)
    yield from (f"{one} is not owed" for one in sorted(wanted - found))
    yield from (f"{one} is owed, and the story does not say so" for one in sorted(found - wanted))
    sees = {f"{party}:{group}" for party, group in state.sees}
    yield from (f"{one} is not seen" for one in story.sees if one not in sees)
    yield from (f"{one} is seen" for one in story.never if one in sees)
    if state.closed != story.closed:
        yield "the case is closed" if state.closed else "the case is not closed"


def history_of(route: Route, story: Story) -> list[Event]:
    """The events of `story`: one minute apart, with no chain and no salt."""
    events: list[Event] = []
    for why in _live(route, story, events):
        raise ValueError(why)
    return events


def _live(route: Route, story: Story, events: list[Event]) -> Iterator[str]:
    """Fill `events`; yields what the story does that nobody owed by then."""

    def happen(kind: str, about: dict[str, Any], party: str = HER, step: str | None = None) -> None:
        at = BEGINS + timedelta(minutes=len(events))
        events.append(Event("story", len(events), at, kind, party, "", "", step, None, about))

    happen("opened", {"nature": story.facts.get("nature"), "facts": dict(story.facts)})
    for pair in story.consents:
        happen("consent-given", _pair(pair))
    for party in story.withholds:
        happen("withheld", {"party": party})
    for act in story.does:
        step, _, outcome = act.partition("=")
        owed = next((o for o in fold(route, events).open if o.step == step), None)
        if owed is None:
            yield f"{step} is done when it is not owed"
            return
        happen("step-done", {"outcome": outcome} if outcome else {}, owed.party, step)
    for pair in story.withdraws:
        happen("consent-withdrawn", _pair(pair))
    if story.later:
        happen("facts-recorded", {"facts": dict(story.later)})


def _pair(pair: str) -> dict[str, Any]:
    consent, _, party = pair.partition(":")
    return {"consent": consent, "party": party}


def _owed(story: Story, state: State) -> set[str]:
    """What is open, each said as exactly as the story says it."""
    with_time = {one.split(" by ")[0]: one for one in story.owed if " by " in one}
    found = set()
    for owed in state.open:
        name = f"{owed.step}:{owed.party}"
        wanted = with_time.get(name)
        found.add(wanted if wanted and _in_time(owed, wanted) else name)
    return found


def _in_time(owed: Owed, wanted: str) -> bool:
    return owed.due is not None and owed.due - owed.since == duration(wanted.split(" by ")[1])
