"""Horizontal bars with their names and values: what is most, what is least, what may not be said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from resguardo.indicators.drawing.letters import cut, lines, measure
from resguardo.indicators.drawing.marks import ENGLISH, NARROW, Head, Mark, Words, number
from resguardo.indicators.drawing.sheet import (
    at,
    box,
    column,
    filled,
    mark,
    path,
    patterns,
    sheet,
    text,
)

LABEL, NOTE, VALUE = 14, 12.5, 13.5
STEP, SMALL_STEP, GAP, PILL = 18, 16, 6, 26


def draw(
    marks: Sequence[Mark],
    head: Head,
    *,
    words: Words = ENGLISH,
    width: int = NARROW,
    total: float | None = None,
    digits: int | None = None,
) -> str:
    """Bars from zero, in the order given; with `total`, each value's share of it. Up to about 40 rows.

    From 560 pixels on, names stand beside their bars, below that above them.
    """
    sheet_ = _Sheet(head, words, width, total, digits, marks)
    parts, y = [patterns(head)], 2.0
    for each in marks:
        drawn, y = sheet_.row(each, y)
        parts.append(drawn)
    if sheet_.wide:
        parts.append(path(f"M{at(sheet_.left)} 0V{at(y)}", "base"))
    return sheet(head, width, y, parts, any(each.href for each in marks))


class _Sheet:
    """The measures that all rows share."""

    def __init__(
        self,
        head: Head,
        words: Words,
        width: int,
        total: float | None,
        digits: int | None,
        marks: Sequence[Mark],
    ) -> None:
        self.head, self.words, self.width, self.total, self.digits = head, words, width, total, digits
        self.wide = width >= 560
        longest = max((measure(each.label, LABEL) for each in marks), default=0)
        self.names = min(longest + 2, 0.42 * width) if self.wide else float(width)
        self.left = self.names + 12 if self.wide else 0.0
        values = [self.said(each) for each in marks if each.shown]
        self.room = width - self.left - max((measure(v, VALUE, True) for v in values), default=0) - GAP - 2
        self.most = max((each.number for each in marks if each.shown), default=0) or 1

    def said(self, each: Mark) -> str:
        """The words at the end of a bar."""
        if not each.shown:
            return self.words.state(each.value)
        share = f" · {self.words.share(each.number, self.total)}" if self.total else ""
        return number(each.number, self.digits) + share

    def row(self, each: Mark, y: float) -> tuple[str, float]:
        """One row from `y` on, and where it ends."""
        names = lines(each.label, LABEL, self.names, 3)
        notes = lines(each.note, NOTE, self.names, 2) if each.note else []
        tall = STEP * len(names) + SMALL_STEP * len(notes)
        bar = 18 if self.wide else 14
        high = max(tall, bar) + 10 if self.wide else tall + bar + 12
        top = y + (high - 10 - tall) / 2 if self.wide else y
        inside = column(0, top + 14, names, size=LABEL, step=STEP)
        inside += column(0, top + STEP * len(names) + 12.5, notes, size=NOTE, look="soft", step=SMALL_STEP)
        y_bar = y + (high - 10 - bar) / 2 if self.wide else y + tall + 2
        inside += "".join(self._bar(each, y_bar, bar))
        name = f"{each.label}: {self.said(each)}" + (f" ({each.note})" if each.note else "")
        return mark(name, each.href, (0, y - 2, self.width, high - 2), inside), y + high

    def _bar(self, each: Mark, y: float, high: float) -> Iterator[str]:
        x = self.left
        if each.shown:
            wide = max(self.room * each.number / self.most, 1.5)
            yield box(x, y, wide, high, "teal")
            yield text(x + wide + GAP, y + high / 2 + 4.8, self.said(each), size=VALUE, bold=True)
            return
        if each.value is None:
            yield filled(self.head, "hatch", x + 0.5, y + 0.5, PILL, high - 1)
        else:
            yield path(f"M{at(x)} {at(y + high / 2)}h{PILL}", "axis", ' stroke-dasharray="2 4"')
        said = cut(self.said(each), NOTE, self.width - x - PILL - GAP - 2)
        yield text(x + PILL + GAP + 2, y + high / 2 + 4.5, said, size=NOTE, look="soft")
