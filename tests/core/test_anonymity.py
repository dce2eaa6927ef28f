"""Records handed to researchers: nobody is found among fewer than k."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resguardo.core.anonymity import anonymise, smallest_class
from resguardo.core.disclosure import DisclosureError, Single


def women(seed: int, number: int, *sizes: int) -> dict[str, Single]:
    rng = np.random.default_rng(seed)
    return {
        name: Single(rng.choice(size, number, p=rng.dirichlet(np.ones(size))), size)
        for name, size in zip("abcdefgh", sizes, strict=False)
    }


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 1 << 30), st.integers(0, 300), st.integers(2, 8))
def test_every_combination_occurs_k_times_or_not_at_all(seed: int, number: int, k: int) -> None:
    given_columns = women(seed, number, 2, 6, 4, 9)
    result = anonymise(given_columns, "dba", k)
    rows = list(zip(*(result.columns[name].codes.tolist() for name in "dba"), strict=True))
    smallest = min(Counter(rows).values(), default=0)
    assert smallest == result.smallest == smallest_class(result.columns, "dba")
    assert smallest >= k or not rows
    assert len(rows) + result.dropped == number


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 1 << 30), st.integers(0, 300))
def test_what_is_not_withheld_is_unchanged_and_counted(seed: int, number: int) -> None:
    before = women(seed, number, 3, 5, 7)
    after = anonymise(before, "ab")
    assert (after.columns["c"].codes == before["c"].codes[after.kept]).all()
    for name in "ab":
        column, mark = after.columns[name], before[name].size
        withheld = column.codes == mark
        assert column.size == mark + 1
        assert mark in column.last
        assert withheld.sum() == after.withheld[name]
        assert (column.codes == before[name].codes[after.kept])[~withheld].all()


def test_records_safe_already_lose_nothing() -> None:
    columns = {"age": Single(np.repeat([0, 1], 5), 2), "place": Single(np.repeat([1, 0], 5), 2)}
    result = anonymise(columns, ["age", "place"])
    assert result.withheld == {"age": 0, "place": 0}
    assert (result.dropped, result.smallest) == (0, 5)


def test_the_column_named_last_is_given_up_last() -> None:
    columns = {"age": Single(np.repeat([0, 0, 1, 1], 3), 2), "place": Single(np.repeat([0, 1, 0, 1], 3), 2)}
    assert anonymise(columns, ["age", "place"]).withheld == {"age": 12, "place": 0}
    assert anonymise(columns, ["place", "age"]).withheld == {"age": 0, "place": 12}


def test_who_stands_alone_even_with_everything_withheld_is_left_out() -> None:
    result = anonymise({"age": Single(np.array([0] * 9 + [1]), 2)}, ["age"])
    assert result.dropped == 1
    assert result.kept.tolist() == list(range(9))


def test_a_withheld_value_is_equal_only_to_itself() -> None:
    columns = {"age": Single(np.array([0] * 5 + [1] * 3 + [2] * 2), 3), "kind": Single(np.arange(10), 10)}
    result = anonymise(columns, ["age"])
    assert result.columns["age"].codes.tolist() == [0] * 5 + [3] * 5
    assert result.columns["kind"].codes.tolist() == list(range(10))


def test_more_combinations_than_a_number_holds_are_still_told_apart() -> None:
    rng = np.random.default_rng(1)
    columns = {f"q{i}": Single(np.repeat(rng.integers(0, 40, 50), 6), 1000) for i in range(12)}
    assert smallest_class(columns, list(columns)) == 6
    assert sum(anonymise(columns, list(columns)).withheld.values()) == 0


def test_a_million_records_of_eight_columns_take_seconds() -> None:
    columns = women(7, 1_000_000, 40, 16, 12, 7, 5, 7, 22, 2)
    result = anonymise(columns, "abcdefgh")
    assert result.smallest >= 5
    assert result.dropped < 1000


@pytest.mark.parametrize(("quasi", "k"), [([], 5), (["z"], 5), (["a", "a"], 5), (["a"], 1)])
def test_a_question_without_sense_is_refused(quasi: list[str], k: int) -> None:
    with pytest.raises(DisclosureError):
        anonymise(women(1, 20, 2, 2), quasi, k)


def test_columns_of_unlike_length_are_refused() -> None:
    with pytest.raises(DisclosureError):
        anonymise({"a": Single(np.zeros(3, int), 1), "b": Single(np.zeros(4, int), 1)}, ["a"])
