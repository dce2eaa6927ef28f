"""Run a story of the route: a situation in words that lawyers sign, with what must follow from it.

Source: design, part 4 (`[[told]]`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from resguardo.core.calendar import clock_time
from resguardo.core.fold import Folding, Owed, State
from resguardo.core.history import HER, Event
from resguardo.core.route import Route, Story

BEGINS = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
HERS = (
    (re.compile(r"she writes"), "message-sent", ()),
    (re.compile(r"she sends a file"), "evidence-sealed", ()),
    (re.compile(r"she consents (\w+):(\w+)"), "consent-given", ("consent", "party")),
    (re.compile(r"she withdraws (\w+):(\w+)"), "consent-withdrawn", ("consent", "party")),
    (re.compile(r"she hides it from (\w+)"), "withheld", ("party",)),
    (re.compile(r"she decides: (.+)"), "facts-recorded", ("facts",)),
)
ADD, BACK = "add ", "back to "


def untrue(route: Route, story: Story) -> Iterator[str]:
    """What of `story` does not follow from `route`, one sentence each."""
    if story.joined:
        route = route.joined_by(story.joined)
    telling = Telling(route)
    yield from telling.live(story)
    state = telling.folding.state()
    wanted, found = set(story.owed), _owed(route, story, state)
    yield from (f"{one} is not owed" for one in sorted(wanted - found))
    yield from (f"{one} is owed, and the story does not say so" for one in sorted(found - wanted))
    for party, groups in story.sees.items():
        seen = {group for who, group in state.sees if who == party}
        yield from (f"{party} does not see {one}" for one in sorted(set(groups) - seen))
        yield from (f"{party} sees {one}" for one in sorted(seen - set(groups)))
    if state.closed != story.closed:
        yield "the case is closed" if state.closed else "the case is not closed"


def history_of(route: Route, story: Story) -> list[Event]:
    """The events of `story`, one minute apart, with no chain. Raises ValueError if it cannot be."""
    telling = Telling(route)
    for why in telling.live(story):
        raise ValueError(why)
    return telling.events


class Telling:
    """The events of one story while it is told."""

    def __init__(self, route: Route) -> None:
        self.route = route
        self.folding = Folding(route, clock_time)
        self.events: list[Event] = []

    def live(self, story: Story) -> Iterator[str]:
        """Live the story; yields what cannot happen when it is said to."""
        self.happen("opened", {"nature": story.facts.get("nature"), "facts": dict(story.facts)})
        for pair in story.consents:
            consent, _, party = pair.partition(":")
            self.happen("consent-given", {"consent": consent, "party": party})
        for act in story.does:
            if not (self.hers(act) or self.asked(act) or self.done(act)):
                yield f"{act} is done when it is not owed"
                return

    def happen(
        self, kind: str, about: dict[str, Any] | None = None, party: str = HER, step: str | None = None
    ) -> None:
        """Add one event."""
        at = BEGINS + timedelta(minutes=len(self.events))
        event = Event("story", len(self.events), at, kind, party, "", "", step, None, about or {})
        self.events.append(event)
        self.folding.take(event)

    def hers(self, act: str) -> bool:
        """What she does herself."""
        for pattern, kind, names in HERS:
            match = pattern.fullmatch(act)
            if match:
                about: dict[str, Any] = dict(zip(names, match.groups(), strict=True))
                if "facts" in about:
                    about["facts"] = _facts(about["facts"])
                self.happen(kind, about)
                return True
        return False

    def asked(self, act: str) -> bool:
        """A step that somebody asks for, or sets back."""
        for word, kind in ((ADD, "step-added"), (BACK, "step-reopened")):
            step = act.removeprefix(word)
            if act.startswith(word) and step in self.route.steps:
                self.happen(kind, party=self.route.steps[step].who, step=step)
                return True
        return False

    def done(self, act: str) -> bool:
        """A step done by whoever owes it."""
        what, _, facts = act.partition(": ")
        step, _, outcome = what.partition("=")
        owed = self.folding.open.get(step)
        if owed is None:
            return False
        about: dict[str, Any] = {"facts": _facts(facts)} if facts else {}
        if outcome:
            about["outcome"] = outcome
        self.happen("step-done", about, owed.party, step)
        return True


def _facts(text: str) -> dict[str, str]:
    pairs = (pair.partition("=") for pair in text.split(", "))
    return {name: value for name, _, value in pairs}


def _owed(route: Route, story: Story, state: State) -> set[str]:
    """What is open, each said as exactly as the story says it."""
    wanted = {one.split(" by ")[0]: one for one in story.owed}
    return {_said(route, owed, wanted.get(f"{owed.step}:{owed.party}", "")) for owed in state.open}


def _said(route: Route, owed: Owed, like: str) -> str:
    """What is owed in the story's own words, as far as they are true."""
    said, step = f"{owed.step}:{owed.party}", route.steps[owed.step]
    _, by, time = like.partition(" by ")
    time, under, _ = time.partition(" under ")
    if by:
        wait = next((one for one in (step.within, step.every) if str(one) == time), None)
        due = wait is not None and owed.due == owed.since + wait.clock
        said += f" by {time}" if due else f" by {step.within}"
    if under:
        said += f" under {step.basis}"
    return said
