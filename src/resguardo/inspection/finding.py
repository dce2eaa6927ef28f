"""What an inspection may say: a closed set of marks, failures and facts, with every string cleaned."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

Mark = Literal[
    "animated",
    "appended-data",
    "cut-off",
    "damaged",
    "doubtful-type",
    "embedded-file",
    "empty",
    "encrypted",
    "has-script",
    "hidden-characters",
    "huge-picture",
    "long-text",
    "nested-archive",
    "no-metadata",
    "not-accepted",
    "path-tricks",
    "polyglot",
    "re-encoded",
    "zip-bomb",
]
Failure = Literal[
    "bad-request",
    "crashed",
    "huge-picture",
    "no-cage",
    "not-a-picture",
    "too-large-result",
    "too-much-memory",
    "too-slow",
    "unreadable",
]
Grade = Literal["B", "C"]
Enough = Callable[[], bool]
"""Says whether the time that may be spent on extras (stills, counting) is over."""

MOST = 2**53 - 1
"""The largest count that is told: what JSON can carry everywhere, and a database too."""
WORD = 200
"""The most characters that one string of a file's own metadata may bring along."""


class Refused(Exception):
    """The task cannot be done on this file; `args[0]` is the Failure that says why."""


@dataclass
class Finding:
    """What is known of one file so far. `previews` are as `pictures.previews` makes them."""

    media_type: str
    marks: set[Mark] = field(default_factory=set)
    facts: dict[str, Any] = field(default_factory=dict)
    declared_time: str | None = None
    grade: Grade = "C"
    previews: list[dict[str, Any]] = field(default_factory=list)
    text: str | None = None
    entries: list[dict[str, Any]] | None = None

    def answer(self) -> dict[str, Any]:
        """The finding as plain JSON."""
        return {
            "media_type": self.media_type,
            "marks": sorted(self.marks),
            "facts": self.facts,
            "declared_time": self.declared_time,
            "grade": self.grade,
            "previews": self.previews,
            "text": self.text,
            "entries": self.entries,
        }


def clean(value: object, most: int = WORD) -> str:
    """`value` as at most `most` characters of one line: no controls, overrides or half characters."""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    text = text[: most * 4].split("\x00", 1)[0].encode("utf-8", "replace").decode()
    shown = "".join(c if unicodedata.category(c) not in ("Cc", "Cf", "Cs") else " " for c in text)
    return shown.strip()[:most]


def number(value: object) -> float | None:
    """`value` as a finite float, or None."""
    try:
        result = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    return result if math.isfinite(result) else None
