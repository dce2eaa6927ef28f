"""The data dictionary: every field and list of the register, as the pack has them, to read and to print."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from resguardo import packs
from resguardo.core.codes import ALL, Field, Register
from resguardo.people.holder import Holder
from resguardo.registry.answers import group_label
from resguardo.registry.words import ENTRIES, KINDS, LEVELS, SENSITIVITIES, STATUSES
from resguardo.work.phrases import party_title
from resguardo.work.signed import signed_in

SURE = "VERIFIED"


@signed_in
def dictionary(request: HttpRequest, holder: Holder, name: str = "") -> HttpResponse:
    """The fields and the names of the lists; one list; or everything, to print."""
    known, language = packs.load(settings.PACK).register, get_language() or "es"
    if name and name not in known.lists:
        raise Http404
    everything = request.GET.get("todo") == "1"
    shown = [name] if name else list(used(known)) if everything else []
    context = {
        "register": known,
        "sections": [] if name else sections(known, language),
        "lists": [list_page(known, one, language) for one in shown],
        "names": [] if name or everything else list(used(known).items()),
        "everything": everything,
        "name": name,
        "title": _("Data dictionary"),
    }
    return render(request, "registry/dictionary.html", context)


def used(known: Register) -> dict[str, int]:
    """The lists that fields use, and how many codes each has, in the order of the fields."""
    return {
        one.list_: len(known.lists[one.list_]) for one in known.fields.values() if one.list_ in known.lists
    }


def sections(known: Register, language: str) -> list[dict[str, Any]]:
    """Each section with its fields."""
    tongue = "en" if language.startswith("en") else "es"
    return [
        {
            "name": name,
            "title": titles.get(tongue, name),
            "fields": [row(known, one, language) for one in known.fields.values() if one.section == name],
        }
        for name, titles in known.sections.items()
    ]


def row(known: Register, spec: Field, language: str) -> dict[str, Any]:
    """A field in words."""
    route = packs.load(settings.PACK).route
    sees = (
        _("every institution of the case")
        if ALL in spec.sees
        else ", ".join(sorted(party_title(route, one, language) for one in spec.sees))
    )
    return {
        "spec": spec,
        "label": spec.in_(language),
        "meaning": spec.meaning(language),
        "kind": KINDS[spec.kind],
        "level": LEVELS[spec.level],
        "sensitivity": SENSITIVITIES[spec.sensitivity],
        "entry": ENTRIES[spec.entry],
        "sees": sees,
        "sure": spec.status == SURE,
        "status": STATUSES.get(spec.status, spec.status),
    }


def list_page(known: Register, name: str, language: str) -> dict[str, Any]:
    """A list with its codes, and the fields that use it."""
    return {
        "name": name,
        "fields": [one.in_(language) for one in known.fields.values() if one.list_ == name],
        "codes": [
            {
                "code": one,
                "label": one.in_(language),
                "meaning": one.meaning(language),
                "group": group_label(known, name, one.code, language),
                "maps": "; ".join(f"{key} {value}" for key, value in one.maps.items()),
                "sure": one.status == SURE,
                "status": STATUSES.get(one.status, one.status),
            }
            for one in known.lists[name]
        ],
    }
