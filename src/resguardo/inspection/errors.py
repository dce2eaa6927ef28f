"""What a reader of files tells a person when it cannot read one. No word of the file is ever in an error."""

from __future__ import annotations

from resguardo.core.errors import ResguardoError

KEPT = "The file itself is kept as it came."


class InspectionError(ResguardoError):
    """A file could not be read, or what was read of it is not of its shape."""

    code = "inspection"


class ArchiveError(InspectionError):
    """A ZIP is damaged, cannot be opened, or is built to exhaust whoever opens it."""

    code = "inspection-archive"


class Protected(ArchiveError):
    """A ZIP is protected by a password."""

    code = "inspection-protected"


class TooLarge(InspectionError):
    """A file that must be read whole is over the limit."""

    code = "inspection-too-large"


class UnknownStructure(InspectionError):
    """A download names itself one of those we read, but is not built as we know them."""

    code = "inspection-structure"


class MailError(InspectionError):
    """An e-mail is built so that it cannot be taken apart."""

    code = "inspection-mail"
