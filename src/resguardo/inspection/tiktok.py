"""Direct messages in the download of TikTok: `user_data.json`, later `user_data_tiktok.json`.

They stand under "Direct Messages" → "Chat History" → "ChatHistory" (later "Direct Message" → "Direct
Messages" → "ChatHistory"), by the name of the other person: {"Chat History with ana_gt:": [{"Date":
"2026-11-24 21:08:15", "From": "ana_gt", "Content": "hola"}]}. The times are in UTC by the custom of
TikTok; the file itself does not always say so, and then the conversation tells that it was assumed.
Source: "Download your data", JSON, 2021 to 2026, as seen in public readers of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from resguardo.inspection.conversation import Conversation, Message, once
from resguardo.inspection.errors import KEPT, UnknownStructure
from resguardo.inspection.limits import Budget
from resguardo.inspection.meta import tidy

ROOTS = ("Direct Messages", "Direct Message")
TITLE = re.compile(r"(?:Group )?Chat History with (.+?):?", re.IGNORECASE)
DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[ T]([0-9]{2}:[0-9]{2}:[0-9]{2})( ?UTC|Z)?")


def is_tiktok(values: Any) -> bool:
    """Whether `values`, a JSON document, has the direct messages of a TikTok download."""
    return isinstance(values, dict) and any(name in values for name in ROOTS)


def read_tiktok(values: dict[str, Any], path: str, budget: Budget) -> list[Conversation]:
    """The conversations of a download, each in the order of time.

    Raises UnknownStructure when its direct messages are not built as we know them.
    """
    return [_conversation(title, entries, path, budget) for title, entries in _chats(values)]


def _chats(values: dict[str, Any]) -> Iterator[tuple[str, list[Any]]]:
    root = next(values[name] for name in ROOTS if name in values)
    for section in _dict(root).values():
        for chats in _dict(section).values():
            for title, entries in _dict(chats).items():
                if not isinstance(entries, list):
                    raise UnknownStructure("The messages of this download are in no list.", kept=KEPT)
                yield title, entries


def _dict(value: Any) -> dict[str, Any]:
    """`value`, or nothing when the download has an empty place there."""
    if value and not isinstance(value, dict):
        raise UnknownStructure("The direct messages of this download are not where they were.", kept=KEPT)
    return value or {}


def _conversation(title: str, entries: list[Any], path: str, budget: Budget) -> Conversation:
    notes = ["cut-at-limit"] if len(entries) > budget.messages else []
    messages, unread = [], []
    for number, entry in enumerate(entries[: budget.messages], 1):
        budget.messages -= 1
        if not isinstance(entry, dict):
            unread.append((number, json.dumps(entry)))
            continue
        at, said = _at(entry.get("Date"))
        notes += [] if said else ["utc-assumed"]
        sender, text = (tidy(value) if isinstance(value := entry.get(key), str) else "" for key in WORDS)
        marks = [*([] if at else ["no-time"]), *([] if text else ["empty-text"])]
        raw = json.dumps(entry)
        messages.append(Message(at, (), sender or None, text, (), "message", number, raw, tuple(marks)))
    found = TITLE.fullmatch(title)
    return Conversation(
        source="tiktok",
        title=tidy(found[1] if found else title),
        participants=once([message.sender for message in messages if message.sender]),
        messages=tuple(sorted(messages, key=lambda message: message.at or "~")),
        unread=tuple(unread),
        notes=once(notes),
        path=path,
    )


WORDS = ("From", "Content")


def _at(value: Any) -> tuple[str | None, bool]:
    """The time, and whether there is nothing to assume about its zone."""
    found = DATE.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        return None, True
    try:
        return datetime.fromisoformat(f"{found[1]}T{found[2]}+00:00").isoformat(), bool(found[3])
    except ValueError:
        return None, True
