"""Time stamps from a real openssl authority on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from resguardo.core.stamp import StampError, check, fetch, parse_time
from tests.authority import Authority

DATA = b"resguardo.example/log\n42\n"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    made = Authority(tmp_path_factory.mktemp("authority"))
    yield made
    made.stop()


@pytest.fixture(scope="module")
def token(authority: Authority) -> bytes:
    return fetch(authority.address, DATA)


def test_a_stamp_says_when_the_data_was_seen(authority: Authority, token: bytes) -> None:
    at = check(token, DATA, authority.certificates.read_bytes())
    assert abs(datetime.now(UTC) - at) < timedelta(minutes=1)


def test_a_stamp_of_other_data_is_refused(authority: Authority, token: bytes) -> None:
    with pytest.raises(StampError, match="does not belong"):
        check(token, DATA + b"x", authority.certificates.read_bytes())


def test_a_stamp_of_an_authority_nobody_trusts_is_refused(
    token: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stranger = Authority(tmp_path_factory.mktemp("stranger"))
    stranger.stop()
    with pytest.raises(StampError, match="does not belong"):
        check(token, DATA, stranger.certificates.read_bytes())


@pytest.mark.parametrize("wrong", [b"", b"<html>busy</html>", b"\x30\x03\x02\x01\x02"])
def test_what_is_no_stamp_is_refused(wrong: bytes, authority: Authority) -> None:
    with pytest.raises(StampError, match="cannot be read"):
        check(wrong, DATA, authority.certificates.read_bytes())


def test_a_flipped_byte_is_refused(authority: Authority, token: bytes) -> None:
    flipped = bytearray(token)
    flipped[-5] ^= 1
    with pytest.raises(StampError):
        check(bytes(flipped), DATA, authority.certificates.read_bytes())


def test_an_authority_that_does_not_answer_is_said_to_be_silent() -> None:
    with pytest.raises(StampError, match="did not answer"):
        fetch("http://127.0.0.1:9/", DATA, timeout=2)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Nov 24 15:00:00 2026 GMT", datetime(2026, 11, 24, 15, tzinfo=UTC)),
        ("Nov  4 05:00:01.123 2026 GMT", datetime(2026, 11, 4, 5, 0, 1, tzinfo=UTC)),
    ],
)
def test_openssls_way_of_writing_a_moment_is_read(text: str, moment: datetime) -> None:
    assert parse_time(text) == moment
