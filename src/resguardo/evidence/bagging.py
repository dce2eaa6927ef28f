"""Gathering a court bag: the items a holder may open, the whole chain, proofs, checkpoint, stamps."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from resguardo import packs
from resguardo.cases import commands as cases
from resguardo.cases import queries
from resguardo.cases.errors import NotGranted
from resguardo.cases.log import log_key, make_checkpoint, proofs
from resguardo.cases.models import Case, Checkpoint, Stamp
from resguardo.cases.stamping import authorities, stamp_job
from resguardo.cases.witnessing import cosign_job, witnesses
from resguardo.core.age import encrypt
from resguardo.core.stamp import StampError, check, fetch
from resguardo.court import bag as court
from resguardo.evidence import keeping
from resguardo.evidence.commands import item_identity, plain_bytes, sealed_bytes
from resguardo.evidence.errors import Damaged
from resguardo.evidence.models import Item
from resguardo.evidence.queries import ItemView, items
from resguardo.evidence.signing import signer
from resguardo.evidence.viewing import blurred
from resguardo.people.holder import Holder
from resguardo.people.queries import recipients
from resguardo.witness.client import WitnessError

PATIENCE = 5.0
OTHERS = {"her": "La mujer", "system": "El programa"}


def make_bag(case: Case, holder: Holder, at: datetime) -> court.Bag:
    """Write into the history that the bag is made, sign a checkpoint, have it stamped, and gather the rest.

    Authorities that do not answer within a few seconds are left out of this bag. Raises NotGranted when the
    holder has no evidence key of this case, or nothing is in it for them; Damaged when a file that goes in
    sealed is not as it was sealed.
    """
    refuse_outsider(case, holder)
    signature = signer()
    for view in items(case, holder):
        if view.minor and not view.of:
            sealed_sha256(view, at)
    gathered, checkpoint = _gather(case, holder, at, signature.fingerprint)
    for authority in authorities():
        with suppress(StampError):
            stamp_job(at=at, checkpoint=checkpoint.pk, authority=authority.address, timeout=PATIENCE)
    for witness in witnesses():
        with suppress(WitnessError):
            cosign_job(at=at, checkpoint=checkpoint.pk, witness=witness.name, timeout=PATIENCE)
    route = queries.route_named(case.route)
    return court.Bag(
        case=case.number,
        made_at=at,
        made_by=route.parties[holder.party].title.es,
        origin=settings.ORIGIN,
        log_key=log_key().public_key(),
        events=queries.lines(case),
        proofs=[court.EventProof(p.seq, p.leaf, p.path) for p in proofs(case, checkpoint)],
        size=checkpoint.size,
        checkpoint=checkpoint.note,
        stamps=stamps(checkpoint),
        items=gathered.items,
        left_out=gathered.left_out,
        unopened=gathered.unopened,
        unopened_for=route.parties[packs.load(settings.PACK).minor_authority].title.es,
        witnesses=seen_by(checkpoint),
        signature=signature,
        stamp=stamp_signature,
        parties={name: party.title.es for name, party in route.parties.items()} | OTHERS,
        found=gathered.found,
    )


def refuse_outsider(case: Case, holder: Holder) -> None:
    """Raises NotGranted for who does not see the custody of `case`."""
    if queries.doors(case, holder)["seal"] == "closed":
        raise NotGranted("Your institution does not see the custody of this case.")


def sealed_sha256(view: ItemView, at: datetime) -> str:
    """SHA-256 of the sealed file, from the history; it is read back now if it was not yet. Raises Damaged."""
    if view.sealed_sha256:
        return view.sealed_sha256
    stored = Item.objects.select_related("case").get(pk=view.id)
    if not keeping.look(stored, at):
        raise Damaged()
    stored.refresh_from_db()
    return stored.sealed_sha256


@dataclass
class Gathered:
    """What goes into a bag, by how it goes."""

    items: list[court.Item] = field(default_factory=list)
    unopened: list[court.Unopened] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    found: dict[str, dict[str, Any]] = field(default_factory=dict)


@transaction.atomic
def _gather(case: Case, holder: Holder, at: datetime, signer: str) -> tuple[Gathered, Checkpoint]:
    refuse_outsider(case, holder)
    gathered = Gathered()
    for view in items(case, holder):
        if view.of:
            continue
        _place(gathered, view, holder, at)
    about = {
        "items": [each.id for each in gathered.items],
        "unopened": [each.id for each in gathered.unopened],
        "left_out": gathered.left_out,
        "signer": signer,
    }
    cases.append(case, "exported", holder, at, about=about)
    checkpoint = make_checkpoint(at)
    assert checkpoint is not None
    return gathered, checkpoint


def _place(gathered: Gathered, view: ItemView, holder: Holder, at: datetime) -> None:
    """Put one file where it belongs: open, sealed for the authority that the law names, or left out."""
    stored = Item.objects.select_related("case").get(pk=view.id)
    try:
        identity = item_identity(stored, holder)
    except NotGranted:
        gathered.left_out.append(view.id)
        return
    if not view.minor:
        preview = blurred(stored, holder)
        gathered.found[view.id] = {**view.found, "preview": preview}
        gathered.items.append(
            court.Item(
                id=view.id,
                media_type=view.media_type or "",
                size=view.size,
                plain_sha256=view.plain_sha256,
                open=partial(plain_bytes, stored, identity),
            )
        )
        return
    authority = recipients().get(packs.load(settings.PACK).minor_authority)
    if authority is None:
        gathered.left_out.append(view.id)
        return
    gathered.unopened.append(
        court.Unopened(
            id=view.id,
            size=stored.sealed_size,
            sealed_sha256=sealed_sha256(view, at),
            open=partial(sealed_bytes, stored),
            key=encrypt(identity.text().encode() + b"\n", [authority]),
        )
    )


def stamps(checkpoint: Checkpoint) -> list[court.Stamp]:
    """What the authorities said of `checkpoint` so far, with the certificates to check it."""
    known = {authority.address: authority.certificates for authority in authorities()}
    return [
        court.Stamp(bytes(row.token), known[row.authority], list(renewals(row, known)))
        for row in checkpoint.stamps.filter(renews=None).order_by("pk")
        if row.authority in known
    ]


def renewals(row: Stamp, known: dict[str, bytes]) -> Iterator[court.Stamp]:
    """The stamps that renewed `row`, one after the other."""
    newer = Stamp.objects.filter(renews=row).first()
    if newer is not None and newer.authority in known:
        yield court.Stamp(bytes(newer.token), known[newer.authority])
        yield from renewals(newer, known)


def seen_by(checkpoint: Checkpoint) -> list[court.Witness]:
    """The witnesses that cosigned `checkpoint`, with their keys."""
    known = {witness.name: witness.key for witness in witnesses()}
    return [
        court.Witness(row.witness, row.line, known[row.witness])
        for row in checkpoint.cosignatures.order_by("pk")
        if row.witness in known
    ]


def stamp_signature(signature: bytes) -> list[court.Stamp]:
    """What the authorities that answer now say of a bag's signature."""
    made = []
    for authority in authorities():
        with suppress(StampError):
            token = fetch(authority.address, signature, PATIENCE)
            check(token, signature, authority.certificates)
            made.append(court.Stamp(token, authority.certificates))
    return made


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
