"""What changes people: parties and members come in, sign in, and open their keys.

Source: design, part 5. The party's key passes from member to member; the deployment's offline recovery
key can always open it, and no server holds that key.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from resguardo.core import tokens
from resguardo.core.age import Identity, Recipient
from resguardo.core.route import LEADER
from resguardo.core.vault import (
    WrongKey,
    open_with_password,
    seal_with_key,
    seal_with_password,
    unwrap,
    wrap,
)
from resguardo.people.holder import AUDITOR, OFFICER, Holder
from resguardo.people.models import Member, Party, PartyKey, Slowed
from resguardo.people.queries import (
    KEY_COOKIE,
    PURPOSE,
    SEALED,
    SEEN,
    WAITING,
    PeopleError,
    open_party,
    party_about,
)

FAILURES, LONGEST = 5, timedelta(minutes=5)


class TooSoon(PeopleError):
    """Too many wrong passwords for this user name: the next try waits."""

    code = "too-soon"


@transaction.atomic
def create_party(name: str, recovery: Recipient) -> tuple[Party, Identity]:
    """A party with a new key pair, wrapped to the offline recovery key.

    The identity is returned for the first member, and is to be forgotten after.
    """
    identity = Identity.generate()
    party = Party.objects.create(
        name=name, recipient=identity.recipient.text(), recovery_recipient=recovery.text()
    )
    PartyKey.objects.create(party=party, member=None, wrap=wrap(identity, recovery, party_about(name)))
    return party, identity


@transaction.atomic
def add_member(
    party: Party,
    username: str,
    name: str,
    password: str,
    party_identity: Identity | None,
    role: str = OFFICER,
    unit: str = "",
) -> Member:
    """A member of `party`, who from now on opens its key; without one (an auditor, a leader) only their own.

    `party_identity` comes from another member's holder, from `create_party`, or from `recover_party`.
    """
    identity = Identity.generate()
    member = Member(
        username=username,
        name=name,
        pseudonym=secrets.token_hex(6),
        role=role,
        unit=unit,
        party=party,
        recipient=identity.recipient.text(),
        sealed_identity=seal_with_password(identity, password),
    )
    member.set_password(password)
    member.save()
    if party_identity is not None and role != AUDITOR and party.name != LEADER:
        wrapped = wrap(party_identity, identity.recipient, party_about(party.name))
        PartyKey.objects.create(party=party, member=member, wrap=wrapped)
    return member


def recover_party(party: Party, recovery: Identity) -> Identity:
    """The party's key, opened with the offline recovery key. Raises WrongKey."""
    return unwrap(bytes(party.keys.get(member=None).wrap), recovery, party_about(party.name))


def unlock(username: str, password: str) -> tuple[Member, Identity] | None:
    """The member and their own key, or None when name or password is wrong."""
    member = authenticate(username=username, password=password)
    if member is None:
        return None
    try:
        return member, open_with_password(bytes(member.sealed_identity), password)
    except WrongKey:
        return None


def sign_in(request: HttpRequest, username: str, password: str, at: datetime) -> Member | None:
    """Open the member's keys for this session; None when name or password is wrong.

    The session row gets a ciphertext; `remember_key` puts its key into the cookie of the response. Where a
    second factor is wanted, the session waits for it and `request.holder` stays None.
    Raises TooSoon after several wrong passwords.
    """
    wait_a_little(username, at)
    opened = unlock(username, password)
    if opened is None:
        note_failure(username, at)
        return None
    Slowed.objects.filter(pk=slowed_name(username)).delete()
    member, identity = opened
    login(request, member, backend="django.contrib.auth.backends.ModelBackend")
    key = secrets.token_bytes(32)
    request.session[SEALED] = seal_with_key(key, identity.text().encode(), PURPOSE).hex()
    request.session[SEEN] = int(at.timestamp())
    request.session_key_to_remember = key.hex()
    if member.factors.exists() or settings.SECOND_FACTOR == "required":
        request.session[WAITING] = True
    else:
        request.holder = open_party(member, identity)
    return member


def second_factor_shown(request: HttpRequest, identity: Identity) -> Holder:
    """Let the session that waited use its keys; the session gets a new name."""
    request.session.pop(WAITING, None)
    request.session.cycle_key()
    request.holder = open_party(request.user, identity)
    return request.holder


def slowed_name(username: str) -> str:
    """How a user name is named in the table of failures: a keyed digest."""
    return tokens.token(settings.TOKEN_KEY, "sign-in", username)


def wait_a_little(username: str, at: datetime) -> None:
    """Raises TooSoon while a user name with wrong passwords has to wait."""
    row = Slowed.objects.filter(pk=slowed_name(username)).first()
    if row is not None and row.until is not None and at < row.until:
        raise TooSoon(
            "There were several wrong passwords.",
            remedy="Wait a moment and try again; nobody is locked out.",
        )


def note_failure(username: str, at: datetime) -> None:
    """After five wrong passwords each further one makes the next wait longer, up to five minutes."""
    row, _ = Slowed.objects.get_or_create(pk=slowed_name(username))
    row.failures += 1
    if row.failures >= FAILURES:
        row.until = at + min(LONGEST, timedelta(seconds=5) * 2 ** (row.failures - FAILURES))
    row.save()


def remember_key(request: HttpRequest, response: HttpResponse, *, secure: bool) -> None:
    """Hand the session's key to the browser, which alone keeps it."""
    key = getattr(request, "session_key_to_remember", None)
    if key is not None:
        response.set_cookie(KEY_COOKIE, key, httponly=True, samesite="Strict", secure=secure)


def sign_out(request: HttpRequest) -> None:
    """Forget the session; the cookie's key opens nothing any more."""
    logout(request)
    request.holder = None


@transaction.atomic
def change_password(member: Member, old: str, new: str) -> None:
    """Seal the member's key under `new`. Raises WrongKey when `old` does not open it."""
    identity = open_with_password(bytes(member.sealed_identity), old)
    member.sealed_identity = seal_with_password(identity, new)
    member.set_password(new)
    member.save()
