"""What the servers that an e-mail passed wrote on it: one line each, and how they judged who sent it.

Source: RFC 5321 4.4 (Received), RFC 8601 (Authentication-Results), RFC 5322 3.2.2 (comments, that nest).
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

WORDS = ("from", "by", "via", "with", "id", "for")
ADDRESS = re.compile(r"[\[(](?:IPv6:)?([0-9a-fA-F:.]{3,45})[\])]", re.IGNORECASE)
JUDGED = re.compile(r"([a-zA-Z0-9._-]+)(?:/[0-9]+)?\s*=\s*([a-zA-Z0-9_-]+)")
PROPERTY = re.compile(r"([a-zA-Z0-9-]+\.[a-zA-Z0-9-]+)\s*=\s*(\"[^\"]*\"|\S+)")


@dataclass(frozen=True)
class Hop:
    """One `Received` line: who it was from, by whom it was taken, with what, for whom, and when.

    A part that the line has not is empty. `ip` is the address that the server saw, not one that the sender
    told. `at` is ISO 8601 with its zone, None when it cannot be read. `raw` is the line, unfolded.
    """

    from_: str
    ip: str
    by: str
    with_: str
    id: str
    for_: str
    at: str | None
    raw: str


def hop(value: str) -> Hop:
    """Take a `Received` line apart, as far as it is written as it should be. Never raises."""
    raw = " ".join(value.split())
    route, _, date = raw.rpartition(";") if ";" in raw else (raw, "", "")
    parts = _clauses(route)
    return Hop(
        from_=parts.get("from", ""),
        ip=_seen(route),
        by=parts.get("by", ""),
        with_=parts.get("with", ""),
        id=parts.get("id", ""),
        for_=parts.get("for", "").strip("<>"),
        at=moment(without_comments(date)),
        raw=raw,
    )


def authentication(value: str) -> list[dict[str, str]]:
    """The judgements of an `Authentication-Results` line: `by`, `method`, `result` and its properties."""
    server, *judgements = without_comments(" ".join(value.split())).split(";")
    found = []
    for judgement in judgements:
        if judged := JUDGED.match(judgement.strip()):
            values = {"by": server.strip(), "method": judged[1].lower(), "result": judged[2].lower()}
            found.append(values | {name: said.strip('"') for name, said in PROPERTY.findall(judgement)})
    return found


def moment(text: str) -> str | None:
    """A date of RFC 5322 as ISO 8601, without zone when it declares none; None when it is no date."""
    try:
        at: datetime = parsedate_to_datetime(text.strip())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return at.isoformat()


def without_comments(text: str) -> str:
    """`text` without what is in parentheses, outside quotes."""
    kept, depth, quoted, escaped = [], 0, False, False
    for character in text:
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        elif character == '"' and not depth:
            quoted = not quoted
        elif character == "(" and not quoted:
            depth += 1
            continue
        elif character == ")" and depth and not quoted:
            depth -= 1
            continue
        if not depth:
            kept.append(character)
    return "".join(kept)


def _clauses(route: str) -> dict[str, str]:
    """The first of each kind: the words after `from` until the next keyword, and so on."""
    found: dict[str, list[str]] = {}
    into: list[str] = []
    for word in without_comments(route).split():
        if word.lower() in WORDS and word.lower() not in found:
            into = found[word.lower()] = []
        else:
            into.append(word)
    return {name: " ".join(words) for name, words in found.items()}


def _seen(route: str) -> str:
    """The address in the comment of the `from` part, which the server writes; empty when there is none."""
    before = re.split(r"\sby\s", route, maxsplit=1)[0]
    for found in ADDRESS.findall(before):
        try:
            return str(ipaddress.ip_address(found))
        except ValueError:
            continue
    return ""
