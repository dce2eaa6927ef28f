"""The records of an institution's cases: which are whole, which are begun, which wait."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from resguardo.cases import queries, working
from resguardo.cases.errors import NotGranted
from resguardo.cases.models import Case
from resguardo.core.codes import Register
from resguardo.people.holder import AUDITOR, Holder
from resguardo.registry.following import follow, register
from resguardo.registry.models import Draft
from resguardo.registry.questions import shown
from resguardo.work.signed import signed_in

PAGE = 50


@signed_in
def records(request: HttpRequest, holder: Holder) -> HttpResponse:
    """The newest first; those that are not whole alone, where it is asked."""
    if holder.role == AUDITOR:
        raise NotGranted("An auditor reads no record of a case, only who did what and when.")
    only = request.GET.get("ver") == "incompletos"
    start = int(request.GET["desde"]) if request.GET.get("desde", "").isdecimal() else 0
    found = ids(holder, register(), unfinished=only)
    chosen = found[start : start + PAGE]
    query = "ver=incompletos&" if only else ""
    context = {
        "rows": rows(chosen, holder, get_language() or "es"),
        "only": only,
        "count": len(found),
        "next": f"?{query}desde={start + PAGE}" if len(found) > start + PAGE else "",
        "before": f"?{query}desde={max(0, start - PAGE)}" if start else "",
        "title": _("Register"),
    }
    return render(request, "registry/records.html", context)


def ids(holder: Holder, known: Register, *, unfinished: bool) -> list[Any]:
    """The cases of the holder, the newest first; all, or those whose record is not whole."""
    rows = queries.cases_of(holder).order_by("-opened_at", "-pk")
    if not unfinished:
        return list(rows.values_list("pk", flat=True))
    return [
        pk
        for pk, values, version in rows.values_list("pk", "entry__values", "entry__version").iterator()
        if not version or not values or not whole(known, values)
    ]


def whole(known: Register, values: str) -> bool:
    """Whether every minimum field has a value."""
    filled, needed = known.completeness(orjson.loads(values))
    return filled == needed


def rows(chosen: Iterable[Any], holder: Holder, language: str) -> list[dict[str, Any]]:
    """What the list says of each record; nothing of what a colleague's case in hand holds."""
    known = register()
    cases = Case.objects.filter(pk__in=list(chosen)).select_related("entry").order_by("-opened_at", "-pk")
    drafts = set(Draft.objects.filter(case__in=cases, party=holder.party).values_list("case", flat=True))
    spec = known.fields.get(known.headline)
    found = []
    for case in cases:
        entry = getattr(case, "entry", None) or follow(case)
        values = orjson.loads(entry.values)
        filled, needed = known.completeness(values)
        readable = working.may_read(queries.state(case), queries.events(case), holder, timezone.now())
        headline = ""
        if spec and readable and spec.seen_by(holder.party):
            headline = shown(known, spec, values.get(spec.name), language)
        found.append(
            {
                "case": case,
                "headline": headline,
                "in_hand": not readable,
                "filled": filled,
                "needed": needed,
                "registered_at": entry.registered_at,
                "draft": case.pk in drafts,
            }
        )
    return found
