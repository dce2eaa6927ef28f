"""Searching the code lists by everyday words, as a page and for the form's search boxes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from resguardo import packs
from resguardo.core.codes import Code, Field, Register
from resguardo.core.codesearch import Finder, Found
from resguardo.people.holder import Holder
from resguardo.registry.answers import group_label, whole_label
from resguardo.work.signed import signed_in

LIMIT = 12


@dataclass(frozen=True)
class Follow:
    """What a code leads to elsewhere: by which field or rule, the codes with their labels."""

    title: str
    codes: tuple[Code, ...]
    labels: tuple[str, ...]

    def pairs(self) -> list[tuple[Code, str]]:
        """Codes with their labels."""
        return list(zip(self.codes, self.labels, strict=True))


@lru_cache(maxsize=2)
def finder(pack: str) -> Finder:
    """What searches the lists that the fields of a pack's register use."""
    known = packs.load(pack).register
    return Finder(known, {one.list_ for one in known.fields.values() if one.list_ and not one.until})


@signed_in
def codes(request: HttpRequest, holder: Holder) -> HttpResponse:
    """What some everyday words may mean: as a page, or as JSON for whoever fills in the form."""
    known, language = packs.load(settings.PACK).register, get_language() or "es"
    asked = request.GET.get("q", "")[:200].strip()
    spec = known.fields.get(request.GET.get("campo", ""))
    list_ = spec.list_ if spec and spec.list_ else request.GET.get("lista", "")
    list_ = list_ if list_ in known.lists else ""
    found = finder(settings.PACK).find(asked, language, list_ or None, LIMIT) if asked else ()
    if "json" in request.headers.get("Accept", "") or request.GET.get("formato") == "json":
        return JsonResponse({"found": [brief(known, one, language) for one in found]})
    context = {
        "asked": asked,
        "list": list_,
        "lists": searched(known, language),
        "found": [whole(known, one, language) for one in found],
        "case": request.GET.get("caso", "")[:40],
        "field": spec.name if spec else "",
        "title": _("Search the codes"),
    }
    return render(request, "registry/codes.html", context)


def searched(known: Register, language: str) -> list[tuple[str, str]]:
    """The lists that can be searched, by the first field that uses them."""
    lists: dict[str, str] = {}
    for one in known.fields.values():
        if one.list_ and not one.until:
            lists.setdefault(one.list_, one.in_(language))
    return sorted(lists.items(), key=lambda pair: pair[1])


def brief(known: Register, found: Found, language: str) -> dict[str, str]:
    """A code that was found, for a search box."""
    code = known.codes[found.list][found.code]
    place = any(one.kind == "place" and one.list_ == found.list for one in known.fields.values())
    return {
        "list": found.list,
        "code": found.code,
        "label": whole_label(known, found.list, found.code, language) if place else code.in_(language),
        "meaning": code.meaning(language),
    }


def whole(known: Register, found: Found, language: str) -> dict[str, object]:
    """A code that was found, with what tells its neighbours apart and what follows from it."""
    code = known.codes[found.list][found.code]
    return {
        "code": code,
        "list": found.list,
        "label": code.in_(language),
        "meaning": code.meaning(language),
        "why": ", ".join(found.why),
        "group": group_label(known, found.list, code.code, language),
        "neighbours": neighbours(known, found.list, code, language),
        "follows": follows(known, found.list, code, language),
        "offences": offences(known, found.list, code, language),
    }


def neighbours(known: Register, list_: str, code: Code, language: str) -> list[tuple[str, str]]:
    """The other codes of its group, with what they mean; none where a list has no groups or says nothing."""
    if list_ not in known.groups:
        return []
    by = known.groups[list_][0]
    beside = [c for c in known.lists[list_] if c.maps.get(by) == code.maps.get(by) and c != code]
    return [(c.in_(language), c.meaning(language)) for c in beside if not c.until and c.meaning(language)]


def follows(known: Register, list_: str, code: Code, language: str) -> list[Follow]:
    """The computed fields that a code decides."""
    found = []
    for spec in known.computed:
        source, _dot, key = spec.rule.partition(".")
        if source in known.fields and known.fields[source].list_ == list_ and code.maps.get(key):
            one = following(known, spec, code.maps[key], language)
            if one not in found:
                found.append(one)
    return found


def following(known: Register, spec: Field, code: str, language: str) -> Follow:
    """One computed field and the code that it comes to."""
    reached = known.codes[spec.list_].get(code)
    return Follow(
        spec.in_(language), (reached,) if reached else (), (reached.in_(language),) if reached else ()
    )


def offences(known: Register, list_: str, code: Code, language: str) -> list[Follow]:
    """The offences that might apply, for each rule of the pack: candidates, the prosecutor decides."""
    every = {c.code: c for one in known.lists.values() for c in one}
    found = []
    for rule in known.offence_rules:
        if known.fields[rule.field].list_ != list_:
            continue
        when = "; ".join(
            f"{known.fields[n].in_(language)}: " + ", ".join(known.label(n, c, language) for c in sorted(cs))
            for n, cs in rule.when.items()
        )
        reached = tuple(every[one] for one in code.maps.get(rule.value, "").split() if one in every)
        if reached:
            found.append(Follow(when or _("Otherwise"), reached, tuple(c.in_(language) for c in reached)))
    return found
