"""An e-mail as it came: every header in order, the way it says it travelled, its words and its attachments.

Nothing is fetched, and nothing that it says of itself is believed: each server writes its own `Received`
line above those of the servers before it, so only the lines of servers one trusts are worth anything.
Codes with values are returned, so that a page tells them in its reader's language.
Source: RFC 5322 (message), RFC 5321 4.4 (trace), RFC 8601 (Authentication-Results), RFC 2045-2049 (MIME).
"""

from __future__ import annotations

import codecs
import email.generator
import email.iterators
import email.parser
import email.policy
import hashlib
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from email.message import EmailMessage, Message
from email.utils import getaddresses, parsedate_to_datetime
from typing import Any, BinaryIO, cast

from resguardo.inspection.errors import KEPT, MailError
from resguardo.inspection.limits import Budget, read_text
from resguardo.inspection.mail_trace import Hop, authentication, hop
from resguardo.inspection.markup import REMOTE, words_of

PARTS = 1_000
HEADERS = 2_000
KNOWN = (
    b"from received return-path message-id date subject to cc mime-version delivered-to dkim-signature "
    b"content-type authentication-results reply-to x-received arc-seal"
).split()
FIELD = re.compile(rb"([!-9;-~]{1,76})[ \t]*:")
CHARSETS = (
    "utf-8 utf-7 utf-16 ascii latin-1 iso-8859-2 iso-8859-9 iso-8859-15 cp1250 cp1251 cp1252 cp1254 cp437 "
    "cp850 koi8-r mac-roman gb2312 gbk gb18030 big5 shift_jis euc-jp iso-2022-jp euc-kr"
).split()

# A cage lets nothing be opened later: every codec that a message may name is loaded with this module.
for name in CHARSETS:
    codecs.lookup(name)


@dataclass(frozen=True)
class Fact:
    """One thing that a header says: a code, and its values by name."""

    code: str
    values: dict[str, str]


@dataclass(frozen=True)
class Attachment:
    """A file of the message: its declared name and type, its size in bytes and its SHA-256 in hex."""

    name: str
    media_type: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Mail:
    """One e-mail. `headers` are names with values in their order; `hops` from the last server to the first.

    `text` are its words; `text_from` says what they were taken from: plain, html or nothing (empty).
    `notes` are codes of what a reader has to know before believing anything.
    """

    headers: tuple[tuple[str, str], ...]
    facts: tuple[Fact, ...]
    hops: tuple[Hop, ...]
    text: str
    text_from: str
    attachments: tuple[Attachment, ...]
    notes: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain lists, texts and numbers."""
        return {"type": "mail", **asdict(self)}


def looks_like_mail(data: bytes) -> bool:
    """Whether `data`, the beginning of a file, reads as the headers of an e-mail: two known ones or more."""
    block = data.removeprefix(codecs.BOM_UTF8).lstrip(b"\r\n")[:65536]
    if block.startswith(b"From "):
        block = block.partition(b"\n")[2]
    found: set[bytes] = set()
    for line in block.split(b"\n"):
        if not line.strip():
            break
        if line.startswith((b" ", b"\t")):
            continue
        if (field := FIELD.match(line)) is None:
            return False
        found.add(field[1].lower())
    return len(found.intersection(KNOWN)) >= 2


def read_mail(src: BinaryIO, budget: Budget | None = None) -> Mail:
    """The e-mail in `src`. What is malformed costs a note.

    Raises MailError when it is built so that it cannot be taken apart: parts within parts without end.
    """
    data, cut = read_text(src, budget or Budget())
    try:
        message = email.parser.BytesParser(policy=email.policy.default).parsebytes(
            data.removeprefix(codecs.BOM_UTF8).lstrip(b"\r\n")
        )
        reading = _Reading(cast(EmailMessage, message))
        reading.notes += ["cut-at-limit"] if cut else []
        return reading.mail()
    except RecursionError:
        raise MailError("This e-mail has parts within parts without end.", kept=KEPT) from None
