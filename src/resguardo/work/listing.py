"""The work list and what surrounds it: filters in the address, search, saved views, what is late."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from resguardo.cases import queries
from resguardo.cases import worklist as lists
from resguardo.cases.counting import tell_once
from resguardo.cases.finding import find
from resguardo.cases.models import Case, Owed
from resguardo.cases.worklist import Wanted
from resguardo.people.holder import Holder
from resguardo.people.models import Member
from resguardo.work.models import SavedView
from resguardo.work.phrases import party_title
from resguardo.work.signed import with_a_part

WHOSE = {"mias": "mine", "libres": "free", "todas": "all"}
WHEN = {"atrasadas": "late", "hoy": "soon"}
NATURES = ("guidance", "notice", "denuncia")
FOUND = 50


@with_a_part
def worklist(request: HttpRequest, holder: Holder) -> HttpResponse:
    """What I owe and what we owe: late first."""
    now = timezone.now()
    start = int(request.GET["desde"]) if request.GET.get("desde", "").isdecimal() else 0
    page = lists.worklist(holder, now, wanted(request.GET), start)
    route, language = queries.current_route(), get_language() or "es"
    context = {
        "sections": sections(page.rows, holder, language),
        "start": start,
        "next": address(request.GET, desde=start + lists.PAGE) if page.more else "",
        "before": address(request.GET, desde=max(0, start - lists.PAGE)) if start else "",
        "counts": lists.counts(holder, now),
        "tabs": tabs(request.GET),
        "steps": [(n, s.title.in_(language)) for n, s in route.steps.items() if s.who == holder.party],
        "natures": NATURES,
        "chosen": request.GET,
        "filtered": any(request.GET.get(name) for name in ("de", "cuando", "paso", "naturaleza")),
        "views": SavedView.objects.filter(member=holder.member),
        "query": address(request.GET, desde=""),
        "concerns": concerns(holder, now, language),
        "title": _("What we owe"),
    }
    return render(request, "work/list.html", context)


def wanted(asked: QueryDict) -> Wanted:
    """The filters of an address; what is not understood filters nothing."""
    nature = asked.get("naturaleza", "")
    return Wanted(
        WHOSE.get(asked.get("de", ""), "all"),
        WHEN.get(asked.get("cuando", ""), "all"),
        asked.get("paso", "")[:40],
        nature if nature in NATURES else "",
    )


def address(asked: QueryDict, **changed: Any) -> str:
    """The same address with some filters changed; an empty one is left out."""
    known = {name: asked.get(name, "") for name in ("de", "cuando", "paso", "naturaleza", "desde")}
    return "?" + urlencode({name: value for name, value in {**known, **changed}.items() if value})


def tabs(asked: QueryDict) -> list[dict[str, Any]]:
    """The ready filters above the list: (title, count, address, whether it is chosen)."""
    choices = (
        (_("All"), "all", {"de": "", "cuando": ""}),
        (_("Mine"), "mine", {"de": "mias", "cuando": ""}),
        (_("Nobody's yet"), "free", {"de": "libres", "cuando": ""}),
        (_("Late"), "late", {"de": "", "cuando": "atrasadas"}),
        (_("Within 24 hours"), "soon", {"de": "", "cuando": "hoy"}),
    )
    return [
        {
            "title": title,
            "count": name,
            "address": address(asked, desde="", **change),
            "here": all(asked.get(key, "") == value for key, value in change.items()),
        }
        for title, name, change in choices
    ]


def sections(rows: Iterable[Owed], holder: Holder, language: str) -> list[dict[str, Any]]:
    """The rows as late, due within a day, and later; each says in words what is owed."""
    now = timezone.now()
    names = dict(Member.objects.filter(party=holder.party).values_list("pseudonym", "name"))
    found: dict[str, list[dict[str, Any]]] = {"late": [], "due": [], "": []}
    for owed in rows:
        kind = "" if owed.due is None or owed.due >= now + timedelta(hours=24) else "due"
        kind = "late" if owed.due is not None and owed.due < now else kind
        step = queries.route_named(owed.case.route).steps[owed.step]
        found[kind].append(
            {
                "owed": owed,
                "case": owed.case,
                "title": step.title.in_(language),
                "mine": owed.assigned == holder.actor,
                "hands": names.get(owed.assigned, ""),
            }
        )
    titles = {"late": _("Late"), "due": _("Within 24 hours"), "": _("Later")}
    return [{"kind": kind, "title": titles[kind], "rows": rows} for kind, rows in found.items() if rows]


def concerns(holder: Holder, now: Any, language: str) -> list[dict[str, Any]]:
    """What others owe late that this party is told of."""
    late = Owed.objects.filter(told_to=holder.party, due__lt=now).exclude(party=holder.party)
    late = late.filter(case__in=queries.cases_of(holder)).select_related("case").order_by("due")[:FOUND]
    answer = []
    for owed in late:
        route = queries.route_named(owed.case.route)
        answer.append(
            {
                "party": party_title(route, owed.party, language),
                "title": route.steps[owed.step].title.in_(language),
                "owed": owed,
            }
        )
    return answer


@with_a_part
def all_cases(request: HttpRequest, holder: Holder) -> HttpResponse:
    """Every case of the institution, the newest first."""
    start = int(request.GET["desde"]) if request.GET.get("desde", "").isdecimal() else 0
    rows = list(queries.cases_of(holder).order_by("-opened_at")[start : start + FOUND + 1])
    more = f"?desde={start + FOUND}" if len(rows) > FOUND else ""
    context = {"cases": rows[:FOUND], "more": more, "title": _("All our cases")}
    return render(request, "work/cases.html", context)


@with_a_part
def search(request: HttpRequest, holder: Holder) -> HttpResponse:
    """By case number, phone, account or document, exactly. What is asked never stands in an address."""
    asked = request.POST.get("asked", "")[:200].strip()
    found: list[Case] = list(find(holder, asked)[:FOUND]) if asked else []
    context = {"asked": asked, "cases": found, "title": _("Search")}
    return render(request, "work/search.html", context)


@with_a_part
@require_POST
def save_view(request: HttpRequest, holder: Holder) -> HttpResponse:
    """Keep the filters under a name, or forget them."""
    name, query = request.POST.get("name", "").strip()[:40], request.POST.get("query", "")[:200]
    if "forget" in request.POST:
        SavedView.objects.filter(member=holder.member, pk=request.POST["forget"]).delete()
        return redirect("/trabajo/")
    if name and query.startswith("?"):
        SavedView.objects.update_or_create(member_id=holder.member, name=name, defaults={"query": query})
    return redirect(f"/trabajo/{query if query.startswith('?') else ''}")


@with_a_part
def board(request: HttpRequest, holder: Holder) -> HttpResponse:
    """What is late in each institution, and how often women are asked again: numbers, no case."""
    route, language = queries.current_route(), get_language() or "es"
    late, once = lists.late(timezone.now()), tell_once()
    parties = [name for name, party in route.parties.items() if party.enabled]
    rows = [
        {
            "party": party_title(route, name, language),
            "late": late.get(name, 0),
            "asked_again": once.get(name, {}).get("asked-again", 0),
            "opened": once.get(name, {}).get("opened", 0),
        }
        for name in parties
    ]
    most = max([row["late"] for row in rows], default=0) or 1
    for row in rows:
        row["wide"] = round(240 * row["late"] / most)
    return render(request, "work/board.html", {"rows": rows, "title": _("Late, by institution")})
