"""What two people may have written alike: phones, accounts, documents, names; and keyed digests of them.

A plain digest of every phone number of a country is reversed in a minute, so each token is keyed
(HMAC-SHA256) with a secret of the deployment. Source: ANCHORS; Google's libphonenumber.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Iterator

import phonenumbers

HANDLE = re.compile(r"(?<![\w@.])@([\w][\w.]{1,40})")
PROFILE = re.compile(
    r"(?:facebook|instagram|tiktok|twitter|x|t)\.(?:com|me)/@?(?:profile\.php\?id=)?([\w.]{2,60})", re.I
)
DOCUMENT = re.compile(r"(?<!\d)(\d{4})[ -]?(\d{5})[ -]?(\d{4})(?!\d)")


def token(secret: str, kind: str, value: str) -> str:
    """The keyed digest of one normalised value: 128 bits in hex."""
    return hmac.digest(secret.encode(), f"{kind}:{value}".encode(), hashlib.sha256).hex()[:32]


def found_in(text: str, region: str) -> Iterator[tuple[str, str]]:
    """The (kind, normalised value) pairs that stand in a text: phone, account, document.

    `region` is the country of numbers written without one (ISO 3166-1).
    """
    for phone in phonenumbers.PhoneNumberMatcher(text, region):
        yield "phone", phonenumbers.format_number(phone.number, phonenumbers.PhoneNumberFormat.E164)
    for pattern in (HANDLE, PROFILE):
        for match in pattern.finditer(text):
            yield "account", match[1].strip(".").casefold()
    for match in DOCUMENT.finditer(text):
        yield "document", "".join(match.groups())


def account(text: str) -> str | None:
    """A bare word as the name of an account; None when it cannot be one."""
    match = re.fullmatch(r"@?([\w.]{2,60})", text)
    return match[1].strip(".").casefold() if match else None


def plain_name(name: str) -> str:
    """A name as two people would agree on it: no accents, no case, its words in order of the alphabet."""
    flat = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
    return " ".join(sorted(re.findall(r"\w+", flat)))
