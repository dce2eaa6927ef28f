"""What every figure means, and everything that is published in one long table that anybody may take.

The long table has no filters: one row for each value of each breakdown, so that it is read by any program.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from resguardo.indicators import meaning, phrases, queries
from resguardo.indicators.asking import Asked, breakdowns
from resguardo.indicators.doors import PUBLIC, Door
from resguardo.indicators.downloads import BOM, plain
from resguardo.indicators.errors import FiguresError
from resguardo.indicators.table import Row, table

HEAD = ("indicator", "title", "by", "code", "label", "measure", "value", "withheld")


@dataclass(frozen=True)
class Word:
    """An indicator in the dictionary: what it means, how it is counted, and by what it is broken down."""

    id: str
    title: str
    definition: str
    about: list[tuple[str, str]]
    by: str
    href: str


def sections(door: Door) -> list[tuple[str, list[Word]]]:
    """Every indicator, whoever sees it, in the order in which they are read."""
    figures, language = queries.figures(), phrases.language()
    found = []
    for section in figures.section:
        words = []
        for id_ in section.indicators:
            if one := figures.named(id_):
                by = ", ".join(phrases.title(name) for name in one.by)
                href = f"{door.home}{one.id}/" if door.leads_to(one) else ""
                title, text = one.title.in_(language), one.definition.in_(language)
                words.append(Word(one.id, title, text, meaning.about(one), by, href))
        found.append((section.title.in_(language), words))
    return found


def published() -> bytes:
    """All that everybody may see, as one CSV. Raises NoFigures where nothing is published yet."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(HEAD)
    queries.shared_funnel()
    for one in queries.figures().indicator:
        if one.how == "awaits" or not PUBLIC.leads_to(one):
            continue
        for by in breakdowns(one, "shared") or ("",):
            try:
                shown = PUBLIC.shown(one, Asked(by=by))
            except FiguresError:
                continue
            made, title = table(shown), one.title.in_(phrases.language())
            keys = [column.key for column in made.columns]
            for row in (*made.rows, *([made.total] if made.total else [])):
                writer.writerows(_lines(one.id, title, shown.asked.by, keys, row))
    return f"{BOM}{out.getvalue()}".encode()


def _lines(id_: str, title: str, by: str, keys: list[str], row: Row) -> list[list[object]]:
    first = [id_, plain(title), by, row.code, plain(row.label)]
    if row.withheld:
        return [[*first, key, "", "yes"] for key in keys]
    return [[*first, key, value, ""] for key, value in zip(keys, row.numbers, strict=True)]
