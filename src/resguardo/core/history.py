"""One history: events, their canonical bytes, and the chain of one case.

An event says what happened, when our server saw it, and who did it under a pseudonym. What names a
person, and what she said, is never in it. Each event names the digest of the one before, so that nothing
can be edited, dropped or moved inside a case without its being seen; salted, a published digest reveals
nothing. Source: RFC 8785 (canonical JSON); ISO/IEC 27037 for the words of custody.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import rfc8785

from resguardo.core.errors import ResguardoError

HER = "her"
VERSION = 1
SALT = 16
FIELDS = (
    "v",
    "case",
    "seq",
    "at",
    "kind",
    "party",
    "role",
    "actor",
    "step",
    "reason",
    "about",
    "salt",
    "prev",
)

KINDS = (
    "opened",
    "facts-recorded",
    "consent-given",
    "consent-withdrawn",
    "withheld",
    "withheld-lifted",
    "step-done",
    "step-reopened",
    "step-added",
    "assigned",
    "notice",
    "evidence-sealed",
    "item-inspected",
    "item-marked",
    "item-derived",
    "capture-asked",
    "captured",
    "capture-failed",
    "message-sent",
    "accessed",
    "glass-broken",
    "exported",
    "asked-again",
    "route-adopted",
    "generation-begun",
    "closed",
)


class HistoryError(ResguardoError):
    """An event or a chain is not what it should be."""

    code = "history"


@dataclass(frozen=True)
class Event:
    """One thing that happened to a case.

    `at` is the server's time in UTC, to the millisecond; `salt` is 16 bytes in hex; `prev` is the SHA-256
    of the previous event's canonical bytes in hex, empty for the first.
    """

    case: str
    seq: int
    at: datetime
    kind: str
    party: str
    role: str
    actor: str
    step: str | None = None
    reason: str | None = None
    about: Mapping[str, Any] = field(default_factory=dict)
    salt: str = ""
    prev: str = ""


def following(
    previous: Event | None,
    *,
    case: str,
    at: datetime,
    kind: str,
    party: str,
    role: str,
    actor: str,
    salt: bytes,
    step: str | None = None,
    reason: str | None = None,
    about: Mapping[str, Any] | None = None,
) -> Event:
    """The event that comes after `previous` in its case (or first, when None).

    Time never runs backwards in a case: an earlier `at` becomes that of the previous event.
    Raises HistoryError for an unknown kind, another case's event, or a short salt.
    """
    if kind not in KINDS:
        raise HistoryError("There is no event of the kind %(kind)s.", kind=kind)
    if len(salt) != SALT:
        raise HistoryError("An event needs a salt of 16 bytes.")
    if previous is not None and previous.case != case:
        raise HistoryError("The previous event belongs to another case.")
    moment = milliseconds(at)
    return Event(
        case=case,
        seq=0 if previous is None else previous.seq + 1,
        at=moment if previous is None else max(moment, previous.at),
        kind=kind,
        party=party,
        role=role,
        actor=actor,
        step=step,
        reason=reason,
        about=dict(about or {}),
        salt=salt.hex(),
        prev="" if previous is None else digest(canonical(previous)),
    )


def milliseconds(at: datetime) -> datetime:
    """`at` in UTC, cut to the millisecond, as events keep it."""
    moment = at.astimezone(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def timestamp(at: datetime) -> str:
    """RFC 3339 in UTC with milliseconds: 2026-11-24T10:00:00.000Z."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def canonical(event: Event) -> bytes:
    """The bytes that are hashed, chained and published (RFC 8785)."""
    values = {name: getattr(event, name) for name in FIELDS if name not in ("v", "at", "about")}
    values |= {"v": VERSION, "at": timestamp(event.at), "about": dict(event.about)}
    return rfc8785.dumps(values)


def digest(line: bytes) -> str:
    """SHA-256 of canonical bytes, in hex: what the next event's `prev` holds."""
    return hashlib.sha256(line).hexdigest()


TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)
SHAPE: dict[str, type | tuple[type, ...]] = {
    "v": int,
    "case": str,
    "seq": int,
    "at": str,
    "kind": str,
    "party": str,
    "role": str,
    "actor": str,
    "step": (str, type(None)),
    "reason": (str, type(None)),
    "about": dict,
    "salt": str,
    "prev": str,
}


def parse(line: bytes) -> Event:
    """Read canonical bytes back. Raises HistoryError unless they are exactly what `canonical` writes."""
    try:
        values = json.loads(line)
    except (ValueError, RecursionError):
        raise HistoryError("An event is not JSON.") from None
    if not isinstance(values, dict) or set(values) != set(FIELDS):
        raise HistoryError("An event has not the fields of an event.")
    for name, kind in SHAPE.items():
        if not isinstance(values[name], kind) or isinstance(values[name], bool):
            raise HistoryError("The field %(name)s of an event is not of its kind.", name=name)
    if values.pop("v") != VERSION:
        raise HistoryError("An event is of a version that this program does not know.")
    if not TIME.fullmatch(values["at"]):
        raise HistoryError("The time of an event is not written as it should be.")
    try:
        values["at"] = datetime.fromisoformat(values["at"])
    except ValueError:
        raise HistoryError("The time of an event does not exist.") from None
    event = Event(**values)
    try:
        same = canonical(event) == line
    except (ValueError, RecursionError):
        same = False
    if not same:
        raise HistoryError("An event is not in canonical form.")
    return event


def trusted(line: bytes) -> Event:
    """Read back what this program itself wrote and keeps; `parse` is for bytes from anywhere else."""
    values = json.loads(line)
    del values["v"]
    values["at"] = datetime.fromisoformat(values["at"])
    return Event(**values)


def check_chain(lines: Iterable[bytes]) -> list[Event]:
    """The events of one case, in order, if they are one whole chain from its beginning.

    Raises HistoryError naming the first event that does not follow, and why.
    """
    events: list[Event] = []
    before = ""
    for line in lines:
        event = parse(line)
        if event.seq != len(events):
            raise HistoryError("Event %(seq)d is missing from the chain.", seq=len(events))
        if event.prev != before:
            raise HistoryError("Event %(seq)d does not follow the one before it.", seq=event.seq)
        if events and event.case != events[0].case:
            raise HistoryError("Event %(seq)d belongs to another case.", seq=event.seq)
        if events and event.at < events[-1].at:
            raise HistoryError("Event %(seq)d is earlier than the one before it.", seq=event.seq)
        events.append(event)
        before = digest(line)
    return events
