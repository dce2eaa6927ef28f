"""Whatever happens to a case of Guatemala's route: nobody reads without consent or law, and it can close."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from resguardo import packs
from resguardo.core.fold import State, can_close, fold, may_add
from resguardo.core.history import HER, Event
from resguardo.core.stories import BEGINS

ROUTE = packs.load("gt").route
PARTIES = sorted(ROUTE.owners - {HER})
PAIRS = sorted({(s.consent, s.to) for step in ROUTE.steps.values() for s in step.shares if s.consent})
NATURES = ROUTE.facts["nature"].values
FACTS = ("threat", "age", "sexual_violence", "interpreter", "published", "official_suspect", "defender")
MANY = sorted(name for name, step in ROUTE.steps.items() if step.many and not step.called_by)
ACTS = (
    *("do", "do", "do", "do", "give", "give", "withdraw", "hide", "show"),
    *("reopen", "nature", "fact", "write", "send", "add"),
)


def act(events: list[Event], kind: str, choose: Callable[[int], int]) -> None:
    """One thing that may happen next."""
    state = fold(ROUTE, events)
    if kind == "do" and state.open:
        owed = state.open[choose(len(state.open))]
        outcomes = [*ROUTE.steps[owed.step].outcomes]
        about: dict[str, Any] = {"outcome": outcomes[choose(len(outcomes))]} if outcomes else {}
        asked = ROUTE.steps[owed.step].asks
        about["facts"] = {f: (v := ROUTE.facts[f].values)[choose(len(v))] for f in asked}
        add_done(events, owed.step, owed.party, about)
    elif kind in ("give", "withdraw"):
        consent, party = PAIRS[choose(len(PAIRS))]
        about = {"consent": consent, "party": party}
        add_about(events, "consent-given" if kind == "give" else "consent-withdrawn", about)
    elif kind == "hide":
        party = PARTIES[choose(len(PARTIES))]
        if can_close(ROUTE, state.facts, state.withheld | {party}):
            add_about(events, "withheld", {"party": party})
    elif kind == "show" and state.withheld:
        add_about(events, "withheld-lifted", {"party": min(state.withheld)})
    elif kind == "reopen":
        done = sorted(set(state.done) - {ROUTE.start})
        if done:
            add_done(events, done[choose(len(done))], "pnc", {}, kind="step-reopened")
    elif kind == "nature":
        nature = NATURES[choose(len(NATURES))]
        if can_close(ROUTE, state.facts | {"nature": nature}, state.withheld):
            add_about(events, "facts-recorded", {"facts": {"nature": nature}})
    elif kind == "fact":
        name = FACTS[choose(len(FACTS))]
        values = ROUTE.facts[name].values
        add_about(events, "facts-recorded", {"facts": {name: values[choose(len(values))]}})
    elif kind in ("write", "send"):
        add_about(events, "message-sent" if kind == "write" else "evidence-sealed", {})
    elif kind == "add":
        possible = [name for name in MANY if may_add(ROUTE, state, name)]
        if possible:
            add_done(events, possible[choose(len(possible))], "pnc", {}, kind="step-added")


def add_about(events: list[Event], kind: str, about: dict[str, Any]) -> None:
    at = BEGINS + timedelta(minutes=len(events))
    events.append(Event("case", len(events), at, kind, HER, "", "", None, None, about))


def add_done(
    events: list[Event], step: str, party: str, about: dict[str, Any], kind: str = "step-done"
) -> None:
    at = BEGINS + timedelta(minutes=len(events))
    events.append(Event("case", len(events), at, kind, party, "", "", step, None, about))


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Up to forty things that happen to a case, each possible when it happens."""
    events: list[Event] = []
    add_about(events, "opened", {"facts": {"nature": draw(st.sampled_from(NATURES))}})
    for kind in draw(st.lists(st.sampled_from(ACTS), max_size=40)):
        act(events, kind, lambda count: draw(st.integers(0, count - 1)))
    return events


def standing(events: list[Event]) -> set[tuple[str, str]]:
    """The consents given and not withdrawn, worked out without the fold."""
    found: set[tuple[str, str]] = set()
    for event in events:
        if event.kind == "consent-given":
            found.add((event.about["consent"], event.about["party"]))
        if event.kind == "consent-withdrawn":
            found.discard((event.about["consent"], event.about["party"]))
    return found


def allowed(events: list[Event], state: State) -> set[tuple[str, str]]:
    """The most that anybody might see: what some share of a step ever done gives under consent or law."""
    consents = standing(events)
    return {
        (share.to, group)
        for name in state.done
        for share in ROUTE.steps[name].shares
        for group in share.what
        if share.law or (share.consent, share.to) in consents
    }


@settings(deadline=None, max_examples=150)
@given(histories())
def test_no_party_sees_a_group_without_a_standing_consent_or_a_law(events: list[Event]) -> None:
    state = fold(ROUTE, events)
    assert state.sees <= allowed(events, state)
    assert all(group in ROUTE.parties[party].sees for party, group in state.sees)
    assert not {party for party, _ in state.sees} & state.withheld
    assert set(state.basis) == state.sees


@settings(deadline=None, max_examples=100)
@given(histories())
def test_withdrawing_every_consent_leaves_only_what_a_law_opens(events: list[Event]) -> None:
    events = list(events)
    for consent, party in sorted(standing(events)):
        add_about(events, "consent-withdrawn", {"consent": consent, "party": party})
    assert all(why.startswith("law:") for why in fold(ROUTE, events).basis.values())


@settings(deadline=None, max_examples=100)
@given(histories())
def test_guidance_and_notice_never_reach_the_prosecutor_or_the_expert(events: list[Event]) -> None:
    if any(event.about.get("facts", {}).get("nature") == "denuncia" for event in events):
        return
    state = fold(ROUTE, events)
    assert not {party for party, _ in state.sees} & {"mp", "inacif"}
    assert not {one.party for one in state.open} & {"mp", "inacif"}


@settings(deadline=None, max_examples=100)
@given(histories())
def test_what_was_done_stays_done_and_the_past_never_changes(events: list[Event]) -> None:
    before = fold(ROUTE, events[:-1])
    after = fold(ROUTE, events)
    assert fold(ROUTE, tuple(events)) == after
    assert all(after.done[name][: len(done)] == done for name, done in before.done.items())


@settings(deadline=None, max_examples=100)
@given(histories())
def test_no_case_closes_while_anything_is_owed(events: list[Event]) -> None:
    for end in range(1, len(events) + 1):
        state = fold(ROUTE, events[:end])
        closing = {owed.step for owed in state.open} & ROUTE.closing
        others = [o.step for o in state.open if o.step not in ROUTE.closing]
        assert not (closing and others), (closing, others)
        assert not (state.closed and state.open)


@settings(deadline=None, max_examples=100)
@given(histories())
def test_every_case_can_still_close(events: list[Event]) -> None:
    events = list(events)
    for _ in range(60):
        state = fold(ROUTE, events)
        if state.closed:
            return
        assert state.open, f"nothing is owed and the case is open: {[e.step or e.kind for e in events]}"
        owed = state.open[0]
        outcomes = ROUTE.steps[owed.step].outcomes
        ends = [name for name, again in outcomes.items() if not again]
        add_done(events, owed.step, owed.party, {"outcome": ends[0]} if ends else {})
    raise AssertionError("sixty steps do not close the case")
