"""What a file is, told from its first bytes alone; nothing is parsed here.

Programs, web pages and drawings that can carry scripts are not accepted: whoever opens evidence must not
be harmed by it. Source: the formats' own signatures (RFC 9110 names, IANA media types).
"""

from __future__ import annotations

HEAD = 512

SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (8, b"WAVE", "audio/wav"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypheix", "image/heic"),
    (4, b"ftypmif1", "image/heif"),
    (4, b"ftypavif", "image/avif"),
    (4, b"ftypM4A", "audio/mp4"),
    (4, b"ftypqt", "video/quicktime"),
    (4, b"ftyp3g", "video/3gpp"),
    (4, b"ftyp", "video/mp4"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
    (0, b"OggS", "audio/ogg"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\xff\xf3", "audio/mpeg"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"PK\x03\x04", "application/zip"),
)
NOT_TEXT = (b"<!doctype", b"<html", b"<svg", b"<?xml", b"<script", b"#!")


def media_type(head: bytes) -> str | None:
    """The media type of a file that begins with `head` (up to 512 bytes), or None if not accepted."""
    for at, sign, name in SIGNATURES:
        if head[at : at + len(sign)] == sign:
            return name
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:16].lower()
    if start.startswith(NOT_TEXT) or any(byte < 9 or 13 < byte < 32 for byte in head):
        return None
    for cut in range(4):
        try:
            head[: len(head) - cut].decode()
        except UnicodeDecodeError:
            continue
        return "text/plain"
    return None
