"""What a file is: libmagic's opinion of its first 64 KiB, corrected by the format's own signature.

The names are those of `evidence.kinds`; what is not among them is named by libmagic and not accepted.
Source: file(1) 5.4x with pylibmagic's database; the formats' signatures (ISO 14496-12 brands, RFC 9110).
"""

from __future__ import annotations

import pylibmagic  # noqa: F401  (must come before magic: it tells it where the library is)

import magic  # isort: skip

HEAD = 64 * 1024
UNKNOWN = "application/octet-stream"
EMPTY = "inode/x-empty"

SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
    (0, b"OggS", "audio/ogg"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"PK\x05\x06", "application/zip"),
)
BRANDS: tuple[tuple[bytes, str], ...] = (
    (b"heic", "image/heic"),
    (b"heix", "image/heic"),
    (b"hevc", "image/heic"),
    (b"heim", "image/heic"),
    (b"heis", "image/heic"),
    (b"avif", "image/avif"),
    (b"avis", "image/avif"),
    (b"mif1", "image/heif"),
    (b"msf1", "image/heif"),
    (b"M4A ", "audio/mp4"),
    (b"M4B ", "audio/mp4"),
    (b"qt  ", "video/quicktime"),
    (b"3g", "video/3gpp"),
)
SYNONYMS = {
    "application/ogg": "audio/ogg",
    "audio/3gpp": "video/3gpp",
    "audio/x-m4a": "audio/mp4",
    "audio/x-wav": "audio/wav",
    "audio/AMR": "audio/amr",
    "audio/mpegapplication/octet-stream": "audio/mpeg",
    "image/heic-sequence": "image/heic",
    "image/heif-sequence": "image/heif",
    "video/3gpp2": "video/3gpp",
    "video/ogg": "audio/ogg",
    "video/x-m4v": "video/mp4",
    "video/x-matroska": "video/webm",
}
# One container with many names, which libmagic and the brand may put in different words.
BOXES = {"image/heic", "image/heif", "image/avif", "audio/mp4", "video/mp4", "video/quicktime", "video/3gpp"}
ZIPPED = ("application/vnd.", "application/java-archive", "application/epub+zip", "application/x-zip")
WRITTEN = (
    "text/",
    "application/json",
    "application/csv",
    "application/x-ndjson",
    "message/",
    "application/mbox",
)
NOT_TEXT = (b"<!doctype", b"<html", b"<svg", b"<?xml", b"<script", b"<?php", b"#!", b"#extm3u", b"ffconcat")
PROGRAMS = {
    "text/html",
    "text/xml",
    "text/x-php",
    "text/x-shellscript",
    "text/x-msdos-batch",
}

_libmagic = magic.Magic(mime=True)


def signed(head: bytes) -> str | None:
    """The accepted media type that the signature of `head` claims, or None."""
    for at, sign, name in SIGNATURES:
        if head[at : at + len(sign)] == sign:
            return name
    if head[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _boxed(head)
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2:
        return "audio/mpeg"
    return None


def _boxed(head: bytes) -> str:
    """The media type of an ISO base media file: its major brand, or a compatible one for mif1."""
    size = min(int.from_bytes(head[:4], "big"), 256)
    if head[8:12] in (b"mif1", b"msf1"):
        others = [head[at : at + 4] for at in range(16, size - 3, 4)]
        return next((name for brand, name in BRANDS[:7] if brand in others), "image/heif")
    return next((name for brand, name in BRANDS if head[8:12].startswith(brand)), "video/mp4")


def told(head: bytes) -> str:
    """libmagic's media type for `head`, in the words of `evidence.kinds` where they differ."""
    try:
        name = _libmagic.from_buffer(head)
    except magic.MagicException:
        return UNKNOWN
    if name.startswith(ZIPPED) and head[:2] == b"PK":
        return "application/zip"
    return SYNONYMS.get(name, name)


def is_text(head: bytes, opinion: str) -> bool:
    """Whether `head` is plain UTF-8 text and neither a page, a program nor a playlist."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:16].lower()
    if not opinion.startswith(WRITTEN) or opinion in PROGRAMS or start.startswith(NOT_TEXT):
        return False
    for cut in range(min(4, len(head))):
        try:
            head[: len(head) - cut].decode()
        except UnicodeDecodeError:
            continue
        return True
    return False


def tell(head: bytes) -> tuple[str, bool, bool]:
    """The media type of a file that begins with `head`, whether it is accepted, and whether it is doubtful.

    It is doubtful when libmagic knows it for something else than its signature says.
    """
    if not head:
        return EMPTY, False, False
    sign, opinion = signed(head), told(head)
    if sign:
        same = opinion in (sign, UNKNOWN) or {sign, opinion} <= BOXES
        return sign, True, not same
    if is_text(head, opinion):
        return "text/plain", True, False
    return opinion, False, False
