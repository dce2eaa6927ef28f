"""What an officer does to the work itself: take it, pass it on, go back, ask somebody, step back."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from resguardo.cases import hiding, queries, working
from resguardo.cases.deadlines import break_glass
from resguardo.cases.errors import CaseError
from resguardo.core.fold import may_add
from resguardo.people.holder import Holder
from resguardo.work.forms import Ask, Back, Glass
from resguardo.work.signed import opened_case, signed_in


@signed_in
@require_POST
def assign(request: HttpRequest, holder: Holder, number: str) -> HttpResponse:
    """Put a step in somebody's hands: mine, a colleague's, or nobody's."""
    found = queries.case_for(number, holder)
    step, to = request.POST.get("step", ""), request.POST.get("to", "")
    try:
        working.assign(found, step, to, holder, timezone.now())
    except CaseError as error:
        context = {"problem": error, "title": _("It was not passed on")}
        return render(request, "work/closed.html", context, status=409)
    return redirect("/trabajo/" if request.POST.get("from") == "list" else f"/trabajo/casos/{number}/")


@signed_in
def go_back(request: HttpRequest, holder: Holder, number: str, name: str) -> HttpResponse:
    """Owe again a step that we did: first what falls with it, then the reason."""
    found = opened_case(number, holder)
    route, state, language = queries.route_named(found.route), queries.state(found), get_language() or "es"
    if name not in route.steps:
        raise Http404
    form, problem = Back(request.POST if request.method == "POST" else None), None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            working.go_back(found, name, given["reason"], holder, timezone.now(), given["note"])
            return redirect(f"/trabajo/casos/{number}/")
        except CaseError as error:
            problem = error
    falling = [one for one in state.standing if one in route.successors[name]]
    context = {
        "case": found,
        "form": form,
        "problem": problem,
        "step": route.steps[name].title.in_(language),
        "falling": [route.steps[one].title.in_(language) for one in route.steps if one in falling],
        "title": _("Do it again"),
    }
    return render(request, "work/back.html", context, status=status(form, problem))


@signed_in
def ask(request: HttpRequest, holder: Holder, number: str) -> HttpResponse:
    """Ask another institution for something: it owes the answer, and she is not asked."""
    found = opened_case(number, holder)
    route, state, language = queries.route_named(found.route), queries.state(found), get_language() or "es"
    possible = [
        (name, route.parties[step.who].title.in_(language))
        for name, step in route.steps.items()
        if may_add(route, state, name)
        and step.who != holder.party
        and (holder.party, step.needs[0]) in state.sees
    ]
    form, problem = Ask(possible, request.POST if request.method == "POST" else None), None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            working.ask_for(found, given["step"], given["reason"], given["text"], holder, timezone.now())
            return redirect(f"/trabajo/casos/{number}/#coordination")
        except CaseError as error:
            problem = error
    context = {"case": found, "form": form, "problem": problem, "none": not possible}
    context["title"] = _("Ask an institution for something")
    return render(request, "work/ask.html", context, status=status(form, problem))


@signed_in
def glass(request: HttpRequest, holder: Holder, number: str) -> HttpResponse:
    """A case that colleagues have in hand: who, and the way in for an emergency."""
    found = queries.case_for(number, holder)
    form = Glass(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        break_glass(found, given["reason"], given["note"], holder, timezone.now())
        return redirect(f"/trabajo/casos/{number}/")
    state = queries.state(found)
    names = working.hands(found, holder.party, state)
    hands = sorted({names.get(o.assigned, "") for o in state.open if o.party == holder.party and o.assigned})
    context: dict[str, Any] = {"case": found, "form": form, "hands": hands, "title": _("In other hands")}
    return render(request, "work/glass.html", context, status=status(form, None))


@signed_in
def recuse(request: HttpRequest, holder: Holder, number: str) -> HttpResponse:
    """An officer who knows the people of a case steps back, and sees it no more."""
    found = queries.case_for(number, holder)
    if request.method == "POST":
        hiding.recuse(found, holder, timezone.now())
        return redirect("/trabajo/")
    return render(request, "work/recuse.html", {"case": found, "title": _("I must not see this case")})


def status(form: Any, problem: CaseError | None) -> int:
    """409 where somebody else was first, 422 where the form wants mending."""
    return 409 if problem else 422 if form.is_bound and form.errors else 200
