"""What is published never points at one woman, over all filters together; and says what it can."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from django.http import QueryDict

from resguardo.core.disclosure import HIDDEN, LEAST, DisclosureError, Many
from resguardo.indicators import queries, releases
from resguardo.indicators.errors import NotAsked
from resguardo.indicators.whole import withheld
from tests.indicators.invented import publication, whole

PUBLIC = queries.figures().public_by


def small(count: int) -> bool:
    return 0 < count < LEAST


def random_questions(count: int, seed: int):
    """Breakdowns with at most one filter, as an address of the public page may ask."""
    luck, found = np.random.default_rng(seed), publication()
    dims = list(found.values)
    for _ in range(count):
        chosen = [dims[i] for i in luck.choice(len(dims), luck.integers(1, 3), replace=False)]
        by, *rest = chosen
        yield by, {name: int(luck.integers(found.tables.columns[name].size)) for name in rest}


def true_count(where: dict[str, int]) -> int:
    """How many published women really meet `where`: what the tables must not give away."""
    found = publication()
    mask = np.ones(found.records, bool)
    for name, value in where.items():
        column = found.tables.columns[name]
        if isinstance(column, Many):
            hit = np.zeros(found.records, bool)
            hit[column.rows[column.codes == value]] = True
            mask &= hit
        else:
            mask &= column.codes == value
    return int(mask.sum())


def test_ten_thousand_combinations_of_filters_and_their_differences_reveal_no_small_cell() -> None:
    found, asked, shown = publication(), 0, 0
    for by, where in random_questions(10_000, seed=4):
        cells = found.tables.breakdown(by, where).counts
        total = found.tables.count(where) if where else found.records
        asked += len(cells)
        known = cells[cells != HIDDEN]
        shown += len(known)
        assert not any(small(int(cell)) for cell in known), (by, where)
        if total is None:
            continue
        if not isinstance(found.tables.columns[by], Many):
            assert not small(total - int(known.sum())), (by, where)
        assert not any(small(total - int(cell)) for cell in known), (by, where)
        for name in where:
            wider = found.tables.count({n: v for n, v in where.items() if n != name})
            assert wider is None or not small(wider - total), (by, where, name)
    assert shown / asked > 0.2


def test_a_true_count_is_shown_as_it_is() -> None:
    found = publication()
    for by, where in random_questions(300, seed=5):
        cells = found.tables.breakdown(by, where)
        for place in np.flatnonzero(cells.shown)[:3]:
            assert cells.counts[place] == true_count({**where, by: int(place)})


def test_no_chain_of_filters_reaches_one_woman() -> None:
    """Each of the rarest women: every chain of filters that narrows down on her ends before five."""
    found = publication()
    columns = {n: c for n, c in found.tables.columns.items() if not isinstance(c, Many)}
    keys = np.stack([columns[name].codes for name in columns])
    _, place, counts = np.unique(keys, axis=1, return_index=True, return_counts=True)
    rare = place[counts == 1][:40]
    assert len(rare)
    for woman in rare:
        hers = {name: int(column.codes[woman]) for name, column in columns.items()}
        for names in itertools.chain(*(itertools.combinations(hers, n) for n in (1, 2))):
            where = {name: hers[name] for name in names}
            count = found.tables.count(where)
            assert count is None or count >= LEAST, where
            for name in names:
                wider = found.tables.count({n: v for n, v in where.items() if n != name} or {})
                assert None in (count, wider) or not small(wider - count), where


def test_what_matters_is_still_said() -> None:
    """Without a filter, nine women in ten are counted under a value that is shown, by every breakdown."""
    found = publication()
    for name in PUBLIC:
        cells, column = found.tables.breakdown(name, {}), found.tables.columns[name]
        said = int(cells.counts[cells.shown].sum())
        of = len(column.codes) if isinstance(column, Many) else found.records
        assert said >= 0.9 * of, name
        assert cells.shown.mean() >= 0.7, name


def test_more_filters_than_are_safe_are_refused_with_the_reason() -> None:
    found = publication()
    found.tables.count(dict.fromkeys(("residence_dept", "pueblo"), 0))
    with pytest.raises(DisclosureError, match="one woman"):
        found.tables.count(dict.fromkeys(("residence_dept", "pueblo", "age_band"), 0))
    with pytest.raises(DisclosureError, match="one woman"):
        found.tables.breakdown("language", dict.fromkeys(("residence_dept", "pueblo"), 0))


def test_the_public_asks_only_what_is_public() -> None:
    lead = queries.figures().named("reports")
    assert lead is not None
    with pytest.raises(NotAsked):
        queries.parse(QueryDict("por=residence_muni"), lead, "shared")
    asked = queries.parse(QueryDict("risk_level=high&residence_dept=16&desde=2026-01"), lead, "shared")
    assert asked.where == {"residence_dept": "16"}
    assert asked.since == ""


def test_nobody_is_published_whom_no_institution_may_count() -> None:
    found = whole()
    mask = releases.published(found)
    refused = found.has("counted_by", [""])
    again = found.has("previously_reported", ["network"])
    assert refused.any()
    assert again.any()
    assert not (mask & (refused | again)).any()


def test_nested_counts_never_differ_by_less_than_five() -> None:
    assert withheld([100, 97, 90, 90, 3, 0]) == [100, None, 90, 90, None, 0]
    for counts in itertools.product(range(0, 12, 1), repeat=3):
        nested = sorted(counts, reverse=True)
        shown = [n for n in withheld(nested) if n is not None]
        assert not any(small(n) for n in shown)
        assert not any(small(a - b) for a, b in itertools.pairwise(shown))
