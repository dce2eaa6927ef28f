"""Keeping what is stored: a second copy of every item of a case, and rounds that read each one again.

Rounds need no key: a stored object is checked by its sealed digest. What is damaged is named in the log
and on the pages, and restored where the second copy is whole.
"""

from __future__ import annotations

import hashlib
import logging
import shutil
import uuid
from datetime import datetime, timedelta

from django.db.models import F, Q

from resguardo.evidence import storage
from resguardo.evidence.models import Item
from resguardo.evidence.storage import Store
from resguardo.jobs.commands import handles

PIECE = 1024 * 1024
ROUND, AGAIN = timedelta(days=30), timedelta(days=1)
AT_ONCE = 100
LEASE = timedelta(minutes=30)

log = logging.getLogger("resguardo.evidence")


@handles("keep-item", lease=LEASE)
def keep_job(at: datetime, item: str) -> None:
    """Copy one item to the second place, and lock it where the store can; nothing when that is done."""
    row = Item.objects.filter(pk=item).exclude(case=None).first()
    if row is None:
        return
    name, second = storage.name(row.pk), storage.replica()
    if second is not None and digest(second, name) != row.sealed_sha256:
        copy(storage.store(), second, name)
    for store in (storage.store(), second):
        hold = getattr(store, "hold", None)
        if hold is not None:
            hold(name, at)


def copy(source: Store, target: Store, name: str) -> None:
    """Copy an object, replacing what is there."""
    target.delete(name)
    with source.reading(name) as src, target.writing(name) as out:
        shutil.copyfileobj(src, out, PIECE)


def digest(store: Store, name: str) -> str:
    """SHA-256 of a stored object, in hex; empty when it is gone."""
    found = hashlib.sha256()
    try:
        with store.reading(name) as src:
            while piece := src.read(PIECE):
                found.update(piece)
    except FileNotFoundError:
        return ""
    return found.hexdigest()


@handles("fixity", every=timedelta(minutes=10), lease=LEASE)
def fixity_job(at: datetime) -> None:
    """Read again what was not looked at for a month, oldest first; what is damaged, every day."""
    due = Q(looked_at=None) | Q(looked_at__lt=at - ROUND) | Q(damaged=True, looked_at__lt=at - AGAIN)
    rows = Item.objects.exclude(case=None).filter(due)
    for item in rows.order_by(F("looked_at").asc(nulls_first=True))[:AT_ONCE]:
        look(item, at)


def look(item: Item, at: datetime) -> bool:
    """Read one item's stored bytes; restore them from the second copy when they are not what was sealed."""
    name = storage.name(item.pk)
    whole = digest(storage.store(), name) == item.sealed_sha256
    if not whole:
        whole = restore(item.pk, item.sealed_sha256)
        log.error("item %s is damaged%s", item.pk, "; restored from the second copy" if whole else "")
    Item.objects.filter(pk=item.pk).update(looked_at=at, damaged=not whole)
    return whole


def restore(item: uuid.UUID, sealed_sha256: str) -> bool:
    """Put the second copy in the place of a damaged object, where there is one and it is whole."""
    second, name = storage.replica(), storage.name(item)
    if second is None or digest(second, name) != sealed_sha256:
        return False
    copy(second, storage.store(), name)
    return digest(storage.store(), name) == sealed_sha256
