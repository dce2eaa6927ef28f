"""What can go wrong with a file, said so that she knows what is kept and what to do."""

from __future__ import annotations

from resguardo.core.errors import ResguardoError

KEPT = "What you wrote and the other files are kept."


class EvidenceError(ResguardoError):
    """A file cannot be received or opened."""

    code = "evidence"


class EmptyFile(EvidenceError):
    """There is nothing in the file."""

    code = "empty-file"

    def __init__(self) -> None:
        super().__init__("The file is empty.", kept=KEPT, remedy="Choose it again, or another one.")


class TooBig(EvidenceError):
    """The file is over a limit, in bytes."""

    code = "too-big"

    def __init__(self, limit: int) -> None:
        super().__init__(
            "What you chose is larger than %(megabytes)d MB.",
            kept=KEPT,
            remedy="Send them one by one, or a shorter piece; or keep it and say in your account so.",
            megabytes=limit // (1024 * 1024),
        )


class OverQuota(EvidenceError):
    """All files of the case together would be over its limit, in bytes."""

    code = "over-quota"

    def __init__(self, limit: int) -> None:
        super().__init__(
            "With this file there would be more than %(megabytes)d MB in your case.",
            kept="What you sent before is kept.",
            remedy="Send what matters most, or write to the institution to hand it over in person.",
            megabytes=limit // (1024 * 1024),
        )


class WrongKind(EvidenceError):
    """The file is of a kind that is not accepted."""

    code = "wrong-kind"

    def __init__(self) -> None:
        super().__init__(
            "This kind of file is not accepted.",
            kept=KEPT,
            remedy="You can send pictures, audio, video, PDF, text, or a ZIP with any other file inside.",
        )


class NoRoom(EvidenceError):
    """The disk is full."""

    code = "no-room"

    def __init__(self) -> None:
        super().__init__(
            "There is no room on our side to keep this file now.",
            kept="What you wrote and the files received before are kept.",
            remedy="Keep your file, go on without it, and send it later with your number.",
        )


class Altered(EvidenceError):
    """What arrived is not what her device said that it sends."""

    code = "altered"

    def __init__(self) -> None:
        super().__init__(
            "The file did not arrive as your device sent it.",
            kept=KEPT,
            remedy="Choose it again: it is sent anew.",
        )


class Damaged(EvidenceError):
    """What is stored is not what was sealed, and there is no second copy of it."""

    code = "damaged"

    def __init__(self) -> None:
        super().__init__(
            "The stored bytes of a file are damaged.",
            kept="Its history and the other files are kept.",
            remedy="Ask the operator to bring it back from a copy, and then make the bag again.",
        )


class NoSuchUpload(EvidenceError):
    """The upload is not there: it ended, or it was too long ago."""

    code = "no-such-upload"

    def __init__(self) -> None:
        super().__init__("This upload is not there any more.", kept=KEPT, remedy="Choose the file again.")


class OutOfStep(EvidenceError):
    """A piece does not begin where the upload is."""

    code = "out-of-step"


class MinorSealed(EvidenceError):
    """A minor may be seen: nobody opens it here (rule R13)."""

    code = "minor-sealed"
