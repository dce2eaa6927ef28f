"""What can be refused when a case is asked for or changed."""

from __future__ import annotations

from resguardo.core.errors import ResguardoError


class CaseError(ResguardoError):
    """A case cannot be read or changed in this way."""

    code = "case"


class NoSuchCase(CaseError):
    """There is no such case for whoever asks: absent and hidden look the same."""

    code = "no-such-case"


class NotGranted(CaseError):
    """This party does not hold the key of this group."""

    code = "not-granted"


class NotOwed(CaseError):
    """The step is not open, or not this party's."""

    code = "not-owed"


class Missing(CaseError):
    """Something the step needs was not given, or is not one of its choices."""

    code = "missing"


class Stuck(CaseError):
    """The change would leave a case that nobody could bring to its end."""

    code = "stuck"


class InHand(CaseError):
    """Colleagues have the case in hand; whoever else needs it breaks the glass."""

    code = "in-hand"
