"""A figure as a file: CSV, Excel and JSON, each with its definition, filters, moment and licence.

What is withheld is marked and has no number; no cell can be read as a formula. Rows are those of the page.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _

from resguardo.indicators import phrases
from resguardo.indicators.page import Seen, until
from resguardo.indicators.table import Row

LICENCE = "CC BY 4.0, https://creativecommons.org/licenses/by/4.0/"
FORMULA = ("=", "+", "-", "@", "\t", "\r")
BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
Make = Callable[[Seen], bytes]


def plain(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def described(seen: Seen) -> Iterator[tuple[str, str]]:
    """What has to stand beside a table: its name and what it says."""
    one = seen.indicator
    yield _("Figure"), seen.title
    yield _("Definition"), one.definition.in_(phrases.language())
    yield _("Filters"), "; ".join(chip.text for chip in seen.chips) or _("none")
    yield _("By"), seen.table.by or _("nothing")
    whose = seen.door.institution if seen.door.exact else _("everybody who may be counted, in whole quarters")
    yield _("Counts"), whose
    yield _("Up to"), until(seen.shown)
    if seen.table.withholds:
        yield _("Withheld"), _("fewer than 5, or it could be worked out from the others")
    if seen.shown.mixed:
        yield _("Rows"), _("an incident may stand in several rows, so they add up to more than the total")
    use = _("for the work of this institution; not to be passed on")
    yield _("Licence"), use if seen.door.exact else LICENCE


def rows(seen: Seen) -> list[Row]:
    """The rows of the table, the total last."""
    return [*seen.table.rows, *([seen.table.total] if seen.table.total else [])]


def heads(seen: Seen) -> list[str]:
    """The names of the columns."""
    return [seen.table.by or "", *(column.title for column in seen.table.columns), _("Withheld")]


def cells(seen: Seen, row: Row) -> list[str | float | None]:
    """One row: its label, its numbers, and whether it is withheld."""
    numbers = row.numbers or (None,) * len(seen.table.columns)
    return [plain(row.label), *numbers, _("yes") if row.withheld else ""]


def as_csv(seen: Seen) -> bytes:
    """The table for any program; lines that begin with # say what it is."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    for name, text in described(seen):
        writer.writerow([f"# {name}: {text}"])
    writer.writerow([plain(head) for head in heads(seen)])
    writer.writerows(cells(seen, row) for row in rows(seen))
    return f"{BOM}{out.getvalue()}".encode()


def as_xlsx(seen: Seen) -> bytes:
    """The table for a spreadsheet, and a second sheet that says what it is."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        bold, wrap = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
        sheet = book.add_worksheet(_("Table"))
        sheet.set_column(0, 0, 46)
        sheet.set_column(1, len(seen.table.columns) + 1, 18)
        sheet.freeze_panes(1, 1)
        sheet.write_row(0, 0, heads(seen), bold)
        for place, row in enumerate(rows(seen), 1):
            sheet.write_row(place, 0, cells(seen, row), bold if row is seen.table.total else None)
        about = book.add_worksheet(_("About"))
        about.set_column(0, 0, 16)
        about.set_column(1, 1, 90)
        for place, (name, text) in enumerate(described(seen)):
            about.write_string(place, 0, name, bold)
            about.write_string(place, 1, plain(text), wrap)
    return out.getvalue()


def as_json(seen: Seen) -> bytes:
    """The table for machines; what is withheld is null and says so."""
    one, asked = seen.indicator, seen.shown.asked
    whole: dict[str, Any] = {
        "indicator": one.id,
        "title": seen.title,
        "definition": one.definition.in_(phrases.language()),
        "scope": seen.shown.scope,
        "counts": seen.door.party or "all",
        "by": asked.by or None,
        "filters": dict(asked.where),
        "from": asked.since or None,
        "until": asked.until or None,
        "up_to": until(seen.shown),
        "moment": seen.shown.until.isoformat(),
        "rows_overlap": seen.shown.mixed,
        "licence": None if seen.door.exact else LICENCE,
        "withheld_means": "fewer than 5, or it could be worked out from the others",
        "total": _as_dict(seen, seen.table.total) if seen.table.total else None,
        "rows": [_as_dict(seen, row) for row in seen.table.rows],
    }
    return json.dumps(whole, ensure_ascii=False, indent=1).encode()


def _as_dict(seen: Seen, row: Row) -> dict[str, Any]:
    keys = [column.key for column in seen.table.columns]
    numbers = row.numbers or (None,) * len(keys)
    return {
        "code": row.code,
        "label": row.label,
        "withheld": row.withheld,
        **dict(zip(keys, numbers, strict=True)),
    }


KINDS: dict[str, tuple[str, Make]] = {
    "tabla.csv": ("text/csv; charset=utf-8", as_csv),
    "tabla.xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", as_xlsx),
    "tabla.json": ("application/json", as_json),
}
