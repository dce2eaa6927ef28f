"""How wide letters are, so that text is broken, cut and placed without a browser.

The widths are those of DejaVu Sans, the widest of the usual system fonts; any other leaves more room.
"""

from __future__ import annotations

WIDTHS = (
    (0.28, "ijlíì'|"),
    (0.32, " \N{NO-BREAK SPACE}.,·IJ:;/!"),
    (0.4, "ft()-r[]"),
    (0.53, "szcL*–"),
    (0.58, "FkvxyP"),
    (0.69, "KAVXZBRCÁ"),
    (0.79, "UNHDGOQÚÑÓw+<=>≤↓→"),
    (1.0, "mMW%—…"),
)
WIDTH = {letter: wide for wide, letters in WIDTHS for letter in letters}
USUAL, BOLD = 0.64, 1.13


def measure(text: str, size: float, bold: bool = False) -> float:
    """The width of a line of text in pixels, at most."""
    return sum(WIDTH.get(letter, USUAL) for letter in text) * size * (BOLD if bold else 1)


def cut(text: str, size: float, room: float, bold: bool = False) -> str:
    """`text`, ended by an ellipsis where it does not fit."""
    if measure(text, size, bold) <= room:
        return text
    while text and measure(f"{text}…", size, bold) > room:
        text = text[:-1].rstrip()
    return f"{text}…"


def lines(text: str, size: float, room: float, most: int = 2, bold: bool = False) -> list[str]:
    """`text` broken at ordinary spaces into at most `most` lines, the last one cut where it does not fit."""
    found: list[str] = []
    words = [word for word in text.split(" ") if word]
    while words and len(found) < most - 1:
        line = words.pop(0)
        while words and measure(f"{line} {words[0]}", size, bold) <= room:
            line += f" {words.pop(0)}"
        found.append(cut(line, size, room, bold))
    return [*found, cut(" ".join(words), size, room, bold)] if words else found
