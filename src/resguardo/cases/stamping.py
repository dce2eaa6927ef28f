"""Trusted time: every configured authority stamps the newest checkpoints, through the outbox."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from resguardo.cases.models import Checkpoint, Stamp
from resguardo.core import stamp
from resguardo.jobs.commands import handles


@dataclass(frozen=True)
class Authority:
    """An RFC 3161 authority: its address, and the certificates (PEM) that its stamps are checked with."""

    address: str
    certificates: bytes


def authorities() -> list[Authority]:
    """The configured authorities; RESGUARDO_TSA names each as ADDRESS=FILE.pem."""
    pairs = (entry.rpartition("=") for entry in settings.TSA)
    return [Authority(address, Path(pem).read_bytes()) for address, _, pem in pairs]


@handles("stamp")
def stamp_job(at: datetime, checkpoint: int, authority: str, timeout: float = 20) -> None:
    """Have one authority stamp one checkpoint; nothing, when it already has."""
    row = Checkpoint.objects.get(pk=checkpoint)
    if row.stamps.filter(authority=authority).exists():
        return
    certificates = next(a.certificates for a in authorities() if a.address == authority)
    token = stamp.fetch(authority, row.note.encode(), timeout)
    when = stamp.check(token, row.note.encode(), certificates)
    Stamp.objects.get_or_create(checkpoint=row, authority=authority, defaults={"at": when, "token": token})
