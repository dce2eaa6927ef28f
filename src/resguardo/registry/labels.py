"""Finding a code by what people write for it: accents, case and apostrophes do not matter."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

from resguardo.core.codes import Code

APOSTROPHES = dict.fromkeys(map(ord, "'’ʼꞌ´`‘"))
BOUNDS = re.compile(r"(\d+)(?:_(\d+)|p)?", re.ASCII)


def folded(text: str) -> str:
    """`text` as two people would agree on it: no accents, no case, words with one space between."""
    plain = unicodedata.normalize("NFKD", text.translate(APOSTROPHES)).casefold()
    kept = "".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c))
    return " ".join(kept.split())


class Labels:
    """A code list by its labels in both languages, and where no label fits by its everyday words.

    `within` is the key of the codes' maps that tells apart those of the same name: the department of a
    municipality. `bounds` are the codes that stand for an age, as [from, to].
    """

    def __init__(self, codes: Iterable[Code], lists: Iterable[str] = ()) -> None:
        self.codes = tuple(code for code in codes if not code.until)
        self.known = frozenset(code.code for code in self.codes)
        keys = {key for code in self.codes for key in code.maps}
        self.within = next((name for name in lists if name in keys), "")
        self._named = _index([(code.code, (code.es, code.en, code.code)) for code in self.codes])
        self._worded = _index([(code.code, code.words) for code in self.codes])
        self._above: Mapping[str, str] = {code.code: code.maps.get(self.within, "") for code in self.codes}
        width = {len(code) for code in self.known} if all(c.isdigit() for c in self.known) else set()
        self._width = width.pop() if len(width) == 1 else 0

    def find(self, text: str, above: str = "") -> tuple[str, ...]:
        """The codes that `text` can mean, of those that belong to `above` where it is given."""
        key = folded(text)
        for index in (self._named, self._worded):
            found = [code for code in index.get(key, ()) if not above or self._above[code] == above]
            if found:
                return tuple(found)
        return ()

    def exact(self, text: str) -> tuple[str, ...]:
        """The code `text`, with the zeros before it that spreadsheets take away."""
        padded = text.zfill(self._width) if self._width and text.isdigit() else text
        return (padded,) if padded in self.known else ()

    def of_age(self, years: int) -> tuple[str, ...]:
        """The code of the group of ages, written 18_29, 60p or 61, in which `years` falls."""
        return tuple(code for code, (least, most) in self.bounds.items() if least <= years <= most)

    @property
    def bounds(self) -> dict[str, tuple[int, int]]:
        """The codes that stand for a group of ages, with its first and last year."""
        read = {code.code: BOUNDS.fullmatch(code.code) for code in self.codes}
        return {code: (int(m[1]), int(m[2] or 150)) for code, m in read.items() if m}


def _index(rows: Iterable[tuple[str, Iterable[str]]]) -> dict[str, list[str]]:
    index: dict[str, list[str]] = {}
    for code, texts in rows:
        for key in {folded(text) for text in texts} - {""}:
            index.setdefault(key, []).append(code)
    return index
