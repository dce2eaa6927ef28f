"""Checking everything that is kept: every chain, every checkpoint, every stored byte.

No key is needed: chains and checkpoints are public facts, and stored files are checked by their sealed
digest. Source: design, part 6.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from resguardo.cases import queries
from resguardo.cases.log import log_key
from resguardo.cases.models import Case, Checkpoint, Event, GroupKey
from resguardo.core import checkpoint as notes
from resguardo.core import history, merkle
from resguardo.evidence import storage
from resguardo.evidence.models import Item

PIECE = 1024 * 1024


@dataclass
class Audit:
    """What was looked at, and what is wrong, each named."""

    cases: int = 0
    events: int = 0
    checkpoints: int = 0
    items: int = 0
    drafts: int = 0
    bytes: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not self.wrong


def size() -> int:
    """How many things `audit` will look at, for a progress bar."""
    return Case.objects.count() + Checkpoint.objects.count() + Item.objects.count()


def audit(looked: Callable[[], None] = lambda: None) -> Audit:
    """Look at everything; `looked` is called after each case, checkpoint and stored file."""
    found = Audit()
    for case in Case.objects.order_by("opened_at").iterator():
        check_case(case, found)
        looked()
    for checkpoint in Checkpoint.objects.order_by("size").iterator():
        check_checkpoint(checkpoint, found)
        looked()
    check_leaves(found)
    for item in Item.objects.iterator():
        check_item(item, found)
        looked()
    known = set(Item.objects.values_list("pk", flat=True))
    found.drafts = sum(1 for stored in storage.stored() if stored not in known)
    return found


def check_case(case: Case, found: Audit) -> None:
    """The chain of one case, and that every sealed thing it names is there."""
    found.cases += 1
    try:
        events = history.check_chain(queries.lines(case))
    except history.HistoryError as error:
        found.wrong.append(f"case {case.number}: {error}")
        return
    found.events += len(events)
    if not events:
        found.wrong.append(f"case {case.number}: it has no history")
    records = {
        (str(record), history.digest(bytes(sealed)))
        for record, sealed in GroupKey.objects.filter(case=case).values_list("records__id", "records__sealed")
        if record
    }
    for event in events:
        for sealed in event.about.get("sealed", ()):
            if (sealed["record"], sealed["sealed_sha256"]) not in records:
                found.wrong.append(
                    f"case {case.number}, event {event.seq}: a sealed record is not as written"
                )
        if event.kind == "evidence-sealed":
            item = case.items.filter(pk=event.about["item"]).first()
            if item is None or item.sealed_sha256 != event.about["sealed_sha256"] or not item.wrap:
                found.wrong.append(f"case {case.number}, event {event.seq}: its file is not as written")


def check_checkpoint(checkpoint: Checkpoint, found: Audit) -> None:
    """Signature, size and root of one checkpoint."""
    found.checkpoints += 1
    try:
        note = notes.open_note(checkpoint.note, log_key().public_key())
    except notes.CheckpointError as error:
        found.wrong.append(f"checkpoint {checkpoint.size}: {error}")
        return
    if (note.size, note.root) != (checkpoint.size, merkle.root(queries.nodes, checkpoint.size)):
        found.wrong.append(f"checkpoint {checkpoint.size}: its root is not that of the tree")


def leaves() -> Iterator[tuple[int, bytes]]:
    """Every event in the tree, in the tree's order."""
    rows = Event.objects.exclude(leaf=None).order_by("leaf").values_list("leaf", "line")
    for leaf, line in rows.iterator():
        yield leaf, bytes(line)


def check_leaves(found: Audit) -> None:
    """That the tree's leaves are the events, one for one."""
    nodes: dict[tuple[int, int], bytes] = {}
    count = 0
    hashes = []
    for leaf, line in leaves():
        if leaf != count:
            found.wrong.append(f"the log: leaf {count} is missing")
            return
        count += 1
        hashes.append(merkle.leaf_hash(line))
    newest = Checkpoint.objects.order_by("size").last()
    if count != (newest.size if newest else 0):
        found.wrong.append("the log: its events are not those of the newest checkpoint")
        return
    for level, place, value in merkle.append(lambda lv, at: nodes[lv, at], 0, hashes):
        nodes[level, place] = value
    if newest and merkle.root(lambda lv, at: nodes[lv, at], count) != bytes(newest.root):
        found.wrong.append("the log: an event is not the one that was signed")


def check_item(item: Item, found: Audit) -> None:
    """The stored bytes of one file, by their sealed digest."""
    found.items += 1
    digest = hashlib.sha256()
    try:
        with storage.reading(item.id) as src:
            while piece := src.read(PIECE):
                digest.update(piece)
                found.bytes += len(piece)
    except FileNotFoundError:
        found.wrong.append(f"file {item.id}: its bytes are gone")
        return
    if digest.hexdigest() != item.sealed_sha256:
        found.wrong.append(f"file {item.id}: its bytes are not those that were sealed")
