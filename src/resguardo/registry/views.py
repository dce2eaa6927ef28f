"""The record of a case on the screen: one page, or step by step; kept as a draft, saved, printed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from resguardo.cases.commands import note_access
from resguardo.cases.models import Case
from resguardo.core.codes import Field, as_codes
from resguardo.people.holder import Holder
from resguardo.registry import commands
from resguardo.registry.answers import PREFIX, answers, changed
from resguardo.registry.page import CHECK, Page, begun, beside
from resguardo.registry.queries import SEALED_IN, Sheet, sheet
from resguardo.registry.questions import shown
from resguardo.work.signed import opened_case, signed_in

SOURCES = ("officer", "document")


@signed_in
def record(request: HttpRequest, holder: Holder, number: str) -> HttpResponse:
    """The record: to fill in for whoever keeps the register, to read for the others."""
    found = opened_case(number, holder)
    held = opened_sheet(found, holder)
    if not held.may_write:
        page = Page(held, holder, get_language() or "es")
        return render(request, "registry/read.html", read_context(page))
    if request.method == "POST":
        return taken(request, holder, held)
    given = put_in(held, begun(held, holder.party), request.GET.get("poner", ""))
    page = Page(held, holder, get_language() or "es", given)
    return filling(request, page, asked_step(page, request.GET.get("paso", "")))


def opened_sheet(case: Case, holder: Holder) -> Sheet:
    """The record for `holder`; that they read what is sealed in it is written into the history."""
    held = sheet(case, holder)
    if held.sealed:
        note_access(case, [SEALED_IN], holder, timezone.now())
    return held


def under_lock(held: Sheet) -> Sheet:
    """The record with what is sealed left behind its door."""
    return replace(held, sealed={}, sealed_from=None, doors={**held.doors, SEALED_IN: "closed"})


def asked_step(page: Page, asked: str) -> str:
    """The step that an address asks for; empty for the whole record. Raises Http404."""
    if asked and asked not in (CHECK, *(name for name, _ in page.steps)):
        raise Http404
    return asked


def put_in(held: Sheet, values: Mapping[str, Any], asked: str) -> dict[str, Any]:
    """`values` with a code that was found by searching, asked for as FIELD:CODE; it is not saved by this."""
    name, _, code = asked.partition(":")
    spec = held.register.fields.get(name)
    if spec is None or code not in held.register.current.get(spec.list_, ()):
        return dict(values)
    value = [*dict.fromkeys([*as_codes(values.get(name)), code])] if spec.many else code
    return {**values, name: value}


def filling(
    request: HttpRequest, page: Page, step: str, *, note: str = "", status: int = 200
) -> HttpResponse:
    """The form, whole or one step of it."""
    sections = [one for one in page.sections if step in ("", one.name)]
    before, after = beside(page.steps, step) if step else ("", "")
    names = [name for name, _title in page.steps]
    context = {
        "page": page,
        "case": page.sheet.case,
        "sections": sections,
        "step": step,
        "check": step == CHECK,
        "before": before,
        "after": after,
        "place": names.index(step) + 1 if step in names else 0,
        "note": note,
        "saved": request.GET.get("guardado") == "1" and not note,
        "kept": request.GET.get("borrador") == "1" and page.sheet.draft is not None,
        "put": request.GET.get("poner", ""),
        "source": request.POST.get("source", SOURCES[0]),
        "title": _("Register"),
    }
    return render(request, "registry/record.html", context, status=status)


def sent(request: HttpRequest, holder: Holder, held: Sheet) -> tuple[dict[str, Any], str]:
    """The whole record as the form sent it, what it did not show as it stood; and the step it was on."""
    step = request.POST.get("paso", "")
    mine = held.fields(holder.party)
    asked = [one for one in mine if on_page(one, step) and (not one.sealed or held.may_seal)]
    given = {**begun(held, holder.party), **answers(held.register, asked, request.POST)}
    known = {one.name for one in mine if not one.sealed or held.may_seal}
    return {name: value for name, value in given.items() if name in known}, step


def on_page(spec: Field, step: str) -> bool:
    """Whether a form on `step` asks for `spec`."""
    return step == "" or spec.section == step


def taken(request: HttpRequest, holder: Holder, held: Sheet) -> HttpResponse:
    """What was sent is saved, or kept as a draft; then the page that was asked for."""
    given, step = sent(request, holder, held)
    wish, _colon, about = request.POST.get("do", "draft").partition(":")
    if wish == "save":
        return saved(request, holder, held, given)
    if changed(held.fields(holder.party), given, begun(held, holder.party)):
        commands.keep_draft(held.case, given, holder, timezone.now())
    address = f"/trabajo/casos/{held.case.number}/registro/"
    if wish == "search":
        asked = {"q": request.POST.get(f"q-{about}", ""), "caso": held.case.number, "campo": about}
        return redirect("/trabajo/registro/codigos/?" + urlencode(asked))
    if wish == "go":
        return redirect(f"{address}?paso={about}" if about else address)
    return redirect(f"{address}?" + urlencode({"borrador": "1", **({"paso": step} if step else {})}))


def saved(request: HttpRequest, holder: Holder, held: Sheet, given: dict[str, Any]) -> HttpResponse:
    """Save the record; what is wrong stays as it was typed, in the draft and on the page."""
    language, now = get_language() or "es", timezone.now()
    if request.POST.get("mark") != Page(held, holder, language).mark:
        commands.keep_draft(held.case, given, holder, now)
        note = _("The record changed while you were writing. Nothing of yours is lost: look, and save again.")
        return filling(request, Page(sheet(held.case, holder), holder, language), "", note=note, status=409)
    source = request.POST.get("source", "")
    source = source if source in SOURCES else SOURCES[0]
    done = commands.record(held.case, given, holder, now, source)
    if not done.problems:
        return redirect(f"/trabajo/casos/{held.case.number}/registro/?guardado=1")
    commands.keep_draft(held.case, given, holder, now)
    page = Page(sheet(held.case, holder), holder, language)
    note = _("Saved, but for what is named here; what you typed is kept as a draft.")
    return filling(request, page, "", note=note, status=422)


@signed_in
@require_POST
def draft(request: HttpRequest, holder: Holder, number: str) -> JsonResponse:
    """Keep what is being written, while it is written: when it was kept, and what follows from it so far."""
    held = sheet(opened_case(number, holder), holder)
    given, _step = sent(request, holder, held)
    now = timezone.now()
    commands.keep_draft(held.case, given, holder, now)
    page = Page(held, holder, get_language() or "es", given)
    filled, needed = page.complete
    follows = {
        one.name: shown(page.register, one, page.worked_out.get(one.name), page.language)
        for one in page.fields
        if one.entry == "computed"
    }
    kept = _("Draft kept at %(time)s") % {"time": date_format(timezone.localtime(now), "H:i")}
    return JsonResponse({"kept": kept, "filled": filled, "needed": needed, "follows": follows})


@signed_in
def drop(request: HttpRequest, holder: Holder, number: str) -> HttpResponse:
    """Forget what was begun and not saved, after asking once."""
    found = opened_case(number, holder)
    held = sheet(found, holder)
    commands.may_keep(holder)
    if request.method == "POST":
        commands.drop_draft(found, holder)
        return redirect(f"/trabajo/casos/{number}/registro/")
    context = {"case": found, "drafted_at": held.drafted_at, "title": _("Drop the draft")}
    return render(request, "registry/drop.html", context)


@signed_in
def paper(request: HttpRequest, holder: Holder, number: str) -> HttpResponse:
    """The saved record on A4; what is sealed only where it is asked for, and that is in the history."""
    found = opened_case(number, holder)
    asked = request.GET.get("sellado") == "1"
    held = opened_sheet(found, holder) if asked else under_lock(sheet(found, holder))
    page = Page(replace(held, draft=None), holder, get_language() or "es")
    context = {**read_context(page), "asked": asked, "printed_at": timezone.now()}
    return render(request, "registry/paper.html", context)


def read_context(page: Page) -> dict[str, Any]:
    """What the pages that only show a record need."""
    parts = [{"section": one, "rows": page.rows(one.name)} for one in page.sections]
    return {"page": page, "case": page.sheet.case, "parts": parts, "prefix": PREFIX, "title": _("Register")}
