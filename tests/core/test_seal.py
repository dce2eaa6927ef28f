"""One pass: what was read, what was written, and nothing else."""

from __future__ import annotations

import hashlib
import io
import os

import pytest
from blake3 import blake3

from resguardo.core import age
from resguardo.core.age import Identity
from resguardo.core.seal import BATCH, SealError, seal

ME = Identity.generate()


class Dribble(io.RawIOBase):
    """A stream that gives less than it is asked for, as networks do."""

    def __init__(self, data: bytes) -> None:
        self.src = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self.src.read(min(size, 5000) if size > 0 else 5000)


@pytest.mark.parametrize("size", [0, 1, 65535, 65536, 65537, BATCH - 1, BATCH, BATCH + 1, 3 * BATCH + 7])
def test_the_seal_tells_what_went_in_and_what_came_out(size: int) -> None:
    data, out = os.urandom(size), io.BytesIO()
    made = seal(io.BytesIO(data), out, [ME.recipient])
    assert age.decrypt(out.getvalue(), ME) == data
    assert (made.size, made.plain_sha256) == (size, hashlib.sha256(data).hexdigest())
    assert made.sealed_size == len(out.getvalue())
    assert made.sealed_blake3 == blake3(out.getvalue()).hexdigest()


def test_a_slow_stream_is_sealed_the_same() -> None:
    data, out = os.urandom(2 * BATCH + 3), io.BytesIO()
    assert seal(Dribble(data), out, [ME.recipient]).plain_sha256 == hashlib.sha256(data).hexdigest()
    assert age.decrypt(out.getvalue(), ME) == data


def test_over_the_limit_nothing_whole_is_written() -> None:
    out = io.BytesIO()
    with pytest.raises(SealError):
        seal(io.BytesIO(bytes(3 * BATCH)), out, [ME.recipient], limit=BATCH)
    with pytest.raises(age.AgeError):
        age.decrypt(out.getvalue(), ME)
