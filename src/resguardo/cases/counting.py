"""Tell once, measured (rule R28): how often each institution asked again or opened a file."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, Q

from resguardo.cases.models import Event
from resguardo.core.history import HER


def tell_once(since: datetime | None = None, until: datetime | None = None) -> dict[str, dict[str, int]]:
    """By party: "asked-again" and "opened" (openings of files), between two moments.

    An opening of a file is an `accessed` event with a reason; the opening of a written part has none.
    """
    events = Event.objects.exclude(party=HER)
    if since is not None:
        events = events.filter(at__gte=since)
    if until is not None:
        events = events.filter(at__lt=until)
    rows = events.values("party").annotate(
        again=Count("pk", filter=Q(kind="asked-again")),
        opened=Count("pk", filter=Q(kind="accessed", of_item=True)),
    )
    return {row["party"]: {"asked-again": row["again"], "opened": row["opened"]} for row in rows}
