"""An e-mail as it came: every header in order, the way it says it travelled, its words and its attachments.

Nothing is fetched, and nothing that it says of itself is believed: each server writes its own `Received`
line above those of the servers before it, so only the lines of servers one trusts are worth anything.
Codes with values are returned, so that a page tells them in its reader's language.
Source: RFC 5322 (message), RFC 5321 4.4 (trace), RFC 8601 (Authentication-Results), RFC 2045-2049 (MIME).
"""

from __future__ import annotations

import codecs
import email.generator  # `as_bytes` would load it, and in a cage nothing can be opened
import email.parser
import email.policy
import hashlib
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from email.message import EmailMessage
from functools import partial
from itertools import islice
from typing import Any, BinaryIO, TypeVar

from resguardo.inspection.charsets import is_loaded
from resguardo.inspection.conversation import once
from resguardo.inspection.errors import KEPT, MailError
from resguardo.inspection.limits import Budget, read_text
from resguardo.inspection.mail_facts import Fact, Header, decoded, facts_of, suspicions
from resguardo.inspection.mail_trace import Hop, hop
from resguardo.inspection.markup import words_of, would_fetch

PARTS = 1_000
HEADERS = 2_000
HEADER_LENGTH = 16_384
HEADERS_AT_ALL = 200_000
PARTS_AT_ALL = 10_000
HEADER_LINE = re.compile(rb"^[!-9;-~]{1,76}[ \t]*:", re.MULTILINE)
PART_LINE = re.compile(rb"^--[^\s-]", re.MULTILINE)
KNOWN = frozenset(
    b"from received return-path message-id date subject to cc mime-version delivered-to dkim-signature "
    b"content-type authentication-results reply-to x-received arc-seal".split()
)
FIELD = re.compile(rb"([!-9;-~]{1,76})[ \t]*:")
NOTES = (
    "cut-at-limit",
    "header-malformed",  # a header could not be understood; it is given as written
    "header-repeated",  # From, To, Date, Subject or Message-ID stands more than once
    "from-not-return-path",  # the domain it says it is from is not the one that took it to the first server
    "reply-to-elsewhere",  # answers go to another domain than it says it is from
    "authentication-failed",  # a server wrote that a check of the sender failed
    "no-date",
    "hops-backwards",  # a server wrote an earlier time than the one before it, by more than an hour
    "remote-content",  # it would fetch something when shown; nothing was
    "texts-differ",  # its plain words and those of its HTML are not the same
    "part-damaged",
    "charset-unknown",
    "too-many-parts",
    "attachment-rewritten",  # an attached e-mail was written out again: its digest is not that of the file
)

T = TypeVar("T")


@dataclass(frozen=True)
class Attachment:
    """A file of the message: its declared name and type, its size in bytes and its SHA-256 in hex."""

    name: str
    media_type: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Mail:
    """One e-mail. `headers` are names with values, and `hops` servers, both as they stand: the last on top.

    `text` are its plain words, or those of its HTML when it has none; `html_text` those of its HTML when
    it has both and they differ. `notes` are codes of what a reader has to know before believing anything.
    """

    headers: tuple[tuple[str, str], ...]
    facts: tuple[Fact, ...]
    hops: tuple[Hop, ...]
    text: str
    html_text: str
    attachments: tuple[Attachment, ...]
    notes: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain lists, texts and numbers."""
        return asdict(self)


def looks_like_mail(data: bytes) -> bool:
    """Whether `data`, the beginning of a file, reads as the headers of an e-mail: two known ones or more."""
    block = data.removeprefix(codecs.BOM_UTF8).lstrip(b"\r\n")
    if block.startswith(b"From "):
        block = block.partition(b"\n")[2]
    found: set[bytes] = set()
    for line in block.split(b"\n"):
        if not line.strip():
            break
        if not line.startswith((b" ", b"\t")):
            if (field := FIELD.match(line)) is None:
                break
            found.add(field[1].lower())
    return len(found & KNOWN) >= 2


def read_mail(src: BinaryIO, budget: Budget | None = None) -> Mail:
    """The e-mail in `src`. What is malformed costs a note.

    Raises MailError when it cannot be taken apart: headers or parts, or parts within parts, without end.
    """
    data, cut = read_text(src, budget or Budget())
    data = data.removeprefix(codecs.BOM_UTF8).lstrip(b"\r\n")
    if _more_than(HEADERS_AT_ALL, HEADER_LINE, data) or _more_than(PARTS_AT_ALL, PART_LINE, data):
        raise MailError("This e-mail has headers or parts without end.", kept=KEPT)
    try:
        message = email.parser.BytesParser(policy=email.policy.default).parse(io.BytesIO(data))
    except RecursionError:
        raise MailError("This e-mail has parts within parts without end.", kept=KEPT) from None
    return _Reading(message, ["cut-at-limit"] if cut else []).mail()


def _more_than(most: int, pattern: re.Pattern[bytes], data: bytes) -> bool:
    return next(islice(pattern.finditer(data), most, None), None) is not None


class _Reading:
    """One message being read, and the notes that its faults have cost."""

    def __init__(self, message: EmailMessage, notes: list[str]) -> None:
        self.message = message
        self.notes = notes
        self.plain: list[str] = []
        self.html: list[str] = []
        self.attachments: list[Attachment] = []

    def mail(self) -> Mail:
        headers = list(self.headers())
        self.take_parts()
        facts = [fact for header in headers for fact in self.facts(header)]
        hops = tuple(hop(header.value) for header in headers if header.name.lower() == "received")
        plain, html = "\n".join(self.plain), "\n".join(self.html)
        words = self.safely(lambda: words_of(html), "", "part-damaged")
        differ = bool(plain.strip() and words and plain.split() != words.split())
        self.notes += suspicions(headers, facts, hops)
        self.notes += ["texts-differ"] if differ else []
        self.notes += ["remote-content"] if would_fetch(html) else []
        return Mail(
            headers=tuple((header.name, header.value) for header in headers),
            facts=tuple(facts),
            hops=hops,
            text=plain if plain.strip() else words,
            html_text=words if differ else "",
            attachments=tuple(self.attachments),
            notes=once(self.notes),
        )

    def safely(self, read: Callable[[], T], otherwise: T, note: str) -> T:
        """What `read` gives, or `otherwise` and a note.

        The parser of headers in the standard library raises almost anything on hostile input.
        """
        try:
            return read()
        except Exception:
            self.notes.append(note)
            return otherwise

    def headers(self) -> Iterator[Header]:
        """All headers, unfolded and decoded; one that cannot be understood, as it is written."""
        for number, (name, raw) in enumerate(self.message.raw_items()):
            if number == HEADERS:
                self.notes.append("cut-at-limit")
                return
            written = _clean(" ".join(str(raw).split()))
            value = written
            if len(written) <= HEADER_LENGTH:
                value = self.safely(partial(decoded, written), written, "header-malformed")
            yield Header(_clean(name), written, _clean(value))

    def facts(self, header: Header) -> list[Fact]:
        if len(header.written) > HEADER_LENGTH:
            self.notes.append("header-malformed")
            return []
        return self.safely(partial(facts_of, header), [], "header-malformed")

    def take_parts(self) -> None:
        """Put each part where it belongs, without going down by recursion."""
        waiting: list[Any] = [self.message]
        taken = 0
        while waiting:
            part = waiting.pop()
            taken += 1
            if taken > PARTS:
                self.notes.append("too-many-parts")
                return
            kind = self.safely(part.get_content_type, "application/octet-stream", "part-damaged")
            inside = part.get_payload()
            if isinstance(inside, list) and not kind.startswith("message/"):
                waiting += reversed(inside)
            else:
                self.take(part, kind)

    def take(self, part: Any, kind: str) -> None:
        """One part that has no parts: words of the message, or an attachment."""
        self.notes += ["part-damaged"] if part.defects else []
        name = self.safely(lambda: part.get_filename() or "", "", "part-damaged")
        attached = self.safely(lambda: part.get_content_disposition() == "attachment", True, "part-damaged")
        data = self.bytes_of(part, kind)
        # A multipart without its boundary comes as one text.
        words = kind in ("text/plain", "text/html") or kind.startswith("multipart/")
        if words and not attached and not name:
            (self.html if kind == "text/html" else self.plain).append(self.words(part, data))
            return
        digest = hashlib.sha256(data).hexdigest()
        self.attachments.append(Attachment(_clean(name), _clean(kind), len(data), digest))

    def bytes_of(self, part: Any, kind: str) -> bytes:
        if kind.startswith("message/"):
            self.notes.append("attachment-rewritten")
            inner = part.get_payload()
            source = inner[0] if isinstance(inner, list) and inner else part
            return self.safely(source.as_bytes, b"", "part-damaged")
        found: Any = self.safely(lambda: part.get_payload(decode=True), b"", "part-damaged")
        return found if isinstance(found, bytes) else b""

    def words(self, part: Any, data: bytes) -> str:
        charset: str = self.safely(lambda: part.get_content_charset() or "utf-8", "utf-8", "part-damaged")
        known = is_loaded(charset)
        if not known:
            self.notes.append("charset-unknown")
        try:
            text = data.decode(charset if known else "utf-8")
        except UnicodeError:
            self.notes.append("charset-unknown")
            text = data.decode("utf-8", "backslashreplace")
        return _clean(text.replace("\r\n", "\n"))


def _clean(text: str) -> str:
    """`text` that can be written as UTF-8: bytes that the parser smuggled through it are written \\xNN."""
    try:
        data = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        data = text.encode("utf-8", "backslashreplace")
    return data.decode("utf-8", "backslashreplace")
