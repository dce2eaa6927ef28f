"""How much of a page is captured: what a page costs us is ours to say, not the page's."""

from __future__ import annotations

from dataclasses import dataclass

_MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Times in seconds, sizes in bytes, lengths in CSS pixels.

    `seconds` is for everything that Chromium does, `answer_seconds` for one question to the page, after
    which its scripts are stopped; `response_seconds`, `response_bytes` and
    `unpacked_bytes` (after gzip) are for one response; `total_bytes` and `responses` are for all;
    `screens` is how often the page is scrolled by one screen, down to `height` at most.
    """

    seconds: float = 120
    load_seconds: float = 30
    quiet_seconds: float = 10
    scroll_seconds: float = 30
    shot_seconds: float = 20
    answer_seconds: float = 5
    response_seconds: float = 30
    response_bytes: int = 64 * _MIB
    unpacked_bytes: int = 128 * _MIB
    total_bytes: int = 256 * _MIB
    responses: int = 2000
    screens: int = 40
    height: int = 20_000


LIMITS = Limits()
