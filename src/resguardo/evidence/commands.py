"""What changes evidence: a file is received, joins a case, is opened, is handed to a court.

Source: design, ideas 2 and 3 and part 6; the words of custody are those of ISO/IEC 27037.
"""

from __future__ import annotations

import io
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, BinaryIO, cast

from django.db import transaction

from resguardo import __version__
from resguardo.cases import commands as cases
from resguardo.cases import queries as case_queries
from resguardo.cases.errors import NotGranted
from resguardo.cases.models import Case
from resguardo.core import age, history
from resguardo.core.age import Identity
from resguardo.core.seal import Seal, seal
from resguardo.core.vault import unwrap, wrap
from resguardo.evidence import storage, worker
from resguardo.evidence.errors import EmptyFile, MinorSealed, TooBig, WrongKind
from resguardo.evidence.kinds import HEAD, media_type
from resguardo.evidence.models import Item
from resguardo.jobs.commands import enqueue, handles
from resguardo.people.holder import Holder

PLAIN_LIMIT = 25 * 1024 * 1024
MINOR = "minor"
PIECE = 1024 * 1024
DRAFT_LIFE = timedelta(hours=24)


@dataclass(frozen=True)
class Received:
    """A file that is sealed and on disk. `identity` opens it; whoever holds this object keeps that secret.

    `sealed_sha256` is that of a file which an older version sealed; its `seal` has no BLAKE3.
    """

    item: uuid.UUID
    identity: Identity = field(repr=False)
    seal: Seal
    name: str = field(repr=False)
    media_type: str
    received_at: datetime
    declared_sha256: str | None = None
    sealed_sha256: str = ""


def item_about(item: uuid.UUID) -> str:
    """How an item's key is named inside its wraps."""
    return f"item {item}"


def receive(
    src: BinaryIO,
    *,
    name: str,
    at: datetime,
    declared_sha256: str | None = None,
    limit: int = PLAIN_LIMIT,
) -> Received:
    """Seal `src` to a new key pair and store it; it is on disk when this returns.

    Raises EmptyFile, TooBig, WrongKind, NoRoom; then nothing was stored.
    """
    head = src.read(HEAD)
    kind = kind_of(head)
    item, identity = uuid.uuid4(), Identity.generate()
    with storage.writing(item) as out:
        sealed = seal(cast(BinaryIO, Rewound(head, src)), out, [identity.recipient], limit=limit + 1)
        if sealed.size > limit:
            raise TooBig(limit)
    keep_loose(item, identity, sealed, at)
    return Received(item, identity, sealed, name, kind, at, declared_sha256)


def kind_of(head: bytes) -> str:
    """The media type of a file by its first bytes. Raises EmptyFile, WrongKind."""
    if not head:
        raise EmptyFile()
    kind = media_type(head)
    if kind is None:
        raise WrongKind()
    return kind


def keep_loose(item: uuid.UUID, identity: Identity, sealed: Seal, at: datetime) -> None:
    """Note a stored file that belongs to no case yet."""
    Item.objects.create(
        id=item,
        recipient=identity.recipient.text(),
        sealed_size=sealed.sealed_size,
        sealed_blake3=sealed.sealed_blake3,
        received_at=at,
    )


class Rewound(io.RawIOBase):
    """A stream with the bytes that were already read put back in front."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        super().__init__()
        self.head = head
        self.rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:
        taken = self.head[: len(into)] or self.rest.read(len(into))
        self.head = self.head[len(taken) :]
        into[: len(taken)] = taken
        return len(taken)


@transaction.atomic
def attach(
    case: Case,
    received: Received,
    by: Holder,
    at: datetime,
    note: str = "",
    more: Mapping[str, str] | None = None,
) -> history.Event:
    """Bring a received file into `case`: its custody chain begins here.

    The event holds the digests and the moment the bytes were received; the name, the kind and the note
    are sealed to the group `evidence`, and so is the item's key. `more` are codes that the event also says.
    """
    about = {
        "item": str(received.item),
        "size": received.seal.size,
        "plain_sha256": received.seal.plain_sha256,
        "received": history.timestamp(received.received_at),
        "tool": f"resguardo {__version__}",
    }
    if received.sealed_sha256:
        about["sealed_sha256"] = received.sealed_sha256
    else:
        about["sealed_blake3"] = received.seal.sealed_blake3
    about |= more or {}
    if received.declared_sha256:
        about["declared_sha256"] = received.declared_sha256
    content = {
        "item": str(received.item),
        "name": received.name,
        "media_type": received.media_type,
        "note": note,
    }
    event = cases.append(case, "evidence-sealed", by, at, about=about, seals={"evidence": ("item", content)})
    key = case.group_keys.filter(group="evidence").order_by("-generation")[0]
    joined = Item.objects.filter(pk=received.item, case=None).update(
        case=case,
        key=key,
        wrap=wrap(received.identity, age.Recipient.parse(key.recipient), item_about(received.item)),
    )
    if joined:
        item = Item.objects.get(pk=received.item)
        enqueue("keep-item", at, item=str(item.pk))
        if not minor(case, str(item.pk)):
            needed = {"identity": received.identity.text(), "name": received.name}
            worker.send("inspect-item", case, at, item, needed)
    return event


def item_identity(item: Item, holder: Holder) -> Identity:
    """The key of `item`, through the group key that `holder` holds. Raises NotGranted."""
    for row, key in case_queries.held_keys(item.case, holder, "evidence"):
        if row == item.key_id:
            return unwrap(bytes(item.wrap), key.identity, item_about(item.id))
    raise NotGranted("Your institution does not hold the key of this evidence.")


def minor(case: Case, item: str) -> bool:
    """Whether a minor may be seen in `item`: she said so of the case, or somebody marked the file."""
    if case_queries.state(case).facts.get("minor_in_image") == "yes":
        return True
    marked = (e for e in case_queries.events(case) if e.kind == "item-marked" and e.about["item"] == item)
    return any(event.about["mark"] == MINOR for event in marked)


def open_item(item: Item, holder: Holder, at: datetime, reason: str) -> Iterator[bytes]:
    """The original bytes of `item`, in pieces; that it was opened is written before the first one.

    `reason` is a code. Raises NotGranted, and MinorSealed where a minor may be seen.
    """
    identity = item_identity(item, holder)
    refuse_minor(item, holder)
    note_opening(item, holder, at, reason, "original")
    return plain_bytes(item, identity)


def refuse_minor(item: Item, holder: Holder) -> None:
    """Raises MinorSealed where a minor may be seen, for everybody but herself."""
    source = item.derived_from_id or item.pk
    if not holder.is_her and (minor(item.case, str(source)) or minor(item.case, str(item.pk))):
        raise MinorSealed(
            "A minor may be seen here. It is sealed and nobody opens it in this system.",
            remedy="The authority that the law names receives it sealed.",
        )


def note_opening(item: Item, holder: Holder, at: datetime, reason: str, how: str) -> None:
    """Write into the history that `item` is opened, why (a code), and how much of it is shown."""
    about = {"group": "evidence", "item": str(item.pk), "how": how}
    cases.append(item.case, "accessed", holder, at, reason=reason, about=about)


def plain_bytes(item: Item, identity: Identity) -> Iterator[bytes]:
    """Decrypt the stored bytes of `item`; raises AgeError where they are damaged."""
    with storage.reading(item.id) as src:
        yield from age.plaintext(src, identity)


def sealed_bytes(item: Item) -> Iterator[bytes]:
    """The stored bytes of `item` as they are, still sealed."""
    with storage.reading(item.id) as src:
        while piece := src.read(PIECE):
            yield piece


def discard(items: list[uuid.UUID]) -> None:
    """Remove files that never joined a case: she took them back, or her draft ended."""
    loose = list(Item.objects.filter(pk__in=items, case=None).values_list("pk", flat=True))
    Item.objects.filter(pk__in=loose, case=None).delete()
    for item in loose:
        storage.delete(item)


@handles("discard-old-drafts", every=timedelta(hours=1))
def discard_old(at: datetime) -> None:
    """Remove files of drafts that ended unsent."""
    old = Item.objects.filter(case=None, received_at__lt=at - DRAFT_LIFE - timedelta(hours=1))
    discard(list(old.values_list("pk", flat=True)))
