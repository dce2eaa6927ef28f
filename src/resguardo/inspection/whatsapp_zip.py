"""The ZIP that WhatsApp exports with media: the text of the conversation, and the files that it names.

Source: Android writes `Chat de WhatsApp con <name>.txt`, iOS `_chat.txt`, each beside the media.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from zipfile import ZipFile, ZipInfo

from resguardo.inspection.conversation import Conversation, once
from resguardo.inspection.limits import Budget, read_entry, sniff
from resguardo.inspection.whatsapp import looks_like_chat, read_chat
from resguardo.inspection.whatsapp_stamp import INVISIBLE

OUR_NAME = re.compile(r"(?:.*/)?[^/]*whatsapp[^/]*\.txt", re.I)


def chats_in(archive: ZipFile) -> list[ZipInfo]:
    """The texts in `archive` that read as exports; other exports that were sent as files are left as media.

    Raises ArchiveError when a text cannot be opened.
    """
    texts = [info for info in archive.infolist() if info.filename.lower().endswith(".txt")]
    chats = [info for info in texts if looks_like_chat(sniff(archive, info))]
    named = [info for info in chats if OUR_NAME.fullmatch(info.filename)]
    top = [info for info in chats if _base(info.filename) == "_chat.txt"]
    return top or named or chats


def read_export(archive: ZipFile, name: str, budget: Budget) -> list[Conversation]:
    """The conversations of the ZIP of an export, which is called `name`; empty when it is none.

    Raises ArchiveError when a text cannot be opened.
    """
    made, chats = [], chats_in(archive)
    others = [info for info in archive.infolist() if info not in chats and not info.is_dir()]
    for info in chats:
        data, cut = read_entry(archive, info, budget)
        title = info.filename if "whatsapp" in _base(info.filename).lower() else name
        chat = read_chat(data, name=title, path=info.filename, budget=budget, cut=cut)
        made.append(_with_files(chat, others))
    return made


def _with_files(chat: Conversation, others: list[ZipInfo]) -> Conversation:
    """`chat` with what its ZIP has and has not of the files that it names."""
    there = {name for info in others for name in _spellings(info)}
    messages = []
    named: set[str] = set()
    for message in chat.messages:
        wanted = {_same(name) for name in message.media}
        named |= wanted
        missing = ("media-missing",) if wanted - there else ()
        messages.append(replace(message, marks=message.marks + missing))
    notes = ["media-missing"] if named - there else []
    notes += [] if all(_spellings(info) & named for info in others) else ["media-unreferenced"]
    return replace(chat, messages=tuple(messages), notes=once([*chat.notes, *notes]))


def _spellings(info: ZipInfo) -> set[str]:
    """The name of a file in a ZIP, also as UTF-8 when its ZIP forgot to say that it is."""
    name = _base(info.filename)
    try:
        return {_same(name), _same(name.encode("cp437").decode())}
    except UnicodeError:
        return {_same(name)}


def _same(name: str) -> str:
    return unicodedata.normalize("NFC", name.translate(INVISIBLE))


def _base(path: str) -> str:
    return path.rpartition("/")[2]
