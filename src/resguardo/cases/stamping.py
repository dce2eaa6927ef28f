"""Trusted time: every configured authority stamps the newest checkpoints, through the outbox."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings

from resguardo.cases.models import Checkpoint, Stamp
from resguardo.core import stamp
from resguardo.jobs.commands import handles

EARLY = timedelta(days=60)
AT_ONCE = 500


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
    if row.stamps.filter(authority=authority, renews=None).exists():
        return
    token = asked(authority, row.note.encode(), timeout)
    Stamp.objects.get_or_create(checkpoint=row, authority=authority, renews=None, defaults=token)


def asked(authority: str, data: bytes, timeout: float) -> dict[str, Any]:
    """What `authority` answers for `data`: the token, its time, and when its certificates end.

    Raises StampError.
    """
    certificates = next(a.certificates for a in authorities() if a.address == authority)
    token = stamp.fetch(authority, data, timeout)
    when = stamp.check(token, data, certificates)
    return {"token": token, "at": when, "good_until": stamp.good_until(token, certificates)}


def stamped_text(row: Stamp) -> bytes:
    """What `row` is a stamp of: the checkpoint, or the checkpoint followed by the token it renews."""
    note = row.checkpoint.note.encode()
    return note if row.renews is None else note + bytes(row.renews.token)


@handles("renew-stamps", every=timedelta(days=1))
def renew_job(at: datetime) -> None:
    """Have stamps whose certificates end soon stamped again, by whichever authority answers.

    The new token covers the checkpoint and the old token, so that it shows the old one to have been there
    while its certificate was good. Source: RFC 4998 (renewal of time stamps).
    """
    learn_ends()
    ending = Stamp.objects.filter(good_until__lt=at + EARLY, renewals=None).select_related("checkpoint")
    for row in ending[:AT_ONCE]:
        for authority in authorities():
            try:
                data = row.checkpoint.note.encode() + bytes(row.token)
                made = asked(authority.address, data, 20)
            except stamp.StampError:
                continue
            if made["good_until"] > row.good_until:
                Stamp.objects.create(
                    checkpoint=row.checkpoint, authority=authority.address, renews=row, **made
                )
                break


def learn_ends() -> None:
    """Read when the certificates of stamps end that were taken before that was noted."""
    known = {authority.address: authority.certificates for authority in authorities()}
    for row in Stamp.objects.filter(good_until=None, authority__in=known)[:AT_ONCE]:
        row.good_until = stamp.good_until(bytes(row.token), known[row.authority])
        row.save(update_fields=["good_until"])
