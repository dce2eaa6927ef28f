"""Messages in the downloads of Facebook (Messenger) and Instagram: `message_1.json` and its like.

Both are of one company and one shape. Times are milliseconds since 1970 in UTC. Every text is UTF-8 that
was written as if it were Latin-1 (`MarÃ­a`): it is repaired when that is possible, and `raw` keeps it as
it came. Conversations with end-to-end encryption come in files of their own, without that fault.
Source: "Download your information", JSON, 2018 to 2026, as seen in public readers of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from resguardo.inspection.conversation import Conversation, Message, once
from resguardo.inspection.errors import KEPT, UnknownStructure
from resguardo.inspection.limits import Budget

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MEDIA = ("photos", "videos", "audio_files", "gifs", "files", "media")
SYSTEM = ("Subscribe", "Unsubscribe")
HALF = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Piece:
    """One file of a conversation: a long one is cut into several by the platform."""

    path: str
    values: dict[str, Any]


def is_meta(values: Any) -> bool:
    """Whether `values`, a JSON document, says that it is a conversation of Facebook or Instagram."""
    return isinstance(values, dict) and "participants" in values and "messages" in values


def read_meta(pieces: Sequence[Piece], source: str, budget: Budget) -> Conversation:
    """The conversation in `pieces`, in the order of time; messages without a time at the end.

    Raises UnknownStructure when a piece has no list of messages.
    """
    first = pieces[0].values
    encrypted = "threadName" in first
    notes: list[str] = []
    dated: list[tuple[float, Message]] = []
    unread: list[tuple[int, str]] = []
    for piece in pieces:
        marks = (f"in:{piece.path.rpartition('/')[2]}",) if len(pieces) > 1 else ()
        entries = piece.values.get("messages")
        if not isinstance(entries, list):
            raise UnknownStructure("This conversation has no list of messages.", kept=KEPT)
        notes += ["cut-at-limit"] if len(entries) > budget.messages else []
        for number, entry in enumerate(entries[: budget.messages], 1):
            budget.messages -= 1
            if not isinstance(entry, dict):
                unread.append((number, json.dumps(entry)))
                continue
            reading = _Entry(entry, mojibake=not encrypted)
            dated.append((reading.when(), reading.message(number, marks)))
            notes += ["text-repaired"] if reading.repaired else []
    messages = tuple(message for _, message in sorted(dated, key=lambda each: each[0]))
    told = [_name(each, encrypted) for each in _list(first.get("participants"))]
    return Conversation(
        source=source,
        title=_mended(first.get("threadName" if encrypted else "title"), encrypted),
        participants=once([*filter(None, told), *(m.sender for m in messages if m.sender)]),
        messages=messages,
        unread=tuple(unread),
        notes=once(notes),
        path=pieces[0].path,
    )


class _Entry:
    """One message being read; `repaired` says whether a text of it was."""

    def __init__(self, entry: dict[str, Any], *, mojibake: bool) -> None:
        self.entry, self.mojibake, self.repaired = entry, mojibake, False

    def text(self, value: Any) -> str:
        made = _mended(value, not self.mojibake)
        self.repaired |= isinstance(value, str) and made != tidy(value)
        return made

    def milliseconds(self) -> int | None:
        value = self.entry.get("timestamp_ms", None if self.mojibake else self.entry.get("timestamp"))
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def when(self) -> float:
        value = self.milliseconds()
        return float("inf") if value is None or _at(value) is None else value

    def message(self, number: int, marks: tuple[str, ...]) -> Message:
        entry = self.entry
        value = self.milliseconds()
        at = None if value is None else _at(value)
        media = tuple(self.text(uri) for uri in _uris(entry))
        share = entry.get("share")
        shared = [share.get("share_text"), share.get("link")] if isinstance(share, dict) else []
        texts = [self.text(each) for each in (entry.get("content"), entry.get("text"), *shared)]
        sender = self.text(entry.get("sender_name", entry.get("senderName")))
        mine = ["no-time"] if at is None else []
        mine += ["has-reactions"] if entry.get("reactions") else []
        return Message(
            at=at,
            at_readings=(),
            sender=sender or None,
            text="\n".join(once([text for text in texts if text])),
            media=media,
            kind=_kind(entry, media),
            line=number,
            raw=json.dumps(entry),
            marks=(*mine, *marks),
        )


def _kind(entry: dict[str, Any], media: tuple[str, ...]) -> str:
    if entry.get("is_unsent") is True or entry.get("isUnsent") is True:
        return "deleted"
    if "call_duration" in entry or entry.get("type") == "Call":
        return "call"
    if entry.get("type") in SYSTEM:
        return "system"
    return "media" if media else "message"


def _uris(entry: dict[str, Any]) -> list[Any]:
    """The files that a message names."""
    found = [each for name in MEDIA for each in _list(entry.get(name))] + [entry.get("sticker")]
    return [each["uri"] for each in found if isinstance(each, dict) and isinstance(each.get("uri"), str)]


def _at(milliseconds: int) -> str | None:
    try:
        return (EPOCH + timedelta(milliseconds=milliseconds)).isoformat(timespec="milliseconds")
    except OverflowError:
        return None


def _name(told: Any, encrypted: bool) -> str:
    return _mended(told.get("name") if isinstance(told, dict) else told, encrypted)


def _mended(value: Any, whole: bool) -> str:
    """A text as it was meant; `whole` says that it was written right. Anything but a text is empty."""
    if not isinstance(value, str):
        return ""
    if whole:
        return tidy(value)
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return tidy(value)


def tidy(text: str) -> str:
    """`text` that can be written as UTF-8: half characters, which JSON allows, become U+FFFD."""
    return HALF.sub("\ufffd", text)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
