"""The pages of figures: everybody's under /cifras/, an institution's own under /trabajo/cifras/.

Each view finds its door, asks once, and renders. Nothing here changes anything, and no page sets a cookie.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from resguardo.core.indicator import Indicator
from resguardo.indicators import dictionary, doors, downloads, overview, page, paper, queries
from resguardo.indicators.asking import Asked
from resguardo.indicators.doors import Door
from resguardo.indicators.errors import FiguresError, NoFigures
from resguardo.indicators.frame import frame
from resguardo.people.holder import Holder
from resguardo.work.signed import signed_in

Behind = Callable[..., HttpResponse]


def public(view: Behind) -> Behind:
    """`view` behind everybody's door."""

    @require_safe
    def inner(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return explained(view, request, doors.PUBLIC, **kwargs)

    return inner


def within(view: Behind, *, shared: bool) -> Behind:
    """`view` behind the door of whoever signed in."""

    @require_safe
    @signed_in
    def inner(request: HttpRequest, holder: Holder, **kwargs: Any) -> HttpResponse:
        return explained(view, request, doors.inside(holder, shared=shared), **kwargs)

    return inner


def own(view: Behind) -> Behind:
    """`view` behind the door of an institution's own figures."""
    return within(view, shared=False)


def shared(view: Behind) -> Behind:
    """`view` behind the door of the shared figures."""
    return within(view, shared=True)


def explained(view: Behind, request: HttpRequest, door: Door, **kwargs: Any) -> HttpResponse:
    """What `view` answers; where it cannot, why, in words and with a way on."""
    try:
        return view(request, door, **kwargs)
    except FiguresError as error:
        empty = isinstance(error, NoFigures)
        context = {"door": door, "problem": error, "title": _("Figures"), "empty": empty, "query": "?"}
        return render(request, "indicators/problem.html", context, status=200 if empty else 422)


def summary(request: HttpRequest, door: Door) -> HttpResponse:
    """The overview."""
    return render(request, "indicators/overview.html", overview.context(door, request.GET))


def found(door: Door, id_: str) -> Indicator:
    """The indicator of an address. Raises Http404 where this door has no page for it."""
    one = queries.figures().named(id_)
    if one is None or not door.leads_to(one):
        raise Http404
    return one


def indicator(request: HttpRequest, door: Door, id_: str) -> HttpResponse:
    """One indicator, as the address asks it."""
    one = found(door, id_)
    if one.how == "awaits":
        context = {"door": door, **page.awaiting(one)}
        return render(request, "indicators/awaits.html", context)
    seen = page.seen(door, one, request.GET)
    return render(request, "indicators/indicator.html", page.context(seen, request.GET))


def download(request: HttpRequest, door: Door, id_: str, name: str) -> HttpResponse:
    """The table, or the page on paper, as a file."""
    one = found(door, id_)
    made = {**downloads.KINDS, **paper.KINDS}.get(name)
    if made is None or one.how == "awaits":
        raise Http404
    kind, make = made
    return attached(make(page.seen(door, one, request.GET)), kind, f"{one.id}-{name}")


def attached(content: bytes, kind: str, name: str) -> HttpResponse:
    """A file to keep."""
    answer = HttpResponse(content, content_type=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def results(request: HttpRequest, door: Door) -> HttpResponse:
    """The programme's results frame."""
    if not door.framed:
        raise Http404
    context = {"door": door, "frame": frame(door), "title": _("Results frame"), "query": Asked().query}
    return render(request, "indicators/frame.html", context)


def data(request: HttpRequest, door: Door) -> HttpResponse:
    """What each figure means, and all that is published in one file."""
    context = {
        "door": door,
        "sections": dictionary.sections(door),
        "title": _("Data and definitions"),
        "query": "?",
    }
    return render(request, "indicators/data.html", context)


def all_data(request: HttpRequest, door: Door) -> HttpResponse:
    """Everything that is published, as one long table."""
    return attached(dictionary.published(), "text/csv; charset=utf-8", "cifras.csv")
