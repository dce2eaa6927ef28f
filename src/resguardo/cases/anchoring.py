"""OpenTimestamps as an option: once a day the newest checkpoint is anchored by public calendars, in Bitcoin.

Only the SHA-256 of the checkpoint leaves this machine. An anchor is whole some hours later, when a calendar
says in which block it stands; `ots verify` of anybody checks that.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from django.conf import settings

from resguardo.cases.models import Anchor, Checkpoint
from resguardo.core import anchors
from resguardo.jobs.commands import handles

TIMEOUT = 20.0


@handles("anchor", every=timedelta(days=1))
def anchor_job(at: datetime) -> None:
    """Anchor the newest checkpoint; nothing, where no calendar is configured or it is anchored already.

    Raises AnchorError when no calendar answers.
    """
    newest = Checkpoint.objects.order_by("size").last()
    if not settings.CALENDARS or newest is None or Anchor.objects.filter(checkpoint=newest).exists():
        return
    digest = hashlib.sha256(newest.note.encode()).digest()
    proof = anchors.submit(digest, settings.CALENDARS, TIMEOUT)
    Anchor.objects.get_or_create(checkpoint=newest, defaults={"proof": proof, "at": at})


@handles("upgrade-anchors", every=timedelta(hours=6))
def upgrade_job(at: datetime) -> None:
    """Ask the calendars for what they did not know yet; one that is away is asked the next time."""
    for row in Anchor.objects.filter(whole=False):
        try:
            proof, whole = anchors.upgrade(bytes(row.proof), settings.CALENDARS, TIMEOUT)
        except anchors.AnchorError:
            continue
        Anchor.objects.filter(pk=row.pk).update(proof=proof, whole=whole)
