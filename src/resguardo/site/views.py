"""Pages for when something goes wrong, in plain words and with a way on."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _


def error(request: HttpRequest, title: str, text: str, status: int) -> HttpResponse:
    """One calm page: what happened, and what can be done."""
    return render(request, "site/error.html", {"title": title, "text": text}, status=status)


def not_found(request: HttpRequest, exception: object = None) -> HttpResponse:
    return error(request, _("This page does not exist"), _("Nothing you wrote is lost."), 404)


def refused(request: HttpRequest, exception: object = None, reason: str = "") -> HttpResponse:
    return error(request, _("This page cannot be opened from here"), _("Nothing was changed."), 403)


def bad(request: HttpRequest, exception: object = None) -> HttpResponse:
    return error(request, _("That could not be read"), _("Go back and try again. Nothing is lost."), 400)


def broken(request: HttpRequest) -> HttpResponse:
    text = _("It is not your fault. What was confirmed before is kept. Wait a moment and try again.")
    return error(request, _("Something failed on our side"), text, 500)
