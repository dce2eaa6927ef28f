"""What a case's history says of its record in the register: each value, where it came from, who confirmed it.

A pure function of the pack's register and the events. What she told comes first and is not asked again; what
a keeper of the register wrote stands over it. A record stays as its version made it.
Source: design, idea 1; rule R28 (tell once).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from typing import Any

from resguardo.core.codes import Register, Value, Values
from resguardo.core.history import HER, Event

REGISTERED = "registered"
SOURCES = ("her", "leader", "officer", "document", "import", "program")
BY_HAND = frozenset({"officer", "document", "import"})
TOLD = frozenset({"her", "leader"})
OUTSIDE = frozenset({HER, "leader", "system"})


@dataclass(frozen=True)
class Origin:
    """Where a value came from: a code of SOURCES, which party and who, when; who confirmed it when."""

    source: str
    party: str
    at: datetime
    actor: str = ""
    confirmed_by: str = ""
    confirmed_at: datetime | None = None


@dataclass(frozen=True)
class Standing:
    """A record as it stands. `ref` is the version it was last registered under, empty where nobody did."""

    values: Values = field(default_factory=dict)
    origins: Mapping[str, Origin] = field(default_factory=dict)
    ref: str = ""
    registered_at: datetime | None = None


def standing(register: Register, events: Iterable[Event], zone: tzinfo) -> Standing:
    """The record that `events` of one case amount to; days are those of `zone`."""
    facts: dict[str, Any] = {"herself": "yes", "duty_told": "yes", "times_told": 1}
    told: dict[str, tuple[str, Event]] = {}
    values: Values = {}
    origins: dict[str, Origin] = {}
    ref, first = "", None
    for event in events:
        fresh = _facts(event, facts, zone)
        facts |= fresh
        told |= {name: (_source(event), event) for name in fresh}
        if event.kind != REGISTERED:
            continue
        ref, first = event.about["register"], first or event.at
        _write(event, values, origins)
        origins |= _told_before(register, event, told, origins)
    prefilled = {
        name: value for name, value in register.prefilled(facts).items() if name not in values and not ref
    }
    for name in prefilled:
        if register.fields[name].prefill in told:
            source, by = told[register.fields[name].prefill]
            origins[name] = Origin(source, by.party, by.at)
        else:
            origins[name] = Origin("program", "system", _BEGINNING)
    values = prefilled | values
    if not ref:
        computed = {n: v for n, v in register.compute(values).items() if n not in values}
        origins |= {name: Origin("program", "system", _BEGINNING) for name in computed}
        values |= computed
    return Standing(values, origins, ref, first)


_BEGINNING = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def _facts(event: Event, known: Mapping[str, Any], zone: tzinfo) -> dict[str, Any]:
    """The coded facts that an event adds to what a record can be pre-filled with."""
    found = dict(event.about.get("facts", {}))
    if event.kind == "opened":
        found["channel"] = "leader" if event.about.get("leader") else "self_web"
        found["reported_on"] = event.at.astimezone(zone).date().isoformat()
    elif event.kind == "step-done" and "receiving" not in known and event.party not in OUTSIDE:
        found["receiving"] = event.party
    elif event.kind == "asked-again" and event.about.get("field") == "account":
        found["times_told"] = known["times_told"] + 1
    return found


def _source(event: Event) -> str:
    """Who a fact came from."""
    if event.kind == "opened":
        return "leader" if event.about.get("leader") else "her"
    return "her" if event.party == HER else "officer"


def _told_before(
    register: Register, event: Event, told: Mapping[str, tuple[str, Event]], origins: Mapping[str, Origin]
) -> dict[str, Origin]:
    """The origins of what `event` registered as told: who told it when, not who registered it when."""
    found = {}
    for name in event.about.get("told", {}):
        spec = register.fields.get(name)
        source, by = told.get(spec.prefill if spec else "", ("", event))
        if name in origins and origins[name].source == source:
            found[name] = replace(origins[name], party=by.party, at=by.at)
    return found


def _write(event: Event, values: Values, origins: dict[str, Origin]) -> None:
    """Take up what a keeper of the register wrote, confirmed, or took out."""
    about = event.about
    by = Origin(about.get("from", "officer"), event.party, event.at, event.actor)
    program = replace(by, source="program")
    worked_out = set(about.get("computed", ()))
    for name, value in about["values"].items():
        values[name] = value
        origins[name] = program if name in worked_out else by
    for name, source in about.get("told", {}).items():
        origins[name] = replace(by, source=source)
    for name in about.get("confirmed", ()):
        before = origins.get(name, by)
        origins[name] = replace(before, confirmed_by=event.actor, confirmed_at=event.at)
    for name in about.get("cleared", ()):
        values.pop(name, None)
        origins.pop(name, None)


@dataclass(frozen=True)
class Writing:
    """What a keeper's saving of the form changes: the parts of the `registered` event that it becomes."""

    values: Values
    computed: tuple[str, ...]
    confirmed: tuple[str, ...]
    cleared: tuple[str, ...]
    told: Mapping[str, str] = field(default_factory=dict)

    @property
    def nothing(self) -> bool:
        """Whether nothing would change."""
        return not (self.values or self.confirmed or self.cleared)

    def about(self, ref: str, source: str) -> dict[str, Any]:
        """The event's `about`."""
        whole: dict[str, Any] = {"register": ref, "values": dict(self.values), "from": source}
        for name in ("computed", "confirmed", "cleared"):
            if getattr(self, name):
                whole[name] = list(getattr(self, name))
        if self.told:
            whole["told"] = dict(self.told)
        return whole


def writing(register: Register, before: Standing, given: Mapping[str, Value]) -> Writing:
    """What saving `given`, which is clean and whole, changes of `before`.

    The first registration writes every value, so that the record stays as it was under its version; what she
    told keeps her as its source, and is confirmed. A computed field that `given` leaves out or leaves as it
    was is worked out anew; one that a person corrected stays as they say until they leave it out.
    """
    stays = {
        n: v for n, v in given.items() if n in register.fields and register.fields[n].entry != "computed"
    }
    worked_out = register.compute(stays)
    full: Values = dict(stays)
    computed = []
    for spec in register.computed:
        chosen = given.get(spec.name)
        untouched = (
            chosen is None or chosen == before.values.get(spec.name) or chosen == worked_out.get(spec.name)
        )
        source = before.origins[spec.name].source if spec.name in before.origins else ""
        if chosen is None and source in TOLD:
            chosen = before.values.get(spec.name)
        anew = chosen is None or (untouched and source not in BY_HAND)
        value = worked_out.get(spec.name, chosen) if anew else chosen
        if value is not None:
            full[spec.name] = value
            if value == worked_out.get(spec.name):
                computed.append(spec.name)
    first = not before.ref
    changed = {n: v for n, v in full.items() if first or before.values.get(n) != v}
    same = [n for n, v in full.items() if before.values.get(n) == v and n not in computed]
    told = {n: before.origins[n].source for n in same if first and n in before.origins}
    unconfirmed = [n for n in same if n in before.origins and not before.origins[n].confirmed_by]
    waiting = [n for n in unconfirmed if before.origins[n].source in ("her", "leader", "program", "import")]
    cleared = tuple(n for n in before.values if n not in full and before.ref)
    return Writing(changed, tuple(n for n in computed if n in changed), tuple(waiting), cleared, told)
