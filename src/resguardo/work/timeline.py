"""The custody of a file as a line in time, drawn: a dot for each thing that happened to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

WIDTH, HEIGHT, EDGE, BASE = 720, 74, 18, 40
APART = 22


def draw(moments: Sequence[tuple[datetime, bool]]) -> str:
    """An SVG of `moments` (when, whether it came from outside), in time; nothing when there are none.

    Places follow the time; dots that would touch are pushed apart, so that each can be told by its number.
    """
    if not moments:
        return ""
    first, last = moments[0][0], moments[-1][0]
    whole = (last - first).total_seconds() or 1.0
    room = max(WIDTH, 2 * EDGE + APART * (len(moments) - 1))
    places: list[float] = []
    for at, _ in moments:
        wanted = EDGE + (room - 2 * EDGE) * (at - first).total_seconds() / whole
        places.append(max(wanted, places[-1] + APART) if places else wanted)
    over = max(0.0, places[-1] - (room - EDGE))
    for number in range(len(places) - 1, -1, -1):
        limit = room - EDGE - APART * (len(places) - 1 - number)
        places[number] = min(places[number], limit) if over else places[number]
    dots = "".join(
        f'<circle cx="{x:.0f}" cy="{BASE}" r="9" class="{"out" if outside else "in"}"/>'
        f'<text x="{x:.0f}" y="{BASE + 4}">{number}</text>'
        for number, (x, (_, outside)) in enumerate(zip(places, moments, strict=True), 1)
    )
    return (
        f'<svg class="moments" viewBox="0 0 {room} {HEIGHT}" width="{room}" height="{HEIGHT}" '
        f'aria-hidden="true"><line x1="{EDGE}" x2="{room - EDGE}" y1="{BASE}" y2="{BASE}"/>{dots}</svg>'
    )
