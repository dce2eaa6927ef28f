"""The columns hold what the entries hold, and follow them."""

from __future__ import annotations

import json

import pytest

from resguardo.cases import commands as cases
from resguardo.indicators import snapshot
from resguardo.indicators.columns import Columns, columns, month_number, period
from resguardo.registry import commands
from resguardo.registry.following import follow_all, register
from resguardo.registry.models import Entry
from tests.indicators.invented import invented, whole
from tests.persons import CONSENTS, NOW, Persons, minutes, tell


def test_every_code_of_every_record_is_in_its_column() -> None:
    found, known = whole(), whole().register
    values = [json.loads(entry.values) for entry in invented()]
    for spec in known.counted:
        if not spec.coded:
            continue
        for code in known.current[spec.list_]:
            has = [
                code in value[spec.name] if spec.many else value[spec.name] == code
                for value in (v if spec.name in v else {spec.name: []} for v in values)
            ]
            assert found.has(spec.name, [code]).tolist() == has, (spec.name, code)


def test_numbers_and_days_are_in_their_columns() -> None:
    found = whole()
    values = [json.loads(entry.values) for entry in invented()]
    assert found.numbers("times_told").tolist() == [v["times_told"] for v in values]
    days = found.numbers("takedown_asked")
    assert [day >= 0 for day in days.tolist()] == ["takedown_asked" in v for v in values]


def test_a_dimension_of_records_holds_for_their_steps_and_acts() -> None:
    found = whole()
    by_entry = {entry.number: json.loads(entry.values).get("platform", []) for entry in invented()}
    numbers = [entry.number for entry in invented()]
    has = found.has("platform", ["whatsapp"], "stretches")
    entry = found.entry_of("stretches")
    assert has.tolist() == ["whatsapp" in by_entry[numbers[place]] for place in entry.tolist()]


def test_a_month_is_written_as_people_write_it() -> None:
    assert period("month", month_number("2026-03")) == "2026-03"
    assert period("quarter", month_number("2026-03") // 3) == "2026-T1"
    assert period("year", month_number("2026-03") // 12) == "2026"
    with pytest.raises(ValueError, match="2026-13"):
        month_number("2026-13")


@pytest.fixture
def _own_folder(tmp_path, settings) -> None:
    settings.DATA = tmp_path


@pytest.mark.usefixtures("_own_folder")
def test_the_columns_follow_entries_and_keep_the_rest(persons: Persons) -> None:
    consents = (*CONSENTS, ("statistics", "pnc"))
    first, second = (tell(consents=consents, department="04") for _ in range(2))
    follow_all(NOW)
    snapshot.refresh()
    given = {"tactic": ["IMG-01"], "tactic_primary": "IMG-01", "residence_muni": "1601"}
    commands.record(first.case, given, persons["pnc"], minutes(5))
    cases.withdraw_consent(second.case, "statistics", "pnc", second.holder, minutes(6))
    tell(consents=consents, department="01")
    follow_all(NOW)
    place = snapshot.refresh()
    found = columns()
    assert found is not None
    assert place == found.place
    assert found.count == 3
    assert found.counted_by("pnc").sum() == 2
    assert found.has("tactic_primary", ["IMG-01"]).sum() == 1
    assert sorted(found.has("residence_dept", [d]).sum() for d in ("01", "04", "16")) == [1, 1, 1]
    same(found, afresh())


def afresh() -> Columns:
    """The columns made of all entries at once."""
    (snapshot.folder() / "current").unlink()
    place = snapshot.refresh()
    assert place is not None
    return Columns(place, register())


def same(one: Columns, other: Columns) -> None:
    for kind in ("entries", "stretches", "acts"):
        ours, theirs = one.table(kind).to_pylist(), other.table(kind).to_pylist()
        assert sorted(map(str, ours)) == sorted(map(str, theirs)), kind
    assert one.numbers("id").tolist() == other.numbers("id").tolist()


@pytest.mark.usefixtures("_own_folder")
def test_without_entries_there_are_no_columns(db: None) -> None:
    assert snapshot.refresh() is None
    assert columns() is None


@pytest.mark.usefixtures("_own_folder")
def test_columns_of_another_register_are_made_anew(persons: Persons, monkeypatch: pytest.MonkeyPatch) -> None:
    tell()
    follow_all(NOW)
    before = snapshot.refresh()
    monkeypatch.setattr(snapshot, "FORMAT", snapshot.FORMAT + 1)
    assert snapshot.current() is None
    after = snapshot.refresh()
    assert after is not None
    assert after != before
    assert Entry.objects.count() == 1
