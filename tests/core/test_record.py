"""The record as a fold: her words first, a keeper's over them, every value with where it came from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from resguardo import packs
from resguardo.core.history import Event, following
from resguardo.core.record import REGISTERED, Standing, standing, writing

REGISTER = packs.load("gt").register
ZONE = ZoneInfo("America/Guatemala")
BEGINS = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
CODES = {
    f.name: sorted(REGISTER.current[f.list_])
    for f in REGISTER.form
    if f.kind == "code" and not f.sealed and f.list_ != "municipality"
}
SOME = st.fixed_dictionaries({}, optional={name: st.sampled_from(codes) for name, codes in CODES.items()})


class History:
    """A case's events, each an hour after the one before."""

    def __init__(self, **facts: str) -> None:
        self.events: list[Event] = []
        self.add("opened", "her", "her", {"facts": facts})

    def add(
        self, kind: str, party: str, actor: str, about: Mapping[str, Any], step: str | None = None
    ) -> None:
        last = self.events[-1] if self.events else None
        at = BEGINS + timedelta(hours=len(self.events))
        self.events.append(
            following(
                last,
                case="RG-1",
                at=at,
                kind=kind,
                party=party,
                role=party,
                actor=actor,
                salt=bytes(16),
                step=step,
                about=about,
            )
        )

    def save(self, given: Mapping[str, Any], actor: str = "a1", source: str = "officer") -> None:
        """A keeper saves the form as `given`."""
        change = writing(REGISTER, self.now, given)
        if not change.nothing or not self.now.ref:
            self.add(REGISTERED, "pnc", actor, change.about(REGISTER.ref, source))

    @property
    def now(self) -> Standing:
        return standing(REGISTER, self.events, ZONE)


def test_what_she_told_is_a_value_of_hers_on_the_day_it_was_where_she_is() -> None:
    found = History(age="14_17", perp_identified="known", nature="denuncia").now
    assert found.values["age_band"] == "minor"
    assert found.values["is_minor_at_incident"] == "yes"
    assert found.values["perp_identified"] == "yes_name"
    assert found.values["date_first_report"] == "2026-11-19"
    assert found.origins["age_band"].source == "her"
    assert found.origins["is_minor_at_incident"].source == "program"


def test_a_leader_who_wrote_for_her_is_the_source() -> None:
    history = History()
    history.events.clear()
    history.add("opened", "her", "her", {"facts": {"age": "adult"}, "leader": "l1"})
    assert history.now.values["channel"] == "leader"
    assert history.now.origins["age_band"].source == "leader"


def test_being_asked_again_counts_as_telling_again() -> None:
    history = History()
    history.add("asked-again", "mp", "m1", {"field": "account"})
    history.add("asked-again", "mp", "m1", {"field": "contact"})
    assert history.now.values["times_told"] == 2


def test_who_acts_first_received_it() -> None:
    history = History()
    history.add("step-done", "pnc", "a1", {}, "receive")
    history.add("step-done", "mp", "m1", {}, "open_file")
    assert history.now.values["receiving_institution"] == "pnc"


def test_a_registered_record_stays_when_a_fact_changes_later() -> None:
    history = History(age="adult")
    history.save({**history.now.values, "tactic_primary": "IMG-01"})
    history.add("facts-recorded", "her", "her", {"facts": {"age": "14_17"}})
    assert history.now.values["age_band"] == "adult"


def test_a_value_from_a_document_says_so() -> None:
    history = History()
    history.save({**history.now.values, "schooling": "primary"}, source="document")
    assert history.now.origins["schooling"].source == "document"


def test_what_she_told_and_an_officer_changed_is_the_officers() -> None:
    history = History(age="adult")
    history.save({**history.now.values, "age_band": "30_44"})
    assert history.now.origins["age_band"].source == "officer"
    assert history.now.origins["age_band"].actor == "a1"


@given(SOME, SOME)
def test_what_was_saved_last_is_what_stands(first: dict[str, str], second: dict[str, str]) -> None:
    history = History(age="adult")
    history.save(first)
    history.save(second)
    kept = {name: value for name, value in history.now.values.items() if name in CODES}
    assert kept == second
    assert set(history.now.origins) == set(history.now.values)


@given(SOME)
def test_saving_what_stands_changes_nothing(given_values: dict[str, str]) -> None:
    history = History(age="adult")
    history.save(given_values)
    assert writing(REGISTER, history.now, history.now.values).nothing


@given(SOME)
def test_what_is_computed_follows_what_was_saved(given_values: dict[str, str]) -> None:
    history = History()
    history.save(given_values)
    entered = {n: v for n, v in history.now.values.items() if REGISTER.fields[n].entry == "form"}
    computed = {n: v for n, v in history.now.values.items() if REGISTER.fields[n].entry == "computed"}
    assert computed == REGISTER.compute(entered)
