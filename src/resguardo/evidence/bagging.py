"""Gathering a court bag: the items a holder may open, the whole chain, proofs, checkpoint, stamps."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import transaction

from resguardo.cases import commands as cases
from resguardo.cases import queries
from resguardo.cases.errors import NotGranted
from resguardo.cases.log import log_key, make_checkpoint, proofs
from resguardo.cases.models import Case, Checkpoint
from resguardo.cases.stamping import authorities
from resguardo.core.age import Identity
from resguardo.court import bag as court
from resguardo.evidence.commands import item_identity, plain_bytes
from resguardo.evidence.models import Item
from resguardo.evidence.queries import ItemView, items
from resguardo.people.holder import Holder


@transaction.atomic
def make_bag(case: Case, holder: Holder, at: datetime) -> court.Bag:
    """Write into the history that the bag is made, sign a checkpoint, and gather what goes in.

    Raises NotGranted when the holder has no evidence key of this case, or nothing is in it for them.
    """
    if queries.doors(case, holder)["seal"] == "closed":
        raise NotGranted("Your institution does not see the custody of this case.")
    minor = queries.state(case).facts.get("minor_in_image") == "yes"
    included: list[court.Item] = []
    left_out: list[str] = []
    for view in items(case, holder):
        opened = None if minor else _opened(case, view, holder)
        if opened is None:
            left_out.append(view.id)
        else:
            included.append(opened)
    about = {"items": [item.id for item in included], "left_out": left_out}
    cases.append(case, "exported", holder, at, about=about)
    checkpoint = make_checkpoint(at)
    assert checkpoint is not None
    return court.Bag(
        case=case.number,
        made_at=at,
        made_by=queries.route_named(case.route).parties[holder.party].title.es,
        origin=settings.ORIGIN,
        log_key=log_key().public_key(),
        events=queries.lines(case),
        proofs=[court.EventProof(p.seq, p.leaf, p.path) for p in proofs(case, checkpoint)],
        size=checkpoint.size,
        checkpoint=checkpoint.note,
        stamps=stamps(checkpoint),
        items=included,
        left_out=left_out,
    )


def stamps(checkpoint: Checkpoint) -> list[court.Stamp]:
    """What the authorities said of `checkpoint` so far, with the certificates to check it."""
    known = {authority.address: authority.certificates for authority in authorities()}
    return [
        court.Stamp(bytes(s.token), known[s.authority])
        for s in checkpoint.stamps.order_by("pk")
        if s.authority in known
    ]


def _opened(case: Case, view: ItemView, holder: Holder) -> court.Item | None:
    stored = Item.objects.select_related("case").get(pk=view.id)
    try:
        identity = item_identity(stored, holder)
    except NotGranted:
        return None
    return court.Item(
        id=view.id,
        media_type=view.media_type or "",
        size=view.size,
        plain_sha256=view.plain_sha256,
        open=_reader(stored, identity),
    )


def _reader(stored: Item, identity: Identity) -> Callable[[], Iterator[bytes]]:
    return partial(plain_bytes, stored, identity)


def write_bag(bag: court.Bag, out: Path) -> None:
    """Write the bag to `out`: whole, or not at all."""
    handle, name = tempfile.mkstemp(dir=out.resolve().parent, prefix=f".{out.name}.")
    try:
        with os.fdopen(handle, "wb") as target:
            for piece in court.pieces(bag):
                target.write(piece)
            target.flush()
            os.fsync(target.fileno())
        os.replace(name, out)
    except BaseException:
        os.unlink(name)
        raise
