"""Exact search over what is sealed, through keyed tokens: phones, accounts, documents and links.

A token says that two are equal and nothing else, and finds a case only for a party that holds the key of the
group in which the words stand.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from resguardo import packs
from resguardo.cases.models import Case, Grant, Token
from resguardo.cases.queries import cases_of
from resguardo.core import tokens
from resguardo.people.holder import Holder

SEARCHED = ("contact", "facts", "identity", "account")


def tokens_of(group: str, content: Mapping[str, Any]) -> set[tuple[str, str, str]]:
    """The (group, kind, token) triples of what is about to be sealed into `group`."""
    if group not in SEARCHED:
        return set()
    texts = "\n".join(value for value in content.values() if isinstance(value, str))
    return {(group, kind, token(kind, value)) for kind, value in tokens.found_in(texts, region())}


def token(kind: str, value: str) -> str:
    """The deployment's token of one normalised value."""
    return tokens.token(settings.TOKEN_KEY, kind, value)


def region() -> str:
    """The country whose numbers are written without a code."""
    return packs.load(settings.PACK).days.country


def find(holder: Holder, asked: str) -> QuerySet[Case]:
    """The holder's cases with the number `asked`, or with a phone, account or document that stands in it."""
    cases, asked = cases_of(holder), asked.strip()
    numbered = cases.filter(number=asked.upper())
    if numbered.exists():
        return numbered
    values = {token(kind, value) for kind, value in tokens.found_in(asked, region())}
    name = tokens.account(asked)
    if name:
        values.add(token("account", name))
    holds = Grant.objects.filter(
        key__case=OuterRef("case"), key__group=OuterRef("group"), party=holder.party, wrap__isnull=False
    )
    matching = Token.objects.filter(value__in=values).filter(Exists(holds))
    return cases.filter(pk__in=matching.values("case")).order_by("-opened_at")
