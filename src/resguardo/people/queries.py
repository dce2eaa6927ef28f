"""Who is there: the party keys, and the holder that a request's two halves open."""

from __future__ import annotations

from django.http import HttpRequest

from resguardo.core.age import Identity, Recipient
from resguardo.core.errors import ResguardoError
from resguardo.core.route import LEADER
from resguardo.core.vault import WrongKey, open_with_key, unwrap
from resguardo.people.holder import Holder
from resguardo.people.models import Member, Party, PartyKey

KEY_COOKIE = "k"
SEALED = "sealed"
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
    """The holder that `member` is, once their own key is open. Raises WrongKey, PeopleError."""
    if member.party_id == LEADER:
        return Holder(LEADER, LEADER, member.pseudonym, identity, member.pk, member.unit)
    key = PartyKey.objects.filter(party_id=member.party_id, member=member).first()
    if key is None:
        raise PeopleError(
            "Your account has no key of its institution yet.",
            remedy="Ask another member of your institution to let you in.",
        )
    party_identity = unwrap(bytes(key.wrap), identity, party_about(member.party_id))
    return Holder(member.party_id, member.role, member.pseudonym, party_identity, member.pk, member.unit)


def holder(request: HttpRequest) -> Holder | None:
    """The signed-in member's holder: session ciphertext and cookie key together, or None."""
    sealed, key = request.session.get(SEALED), request.COOKIES.get(KEY_COOKIE, "")
    if not sealed or not request.user.is_authenticated:
        return None
    try:
        identity = open_with_key(bytes.fromhex(key), bytes.fromhex(sealed), PURPOSE)
    except (ValueError, WrongKey):
        return None
    return open_party(request.user, Identity.parse(identity.decode()))
