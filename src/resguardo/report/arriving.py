"""Her uploads: what is here of each, and the moment one that is whole becomes a file of her draft or case."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from resguardo.core.age import Identity
from resguardo.evidence import commands as evidence
from resguardo.evidence import uploads
from resguardo.evidence.errors import Altered, EvidenceError
from resguardo.evidence.models import Upload
from resguardo.report import commands, papers
from resguardo.report.papers import Sheet

Entry = dict[str, Any]


def unfinished(sheet: Sheet, now: datetime) -> list[Entry]:
    """Uploads that broke off: what of each is here already, and what her browser needs to go on."""
    begun = {entry["upload"]: entry for entry in sheet.content.get("uploads", ())}
    rows = Upload.objects.filter(pk__in=begun, expires__gt=now)
    return [
        {**begun[str(row.pk)], "done": 100 * row.offset // max(1, row.size), "ends": row.expires}
        for row in rows
    ]


def keep_whole(request: HttpRequest, sheet: Sheet, now: datetime) -> None:
    """Seal what arrived whole and was not sealed yet: a process died in between. Nothing received is lost."""
    for entry in unfinished(sheet, now):
        if entry["done"] == 100:
            try:
                keep(request, sheet, entry, now)
            except EvidenceError:
                continue


def drop(request: HttpRequest, sheet: Sheet, upload: uuid.UUID, now: datetime) -> None:
    """Take an upload back: its place in her paper, then its bytes; another's is let be."""
    with papers.changing(request, sheet.kind, now) as held:
        there = held is not None and commands.drop_upload(held, str(upload))
    if there:
        uploads.end(upload)


def keep(request: HttpRequest, sheet: Sheet, entry: Entry, now: datetime) -> None:
    """Seal a whole upload as a file of her draft or case, once; a second call finds it done.

    Raises Altered when it is not what her device declared: then it is gone, to be sent anew.
    """
    upload = uuid.UUID(entry["upload"])
    try:
        received = uploads.finish(upload, Identity.parse(entry["identity"]), entry["name"], now)
    except Altered:
        drop(request, sheet, upload, now)
        raise
    with papers.changing(request, sheet.kind, now) as held:
        kept = held is not None and commands.drop_upload(held, str(upload))
        if kept and held is not None:
            held.content.setdefault("whole", {})[str(upload)] = entry["size"]
            if sheet.kind == "draft":
                commands.keep_file(held, received, entry["note"])
            else:
                case, holder = commands.opened_by(held)
                evidence.attach(case, received, holder, now, entry["note"])
    if kept:
        uploads.end(upload)
    else:
        evidence.discard([received.item])
