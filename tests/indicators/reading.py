"""Reading a page of figures as a stranger would: the rows of its table, and every number in them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


@dataclass
class Row:
    """A row of a table: its label, where it leads, and its other cells as text."""

    label: str = ""
    href: str = ""
    cells: list[str] = field(default_factory=list)

    @property
    def withheld(self) -> bool:
        """Whether the row says that it is reserved."""
        return any(cell.startswith("reservado") for cell in self.cells)

    @property
    def numbers(self) -> list[float]:
        """The numbers of the row; none where it is withheld."""
        if self.withheld:
            return []
        return [float(found.replace(",", "")) for cell in self.cells for found in NUMBER.findall(cell)]


class _Tables(HTMLParser):
    """The rows of the body and the foot of the table of numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Row] = []
        self.inside = self.body = False
        self.cell = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "table":
            self.inside = given.get("class") == "numbers"
        if not self.inside:
            return
        if tag in ("tbody", "tfoot"):
            self.body = True
        if self.body and tag == "tr":
            self.rows.append(Row())
        if self.body and tag in ("th", "td"):
            self.cell = tag
            if tag == "td":
                self.rows[-1].cells.append("")
        if self.cell == "th" and tag == "a":
            self.rows[-1].href = given.get("href") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "table":
            self.inside = self.body = False
        if tag in ("th", "td"):
            self.cell = ""

    def handle_data(self, data: str) -> None:
        if self.cell == "th":
            self.rows[-1].label += data
        elif self.cell == "td":
            self.rows[-1].cells[-1] += data


def rows(page: str) -> list[Row]:
    """The rows of the table of a page, the total last."""
    reader = _Tables()
    reader.feed(page)
    return reader.rows
