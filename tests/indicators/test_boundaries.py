"""The boundaries: every department and municipality once, small enough, and where its neighbours end."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pytest

from resguardo import packs
from resguardo.indicators.drawing.boundaries import Area, Chart, load

PLACES = load("gt")
CHARTS = {"": PLACES.country, **PLACES.departments}
TOWNS = packs.load("gt").register.lists["municipality"]
DEPARTMENTS = Counter(town.maps["department"] for town in TOWNS if town.maps)


def corners(area: Area) -> list[list[tuple[int, int]]]:
    """The corners of each ring of an area."""
    found = []
    for ring in re.findall(r"M(\d+) (\d+)l([-\d ]+)z", area.path):
        x, y = int(ring[0]), int(ring[1])
        steps = [int(step) for step in re.findall(r"-?\d+", ring[2])]
        points = [(x, y)]
        for dx, dy in zip(steps[::2], steps[1::2], strict=True):
            x, y = x + dx, y + dy
            points.append((x, y))
        found.append(points)
    return found


def size(area: Area) -> float:
    """The area in square units, of its rings together."""
    rings = corners(area)
    return sum(
        abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1], strict=True))) / 2
        for ring in rings
    )


def test_all_departments_and_municipalities_of_guatemala_are_drawn_once() -> None:
    assert set(PLACES.country.areas) == set(PLACES.departments) == set(DEPARTMENTS)
    for code, of in PLACES.departments.items():
        assert len(of.areas) == DEPARTMENTS[code]
        assert all(re.fullmatch(rf"{code}\d\d", town) for town in of.areas)
    assert sum(len(of.areas) for of in PLACES.departments.values()) == 340


def test_they_are_small_enough_for_a_page_on_a_slow_line() -> None:
    def paths(of: Chart) -> int:
        return sum(len(area.path) for area in of.areas.values())

    assert paths(PLACES.country) <= 12_000
    assert all(paths(of) <= 15_000 for of in PLACES.departments.values())
    assert sum(map(paths, PLACES.departments.values())) <= 120_000
    assert (packs.HERE / "gt" / "boundaries.json").stat().st_size <= 132_000


@pytest.mark.parametrize("code", CHARTS)
def test_every_area_is_inside_the_paper_and_none_has_vanished(code: str) -> None:
    of = CHARTS[code]
    for name, area in of.areas.items():
        assert size(area) > 100, name
        for x, y in (point for ring in corners(area) for point in ring):
            assert 0 <= x <= of.wide, name
            assert 0 <= y <= of.high, name


def covered(of: Chart, step: int = 7) -> tuple[np.ndarray, np.ndarray]:
    """How many areas hold each point of a grid, and which points lie in water."""
    x, y = np.meshgrid(np.arange(0.5, of.wide, step), np.arange(0.5, of.high, step))

    def within(area: Area) -> np.ndarray:
        inside = np.zeros(x.shape, dtype=bool)
        for ring in corners(area):
            for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1], strict=True):
                if y1 != y2:
                    inside ^= ((y1 > y) != (y2 > y)) & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
        return inside

    water = np.any(
        [np.zeros(x.shape, dtype=bool), *(within(Area(0, 0, 0, lake)) for lake in of.water)], axis=0
    )
    return np.sum([within(area) for area in of.areas.values()], axis=0), water


@pytest.mark.parametrize("code", CHARTS)
def test_neighbours_neither_gap_nor_overlap(code: str) -> None:
    """Of the points with land on all four sides, next to none are in no area, or in two."""
    count, water = covered(CHARTS[code])
    land = (count > 0) & ~water
    between = land[1:-1, :-2] & land[1:-1, 2:] & land[:-2, 1:-1] & land[2:, 1:-1]
    gaps = between & (count[1:-1, 1:-1] == 0) & ~water[1:-1, 1:-1]
    assert gaps.sum() <= 0.001 * land.sum()
    assert (count > 1).sum() <= 0.002 * land.sum()


def test_the_source_and_its_licence_are_named() -> None:
    assert "MINFIN" in PLACES.about["source"]
    assert "Permission is hereby granted" in PLACES.about["notice"]
    assert set(PLACES.about) >= {"by_way_of", "changed", "borders", "sha256_deptos", "sha256_munis"}


def test_a_pack_without_boundaries_says_so() -> None:
    with pytest.raises(packs.PackError, match="has no boundaries"):
        load("nowhere")
