"""Resumable uploads of her files: the tus 1.0 protocol over a draft or a visit.

Creation, expiration, checksum, termination. Her cookie opens the paper that holds the key of each upload;
an address names nothing of hers. Source: tus resumable upload protocol 1.0.0 (tus.io).
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import Callable
from datetime import datetime
from email.utils import format_datetime
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext

from resguardo.core.age import Identity
from resguardo.evidence import uploads
from resguardo.evidence.errors import (
    Altered,
    EvidenceError,
    NoRoom,
    NoSuchUpload,
    OutOfStep,
    OverQuota,
    TooBig,
    WrongKind,
)
from resguardo.evidence.models import Upload
from resguardo.evidence.queries import held_bytes
from resguardo.report import arriving, commands, papers
from resguardo.report.papers import Sheet
from resguardo.report.views import hers, same_site
from resguardo.site.templatetags.words import say

VERSION = "1.0.0"
HEADERS = {
    "Tus-Resumable": VERSION,
    "Tus-Version": VERSION,
    "Tus-Extension": "creation,expiration,checksum,termination",
    "Tus-Checksum-Algorithm": ",".join(uploads.CHECKSUMS),
}
STATUS: dict[type[EvidenceError], int] = {
    TooBig: 413,
    OverQuota: 413,
    WrongKind: 415,
    NoRoom: 507,
    NoSuchUpload: 404,
    OutOfStep: 409,
    Altered: 460,
}
NAME_LIMIT, NOTE_LIMIT = 300, 2000
View = Callable[..., HttpResponse]


def said(status: int, text: str = "", **headers: str) -> HttpResponse:
    """An answer of the protocol; `text` is for people."""
    response = HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
    for name, value in {**HEADERS, "Tus-Max-Size": str(settings.FILE_LIMIT)}.items():
        response.headers[name] = value
    for name, value in headers.items():
        response.headers[name.replace("_", "-")] = value
    return response


def over_her_paper(view: View) -> View:
    """Only from our own page, in our version of the protocol, with a draft or visit that her cookie opens."""

    @wraps(view)
    def inner(request: HttpRequest, **ids: Any) -> HttpResponse:
        if request.method == "OPTIONS":
            return said(204)
        if not same_site(request) or request.headers.get("Tus-Resumable") != VERSION:
            return said(412)
        now = timezone.now()
        sheet = papers.opened(request, "visit", now) or papers.opened(request, "draft", now)
        if sheet is None or "receipt" in sheet.content:
            return said(410, gettext("This page was open for too long. Open it again."))
        try:
            response = view(request, sheet, now, **ids)
        except EvidenceError as error:
            response = said(STATUS.get(type(error), 400), " ".join(say(error)))
        papers.hand_over(response, sheet)
        return response

    return hers(inner)


def metadata(header: str) -> dict[str, str]:
    """Read an Upload-Metadata header: keys, and values in base64."""
    found = {}
    for pair in header.split(",")[:16]:
        name, _, value = pair.strip().partition(" ")
        try:
            found[name] = base64.b64decode(value, validate=True).decode("utf-8", "replace")
        except ValueError:
            continue
    return found


@over_her_paper
def create(request: HttpRequest, sheet: Sheet, now: datetime) -> HttpResponse:
    """Begin an upload: its size, name, and what her device hashed it to."""
    if request.method != "POST":
        return said(405)
    length = request.headers.get("Upload-Length", "")
    if not (length.isascii() and length.isdigit()) or len(length) > 15:
        return said(400)
    about = metadata(request.headers.get("Upload-Metadata", ""))
    declared = about.get("sha256", "").lower()
    if declared and (len(declared) != 64 or not set(declared) <= set("0123456789abcdef")):
        return said(400)
    identity = Identity.generate()
    row = uploads.begin(identity, int(length), declared, _held(sheet), now)
    entry = {
        "upload": str(row.pk),
        "identity": identity.text(),
        "name": about.get("filename", "")[:NAME_LIMIT],
        "note": about.get("note", "")[:NOTE_LIMIT],
        "size": row.size,
    }
    with papers.changing(request, sheet.kind, now) as held:
        if held is not None:
            held.content.setdefault("uploads", []).append(entry)
    return said(201, Location=f"/contar/subidas/{row.pk}/", **_ends(row))


def _held(sheet: Sheet) -> int:
    """How many bytes she has here already."""
    begun = sum(entry["size"] for entry in sheet.content.get("uploads", ()))
    sent = sum(entry["size"] for entry in sheet.content.get("files", ()))
    case = held_bytes(commands.opened_by(sheet)[0]) if sheet.kind == "visit" else 0
    return int(begun + sent + case)


def _ends(row: Upload) -> dict[str, str]:
    return {"Upload_Expires": format_datetime(row.expires, usegmt=True)}


@over_her_paper
def one(request: HttpRequest, sheet: Sheet, now: datetime, upload: uuid.UUID) -> HttpResponse:
    """Where an upload is, its next piece, or its end."""
    entry = next((e for e in sheet.content.get("uploads", ()) if e["upload"] == str(upload)), None)
    if entry is None:
        size = sheet.content.get("whole", {}).get(str(upload))
        if size is None or request.method != "HEAD":
            raise NoSuchUpload()
        return said(200, Upload_Offset=str(size), Upload_Length=str(size))
    if request.method == "HEAD":
        row = uploads.find(upload, now)
        if row.offset == row.size:
            arriving.keep(request, sheet, entry, now)
        return said(200, Upload_Offset=str(row.offset), Upload_Length=str(row.size), **_ends(row))
    if request.method == "DELETE":
        arriving.drop(request, sheet, upload, now)
        return said(204)
    if request.method != "PATCH":
        return said(405)
    return _patch(request, sheet, entry, now)


def _patch(request: HttpRequest, sheet: Sheet, entry: dict[str, Any], now: datetime) -> HttpResponse:
    if request.content_type != "application/offset+octet-stream":
        return said(415)
    offset, check = request.headers.get("Upload-Offset", ""), request.headers.get("Upload-Checksum")
    checksum = uploads.Checksum.parse(check) if check else None
    if not (offset.isascii() and offset.isdigit()) or len(offset) > 15 or (check and checksum is None):
        return said(400)
    upload = uuid.UUID(entry["upload"])
    reached = uploads.put(upload, int(offset), request.read, checksum, now)
    if reached == entry["size"]:
        arriving.keep(request, sheet, entry, now)
        return said(204, Upload_Offset=str(reached))
    with papers.changing(request, sheet.kind, now):
        """Her paper lives on while she sends."""
    return said(204, Upload_Offset=str(reached), **_ends(uploads.find(upload, now)))
