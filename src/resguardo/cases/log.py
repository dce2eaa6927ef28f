"""The log over all cases: new events take their place in the tree, and a checkpoint is signed.

Events are in their case's chain at once; their place in the tree comes with the next checkpoint, so that
no report waits for another.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import transaction

from resguardo.cases.models import Case, Checkpoint, Event, Node
from resguardo.cases.queries import nodes
from resguardo.cases.stamping import authorities
from resguardo.cases.witnessing import witnesses
from resguardo.core import checkpoint as notes
from resguardo.core import history, merkle
from resguardo.jobs.commands import enqueue, handles


@dataclass(frozen=True)
class Proof:
    """Where one event is in the tree, and the path from it to the root."""

    seq: int
    leaf: int
    path: list[bytes]


def log_key() -> Ed25519PrivateKey:
    """The key that signs checkpoints; it opens nothing."""
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(settings.LOG_KEY))


@transaction.atomic
def make_checkpoint(at: datetime) -> Checkpoint | None:
    """Give every new event its place and sign the tree; None while there is no event at all.

    With nothing new, the newest checkpoint is returned again.
    """
    newest = Checkpoint.objects.select_for_update().order_by("size").last()
    size = newest.size if newest else 0
    fresh = list(Event.objects.filter(leaf=None).order_by("pk"))
    if not fresh:
        return newest
    for leaf, event in enumerate(fresh, size):
        event.leaf = leaf
    Event.objects.bulk_update(fresh, ["leaf"], batch_size=500)
    hashes = [merkle.leaf_hash(bytes(event.line)) for event in fresh]
    Node.objects.bulk_create(
        Node(level=level, place=place, value=value)
        for level, place, value in merkle.append(nodes, size, hashes)
    )
    size += len(fresh)
    moment = max(history.milliseconds(at), *(event.at for event in fresh))
    root = merkle.root(nodes, size)
    note = notes.sign(notes.Checkpoint(settings.ORIGIN, size, root, moment), log_key())
    made = Checkpoint.objects.create(size=size, root=root, at=moment, note=note)
    for authority in authorities():
        enqueue("stamp", at, checkpoint=made.pk, authority=authority.address)
    for witness in witnesses():
        enqueue("cosign", at, checkpoint=made.pk, witness=witness.name)
    return made


def proofs(case: Case, checkpoint: Checkpoint) -> list[Proof]:
    """The inclusion proof of every event of `case` in `checkpoint`'s tree, in order."""
    rows = case.event_rows.filter(leaf__lt=checkpoint.size).order_by("seq").values_list("seq", "leaf")
    return [Proof(seq, leaf, merkle.inclusion(nodes, leaf, checkpoint.size)) for seq, leaf in rows]


@handles("checkpoint", every=timedelta(minutes=1))
def checkpoint_job(at: datetime) -> None:
    """Every minute: a checkpoint, if anything is new."""
    make_checkpoint(at)
