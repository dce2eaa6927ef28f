"""A figure on paper: title, picture, table, definition, filters and moment, as PDF (A4) or as one picture.

Typeset by typst; all texts go in as JSON, so that nothing in them is ever read as markup.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from django.utils import timezone
from django.utils.translation import gettext as _

from resguardo.indicators import downloads, meaning, phrases, pictures
from resguardo.indicators.page import Seen
from resguardo.indicators.table import Row

TEMPLATE = Path(__file__).resolve().parent / "paper.typ"
DOTS = 150.0


def content(seen: Seen) -> str:
    """What stands on the paper, as JSON."""
    picture = pictures.suits(seen.shown, "picture")
    made = timezone.localtime()
    whole: dict[str, Any] = {
        "language": phrases.language(),
        "title": seen.title,
        "headline": seen.headline,
        "definition": seen.indicator.definition.in_(phrases.language()),
        "chips": [chip.text for chip in seen.chips],
        "picture": picture.wide() if picture else "",
        "alt": picture.desc if picture else "",
        "caption": (picture.title if picture else ""),
        "heads": [seen.table.by or "", *(column.title for column in seen.table.columns)],
        "rows": [_row(seen, row) for row in seen.table.rows],
        "total": _row(seen, seen.table.total) if seen.table.total else None,
        "described": list(downloads.described(seen))[2:],
        "about": meaning.about(seen.indicator),
        "names": {"described": _("What this sheet shows"), "about": _("How it is counted")},
        "made": _("Made %(moment)s") % {"moment": phrases.moment(made)},
        "day": [made.year, made.month, made.day],
    }
    return json.dumps(whole, ensure_ascii=False)


def _row(seen: Seen, row: Row) -> list[str]:
    texts = row.texts or (_("reserved"),) + ("",) * (len(seen.table.columns) - 1)
    return [row.label, *texts]


@lru_cache(maxsize=32)
def compiled(sheet: str, kind: Literal["pdf", "png"]) -> bytes:
    """A sheet as a file; one that was made lately is not made again."""
    import typst

    inputs = {"sheet": sheet, "kind": kind}
    if kind == "pdf":
        made = typst.compile(TEMPLATE.read_bytes(), format="pdf", sys_inputs=inputs, pdf_standards=["a-2b"])
    else:
        made = typst.compile(TEMPLATE.read_bytes(), format="png", ppi=DOTS, sys_inputs=inputs)
    assert isinstance(made, bytes)
    return made


def as_pdf(seen: Seen) -> bytes:
    """The sheet as PDF, with page numbers."""
    return compiled(content(seen), "pdf")


def as_png(seen: Seen) -> bytes:
    """The sheet as one picture, however long."""
    return compiled(content(seen), "png")


KINDS: dict[str, tuple[str, Callable[[Seen], bytes]]] = {
    "hoja.pdf": ("application/pdf", as_pdf),
    "hoja.png": ("image/png", as_png),
}
