"""Her pages after the receipt: where her case is, messages, more files, and who may see what."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from resguardo.cases import commands as cases
from resguardo.cases import hiding, queries
from resguardo.cases.grants import settle
from resguardo.cases.models import Case
from resguardo.core.errors import ResguardoError
from resguardo.core.route import LEADER, Route, Step
from resguardo.core.vault import Receipt
from resguardo.evidence import commands as evidence
from resguardo.evidence import queries as evidence_queries
from resguardo.evidence.errors import TooBig
from resguardo.people.holder import Holder
from resguardo.report import arriving, commands, papers
from resguardo.report.papers import Sheet
from resguardo.report.path import draw
from resguardo.report.views import from_her, hers, same_site, stop_upload, too_long

Page = Callable[[HttpRequest, Sheet, Case, Holder], HttpResponse]


@hers
def come_back(request: HttpRequest) -> HttpResponse:
    """Type the number; a slip is caught before anything is looked up."""
    problem = None
    if request.method == "POST" and same_site(request):
        try:
            found = queries.her_case(Receipt.parse(request.POST.get("number", "")))
        except ResguardoError as slip:
            problem = slip
        else:
            if found is not None:
                case, holder = found
                settle(holder)
                content = {"case": str(case.pk), "identity": holder.identity.text()}
                sheet = papers.begin("visit", content, timezone.now())
                response = redirect("/volver/caso/")
                papers.hand_over(response, sheet)
                return response
            problem = ResguardoError(
                "No case has this number.", remedy="Look at it again, group by group: five groups of four."
            )
    context = {
        "problem": problem,
        "typed": request.POST.get("number", ""),
        "title": _("Come back"),
        "tab": _("Come back"),
    }
    return render(request, "report/come_back.html", context, status=422 if problem else 200)


def visiting(page: Page) -> Callable[[HttpRequest], HttpResponse]:
    """A page of her visit: opened by the cookie, half an hour after her last step at most."""

    @hers
    @wraps(page)
    def view(request: HttpRequest) -> HttpResponse:
        now = timezone.now()
        with papers.changing(request, "visit", now) as sheet:
            if sheet is None:
                return render(request, "report/visit_over.html", status=410)
        response = page(request, sheet, *commands.opened_by(sheet))
        papers.hand_over(response, sheet)
        return response

    return view


@visiting
def where(request: HttpRequest, sheet: Sheet, case: Case, holder: Holder) -> HttpResponse:
    """Where the case is, in plain words."""
    route, state = queries.route_named(case.route), queries.state(case)
    language = get_language() or "es"
    done = [
        (each[-1].at, route.steps[name].told.in_(language))
        for name, each in state.done.items()
        if name in route.steps and route.steps[name].told
    ]
    following = [
        (route.parties[owed.party].title.in_(language), waiting_words(route.steps[owed.step], language))
        for owed in state.open
        if owed.party in route.parties
    ]
    context = {
        "sheet": sheet,
        "case": case,
        "done": sorted(done),
        "following": following,
        "closed": state.closed,
        "opened_by": openings(case, route, language),
        "path": draw(route, state, language),
        "new_messages": len([m for m in queries.messages(case, holder) if m.party != holder.party]),
        "title": _("Where your case is"),
        "tab": _("Progress"),
    }
    return render(request, "report/where.html", context)


def waiting_words(step: Step, language: str) -> str:
    """What she reads while a step is owed."""
    return (step.waits or step.title).in_(language)


def openings(case: Case, route: Route, language: str) -> list[tuple[Any, str, str]]:
    """Who has opened what of hers: (when, institution, part of the case, or that it was an emergency)."""
    found = []
    for e in queries.events(case):
        if e.party not in route.parties or e.kind not in ("accessed", "glass-broken"):
            continue
        group = route.groups.get(e.about.get("group", ""))
        what = group.title.in_(language) if group else _("All of it, in an emergency")
        found.append((e.at, route.parties[e.party].title.in_(language), what))
    return found


@visiting
def messages(request: HttpRequest, sheet: Sheet, case: Case, holder: Holder) -> HttpResponse:
    problem, typed = None, ""
    if request.method == "POST" and from_her(request, sheet):
        typed = request.POST.get("text", "")[:20_000]
        try:
            cases.send_message(case, typed, holder, timezone.now())
            return redirect("/volver/mensajes/")
        except ResguardoError as error:
            problem = error
    context = {
        "sheet": sheet,
        "messages": queries.messages(case, holder),
        "readers": readers(case),
        "problem": problem,
        "typed": typed,
        "title": _("Messages"),
        "tab": _("Messages"),
        "parties": titles(case),
    }
    return render(request, "report/messages.html", context)


def titles(case: Case) -> dict[str, str]:
    """The institutions' titles in her language."""
    route, language = queries.route_named(case.route), get_language() or "es"
    return {name: party.title.in_(language) for name, party in route.parties.items()}


def readers(case: Case) -> list[str]:
    """Who reads her messages, in words."""
    names = titles(case)
    return [names[p] for p, group in sorted(queries.state(case).sees) if group == "channel"]


@visiting
def more_files(request: HttpRequest, sheet: Sheet, case: Case, holder: Holder) -> HttpResponse:
    problems: list[ResguardoError] = []
    if request.method == "POST":
        if too_long(request):
            problems = [TooBig(evidence.PLAIN_LIMIT)]
        elif from_her(request, sheet) and "stop" in request.POST:
            stop_upload(request, sheet)
            return redirect("/volver/archivos/")
        elif from_her(request, sheet):
            for upload in request.FILES.getlist("files"):
                try:
                    received = evidence.receive(upload, name=upload.name, at=timezone.now())
                    note = request.POST.get("note", "")[:2000]
                    evidence.attach(case, received, holder, timezone.now(), note)
                except ResguardoError as problem:
                    problems.append(problem)
            if not problems:
                return redirect("/volver/archivos/")
    context = {
        "sheet": sheet,
        "items": evidence_queries.items(case, holder),
        "uploads": arriving.unfinished(sheet, timezone.now()),
        "largest": settings.FILE_LIMIT,
        "problems": problems,
        "title": _("Your files"),
        "tab": _("Your files"),
    }
    return render(request, "report/more_files.html", context, status=422 if problems else 200)


@visiting
def permissions(request: HttpRequest, sheet: Sheet, case: Case, holder: Holder) -> HttpResponse:
    """Give or withdraw each consent, one at a time."""
    route, state = queries.route_named(case.route), queries.state(case)
    if request.method == "POST" and from_her(request, sheet):
        names = request.POST.get("hide_names", "").strip()
        if names:
            hiding.hide_from(case, names[:500], holder, timezone.now())
            return redirect("/volver/permisos/?oculto=1")
        consent, _sep, party = request.POST.get("which", "").rpartition("-")
        if consent in route.consents and party in route.parties:
            if (consent, party) in state.consents:
                cases.withdraw_consent(case, consent, party, holder, timezone.now())
            else:
                cases.give_consent(case, consent, party, holder, timezone.now())
        return redirect("/volver/permisos/")
    language = get_language() or "es"
    asked: dict[str, list[dict[str, Any]]] = {}
    for consent, party in route.consents_for(state.facts):
        if party == LEADER and not state.leader:
            continue
        spec = route.consents[consent]
        asked.setdefault(titles(case)[party], []).append(
            {
                "which": f"{consent}-{party}",
                "title": spec.title.in_(language),
                "text": spec.text.in_(language),
                "given": (consent, party) in state.consents,
            }
        )
    context = {
        "sheet": sheet,
        "asked": asked,
        "hidden_now": "oculto" in request.GET,
        "title": _("Who may see what"),
        "tab": _("Permissions"),
    }
    return render(request, "report/permissions.html", context)


@visiting
def further(request: HttpRequest, sheet: Sheet, case: Case, holder: Holder) -> HttpResponse:
    """Go from guidance to a notice, or to a denuncia."""
    problem = None
    if request.method == "POST" and from_her(request, sheet):
        identity = {name: request.POST.get(name, "")[:500] for name in ("name", "document")}
        try:
            cases.change_nature(case, request.POST.get("nature", ""), holder, timezone.now(), identity)
            return redirect("/volver/permisos/")
        except ResguardoError as error:
            problem = error
    context = {
        "sheet": sheet,
        "case": case,
        "closed": queries.state(case).closed,
        "choices": cases.NATURES[cases.NATURES.index(case.nature) + 1 :],
        "problem": problem,
        "typed": request.POST,
        "title": _("Go further"),
        "tab": _("Next step"),
    }
    return render(request, "report/further.html", context, status=422 if problem else 200)


@hers
def end(request: HttpRequest) -> HttpResponse:
    """End the visit: the cookie and its row are gone."""
    papers.forget(request)
    response = redirect("/")
    response.delete_cookie(papers.COOKIE)
    return response
