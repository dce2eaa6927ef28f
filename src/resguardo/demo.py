"""A believable deployment to look at: institutions, members, and invented cases in several states.

Every name and story is made up. The passwords are printed, so this is for looking, never for use.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction

from resguardo import invented
from resguardo.cases import commands as cases
from resguardo.cases.commands import Opened, Told
from resguardo.cases.log import make_checkpoint
from resguardo.core.age import Identity
from resguardo.evidence import commands as evidence
from resguardo.indicators.releases import freeze
from resguardo.people.commands import add_member, create_party
from resguardo.people.holder import ADMIN, Holder
from resguardo.people.models import Party
from resguardo.people.queries import recipients
from resguardo.registry.following import follow_all, next_revision, register
from resguardo.registry.models import Entry, Import

RECORDS = 5200
PASSWORD = "demo solo para mirar"  # noqa: S105
MEMBERS = {
    "leader": ("lideresa", "Lideresa Elvira Tuyuc (inventada)"),
    "dmm": ("dmm", "Marta Chacach (inventada)"),
    "pnc": ("pnc", "Agente Ana Tzoc (inventada)"),
    "mp": ("mp", "Fiscal Rosa Ixcot (inventada)"),
    "inacif": ("inacif", "Perita Elena Caal (inventada)"),
}
COLLEAGUE = "Agente Luis Choc (inventado)"
ALL = (
    ("services", "pnc"),
    ("account", "pnc"),
    ("evidence", "pnc"),
    ("contact", "pnc"),
    ("identity", "pnc"),
    ("account", "mp"),
    ("evidence", "mp"),
    ("identity", "mp"),
    ("evidence", "inacif"),
)
TO_MP = ("receive", "seal_evidence", "assess_risk", "explain_rights", "register", "hand_over")


@dataclass(frozen=True)
class Story:
    """One invented case: what she tells, and how far the institutions have carried it."""

    nature: str
    account: str
    facts: Mapping[str, object]
    consents: tuple[tuple[str, str], ...]
    hours_ago: int
    who: str = ""
    name: str = ""
    done: tuple[tuple[str, str], ...] = ()
    pictures: int = 0
    messages: tuple[tuple[str, str], ...] = field(default_factory=tuple)


STORIES = (
    Story(
        "denuncia",
        "Desde agosto una cuenta que no conozco publica fotos mías editadas en un grupo del pueblo. "
        "Me escribe que si no dejo de dar charlas va a mandar más. Guardé las capturas. No sé quién es.",
        {"age": "adult", "threat": "yes", "platform": ["facebook", "whatsapp"], "department": "04"},
        ALL,
        60,
        who="No sé. La cuenta se llama «el vigilante».",
        name="Juana Inventada Pérez",
        done=(*(("pnc", step) for step in TO_MP), ("mp", "open_file"), ("mp", "request_expertise")),
        pictures=2,
        messages=(
            ("pnc", "Recibimos su caso. No tiene que contarlo otra vez. ¿A qué hora es seguro escribirle?"),
            ("her", "Por la tarde, cuando estoy en el mercado."),
        ),
    ),
    Story(
        "denuncia",
        "Mi expareja entró a mi WhatsApp y les escribe a mis hijas como si fuera yo. "
        "Dice que va a venir a la casa.",
        {
            "age": "adult",
            "threat": "yes",
            "lives_with_him": "no",
            "platform": ["whatsapp"],
            "department": "16",
        },
        ALL,
        30,
        who="Mi expareja.",
        name="María Inventada Caal",
        done=(("pnc", "receive"),),
        pictures=1,
    ),
    Story(
        "notice",
        "En una página publican insultos contra las lideresas que participan en la municipalidad.",
        {"platform": ["facebook"], "department": "01"},
        (("services", "pnc"), ("account", "pnc"), ("evidence", "pnc")),
        3,
        pictures=1,
    ),
    Story(
        "guidance",
        "Me llegan llamadas de números que no conozco y quieren que les mande fotos. ¿Qué hago?",
        {"age": "adult", "platform": ["call"], "department": "04"},
        (("services", "dmm"),),
        5,
        messages=(("her", "¿Es mejor bloquearlos?"),),
    ),
)


def picture(number: int) -> bytes:
    """A small PNG made here: coloured bands, in place of a photo of anybody."""
    wide, high = 320, 200
    colours = [(11, 90, 96), (122, 75, 0), (238, 245, 245), (143, 42, 23)]
    rows = b""
    for y in range(high):
        colour = colours[(y // 25 + number) % len(colours)]
        rows += b"\x00" + bytes(colour) * wide

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", wide, high, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


@transaction.atomic
def prepare(at: datetime, keep: Path) -> bool:
    """Make the demo data unless some is there; the receipts go into `keep`. True when made now."""
    if recipients():
        return False
    recovery = Identity.generate()
    holders: dict[str, Holder] = {}
    for party, (username, name) in MEMBERS.items():
        row, identity = create_party(party, recovery.recipient)
        member = add_member(row, username, name, PASSWORD, identity, ADMIN)
        holders[party] = Holder(party, ADMIN, member.pseudonym, identity, member.pk)
    add_member(Party.objects.get(name="pnc"), "pnc2", COLLEAGUE, PASSWORD, holders["pnc"].identity)
    receipts = []
    for number, story in enumerate(STORIES):
        opened = tell(story, number, at - timedelta(hours=story.hours_ago))
        carry(story, opened, holders, at - timedelta(hours=story.hours_ago))
        receipts.append(f"{opened.case.number}  {opened.receipt.shown()}")
    invent(at)
    make_checkpoint(at)
    keep.write_text("\n".join(receipts) + "\n", encoding="utf-8")
    keep.with_name("demo-recovery.key").write_text(recovery.text() + "\n", encoding="utf-8")
    return True


def invent(at: datetime) -> None:
    """An old register of RECORDS invented incidents, so that figures have something to count."""
    known = register()
    taken_in = Import.objects.create(
        keeper=invented.KEEPER,
        register=invented.NAME,
        sha256="",
        mapping="",
        fresh=RECORDS,
        changed=0,
        same=0,
        by="demo",
        at=at,
    )
    revision = next_revision()
    for some in invented.entries(known, RECORDS, at):
        for entry in some:
            entry.revision, entry.taken_in = revision, taken_in
        Entry.objects.bulk_create(some, batch_size=500)


def count(at: datetime) -> None:
    """Bring the figures to the demo's records, and publish the quarters that have ended."""
    follow_all(at)
    freeze(at)


def tell(story: Story, number: int, at: datetime) -> Opened:
    """Open the case of `story` as she would."""
    texts: dict[str, dict[str, object]] = {
        "account": {"text": story.account},
        "facts": {"who": story.who, "platform": story.facts.get("platform", [])},
        "contact": {"safe_contact": "none", "how": ""},
    }
    if story.name:
        texts["identity"] = {"name": story.name}
    told = Told(story.nature, "es", dict(story.facts), texts, story.consents)
    opened = cases.open_case(told, at)
    for index in range(story.pictures):
        name = f"captura-{index + 1}.png"
        received = evidence.receive(io.BytesIO(picture(number + index)), name=name, at=at)
        evidence.attach(opened.case, received, opened.holder, at, "Captura de pantalla")
    return opened


def carry(story: Story, opened: Opened, holders: dict[str, Holder], began: datetime) -> None:
    """Let the institutions do what `story` says they did, an hour apart."""
    facts = {
        "seal_evidence": {"seals_match": "yes"},
        "assess_risk": {"risk_level": "medium"},
        "open_file": {"expertise": "inacif"},
    }
    writes = {
        "assess_risk": {
            "risk": {"text": "Amenaza por mensajes. Vive con su familia. Se acordó una hora segura."}
        },
        "request_expertise": {
            "question": {"text": "¿Las imágenes fueron alteradas? ¿Qué datos llevan los archivos?"}
        },
    }
    for hour, (party, step) in enumerate(story.done, 1):
        moment = began + timedelta(hours=hour)
        cases.do_step(
            opened.case, step, holders[party], moment, facts=facts.get(step), writes=writes.get(step)
        )
    for hour, (party, text) in enumerate(story.messages, len(story.done) + 1):
        by = opened.holder if party == "her" else holders[party]
        cases.send_message(opened.case, text, by, began + timedelta(hours=hour))


def signs() -> list[tuple[str, str, str]]:
    """(institution, user name, password) of every demo member."""
    there = set(Party.objects.values_list("name", flat=True))
    return [(party, username, PASSWORD) for party, (username, _) in MEMBERS.items() if party in there]
