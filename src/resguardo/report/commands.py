"""What changes a draft, and the moment it becomes a case."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from django.db import transaction

from resguardo.cases import hiding
from resguardo.cases.commands import Fresh, Told, open_case
from resguardo.cases.models import Case
from resguardo.core.age import Identity
from resguardo.core.route import LEADER
from resguardo.core.seal import Seal
from resguardo.core.vault import Receipt
from resguardo.evidence.commands import Received, attach
from resguardo.people.holder import Holder, her
from resguardo.report.forms import FACTS
from resguardo.report.papers import Sheet

Values = dict[str, Any]


def answers(sheet: Sheet, page: str) -> Values:
    """Her latest answers on `page`."""
    given = sheet.content.get("answers", {}).get(page, [])
    return given[-1]["values"] if given else {}


def keep_answers(sheet: Sheet, page: str, values: Values, at: datetime, seen: int) -> bool:
    """Keep `values`; changed answers stand beside the earlier ones, each with its time.

    `seen` is how many versions the page had when it was opened; True when another tab has changed it since.
    """
    plain = {k: v.isoformat() if isinstance(v, date) else v for k, v in values.items()}
    versions = sheet.content.setdefault("answers", {}).setdefault(page, [])
    crossed = len(versions) > seen
    if not versions or versions[-1]["values"] != plain:
        versions.append({"at": at.isoformat(), "values": plain})
        return crossed
    return False


def versions(sheet: Sheet, page: str) -> int:
    """How many times `page` has been answered differently."""
    return len(sheet.content.get("answers", {}).get(page, []))


def nature(sheet: Sheet) -> str:
    """What she wants, after all: without a name a denuncia goes on as a notice."""
    chosen = answers(sheet, "camino").get("nature", "notice")
    if chosen == "denuncia" and (
        answers(sheet, "nombre").get("as_notice") or not answers(sheet, "nombre").get("name")
    ):
        return "notice"
    return str(chosen)


def facts(sheet: Sheet) -> Values:
    """The coded facts she gave; what she left empty is not there."""
    given = {**answers(sheet, "cuando"), **answers(sheet, "quien"), **answers(sheet, "detalles")}
    return {name: given[name] for name in FACTS if given.get(name)}


def keep_file(sheet: Sheet, received: Received, note: str) -> None:
    """Note a sealed file in the draft, with the key that opens it."""
    seal = received.seal
    sheet.content.setdefault("files", []).append(
        {
            "item": str(received.item),
            "identity": received.identity.text(),
            "name": received.name,
            "media_type": received.media_type,
            "note": note,
            "received_at": received.received_at.isoformat(),
            "size": seal.size,
            "plain_sha256": seal.plain_sha256,
            "sealed_size": seal.sealed_size,
            "sealed_blake3": seal.sealed_blake3,
            "declared_sha256": received.declared_sha256,
        }
    )


def drop_file(sheet: Sheet, item: str) -> list[uuid.UUID]:
    """Take a file out of the draft; returns what is to be discarded."""
    files = sheet.content.get("files", [])
    sheet.content["files"] = [f for f in files if f["item"] != item]
    return [uuid.UUID(f["item"]) for f in files if f["item"] == item]


def opened_by(sheet: Sheet) -> tuple[Case, Holder]:
    """Her case, and she herself, as her visit opens them."""
    return Case.objects.get(pk=sheet.content["case"]), her(Identity.parse(sheet.content["identity"]))


def drop_upload(sheet: Sheet, upload: str) -> bool:
    """Take an unfinished upload out of the draft or visit; whether it was there."""
    begun = sheet.content.get("uploads", [])
    sheet.content["uploads"] = [entry for entry in begun if entry["upload"] != upload]
    return len(sheet.content["uploads"]) < len(begun)


def received(entry: Values) -> Received:
    """What `keep_file` noted, as evidence knows it."""
    seal = Seal(entry["size"], entry["plain_sha256"], entry["sealed_size"], entry.get("sealed_blake3", ""))
    return Received(
        uuid.UUID(entry["item"]),
        Identity.parse(entry["identity"]),
        seal,
        entry["name"],
        entry["media_type"],
        datetime.fromisoformat(entry["received_at"]),
        entry.get("declared_sha256"),
        entry.get("sealed_sha256", ""),
    )


def texts(sheet: Sheet) -> dict[str, Values]:
    """Her words by group; a group she left empty is not there."""
    history = sheet.content.get("answers", {})
    groups = {
        "account": {"text": answers(sheet, "relato").get("text", "")},
        "facts": {
            **{k: answers(sheet, "cuando").get(k) or "" for k in ("when", "day", "links")},
            "platform": answers(sheet, "cuando").get("platform", []),
            "who": answers(sheet, "quien").get("who", ""),
        },
        "contact": {k: answers(sheet, "contacto").get(k, "") for k in ("safe_contact", "safe_time", "how")},
        "identity": {k: answers(sheet, "nombre").get(k, "") for k in ("name", "document")},
    }
    if nature(sheet) != "denuncia":
        del groups["identity"]
    if history.get("relato"):
        groups["account"]["versions"] = history["relato"]
    return {group: content for group, content in groups.items() if any(content.values())}


def consents(sheet: Sheet) -> tuple[list[tuple[str, str]], list[str]]:
    """The (consent, party) pairs she gave, and the institutions the case is hidden from."""
    given = [name for name, value in answers(sheet, "permisos").items() if value is True]
    hidden = [name.removeprefix("hide-") for name in given if name.startswith("hide-")]
    pairs = [tuple(name.rsplit("-", 1)) for name in given if not name.startswith("hide-")]
    return [(consent, party) for consent, party in pairs if party not in hidden], hidden


@transaction.atomic
def submit(sheet: Sheet, at: datetime, fresh: Fresh) -> Receipt:
    """Open her case with everything in the draft; a second call gives the same receipt.

    The caller holds the draft's lock (`papers.changing`), so that two tabs make one case.
    """
    if "receipt" in sheet.content:
        return Receipt.parse(sheet.content["receipt"])
    pairs, hidden = consents(sheet)
    if not sheet.content.get("leader"):
        pairs = [(consent, party) for consent, party in pairs if party != LEADER]
    names = answers(sheet, "permisos").get("hide_names", "").splitlines()[: hiding.NAMES]
    told = Told(
        nature=nature(sheet),
        language=answers(sheet, "detalles").get("language") or "es",
        facts=facts(sheet),
        texts=texts(sheet),
        consents=pairs,
        withheld=hidden,
        hidden=hiding.matching(names),
        leader=sheet.content.get("leader", ""),
    )
    opened = open_case(told, at, fresh)
    hiding.remember(opened.case, names)
    for entry in sheet.content.get("files", []):
        attach(opened.case, received(entry), opened.holder, at, entry["note"])
    sheet.content.clear()
    sheet.content.update(receipt=opened.receipt.digits, number=opened.case.number)
    return opened.receipt
