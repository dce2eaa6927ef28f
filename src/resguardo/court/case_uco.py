"""The bag's custody as CASE/UCO JSON-LD, so that a laboratory's own tools read it.

Each file is an observable object with its digests, each event that concerns a file an investigative action
with its performer, tool and time. Source: CASE 1.4 and UCO 1.4 ontologies (caseontology.org).
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from typing import Any

from resguardo import __version__
from resguardo.core.history import Event, timestamp
from resguardo.court import words
from resguardo.court.bag import Bag, Item, Unopened

CONTEXT = {
    "case-investigation": "https://ontology.caseontology.org/case/investigation/",
    "uco-action": "https://ontology.unifiedcyberontology.org/uco/action/",
    "uco-core": "https://ontology.unifiedcyberontology.org/uco/core/",
    "uco-identity": "https://ontology.unifiedcyberontology.org/uco/identity/",
    "uco-observable": "https://ontology.unifiedcyberontology.org/uco/observable/",
    "uco-tool": "https://ontology.unifiedcyberontology.org/uco/tool/",
    "uco-types": "https://ontology.unifiedcyberontology.org/uco/types/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
Node = dict[str, Any]


def case_jsonld(bag: Bag, events: Sequence[Event]) -> bytes:
    """The JSON-LD document of `bag`, whose parsed chain is `events`; UTF-8."""
    held: list[Item | Unopened] = [*bag.items, *bag.unopened]
    graph = [_tool(), *_performers(bag, events)]
    actions: list[Node] = []
    for item in held:
        records = [e for e in events if words.concerns(e.about, item.id)]
        actions += [_action(bag, event, item) for event in records]
        graph += [_observable(item, records), _provenance(item, bag)]
    investigation = {
        "@id": _id("investigation", bag.case),
        "@type": "case-investigation:Investigation",
        "uco-core:name": bag.case,
        "uco-core:object": [{"@id": node["@id"]} for node in [*graph, *actions]],
    }
    document = {
        "@context": {"kb": f"https://{bag.origin}/kb/"} | CONTEXT,
        "@graph": [investigation, *graph, *actions],
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"


def _id(kind: str, *parts: object) -> str:
    """An identifier that ends in a UUID, the same whenever it is made of the same parts."""
    return f"kb:{kind}-{uuid.uuid5(uuid.NAMESPACE_URL, '|'.join(map(str, (kind, *parts))))}"


def _time(text: str) -> Node:
    return {"@type": "xsd:dateTime", "@value": text}


def _tool() -> Node:
    return {
        "@id": _id("tool", __version__),
        "@type": "uco-tool:Tool",
        "uco-core:name": "Resguardo",
        "uco-tool:version": __version__,
    }


def _performers(bag: Bag, events: Sequence[Event]) -> list[Node]:
    """Every pseudonym that acted, with its institution; nobody's name is known here."""
    seen = sorted({(event.party, event.actor) for event in events})
    return [
        {
            "@id": _id("performer", bag.case, party, actor),
            "@type": "uco-identity:Identity",
            "uco-core:name": actor,
            "uco-core:description": bag.parties.get(party, party),
        }
        for party, actor in seen
    ]


def _observable(item: Item | Unopened, records: Sequence[Event]) -> Node:
    digest = item.plain_sha256 if isinstance(item, Item) else item.sealed_sha256
    size = {"@type": "xsd:integer", "@value": str(item.size)}
    hashed = {
        "@id": _id("hash", item.id),
        "@type": "uco-types:Hash",
        "uco-types:hashMethod": "SHA256",
        "uco-types:hashValue": {"@type": "xsd:hexBinary", "@value": digest},
    }
    content: Node = {
        "@id": _id("content", item.id),
        "@type": "uco-observable:ContentDataFacet",
        "uco-observable:hash": hashed,
        "uco-observable:sizeInBytes": size,
    }
    if isinstance(item, Item):
        content["uco-observable:mimeType"] = item.media_type
    received = next((str(e.about["received"]) for e in records if e.kind == "evidence-sealed"), "")
    named: Node = {
        "@id": _id("file", item.id),
        "@type": "uco-observable:FileFacet",
        "uco-observable:fileName": item.name,
        "uco-observable:sizeInBytes": size,
    }
    return {
        "@id": _id("item", item.id),
        "@type": "uco-observable:ObservableObject",
        "uco-core:name": item.name,
        **({"uco-core:objectCreatedTime": _time(received)} if received else {}),
        "uco-core:hasFacet": [named, content],
    }


def _provenance(item: Item | Unopened, bag: Bag) -> Node:
    return {
        "@id": _id("provenance", item.id),
        "@type": "case-investigation:ProvenanceRecord",
        "case-investigation:exhibitNumber": item.id,
        "uco-core:description": f"data/items/{item.name}, {bag.case}",
        "uco-core:object": [{"@id": _id("item", item.id)}],
    }


def _action(bag: Bag, event: Event, item: Item | Unopened) -> Node:
    at = _time(timestamp(event.at))
    return {
        "@id": _id("action", bag.case, event.seq, item.id),
        "@type": "case-investigation:InvestigativeAction",
        "uco-core:name": event.kind,
        "uco-core:description": words.kind(event.kind, "es") + (f" ({event.reason})" if event.reason else ""),
        "uco-action:startTime": at,
        "uco-action:endTime": at,
        "uco-action:performer": {"@id": _id("performer", bag.case, event.party, event.actor)},
        "uco-action:instrument": [{"@id": _id("tool", __version__)}],
        "uco-action:object": [{"@id": _id("item", item.id)}],
        "uco-action:result": [{"@id": _id("provenance", item.id)}],
    }
