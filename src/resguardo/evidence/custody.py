"""The custody of one file, as a history tells it: what happened to it, and who could have read it.

The words are those of ISO/IEC 27037. Whether somebody could have read it follows from the fold alone, event
after event; whether they did follows from the openings.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from resguardo import packs
from resguardo.cases import queries
from resguardo.cases.models import Case
from resguardo.core.fold import Folding
from resguardo.court import words
from resguardo.evidence.queries import ItemView


@dataclass(frozen=True)
class Moment:
    """Something that happened to the file; `outside` when it came from the log or a time authority."""

    at: datetime
    kind: str
    party: str
    actor: str
    reason: str
    how: str = ""
    outside: bool = False

    def words(self, language: str) -> str:
        """What happened, for people."""
        return words.moment(self.kind, self.how, language)


@dataclass(frozen=True)
class Reader:
    """A party that held the key of the evidence from `since` until `until` (None: it still does)."""

    party: str
    since: datetime
    until: datetime | None
    opened: int


def moments(case: Case, item: str, view: ItemView) -> list[Moment]:
    """Everything that happened to `item`, in time: events, the log's checkpoint, the first stamp."""
    found = [
        Moment(e.at, e.kind, e.party, e.actor, e.reason or "", str(e.about.get("how", "")))
        for e in queries.events(case)
        if words.concerns(e.about, item)
    ]
    if view.logged_at:
        found.append(Moment(view.logged_at, "logged", "system", "", "", outside=True))
    if view.stamped_at:
        found.append(Moment(view.stamped_at, "stamped", "", "", "", outside=True))
    return sorted(found, key=lambda moment: moment.at)


def readers(case: Case, item: str) -> list[Reader]:
    """Who could have read `item`, when, and how often they opened it."""
    events = queries.events(case)
    pack, route = packs.load(settings.PACK), queries.route_named(case.route)
    folding, arrived = Folding(route, pack.calendar), False
    since: dict[str, datetime] = {}
    answer: list[Reader] = []

    def opened(party: str, start: datetime, end: datetime | None) -> int:
        return sum(
            e.kind == "accessed"
            and e.party == party
            and e.about.get("item") == item
            and start <= e.at
            and (end is None or e.at <= end)
            for e in events
        )

    for event in events:
        folding.take(event)
        arrived = arrived or event.about.get("item") == item
        holds = {party for party, group in folding.state().sees if group == "evidence"} if arrived else set()
        for party in holds - since.keys():
            since[party] = event.at
        for party in since.keys() - holds:
            start = since.pop(party)
            answer.append(Reader(party, start, event.at, opened(party, start, event.at)))
    answer += [Reader(party, start, None, opened(party, start, None)) for party, start in since.items()]
    return sorted(answer, key=lambda reader: reader.since)
