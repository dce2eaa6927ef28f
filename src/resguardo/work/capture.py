"""Asking for the capture of a public page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from resguardo.evidence import capturing
from resguardo.people.holder import Holder
from resguardo.work.forms import Page
from resguardo.work.signed import opened_case, signed_in


@signed_in
def ask(request: HttpRequest, holder: Holder, number: str) -> HttpResponse:
    """The address of a page; the worker captures it."""
    case = opened_case(number, holder)
    capturing.may_ask(case, holder)
    form = Page(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        capturing.ask(case, form.cleaned_data["address"], holder, timezone.now())
        return redirect(f"/trabajo/casos/{number}/#h-evidence")
    context = {"case": case, "form": form, "title": _("Capture a public page")}
    return render(request, "work/capture.html", context, status=422 if form.is_bound else 200)
