"""What an institution and its people owe: one page at a time, the earliest deadline first.

Source: UX ("late, due today, mine, my unit's"); SecureDrop issue 1550 (one shared inbox serves nobody).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet

from resguardo.cases.models import Owed
from resguardo.cases.queries import hidden_from
from resguardo.core.route import LEADER
from resguardo.people.holder import Holder

PAGE = 50
SOON = timedelta(hours=24)


@dataclass(frozen=True)
class Wanted:
    """Which of it: `whose` is mine, free, or all; `when` late, soon, or all; then a step and a nature."""

    whose: str = "all"
    when: str = "all"
    step: str = ""
    nature: str = ""


@dataclass(frozen=True)
class Page:
    """One page of steps, and whether more follow it."""

    rows: list[Owed]
    more: bool


def worklist(holder: Holder, at: datetime, wanted: Wanted | None = None, start: int = 0) -> Page:
    """The steps that the holder's party owes, from the `start`-th on, as far as `wanted` asks for them."""
    owed = _of(holder, at, wanted or Wanted()).select_related("case").order_by("due", "pk")
    rows = list(owed[start : start + PAGE + 1])
    return Page(rows[:PAGE], len(rows) > PAGE)


def counts(holder: Holder, at: datetime) -> dict[str, int]:
    """How many steps are mine, free, late and due within a day, for the tabs above the list."""
    return _of(holder, at, Wanted()).aggregate(
        mine=Count("pk", filter=Q(assigned=holder.actor)),
        free=Count("pk", filter=Q(assigned="")),
        late=Count("pk", filter=Q(due__lt=at)),
        soon=Count("pk", filter=Q(due__gte=at, due__lt=at + SOON)),
        all=Count("pk"),
    )


def late(at: datetime) -> dict[str, int]:
    """How many steps each party owes that are late."""
    found = Owed.objects.filter(due__lt=at).values("party").annotate(count=Count("pk"))
    return {row["party"]: row["count"] for row in found.order_by("-count")}


def _of(holder: Holder, at: datetime, wanted: Wanted) -> QuerySet[Owed]:
    owed = Owed.objects.filter(party=holder.party)
    hidden = hidden_from(holder)
    if hidden:
        owed = owed.exclude(case__in=hidden)
    if holder.party == LEADER:
        owed = owed.filter(case__leader=holder.actor)
    if wanted.whose in ("mine", "free"):
        owed = owed.filter(assigned=holder.actor if wanted.whose == "mine" else "")
    if wanted.when == "late":
        owed = owed.filter(due__lt=at)
    elif wanted.when == "soon":
        owed = owed.filter(due__gte=at, due__lt=at + SOON)
    if wanted.step:
        owed = owed.filter(step=wanted.step)
    if wanted.nature:
        owed = owed.filter(case__nature=wanted.nature)
    return owed
