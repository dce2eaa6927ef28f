"""Keeping what is stored: read back soon after, a second copy of every item, rounds that read each one again.

Reading needs no key: a stored object is checked by its sealed digest. What is damaged is named in the log
and on the pages, and restored where the second copy is whole. The first time an item is found whole, by its
inspection or by a round, the history says so.
"""

from __future__ import annotations

import logging
import shutil
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from resguardo import __version__
from resguardo.cases import commands as cases
from resguardo.evidence import digests, storage
from resguardo.evidence.digests import PIECE, Reading
from resguardo.evidence.models import Item
from resguardo.evidence.storage import Store
from resguardo.jobs.commands import handles
from resguardo.people.holder import system

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
    if second is not None and not digests.whole(second, name, row):
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


@handles("fixity", every=timedelta(minutes=10), lease=LEASE)
def fixity_job(at: datetime) -> None:
    """Read again what was not looked at for a month, first what never was; what is damaged, every day."""
    due = Q(looked_at=None) | Q(looked_at__lt=at - ROUND) | Q(damaged=True, looked_at__lt=at - AGAIN)
    rows = Item.objects.exclude(case=None).filter(due).select_related("case")
    for item in rows.order_by(F("looked_at").asc(nulls_first=True))[:AT_ONCE]:
        look(item, at)


def look(item: Item, at: datetime) -> bool:
    """Read one item's stored bytes, and note whether they are what was sealed, as they are or restored."""
    try:
        found = digests.read(storage.store(), storage.name(item.pk), item)
    except FileNotFoundError:
        found = None
    return note(item, found, at)


def note(item: Item, found: Reading | None, at: datetime) -> bool:
    """Keep what a reading of `item` found (nothing: it is gone); true when its stored bytes are whole now.

    They are restored from the second copy when they are not what was sealed. The first time they are, it is
    written into the history.
    """
    if found is None or not found.whole:
        found = restore(item)
        log.error("item %s is damaged%s", item.pk, "; restored from the second copy" if found else "")
    if found:
        read_back(item, found, at)
    Item.objects.filter(pk=item.pk).update(looked_at=at, damaged=found is None)
    return found is not None


@transaction.atomic
def read_back(item: Item, found: Reading, at: datetime) -> None:
    """Write that what storage holds of `item` was read back and is whole, and its SHA-256; once."""
    assert item.case is not None
    cases.lock(item.case)
    if Item.objects.filter(pk=item.pk, sealed_sha256="").update(sealed_sha256=found.sealed_sha256):
        about = {
            "item": str(item.pk),
            "sealed_sha256": found.sealed_sha256,
            "tool": f"resguardo {__version__}",
        }
        cases.append(item.case, "item-read-back", system(), at, about=about)


def restore(item: Item) -> Reading | None:
    """Put the second copy in the place of a damaged object, where there is one and it is whole."""
    second, name = storage.replica(), storage.name(item.pk)
    if second is None or not digests.whole(second, name, item):
        return None
    copy(second, storage.store(), name)
    found = digests.read(storage.store(), name, item)
    return found if found.whole else None
