"""What inspection found, in words for officers: the codes of `inspection.finding` and their sentences."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

MARKS = {
    "animated": _("It moves: only its first picture is shown here."),
    "appended-data": _("Something follows after its end."),
    "cut-off": _("It is cut off."),
    "damaged": _("It is damaged."),
    "doubtful-type": _("What it is, is not certain."),
    "embedded-file": _("It has other files inside."),
    "empty": _("It is empty."),
    "encrypted": _("It is protected with a password."),
    "has-script": _("It holds a program: do not open it outside of here."),
    "hidden-characters": _("It has signs that cannot be seen."),
    "huge-picture": _("It is too large to be shown here."),
    "long-text": _("It has lines that are extremely long."),
    "nested-archive": _("It has archives inside of archives."),
    "no-metadata": _("It has no metadata of its own."),
    "not-accepted": _("It is of a kind that is not looked at here."),
    "path-tricks": _("The names inside try to get out of their folder."),
    "polyglot": _("It is two kinds of file at once: careful."),
    "re-encoded": _("It was saved again by another program."),
    "zip-bomb": _("It would grow beyond measure when unpacked: do not unpack it."),
}
FAILURES = {
    "too-slow": _("Looking at it took too long."),
    "too-much-memory": _("Looking at it needed too much memory."),
    "unreadable": _("Its stored bytes are damaged."),
    "given-up": _("It was tried several times."),
}


def words(found: dict[str, Any]) -> dict[str, Any]:
    """What was found, with its marks and its failure as sentences."""
    if not found:
        return found
    marks = [MARKS.get(mark, mark) for mark in found.get("marks", ())]
    failed = found.get("failed", "")
    return {
        **found,
        "marks": marks,
        "failed": FAILURES.get(failed, _("It could not be read.")) if failed else "",
    }
