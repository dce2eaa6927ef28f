"""The institutions' pages. Each view parses, calls one command or query, and renders."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from resguardo.cases import commands as cases
from resguardo.cases import queries
from resguardo.cases.errors import NotGranted, NotOwed
from resguardo.core.errors import ResguardoError
from resguardo.core.fold import Done
from resguardo.court.bag import pieces
from resguardo.evidence.bagging import make_bag
from resguardo.packs import Answer, load
from resguardo.people.holder import Holder
from resguardo.work import drawing
from resguardo.work.forms import Message, StepForm
from resguardo.work.page import case_page, shares_preview
from resguardo.work.phrases import party_title
from resguardo.work.signed import opened_case, signed_in


@signed_in
def case(request: HttpRequest, holder: Holder, number: str) -> HttpResponse:
    found = opened_case(number, holder)
    return render(request, "work/case.html", case_page(found, holder, get_language() or "es"))


@signed_in
def step(request: HttpRequest, holder: Holder, number: str, name: str) -> HttpResponse:
    """Do one step: first what it will share and with whom, then the confirmation."""
    found = opened_case(number, holder)
    route, language = queries.route_named(found.route), get_language() or "es"
    if name not in route.steps:
        raise Http404
    form = StepForm(route, name, language, request.POST if request.method == "POST" else None)
    problem: ResguardoError | None = None
    before: tuple[Done, ...] = ()
    if request.method == "POST" and form.is_valid():
        try:
            cases.do_step(
                found,
                name,
                holder,
                timezone.now(),
                outcome=form.cleaned_data.get("outcome"),
                facts=form.facts(),
                writes=form.writes(),
            )
        except NotOwed as error:
            problem, before = error, queries.state(found).done.get(name, ())
        else:
            return redirect(f"/trabajo/casos/{number}/")
    context = {
        "case": found,
        "form": form,
        "spec": route.steps[name],
        "does": route.steps[name].does.in_(language) if route.steps[name].does else "",
        "shares": shares_preview(route, queries.state(found), name, language),
        "problem": problem,
        "before": before[-1] if before else None,
        "fills_record": name == load(settings.PACK).register_step,
        "before_by": party_title(route, before[-1].party, language) if before else "",
        "title": route.steps[name].title.in_(language),
    }
    status = 409 if problem else 422 if form.is_bound and form.errors else 200
    return render(request, "work/step.html", context, status=status)


@signed_in
def message(request: HttpRequest, holder: Holder, number: str) -> HttpResponse:
    """Write to her; a question for what is on file goes only with its reason."""
    found = opened_case(number, holder)
    if queries.doors(found, holder).get("channel") not in ("open", "empty"):
        raise NotGranted("Your institution may not write to her here: she has not consented to it.")
    route, language = queries.route_named(found.route), get_language() or "es"
    begun = guided(request.GET.get("respuesta", ""))
    initial = {"text": begun.text.in_(language)} if begun else {}
    form = Message(route, language, request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        with transaction.atomic():
            if given["field"]:
                cases.ask_again(found, given["field"], given["reason"], holder, timezone.now())
            cases.send_message(found, given["text"], holder, timezone.now())
        return redirect(f"/trabajo/casos/{number}/#mensajes")
    context = {"case": found, "form": form, "guided": begun, "title": _("Write to her")}
    return render(request, "work/message.html", context, status=422 if form.is_bound else 200)


def guided(asked: str) -> Answer | None:
    """The guided answer of the pack that an officer wants to begin with."""
    return next((answer for answer in load(settings.PACK).answers if answer.id == asked), None)


@signed_in
def part(request: HttpRequest, holder: Holder, number: str, group: str) -> HttpResponse:
    """One part of a case by itself: refused in words where the key is not held."""
    found = opened_case(number, holder)
    if group not in queries.route_named(found.route).groups:
        raise Http404
    queries.read_group(found, group, holder)
    return redirect(f"/trabajo/casos/{number}/#{group}")


@signed_in
def bag(request: HttpRequest, holder: Holder, number: str) -> HttpResponse:
    """The court bag, as a download that is made while it is sent: no plaintext touches the disk."""
    found = opened_case(number, holder)
    if request.method != "POST":
        return render(request, "work/bag.html", {"case": found, "title": _("Court bag")})
    made = make_bag(found, holder, timezone.now())
    response = StreamingHttpResponse(pieces(made), content_type="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="{found.number}.zip"'
    return response


@signed_in
def route(request: HttpRequest, holder: Holder, number: str) -> HttpResponse:
    """The drawing alone, to print."""
    found = opened_case(number, holder)
    language = get_language() or "es"
    document, state = queries.route_named(found.route), queries.state(found)
    context = {
        "case": found,
        "drawing": drawing.draw(document, state, timezone.localtime(), language),
        "rows": drawing.describe(document, state, timezone.localtime(), language),
        "title": _("Where in the route"),
    }
    return render(request, "work/route.html", context)
