"""Questions about cases. Nothing here changes anything; plaintext is returned, never kept."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from resguardo import packs
from resguardo.cases import grants, memory
from resguardo.cases.errors import CaseError, NoSuchCase, NotGranted
from resguardo.cases.models import Case, Grant, Hidden, Node, Record, RouteVersion, Token
from resguardo.core import age, history, tokens
from resguardo.core.calendar import Calendar
from resguardo.core.fold import Folding, State
from resguardo.core.route import LEADER, Route
from resguardo.core.vault import GroupKey, Receipt, open_receipt
from resguardo.people.holder import AUDITOR, Holder, her
from resguardo.people.models import Member

HIDDEN_NAME = "hidden-name"


@dataclass(frozen=True)
class Reading:
    """One sealed record, opened: what `kind` of thing, its content, when and by which party."""

    kind: str
    content: dict[str, Any]
    at: datetime
    party: str
    seq: int


@lru_cache(maxsize=32)
def route_named(ref: str) -> Route:
    """The route `name@version` that a case is pinned to. Raises CaseError when no such version is known."""
    known = packs.load(settings.PACK).routes.get(ref)
    if known is not None:
        return known
    row = RouteVersion.objects.filter(ref=ref).first()
    if row is None:
        raise CaseError("This case follows a version of the route that is not installed.")
    return Route.parse(row.text, ref)


def current_route() -> Route:
    """The route that new cases follow: the newest that is installed."""
    route = packs.load(settings.PACK).route
    newest = RouteVersion.objects.filter(name=route.name).values_list("ref", "version").first()
    return route_named(newest[0]) if newest and newest[1] > route.version else route


def calendar() -> Calendar:
    """The country's calendar of working days."""
    return packs.load(settings.PACK).calendar


def events(case: Case) -> list[history.Event]:
    """The whole history of `case`, in order."""
    return [history.trusted(line) for line in lines(case)]


def lines(case: Case) -> list[bytes]:
    """The canonical bytes of every event of `case`, in order."""
    return [bytes(line) for line in case.event_rows.order_by("seq").values_list("line", flat=True)]


def folded(case: Case) -> tuple[history.Event | None, Folding]:
    """The last event of `case`, and the working table after it, ready to take what comes next."""
    last = case.event_rows.order_by("-seq").values_list("line", flat=True).first()
    if last is None:
        return None, Folding(route_named(case.route), calendar())
    digest = history.digest(bytes(last))
    folding = memory.recall(case.route, digest)
    if folding is None:
        folding = Folding(route_named(case.route), calendar())
        for event in events(case):
            folding.take(event)
        memory.remember(case.route, digest, folding)
    return history.trusted(bytes(last)), folding


def state(case: Case) -> State:
    """What follows from the history of `case`: owed, done, seen, closed."""
    return folded(case)[1].state()


def her_case(receipt: Receipt) -> tuple[Case, Holder] | None:
    """The case that `receipt` opens, and her as its holder; None when no case has it."""
    key = open_receipt(receipt, settings.RECEIPT_SALT.encode())
    case = Case.objects.filter(locator=key.locator).first()
    return None if case is None else (case, her(key.identity))


def case_for(number: str, holder: Holder) -> Case:
    """The case `number`, if it is one of the holder's. Raises NoSuchCase."""
    case = cases_of(holder).filter(number=number).first()
    if case is None:
        raise NoSuchCase("There is no such case on your list.")
    return case


def cases_of(holder: Holder) -> QuerySet[Case]:
    """The cases in which the holder's party has a part and that are not hidden from the holder."""
    cases = Case.objects.filter(parts__party=holder.party).exclude(pk__in=hidden_from(holder))
    return cases.filter(leader=holder.actor) if holder.party == LEADER else cases


def hidden_from(holder: Holder) -> list[Any]:
    """The cases that the holder's unit, or the holder, never sees (rules R23, R24)."""
    names = [f"member:{holder.actor}", *([f"unit:{holder.unit}"] if holder.unit else [])]
    hidden = list(Hidden.objects.filter(party=holder.party, whom__in=names).values_list("case", flat=True))
    joined_later = Token.objects.filter(kind=HIDDEN_NAME, value__in=name_tokens(holder))
    return hidden + list(joined_later.values_list("case", flat=True))


def name_tokens(holder: Holder) -> list[str]:
    """The tokens of the holder's name and unit, by which a case may have been hidden before they joined."""
    member = Member.objects.filter(pk=holder.member).values_list("name", "unit").first()
    names = [tokens.plain_name(name) for name in member or ()]
    return [tokens.token(settings.TOKEN_KEY, HIDDEN_NAME, name) for name in names if name]


def held_keys(case: Case, holder: Holder, group: str | None = None) -> list[tuple[int, GroupKey]]:
    """Every generation of the group keys that `holder` can open now, with the key's row id."""
    if holder.role == AUDITOR:
        return []
    return list(grants.opened_by(holder, case, grants.keys_of(case, group)).items())


def read_group(case: Case, group: str, holder: Holder, kind: str | None = None) -> list[Reading]:
    """What was written in `group`, oldest first. Raises NotGranted when the holder has no key of it."""
    keys = dict(held_keys(case, holder, group))
    if not keys:
        raise NotGranted("Your institution does not hold the key of this part of the case.")
    records = Record.objects.filter(key__in=keys)
    if kind is not None:
        records = records.filter(kind=kind)
    return [
        Reading(
            record.kind,
            json.loads(age.decrypt(bytes(record.sealed), keys[record.key_id].identity)),
            record.at,
            record.party,
            record.seq,
        )
        for record in records
    ]


def doors(case: Case, holder: Holder) -> dict[str, str]:
    """Each group that the route knows, as `open`, `waiting`, `closed` or `empty` for this holder.

    `waiting`: a consent or a law grants it, and nobody who holds the key has signed in since.
    `empty`: the holder may see it, and nothing was ever written there.
    """
    granted = (
        {}
        if holder.role == AUDITOR
        else {
            group: wrap is not None
            for group, wrap in Grant.objects.filter(key__case=case, party=holder.party)
            .order_by("key__generation")
            .values_list("key__group", "wrap")
        }
    )
    sees = {group for party, group in state(case).sees if party == holder.party and holder.role != AUDITOR}
    answer = {}
    for group in route_named(case.route).groups:
        if group in granted:
            answer[group] = "open" if granted[group] else "waiting"
        else:
            answer[group] = "empty" if group in sees else "closed"
    return answer


def messages(case: Case, holder: Holder) -> list[Reading]:
    """The two-way channel, oldest first; empty when nobody wrote yet. Raises NotGranted."""
    if not case.group_keys.filter(group="channel").exists():
        return []
    return read_group(case, "channel", holder, kind="message")


def nodes(level: int, place: int) -> bytes:
    """The reader that `core.merkle` asks for."""
    return bytes(Node.objects.values_list("value", flat=True).get(level=level, place=place))
