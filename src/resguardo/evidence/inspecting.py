"""Looking at what came in: what it is, its own times and marks, small views of it, the talk in it.

Done by the worker, in a cage, once for each file; what is found is sealed to the group `evidence`, which the
worker cannot open. The same reading tells whether storage holds what was sealed. A file in which a minor may
be seen is never looked at (rule R13).
"""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.db import transaction

from resguardo import __version__
from resguardo.cases import beside
from resguardo.cases import commands as cases
from resguardo.evidence import keeping, storage, worker
from resguardo.evidence.commands import MINOR, minor
from resguardo.evidence.digests import PIECE, Reading
from resguardo.evidence.models import Errand, Item
from resguardo.inspection import sandbox
from resguardo.jobs.commands import handles
from resguardo.people.holder import Holder, system

INSPECT = "inspect-item"
VIEWS, TALK = "views", "talk"
TRIES = 3
LEASE = timedelta(minutes=10)
GIVEN_UP = {"failed": "given-up"}


@contextmanager
def on_a_disk(item: uuid.UUID, reading: Reading | None = None) -> Iterator[BinaryIO]:
    """The sealed bytes of `item` as a real file; from an object store they are copied, still sealed.

    `reading`, where it is given, takes all of them on the way.
    """
    with storage.reading(item) as src:
        try:
            src.fileno()
        except OSError:
            pass
        else:
            take(src, reading)
            yield src
            return
        spool = Path(settings.DATA) / "spool"
        spool.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=spool) as copy:
            while piece := src.read(PIECE):
                copy.write(piece)
                if reading is not None:
                    reading.update(piece)
            copy.flush()
            os.lseek(copy.fileno(), 0, os.SEEK_SET)
            yield copy  # type: ignore[misc]


def take(src: BinaryIO, reading: Reading | None) -> None:
    """Have `reading` take all of a file, which is at its beginning again when this returns."""
    if reading is not None:
        reading.take(src)
        src.seek(0)


@handles(INSPECT, lease=LEASE)
def inspect_job(at: datetime, errand: str) -> None:
    """Look at one item; nothing, when that is done or may not be done any more."""
    row = Errand.objects.filter(pk=errand).select_related("item__case").first()
    if row is None:
        return
    assert row.item is not None
    if minor(row.case, str(row.item.pk)):
        row.delete()
        return
    Errand.objects.filter(pk=row.pk).update(tries=row.tries + 1)
    # The third time a worker may have died of it: it is said, and not tried again.
    found = look(row.item, worker.opened(row), at) if row.tries < TRIES else GIVEN_UP
    keep(row, found, at)


def look(item: Item, needed: dict[str, Any], at: datetime) -> dict[str, Any]:
    """What the cage says of `item`, and the conversations in it; first it is noted that it was read back."""
    reading = Reading(item)
    with on_a_disk(item.pk, reading) as sealed:
        keeping.note(item, reading, at)
        if reading.whole:
            return inside(sealed, needed)
    # It is damaged, or restored from the second copy meanwhile.
    with on_a_disk(item.pk) as sealed:
        return inside(sealed, needed)


def inside(sealed: BinaryIO, needed: dict[str, Any]) -> dict[str, Any]:
    """What the cage says of a sealed file."""
    found = sandbox.look(sealed, needed["identity"])
    talk = sandbox.read(sealed, needed["identity"], needed.get("name", ""))
    return {**found, "talk": talk.get("conversations", []), "talk_failed": talk.get("failed", "")}


@transaction.atomic
def keep(errand: Errand, found: dict[str, Any], at: datetime) -> None:
    """Seal what was found, write that it was looked at, and forget the key: all of it, or nothing.

    A file that was marked meanwhile keeps nothing.
    """
    if not Errand.objects.select_for_update().filter(pk=errand.pk).delete()[0]:
        return
    item = str(errand.item_id)
    if minor(errand.case, item):
        return
    about = {"item": item, "tool": f"resguardo {__version__}", "result": found.get("failed", "done")}
    previews, talk = found.pop("previews", []), found.pop("talk", [])
    content = {"item": item, "talks": len(talk), "views": len(previews), **found}
    seals = {"evidence": ("inspection", content)}
    cases.append(errand.case, "item-inspected", system(), at, about=about, seals=seals)
    for kind, made in ((VIEWS, previews), (TALK, talk)):
        if made:
            beside.keep(errand.case, "evidence", item, kind, {"item": item, kind: made}, at)


@transaction.atomic
def mark_minor(item: Item, by: Holder, at: datetime) -> None:
    """Say that a minor may be seen: from now on nobody opens it here, and every view made of it is gone."""
    cases.append(item.case, "item-marked", by, at, about={"item": str(item.pk), "mark": MINOR})
    beside.forget(str(item.pk), (VIEWS, TALK))
    item.errands.all().delete()
