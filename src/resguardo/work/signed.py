"""Who may come in, and to which case: the doors that every view of this room passes."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from resguardo import packs
from resguardo.cases import queries, working
from resguardo.cases.errors import InHand, NoSuchCase, NotGranted
from resguardo.cases.models import Case
from resguardo.evidence.errors import MinorSealed
from resguardo.people.holder import Holder

View = Callable[..., HttpResponse]
FIGURES = "/trabajo/cifras/"


def signed_in(view: View) -> View:
    """Only with opened keys; otherwise to the sign-in page."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.holder is None:
            if request.method == "GET" and request.left_alone:
                return redirect(f"/trabajo/entrar/?a={request.path}&sola=1")
            return redirect("/trabajo/entrar/")
        try:
            return view(request, request.holder, *args, **kwargs)
        except NoSuchCase as error:
            raise Http404 from error
        except InHand:
            return redirect(f"/trabajo/casos/{kwargs['number']}/abrir/")
        except (NotGranted, MinorSealed) as error:
            return render(request, "work/closed.html", {"problem": error, "title": _("Closed")}, status=403)

    return inner


def observes(holder: Holder) -> bool:
    """Whether the holder's party sees figures and has no part in cases."""
    return holder.party in packs.load(settings.PACK).observers


def with_a_part(view: View) -> View:
    """Only for an institution of the route; whoever only sees figures is led to them."""

    @signed_in
    @wraps(view)
    def inner(request: HttpRequest, holder: Holder, *args: Any, **kwargs: Any) -> HttpResponse:
        if observes(holder):
            return redirect(FIGURES)
        return view(request, holder, *args, **kwargs)

    return inner


def opened_case(number: str, holder: Holder) -> Case:
    """The case, where the holder may open what it holds.

    Raises NoSuchCase, and InHand where colleagues have it in hand and the holder has not broken the glass.
    """
    case = queries.case_for(number, holder)
    if not working.may_read(queries.state(case), queries.events(case), holder, timezone.now()):
        raise InHand("Somebody of your institution has this case in hand.")
    return case
