"""The bag's report in Spanish, as PDF: what, when received, who held it, digests, seals, and what is claimed.

It says nothing that she wrote, and shows no picture but one blurred beyond recognition. Typeset by typst;
all data goes in as JSON, so that nothing in it is ever read as markup.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from resguardo import __version__
from resguardo.core.checkpoint import fingerprint
from resguardo.core.history import HER, Event, timestamp
from resguardo.court import words
from resguardo.court.bag import Bag, Item, Unopened

TEMPLATE = Path(__file__).resolve().parent / "report.typ"
Row = tuple[str, str, bool]
CLAIMS = (
    "Se afirma: que cada archivo se recibió a la hora que dice, que no ha cambiado desde entonces, y quién "
    "lo abrió en este sistema.",
    "No se afirma: que lo que un archivo muestra sea cierto, ni quién lo hizo. Eso lo valora el tribunal.",
    "La hora del servidor, la que el propio archivo declara y la del sello de una autoridad son tres "
    "cosas distintas y se dan por separado.",
    "Quien actuó figura con un seudónimo; la institución sabe a quién corresponde.",
)
HOW = (
    "Sin instalar nada: abra verify.html en un navegador, sin internet, y suelte ahí el archivo ZIP.",
    "Con herramientas comunes (sha256sum, openssl): sh verify.sh --key HUELLA",
    "HUELLA es la huella de la llave del registro que la institución ha publicado. Tómela de ahí, "
    "no de este informe, y compárela con la de arriba.",
    "Las huellas de los archivos se comprueban también con cualquier programa que calcule SHA-256.",
)


def report(bag: Bag, events: Sequence[Event]) -> bytes:
    """The PDF of `bag`, whose parsed chain is `events`; not signed yet."""
    import typst

    content = json.dumps(_content(bag, events), ensure_ascii=False)
    made = typst.compile(
        TEMPLATE.read_bytes(), format="pdf", sys_inputs={"report": content}, pdf_standards=["a-2b"]
    )
    assert isinstance(made, bytes)
    return made


def _content(bag: Bag, events: Sequence[Event]) -> dict[str, Any]:
    return {
        "title": f"Informe de custodia digital, caso {bag.case}",
        "made_at": timestamp(bag.made_at),
        "day": [bag.made_at.year, bag.made_at.month, bag.made_at.day],
        "made_by": bag.made_by,
        "about": [
            ("Caso", bag.case, False),
            ("Hecho por", bag.made_by, False),
            ("Hecho el (UTC)", timestamp(bag.made_at), False),
            ("Registro", bag.origin, False),
            ("Archivos en la bolsa", str(len(bag.payload)), False),
            ("Archivos que quedaron fuera", str(len(bag.left_out)), False),
            ("Hechos en la cadena de custodia", str(len(events)), False),
            ("Programa", f"Resguardo {__version__}", False),
        ],
        "claims": CLAIMS,
        "items": [_item(bag, each, number, events) for number, each in enumerate(bag.payload, 1)],
        "left_out": list(bag.left_out),
        "seals": _seals(bag),
        "how": HOW,
    }


def _item(bag: Bag, item: Item | Unopened, number: int, events: Sequence[Event]) -> dict[str, Any]:
    concerning = [event for event in events if words.concerns(event.about, item.id)]
    about = next(event.about for event in concerning if event.kind == "evidence-sealed")
    read_back = (e.about["sealed_sha256"] for e in concerning if e.kind == "item-read-back")
    sealed = about.get("sealed_sha256") or next(read_back, "aún no se leyó de vuelta")
    found = bag.found.get(item.id, {})
    rows: list[Row] = [
        ("Nombre en la bolsa", f"data/items/{item.name}", True),
        ("Clase", item.media_type if isinstance(item, Item) else "Sellado sin abrir", False),
        ("Tamaño del original", f"{about['size']:,} bytes".replace(",", " "), False),
        ("Recibido (UTC)", str(about["received"]), False),
        ("SHA-256 del original", str(about["plain_sha256"]), True),
        ("SHA-256 del sellado", str(sealed), True),
        ("SHA-256 que declaró su equipo", str(about.get("declared_sha256", "no se declaró")), True),
        ("Procedencia", words.grade(str(about.get("grade") or found.get("grade") or ""), "es"), False),
        ("Hora que el archivo declara", str(found.get("declared_time") or "ninguna"), False),
    ]
    if found.get("marks"):
        rows.append(("Avisos del examen", ", ".join(map(str, found["marks"])), False))
    if isinstance(item, Unopened):
        rows.append(
            ("Por qué está sellado", f"Puede verse a una menor de edad. Solo {bag.unopened_for}.", False)
        )
    preview = found.get("preview")
    return {
        "number": number,
        "rows": rows,
        "preview": list(base64.b64decode(preview)) if preview and isinstance(item, Item) else None,
        "custody": [
            (
                timestamp(event.at).replace("T", " "),
                words.kind(event.kind, "es") + (f" ({event.reason})" if event.reason else ""),
                bag.parties.get(event.party, event.party),
                "ella" if event.actor == HER else event.actor,
            )
            for event in concerning
        ],
    }


def _seals(bag: Bag) -> list[Row]:
    rows: list[Row] = [
        ("Huella de la llave del registro", fingerprint(bag.log_key), True),
        ("Punto de control", f"{bag.size} hechos en el registro", False),
    ]
    if bag.signature is not None:
        rows.append(("Certificado que firma (SHA-256)", bag.signature.fingerprint, True))
    for stamp in bag.stamps:
        rows.append(("Sello de tiempo: certificados", hashlib.sha256(stamp.authority_pem).hexdigest(), True))
    if not bag.stamps:
        rows.append(("Sello de tiempo", "Aún sin sello de una autoridad de tiempo.", False))
    for witness in bag.witnesses:
        rows.append((f"Testigo: {witness.title}", fingerprint(witness.key), True))
    return rows
