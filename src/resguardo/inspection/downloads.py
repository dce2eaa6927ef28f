"""Conversations in the downloads that platforms give of one's own data, as JSON files or in their ZIP.

The ZIP of a platform has hundreds of files; only those of conversations are opened. What is over the
limits, or cannot be read, is a conversation without messages whose notes say so: never silence.
"""

from __future__ import annotations

import codecs
import json
import re
from collections import defaultdict
from typing import Any, BinaryIO
from zipfile import ZipFile, ZipInfo

from resguardo.inspection.conversation import Conversation
from resguardo.inspection.errors import (
    KEPT,
    ArchiveError,
    InspectionError,
    Protected,
    TooLarge,
    UnknownStructure,
)
from resguardo.inspection.limits import Budget, read_entry, read_text, sniff
from resguardo.inspection.meta import Piece, is_meta, read_meta
from resguardo.inspection.tiktok import is_tiktok, read_tiktok

THREAD = re.compile(r"(?:.*/)?messages/[^/]+/[^/]+/message_[0-9]+\.json")
TIKTOK = re.compile(r"(?:.*/)?user_data(?:_tiktok)?\.json")
ENCRYPTED = re.compile(rb"\s*\{\s*\"participants\"\s*:\s*\[[^{}]{0,60000}\"threadName\"")
NUMBER = re.compile(r"_([0-9]+)\.json$")

# A cage lets nothing be opened later: `json` guesses the encoding, and its codecs are loaded here.
for name in ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"):
    codecs.lookup(name)


def read_json(src: BinaryIO, budget: Budget | None = None) -> list[Conversation]:
    """The conversations in one JSON file of Facebook, Instagram or TikTok.

    Raises UnknownStructure when it is none of them or not built as we know them, TooLarge over the limit.
    """
    budget = budget or Budget()
    data, cut = read_text(src, budget)
    if (values := known(data, cut)) is None:
        raise UnknownStructure("This file is of no download that we know.", kept=KEPT)
    return read_values(values, data, budget)


def known(data: bytes, cut: bool) -> Any:
    """What is in `data`, a JSON file, if it is of a download that we know, else None.

    Raises TooLarge when it has the words of one but was `cut`, so that it cannot be read.
    """
    if cut:
        if (b'"participants"' in data and b'"messages"' in data) or b'"Direct Message' in data:
            raise TooLarge("This file is too large to be read whole.", kept=KEPT)
        return None
    try:
        values = _parsed(data)
    except UnknownStructure:
        return None
    return values if is_meta(values) or is_tiktok(values) else None


def read_values(values: Any, data: bytes, budget: Budget) -> list[Conversation]:
    """The conversations in `values`, which `known` read from `data`. Raises UnknownStructure."""
    return _conversations([Piece("", values)], _source([], data), budget)


def read_download(archive: ZipFile, budget: Budget) -> list[Conversation]:
    """The conversations of the ZIP of a download, by their place in it; empty when it has none."""
    threads: dict[str, list[ZipInfo]] = defaultdict(list)
    for info in archive.infolist():
        if THREAD.fullmatch(info.filename):
            threads[info.filename.rpartition("/")[0]].append(info)
        elif TIKTOK.fullmatch(info.filename) or _is_encrypted_thread(archive, info):
            threads[info.filename].append(info)
    names = [info.filename for info in archive.infolist()]
    made = []
    for path, infos in threads.items():
        made += _thread(archive, path, sorted(infos, key=_number), _source(names, b""), budget)
    return made


def _thread(
    archive: ZipFile, path: str, infos: list[ZipInfo], source: str, budget: Budget
) -> list[Conversation]:
    """The conversations in files that belong together, or one without messages that says why."""
    pieces = []
    try:
        for info in infos:
            data, cut = read_entry(archive, info, budget)
            if cut:
                raise TooLarge("The files of this download are together too large.", kept=KEPT)
            pieces.append(Piece(info.filename, _parsed(data)))
            source = _source([], data) if source == "meta" else source
        return _conversations(pieces, source, budget)
    except Protected:
        raise
    except InspectionError as error:
        note = {TooLarge: "cut-at-limit", ArchiveError: "file-damaged"}.get(type(error), "structure-unknown")
        return [Conversation(source, path.rpartition("/")[2], (), (), (), (note,), path)]


def _conversations(pieces: list[Piece], source: str, budget: Budget) -> list[Conversation]:
    values: Any = pieces[0].values
    if all(is_meta(piece.values) for piece in pieces):
        return [read_meta(pieces, "messenger" if "threadName" in values else source, budget)]
    if is_tiktok(values):
        return read_tiktok(values, pieces[0].path, budget)
    raise UnknownStructure("This file is of no download that we know.", kept=KEPT)


def _is_encrypted_thread(archive: ZipFile, info: ZipInfo) -> bool:
    if not NUMBER.search(info.filename):
        return False
    try:
        return bool(ENCRYPTED.match(sniff(archive, info)))
    except Protected:
        raise
    except ArchiveError:
        # What it is cannot be known, so it is told as what its name says that it may be.
        return True


def _parsed(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise UnknownStructure("This file is not JSON.", kept=KEPT) from None


def _source(names: list[str], data: bytes) -> str:
    """Which of the two platforms wrote it, by the places that it names; meta when it names neither."""
    for place, source in (("your_instagram_activity", "instagram"), ("your_facebook_activity", "messenger")):
        if any(place in name for name in names) or place.encode() in data:
            return source
    return "meta"


def _number(info: ZipInfo) -> int:
    found = NUMBER.search(info.filename)
    return int(found[1]) if found else 0
