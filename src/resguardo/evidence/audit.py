"""Checking everything that is kept: every chain, every checkpoint, every stored byte.

No key is needed: chains and checkpoints are public facts, and stored files are checked by their sealed
digest. Source: design, part 6.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from resguardo.cases import queries
from resguardo.cases.log import log_key
from resguardo.cases.models import Case, Checkpoint, Event, GroupKey
from resguardo.cases.stamping import authorities, stamped_text
from resguardo.core import checkpoint as notes
from resguardo.core import history, merkle, stamp
from resguardo.evidence import digests, storage
from resguardo.evidence.models import Item
from resguardo.evidence.queries import ARRIVED, READ_BACK

KEEP_EVERY = 500


@dataclass
class Audit:
    """What was looked at, and what is wrong, each named."""

    cases: int = 0
    events: int = 0
    checkpoints: int = 0
    stamps: int = 0
    items: int = 0
    drafts: int = 0
    bytes: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not self.wrong

    @property
    def looked_at(self) -> int:
        """How much of `size` is done."""
        return self.cases + self.checkpoints + self.items


@dataclass
class Place:
    """Where an audit is: the part, the last thing in it that was looked at, and what was found so far."""

    part: str = "cases"
    after: str = ""
    found: Audit = field(default_factory=Audit)

    def text(self) -> str:
        """What to write down, so that another run can go on."""
        return json.dumps(asdict(self))

    @classmethod
    def parse(cls, text: str) -> Place:
        """Read back what `text` wrote."""
        values = json.loads(text)
        return cls(values["part"], values["after"], Audit(**values["found"]))


PARTS = ("cases", "checkpoints", "leaves", "items")


def size() -> int:
    """How many things `audit` will look at, for a progress bar."""
    return Case.objects.count() + Checkpoint.objects.count() + Item.objects.count()


def audit(
    looked: Callable[[], None] = lambda: None,
    at: Place | None = None,
    keep: Callable[[Place], None] | None = None,
) -> Audit:
    """Look at everything; `looked` is called after each case, checkpoint and stored file.

    `at` is where an earlier look stopped; `keep` is given the place now and then, and at the end of a part.
    """
    place = at or Place()
    found = place.found
    keep = keep or (lambda _: None)
    for part in PARTS[PARTS.index(place.part) :]:
        place.part = part
        if part == "leaves":
            check_leaves(found)
        else:
            for number, row in enumerate(rows(part, place.after), 1):
                CHECKS[part](row, found)
                place.after = str(row.pk)
                looked()
                if number % KEEP_EVERY == 0:
                    keep(place)
        place.after = ""
        keep(place)
    known = set(Item.objects.values_list("pk", flat=True))
    found.drafts = sum(1 for stored in storage.stored() if stored not in known)
    return found


def rows(part: str, after: str) -> Iterator[Any]:
    """What a part looks at, in an order that does not change, from the one after `after` on."""
    model = {"cases": Case, "checkpoints": Checkpoint, "items": Item}[part]
    left = model.objects.order_by("pk")
    return (left.filter(pk__gt=after) if after else left).iterator()


def check_case(case: Case, found: Audit) -> None:
    """The chain of one case, and that every sealed thing it names is there."""
    found.cases += 1
    try:
        events = list(history.following_values(queries.lines(case)))
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
        for sealed in event["about"].get("sealed", ()):
            if (sealed["record"], sealed["sealed_sha256"]) not in records:
                found.wrong.append(
                    f"case {case.number}, event {event['seq']}: a sealed record is not as written"
                )
        if event["kind"] in (*ARRIVED, READ_BACK) and not as_written(case, event):
            found.wrong.append(f"case {case.number}, event {event['seq']}: its file is not as written")


def as_written(case: Case, event: dict[str, Any]) -> bool:
    """Whether the digests that an event says of a file are those that its row has, and its key is there."""
    about = event["about"]
    item = case.items.filter(pk=about["item"]).first()
    said = {name: about[name] for name in ("sealed_blake3", "sealed_sha256") if name in about}
    return item is not None and bool(item.wrap) and said.items() <= vars(item).items()


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
    known = {authority.address: authority.certificates for authority in authorities()}
    for row in checkpoint.stamps.all():
        found.stamps += 1
        try:
            if row.authority in known:
                stamp.check(bytes(row.token), stamped_text(row), known[row.authority])
        except stamp.StampError as error:
            found.wrong.append(f"checkpoint {checkpoint.size}, stamp of {row.authority}: {error}")


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
    try:
        reading = digests.read(storage.store(), storage.name(item.id), item)
    except FileNotFoundError:
        found.wrong.append(f"file {item.id}: its bytes are gone")
        return
    found.bytes += reading.size
    if not reading.whole:
        found.wrong.append(f"file {item.id}: its bytes are not those that were sealed")


CHECKS: dict[str, Callable[[Any, Audit], None]] = {
    "cases": check_case,
    "checkpoints": check_checkpoint,
    "items": check_item,
}
