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
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import product
from operator import itemgetter
from typing import Any

import orjson
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
    "item-read-back",
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
    "registered",
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
NAMES = frozenset(FIELDS)
TEXT = (str,)
TEXT_OR_NOTHING = (str, type(None))
SHAPE: dict[str, tuple[type, ...]] = {
    "v": (int,),
    "case": TEXT,
    "seq": (int,),
    "at": TEXT,
    "kind": TEXT,
    "party": TEXT,
    "role": TEXT,
    "actor": TEXT,
    "step": TEXT_OR_NOTHING,
    "reason": TEXT_OR_NOTHING,
    "about": (dict,),
    "salt": TEXT,
    "prev": TEXT,
}
IN_ORDER = itemgetter(*SHAPE)
SHAPES = frozenset(product(*SHAPE.values()))
WHOLE = 2**53


def values_of(line: bytes) -> dict[str, Any]:
    """The fields of an event by name, as JSON has them.

    Raises HistoryError unless `line` is exactly what `canonical` writes.
    """
    try:
        values = orjson.loads(line)
    except orjson.JSONDecodeError:
        raise HistoryError("An event is not JSON.") from None
    if type(values) is not dict or values.keys() != NAMES:
        raise HistoryError("An event has not the fields of an event.")
    if tuple(map(type, IN_ORDER(values))) not in SHAPES:
        name = next(name for name, kinds in SHAPE.items() if type(values[name]) not in kinds)
        raise HistoryError("The field %(name)s of an event is not of its kind.", name=name)
    if values["v"] != VERSION:
        raise HistoryError("An event is of a version that this program does not know.")
    if not TIME.fullmatch(values["at"]):
        raise HistoryError("The time of an event is not written as it should be.")
    if not _is_canonical(values, line):
        raise HistoryError("An event is not in canonical form.")
    return values


def _is_canonical(values: dict[str, Any], line: bytes) -> bool:
    """Whether `line` is RFC 8785's one way to write `values`.

    Sorted, compact JSON in ASCII is that, where every number is whole and below 2^53, of which there is one
    way to write each; otherwise it is written anew.
    """
    if line.isascii() and -WHOLE < values["seq"] < WHOLE and _is_plain(values["about"]):
        return orjson.dumps(values, option=orjson.OPT_SORT_KEYS) == line
    try:
        return bool(rfc8785.dumps(values) == line)
    except (ValueError, RecursionError):
        return False


def _is_plain(value: Any) -> bool:
    """Whether all numbers in `value` are whole and below 2^53."""
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return True
    if kind is int:
        return bool(-WHOLE < value < WHOLE)
    if kind is dict:
        return all(map(_is_plain, value.values()))
    return kind is list and all(map(_is_plain, value))


def parse(line: bytes) -> Event:
    """Read canonical bytes back. Raises HistoryError unless they are exactly what `canonical` writes."""
    return _event(values_of(line))


def _event(values: dict[str, Any]) -> Event:
    try:
        at = datetime.fromisoformat(values["at"])
    except ValueError:
        raise HistoryError("The time of an event does not exist.") from None
    del values["v"]
    values["at"] = at
    return Event(**values)


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
    return [_event(values) for values in following_values(lines)]


def following_values(lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """The fields of each event of one case, each checked to follow the one before it.

    Raises HistoryError as `check_chain`, which also makes events of them.
    """
    seq, before, case, at = 0, "", None, ""
    for line in lines:
        values = values_of(line)
        if values["seq"] != seq:
            raise HistoryError("Event %(seq)d is missing from the chain.", seq=seq)
        if values["prev"] != before:
            raise HistoryError("Event %(seq)d does not follow the one before it.", seq=seq)
        if case not in (None, values["case"]):
            raise HistoryError("Event %(seq)d belongs to another case.", seq=seq)
        # All times are written alike, in UTC, so that their text sorts as they do.
        if values["at"] < at:
            raise HistoryError("Event %(seq)d is earlier than the one before it.", seq=seq)
        case, at, seq = values["case"], values["at"], seq + 1
        before = hashlib.sha256(line).hexdigest()
        yield values
