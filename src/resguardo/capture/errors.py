"""What can be refused before a page is fetched, and why a page that came was not kept."""

from __future__ import annotations

from resguardo.core.errors import ResguardoError

_AGAIN = "Try again later, or photograph the screen."
_PHOTOGRAPH = "Photograph the screen of somebody who can see the page."
_CHECK = "Check that the address is whole and written well."

# code: (what happened, what to do)
SENTENCES = {
    "malformed": ("This is not the address of a web page.", _CHECK),
    "blocked-scheme": ("Only addresses that begin with http:// or https:// can be captured.", _CHECK),
    "blocked-credentials": (
        "The address carries a user name or a password.",
        "Remove what stands before the @ and try again.",
    ),
    "blocked-port": ("The address asks for a port that web pages do not use.", _CHECK),
    "blocked-private": ("The address leads into a private network, not to a public page.", _CHECK),
    "blocked-size": ("The page is larger than what can be captured.", _PHOTOGRAPH),
    "blocked-time": ("The page took too long to come.", _AGAIN),
    "blocked-encoding": ("The page is packed in a way that cannot be recorded.", _PHOTOGRAPH),
    "unresolved": ("No site answers to that name.", _CHECK),
    "unreachable": ("The site did not answer.", _AGAIN),
    "certificate": ("The site could not prove who it is.", _PHOTOGRAPH),
    "login-wall": ("The site shows this page only to people with an account.", _PHOTOGRAPH),
    "not-found": ("The page does not exist, or does not exist any more.", _CHECK),
    "forbidden": ("The site does not let this server see the page.", _PHOTOGRAPH),
    "server-error": ("The site had a fault of its own.", _AGAIN),
    "empty": ("The page came with nothing on it.", _PHOTOGRAPH),
    "not-a-page": ("The address is a file to download, not a page.", "Download the file and hand it in."),
    "too-slow": ("The page could not be captured in the time it is given.", _AGAIN),
    "crashed": ("The page made the browser fail.", _PHOTOGRAPH),
    "no-browser": ("The browser that captures pages did not start.", "Tell whoever runs this server."),
    "unfinished": ("The archive of the page could not be written or does not check.", _AGAIN),
}

# What a capture that is kept has to say of itself.
NOTES = {
    "redirected": "The address led to another one; both are recorded.",
    "mixed": "The page is encrypted, parts of it came unencrypted.",
    "incomplete": "Something that the page asked for did not come.",
    "cut-load": "The page had not finished loading when its time was over.",
    "cut-endless": "The page goes on further down than what was captured.",
    "scripts-stopped": "The page's program did not let go of the browser and was stopped.",
    "moved": "The page went on to another address while it was photographed.",
    "dialogs": "The page opened dialogs; they were dismissed.",
    "popups": "The page opened windows; they were closed.",
    "download-refused": "The page offered a file to download; it was not taken.",
    "no-screenshot": "The page could not be photographed.",
    "no-pdf": "The page could not be printed.",
    "blocked-private": "The page asked for addresses inside a private network; they were not visited.",
    "blocked-port": "The page asked for ports that web pages do not use; they were not visited.",
    "blocked-credentials": "The page asked for addresses with a password in them; they were not visited.",
    "blocked-size": "Something that the page asked for was too large and was cut.",
    "blocked-time": "Something that the page asked for came too slowly and was cut.",
    "blocked-encoding": "Something that the page asked for was packed in a way that cannot be recorded.",
    "blocked-count": "The page asked for more things than are captured of one page.",
    "blocked-websocket": "The page asked for a live connection; it was not given.",
    "blocked-worker": "The page asked to stay in the browser; it was not let.",
}


class CaptureError(ResguardoError):
    """A page is not in evidence. `code` is one of SENTENCES; no address is ever in the text."""

    def __init__(self, code: str) -> None:
        what, remedy = SENTENCES[code]
        super().__init__(what, kept="Nothing was kept of the page.", remedy=remedy)
        self.code = code


class Refused(CaptureError):
    """The address may not be fetched: nothing was asked of anybody."""


class NotArchived(CaptureError):
    """The page was asked for, and what came is not the page: nothing of it is evidence."""
