"""How long cases wait: Kaplan-Meier curves, with the number still waiting below.

The curves are estimated elsewhere (scipy.stats.ecdf with censored data); here they are only drawn. Each is
told by its dashes and by a letter at its end. A curve of few cases shows each of them as a step, so curves
below the smallest number that may be published must not come here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from resguardo.indicators.drawing import classes
from resguardo.indicators.drawing.letters import cut, lines, measure
from resguardo.indicators.drawing.marks import ENGLISH, NARROW, WITHHELD_SIGN, Head, Words, number
from resguardo.indicators.drawing.sheet import at, column, dot, path, sheet, text

SMALL, LABEL = 12.5, 14
DASHES = (("run", ""), ("run2", "8 4"), ("run", "2 4"), ("run2", "12 4 2 4"))
LETTERS = "ABCD"


@dataclass(frozen=True)
class Curve:
    """The share still waiting after each of `times` (rising, one unit for all curves; 1 before the first).

    `low` and `high` are the limits of confidence at the same times, or empty. `median` is None where fewer
    than half have ended. `at_risk` has the number waiting at each of `ticks(curves)`; None is withheld.
    """

    label: str
    times: Sequence[float]
    waiting: Sequence[float]
    low: Sequence[float] = ()
    high: Sequence[float] = ()
    median: float | None = None
    at_risk: Sequence[int | None] = ()


def ticks(curves: Sequence[Curve]) -> tuple[float, ...]:
    """The times under the axis, for which the numbers at risk are wanted."""
    return classes.ticks(max((curve.times[-1] for curve in curves if len(curve.times)), default=0), 5)


@dataclass(frozen=True)
class _Plot:
    left: float
    right: float
    high: float
    low: float
    longest: float

    def x(self, time: float) -> float:
        return self.left + (self.right - self.left) * time / self.longest

    def y(self, share: float) -> float:
        return self.low - (self.low - self.high) * share


def draw(
    curves: Sequence[Curve], head: Head, *, unit: str, words: Words = ENGLISH, width: int = NARROW
) -> str:
    """One to four curves over time; `unit` is what the time is counted in ("days").

    Raises ValueError for none, for more than four, or where counts at risk do not match `ticks`.
    """
    scale = ticks(curves)
    if not 0 < len(curves) <= len(DASHES):
        raise ValueError("One to four curves can be told apart.")
    if any(len(curve.at_risk) not in (0, len(scale)) for curve in curves):
        raise ValueError("There must be a number at risk for each tick.")
    parts, y = _key(curves, unit, words, width)
    left = measure(words.percent.format(n=100), SMALL) + 8
    plot = _Plot(left, width - 24, y + 8, y + 8 + (170 if width < 560 else 240), scale[-1])
    parts += [*_grid(plot, scale, words), *(_band(plot, curve) for curve in curves)]
    parts += [_curve(plot, curve, i) for i, curve in enumerate(curves)]
    parts += [_median(plot, curve) for curve in curves if curve.median is not None]
    parts += _ends(plot, curves)
    parts.append(
        text((plot.left + plot.right) / 2, plot.low + 36, unit, size=SMALL, look="soft", anchor="middle")
    )
    below, y = _at_risk(plot, curves, scale, words, width)
    return sheet(head, width, y, [*parts, *below])


def _key(curves: Sequence[Curve], unit: str, words: Words, width: float) -> tuple[list[str], float]:
    """A line for each curve: its letter, its dashes, its name and its median."""
    parts, y = [], 0.0
    for i, curve in enumerate(curves):
        time = f"{number(curve.median)}\N{NO-BREAK SPACE}{unit}" if curve.median is not None else ""
        median = words.median_is.format(time=time) if time else words.no_median
        said = lines(f"{curve.label}: {median}", LABEL, width - 66, 3)
        look, dashes = DASHES[i]
        parts.append(text(0, y + 15, LETTERS[i], size=LABEL, bold=True))
        parts.append(path(f"M16 {at(y + 10)}H58", look, f' stroke-dasharray="{dashes}"' if dashes else ""))
        parts.append(column(66, y + 15, said, size=LABEL, step=18))
        y += 18 * len(said) + 4
    return parts, y


def _grid(plot: _Plot, scale: Sequence[float], words: Words) -> Iterator[str]:
    for quarter in range(5):
        y = plot.y(quarter / 4)
        yield path(f"M{at(plot.left)} {at(y)}H{at(plot.right)}", "axis" if quarter else "base")
        said = words.percent.format(n=25 * quarter)
        yield text(plot.left - 6, y + 4.5, said, size=SMALL, look="soft", anchor="end")
    for tick in scale:
        yield path(f"M{at(plot.x(tick))} {at(plot.low)}v4", "base")
        yield text(plot.x(tick), plot.low + 18, number(tick), size=SMALL, look="soft", anchor="middle")


def _steps(plot: _Plot, times: Sequence[float], shares: Sequence[float]) -> str:
    """A path of steps from the first moment, when all wait."""
    steps = "".join(
        f"H{at(plot.x(time))}V{at(plot.y(share))}" for time, share in zip(times, shares, strict=True)
    )
    return f"{at(plot.x(0))} {at(plot.y(1))}{steps}"


def _band(plot: _Plot, curve: Curve) -> str:
    if not len(curve.low):
        return ""
    outline = f"{_steps(plot, curve.times, curve.high)}V{at(plot.y(curve.low[-1]))}{_back(plot, curve)}"
    return path(f"M{outline}z", "wash", ' fill-opacity="0.55"')


def _back(plot: _Plot, curve: Curve) -> str:
    """The lower limit, walked from its end to the beginning."""
    shares = [1.0, *curve.low]
    return (
        "".join(
            f"H{at(plot.x(curve.times[i]))}V{at(plot.y(shares[i]))}"
            for i in reversed(range(len(curve.times)))
        )
        + f"H{at(plot.x(0))}"
    )


def _curve(plot: _Plot, curve: Curve, i: int) -> str:
    look, dashes = DASHES[i]
    return path(
        f"M{_steps(plot, curve.times, curve.waiting)}",
        look,
        f' stroke-dasharray="{dashes}"' if dashes else "",
    )


def _median(plot: _Plot, curve: Curve) -> str:
    """A ring where half have ended, and a line down to the time."""
    assert curve.median is not None
    x, y = plot.x(curve.median), plot.y(0.5)
    return path(f"M{at(x)} {at(y)}V{at(plot.low)}", "base", ' stroke-dasharray="1 3"') + dot(
        x, y, 4.5, "hole"
    )


def _ends(plot: _Plot, curves: Sequence[Curve]) -> Iterator[str]:
    """A letter at the end of each curve, pushed apart where curves end together."""
    ends = sorted((plot.y(curve.waiting[-1]), i) for i, curve in enumerate(curves))
    places = [y for y, _ in ends]
    for n in range(1, len(places)):
        places[n] = max(places[n], places[n - 1] + 15)
    for n in range(len(places)):  # nor on the axis
        places[n] = min(places[n], plot.low - 8 - 15 * (len(places) - 1 - n))
    for (_, i), y in zip(ends, places, strict=True):
        x = plot.x(curves[i].times[-1])
        yield text(x + 6, y + 5, LETTERS[i], size=LABEL, bold=True)


def _at_risk(
    plot: _Plot, curves: Sequence[Curve], scale: Sequence[float], words: Words, width: float
) -> tuple[list[str], float]:
    """The number still waiting under each tick, and where the picture ends."""
    y = plot.low + 46
    if not any(len(curve.at_risk) for curve in curves):
        return [], y
    parts = [text(0, y + 14, cut(words.at_risk, SMALL, width, True), size=SMALL, bold=True)]
    y += 18
    for i, curve in enumerate(curves):
        parts.append(text(0, y + 14, LETTERS[i], size=SMALL, bold=True))
        for tick, count in zip(scale, curve.at_risk, strict=False):
            said = WITHHELD_SIGN if count is None else number(count)
            parts.append(text(plot.x(tick), y + 14, said, size=SMALL, anchor="middle"))
        y += 18
    if any(count is None for curve in curves for count in curve.at_risk):
        note = lines(f"{WITHHELD_SIGN} {words.withheld}", SMALL, width, 2)
        parts.append(column(0, y + 14, note, size=SMALL, look="soft", step=16))
        y += 16 * len(note) + 2
    return parts, y + 4
