"""The paper and the ink: how every picture begins and ends, and the few things that it is drawn with.

A picture is one image to whoever hears the page. Only where its marks are links is it a group, because
nothing inside an image can be reached.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from resguardo.indicators.drawing.marks import Head

INK, SOFT, LINE, PAPER = "#1d2528", "#465359", "#b9c7ca", "#fff"
TEAL, WASH, OCHRE, BRICK = "#0b5a60", "#d5eaea", "#7a4b00", "#8f2a17"
FONTS = "system-ui, Noto Sans, DejaVu Sans, Arial, sans-serif"  # typst knows fonts by their names only
LOOKS = {  # class: attributes in light colours
    "ink": f'fill="{INK}"',
    "soft": f'fill="{SOFT}"',
    "teal": f'fill="{TEAL}"',
    "late": f'fill="{BRICK}"',
    "due": f'fill="{OCHRE}"',
    "paper": f'fill="{PAPER}"',
    "wash": f'fill="{WASH}"',
    "hole": f'fill="{PAPER}" stroke="{TEAL}" stroke-width="2"',
    "axis": f'fill="none" stroke="{LINE}"',
    "base": f'fill="none" stroke="{SOFT}"',
    "run": f'fill="none" stroke="{TEAL}" stroke-width="2.5" stroke-linejoin="round"',
    "run2": f'fill="none" stroke="{INK}" stroke-width="2.5" stroke-linejoin="round"',
    "over": f'fill="none" stroke="{BRICK}" stroke-width="5"',
    "limit": f'fill="none" stroke="{OCHRE}" stroke-width="3"',
    "zero": f'fill="{PAPER}"',
    "c1": 'fill="#d5eaea"',
    "c2": 'fill="#a3d0d1"',
    "c3": 'fill="#66aeb1"',
    "c4": 'fill="#1f757a"',
    "c5": 'fill="#083f44"',
    "water": 'fill="#e3e9ee"',
    "rim": f'fill="none" stroke="{PAPER}"',
    "lead": f'fill="none" stroke="{INK}" stroke-width="0.9" pointer-events="none"',
    "border": f'fill="none" stroke="{SOFT}"',
    "hit": 'fill="none" stroke="none" pointer-events="all"',
}


def at(value: float) -> str:
    """A coordinate: one decimal at most."""
    return f"{value:.1f}".removesuffix(".0")


def sheet(head: Head, width: float, height: float, parts: Iterable[str], linked: bool = False) -> str:
    """The whole picture, `width` by `height` pixels."""
    role = "group" if linked else "img"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="fig" viewBox="0 0 {at(width)} {at(height)}"'
        f' width="{at(width)}" height="{at(height)}" role="{role}"'
        f' aria-labelledby="{escape(head.key)}-title {escape(head.key)}-desc"'
        f' font-family="{FONTS}" font-size="13">'
        f'<title id="{escape(head.key)}-title">{escape(head.title)}</title>'
        f'<desc id="{escape(head.key)}-desc">{escape(head.desc)}</desc>{"".join(parts)}</svg>'
    )


def patterns(head: Head, name: str = "", scale: float = 1) -> str:
    """Hatching for what is withheld and dots for what was never counted, for shapes drawn at `scale`."""
    key, held = escape(head.key), f' patternTransform="scale({1 / scale:.3f})"' if scale != 1 else ""
    paper = f'class="paper" {LOOKS["paper"]}/>'
    return (
        f'<defs><pattern id="{key}-hatch{name}" width="6" height="6" patternUnits="userSpaceOnUse"{held}>'
        f'<rect width="6" height="6" {paper}'
        f'<path d="M-1 7L7 -1M-1 1L1 -1M5 7L7 5" class="base" fill="none" stroke="{SOFT}"/></pattern>'
        f'<pattern id="{key}-dots{name}" width="7" height="7" patternUnits="userSpaceOnUse"{held}>'
        f'<rect width="7" height="7" {paper}'
        f'<circle cx="3.5" cy="3.5" r="0.9" class="soft" {LOOKS["soft"]}/></pattern></defs>'
    )


def text(
    x: float,
    y: float,
    words: str,
    *,
    size: float = 13,
    look: str = "ink",
    bold: bool = False,
    anchor: str = "start",
) -> str:
    """A line of text whose foot is at `y`."""
    weight = ' font-weight="700"' if bold else ""
    place = f' text-anchor="{anchor}"' if anchor != "start" else ""
    letters = f' font-size="{at(size)}"' if size != 13 else ""
    ink = f'class="{look}" {LOOKS[look]}'
    return f'<text x="{at(x)}" y="{at(y)}"{letters}{weight}{place} {ink}>{escape(words)}</text>'


def column(
    x: float, y: float, said: Iterable[str], *, size: float = 13, look: str = "ink", step: float = 17
) -> str:
    """Lines of text one under the other, the foot of the first at `y`."""
    return "".join(text(x, y + step * i, line, size=size, look=look) for i, line in enumerate(said))


def path(d: str, look: str, more: str = "") -> str:
    """A line or an area."""
    return f'<path d="{d}" class="{look}" {LOOKS[look]}{more}/>'


def box(x: float, y: float, wide: float, high: float, look: str) -> str:
    """A filled rectangle."""
    return (
        f'<rect x="{at(x)}" y="{at(y)}" width="{at(wide)}" height="{at(high)}" class="{look}" {LOOKS[look]}/>'
    )


def filled(head: Head, pattern: str, x: float, y: float, wide: float, high: float) -> str:
    """A rectangle of a pattern ("hatch" or "dots") with a border."""
    return (
        f'<rect x="{at(x)}" y="{at(y)}" width="{at(wide)}" height="{at(high)}" class="base"'
        f' fill="url(#{escape(head.key)}-{pattern})" stroke="{SOFT}"/>'
    )


def dot(x: float, y: float, radius: float, look: str) -> str:
    """A disc."""
    return f'<circle cx="{at(x)}" cy="{at(y)}" r="{at(radius)}" class="{look}" {LOOKS[look]}/>'


def mark(name: str, href: str, area: tuple[float, float, float, float], inside: str) -> str:
    """What belongs to one mark, with its name for whoever points at it; a link where it leads somewhere.

    `area` (x, y, width, height) is what may be touched.
    """
    x, y, wide, high = (at(each) for each in area)
    hit = f'<rect x="{x}" y="{y}" width="{wide}" height="{high}" class="hit" {LOOKS["hit"]}/>'
    if not href:
        return f"<g><title>{escape(name)}</title>{inside}{hit}</g>"
    return (
        f'<a href="{escape(href)}" aria-label="{escape(name)}"><title>{escape(name)}</title>{inside}{hit}</a>'
    )
