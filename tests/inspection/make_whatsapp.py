"""Writes the corpus of WhatsApp exports: invented conversations whose true times it knows, and says.

It shares nothing with the parser: it turns a true time into the text that a telephone writes, and notes
what a reader may conclude from that text. Run `python -m tests.inspection.make_whatsapp` to write the
corpus again. No person, number or place in it is real.
"""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus" / "whatsapp"
MARKS = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
ENTRY = re.compile(r"(?:(\d{4})-)?(\d\d-\d\d) (\d\d:\d\d:\d\d) (\S+?)(?: \{([^}]*)\})? \|(?: (.*))?")


@dataclass(frozen=True)
class Style:
    """How a telephone writes date and time. `gap` stands before the a. m., `inside` between a. and m."""

    ios: bool = False
    order: str = "dmy"
    digits: int = 2
    separator: str = "/"
    twelve: bool = True
    halves: tuple[str, str] = ("a.{}m.", "p.{}m.")
    gap: str = " "
    inside: str = " "
    comma: str = ","
    padded: bool = False

    def stamp(self, at: datetime, *, bare: bool = False) -> str:
        width = "02d" if self.padded or self.order == "ymd" else "d"
        day, month = f"{at.day:{width}}", f"{at.month:{width}}"
        year = f"{at.year:04d}" if self.digits == 4 else f"{at.year % 100:02d}"
        numbers = {"d": day, "m": month, "y": year}
        date = self.separator.join(numbers[letter] for letter in self.order)
        if self.twelve:
            hour = str((at.hour - 1) % 12 + 1)
            half = "" if bare else self.gap + self.halves[at.hour >= 12].format(self.inside)
        else:
            hour, half = f"{at.hour:{'02d' if self.padded else 'd'}}", ""
        clock = f"{hour}:{at.minute:02d}" + (f":{at.second:02d}" if self.ios else "")
        written = f"{date}{self.comma} {clock}{half}"
        return f"[{written}] " if self.ios else f"{written} - "


@dataclass(frozen=True)
class Said:
    """One message as it truly was; `body` as the export writes it, `text` as it must be read."""

    at: datetime
    sender: str | None
    body: str
    kind: str
    media: tuple[str, ...] = ()
    bare: bool = False
    order: str | None = None
    text: str | None = None


@dataclass(frozen=True)
class Chat:
    """One file. `unsure` says that nothing in it proves which number is the day."""

    name: str
    style: Style
    entries: tuple[Said | str, ...]
    unsure: bool = False
    newline: str = "\n"
    encoding: str = "utf-8"
    before: str = ""
    orders: tuple[str, ...] = ()
    last_newline: bool = True


def parse(script: str, names: dict[str, str]) -> list[Said | str]:
    """Entries from lines `MM-DD HH:MM:SS WHO {kind:media} | words`; a line that begins `!` is no message.

    WHO `-` is the application itself; `\\n` in the words is the end of a line.
    """
    made: list[Said | str] = []
    for line in script.strip("\n").split("\n"):
        if line.startswith("!"):
            made.append(line[1:].replace("\\n", "\n"))
            continue
        found = ENTRY.fullmatch(line)
        assert found is not None, line
        year, day, clock, who, about, words = found.groups()
        told = dict(part.partition("=")[::2] for part in (about or "").split(";") if part)
        media = tuple(name for name in told.get("media", "").split(",") if name)
        kind = told.get("kind", "system" if who == "-" else "media" if media else "message")
        made.append(
            Said(
                at=datetime.fromisoformat(f"{year or 2026}-{day}T{clock}"),
                sender=None if who == "-" else names[who],
                body=(words or "").replace("\\n", "\n").replace("~lrm~", "\u200e"),
                kind=kind,
                media=media,
                bare="bare" in told,
                order=told.get("order"),
                text=told["text"].replace("\\n", "\n") if "text" in told else None,
            )
        )
    return made


def visible(text: str) -> str:
    return "".join(character for character in text if character not in MARKS)


def readings(said: Said, chat: Chat) -> list[datetime]:
    """Every time that a careful reader must think possible."""
    at = said.at if chat.style.ios else said.at.replace(second=0)
    times = {at}
    if said.bare:
        times |= {at + timedelta(hours=12 if at.hour < 12 else -12)}
    if (chat.unsure or chat.orders) and at.day <= 12:
        times |= {time.replace(day=time.month, month=time.day) for time in times}
    return sorted(times)


def render(chat: Chat) -> tuple[bytes, dict[str, object]]:
    """The bytes of the file, and what must be read in it."""
    text, number = chat.before, 1 + chat.before.count("\n")
    messages, unread = [], []
    if chat.before.strip(MARKS):
        unread += [1 + at for at, line in enumerate(chat.before.split("\n")) if line.strip()]
    precision = "seconds" if chat.style.ios else "minutes"
    for entry in chat.entries:
        if isinstance(entry, str):
            unread += [number + at for at, line in enumerate(entry.split("\n")) if line.strip()]
            written = entry
        else:
            style = replace(chat.style, order=entry.order) if entry.order else chat.style
            early = "\u200e" if chat.style.ios and entry.body.startswith("\u200e") else ""
            who = "" if entry.sender is None else f"{entry.sender}: "
            written = f"{early}{style.stamp(entry.at, bare=entry.bare)}{who}{entry.body}"
            times = [time.isoformat(timespec=precision) for time in readings(entry, chat)]
            at = entry.at if chat.style.ios else entry.at.replace(second=0)
            words = visible(entry.body) if entry.text is None else entry.text
            sender = entry.sender and visible(entry.sender).replace("\u00a0", " ").replace("\u202f", " ")
            messages.append(
                {
                    "line": number,
                    "truth": at.isoformat(timespec=precision),
                    "at": times[0] if len(times) == 1 else None,
                    "at_readings": times if len(times) > 1 else [],
                    "sender": sender,
                    "kind": entry.kind,
                    "text": words[:20],
                    "media": list(entry.media),
                }
            )
        text += written + "\n"
        number += written.count("\n") + 1
    if not chat.last_newline:
        text = text.removesuffix("\n")
    data = text.replace("\n", chat.newline).encode(chat.encoding)
    return data, {"encoding": chat.encoding, "messages": messages, "unread": unread}


def write(chats: list[Chat]) -> None:
    CORPUS.mkdir(parents=True, exist_ok=True)
    assert not [a.name for a, b in itertools.combinations(chats, 2) if a.name == b.name]
    for chat in chats:
        data, expected = render(chat)
        (CORPUS / f"{chat.name}.txt").write_bytes(data)
        told = json.dumps(expected, ensure_ascii=False, indent=1) + "\n"
        (CORPUS / f"{chat.name}.expected.json").write_text(told, encoding="utf-8")


if __name__ == "__main__":
    from tests.inspection.whatsapp_chats import CHATS

    write(CHATS)
