"""Showing what came in, as little as the task needs: in grey first, in colour only when asked, or covered.

Every view is an opening: it is written into the history, with its reason, before a byte is shown.
"""

from __future__ import annotations

import base64
import io
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from resguardo import __version__
from resguardo.cases import commands as cases
from resguardo.cases import queries
from resguardo.cases.errors import NotGranted
from resguardo.core.age import Identity, Recipient
from resguardo.core.seal import seal
from resguardo.core.vault import wrap
from resguardo.evidence import storage
from resguardo.evidence.commands import item_about, item_identity, note_opening, refuse_minor
from resguardo.evidence.errors import EvidenceError
from resguardo.evidence.inspecting import TALK, VIEWS, on_a_disk
from resguardo.evidence.models import Item
from resguardo.inspection import sandbox
from resguardo.jobs.commands import enqueue
from resguardo.people.holder import Holder

GREY, COLOUR, ORIGINAL, TALKED = "grey", "colour", "original", "talk"
STYLES = ("black", "blur")


class NotCovered(EvidenceError):
    """The covered copy cannot be made."""

    code = "not-covered"


def blurred(item: Item, holder: Holder) -> str:
    """The view in which nothing can be recognised, as base64 of a JPEG; empty when there is none."""
    shown = _views(item, holder)
    return next((str(view["data"]) for view in shown if view["kind"] == "grey-blurred"), "")


def _views(item: Item, holder: Holder) -> list[dict[str, Any]]:
    made = _made(item, holder, VIEWS)
    return list(made.get(VIEWS, ()))


def _made(item: Item, holder: Holder, kind: str) -> dict[str, Any]:
    """What the worker made of `item`, opened; nothing for whoever has no key, or where it was destroyed."""
    try:
        readings = queries.read_group(item.case, "evidence", holder, kind)
    except NotGranted:
        return {}
    return next((r.content for r in readings if r.content["item"] == str(item.pk)), {})


def open_views(item: Item, holder: Holder, at: datetime, reason: str, how: str) -> list[dict[str, Any]]:
    """The views of `item` in grey or in colour (media_type, width, height, data in base64, at_s).

    Empty when there are none. Raises NotGranted, MinorSealed.
    """
    refuse_minor(item, holder)
    item_identity(item, holder)
    found = [view for view in _views(item, holder) if view["kind"] == how]
    if found:
        note_opening(item, holder, at, reason, how)
    return found


def open_talk(item: Item, holder: Holder, at: datetime, reason: str) -> list[dict[str, Any]]:
    """The conversations and e-mails in `item`, as `inspection.conversation` and `mail` write them."""
    refuse_minor(item, holder)
    item_identity(item, holder)
    found = list(_made(item, holder, TALK).get(TALK, ()))
    if found:
        note_opening(item, holder, at, reason, TALKED)
    return found


def cover(
    item: Item, holder: Holder, at: datetime, rectangles: Sequence[Sequence[float]], style: str
) -> Item:
    """A copy of a picture with `rectangles` (x, y, width, height as fractions) covered: an item of its own.

    The original is not touched. Raises NotGranted, MinorSealed, and NotCovered when it cannot be drawn.
    """
    refuse_minor(item, holder)
    identity = item_identity(item, holder)
    with on_a_disk(item.pk) as sealed:
        made = sandbox.redact(sealed, identity.text(), rectangles, style)
    if "failed" in made:
        raise NotCovered(
            "The covered copy could not be made.",
            kept="The original is as it was.",
            remedy="Only pictures can be covered, and each rectangle has to be inside the picture.",
        )
    return _keep_copy(item, base64.b64decode(made["data"]), str(made["media_type"]), style, holder, at)


@transaction.atomic
def _keep_copy(item: Item, content: bytes, media_type: str, style: str, holder: Holder, at: datetime) -> Item:
    copy, own = uuid.uuid4(), Identity.generate()
    with storage.writing(copy) as out:
        sealed = seal(io.BytesIO(content), out, [own.recipient])
    about = {
        "item": str(copy),
        "of": str(item.pk),
        "how": f"covered-{style}",
        "size": sealed.size,
        "plain_sha256": sealed.plain_sha256,
        "sealed_blake3": sealed.sealed_blake3,
        "tool": f"resguardo {__version__}",
    }
    described = {"item": str(copy), "name": "", "media_type": media_type, "note": ""}
    cases.append(item.case, "item-derived", holder, at, about=about, seals={"evidence": ("item", described)})
    key = item.case.group_keys.filter(group="evidence").order_by("-generation")[0]
    enqueue("keep-item", at, item=str(copy))
    return Item.objects.create(
        id=copy,
        case=item.case,
        key=key,
        wrap=wrap(own, Recipient.parse(key.recipient), item_about(copy)),
        recipient=own.recipient.text(),
        sealed_size=sealed.sealed_size,
        sealed_blake3=sealed.sealed_blake3,
        received_at=at,
        derived_from=item,
    )
