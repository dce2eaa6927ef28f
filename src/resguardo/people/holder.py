"""Who acts, with which opened key: the one type that every command asks for."""

from __future__ import annotations

from dataclasses import dataclass, field

from resguardo.core.age import Identity
from resguardo.core.history import HER

OFFICER, ADMIN, AUDITOR = "officer", "admin", "auditor"


@dataclass(frozen=True)
class Holder:
    """Somebody with a key in hand, for this request only.

    `party` is a party of the route, or HER. `actor` is a pseudonym that may stand in a history. `unit` is
    the station or office within the party; `older` are the party's keys from before it was rotated.
    """

    party: str
    role: str
    actor: str
    identity: Identity = field(repr=False)
    member: int | None = None
    unit: str = ""
    older: tuple[Identity, ...] = field(default=(), repr=False)

    @property
    def is_her(self) -> bool:
        return self.party == HER


def her(identity: Identity) -> Holder:
    """The woman herself, with what her receipt opened."""
    return Holder(party=HER, role=HER, actor=HER, identity=identity)


SYSTEM = "system"


def system() -> Holder:
    """The program itself, which tells of deadlines: it holds no key of any case."""
    return Holder(party=SYSTEM, role=SYSTEM, actor=SYSTEM, identity=Identity.generate())
