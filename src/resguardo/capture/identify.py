"""Whose account and which post an address names, as investigators ask the platforms for it.

Platforms rename accounts and addresses; the numbers and codes in them are what a platform still finds
years later. The address leads; what the page says of itself is believed only about its own site, since
anybody can write `og:url`. Sources: the platforms' own public addresses and their law-enforcement guides.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from resguardo.capture.platforms import LINKS, RULES, Rule, host, platform
from resguardo.capture.walls import wall

__all__ = ["Metadata", "identify", "platform", "wall"]

_LONG = 300
_PERSON = ("account", "account_id")


@dataclass(frozen=True)
class Metadata:
    """What a page says of itself: the canonical link, meta properties by name, ld+json texts."""

    canonical: str = ""
    properties: Mapping[str, str] = field(default_factory=dict)
    linked: tuple[str, ...] = ()


def identify(address: str, metadata: Metadata | None = None) -> dict[str, str]:
    """The identifiers of the page at `address`, each key only when it is known.

    platform, host, kind (profile, post, video, group, ...), account (its name), account_id, post (code or
    number), post_id (number beside a code), group, invite, phone, canonical (the address that the page
    gives for itself, of the same site), account_in_address (when the page names another account).
    """
    about = metadata or Metadata()
    site = platform(address)
    found = {"platform": site, "host": host(address), **_of_address(site, address)}
    for own in (about.canonical, about.properties.get("og:url", "")):
        if own and _same_site(site, address, own):
            found.setdefault("canonical", own)
            _correct(found, _of_address(site, own))
    if site != "web":
        for name, text in about.properties.items():
            _add(found, _of_link(site, name, text))
        for linked in about.linked:
            _add(found, _of_author(site, linked))
    return {key: value[:_LONG] if key != "canonical" else value for key, value in found.items() if value}


def _same_site(site: str, address: str, own: str) -> bool:
    if not own.startswith(("http://", "https://")):
        return False
    return platform(own) == site if site != "web" else host(own) == host(address)


def _correct(found: dict[str, str], own: Mapping[str, str]) -> None:
    """Let a page's own address complete what is `found`, and name the account of the same post.

    Platforms find a post by its number whatever account the address claims; a false one there would
    accuse somebody else.
    """
    claimed, named = found.get("account", ""), own.get("account", "")
    same = found.get("post") == own.get("post")
    if same and claimed and named and claimed.casefold() != named.casefold():
        found.update(account=named, account_in_address=claimed)
    _add(found, own)


def _add(found: dict[str, str], more: Mapping[str, str]) -> None:
    for key, value in more.items():
        found.setdefault(key, value)


def _of_address(site: str, address: str) -> dict[str, str]:
    try:
        parts = urlsplit(address)
    except ValueError:
        return {}
    query = {name: values[0] for name, values in parse_qs(parts.query[:4000]).items()}
    path = unquote(parts.path)[:4000].rstrip("/") or "/"
    # t.me/x may be written x.t.me, and fb.watch/x is a short form: the host is part of what is matched.
    for rule in RULES.get(site, ()):
        match = re.fullmatch(rule.pattern, f"{host(address).removeprefix('www.')}{path}")
        if match and all(name in query for name in rule.query):
            return {"kind": rule.kind, **_named(rule, match, query)}
    return {}


def _named(rule: Rule, match: re.Match[str], query: Mapping[str, str]) -> dict[str, str]:
    named = {key: value for key, value in match.groupdict().items() if value}
    named.update({key: query[name] for name, key in rule.query.items()})
    named.update({key: query[name] for name, key in rule.optional.items() if name in query})
    return named


def _of_link(site: str, name: str, text: str) -> dict[str, str]:
    """What an app link (`al:ios:url` and the like) or a property of the platform's own says."""
    for wanted, pattern in LINKS.get(site, ()):
        match = re.search(pattern, text[:2000]) if re.fullmatch(wanted, name) else None
        if match:
            return {key: value for key, value in match.groupdict().items() if value}
    return {}


def _of_author(site: str, text: str) -> dict[str, str]:
    """The author of a post as its ld+json names them."""
    try:
        tree = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    for author in _authors(tree):
        url = author.get("url")
        named = _of_address(site, url) if isinstance(url, str) and platform(url) == site else {}
        known: dict[str, str] = {key: named[key] for key in _PERSON if key in named}
        alternate = author.get("alternateName")
        if isinstance(alternate, str) and alternate.startswith("@"):
            known.setdefault("account", alternate[1:])
        if known:
            return known
    return {}


def _authors(tree: object) -> Iterator[dict[str, object]]:
    for item in tree if isinstance(tree, list) else [tree]:
        author = item.get("author") if isinstance(item, dict) else None
        for one in author if isinstance(author, list) else [author]:
            if isinstance(one, dict):
                yield one
