"""The route document: what it says, what is refused, and what follows from a history."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from resguardo.core.fold import State, fold, may_do
from resguardo.core.history import Event
from resguardo.core.route import Route, RouteError, Story
from resguardo.core.routecheck import check
from resguardo.core.stories import BEGINS, history_of

MUSEUM = Path(__file__).parent.parent / "museum" / "route"
SMALL = (MUSEUM / "whole.toml").read_text(encoding="utf-8")

SENTENCES = {
    "whole": None,
    "no_deadline": "steps.read.within: there is no deadline",
    "a_deadline_in_words": "steps.read.within: Value error, a duration is written P3D, PT24H or P1DT12H",
    "nobody_told_when_late": "steps.read.late: nobody is told when this is late",
    "unknown_step_before": "steps.close.after: there is no step write",
    "unknown_party": "steps.read.who: there is no party army",
    "unknown_group": "steps.tell.shares.0.what: there is no group acount",
    "unknown_fact": "steps.read.when: there is no fact colour",
    "unknown_value": "steps.read.when.nature: complaint is no value of this fact",
    "a_key_nobody_knows": "steps.read.lates: Extra inputs are not permitted",
    "missing_english": "steps.read.title.en: Field required",
    "empty_english": "steps.read.told.en: String should have at least 1 character",
    "law_without_status": "steps.read.basis.status: Field required",
    "share_by_law_without_status": "steps.tell.shares.0.status: the law CPP 304 has no status",
    "share_without_consent_or_law": "steps.tell.shares.0: a share names either a consent or a law",
    "share_beyond_the_ceiling": "steps.tell.shares.0.what: lab may never see account",
    "share_beyond_the_consent": "steps.tell.shares.0.what: the consent account does not speak of files",
    "shares_what_it_cannot_see": "steps.read.shares.0.what: police shares files, which it cannot itself see",
    "needs_what_nobody_shares": "steps.close.needs: nothing shares files with police",
    "comes_after_itself": "steps.read.after: this step comes after itself",
    "can_never_close": "steps: with nature=notice: can never close after tell",
    "a_step_nobody_comes_to": "steps.close.after: it closes the case while again may be owed",
    "an_outcome_without_title": "steps.read.outcome_titles: the outcome no has no title in both languages",
    "no_step_closes": "steps: no step closes a case",
    "an_untrue_story": "told.The police read within two hours: read:police by PT2H is not owed",
    "closes_while_owed": "steps.close.after: it closes the case while ask may be owed",
    "says_twice_what_comes_before": "steps.close.after: tell comes before read already",
    "comes_after_nothing": "steps.read.after: it comes after nothing; say at least tell",
    "partial_without_a_source": "steps.read.basis: PARTIAL names no source in which it was read",
    "memory_without_a_law": "steps.read.basis: MEMORY names no law to be confirmed",
    "a_step_named_as_a_fact": "steps.nature: a step and a fact have this name",
    "answered_too_late": "steps.read.when: risk is answered by close, which does not come before",
    "called_but_not_many": "steps.read.called_by: only a step that may be owed many times",
    "not_toml": "is not TOML",
}


def small(old: str = "", new: str = "") -> Route:
    """The small route of the museum, with one thing changed."""
    assert old in SMALL
    return Route.parse(SMALL.replace(old, new, 1) if old else SMALL, "small.toml")


def live(route: Route, *does: str, nature: str = "notice", **more: tuple[str, ...]) -> State:
    """The state after a history of one event a minute."""
    return fold(route, history_of(route, Story(title="", facts={"nature": nature}, does=does, **more)))


def owed(state: State) -> list[tuple[str, str]]:
    return [(one.step, one.party) for one in state.open]


def event(previous: Event, kind: str, step: str) -> Event:
    """The event one minute after `previous`."""
    return replace(
        previous,
        seq=previous.seq + 1,
        at=previous.at + timedelta(minutes=1),
        kind=kind,
        party="police",
        step=step,
        about={},
    )


def test_the_museum_holds_nothing_without_a_sentence() -> None:
    assert {path.stem for path in MUSEUM.glob("*.toml")} == set(SENTENCES)


@pytest.mark.parametrize("name", SENTENCES)
def test_a_faulty_route_is_refused_with_the_key_and_the_reason(name: str) -> None:
    wanted = SENTENCES[name]
    try:
        said = [f"{fault.where}: {fault.what}" for fault in check(Route.load(MUSEUM / f"{name}.toml"))]
    except RouteError as error:
        said = [re.sub(r"\.toml:\d+", ".toml", str(error))]
    if wanted is None:
        assert said == []
    else:
        assert wanted in said[0]


def test_a_route_that_is_not_there_is_named_without_its_folder(tmp_path: Path) -> None:
    with pytest.raises(RouteError, match=r"^The route nowhere\.toml cannot be read\.$"):
        Route.load(tmp_path / "nowhere.toml")


def test_a_deadline_runs_from_the_moment_the_step_became_owed() -> None:
    (read,) = live(small()).open
    assert (read.since, read.due) == (BEGINS, BEGINS + timedelta(hours=4))
    (close,) = live(small(), "read").open
    assert (close.since, close.due) == (
        BEGINS + timedelta(minutes=1),
        BEGINS + timedelta(days=2, minutes=1),
    )


def test_a_calendar_may_say_when_a_deadline_ends() -> None:
    events = history_of(small(), Story(title="", facts={"nature": "notice"}))
    state = fold(small(), events, calendar=lambda since, wait: since + 2 * wait.clock)
    assert state.open[0].due == BEGINS + timedelta(hours=8)


def test_the_last_step_closes_the_case_and_nothing_is_owed_any_more() -> None:
    state = live(small(), "read", "close")
    assert state.closed
    assert state.open == ()


def test_a_step_that_the_facts_do_not_call_for_blocks_nobody() -> None:
    route = small('after = ["tell"]\n', 'after = ["tell"]\nwhen = { nature = "denuncia" }\n')
    assert owed(live(route, nature="notice")) == [("close", "police")]
    assert owed(live(route, nature="denuncia")) == [("read", "police")]


def test_a_step_of_a_party_that_is_switched_off_blocks_nobody() -> None:
    route = small('[steps.read]\nwho = "police"', '[steps.read]\nwho = "lab"')
    off = Route.parse(
        SMALL.replace('sees = ["files"]', 'sees = ["files"]\nenabled = false').replace(
            '[steps.read]\nwho = "police"', '[steps.read]\nwho = "lab"'
        ),
        "off.toml",
    )
    assert owed(live(route)) == [("read", "lab")]
    assert owed(live(off)) == [("close", "police")]


def test_a_withheld_party_owes_nothing_and_another_stands_in() -> None:
    assert owed(live(small(), "she hides it from police")) == [("close", "lab")]


def test_a_step_that_may_be_done_many_times_is_owed_only_when_added() -> None:
    route = small('after = ["tell"]\n', 'after = ["tell"]\nmany = true\n')
    events = history_of(route, Story(title="", facts={"nature": "notice"}))
    assert owed(fold(route, events)) == [("close", "police")]
    added = [*events, event(events[-1], "step-added", "read")]
    assert ("read", "police") in owed(fold(route, added))
    done = [*added, event(added[-1], "step-done", "read")]
    assert owed(fold(route, done)) == [("close", "police")]
    assert len(fold(route, [*done, event(done[-1], "step-done", "read")]).done["read"]) == 2


def test_a_repeated_step_comes_back_after_its_time_and_blocks_nobody() -> None:
    route = small('after = ["tell"]\n', 'after = ["tell"]\nevery = "P30D"\n')
    state = live(route, "read")
    again = next(one for one in state.open if one.step == "read")
    assert again.due == BEGINS + timedelta(days=30, minutes=1)
    assert ("close", "police") in owed(state)


def test_an_outcome_sets_back_what_was_done_on_its_strength() -> None:
    route = small('after = ["read"]\n', 'after = ["read"]\noutcomes = { done = [], again = ["read"] }\n')
    state = live(route, "read", "close=again")
    assert owed(state) == [("read", "police")]
    assert not state.closed
    assert len(state.done["close"]) == 1
    assert state.standing == {"tell"}
    assert live(route, "read", "close=again", "read", "close=done").closed


def test_a_closed_case_can_be_reopened_and_closed_again() -> None:
    events = history_of(small(), Story(title="", facts={"nature": "notice"}, does=("read", "close")))
    reopened = [*events, event(events[-1], "step-reopened", "read")]
    assert owed(fold(small(), reopened)) == [("read", "police")]
    assert not fold(small(), reopened).closed


def test_a_retired_name_in_an_old_history_still_counts() -> None:
    renamed = SMALL.replace('after = ["read"]', 'after = ["look"]')
    route = Route.parse(
        renamed.replace("[steps.read]\n", '[steps.look]\nretired = ["read"]\n'), "renamed.toml"
    )
    events = history_of(small(), Story(title="", facts={"nature": "notice"}, does=("read",)))
    assert owed(fold(route, events)) == [("close", "police")]
    assert "look" in fold(route, events).done


def test_the_first_row_that_fits_gives_a_tables_facts() -> None:
    table = (
        'urgent = { title = { es = "Urgente", en = "Urgent" }, values = ["yes", "no"] }\n\n'
        '[tables.priority]\ninputs = ["nature"]\ngives = ["urgent"]\n'
        'rows = [{ nature = "denuncia", urgent = "yes" }, { urgent = "no" }]\n\n[consents.account]'
    )
    route = small("\n[consents.account]", table)
    assert check(route) == []
    assert live(route, nature="denuncia").facts["urgent"] == "yes"
    assert live(route, nature="notice").facts["urgent"] == "no"


def test_consent_opens_a_view_and_its_withdrawal_empties_it_at_once() -> None:
    assert live(small()).sees == frozenset()
    given = live(small(), consents=("account:police",))
    assert given.sees == {("police", "account")}
    assert given.basis == {("police", "account"): "consent:account"}
    assert live(small(), "she withdraws account:police", consents=("account:police",)).sees == frozenset()


def test_a_withheld_party_sees_nothing_even_by_law() -> None:
    route = small(
        'consent = "account"\n\n[steps.read]', 'law = "CPP 304"\nstatus = "PARTIAL"\n\n[steps.read]'
    )
    assert live(route).sees == {("police", "account")}
    assert live(route, "she hides it from police").sees == frozenset()


def test_consent_to_one_institution_opens_nothing_to_another() -> None:
    assert live(small(), consents=("account:lab",)).sees == frozenset()


def test_only_the_party_that_owes_a_step_may_do_it() -> None:
    state = live(small())
    assert may_do(state, "read", "police")
    assert not may_do(state, "read", "lab")
    assert not may_do(state, "close", "police")
