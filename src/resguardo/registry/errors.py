"""What can be wrong with a record, in words for the person who fills it in."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from resguardo.core.errors import ResguardoError

WORDS = {
    "no-such-field": _("The register has no such field."),
    "no-such-code": _("This is not one of the codes of the list. Choose one of the list."),
    "not-a-number": _("Write a whole number, for example 3."),
    "not-a-date": _("Write the day as 2026-03-14; where it is not known, 2026-03 or 2026."),
    "in-the-future": _("This day has not come yet. Is the year right?"),
    "too-large": _("This number is too large to be right."),
    "not-together": _("“None” or “unknown” cannot stand beside other answers. Leave one of the two."),
    "ends-before-it-begins": _("It ends before it begins. Which of the two dates is right?"),
    "not-entered": _("The program fills this field in by itself."),
}


class RegistryError(ResguardoError):
    """A record cannot be read or written."""

    code = "registry"
