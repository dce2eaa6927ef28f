"""The people of the tests' stories: institutions with keys, and a woman who tells."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

from resguardo.cases import commands as cases
from resguardo.cases.commands import Opened, Told
from resguardo.core.age import Identity
from resguardo.evidence import commands as evidence
from resguardo.people.commands import add_member, create_party
from resguardo.people.holder import Holder
from resguardo.people.models import Member
from resguardo.people.queries import open_party

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
PASSWORD = "una frase larga y tranquila"
JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000") + b"picture" * 500 + b"\xff\xd9"
CONSENTS = (
    ("services", "pnc"),
    ("account", "pnc"),
    ("account", "mp"),
    ("evidence", "pnc"),
    ("evidence", "mp"),
    ("evidence", "inacif"),
)


class Persons:
    """dmm, pnc, mp and inacif, each with one member, and holders with opened keys."""

    def __init__(self) -> None:
        self.recovery = Identity.generate()
        self.holders: dict[str, Holder] = {}
        self.members: dict[str, Member] = {}
        for name in ("dmm", "pnc", "mp", "inacif"):
            party, identity = create_party(name, self.recovery.recipient)
            member = add_member(party, f"{name}1", f"Persona {name}", PASSWORD, identity)
            self.members[name] = member
            self.holders[name] = Holder(name, "officer", member.pseudonym, identity, member.pk)

    def __getitem__(self, name: str) -> Holder:
        return self.holders[name]

    def opened(self, name: str, identity: Identity) -> Holder:
        """The holder of a member whose own key is `identity`."""
        return open_party(self.members[name], identity)


def tell(nature: str = "denuncia", consents: tuple[tuple[str, str], ...] = CONSENTS, **facts: str) -> Opened:
    """A woman tells; her words are canaries that no disk may show."""
    texts = {
        "account": {"text": "canario-relato me amenaza"},
        "facts": {"who": "canario-quien"},
        "contact": {"how": "canario-contacto"},
        "identity": {"name": "canario-nombre"},
    }
    told = Told(nature=nature, language="es", facts=facts, texts=texts, consents=consents)
    return cases.open_case(told, NOW)


def send_photo(opened: Opened, name: str = "canario-foto.jpg", content: bytes = JPEG) -> str:
    """She adds a photo; returns the item's id."""
    received = evidence.receive(io.BytesIO(content), name=name, at=NOW)
    evidence.attach(opened.case, received, opened.holder, NOW)
    return str(received.item)


def minutes(count: int) -> datetime:
    return NOW + timedelta(minutes=count)


TO_MP = ("receive", "seal_evidence", "assess_risk", "explain_rights", "register", "hand_over")


def carry_to_mp(opened: Opened, persons: Persons) -> None:
    """The police do their part, up to the hand-over."""
    facts = {"seal_evidence": {"seals_match": "yes"}, "assess_risk": {"risk_level": "high"}}
    for minute, step in enumerate(TO_MP, 1):
        cases.do_step(opened.case, step, persons["pnc"], minutes(minute), facts=facts.get(step))


def carry_to_inacif(opened: Opened, persons: Persons) -> None:
    """The prosecutor opens the file and asks INACIF."""
    carry_to_mp(opened, persons)
    cases.do_step(opened.case, "open_file", persons["mp"], minutes(10), facts={"expertise": "inacif"})
    question = {"question": {"text": "canario-pregunta"}}
    cases.do_step(opened.case, "request_expertise", persons["mp"], minutes(11), writes=question)
