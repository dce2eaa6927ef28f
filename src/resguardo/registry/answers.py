"""What a form of the record sent, as the register's cleaning takes it: one value a field, by its kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import QueryDict

from resguardo.core.codes import Field, Register, as_codes
from resguardo.core.codesearch import plain

PREFIX = "f-"


def answers(register: Register, fields: Iterable[Field], posted: QueryDict) -> dict[str, Any]:
    """The values of `fields` as they were typed or chosen; a place that can be told is its code."""
    given: dict[str, Any] = {}
    for spec in fields:
        name = PREFIX + spec.name
        if spec.kind == "codes":
            given[spec.name] = [one for one in posted.getlist(name) if one]
        elif spec.kind == "texts":
            given[spec.name] = [line.strip() for line in posted.get(name, "").splitlines() if line.strip()]
        else:
            typed = posted.get(name, "").strip()
            given[spec.name] = told_apart(register, spec.list_, typed) if spec.kind == "place" else typed
    return given


def told_apart(register: Register, list_: str, typed: str) -> str:
    """The code of the place that was typed, with its group or without where one place has the name.

    What is not known, or is the name of several, comes back as it was typed.
    """
    if not typed or typed in register.codes[list_]:
        return typed
    asked = plain(typed).replace(",", " ").split()
    alone: list[str] = []
    for code in register.lists[list_]:
        for language in ("es", "en"):
            if plain(whole_label(register, list_, code.code, language)).replace(",", " ").split() == asked:
                return code.code
        if plain(code.es).split() == asked or plain(code.en).split() == asked:
            alone.append(code.code)
    return alone[0] if len(alone) == 1 else typed


def whole_label(register: Register, list_: str, code: str, language: str) -> str:
    """The label of a code with that of its group: Tecpán Guatemala, Chimaltenango."""
    found = register.codes.get(list_, {}).get(code)
    if found is None:
        return code
    group = group_label(register, list_, code, language)
    return f"{found.in_(language)}, {group}" if group else found.in_(language)


def group_label(register: Register, list_: str, code: str, language: str) -> str:
    """The title of the group that a code stands in; empty where its list has none."""
    if list_ not in register.groups:
        return ""
    by, titles = register.groups[list_]
    title = register.codes[titles].get(register.codes[list_][code].maps.get(by, ""))
    return title.in_(language) if title else ""


def changed(fields: Iterable[Field], given: Mapping[str, Any], stands: Mapping[str, Any]) -> bool:
    """Whether anything of `given` is not as it stands."""
    return any(as_codes(given.get(one.name)) != as_codes(stands.get(one.name)) for one in fields)
