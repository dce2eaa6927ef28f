"""Who is there: the party keys, and the holder that a request's two halves open."""

from __future__ import annotations

from django.http import HttpRequest

from resguardo.core.age import Identity, Recipient
from resguardo.core.errors import ResguardoError
from resguardo.core.route import LEADER
from resguardo.core.vault import WrongKey, open_with_key, unwrap
from resguardo.people.holder import ADMIN, AUDITOR, Holder
from resguardo.people.models import Member, OldPartyKey, Party, PartyKey

KEY_COOKIE = "k"
SEALED = "sealed"
SEEN = "seen"
WAITING = "waiting"
PURPOSE = "session"


class PeopleError(ResguardoError):
    """A party or member cannot be made or opened."""

    code = "people"


def party_about(name: str) -> str:
    """How a party's key is named inside its wraps."""
    return f"party {name}"


def recipients(leader: str = "") -> dict[str, Recipient]:
    """The public key of every party that exists here; of the leaders only that of the one named `leader`.

    Leaders share no key: each reads the cases of the women she accompanies, and no others.
    """
    rows = Party.objects.exclude(name=LEADER).values_list("name", "recipient")
    public = {name: Recipient.parse(text) for name, text in rows}
    if leader:
        member = Member.objects.filter(pseudonym=leader, party=LEADER, is_active=True).first()
        if member is not None:
            public[LEADER] = Recipient.parse(member.recipient)
    return public


def open_party(member: Member, identity: Identity) -> Holder:
    """The holder that `member` is, once their own key is open. Raises WrongKey, PeopleError.

    Leaders and auditors hold no party's key: a leader reads by her own, an auditor reads no part of a case.
    """
    if member.party_id == LEADER or member.role == AUDITOR:
        role = member.role if member.role in (AUDITOR, ADMIN) else LEADER
        return Holder(member.party_id, role, member.pseudonym, identity, member.pk, member.unit)
    key = PartyKey.objects.filter(party_id=member.party_id, member=member).first()
    if key is None:
        raise PeopleError(
            "Your account has no key of its institution yet.",
            remedy="Ask another member of your institution to let you in.",
        )
    party = unwrap(bytes(key.wrap), identity, party_about(member.party_id))
    older = older_keys(member.party_id, party)
    return Holder(member.party_id, member.role, member.pseudonym, party, member.pk, member.unit, older)


def older_keys(party: str, identity: Identity) -> tuple[Identity, ...]:
    """The keys that the party had before, as long as something is still wrapped to them."""
    rows = OldPartyKey.objects.filter(party=party).values_list("wrap", flat=True)
    return tuple(unwrap(bytes(row), identity, party_about(party)) for row in rows)


def own_key(request: HttpRequest) -> Identity | None:
    """The signed-in member's own key: session ciphertext and cookie key together, or None."""
    sealed, key = request.session.get(SEALED), request.COOKIES.get(KEY_COOKIE, "")
    if not sealed or not request.user.is_authenticated:
        return None
    try:
        return Identity.parse(open_with_key(bytes.fromhex(key), bytes.fromhex(sealed), PURPOSE).decode())
    except (ValueError, WrongKey):
        return None


def holder(request: HttpRequest) -> Holder | None:
    """The signed-in member's holder; None while the session waits for a second factor."""
    identity = own_key(request)
    if identity is None or request.session.get(WAITING):
        return None
    return open_party(request.user, identity)
