"""Signing in and one's own account: password, second step, recovery codes, and who is a member."""

from __future__ import annotations

from typing import Any

import segno
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from resguardo.cases.grants import rewrap, settle
from resguardo.core.errors import ResguardoError
from resguardo.core.vault import WrongKey
from resguardo.people import commands as people
from resguardo.people import factors, membership
from resguardo.people.holder import ADMIN, AUDITOR, Holder
from resguardo.people.models import Member
from resguardo.people.queries import KEY_COOKIE, WAITING, PeopleError, own_key
from resguardo.work.forms import SignIn
from resguardo.work.signed import signed_in

HOME, TRIES = "/trabajo/", 5
CHALLENGE, WRONG, GOING = "challenge", "wrong", "going"


def sign_in(request: HttpRequest) -> HttpResponse:
    """Name and password; a second factor follows where there is one, or must be."""
    form = SignIn(request.POST if request.method == "POST" else None)
    problem: ResguardoError | None = None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            member = people.sign_in(request, given["username"], given["password"], timezone.now())
            if member is not None:
                request.session[GOING] = safe_path(request.POST.get("a", ""))
                return redirect("/trabajo/entrar/segundo/") if request.holder is None else arrived(request)
            problem = PeopleError("User name or password is not right.")
        except people.TooSoon as error:
            problem = error
    context = {
        "form": form,
        "problem": problem,
        "left_alone": request.left_alone or "sola" in request.GET,
        "going": safe_path(request.GET.get("a", request.POST.get("a", ""))),
        "title": _("Sign in"),
    }
    return render(request, "work/sign_in.html", context, status=422 if problem else 200)


def safe_path(path: str) -> str:
    """Where somebody was going, if it is a page of this part of the site; otherwise the work list."""
    return path if path.startswith(HOME) and "//" not in path and "\\" not in path else HOME


def arrived(request: HttpRequest) -> HttpResponse:
    """Keys are open: what was owed to this party is settled, and the way goes on."""
    if request.holder.role != AUDITOR:
        rewrap(request.holder)
        settle(request.holder)
    return redirect(request.session.pop(GOING, HOME))


def second(request: HttpRequest) -> HttpResponse:
    """The second factor: a code, a passkey, or a code of paper; who has none yet makes one here."""
    identity = own_key(request)
    if identity is None or not request.session.get(WAITING):
        return redirect("/trabajo/entrar/")
    member: Member = request.user
    if not factors.has_one(member):
        return first_factor(request, member)
    wrong = False
    if request.method == "POST":
        if shown(request, member, identity):
            people.second_factor_shown(request, identity)
            return arrived(request)
        wrong = True
        request.session[WRONG] = request.session.get(WRONG, 0) + 1
        if request.session[WRONG] >= TRIES:
            people.sign_out(request)
            return redirect("/trabajo/entrar/")
    options = ""
    if member.factors.filter(kind=factors.PASSKEY).exists():
        options, request.session[CHALLENGE] = factors.ask_passkey(member, host(request))
    context = {"wrong": wrong, "options": options, "title": _("Second step")}
    return render(request, "work/second.html", context, status=422 if wrong else 200)


def shown(request: HttpRequest, member: Member, identity: Any) -> bool:
    """Whether what was sent is a second factor of the member."""
    if request.POST.get("passkey"):
        challenge = request.session.pop(CHALLENGE, "")
        return factors.check_passkey(
            member, request.POST["passkey"], challenge, host(request), origin(request)
        )
    return factors.check_code(member, identity, request.POST.get("code", ""), timezone.now())


def first_factor(request: HttpRequest, member: Member) -> HttpResponse:
    """A second factor is wanted and there is none: an authenticator is made before anything else."""
    problem = None
    if request.method == "POST":
        problem = keep_authenticator(request, member)
        if problem is None:
            people.second_factor_shown(request, own_key(request))
            codes = factors.new_recovery_codes(member)
            return render(request, "work/codes.html", {"codes": codes, "title": _("Recovery codes")})
    return render(request, "work/first_factor.html", enrolment(request, member, problem))


def keep_authenticator(request: HttpRequest, member: Member) -> ResguardoError | None:
    """Keep the authenticator whose secret and first code were sent; what was wrong, if anything."""
    try:
        code = request.POST.get("code", "").replace(" ", "")
        factors.add_authenticator(member, request.POST.get("secret", ""), code, timezone.now())
    except (ResguardoError, ValueError) as error:
        return error if isinstance(error, ResguardoError) else PeopleError("This code does not fit.")
    return None


def enrolment(request: HttpRequest, member: Member, problem: ResguardoError | None) -> dict[str, Any]:
    """What the page that makes an authenticator shows: the secret as a picture and in letters."""
    secret = request.POST.get("secret") or factors.new_secret()
    picture = segno.make(factors.address(member, secret), micro=False)
    return {
        "secret": secret,
        "spaced": " ".join(secret[i : i + 4] for i in range(0, len(secret), 4)),
        "picture": picture.svg_inline(scale=5, dark="#1d2528", light="#fff"),
        "problem": problem,
        "title": _("Your second step"),
    }


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    people.sign_out(request)
    response = redirect("/trabajo/entrar/")
    response.delete_cookie(KEY_COOKIE)
    return response


def host(request: HttpRequest) -> str:
    """The name that passkeys are bound to."""
    return request.get_host().partition(":")[0]


def origin(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}"


@signed_in
def account(request: HttpRequest, holder: Holder) -> HttpResponse:
    """My second factors and my password."""
    member: Member = request.user
    problem, codes = None, []
    if request.method == "POST":
        try:
            codes = change_account(request, member)
        except WrongKey:
            problem = PeopleError("User name or password is not right.")
        except ValidationError as error:
            problem = PeopleError(" ".join(error.messages))
        except ResguardoError as error:
            problem = error
        if problem is None and not codes:
            return redirect("/trabajo/cuenta/")
    options, request.session[CHALLENGE] = factors.begin_passkey(member, host(request))
    context = {
        **enrolment(request, member, problem),
        "factors": member.factors.order_by("made_at"),
        "left": member.recovery_codes.filter(used_at=None).count(),
        "codes": codes,
        "options": options,
        "title": _("My account"),
    }
    return render(request, "work/account.html", context, status=422 if problem else 200)


def change_account(request: HttpRequest, member: Member) -> list[str]:
    """Do what the form of the account asks for; returns new recovery codes, if it asked for them."""
    asked = request.POST.get("do", "")
    if asked == "authenticator":
        problem = keep_authenticator(request, member)
        if problem is not None:
            raise problem
    elif asked == "passkey":
        challenge = request.session.pop(CHALLENGE, "")
        answer = request.POST.get("passkey", "")
        factors.add_passkey(member, answer, challenge, host(request), origin(request), timezone.now())
    elif asked == "forget":
        member.factors.filter(pk=request.POST.get("factor") or 0).delete()
    elif asked == "codes":
        return factors.new_recovery_codes(member)
    elif asked == "password":
        validate_password(request.POST.get("new", ""), member)
        people.change_password(member, request.POST.get("old", ""), request.POST["new"])
    elif asked == "email":
        member.email = request.POST.get("email", "")[:200]
        member.full_clean(exclude=["password"])
        member.save(update_fields=["email"])
    return []


@signed_in
def persons(request: HttpRequest, holder: Holder) -> HttpResponse:
    """Who is a member of my institution; an administrator invites, lets go, and names administrators."""
    problem, code = None, ""
    if request.method == "POST":
        asked = Member.objects.filter(pk=request.POST.get("member") or 0, party=holder.party).first()
        try:
            if request.POST.get("do") == "invite":
                unit = request.POST.get("unit", "").strip()[:60]
                code = membership.invite(holder, request.POST.get("role", ""), unit, timezone.now())
            elif request.POST.get("do") == "let-go" and asked is not None:
                membership.let_go(holder, asked)
            elif request.POST.get("do") == "role" and asked is not None:
                membership.change_role(holder, asked, request.POST.get("role", ""))
        except ResguardoError as error:
            problem = error
        if problem is None and not code:
            return redirect("/trabajo/personas/")
    context = {
        "members": Member.objects.filter(party=holder.party).order_by("-is_active", "name"),
        "problem": problem,
        "code": code,
        "admin": holder.role == ADMIN,
        "me": holder.member,
        "title": _("People of our institution"),
    }
    return render(request, "work/persons.html", context, status=422 if problem else 200)


def invitation(request: HttpRequest) -> HttpResponse:
    """Somebody comes in with a code that an administrator gave them."""
    problem, given = None, request.POST
    if request.method == "POST":
        try:
            validate_password(given.get("password", ""))
            name, username = given.get("name", "").strip()[:120], given.get("username", "").strip()[:80]
            if not name or not username:
                raise PeopleError("Write your name and choose a user name.")
            membership.accept(given.get("code", ""), username, name, given["password"], timezone.now())
            return redirect("/trabajo/entrar/")
        except ValidationError as error:
            problem = PeopleError(" ".join(error.messages))
        except ResguardoError as error:
            problem = error
    context = {"problem": problem, "given": given, "title": _("Come in with an invitation")}
    return render(request, "work/invitation.html", context, status=422 if problem else 200)
