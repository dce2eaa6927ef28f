"""Who comes into an institution and who leaves it: invitations, roles, a new key for those who stay.

An administrator gives a code by word of mouth; it opens the party's key for the new member, once. When
somebody leaves, the party gets a new key, and older grants are wrapped anew (`cases.grants.rewrap`).
Source: design, part 5.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.contrib.sessions.models import Session
from django.db import transaction

from resguardo.core.age import Identity, Recipient
from resguardo.core.route import LEADER
from resguardo.core.vault import WrongKey, open_with_password, seal_with_password, wrap
from resguardo.people.commands import add_member
from resguardo.people.holder import ADMIN, AUDITOR, OFFICER, Holder
from resguardo.people.models import Invitation, Member, OldPartyKey, Party, PartyKey
from resguardo.people.queries import PeopleError, party_about

LIFE = timedelta(hours=72)
SIGNS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 16
ROLES = (OFFICER, ADMIN, AUDITOR)


def invite(by: Holder, role: str, unit: str, at: datetime) -> str:
    """Keep a place in `by`'s party for somebody; the code (78 bits) is returned once and told outside.

    Raises PeopleError unless `by` is an administrator and `role` is one there is.
    """
    only_admin(by)
    if role not in ROLES:
        raise PeopleError("There is no such role.")
    code = "".join(secrets.choice(SIGNS) for _ in range(LENGTH))
    keyless = role == AUDITOR or by.party == LEADER
    Invitation.objects.create(
        party_id=by.party,
        role=role,
        unit=unit,
        locator=_locator(code),
        sealed=b"" if keyless else seal_with_password(by.identity, code),
        expires=at + LIFE,
    )
    return " ".join(code[i : i + 4] for i in range(0, LENGTH, 4))


def _locator(code: str) -> str:
    """Where an invitation is found; a code has too many bits for its digest to be tried out."""
    return hashlib.sha256(f"invitation {code}".encode()).hexdigest()


@transaction.atomic
def accept(code: str, username: str, name: str, password: str, at: datetime) -> Member:
    """Become a member with the code of an invitation. Raises PeopleError: it is wrong, used or too old."""
    plain = "".join(sign for sign in code.upper() if sign.isalnum())
    row = Invitation.objects.select_for_update().filter(locator=_locator(plain), used_at=None).first()
    if row is None or row.expires < at:
        raise PeopleError(
            "This code opens nothing.", remedy="Look at it again; a code serves once, and for three days."
        )
    if Member.objects.filter(username=username).exists():
        raise PeopleError("This user name is taken.", remedy="Choose another one.")
    try:
        key = open_with_password(bytes(row.sealed), plain) if row.sealed else None
    except WrongKey:
        raise PeopleError("This code opens nothing.") from None
    member = add_member(row.party, username, name, password, key, row.role, row.unit)
    row.used_at, row.sealed = at, b""
    row.save()
    return member


@transaction.atomic
def let_go(by: Holder, member: Member) -> None:
    """A member leaves: their wrap and sessions are gone, and the party has a new key.

    Raises PeopleError for the last one who holds the key: then the offline key is needed.
    """
    only_admin(by)
    if member.party_id != by.party:
        raise PeopleError("This person is not of your institution.")
    stay = PartyKey.objects.filter(party=by.party).exclude(member=None).exclude(member=member)
    if by.party != LEADER and not stay.exists():
        raise PeopleError(
            "Nobody would be left who holds the key of your institution.",
            remedy="Invite somebody first, or use the offline key: resguardo member --renew.",
        )
    held = member.party_keys.exists()
    member.party_keys.all().delete()
    member.is_active = False
    member.save(update_fields=["is_active"])
    end_sessions(member)
    if held:
        rotate(Party.objects.get(name=by.party), by.identity, by.older)


def rotate(party: Party, identity: Identity, older: tuple[Identity, ...] = ()) -> Identity:
    """Give `party` a new key pair, wrapped to whoever holds the old one and to the offline key.

    The old keys stay, wrapped to the new one, until every grant is wrapped anew.
    """
    if not party.recovery_recipient:
        raise PeopleError(
            "The public half of the offline key is not known here.",
            remedy="Run: resguardo member --renew, with the offline key.",
        )
    fresh, about = Identity.generate(), party_about(party.name)
    for row in PartyKey.objects.filter(party=party).select_related("member"):
        to = row.member.recipient if row.member else party.recovery_recipient
        row.wrap = wrap(fresh, Recipient.parse(to), about)
        row.save(update_fields=["wrap"])
    OldPartyKey.objects.filter(party=party).delete()
    OldPartyKey.objects.bulk_create(
        OldPartyKey(party=party, wrap=wrap(old, fresh.recipient, about)) for old in (identity, *older)
    )
    party.recipient = fresh.recipient.text()
    party.save(update_fields=["recipient"])
    return fresh


def change_role(by: Holder, member: Member, role: str) -> None:
    """Make a member officer or administrator. Raises PeopleError where it would leave no administrator."""
    only_admin(by)
    if member.party_id != by.party or role not in (OFFICER, ADMIN) or member.role == AUDITOR:
        raise PeopleError("There is no such role.")
    others = Member.objects.filter(party=by.party, role=ADMIN, is_active=True).exclude(pk=member.pk)
    if role != ADMIN and not others.exists():
        raise PeopleError("Somebody must stay administrator.", remedy="Name another one first.")
    member.role = role
    member.save(update_fields=["role"])


def only_admin(by: Holder) -> None:
    """Raises PeopleError unless `by` administers their institution."""
    if by.role != ADMIN:
        raise PeopleError("Only an administrator of your institution may do this.")


def end_sessions(member: Member) -> None:
    """End every session of a member, wherever they are signed in."""
    for session in Session.objects.all().iterator():
        if session.get_decoded().get("_auth_user_id") == str(member.pk):
            session.delete()
