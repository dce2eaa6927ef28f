"""What the headers of an e-mail say, as codes with values, and what in them does not fit together.

The codes: from, to, cc, sender, reply-to (name, address), return-path (address), subject (text), date (at,
written), message-id (id, domain), authentication (by, method, result and the properties it judged),
originating-ip (ip) and written-with (program).
Source: RFC 5322 3.6, RFC 8601; X-Originating-IP and X-Mailer are customs.
"""

from __future__ import annotations

import email.policy
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import getaddresses
from itertools import pairwise

from resguardo.inspection.charsets import is_loaded
from resguardo.inspection.mail_trace import Hop, authentication, moment

ADDRESSES = ("from", "to", "cc", "sender", "reply-to")
PEOPLE = 200
ENCODED = re.compile(r"=\?([^?*]{0,40})(?:\*[^?]{0,20})?\?")
ONCE = {"from", "to", "date", "subject", "message-id"}
FAILED = {"fail", "hardfail", "permerror"}
DELAY = timedelta(hours=1)


@dataclass(frozen=True)
class Fact:
    """One thing that a header says: a code, and its values by name."""

    code: str
    values: dict[str, str]


@dataclass(frozen=True)
class Header:
    """`written` is unfolded and not decoded: only there can an address be told from a name that looks so."""

    name: str
    written: str
    value: str


def facts_of(header: Header) -> list[Fact]:
    """What `header` says; empty for one that we do not explain. May raise anything on hostile input."""
    name = header.name.lower()
    if name in ADDRESSES:
        return [Fact(name, values) for values in _people(header.written)]
    if name == "authentication-results":
        return [Fact("authentication", values) for values in authentication(header.value)]
    simple: dict[str, Callable[[], Fact]] = {
        "subject": lambda: Fact("subject", {"text": header.value}),
        "date": lambda: Fact("date", {"at": moment(header.value) or "", "written": header.value}),
        "message-id": lambda: Fact("message-id", _identity(header.value)),
        "return-path": lambda: Fact("return-path", {"address": header.value.strip("<> ")}),
        "x-originating-ip": lambda: Fact("originating-ip", {"ip": header.value.strip("[] ")}),
        "x-mailer": lambda: Fact("written-with", {"program": header.value}),
        "user-agent": lambda: Fact("written-with", {"program": header.value}),
    }
    return [simple[name]()] if name in simple else []


def suspicions(headers: Sequence[Header], facts: Sequence[Fact], hops: Sequence[Hop]) -> Iterator[str]:
    """The codes of what does not fit together."""
    names = [header.name.lower() for header in headers]
    if any(names.count(name) > 1 for name in ONCE):
        yield "header-repeated"
    if not any(fact.code == "date" and fact.values["at"] for fact in facts):
        yield "no-date"
    sender = _domains(facts, "from")
    if _elsewhere(_domains(facts, "return-path"), sender):
        yield "from-not-return-path"
    if _elsewhere(_domains(facts, "reply-to"), sender):
        yield "reply-to-elsewhere"
    if any(fact.code == "authentication" and fact.values["result"] in FAILED for fact in facts):
        yield "authentication-failed"
    if _backwards(hops):
        yield "hops-backwards"


def _people(written: str) -> Iterator[dict[str, str]]:
    for name, address in getaddresses([written])[:PEOPLE]:
        if name or address:
            yield {"name": decoded(name), "address": address}


def decoded(text: str) -> str:
    """`text` with its encoded words (RFC 2047) read, if we have all their encodings; else as written.

    May raise anything on hostile input.
    """
    charsets = ENCODED.findall(text)
    if not charsets or not all(is_loaded(charset) for charset in charsets):
        return text
    return str(email.policy.default.header_fetch_parse("subject", text))


def _identity(value: str) -> dict[str, str]:
    told = value.strip("<> ")
    return {"id": told, "domain": told.rpartition("@")[2] if "@" in told else ""}


def _domains(facts: Sequence[Fact], code: str) -> set[str]:
    addresses = [fact.values["address"] for fact in facts if fact.code == code]
    return {address.rpartition("@")[2].lower() for address in addresses if "@" in address}


def _elsewhere(some: set[str], others: set[str]) -> bool:
    """Whether a domain of `some` is neither one of `others`, nor above or below one."""
    return bool(some and others) and not all(
        any(f".{a}".endswith(f".{b}") or f".{b}".endswith(f".{a}") for b in others) for a in some
    )


def _backwards(hops: Sequence[Hop]) -> bool:
    times = [datetime.fromisoformat(hop.at) for hop in reversed(hops) if hop.at]
    zoned = [time for time in times if time.tzinfo is not None]
    return any(before - after > DELAY for before, after in pairwise(zoned))
