"""The checks of the route are strong: a route with one thing dropped or widened is refused.

Every mutant is the country's route with one deadline, legal basis, `after`, `when` or limit of a share taken
away, or one share widened. A mutant that no check and no story refuses is listed here, with the reason.
"""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from resguardo import packs
from resguardo.core.route import Route, RouteError
from resguardo.core.routecheck import faults

TEXT = (Path(packs.__file__).parent / "gt/route.toml").read_text(encoding="utf-8")
WHOLE = tomllib.loads(TEXT)

BY_LAW = "the same law, or an earlier hand-over, shows that party this part already"
SURVIVE = {
    "tell: no source": "what she does herself is nobody's duty, so that no story signs its basis",
    "tell: mp by account, risk too": BY_LAW,
    "hand_over: mp by account, risk too": BY_LAW,
    **{f"ask_measures: pnc by D97-96, {group} too": BY_LAW for group in ("seal", "risk", "coordination")},
    **{
        f"request_expertise: {party} by CPP (peritaje), {group} too": BY_LAW
        for party, groups in {
            "pnc": ("seal", "risk", "coordination"),
            "mp": ("seal", "risk", "question", "measures", "coordination"),
        }.items()
        for group in groups
    },
}


def mutants() -> Iterator[tuple[str, dict[str, Any]]]:
    """(what was changed, the document)."""
    for name, step in WHOLE["steps"].items():
        for key in ("within", "late"):
            if key in step:
                yield _cut(f"{name}: no {key}", "steps", name, key)
        for key in ("law", "source"):
            if key in step["basis"]:
                yield _cut(f"{name}: no {key}", "steps", name, "basis", key)
        for place, before in enumerate(step.get("after", ())):
            yield _cut(f"{name}: not after {before}", "steps", name, "after", place)
        for fact in step.get("when", ()):
            yield _cut(f"{name}: whatever {fact} is", "steps", name, "when", fact)
        for place, share in enumerate(step.get("shares", ())):
            yield from _wider(name, place, share)


def _wider(name: str, place: int, share: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    said = f"{name}: {share['to']} by {share.get('consent') or share['law']}"
    for fact in share.get("when", ()):
        yield _cut(f"{said}, whatever {fact} is", "steps", name, "shares", place, "when", fact)
    for group in WHOLE["parties"][share["to"]]["sees"]:
        if group not in share["what"]:
            document = copy.deepcopy(WHOLE)
            document["steps"][name]["shares"][place]["what"].append(group)
            yield f"{said}, {group} too", document
    if "consent" in share and share["what"]:
        document = copy.deepcopy(WHOLE)
        changed = document["steps"][name]["shares"][place]
        del changed["consent"]
        changed |= {"law": "a law", "status": "OWN"}
        yield f"{said}, without asking her", document


def _cut(said: str, *path: Any) -> tuple[str, dict[str, Any]]:
    document = copy.deepcopy(WHOLE)
    inner: Any = document
    for key in path[:-1]:
        inner = inner[key]
    del inner[path[-1]]
    return said, document


def refused(document: dict[str, Any]) -> bool:
    """Whether the loader, a check or a story finds something wrong."""
    try:
        route = Route.from_values(document, "mutant.toml")
    except RouteError:
        return True
    return next(faults(route), None) is not None


def test_at_least_95_of_100_mutants_of_the_route_are_refused() -> None:
    every = dict(mutants())
    survivors = {said for said, document in every.items() if not refused(document)}
    assert len(every) > 300
    assert survivors == set(SURVIVE), sorted(survivors)
    assert len(survivors) <= len(every) * 0.05
