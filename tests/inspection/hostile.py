"""Files made to harm whoever opens them, each named after its fault and made by code.

`files` gives them all; the ones that name an address name the loopback port they are given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

from tests.inspection import (
    hostile_archives,
    hostile_boxes,
    hostile_films,
    hostile_papers,
    hostile_pictures,
)

Builder = Callable[[], bytes]

PLACE = b"127.0.0.1:00000"
ROOMS = (hostile_archives, hostile_boxes, hostile_films, hostile_papers, hostile_pictures)


@cache
def builders() -> dict[str, Builder]:
    """Every builder by the name of its file; each public function of the rooms without arguments is one."""
    found: dict[str, Builder] = {}
    for room in ROOMS:
        for name, value in vars(room).items():
            if callable(value) and getattr(value, "__module__", "") == room.__name__ and name[0] != "_":
                found[name.replace("_", "-")] = value
    return found


def build(name: str, port: int) -> bytes:
    """The bytes of one file; `port` has five digits."""
    return builders()[name]().replace(PLACE, b"127.0.0.1:%05d" % port)


def files(port: int) -> Iterator[tuple[str, bytes]]:
    """All of them, as (name, bytes)."""
    for name in builders():
        yield name, build(name, port)
