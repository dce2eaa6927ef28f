"""The pages of one file: opened with a reason, in grey first; covered; marked; its custody."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from resguardo.cases import queries
from resguardo.cases.models import Case
from resguardo.core.history import HER
from resguardo.evidence import commands as evidence
from resguardo.evidence import custody as chain
from resguardo.evidence import inspecting, viewing
from resguardo.evidence import queries as evidence_queries
from resguardo.evidence.models import Item
from resguardo.people.holder import SYSTEM, Holder
from resguardo.work import findings, timeline
from resguardo.work.forms import Cover, Reason
from resguardo.work.phrases import party_title
from resguardo.work.reasons import WORDS
from resguardo.work.signed import opened_case, signed_in


def found_item(number: str, item_id: str, holder: Holder) -> tuple[Case, Item, evidence_queries.ItemView]:
    """The case, the stored file, and what the holder may know of it. Raises NotGranted without the key."""
    case = opened_case(number, holder)
    stored = evidence_queries.item(case, item_id)
    evidence.item_identity(stored, holder)
    view = next(i for i in evidence_queries.items(case, holder) if i.id == str(item_id))
    return case, stored, view


@signed_in
def item(request: HttpRequest, holder: Holder, number: str, item_id: str) -> HttpResponse:
    """Before a file is opened: why, and how much of it. What is opened is written down first."""
    case, stored, view = found_item(number, item_id, holder)
    evidence.refuse_minor(stored, holder)
    form = Reason(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        reason, how = form.cleaned_data["reason"], request.POST.get("how", viewing.GREY)
        return opened(request, holder, case, stored, view, reason, how)
    context = {
        "case": case,
        "item": view,
        "found": findings.words(view.found),
        "form": form,
        "blurred": viewing.blurred(stored, holder),
        "title": _("Open a file"),
    }
    return render(request, "work/item.html", context, status=422 if form.is_bound else 200)


def opened(
    request: HttpRequest,
    holder: Holder,
    case: Case,
    stored: Item,
    view: evidence_queries.ItemView,
    reason: str,
    how: str,
) -> HttpResponse:
    """One opening: a view in grey or in colour, the conversation, or the original."""
    now = timezone.now()
    context: dict[str, Any] = {"case": case, "item": view, "reason": reason, "how": how, "title": _("File")}
    if how == viewing.TALKED:
        context["talks"] = viewing.open_talk(stored, holder, now, reason)
        if context["talks"]:
            return render(request, "work/talk.html", context)
    if how in (viewing.GREY, viewing.COLOUR):
        context["views"] = viewing.open_views(stored, holder, now, reason, how)
        if context["views"]:
            return render(request, "work/opened.html", context)
    return original(holder, case, stored, view, reason)


def original(
    holder: Holder, case: Case, stored: Item, view: evidence_queries.ItemView, reason: str
) -> HttpResponse:
    """The file itself, as it came: shown where it is a picture, otherwise downloaded."""
    pieces = evidence.open_item(stored, holder, timezone.now(), reason)
    response = StreamingHttpResponse(pieces, content_type=view.media_type or "application/octet-stream")
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    how = "inline" if (view.media_type or "").startswith("image/") else "attachment"
    response.headers["Content-Disposition"] = f'{how}; filename="{case.number}-{view.seq}"'
    return response


@signed_in
def cover(request: HttpRequest, holder: Holder, number: str, item_id: str) -> HttpResponse:
    """Make a copy with rectangles covered; the original stays as it is."""
    case, stored, view = found_item(number, item_id, holder)
    evidence.refuse_minor(stored, holder)
    form = Cover(request.POST if "style" in request.POST else None)
    problem, shown = None, None
    if request.POST.get("reason") in WORDS:
        views = viewing.open_views(stored, holder, timezone.now(), request.POST["reason"], viewing.GREY)
        shown = views[0] if views else None
    if form.is_bound and form.is_valid():
        try:
            rectangles, style = form.rectangles(), form.cleaned_data["style"]
            made = viewing.cover(stored, holder, timezone.now(), rectangles, style)
            return redirect(f"/trabajo/casos/{number}/#archivo-{made.pk}")
        except viewing.NotCovered as error:
            problem = error
    context = {
        "case": case,
        "item": view,
        "form": form,
        "problem": problem,
        "shown": shown,
        "blurred": viewing.blurred(stored, holder),
        "title": _("Make a covered copy"),
    }
    return render(request, "work/cover.html", context, status=422 if form.is_bound else 200)


@signed_in
def minor(request: HttpRequest, holder: Holder, number: str, item_id: str) -> HttpResponse:
    """Say that a minor may be seen: nobody opens it here any more."""
    case, stored, view = found_item(number, item_id, holder)
    if request.method == "POST":
        if not view.minor:
            inspecting.mark_minor(stored, holder, timezone.now())
        return redirect(f"/trabajo/casos/{number}/#archivo-{item_id}")
    return render(request, "work/minor.html", {"case": case, "item": view, "title": _("A minor may be seen")})


@signed_in
def custody(request: HttpRequest, holder: Holder, number: str, item_id: str) -> HttpResponse:
    """A line in time of one file: who, what, why; who could have read it; and a form to print."""
    case = opened_case(number, holder)
    evidence_queries.item(case, item_id)
    view = next(i for i in evidence_queries.items(case, holder) if i.id == str(item_id))
    language = get_language() or "es"
    route = queries.route_named(case.route)
    moments = [
        {
            "at": moment.at,
            "what": moment.words(language),
            "party": party_title(route, moment.party, language),
            "actor": "" if moment.actor in (HER, SYSTEM) else moment.actor,
            "reason": WORDS.get(moment.reason, moment.reason),
            "outside": moment.outside,
        }
        for moment in chain.moments(case, str(item_id), view)
    ]
    context = {
        "case": case,
        "item": view,
        "moments": moments,
        "drawing": timeline.draw([(m["at"], m["outside"]) for m in moments]),
        "readers": [
            {"title": party_title(route, r.party, language), "held": r}
            for r in chain.readers(case, str(item_id))
        ],
        "title": _("Custody of a file"),
    }
    return render(request, "work/custody.html", context)
