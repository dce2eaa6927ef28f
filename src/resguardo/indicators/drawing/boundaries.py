"""The outlines of a country and of its departments, read from a pack (drawn by `scripts/boundaries.py`)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from resguardo.packs import HERE, PackError


@dataclass(frozen=True)
class Area:
    """A place as an SVG path in whole units; its label stands at `x`, `y`, `clear` units from any border."""

    x: int
    y: int
    clear: int
    path: str


@dataclass(frozen=True)
class Chart:
    """Areas by their code ("01" or "0101"), lakes, and the size of the paper in units."""

    wide: int
    high: int
    areas: Mapping[str, Area]
    water: tuple[str, ...]


@dataclass(frozen=True)
class Boundaries:
    """Departments of a country, and by a department's code its municipalities; `about` names the source."""

    country: Chart
    departments: Mapping[str, Chart]
    about: Mapping[str, str]


@lru_cache(maxsize=4)
def load(pack: str) -> Boundaries:
    """The boundaries of the pack `pack`. Raises PackError where it has none."""
    file = HERE / pack / "boundaries.json"
    if not file.is_file():
        raise PackError("The country pack %(name)s has no boundaries.", name=pack)
    content = json.loads(file.read_text(encoding="utf-8"))
    departments = {code: _chart(raw) for code, raw in content["departments"].items()}
    return Boundaries(_chart(content["country"]), departments, content["about"])


def _chart(raw: Mapping[str, object]) -> Chart:
    size, areas, water = raw["size"], raw["areas"], raw["water"]
    assert isinstance(size, list)
    assert isinstance(areas, dict)
    assert isinstance(water, list)
    return Chart(size[0], size[1], {code: Area(*area) for code, area in areas.items()}, tuple(water))
