"""A conversation as a file tells it: who is written down as saying what, and when. Nothing here is proved.

Every reader of messages answers with these shapes, and they travel as plain JSON from the process that
reads a file to the one that keeps it. Codes stand for what a page says in the reader's language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any

from resguardo.inspection.errors import InspectionError

KINDS = (
    "message",
    "media",
    "contact",
    "location",
    "poll",
    "view-once",
    "call",
    "deleted",
    "system",
)
"""`system` is what the application wrote itself; `view-once` a picture that could be opened only once."""

MARKS = (
    "ambiguous-time",  # more than one reading of the time: `at` is None, all are in `at_readings`
    "no-time",  # the source gives no time that can be read
    "out-of-order",  # over a day earlier than the message before it
    "edited",  # the application says that it was edited; only the last words are in the export
    "header-like-line",  # a line of its text looks like the beginning of a message and was left as text
    "sender-with-colon",  # the name of the sender has ": " in it, as all messages under it show
    "sender-doubtful",  # the name may end at another ": "; the shortest was taken
    "media-omitted",  # the export was made without the picture, sound or file
    "media-missing",  # the export names a file that its ZIP has not
    "may-be-typed",  # words of the application without the hidden mark that it writes before them
    "unknown-system-line",  # no sender, and not a line of the application that we know
    "empty-text",
    "null-text",  # the export says `null`: something that it cannot write, a call or a view-once picture
    "waiting",  # the phone that made the export had not yet received the message
    "has-reactions",  # somebody reacted to it; who and how is in `raw`
)
"""One more is built: `in:message_2.json` names the file, when a platform cut a conversation into several."""
NOTES = (
    "cut-at-limit",  # what is beyond our limits was not read
    "file-damaged",  # its file in the archive cannot be opened; there are no messages
    "structure-unknown",  # its file in the archive is not built as we know it; there are no messages
    "encoding-utf-16",
    "encoding-windows-1252",
    "encoding-damaged",  # bytes that are no text are written \xNN
    "mixed-header-shapes",  # beginnings of messages in more than one shape; only the most frequent counts
    "date-order-by-sequence",  # no day over 12; in the other order time would run backwards
    "date-order-unknown",  # no day over 12, and both orders are possible
    "date-orders-mixed",  # days over 12 prove both orders: two exports in one file, or an edited one
    "clock-marks-missing",  # some times of a 12-hour clock lack their a. m. or p. m.
    "clock-not-shown",  # no a. m. or p. m., and no hour that only a 24-hour clock has
    "media-missing",
    "media-unreferenced",  # the ZIP has files that no message names
    "text-repaired",  # the download wrote UTF-8 as if it were Latin-1; `raw` has it as it came
    "utc-assumed",  # times without a zone, in UTC by the custom of the source
)


@dataclass(frozen=True)
class Message:
    """One message as the source writes it.

    `at` is the declared time, ISO 8601, local and without zone unless the source has one, and no more
    precise than the source; None when the source allows more than one reading (all in `at_readings`) or
    none. `sender` is a name or a telephone as written. `media` are file names. `line` is the 1-based
    number of its first line in the original (in a JSON download, of its place in the list). `text` is
    without invisible marks of direction; `raw` is what the original has, untouched.
    """

    at: str | None
    at_readings: tuple[str, ...]
    sender: str | None
    text: str
    media: tuple[str, ...]
    kind: str
    line: int
    raw: str
    marks: tuple[str, ...] = ()


MESSAGE = tuple(field.name for field in fields(Message))
_values = attrgetter(*MESSAGE)


@dataclass(frozen=True)
class Conversation:
    """Messages of one chat, in the order of the source.

    `source` says what wrote it: whatsapp, messenger, instagram, meta (either of those two) or tiktok.
    `unread` are lines that belong to no message, with their numbers. `path` is the file inside an archive.
    """

    source: str
    title: str
    participants: tuple[str, ...]
    messages: tuple[Message, ...]
    unread: tuple[tuple[int, str], ...] = ()
    notes: tuple[str, ...] = ()
    path: str = ""

    def as_json(self) -> dict[str, Any]:
        """Plain lists, texts and numbers; `from_json` reads them back."""
        told: dict[str, Any] = {field.name: getattr(self, field.name) for field in fields(self)}
        # Not `asdict`, which copies every text of every message.
        return told | {"messages": [dict(zip(MESSAGE, _values(each), strict=True)) for each in self.messages]}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Conversation:
        """Read `as_json` back. Raises InspectionError unless every value is of its kind."""
        try:
            return cls(
                source=_text(values["source"]),
                title=_text(values["title"]),
                participants=_texts(values["participants"]),
                messages=tuple(_message(each) for each in _list(values["messages"])),
                unread=tuple((_number(number), _text(line)) for number, line in _list(values["unread"])),
                notes=_texts(values["notes"]),
                path=_text(values["path"]),
            )
        except (KeyError, TypeError, ValueError):
            raise InspectionError("A conversation has not the shape of one.") from None


def once(codes: list[str]) -> tuple[str, ...]:
    """Each code once, in the order they came."""
    return tuple(dict.fromkeys(codes))


def _message(values: Any) -> Message:
    kind = _text(values["kind"])
    if kind not in KINDS:
        raise ValueError(kind)
    return Message(
        at=None if values["at"] is None else _text(values["at"]),
        at_readings=_texts(values["at_readings"]),
        sender=None if values["sender"] is None else _text(values["sender"]),
        text=_text(values["text"]),
        media=_texts(values["media"]),
        kind=kind,
        line=_number(values["line"]),
        raw=_text(values["raw"]),
        marks=_texts(values["marks"]),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise TypeError
    return list(value)


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(_text(each) for each in _list(value))
