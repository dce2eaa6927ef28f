"""Questions about evidence: what there is, its seal, who opened it, whether it is stamped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Sum

from resguardo.cases import queries as cases
from resguardo.cases.errors import NoSuchCase, NotGranted
from resguardo.cases.models import Case, Checkpoint, Event
from resguardo.evidence.models import Item
from resguardo.people.holder import Holder

ARRIVED, READ_BACK = ("evidence-sealed", "item-derived"), "item-read-back"


@dataclass(frozen=True)
class ItemView:
    """One item as a holder may see it: `name` and `media_type` only with the evidence key.

    `sealed_blake3` is empty for a file of an older version, `sealed_sha256` until the file is read back.
    `found` is what inspection found, `of` the original of a covered copy, `grade` a provenance that is known
    from how it came. `logged_at` is the time of the first checkpoint that covers it, `stamped_at` that of its
    first stamp.
    """

    id: str
    size: int
    plain_sha256: str
    sealed_blake3: str
    sealed_sha256: str
    received_at: datetime
    seq: int
    name: str | None
    media_type: str | None
    note: str
    openings: int
    logged_at: datetime | None
    stamped_at: datetime | None
    minor: bool
    found: dict[str, Any]
    of: str
    damaged: bool
    declared_sha256: str
    grade: str


def items(case: Case, holder: Holder) -> list[ItemView]:
    """Every item of `case`, in the order it was received. Its custody is shown to whoever has a part."""
    try:
        told = {r.content["item"]: r.content for r in cases.read_group(case, "evidence", holder, "item")}
        found = {
            r.content["item"]: r.content for r in cases.read_group(case, "evidence", holder, "inspection")
        }
    except NotGranted:
        told, found = {}, {}
    all_minor = cases.state(case).facts.get("minor_in_image") == "yes"
    events = cases.events(case)
    leaves = dict(Event.objects.filter(case=case, kind__in=ARRIVED).values_list("seq", "leaf"))
    marked = {e.about["item"] for e in events if e.kind == "item-marked" and e.about["mark"] == "minor"}
    read_back = {e.about["item"]: e.about["sealed_sha256"] for e in reversed(events) if e.kind == READ_BACK}
    damaged = {str(pk) for pk in Item.objects.filter(case=case, damaged=True).values_list("pk", flat=True)}
    answer = []
    for event in events:
        if event.kind not in ARRIVED:
            continue
        about = event.about
        of = about.get("of", "")
        about_it = told.get(about["item"], {})
        covering = covered_by(leaves.get(event.seq))
        stamp = covering.stamps.order_by("at").first() if covering else None
        answer.append(
            ItemView(
                id=about["item"],
                size=about["size"],
                plain_sha256=about["plain_sha256"],
                sealed_blake3=about.get("sealed_blake3", ""),
                sealed_sha256=about.get("sealed_sha256") or read_back.get(about["item"], ""),
                received_at=datetime.fromisoformat(about["received"]) if "received" in about else event.at,
                seq=event.seq,
                name=about_it.get("name"),
                media_type=about_it.get("media_type"),
                note=about_it.get("note", ""),
                openings=sum(
                    1 for e in events if e.kind == "accessed" and e.about.get("item") == about["item"]
                ),
                logged_at=covering.at if covering else None,
                stamped_at=stamp.at if stamp else None,
                minor=all_minor or about["item"] in marked or of in marked,
                found=graded(found.get(about["item"], {}), about),
                of=of,
                damaged=about["item"] in damaged,
                declared_sha256=about.get("declared_sha256", ""),
                grade=about.get("grade", ""),
            )
        )
    return answer


def graded(found: dict[str, Any], about: Mapping[str, Any]) -> dict[str, Any]:
    """What was found, with the provenance that is known from how the file came."""
    return {**found, "grade": about["grade"]} if found and "grade" in about else found


def held_bytes(case: Case) -> int:
    """How many sealed bytes of files `case` holds."""
    return Item.objects.filter(case=case).aggregate(sum=Sum("sealed_size"))["sum"] or 0


def covered_by(leaf: int | None) -> Checkpoint | None:
    """The first checkpoint whose tree holds `leaf`."""
    return None if leaf is None else Checkpoint.objects.filter(size__gt=leaf).order_by("size").first()


def item(case: Case, item_id: str) -> Item:
    """The stored item of `case`. Raises NoSuchCase."""
    found = Item.objects.filter(pk=item_id, case=case).select_related("case").first()
    if found is None:
        raise NoSuchCase("There is no such file in this case.")
    return found
