"""Where the name of a sender ends, when a name may hold the very `: ` that ends it.

The line `Trabajo: Juan: hola` is said by `Trabajo` or by `Trabajo: Juan`. The longer name is taken only
when at least five messages begin with `Trabajo: ` and all of them go on with `Juan: `; with fewer, the
shorter one, and the message says that it is doubtful.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import takewhile

from resguardo.inspection.whatsapp_words import is_event

END = ": "
PROOF = 5
LONGEST = 200
NO_NAME = {"ubicación", "location"}
"""What the application writes before a place: whoever sends only places is not called so."""
SPACES = str.maketrans("\u00a0\u202f", "  ")


class Names:
    """The senders of one export, learned from the first lines of all its messages."""

    def __init__(self, rests: Iterable[str]) -> None:
        self.count: dict[str, int] = {}
        self.common: dict[str, list[str]] = {}
        for rest in rests:
            if (parts := _parts(rest)) and not is_event(rest):
                first = parts[0]
                self.count[first] = self.count.get(first, 0) + 1
                self.common[first] = _shared(self.common.get(first, parts), parts)

    def split(self, rest: str) -> tuple[str | None, str, str | None]:
        """The sender of the first line `rest`, its words, and a mark when the name has a doubt to tell.

        The sender is None when the line names none.
        """
        parts = _parts(rest)
        if not parts or is_event(rest):
            return None, rest, None
        common = self.common.get(parts[0], parts[:1])
        mark = None
        if len(common) > 1:
            mark = "sender-with-colon" if self.count[parts[0]] >= PROOF else "sender-doubtful"
        name = END.join(common) if mark == "sender-with-colon" else parts[0]
        return name.translate(SPACES).strip(), rest[len(name) + len(END) :], mark


def _parts(rest: str) -> list[str]:
    """The pieces of `rest` that may belong to a name; an empty message may have lost the space at its end."""
    start = rest[: 2 * LONGEST] + (" " if rest.endswith(":") and len(rest) < LONGEST else "")
    parts = start.split(END)[:-1]
    parts = parts[:1] + list(takewhile(lambda part: part.lower() not in NO_NAME, parts[1:]))
    return parts if parts and parts[0].strip() and len(parts[0]) <= LONGEST else []


def _shared(some: list[str], others: list[str]) -> list[str]:
    same = 0
    while same < min(len(some), len(others)) and some[same] == others[same]:
        same += 1
    return some[:same]
