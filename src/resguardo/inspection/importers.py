"""One door to every reader of messages: what a file is, is decided by what is in it, never by its name."""

from __future__ import annotations

from typing import BinaryIO

from resguardo.inspection import downloads, mail, whatsapp, whatsapp_zip
from resguardo.inspection.conversation import Conversation
from resguardo.inspection.limits import SNIFF, Budget, open_archive, read_text
from resguardo.inspection.mail import Mail

ZIP = (b"PK\x03\x04", b"PK\x05\x06")
BLANK = b" \t\r\n\xef\xbb\xbf"


def read_conversations(name_hint: str, media_type: str, src: BinaryIO) -> list[Conversation | Mail]:
    """The conversations or the e-mail in `src`, which can be sought; empty when it has none that we read.

    WhatsApp (text, ZIP), Facebook, Instagram and TikTok (JSON, ZIP) and `.eml`. `name_hint` gives no more
    than a title, and `media_type`, which whoever sends a file chooses, gives nothing. At most 64 MB of
    text and 200,000 messages are read. Raises InspectionError when it has them but cannot be read.
    """
    src.seek(0)
    start, _ = read_text(src, Budget(SNIFF))
    src.seek(0)
    if start.startswith(ZIP):
        return [*_in_archive(name_hint, src)]
    budget = Budget()
    if start.lstrip(BLANK).startswith(b"{"):
        data, cut = read_text(src, budget)
        values = downloads.known(data, cut)
        return [] if values is None else [*downloads.read_values(values, data, budget)]
    if mail.looks_like_mail(start):
        return [mail.read_mail(src, budget)]
    if whatsapp.looks_like_chat(start):
        data, cut = read_text(src, budget)
        return [whatsapp.read_chat(data, name=name_hint, budget=budget, cut=cut)]
    return []


def _in_archive(name: str, src: BinaryIO) -> list[Conversation]:
    with open_archive(src) as archive:
        return whatsapp_zip.read_export(archive, name, Budget()) or downloads.read_download(archive, Budget())
