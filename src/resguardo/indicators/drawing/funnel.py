"""How far cases come on the route: what reached each stage, and in words what did not go on.

What is given is what is said: a drop between two shown stages can be computed by any reader, so the stages
must have been made safe together before they come here.
"""

from __future__ import annotations

from collections.abc import Sequence

from resguardo.indicators.drawing.letters import cut, lines, measure
from resguardo.indicators.drawing.marks import ENGLISH, NARROW, Head, Mark, Words, number
from resguardo.indicators.drawing.sheet import at, box, column, filled, mark, path, patterns, sheet, text

LABEL, COUNT, SMALL = 14, 15, 12.5
BAR, BETWEEN, GAP, PILL = 24, 12, 8, 40


def draw(stages: Sequence[Mark], head: Head, *, words: Words = ENGLISH, width: int = NARROW) -> str:
    """The stages in order, each with its count, its share of the first, and what came of the one before."""
    first = stages[0].number if stages and stages[0].shown else 0
    counts = [_counts(each, first if i else 0, words) for i, each in enumerate(stages)]
    most = max((each.number for each in stages if each.shown), default=0) or 1
    room = (
        width
        - max((_wide(*said) for each, said in zip(stages, counts, strict=True) if each.shown), default=0)
        - 2
    )
    parts, y = [patterns(head)], 0.0
    for i, each in enumerate(stages):
        if i:
            drawn, y = _between(stages[i - 1], each, room / most, y, words, width)
            parts.append(drawn)
        names = lines(each.label, LABEL, width, 2, bold=True)
        tall = 18 * len(names)
        inside = "".join(
            text(0, y + 14 + 18 * n, line, size=LABEL, bold=True) for n, line in enumerate(names)
        )
        inside += _bar(head, each, counts[i], (room / most, width - PILL - GAP), y + tall + 2)
        name = f"{each.label}: {', '.join(part for part in counts[i] if part)}"
        parts.append(mark(name, each.href, (0, y, width, tall + BAR + 4), inside))
        y += tall + BAR + 4
    return sheet(head, width, y + 2, parts, any(each.href for each in stages))


def _counts(each: Mark, first: float, words: Words) -> tuple[str, str]:
    """The count, and its share of the first stage where both are shown."""
    if not each.shown:
        return words.state(each.value), ""
    share = words.of_first.format(share=words.share(each.number, first)) if first else ""
    return number(each.number), share


def _wide(count: str, share: str) -> float:
    return GAP + (
        measure(count, COUNT, True) + 6 + measure(share, SMALL) if share else measure(count, COUNT, True)
    )


def _bar(head: Head, each: Mark, said: tuple[str, str], scale_room: tuple[float, float], y: float) -> str:
    scale, room = scale_room
    if not each.shown:
        shape = filled(head, "hatch" if each.value is None else "dots", 0.5, y + 0.5, PILL, BAR - 1)
        return shape + text(PILL + GAP, y + 16.5, cut(said[0], SMALL, room), size=SMALL, look="soft")
    wide = max(each.number * scale, 1.5)
    drawn = box(0, y, wide, BAR, "teal") + text(wide + GAP, y + 17.5, said[0], size=COUNT, bold=True)
    if said[1]:
        x = wide + GAP + measure(said[0], COUNT, True) + 6
        drawn += text(x, y + 17, said[1], size=SMALL, look="soft")
    return drawn


def _between(
    before: Mark, each: Mark, scale: float, y: float, words: Words, width: float
) -> tuple[str, float]:
    """The narrowing from one bar to the next, with the sentence; and where it ends."""
    if not (before.shown and each.shown and before.number) or each.number > before.number:
        return path(f"M6 {at(y + 2)}v{BETWEEN}", "axis"), y + BETWEEN + 4
    left = before.number - each.number
    share = words.share(each.number, before.number)
    sentence = words.went_on.format(share=share, n=number(left)) if left else words.all_went_on
    said = lines(sentence, SMALL, width - 16, 2)
    high = 16 * len(said) + 10
    ends = before.number * scale, each.number * scale
    drawn = path(f"M0 {at(y)}H{at(ends[0])}L{at(ends[1])} {at(y + high)}H0z", "wash")
    return drawn + column(10, y + 17, said, size=SMALL, step=16), y + high + 6
