"""What a record may hold: whatever is given, the good stands, the wrong is named, and nothing raises."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resguardo import packs
from resguardo.core.codes import PROBLEMS, Code, Field, Problem, Register, Rule, Value, Values

TODAY = date(2026, 11, 24)
GT = packs.load("gt").register
EVERY_ENTRY = ("form", "computed", "told", "auto")


def field(name: str, kind: str, list_: str = "", **more: Any) -> Field:
    return Field("s", name, name, name, kind, "M", "P0", list_=list_, **more)  # type: ignore[arg-type]


COLOURS = (
    Code("red", "Rojo", "Red", maps={"warm": "yes", "laws": "L1 L2"}),
    Code("orange", "Naranja", "Orange", maps={"warm": "yes", "laws": "L2 L3", "young": "L9"}),
    Code("blue", "Azul", "Blue", maps={"warm": "no"}),
    Code("grey", "Gris", "Grey", until=2),
    Code("none", "Ninguno", "None"),
)
SMALL = Register(
    name="small",
    version=2,
    sections={"s": {"es": "S", "en": "S"}},
    fields={
        f.name: f
        for f in (
            field("colour", "code", "colours", prefill="paint", prefill_values={"scarlet": "red"}),
            field("colours", "codes", "colours"),
            field("warm", "code", "yes_no", entry="computed", rule="colour.warm"),
            field("moods", "codes", "moods", entry="computed", rule="table"),
            field("count", "int"),
            field("born", "year"),
            field("seen_start", "about"),
            field("seen_end", "about"),
            field("signed", "date"),
            field("name", "text", entry="told"),
            field("links", "texts"),
            field("young", "code", "yes_no"),
        )
    },
    lists={
        "colours": COLOURS,
        "yes_no": (Code("yes", "Sí", "Yes"), Code("no", "No", "No")),
        "moods": (Code("lively", "Vivo", "Lively"), Code("calm", "Quieto", "Calm")),
    },
    rules=(
        Rule("moods", {"warm": frozenset({"yes"})}, "lively"),
        Rule("moods", {"colours": frozenset({"blue"})}, "calm"),
    ),
    offence_rules=(
        Rule("colours", {"young": frozenset({"yes"})}, "young"),
        Rule("colours", {}, "laws"),
    ),
)

json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def likely(spec: Field) -> st.SearchStrategy[Any]:
    """Values of the kind that the field takes, right and nearly right, and anything at all."""
    codes = [code.code for code in GT.lists.get(spec.list_, ())] + ["", "no such", "unknown", "nd"]
    dates = st.dates().map(str) | st.sampled_from(
        ["2024", "2024-13", "2023-02-29", " 2020-05 ", "2099-01-01"]
    )
    return st.one_of(st.sampled_from(codes), st.lists(st.sampled_from(codes), max_size=3), dates, json_like)


drafts = st.lists(st.sampled_from(list(GT.fields)), max_size=6, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: likely(GT.fields[name]) for name in names})
)


@given(st.dictionaries(st.text(max_size=12), json_like, max_size=3), drafts)
def test_whatever_is_given_cleaning_never_raises(strange: dict[str, Any], draft: dict[str, Any]) -> None:
    values, problems = GT.clean(strange | draft, TODAY, EVERY_ENTRY)
    assert set(values) <= set(GT.fields)
    assert all(problem.code in PROBLEMS for problem in problems)


@given(drafts)
def test_cleaning_twice_is_cleaning_once(draft: dict[str, Any]) -> None:
    once, _ = GT.clean(draft, TODAY, EVERY_ENTRY)
    twice, problems = GT.clean(once, TODAY, EVERY_ENTRY)
    assert twice == once
    assert {problem.code for problem in problems} <= {"ends-before-it-begins"}


@given(drafts)
def test_every_problem_names_its_field_and_repeats_no_words(draft: dict[str, Any]) -> None:
    values, problems = GT.clean(draft, TODAY, EVERY_ENTRY)
    for problem in problems:
        assert problem.field in draft
        assert not problem.about or problem.about in GT.codes[GT.fields[problem.field].list_]
        assert problem.code == "ends-before-it-begins" or problem.field not in values


@given(drafts)
def test_what_is_kept_can_be_written_to_a_file(draft: dict[str, Any]) -> None:
    values, _ = GT.clean(draft, TODAY, EVERY_ENTRY)
    for value in values.values():
        for text in value if isinstance(value, list) else [str(value)]:
            assert "\x00" not in text
            text.encode()


@given(drafts)
def test_completeness_counts_only_the_minimum_fields(draft: dict[str, Any]) -> None:
    values, _ = GT.clean(draft, TODAY)
    filled, of = GT.completeness(values)
    assert filled == len(GT.required & set(values))
    assert of == len(GT.required) > 0


@given(st.dictionaries(st.sampled_from([f.prefill for f in GT.fields.values() if f.prefill]), json_like))
def test_what_is_filled_in_from_a_case_is_always_clean(facts: dict[str, Any]) -> None:
    told = GT.prefilled(facts)
    assert GT.clean(told, TODAY, EVERY_ENTRY) == (told, ())


@pytest.mark.parametrize(
    ("name", "raw", "kept"),
    [
        ("colour", " red ", "red"),
        ("colours", "red", ["red"]),
        ("colours", ["red", "", "red", "blue"], ["red", "blue"]),
        ("count", "007", 7),
        ("count", 0, 0),
        ("born", 1999, 1999),
        ("seen_start", "2024-05", "2024-05"),
        ("signed", "2024-05-06", "2024-05-06"),
        ("links", "one\n\n two ", ["one", "two"]),
    ],
)
def test_what_is_right_is_kept_in_one_form(name: str, raw: Any, kept: Value) -> None:
    assert SMALL.clean({name: raw}, TODAY) == ({name: kept}, ())


@pytest.mark.parametrize(
    ("name", "raw", "problem"),
    [
        ("colour", "green", "no-such-code"),
        ("colours", ["red", "green"], "no-such-code"),
        ("colours", ["red", "none"], "not-together"),
        ("count", "-1", "not-a-number"),
        ("count", "²", "not-a-number"),
        pytest.param("count", 10**5000, "too-large", id="enormous"),
        ("born", "99", "not-a-number"),
        ("born", 2027, "in-the-future"),
        ("seen_start", "May 2024", "not-a-date"),
        ("seen_start", "2023-02-29", "not-a-date"),
        ("seen_start", "2026-12", "in-the-future"),
        ("signed", "2024-05", "not-a-date"),
        ("warm", "yes", "not-entered"),
        ("name", "somebody", "not-entered"),
    ],
)
def test_what_is_wrong_is_left_out_and_named(name: str, raw: Any, problem: str) -> None:
    values, problems = SMALL.clean({name: raw, "young": "yes"}, TODAY)
    assert values == {"young": "yes"}
    assert problems == (Problem(name, problem),)


@pytest.mark.parametrize("raw", [None, "", "  ", [], (), ["", " "], {}, {"a": 1}, [[["red"]]]])
@pytest.mark.parametrize("name", list(SMALL.fields))
def test_nothing_given_is_no_value_and_no_problem(name: str, raw: Any) -> None:
    assert SMALL.clean({name: raw}, TODAY, EVERY_ENTRY) == ({}, ())


def test_a_field_that_is_not_in_the_register_is_refused_without_repeating_it() -> None:
    assert SMALL.clean({"her name": "x"}, TODAY) == ({}, (Problem("", "no-such-field"),))


def test_a_retired_code_is_chosen_no_more_and_keeps_its_label() -> None:
    assert SMALL.clean({"colour": "grey"}, TODAY) == ({}, (Problem("colour", "no-such-code", "grey"),))
    assert SMALL.clean({"colours": ["red", "grey"]}, TODAY)[1] == (
        Problem("colours", "no-such-code", "grey"),
    )
    assert SMALL.label("colour", "grey", "es") == "Gris"
    assert SMALL.label("colour", "mauve", "en") == "mauve"


@pytest.mark.parametrize(
    ("start", "end", "crosses"),
    [
        ("2024-05-02", "2024-05-01", True),
        ("2024-05", "2024-04-30", True),
        ("2024-05-31", "2024-05", False),
        ("2024", "2024-01-01", False),
        ("2024-05-01", "2024-05-01", False),
        ("2025", "2024", True),
    ],
)
def test_an_end_is_before_its_beginning_only_where_that_is_sure(start: str, end: str, crosses: bool) -> None:
    values, problems = SMALL.clean({"seen_start": start, "seen_end": end}, TODAY)
    assert values == {"seen_start": start, "seen_end": end}
    assert problems == ((Problem("seen_end", "ends-before-it-begins"),) if crosses else ())


@pytest.mark.parametrize("pair", ["date", "measure"])
def test_the_pairs_of_dates_of_the_pack_are_held_against_each_other(pair: str) -> None:
    _, problems = GT.clean({f"{pair}_end": "2024-01-01", f"{pair}_start": "2025-01-01"}, TODAY)
    assert problems == (Problem(f"{pair}_end", "ends-before-it-begins"),)


def test_a_computed_field_may_rest_on_an_earlier_one() -> None:
    assert SMALL.compute({"colour": "red", "colours": ["blue"]}) == {
        "warm": "yes",
        "moods": ["lively", "calm"],
    }


def test_what_a_person_corrected_is_not_computed_again_and_counts_for_the_rest() -> None:
    assert SMALL.compute({"colour": "red", "warm": "no"}) == {}


@given(drafts)
def test_what_is_computed_is_always_clean(draft: dict[str, Any]) -> None:
    values, _ = GT.clean(draft, TODAY)
    computed = GT.compute(values)
    assert GT.clean(computed, TODAY, EVERY_ENTRY) == (computed, ())


def test_offences_are_those_of_every_tactic_each_once() -> None:
    assert SMALL.offences({"colours": ["red", "orange", "blue"]}) == ("L1", "L2", "L3")
    assert SMALL.offences({"colours": ["red", "orange"], "young": "yes"}) == ("L9",)
    assert SMALL.offences({}) == ()


def test_offences_of_a_girl_are_those_of_the_law_for_children() -> None:
    grown: Values = {"tactic": ["IMG-03", "IMG-01"], "age_band": "30_44"}
    assert GT.offences(grown) == ("CP-261", "CP-262", "CP-190")
    assert GT.offences(grown | {"age_band": "13_17"})[0] == "CP-190TER"
    assert GT.offences(grown | {"age_band": "unknown"}) == GT.offences(grown)


def test_facts_of_a_case_become_codes_of_the_register() -> None:
    assert SMALL.prefilled({"paint": "scarlet"}) == {"colour": "red"}
    assert SMALL.prefilled({"paint": "mud"}) == {}
    told = GT.prefilled({"nature": "notice", "age": "14_17", "platform": ["whatsapp", "radio"]})
    assert told == {"report_nature": "anonymous_notice", "age_band": "minor", "platform": ["whatsapp"]}
