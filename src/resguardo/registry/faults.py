"""What can be wrong with a row of an old register, and what to do. Never what stands in a cell."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from resguardo.registry.errors import WORDS

FAULTS = {
    "too-many-cells": (
        _("The row has more cells than there are columns."),
        _("A sign between cells stands inside a text: put that text between quotation marks."),
    ),
    "no-number": (_("The row has no number."), _("Give it its number in the old register.")),
    "number-too-long": (_("The number is longer than 80 signs."), _("Is this the right column?")),
    "number-of-a-person": (
        _("The number is built like a personal identity number (CUI)."),
        _("Take the number of the record, never that of a document."),
    ),
    "number-twice": (_("Another row has the same number."), _("Which of the rows is right? Keep one.")),
    "no-opened": (_("The row does not say when it was opened."), _("Fill in the date.")),
    "not-a-moment": (
        _("The date is not written in any of the ways that the mapping names."),
        _("Correct the cell, or add its way of writing to dates in the mapping."),
    ),
    "moment-to-come": (_("This moment has not come yet."), _("Is the year right?")),
    "no-such-label": (
        _("No code of the list has this label."),
        _("Add what stands in the cell to values of this column in the mapping."),
    ),
    "several-places": (
        _("Several places have this name."),
        _("Say in the mapping which column tells them apart: within = ..."),
    ),
    "not-an-age": (_("No group of ages has this age."), _("Write the age in whole years.")),
    "done-before-owed": (_("The step was done before it was owed."), _("Which of the two dates is right?")),
}
REMEDIES = {"no-such-code": FAULTS["no-such-label"][1], "not-a-date": FAULTS["not-a-moment"][1]}


@dataclass(frozen=True, slots=True)
class Wrong:
    """One thing that is wrong: the row as a spreadsheet counts, the column, the field, and a code."""

    row: int
    column: str
    field: str
    code: str

    @property
    def what(self) -> str:
        """What is wrong, in the language of today."""
        return str(FAULTS[self.code][0] if self.code in FAULTS else WORDS[self.code])

    @property
    def remedy(self) -> str:
        """What to do about it; empty where what is wrong says it."""
        if self.code in FAULTS:
            return str(FAULTS[self.code][1])
        return str(REMEDIES.get(self.code, ""))
