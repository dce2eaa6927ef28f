"""Entries follow the histories of cases: whatever changes a case, its entry is worked out anew."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from resguardo import packs
from resguardo.cases import queries
from resguardo.cases.models import Case, Event
from resguardo.core import history
from resguardo.core.codes import Register
from resguardo.core.elapsed import Stretch, stretches
from resguardo.core.fold import State
from resguardo.core.record import Origin, Standing, standing
from resguardo.jobs.commands import handles
from resguardo.registry.models import Entry, Tide

EVERY = timedelta(minutes=1)
# Transactions that commit late may write events with lower ids than those already seen.
BACK, BATCH = 5_000, 500
COUNTED = {
    "asked-again": "field",
    "consent-given": "consent",
    "consent-withdrawn": "consent",
    "glass-broken": "",
}
STATISTICS = "statistics"
# In the origins of an entry: where all of its values came from, where that is one place.
EVERY_FIELD = "*"


def register() -> Register:
    """The register of this deployment's country."""
    return packs.load(settings.PACK).register


@transaction.atomic
def next_revision(many: int = 1) -> int:
    """The first of `many` revisions above all others; whoever asks next waits until this transaction ends."""
    tide, _ = Tide.objects.select_for_update().get_or_create(pk=1)
    tide.revision += many
    tide.save(update_fields=["revision"])
    return tide.revision - many + 1


def follow(case: Case) -> Entry:
    """Work out the entry of `case` from its history."""
    events = queries.events(case)
    found = standing(register(), events, ZoneInfo(settings.TIME_ZONE))
    state = queries.state(case)
    route, calendar = queries.route_named(case.route), queries.calendar()
    entry, _ = Entry.objects.update_or_create(
        case=case,
        defaults={
            "keeper": "",
            "number": case.number,
            "version": found.ref,
            "opened_at": case.opened_at,
            "registered_at": found.registered_at,
            "values": dumped(found.values),
            "origins": dumped({name: _origin(one) for name, one in found.origins.items()}),
            "stretches": dumped([_row(one) for one in stretches(route, events, calendar)]),
            "acts": dumped(acts(events)),
            "counted_by": counted_by(state),
            "seq": events[-1].seq,
            "revision": next_revision(),
        },
    )
    return entry


def dumped(value: Any) -> str:
    """Compact JSON."""
    return orjson.dumps(value).decode()


def _origin(one: Origin) -> list[str]:
    confirmed = one.confirmed_at.isoformat() if one.confirmed_at else ""
    return [one.source, one.party, one.at.isoformat(), one.actor, one.confirmed_by, confirmed]


def origins_of(entry: Entry) -> dict[str, Origin]:
    """Where each value of `entry` came from."""
    kept = orjson.loads(entry.origins)
    if EVERY_FIELD in kept:
        kept = dict.fromkeys(orjson.loads(entry.values), kept[EVERY_FIELD])
    return {
        name: Origin(
            source,
            party,
            datetime.fromisoformat(at),
            actor,
            confirmed_by,
            datetime.fromisoformat(confirmed) if confirmed else None,
        )
        for name, (source, party, at, actor, confirmed_by, confirmed) in kept.items()
    }


def as_standing(entry: Entry) -> Standing:
    """The record that `entry` keeps."""
    return Standing(orjson.loads(entry.values), origins_of(entry), entry.version, entry.registered_at)


def _row(one: Stretch) -> list[Any]:
    moments = [moment.timestamp() if moment else None for moment in (one.since, one.due, one.done)]
    return [one.step, one.party, *(None if m is None else int(m) for m in moments), one.outcome]


def acts(events: Sequence[history.Event]) -> list[list[Any]]:
    """What is counted of a history: [kind, party it concerns, detail, second of the event]."""
    found = []
    for event in events:
        if event.kind in COUNTED:
            party = event.about.get("party", event.party)
            found.append([event.kind, party, event.about.get(COUNTED[event.kind], ""), _second(event)])
        elif event.kind == "accessed" and "item" in event.about:
            found.append(["opened", event.party, event.about.get("how", ""), _second(event)])
        elif event.kind == "evidence-sealed":
            found.append(["sealed", event.party, "", _second(event)])
    return found


def _second(event: history.Event) -> int:
    return int(event.at.timestamp())


def counted_by(state: State) -> str:
    """The parties that she lets count her case, each between spaces."""
    parties = sorted(party for consent, party in state.consents if consent == STATISTICS)
    return "".join(f" {party} " for party in parties if party not in state.withheld)


@handles("registry-follow", every=EVERY, lease=timedelta(minutes=30))
def follow_all(at: datetime) -> None:
    """Bring the entries of all cases that changed to where their histories are."""
    tide, _ = Tide.objects.get_or_create(pk=1)
    last = Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    recent = Event.objects.filter(pk__gt=tide.event - BACK)
    behind = recent.filter(Q(case__entry=None) | Q(seq__gt=F("case__entry__seq")))
    while cases := list(Case.objects.filter(pk__in=behind.values("case"))[:BATCH]):
        for case in cases:
            with transaction.atomic():
                follow(case)
    Tide.objects.filter(pk=1).update(event=last)
