"""Ticks and class limits: round, in order, and no value without a class."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resguardo.indicators.drawing.classes import Class, limits, roundest, ticks


@pytest.mark.parametrize(
    ("top", "most", "least", "expected"),
    [
        (0, 4, 1, (0, 1)),
        (1, 4, 1, (0, 1)),
        (3, 4, 1, (0, 1, 2, 3)),
        (7, 4, 1, (0, 2, 4, 6, 8)),
        (10, 4, 1, (0, 5, 10)),
        (64, 4, 1, (0, 20, 40, 60, 80)),
        (100, 4, 1, (0, 25, 50, 75, 100)),
        (1890, 4, 1, (0, 500, 1000, 1500, 2000)),
        (0.9, 4, 0, (0, 0.25, 0.5, 0.75, 1)),
        (57, 2, 1, (0, 50, 100)),
    ],
)
def test_ticks_are_round(top: float, most: int, least: float, expected: tuple[float, ...]) -> None:
    assert ticks(top, most, least) == expected


@given(st.floats(0, 1e9), st.integers(2, 6), st.sampled_from([0, 1]))
def test_ticks_reach_the_top_in_few_equal_steps(top: float, most: int, least: int) -> None:
    found = ticks(top, most, least)
    assert found[0] == 0
    assert found[-1] >= top * (1 - 1e-6)
    assert 2 <= len(found) <= most + 1
    assert all(one < two for one, two in pairwise(found))


def test_classes_hold_about_as_many_each_and_part_at_round_numbers() -> None:
    values = [5, 6, 7, 8, 12, 13, 17, 18, 24, 26, 31, 44, 70, 123, 412]
    assert limits(values) == (Class(5, 7), Class(8, 14), Class(15, 24), Class(25, 49), Class(50, 412))


def test_equal_values_stay_together_and_few_values_make_few_classes() -> None:
    assert limits([5, 5, 5, 5]) == (Class(5, 5),)
    assert limits([5, 9]) == (Class(5, 8), Class(9, 9))
    assert limits([]) == ()
    assert limits([0, 0]) == ()
    assert limits([0.12, 0.31]) == (Class(0.12, 0.12), Class(0.3, 0.31))


@pytest.mark.parametrize(
    ("above", "to", "expected"),
    [(12, 18, 15), (24, 26, 25), (399, 412, 400), (9, 10, 10), (0.11, 0.19, 0.15)],
)
def test_the_roundest_number_between(above: float, to: float, expected: float) -> None:
    assert roundest(above, to) == expected


numbers = st.one_of(
    st.lists(st.integers(0, 10**6), max_size=60),
    st.lists(st.floats(0.001, 1e5, allow_nan=False), max_size=60),
)


@given(numbers)
def test_every_value_above_zero_has_exactly_one_class(values: list[float]) -> None:
    found = limits(values)
    assert len(found) <= 5
    for value in values:
        assert sum(each.holds(value) for each in found) == (value > 0)
    assert all(one.high < two.low for one, two in pairwise(found))
