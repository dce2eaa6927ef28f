"""Where in a route's file a key stands, so that a fault can be found without searching."""

from __future__ import annotations

import re

HEADER = re.compile(r"\[(\[?)([^\[\]]+)\]")
KEY = re.compile(r"([\w-]+)\s*=")
TITLE = re.compile(r"title\s*=\s*\"(.*)\"\s*")


def line_of(text: str, where: str) -> int | None:
    """The line (from 1) of the key `where`, or of the nearest part of it that the file names; None if none.

    `where` is written as faults are: steps.read.shares.0.what, told.<the story's title>.
    """
    lines = _lines(text)
    parts = [where] if where.startswith("told.") else where.split(".")
    for size in range(len(parts), 0, -1):
        found = lines.get(".".join(parts[:size]))
        if found is not None:
            return found
    return None


def _lines(text: str) -> dict[str, int]:
    """The line of every table, key, and entry of an array that begins a line."""
    lines: dict[str, int] = {}
    counts: dict[str, int] = {}
    table, array = "", ""
    for number, line in enumerate(text.splitlines(), 1):
        header, key, title = HEADER.match(line), KEY.match(line), TITLE.match(line)
        if header:
            table, array = header.group(2), ""
            if header.group(1):
                counts[table] = counts.get(table, -1) + 1
                table = f"{table}.{counts[table]}"
            lines.setdefault(table, number)
        elif key:
            path = f"{table}.{key.group(1)}" if table else key.group(1)
            lines.setdefault(path, number)
            array = path if line.rstrip().endswith("[") else ""
        elif array and line.lstrip().startswith(("{", '"')):
            counts[array] = counts.get(array, -1) + 1
            lines.setdefault(f"{array}.{counts[array]}", number)
        if title and table.startswith("told."):
            lines[f"told.{title.group(1)}"] = number
    return lines
