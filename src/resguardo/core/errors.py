"""One tree of errors, each able to explain itself to a person.

An error says what happened, what was kept and what to do, as English message ids that pages translate.
It never carries a word of hers, a name or a key.
"""

from __future__ import annotations


class ResguardoError(Exception):
    """Something a person has to be told.

    `what`, `kept` and `remedy` are message ids with `%(name)s` places filled from `fields`, which
    hold codes and counts only.
    """

    code = "resguardo"

    def __init__(self, what: str, *, kept: str = "", remedy: str = "", **fields: object) -> None:
        super().__init__(what % fields if fields else what)
        self.what = what
        self.kept = kept
        self.remedy = remedy
        self.fields = fields

    def sentences(self) -> tuple[str, ...]:
        """The message ids that are not empty, in the order a person reads them."""
        return tuple(text for text in (self.what, self.kept, self.remedy) if text)
