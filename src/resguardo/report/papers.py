"""Opening and keeping her drafts and visits.

The row holds a ciphertext; the cookie holds its place and its key; the server keeps no key. A draft lives
24 hours after its last change, a visit 30 minutes. Source: design, part 5; UX, "quick exit".
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from resguardo.core.vault import WrongKey, open_with_key, seal_with_key
from resguardo.jobs.commands import handles
from resguardo.report.models import Paper

COOKIE = "p"
LIFE = {"draft": timedelta(hours=24), "visit": timedelta(minutes=30)}
SHAPE = re.compile(r"([0-9a-f]{32})\.([0-9a-f]{64})")


@dataclass
class Sheet:
    """A paper, opened: what she wrote, for this request only."""

    id: str
    kind: str
    key: bytes = field(repr=False)
    content: dict[str, Any] = field(repr=False)

    @property
    def form_token(self) -> str:
        """What her forms carry, so that no other site can post in her name."""
        return hmac.digest(self.key, b"form", hashlib.sha256).hex()[:32]

    def cookie(self) -> str:
        return f"{self.id}.{self.key.hex()}"


def begin(kind: str, content: dict[str, Any], at: datetime) -> Sheet:
    """A new paper; `hand_over` gives her its key."""
    sheet = Sheet(secrets.token_hex(16), kind, secrets.token_bytes(32), content)
    Paper.objects.create(id=sheet.id, kind=kind, sealed=_sealed(sheet), touched_at=at)
    return sheet


def hand_over(response: HttpResponse, sheet: Sheet) -> None:
    """Put the key into her cookie."""
    response.set_cookie(
        COOKIE,
        sheet.cookie(),
        max_age=LIFE[sheet.kind],
        httponly=True,
        samesite="Strict",
        secure=settings.HTTPS,
    )


def opened(request: HttpRequest, kind: str, at: datetime) -> Sheet | None:
    """Her paper of `kind`, or None when there is none, it is too old, or the key does not open it."""
    return _open(request, kind, at, Paper.objects.all())


def _open(request: HttpRequest, kind: str, at: datetime, papers: Any) -> Sheet | None:
    match = SHAPE.fullmatch(request.COOKIES.get(COOKIE, ""))
    if match is None:
        return None
    paper = papers.filter(pk=match[1], kind=kind, touched_at__gt=at - LIFE[kind]).first()
    if paper is None:
        return None
    key = bytes.fromhex(match[2])
    try:
        content = open_with_key(key, bytes(paper.sealed), kind + paper.pk)
    except WrongKey:
        return None
    return Sheet(paper.pk, kind, key, json.loads(content))


@contextmanager
def changing(request: HttpRequest, kind: str, at: datetime) -> Iterator[Sheet | None]:
    """Her paper, held by a lock until the block ends, and then kept as the block left it.

    Two tabs that send at once come one after the other.
    """
    with transaction.atomic():
        sheet = _open(request, kind, at, Paper.objects.select_for_update())
        yield sheet
        if sheet is not None:
            Paper.objects.filter(pk=sheet.id).update(sealed=_sealed(sheet), touched_at=at)


def _sealed(sheet: Sheet) -> bytes:
    content = json.dumps(sheet.content, ensure_ascii=False).encode()
    return seal_with_key(sheet.key, content, sheet.kind + sheet.id)


def forget(request: HttpRequest) -> None:
    """Delete the row that her cookie names; without it the cookie opens nothing."""
    match = SHAPE.fullmatch(request.COOKIES.get(COOKIE, ""))
    if match is not None:
        Paper.objects.filter(pk=match[1]).delete()


@handles("forget-old-papers", every=timedelta(hours=1))
def forget_old(at: datetime) -> None:
    """Delete drafts and visits whose time is over."""
    for kind, life in LIFE.items():
        Paper.objects.filter(kind=kind, touched_at__lt=at - life).delete()
