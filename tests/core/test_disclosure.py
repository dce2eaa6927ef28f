"""What is shown of a set of women, attacked with everything that the public page answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, combinations, permutations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from resguardo.core.disclosure import HIDDEN, DisclosureError, Many, Single, Tables
from resguardo.core.suppression import Suppression
from resguardo.core.twoway import Slices

Columns = dict[str, Single | Many]


def falling(rng: np.random.Generator, number: int, size: int, steep: float) -> npt.NDArray[np.int64]:
    weights = 1 / np.arange(1, size + 1) ** steep
    return rng.choice(size, number, p=weights / weights.sum())


def believable(number: int, seed: int = 1) -> Columns:
    """Skewed columns that hang together: peoples live in some departments and speak some languages."""
    rng = np.random.default_rng(seed)
    department = falling(rng, number, 22, 1.1)
    local = (department * 3 + rng.integers(0, 3, number)) % 7
    people = np.where(rng.random(number) < 0.5, 0, local)
    language = (people * 2 + falling(rng, number, 16, 1.3)) % 16
    each = rng.integers(1, 4, number)
    return {
        "quarter": Single(rng.integers(0, 12, number), 12),
        "department": Single(department, 22, (21,)),
        "tactic": Single(falling(rng, number, 40, 0.9), 40, (39,)),
        "age": Single(rng.choice(7, number, p=[0.05, 0.15, 0.3, 0.25, 0.12, 0.05, 0.08]), 7, (6,)),
        "people": Single(people, 7, (6,)),
        "language": Single(np.where(rng.random(number) < 0.7, 0, language), 16, (15,)),
        "platform": Many(np.repeat(np.arange(number), each), falling(rng, int(each.sum()), 20, 1.1), 20),
        "flag": Single((rng.random(number) < 0.13).astype(np.int8), 2),
    }


def tiny(seed: int, dims: int = 3, several: bool = False) -> Tables:
    """A small set of women; in every other a column nearly follows from another, in every third nobody has
    one of the values."""
    rng = np.random.default_rng(seed)
    number = int(rng.integers(40, 400))
    sizes = [int(size) for size in rng.integers(2, 6 if dims < 4 else 4, dims)]
    columns: Columns = {
        name: Single(rng.choice(size, number, p=rng.dirichlet(np.full(size, 1.5))), size)
        for name, size in zip("abcd", sizes, strict=False)
    }
    if seed % 2 and isinstance(columns["a"], Single):
        columns["b"] = Single((columns["a"].codes * 2 + rng.integers(0, 2, number)) % sizes[1], sizes[1])
    if seed % 3 == 0:
        columns["c"] = Single(columns["a"].codes // 2, sizes[0] + 1)
    if several:
        columns["m"] = Many(rng.integers(0, number, 2 * number), rng.integers(0, 3, 2 * number), 3)
    return Tables(number, columns)


def subsets(dims: Sequence[str], most: int) -> Iterator[tuple[str, ...]]:
    return chain.from_iterable(combinations(dims, size) for size in range(most + 1))


@pytest.fixture(scope="module")
def tables() -> Tables:
    return Tables(5000, believable(5000))


def small(count: int) -> bool:
    return 0 < abs(count) < 5


def naive(self: Suppression) -> npt.NDArray[np.bool_]:
    """What a careless page does: hide only the small cells."""
    return (self.counts == 0) | (self.counts >= self.least)


# --- the attacks: each fails with AssertionError when something small comes out ---


def random_filters(tables: Tables, number: int) -> None:
    """Ask for filters at random; take every answer from those with conditions fewer."""
    rng = np.random.default_rng(11)
    names = list(tables.columns)
    for _ in range(number):
        dims = rng.choice(names, rng.integers(1, 4), replace=False)
        where = {str(name): int(rng.integers(min(tables.columns[name].size, 12))) for name in dims}
        parts = [{name: where[name] for name in kept} for kept in subsets(list(where), len(where))]
        answers = {frozenset(part): tables.count(part) for part in parts}
        nested(answers)


def nested(answers: Mapping[frozenset[str], int | None]) -> None:
    for inner, one in answers.items():
        assert one is None or not small(one)
        for outer, other in answers.items():
            if outer < inner and one is not None and other is not None:
                assert not small(other - one), "a difference of two shown counts is small"
    known = {kept: count for kept, count in answers.items() if count is not None}
    for base in known:
        for top in known:
            between = [kept for kept in answers if base <= kept <= top]
            if base < top and all(kept in known for kept in between):
                none_of = sum((-1) ** len(kept - base) * known[kept] for kept in between)
                assert not small(none_of), "those who meet none of the conditions are few"


def sums_of_breakdowns(tables: Tables, dims: Sequence[str]) -> None:
    """Along every line with a shown total, subtract all that is shown."""
    whole = tables.table(dims)
    for axis, name in enumerate(dims):
        if isinstance(tables.columns[name], Many):
            continue
        total = tables.table([other for other in dims if other != name])
        rest = total.counts - np.where(whole.shown, whole.counts, 0).sum(axis=axis)
        hidden = (~whole.shown).sum(axis=axis)
        rest, hidden = rest[total.shown], hidden[total.shown]
        assert not ((rest > 0) & (rest < 5)).any(), "total minus shown is small"
        assert not ((hidden == 0) & (rest != 0)).any()
        assert (hidden != 1).all(), "total minus shown is a withheld cell"


def equations(
    tables: Tables, domain: Sequence[str], most: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], list[npt.NDArray[np.bool_]]]:
    """All shown counts as sums of the cells over `domain`, their values, and what is withheld."""
    sizes = [tables.columns[name].size for name in domain]
    places = np.indices(sizes).reshape(len(sizes), -1)
    rows, values, withheld = [], [], []
    for dims in subsets(domain, most):
        table = tables.table(dims)
        for place in np.ndindex(table.counts.shape):
            inside = np.ones(places.shape[1], bool)
            for name, value in zip(dims, place, strict=True):
                inside &= places[list(domain).index(name)] == value
            if table.shown[place]:
                rows.append(inside)
                values.append(table.counts[place])
            else:
                withheld.append(inside)
    return np.array(rows, float), np.array(values, float), withheld


def linear_algebra(tables: Tables, domain: Sequence[str], most: int) -> None:
    """Solve the equations of all that is shown for each withheld cell."""
    matrix, _, withheld = equations(tables, domain, most)
    _, singular, right = np.linalg.svd(matrix, full_matrices=False)
    basis = right[singular > 1e-9 * singular[0]]
    for cell in withheld:
        rest = cell - basis.T @ (basis @ cell)
        assert np.abs(rest).max() > 1e-7, "a withheld cell is determined"


def reachable(tables: Tables, domain: Sequence[str]) -> list[tuple[int, int, float, float]]:
    """For every small cell with somebody in it: its dimensions, count, least and greatest possible count."""
    matrix, values, _ = equations(tables, domain, 3)
    found = []
    for dims in subsets(domain, 3):
        truth = tables._tally(tuple(sorted(dims)))
        for place in np.argwhere(~tables.table(dims).shown & (truth > 0) & (truth < 5)):
            shape = [tables.columns[name].size for name in domain]
            aim = np.zeros(shape)
            aim[tuple(place[dims.index(n)] if n in dims else slice(None) for n in domain)] = 1
            low, high = (
                sign * linprog(sign * aim.ravel(), A_eq=matrix, b_eq=values, method="highs").fun
                for sign in (1, -1)
            )
            found.append((len(dims), int(truth[tuple(place)]), low, high))
    return found


# --- the page ---


def test_ten_thousand_filters_and_their_differences_reveal_no_cell_below_five(tables: Tables) -> None:
    random_filters(tables, 10_000)


def test_no_line_of_any_table_adds_up_to_a_small_rest(tables: Tables) -> None:
    for dims in subsets(list(tables.columns), 3):
        sums_of_breakdowns(tables, dims)


def test_a_withheld_count_is_nowhere_in_the_answer(tables: Tables) -> None:
    for dims in subsets(list(tables.columns), 3):
        table = tables.table(dims)
        assert (table.counts[~table.shown] == HIDDEN).all()
        assert (table.counts[table.shown] >= 5).all()
    with pytest.raises(ValueError, match="read-only"):
        table.counts[...] = 0


def test_a_woman_alone_is_never_reached_by_any_chain_of_filters(tables: Tables) -> None:
    columns = {name: column for name, column in tables.columns.items() if isinstance(column, Single)}
    rarity = sum(np.bincount(c.codes, minlength=c.size)[c.codes] / 5000 for c in columns.values())
    for woman in np.argsort(rarity)[:40]:
        hers = {name: int(column.codes[woman]) for name, column in columns.items()}
        for dims in combinations(hers, 3):
            parts = subsets(dims, 3)
            nested({frozenset(kept): tables.count({name: hers[name] for name in kept}) for kept in parts})


def test_every_order_of_asking_gives_the_same_answer(tables: Tables) -> None:
    other = Tables(5000, believable(5000))
    for dims in (("age", "department", "flag"), ("people", "platform", "age")):
        for order in permutations(dims):
            one, two = other.table(order), tables.table(dims)
            back = [order.index(name) for name in dims]
            assert (one.counts.transpose(back) == two.counts).all()
    where = {"department": 1, "age": 2}
    slices = tables.breakdown("flag", where), tables.breakdown("age", {"flag": 1, "department": 1})
    assert slices[0].counts[1] == slices[1].counts[2]
    assert tables.count({**where, "flag": 0}) in (slices[0].counts[0], None)


def test_what_is_left_is_useful(tables: Tables) -> None:
    for dims in subsets(list(tables.columns), 2):
        table, truth = tables.table(dims), tables._tally(tuple(sorted(dims)))
        women = table.counts[table.shown].sum() / truth.sum()
        of_those_possible = table.counts[table.shown].sum() / truth[truth >= 5].sum()
        print(*dims, f"{table.shown.mean():.0%} of cells, {women:.0%} of women shown")
        assert women > (0.99 if len(dims) < 2 else 0.8)
        assert of_those_possible > 0.8


# --- the attackers' tools ---


@pytest.mark.parametrize("dims", [("age", "people"), ("age", "language"), ("people", "quarter", "flag")])
def test_linear_algebra_over_a_table_determines_no_withheld_cell(
    tables: Tables, dims: tuple[str, ...]
) -> None:
    linear_algebra(tables, dims, 3)


@pytest.mark.parametrize("seed", range(30))
def test_linear_algebra_over_all_tables_together_determines_none_either(seed: int) -> None:
    linear_algebra(tiny(seed, dims=4), "abcd", 3)


@pytest.mark.parametrize("seed", range(8))
def test_a_withheld_cell_of_two_dimensions_could_be_five_for_all_that_is_shown(seed: int) -> None:
    for dims, count, low, high in reachable(tiny(seed), "abc"):
        assert low < high - 1e-6, "a small cell is pinned"
        assert dims > 2 or high > 5 - 1e-6
        assert low <= count <= high + 1e-6


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 1 << 30), st.booleans())
def test_no_set_of_women_gives_way(seed: int, several: bool) -> None:
    tables = tiny(seed, several=several)
    for dims in subsets(list(tables.columns), 3):
        sums_of_breakdowns(tables, dims)
        table = tables.table(dims)
        for place in np.ndindex(table.counts.shape):
            where = dict(zip(dims, place, strict=True))
            parts = [{name: where[name] for name in kept} for kept in subsets(dims, 3)]
            nested({frozenset(part): tables.count(part) for part in parts})


@pytest.mark.parametrize("seed", range(20))
def test_the_reach_of_a_cell_is_that_of_linear_programming(seed: int) -> None:
    rng = np.random.default_rng(seed)
    counts, withheld = rng.poisson(2, (4, 5)), rng.random((4, 5)) < 0.6
    all_shown = np.ones((1, 4), bool), np.ones((1, 5), bool)
    slices = Slices(counts[None], withheld[None], *all_shown, counts[None], 1000)
    sums = [np.arange(20).reshape(4, 5) // 5 == row for row in range(4)]
    sums += [np.arange(20).reshape(4, 5) % 5 == column for column in range(5)]
    matrix = np.array([part[withheld] for part in sums], float)
    for number, (row, column) in enumerate(np.argwhere(withheld)):
        aim = -np.eye(int(withheld.sum()))[number]
        best = linprog(aim, A_eq=matrix, b_eq=matrix @ counts[withheld], method="highs").fun
        assert slices.reach(0, row, column) == pytest.approx(-best)


ATTACKS: dict[str, Callable[[Tables], None]] = {
    "filters": lambda tables: random_filters(tables, 10_000),
    "sums": lambda tables: sums_of_breakdowns(tables, ("age", "department")),
    "algebra": lambda tables: linear_algebra(tables, ("age", "language"), 2),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_hiding_only_the_small_cells_falls_to_every_attack(
    attack: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Suppression, "settle", naive)
    tables = Tables(5000, believable(5000))
    with pytest.raises(AssertionError):
        ATTACKS[attack](tables)


def test_hiding_only_the_small_cells_leaves_them_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Suppression, "settle", naive)
    found = [cell for seed in range(8) for cell in reachable(tiny(seed), "abc")]
    assert any(high - low < 1e-6 for _, _, low, high in found)


# --- the rules, one by one ---


def spread(*numbers: int) -> Single:
    return Single(np.repeat(np.arange(len(numbers)), numbers), len(numbers))


def test_none_and_one_to_four_look_alike_but_a_value_nobody_has_is_zero() -> None:
    ages, places = np.repeat([0, 0, 1, 1], [20, 20, 40, 3]), np.repeat([0, 1, 0, 1], [20, 20, 40, 3])
    tables = Tables(83, {"age": Single(ages, 3), "place": Single(places, 2)})
    assert tables.count({"age": 2}) == 0
    assert tables.count({"age": 2, "place": 1}) == 0
    assert tables.count({"age": 1, "place": 1}) is None
    lone = np.where(ages == 1, 0, places)
    empty = Tables(83, {"age": Single(ages, 3), "place": Single(lone, 2)})
    assert empty.count({"age": 1, "place": 1}) is None


def test_a_value_nobody_has_is_never_taken_to_protect_another() -> None:
    cells = np.array([[1, 1, 3, 0, 0], [2, 0, 7, 0, 0], [10, 4, 23, 0, 0], [0] * 5, [0] * 5])
    ages, places = np.repeat(np.argwhere(cells >= 0), cells.ravel(), axis=0).T
    tables = Tables(51, {"age": Single(ages, 5), "place": Single(places, 5)})
    assert (tables.table(["age", "place"]).counts[3:] == 0).all()


def test_what_is_to_be_given_up_first_protects_the_rest() -> None:
    plain = spread(60, 3, 8, 30)
    assert Tables(101, {"age": plain}).table(["age"]).shown.tolist() == [True, False, False, True]
    unsaid = Single(plain.codes, 4, last=(3,))
    assert Tables(101, {"age": unsaid}).table(["age"]).shown.tolist() == [True, False, True, False]


def test_a_platform_that_all_but_three_used_is_not_told() -> None:
    rows = np.concatenate([np.arange(97), np.arange(40), np.arange(40)])
    codes = np.repeat([0, 1, 1], [97, 40, 40])
    tables = Tables(100, {"platform": Many(rows, codes, 3)})
    assert tables.count({"platform": 0}) is None
    assert tables.count({"platform": 1}) == 40
    assert tables.count({"platform": 2}) == 0


def test_two_dimensions_of_several_values_are_counted_together() -> None:
    rows = np.arange(60)
    tables = Tables(
        60,
        {
            "app": Many(np.concatenate([rows[:40], rows[20:]]), np.repeat([0, 1], 40), 2),
            "harm": Many(rows[10:50], np.zeros(40, int), 1),
        },
    )
    assert tables.table(("harm", "app")).counts.tolist() == [[30, 30]]


@pytest.mark.parametrize("number", [0, 1, 4, 5])
def test_a_set_of_few_women_shows_nothing_and_an_empty_one_zero(number: int) -> None:
    tables = Tables(number, {"age": Single(np.zeros(number, int), 3)})
    expected = {0: 0, 5: 5}.get(number)
    assert tables.count({}) == tables.count({"age": 0}) == expected


def test_a_figure_that_does_not_exist_or_could_point_at_her_is_refused(tables: Tables) -> None:
    for dims in (["name"], ["age", "age"], ["age", "flag", "people", "quarter"]):
        with pytest.raises(DisclosureError):
            tables.table(dims)
    for value in (-1, 7):
        with pytest.raises(DisclosureError):
            tables.count({"age": value})
    with pytest.raises(DisclosureError, match="could point at one woman"):
        tables.breakdown("age", {"flag": 1, "people": 0, "quarter": 2})
    for column in (
        Single(np.array([0, 3]), 3),
        Single(np.array([0]), 3),
        Many(np.array([2]), np.array([0]), 1),
    ):
        with pytest.raises(DisclosureError):
            Tables(2, {"age": column})
