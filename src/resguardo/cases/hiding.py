"""Conflict of interest: a named officer, or a whole station, never sees a case (rules R23, R24).

She writes a name; whoever has that name among the members, or the station, is shut out at once, and a keyed
token of the name shuts out whoever joins with it later. The name itself is kept nowhere. Members of one
party share its key, so this is a rule of the pages, not of the keys: to shut out an institution altogether
is to withhold the case from it. Source: Primero (disclosure_deny_details, S14).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from resguardo.cases.commands import Change, append_all
from resguardo.cases.finding import token
from resguardo.cases.models import Case, Token
from resguardo.cases.queries import HIDDEN_NAME
from resguardo.core.tokens import plain_name
from resguardo.people.holder import Holder
from resguardo.people.models import Member

NAMES = 6


def matching(names: Iterable[str]) -> list[tuple[str, str, str]]:
    """The (party, "member" or "unit", pseudonym or unit) triples that the typed names mean."""
    wanted = [set(plain_name(name).split()) for name in names if plain_name(name)]
    pairs: set[tuple[str, str, str]] = set()
    for member in Member.objects.all():
        own, unit = set(plain_name(member.name).split()), set(plain_name(member.unit).split())
        for words in wanted:
            if (len(words) > 1 and words <= own) or words == own:
                pairs.add((member.party_id, "member", member.pseudonym))
            if unit and words == unit:
                pairs.add((member.party_id, "unit", member.unit))
    return sorted(pairs)


def changes(names: Iterable[str]) -> list[Change]:
    """The events by which the case is hidden from whoever has one of `names`."""
    return [Change("withheld", about={"party": party, kind: name}) for party, kind, name in matching(names)]


def remember(case: Case, names: Iterable[str]) -> None:
    """Keep a token of each name, for whoever joins with it later."""
    rows = [
        Token(case=case, group="", kind=HIDDEN_NAME, value=token(HIDDEN_NAME, plain_name(name)))
        for name in names
        if plain_name(name)
    ]
    Token.objects.bulk_create(rows, ignore_conflicts=True)


@transaction.atomic
def hide_from(case: Case, typed: str, by: Holder, at: datetime) -> int:
    """Hide `case` from everybody named in `typed`, one name or station a line; how many were found."""
    names = [line for line in typed.splitlines() if line.strip()][:NAMES]
    found = changes(names)
    if found:
        append_all(case, found, by, at)
    remember(case, names)
    return len(found)


def recuse(case: Case, by: Holder, at: datetime) -> None:
    """An officer who knows her or him steps back: the case is hidden from that officer from now on."""
    append_all(case, [Change("withheld", about={"party": by.party, "member": by.actor})], by, at)
