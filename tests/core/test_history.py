"""Events and the chain of one case: what is written reads back, and nothing can be changed unseen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from resguardo.core.history import (
    KINDS,
    Event,
    HistoryError,
    canonical,
    check_chain,
    digest,
    following,
    parse,
    values_of,
)

AT = datetime(2026, 11, 24, 10, 0, 0, 123456, tzinfo=UTC)

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


def chain(length: int, case: str = "RG-2026-AAAAA") -> list[bytes]:
    lines: list[bytes] = []
    before: Event | None = None
    for number in range(length):
        before = following(
            before,
            case=case,
            at=AT + timedelta(minutes=number),
            kind="opened" if number == 0 else "step-done",
            party="pnc",
            role="member",
            actor="m-1",
            step="register",
            about={"outcome": number},
            salt=bytes([number]) * 16,
        )
        lines.append(canonical(before))
    return lines


@given(
    about=st.dictionaries(st.text(max_size=8), values, max_size=4),
    reason=st.none() | st.text(max_size=20),
    salt=st.binary(min_size=16, max_size=16),
    at=st.datetimes(datetime(1970, 1, 1), datetime(9998, 1, 1), timezones=st.just(UTC)),
    kind=st.sampled_from(KINDS),
)
def test_an_event_reads_back_as_it_was_written(
    about: dict[str, object], reason: str | None, salt: bytes, at: datetime, kind: str
) -> None:
    event = following(
        None,
        case="c",
        at=at,
        kind=kind,
        party="her",
        role="her",
        actor="x",
        reason=reason,
        about=about,
        salt=salt,
    )
    assert parse(canonical(event)) == event


def test_the_canonical_bytes_are_those_of_rfc_8785() -> None:
    line = chain(1)[0]
    assert line == (
        b'{"about":{"outcome":0},"actor":"m-1","at":"2026-11-24T10:00:00.123Z","case":"RG-2026-AAAAA",'
        b'"kind":"opened","party":"pnc","prev":"","reason":null,"role":"member",'
        b'"salt":"00000000000000000000000000000000","seq":0,"step":"register","v":1}'
    )


def test_each_event_names_the_digest_of_the_one_before() -> None:
    lines = chain(3)
    assert json.loads(lines[2])["prev"] == hashlib.sha256(lines[1]).hexdigest() == digest(lines[1])


def test_time_in_a_case_never_runs_backwards_and_is_kept_in_utc() -> None:
    first = parse(chain(1)[0])
    earlier = AT.astimezone(timezone(timedelta(hours=-6))) - timedelta(days=1)
    after = following(
        first, case=first.case, at=earlier, kind="closed", party="mp", role="r", actor="a", salt=bytes(16)
    )
    assert after.at == first.at


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": "deleted"}, "no event of the kind"),
        ({"salt": b"short"}, "salt"),
        ({"case": "RG-2026-BBBBB"}, "another case"),
    ],
)
def test_what_cannot_follow_is_refused(change: dict[str, object], said: str) -> None:
    first = parse(chain(1)[0])
    asked = {"case": first.case, "kind": "closed", "salt": bytes(16)} | change
    with pytest.raises(HistoryError) as caught:
        following(first, at=AT, party="mp", role="r", actor="a", **asked)  # type: ignore[arg-type]
    assert said in caught.value.what


def edited(**change: object) -> bytes:
    return json.dumps(json.loads(chain(1)[0]) | change, sort_keys=True, separators=(",", ":")).encode()


MUSEUM = {
    "not_json": b"{",
    "not_an_object": b"[]",
    "deeply_nested": b"[" * 200_000,
    "a_space_too_many": chain(1)[0].replace(b":0,", b": 0,"),
    "a_key_twice": chain(1)[0].replace(b'{"about"', b'{"actor":"x","about"'),
    "a_field_too_many": edited(name="Ana"),
    "another_version": edited(v=2),
    "a_true_for_a_number": edited(seq=False),
    "a_number_for_a_text": edited(party=1),
    "no_milliseconds": edited(at="2026-11-24T10:00:00Z"),
    "a_day_that_does_not_exist": edited(at="2026-02-30T10:00:00.000Z"),
    "digits_of_another_script": edited(at="٢٠٢٦-11-24T10:00:00.000Z"),
    "another_time_zone": edited(at="2026-11-24T10:00:00.000+00:00"),
    "not_a_number": chain(1)[0].replace(b'{"outcome":0}', b'{"outcome":NaN}'),
    "a_number_too_large": edited(about={"size": 2**60}),
    "half_a_character": edited(reason="\ud800"),
    "not_utf_8": chain(1)[0].replace(b"pnc", b"pn\xff"),
}


@pytest.mark.parametrize("line", MUSEUM.values(), ids=MUSEUM)
def test_anything_but_canonical_bytes_is_refused(line: bytes) -> None:
    with pytest.raises(HistoryError):
        parse(line)


def test_a_whole_chain_is_accepted() -> None:
    assert [event.seq for event in check_chain(chain(5))] == [0, 1, 2, 3, 4]
    assert check_chain([]) == []


def test_an_event_dropped_moved_or_edited_is_named() -> None:
    lines = chain(5)
    dropped = lines[:2] + lines[3:]
    moved = [lines[0], lines[2], lines[1], *lines[3:]]
    changed = [*lines[:2], lines[2].replace(b'"outcome":2', b'"outcome":9'), *lines[3:]]
    foreign = [*chain(1, "RG-2026-BBBBB"), *lines[1:]]
    for wrong, seq in ((dropped, 2), (moved, 1), (changed, 3), (foreign, 1)):
        with pytest.raises(HistoryError) as caught:
            check_chain(wrong)
        assert caught.value.fields["seq"] == seq


def test_a_chain_rebuilt_with_a_case_or_a_time_that_does_not_fit_is_refused() -> None:
    first, second = (parse(line) for line in chain(2))
    for change in ({"case": "RG-2026-BBBBB"}, {"at": AT - timedelta(days=1)}):
        with pytest.raises(HistoryError):
            check_chain([canonical(first), canonical(Event(**vars(second) | change))])


NUMBERS = st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False)
ANYTHING = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
WRITERS = [
    lambda values: rfc8785.dumps(values),
    lambda values: json.dumps(values, sort_keys=True, separators=(",", ":")).encode(),
    lambda values: json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode(),
    lambda values: json.dumps(values).encode(),
]


@given(st.dictionaries(st.text(max_size=4), ANYTHING, max_size=4), st.sampled_from(WRITERS))
def test_a_line_is_canonical_exactly_when_rfc_8785_writes_it(about: dict, write: Callable) -> None:
    first = json.loads(chain(1)[0])
    try:
        line = write(first | {"about": about})
        wanted = rfc8785.dumps(json.loads(line)) == line
    except (ValueError, UnicodeEncodeError):
        return
    try:
        values_of(line)
        found = True
    except HistoryError:
        found = False
    assert found == wanted
