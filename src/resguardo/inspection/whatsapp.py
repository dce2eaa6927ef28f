"""The conversation of a WhatsApp export, from its text.

Nothing is guessed and nothing is dropped: a time with two readings is left open, and each line of the
original is in exactly one message or in `unread`. How a time is understood is told in `whatsapp_stamp`.
Source: the exports of the application ("Exportar chat") on Android and iOS.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace

from resguardo.inspection.chatlines import Line, as_utf8, lines, lines_like, whole_lines
from resguardo.inspection.conversation import Conversation, Message, once
from resguardo.inspection.limits import MESSAGE_LIMIT, Budget
from resguardo.inspection.whatsapp_names import Names
from resguardo.inspection.whatsapp_stamp import (
    INVISIBLE,
    LIKE_A_HEADER,
    Shape,
    Stamp,
    orders,
    out_of_order,
    read_stamp,
    readings,
)
from resguardo.inspection.whatsapp_words import with_sender, without_sender

HIDDEN_MARK = "\u200e".encode()
MAY_BEGIN = re.compile(
    rb"^(?:\xe2\x80[\x8e\x8f\xaa-\xae]|\xe2\x81[\xa6-\xa9]|\xd8\x9c|\xef\xbb\xbf)*[\[0-9]", re.MULTILINE
)
"""The invisible marks in UTF-8, then what a date begins with: other lines begin no message."""
TITLE = re.compile(r"(?:Chat de WhatsApp|WhatsApp Chat)(?: con| with| -)\s+(.+?)(?:\.(?:txt|zip))?", re.I)


@dataclass(frozen=True, slots=True)
class Head:
    """Where a message begins, and what its first line says after the time."""

    line: Line
    stamp: Stamp
    rest: str


def looks_like_chat(data: bytes) -> bool:
    """Whether `data`, the beginning of a file, reads as a WhatsApp export.

    It does when its first line with words, or two of its lines, begin messages, and one of them has a
    sender or is a line of the application.
    """
    first, heads = 0, []
    for line in lines(as_utf8(whole_lines(data))[0]):
        if not first and line.text.strip():
            first = line.number
        if head := _head(line):
            heads.append(head)
    if not heads or (len(heads) == 1 and heads[0].line.number != first):
        return False
    return any(": " in head.rest or not without_sender(head.rest).marks for head in heads)


def read_chat(
    data: bytes, *, name: str = "", path: str = "", budget: Budget | None = None, cut: bool = False
) -> Conversation:
    """The conversation in `data`, the text of an export; what is no message is unread. Never raises.

    `name` is the name of the file, for the title only; `path` its place in an archive; `cut` says that the
    file goes on after `data`.
    """
    budget = budget or Budget()
    utf8, encoding = as_utf8(whole_lines(data) if cut else data)
    heads, beyond = _heads(utf8, budget.messages)
    if beyond is not None:
        utf8 = utf8[: beyond.line.start]
    shapes = Counter(head.stamp.shape for head in heads)
    reading = _Reading(utf8, [head for head in heads if head.stamp.shape == _main(shapes)])
    messages, unread = reading.messages(), reading.unread[:MESSAGE_LIMIT]
    budget.messages -= len(messages)
    notes = [encoding or "", *reading.notes]
    notes.append("mixed-header-shapes" if len(shapes) > 1 else "")
    notes.append("cut-at-limit" if cut or beyond or len(unread) < len(reading.unread) else "")
    people = [m.sender for m in messages if m.sender is not None and m.kind != "system"]
    return Conversation(
        source="whatsapp",
        title=_title(name),
        participants=once(people),
        messages=tuple(messages),
        unread=tuple(unread),
        notes=once([note for note in notes if note]),
        path=path,
    )


def _head(line: Line) -> Head | None:
    found = read_stamp(line.text.translate(INVISIBLE))
    return None if found is None else Head(line, *found)


def _heads(utf8: bytes, most: int) -> tuple[list[Head], Head | None]:
    """The beginnings of messages, and the first one that is beyond the limit."""
    heads: list[Head] = []
    for line in lines_like(MAY_BEGIN, utf8):
        if head := _head(line):
            if len(heads) >= most:
                return heads, head
            heads.append(head)
    return heads, None


def _main(shapes: Counter[Shape]) -> Shape | None:
    """The most frequent shape; of several, the first in the file."""
    return shapes.most_common(1)[0][0] if shapes else None


class _Reading:
    """One text being read: its bytes, and the beginnings of its messages."""

    def __init__(self, utf8: bytes, heads: list[Head]) -> None:
        self.utf8, self.heads = utf8, heads
        self.unread: list[tuple[int, str]] = []
        stamps = [head.stamp for head in heads]
        self.twelve = any(stamp.half for stamp in stamps)
        self.orders, how = orders(stamps, self.twelve)
        self.notes = [how] if how else []
        bare = [stamp for stamp in stamps if not stamp.half]
        if self.twelve and any(1 <= stamp.hour <= 12 for stamp in bare):
            self.notes.append("clock-marks-missing")
        elif stamps and not self.twelve and all(1 <= stamp.hour <= 12 for stamp in bare):
            self.notes.append("clock-not-shown")
        self.names = Names(head.rest for head in heads)
        self.marks = HIDDEN_MARK in utf8

    def messages(self) -> list[Message]:
        """The messages, in the order of the file; the lines that are in none are added to `unread`."""
        made: list[Message] = []
        before: str | None = None
        first, *ends = [head.line.start for head in self.heads] + [len(self.utf8)]
        self._leave(1, 0, first)
        for head, end in zip(self.heads, ends, strict=True):
            times = readings(head.stamp, self.orders, self.twelve)
            if not times:
                self._leave(head.line.number, head.line.start, end)
                continue
            message = self._message(head, end, times)
            if out_of_order(before, message.at):
                message = replace(message, marks=(*message.marks, "out-of-order"))
            before = message.at or before
            made.append(message)
        return made

    def _leave(self, number: int, start: int, end: int) -> None:
        """Put the lines from `start` to `end` among those that are not read, as far as we keep them."""
        for line in lines(self.utf8[start:end]):
            if len(self.unread) > MESSAGE_LIMIT:
                return
            if line.text.strip():
                self.unread.append((number + line.number - 1, line.text))

    def _message(self, head: Head, end: int, times: tuple[str, ...]) -> Message:
        raw = self.utf8[head.line.start : end].decode().removesuffix("\n").removesuffix("\r")
        more = raw[len(head.line.text) :].replace("\r\n", "\n").translate(INVISIBLE)
        sender, words, doubt = self.names.split(head.rest)
        marks = ["ambiguous-time"] if len(times) > 1 else []
        text = (words + more).rstrip("\r\n")
        if sender is None:
            meaning = without_sender(text)
        else:
            clean = len(head.line.text.translate(INVISIBLE))
            meaning = with_sender(
                text,
                raw,
                ios=head.stamp.shape.ios,
                hidden_mark=head.stamp.shape.ios and _marked(head.line.text, clean - len(words)),
                marks_in_file=self.marks,
            )
        marks += [doubt] if doubt else []
        marks += meaning.marks
        marks += ["header-like-line"] if LIKE_A_HEADER.search(more) else []
        return Message(
            at=times[0] if len(times) == 1 else None,
            at_readings=times if len(times) > 1 else (),
            sender=sender,
            text=meaning.text,
            media=meaning.media,
            kind=meaning.kind,
            line=head.line.number,
            raw=raw,
            marks=once(marks),
        )


def _marked(line: str, place: int) -> bool:
    """Whether an invisible mark stands just before the visible character number `place` of `line`."""
    seen, marked = 0, False
    for character in line:
        if ord(character) in INVISIBLE:
            marked = True
        elif seen == place:
            break
        else:
            seen, marked = seen + 1, False
    return marked


def _title(name: str) -> str:
    found = TITLE.fullmatch(name.rpartition("/")[2].translate(INVISIBLE))
    return found[1] if found else ""
