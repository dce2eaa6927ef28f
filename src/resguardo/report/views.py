"""Her pages before the receipt: one question each, no JavaScript, nothing of hers in an address."""

from __future__ import annotations

import hmac
import uuid
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from resguardo import packs
from resguardo.cases.commands import fresh_receipt
from resguardo.cases.errors import Stuck
from resguardo.core.errors import ResguardoError
from resguardo.core.route import LEADER
from resguardo.core.vault import Receipt
from resguardo.evidence import commands as evidence
from resguardo.evidence.errors import TooBig
from resguardo.report import arriving, commands, papers
from resguardo.report.forms import QUESTIONS, Consents, Nature, Question
from resguardo.report.papers import Sheet

DRAIN = 64 * 1024 * 1024


def pack() -> packs.Pack:
    return packs.load(settings.PACK)


def same_site(request: HttpRequest) -> bool:
    """Whether the browser says that the request comes from our own page (old ones say nothing)."""
    return request.headers.get("Sec-Fetch-Site", "same-origin") in ("same-origin", "none")


def from_her(request: HttpRequest, sheet: Sheet) -> bool:
    """Whether a form carries the token that only her own pages know."""
    return same_site(request) and hmac.compare_digest(request.POST.get("t", ""), sheet.form_token)


# Her forms carry a token of her draft instead of Django's cookie for every visitor (`from_her`).
hers = csrf_exempt


def gone(request: HttpRequest) -> HttpResponse:
    """The draft is not there: it was too long ago, or the browser has forgotten its key."""
    return render(request, "report/gone.html", status=410)


def pages(sheet: Sheet) -> list[str]:
    """The questions that this draft asks, in order."""
    asked = list(QUESTIONS)
    if commands.answers(sheet, "camino").get("nature") != "denuncia":
        asked.remove("nombre")
    return asked


def after(sheet: Sheet, page: str) -> str:
    """The address of what follows `page`."""
    order = pages(sheet)
    at = order.index(page) + 1 if page in order else 0
    return f"/contar/{order[at]}/" if at < len(order) else "/contar/revisar/"


def before(sheet: Sheet, page: str) -> str:
    """The address of what comes before `page`."""
    order = pages(sheet)
    at = order.index(page)
    return f"/contar/{order[at - 1]}/" if at else "/contar/telefono/"


def start(request: HttpRequest) -> HttpResponse:
    return render(request, "report/start.html")


def advice(request: HttpRequest) -> HttpResponse:
    lines = [line for line in pack().lines if line.shown_on(timezone.localdate())]
    return render(request, "report/advice.html", {"lines": lines})


def phone(request: HttpRequest) -> HttpResponse:
    return render(request, "report/phone.html")


def leave(request: HttpRequest) -> HttpResponse:
    """Quick exit: forget the draft's key and go to an ordinary page."""
    response = redirect(pack().exit_address)
    if request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate":
        papers.forget(request)
        response.delete_cookie(papers.COOKIE)
        response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return response


def accompany(request: HttpRequest) -> HttpResponse:
    """A leader writes for a woman who is beside her and agrees: a draft that knows who helped."""
    holder = request.holder
    if holder is None or holder.party != LEADER:
        return redirect("/trabajo/entrar/")
    agreed = request.POST.get("agreed") == "yes"
    if request.method == "POST" and agreed:
        sheet = papers.begin("draft", {"leader": holder.actor}, timezone.now())
        response = redirect("/contar/camino/")
        papers.hand_over(response, sheet)
        return response
    context = {"asked": request.method == "POST", "title": _("Accompany a woman"), "tab": _("Accompany")}
    return render(request, "report/accompany.html", context, status=422 if request.method == "POST" else 200)


@hers
def way(request: HttpRequest) -> HttpResponse:
    """Which of the three she wants; the first answer begins the draft and its cookie."""
    now = timezone.now()
    sheet = papers.opened(request, "draft", now)
    if sheet is not None and "receipt" in sheet.content:
        return redirect("/contar/numero/")
    initial = commands.answers(sheet, "camino") if sheet else {}
    form = Nature(request.POST if request.method == "POST" else None, initial=initial, pack=pack())
    if request.method == "POST" and same_site(request) and form.is_valid():
        if sheet is None:
            sheet = papers.begin("draft", {}, now)
            request.COOKIES[papers.COOKIE] = sheet.cookie()
        with papers.changing(request, "draft", now) as held:
            if held is None:
                return gone(request)
            commands.keep_answers(held, "camino", form.cleaned_data, now, 99)
            response = redirect(after(held, "camino"))
        papers.hand_over(response, sheet)
        return response
    return render(request, "report/way.html", {"form": form, "title": form.title})


@hers
def question(request: HttpRequest, page: str) -> HttpResponse:
    """Any one question: show it, or keep what she answered and go on."""
    now = timezone.now()
    sheet = papers.opened(request, "draft", now)
    if sheet is None:
        return gone(request)
    if "receipt" in sheet.content:
        return redirect("/contar/numero/")
    kind = QUESTIONS[page]
    known = context_of(sheet, request.POST if request.method == "POST" and page == "permisos" else None)
    if request.method != "POST":
        form = kind(initial=commands.answers(sheet, page), **known)
        return show(request, sheet, page, form)
    form = kind(request.POST, **known)
    if not from_her(request, sheet) or not form.is_valid():
        return show(request, sheet, page, form, status=422)
    with papers.changing(request, "draft", now) as held:
        if held is None:
            return gone(request)
        seen = int(request.POST.get("seen", "0")) if request.POST.get("seen", "0").isdecimal() else 0
        crossed = commands.keep_answers(held, page, form.cleaned_data, now, seen)
    again = kind(initial=form.cleaned_data, **known)
    if crossed:
        return show(request, held, page, again, crossed=True)
    if page == "permisos" and request.POST.get("boxes", str(len(form.fields))) != str(len(form.fields)):
        return show(request, held, page, again, extended=True)
    return redirect("/contar/revisar/" if request.POST.get("to") == "check" else after(held, page))


def context_of(sheet: Sheet, sent: QueryDict | None = None) -> dict[str, Any]:
    """What a form has to know: the pack, what she wants, and from whom the case is hidden (as `sent`)."""
    if sent is None:
        hidden = commands.consents(sheet)[1]
    else:
        hidden = [name.removeprefix("hide-") for name in sent if name.startswith("hide-")]
    nature = commands.answers(sheet, "camino").get("nature")
    assisted = bool(sheet.content.get("leader"))
    return {"facts": {"nature": nature, "withheld": hidden}, "pack": pack(), "assisted": assisted}


def show(
    request: HttpRequest, sheet: Sheet, page: str, form: Question, status: int = 200, **more: Any
) -> Any:
    """Render a question with its place in the way."""
    order = pages(sheet)
    template = "report/consents.html" if isinstance(form, Consents) else "report/question.html"
    context = {
        "form": form,
        "title": form.title,
        "sheet": sheet,
        "page": page,
        "back": before(sheet, page),
        "number": order.index(page) + 1 if page in order else 1,
        "count": len(order),
        "seen": commands.versions(sheet, page),
        "to": request.POST.get("to") or request.GET.get("to", ""),
    }
    return render(request, template, {**context, **more}, status=status)


@hers
def files(request: HttpRequest) -> HttpResponse:
    """Her files: each is sealed and on disk before the page says that it is received."""
    now = timezone.now()
    sheet = papers.opened(request, "draft", now)
    if sheet is None:
        return gone(request)
    if "receipt" in sheet.content:
        return redirect("/contar/numero/")
    problems: list[ResguardoError] = []
    if request.method == "POST":
        problems = take_files(request, sheet)
        if not problems:
            return redirect(after(sheet, "archivos") if "go_on" in request.POST else "/contar/archivos/")
        sheet = papers.opened(request, "draft", now) or sheet
    context = {
        "sheet": sheet,
        "files": sheet.content.get("files", []),
        "uploads": arriving.unfinished(sheet, now),
        "largest": settings.FILE_LIMIT,
        "problems": problems,
        "note": request.POST.get("note", "") if problems else "",
        "title": _("Do you want to add files?"),
        "back": before(sheet, "archivos"),
        "next": after(sheet, "archivos"),
        "number": pages(sheet).index("archivos") + 1,
        "count": len(pages(sheet)),
    }
    return render(request, "report/files.html", context, status=422 if problems else 200)


def stop_upload(request: HttpRequest, sheet: Sheet) -> None:
    """Take back an upload that is not whole."""
    with suppress(ValueError):
        arriving.drop(request, sheet, uuid.UUID(request.POST["stop"]), timezone.now())


def take_files(request: HttpRequest, sheet: Sheet) -> list[ResguardoError]:
    """Seal what was sent, or take a file back; returns what could not be taken, and why."""
    if too_long(request):
        return [TooBig(evidence.PLAIN_LIMIT)]
    if not from_her(request, sheet):
        return [ResguardoError(_("The page was too old."), remedy=_("Choose the file again."))]
    if "stop" in request.POST:
        stop_upload(request, sheet)
        return []
    if "remove" in request.POST:
        with papers.changing(request, "draft", timezone.now()) as held:
            dropped = commands.drop_file(held, request.POST["remove"]) if held else []
        evidence.discard(dropped)
        return []
    problems = []
    for upload in request.FILES.getlist("files"):
        now = timezone.now()
        try:
            received = evidence.receive(upload, name=upload.name, at=now)
        except ResguardoError as problem:
            problems.append(problem)
            continue
        with papers.changing(request, "draft", now) as held:
            kept = held is not None and "receipt" not in held.content
            if kept:
                commands.keep_file(held, received, request.POST.get("note", "")[:2000])
        if not kept:
            evidence.discard([received.item])
    return problems


def too_long(request: HttpRequest) -> bool:
    """Whether a form is over the limit; it is then read to its end unseen, so that she gets an answer."""
    if int(request.META.get("CONTENT_LENGTH") or 0) <= evidence.PLAIN_LIMIT + 1024 * 1024:
        return False
    left = DRAIN
    while left > 0 and (piece := request.read(min(left, 64 * 1024))):
        left -= len(piece)
    request._read_started = False
    request._body = b""
    return True


@hers
def check(request: HttpRequest) -> HttpResponse:
    """Check your answers; sending opens the case, once."""
    now = timezone.now()
    fresh = fresh_receipt() if request.method == "POST" else None
    begun = papers.opened(request, "draft", now)
    if begun is not None:
        arriving.keep_whole(request, begun, now)
    with papers.changing(request, "draft", now) as sheet:
        if sheet is None:
            return gone(request)
        if "receipt" in sheet.content:
            return redirect("/contar/numero/")
        problem = None
        if fresh is not None and from_her(request, sheet):
            try:
                commands.submit(sheet, now, fresh)
                return redirect("/contar/numero/")
            except Stuck as error:
                problem = error
    rows = [row for page in pages(sheet) if page != "archivos" for row in summary(sheet, page)]
    context = {
        "sheet": sheet,
        "rows": rows,
        "files": sheet.content.get("files", []),
        "uploads": arriving.unfinished(sheet, now),
        "nature": commands.nature(sheet),
        "unread": not any(
            consent in ("services", "account") for consent, _party in commands.consents(sheet)[0]
        ),
        "chosen": commands.answers(sheet, "camino").get("nature"),
        "problem": problem,
        "title": _("Check what you are going to send"),
        "tab": _("Check"),
    }
    return render(request, "report/check.html", context, status=422 if problem else 200)


def summary(sheet: Sheet, page: str) -> list[dict[str, Any]]:
    """What she answered on `page`, as (question, answer in words, page to change it on)."""
    form = QUESTIONS[page](**context_of(sheet))
    given = commands.answers(sheet, page)
    if isinstance(form, Consents):
        rows = [
            {"label": title, "shown": permitted(boxes, given), "page": page}
            for title, boxes in form.parties()
        ]
        names = given.get("hide_names", "")
        return (
            [*rows, {"label": _("Must never see my case"), "shown": names, "page": page}] if names else rows
        )
    rows = []
    for name, entry in form.fields.items():
        shown = in_words(entry, given.get(name))
        if shown or name in ("text", "nature"):
            rows.append({"label": entry.label, "shown": shown, "page": page})
    return rows


def in_words(entry: Any, value: Any) -> str:
    """An answer as she reads it: the label of a choice, not its code."""
    choices = dict(getattr(entry, "choices", []))
    if isinstance(value, list):
        return ", ".join(str(choices.get(one, one)) for one in value)
    if value is True:
        return _("Yes")
    return str(choices.get(value, value)) if value else ""


def permitted(boxes: list[Any], given: dict[str, Any]) -> str:
    """What one institution may see, in words."""
    marked = [box for box in boxes if given.get(box.name)]
    hidden = [box for box in marked if box.name.startswith("hide-")]
    if hidden:
        return str(hidden[0].label)
    return ", ".join(str(box.label) for box in marked) or _("Nothing: it stays closed")


@hers
def receipt(request: HttpRequest) -> HttpResponse:
    """Her number, until she says that she has it."""
    now = timezone.now()
    sheet = papers.opened(request, "draft", now)
    if sheet is None or "receipt" not in sheet.content:
        return gone(request)
    if request.method == "POST" and from_her(request, sheet):
        papers.forget(request)
        response = redirect("/contar/listo/")
        response.delete_cookie(papers.COOKIE)
        return response
    shown = Receipt.parse(sheet.content["receipt"]).shown()
    return render(
        request,
        "report/receipt.html",
        {"sheet": sheet, "shown": shown, "title": _("Your number"), "tab": _("Done")},
    )


def finished(request: HttpRequest) -> HttpResponse:
    return render(request, "report/finished.html", {"title": _("It is done"), "tab": _("Done")})
