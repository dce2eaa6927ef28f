"""The beginning of a message in a WhatsApp export, and every time that it can mean.

WhatsApp writes the short date and time of the telephone's language: `24/11/26, 9:08 p. m. - ` on Android,
`[24/11/26, 9:08:15 p. m.] ` on iOS, the same way in the whole file. Which of the first two numbers is the
day is not written anywhere, so it is decided for the whole file, and only so:

1. Four digits first are a year, and then come month and day (no language in use writes year, day, month).
   Two digits first are never read as a year: no Spanish or English short date begins so.
2. A day over 12 proves an order. Days over 12 on both sides prove both: then each date is on its own.
3. Without proof, an order in which some message is over 24 hours earlier than the one before it is
   dropped, if in the other order none is. (Messages delivered late come a little out of order; a wrong
   order moves them by weeks.)
4. Otherwise both stay possible, and a date whose two numbers are at most 12 and differ has two readings.

A clock is of 12 hours when any time of the file has its `a. m.` or `p. m.`; there, an hour from 1 to 12
without it has two readings. Years of two digits are of this century: WhatsApp is of 2009.
Source: Unicode CLDR 45, short date and time of es, es-419, es-GT and en; exports described in
github.com/AyazKhuraishi/whatsapp-export-inconsistencies.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

INVISIBLE = dict.fromkeys([0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF])
"""Marks of direction and the byte order mark, for `str.translate`; U+202F and U+00A0 are spaces and stay."""

TOLERANCE = timedelta(hours=24)
DAY_FIRST, MONTH_FIRST, YEAR_FIRST = "dmy", "mdy", "ymd"
EITHER = (DAY_FIRST, MONTH_FIRST)

DATE_TIME = (
    r"([0-9]{1,4})([/.\-])([0-9]{1,2})\2([0-9]{1,4})(,?)\s+"
    r"([0-9]{1,2})[:.]([0-9]{2})(?:[:.]([0-9]{2}))?(?:\s*([ap])\.?\s?m\b\.?)?"
)
ANDROID = re.compile(DATE_TIME + r"\s[-–](?:\s(.*))?", re.IGNORECASE | re.DOTALL)
IOS = re.compile(r"\[" + DATE_TIME + r"\]\s?(.*)", re.IGNORECASE | re.DOTALL)
LIKE_A_HEADER = re.compile(
    r"^\[?[0-9]{1,4}[/.\-][0-9]{1,2}(?:[/.\-][0-9]{1,4})?,?\s+[0-9]{1,2}[:.][0-9]{2}\b|^\[[0-9]{1,2}:[0-9]{2}",
    re.MULTILINE,
)
"""Also what an application writes when messages are copied: `[24/11, 21:08] ` or `[21:08, 24/11/2026] `."""


@dataclass(frozen=True)
class Shape:
    """What is the same in every message of one export."""

    ios: bool
    separator: str
    year_first: bool
    year_digits: int
    comma: str
    seconds: bool


@dataclass(frozen=True)
class Stamp:
    """The numbers of one date and time, not yet understood. `half` is a, p or empty."""

    date: tuple[int, int, int]
    hour: int
    minute: int
    second: int
    half: str
    shape: Shape


def read_stamp(line: str) -> tuple[Stamp, str] | None:
    """The date and time that begin a message, and the rest of its first line; None when it begins none.

    `line` is without invisible marks.
    """
    ios = line.startswith("[")
    found = (IOS if ios else ANDROID).fullmatch(line)
    if found is None:
        return None
    first, separator, second, third, comma, hour, minute, seconds, half, rest = found.groups()
    year_first = len(first) == 4
    if len(third) > 2 if year_first else len(first) == 3 or len(third) not in (2, 4):
        return None
    shape = Shape(ios, separator, year_first, len(first if year_first else third), comma, seconds is not None)
    date = (int(first), int(second), int(third))
    stamp = Stamp(date, int(hour), int(minute), int(seconds or 0), (half or "").lower(), shape)
    return stamp, rest or ""


def readings(stamp: Stamp, orders: Iterable[str], twelve: bool) -> tuple[str, ...]:
    """Every time that `stamp` can mean, ISO 8601 to the minute or second; empty when there is no such time.

    `twelve` says that the clock of the file is of 12 hours.
    """
    precision = "seconds" if stamp.shape.seconds else "minutes"
    found = {moment for order in orders for moment in _moments(stamp, order, twelve)}
    return tuple(moment.isoformat(timespec=precision) for moment in sorted(found))


def orders(stamps: Sequence[Stamp], twelve: bool) -> tuple[tuple[str, ...], str | None]:
    """The orders of day and month that the file allows, and the code of how that was decided, if unusual."""
    if stamps and stamps[0].shape.year_first:
        return (YEAR_FIRST,), None
    proven = tuple(order for order in EITHER if any(_proves(stamp, order, twelve) for stamp in stamps))
    if proven:
        return proven, "date-orders-mixed" if len(proven) > 1 else None
    onward = tuple(order for order in EITHER if not _runs_backwards(stamps, order, twelve))
    if len(onward) == 1:
        return onward, "date-order-by-sequence"
    unsure = any(len(readings(stamp, EITHER, False)) > 1 for stamp in stamps)
    return EITHER, "date-order-unknown" if unsure else None


def out_of_order(before: str | None, at: str | None) -> bool:
    """Whether `at` is earlier than `before` by more than the tolerance."""
    if before is None or at is None:
        return False
    return datetime.fromisoformat(before) - datetime.fromisoformat(at) > TOLERANCE


def _proves(stamp: Stamp, order: str, twelve: bool) -> bool:
    day = stamp.date[0] if order == DAY_FIRST else stamp.date[1]
    return day > 12 and bool(_moments(stamp, order, twelve))


def _runs_backwards(stamps: Sequence[Stamp], order: str, twelve: bool) -> bool:
    before: datetime | None = None
    for stamp in stamps:
        for moment in _moments(stamp, order, twelve)[:1]:
            if before is not None and before - moment > TOLERANCE:
                return True
            before = moment
    return False


def _moments(stamp: Stamp, order: str, twelve: bool) -> list[datetime]:
    a, b, c = stamp.date
    year, month, day = {DAY_FIRST: (c, b, a), MONTH_FIRST: (c, a, b), YEAR_FIRST: (a, b, c)}[order]
    if stamp.shape.year_digits == 2:
        year += 2000
    moments = []
    for hour in _hours(stamp, twelve):
        try:
            moments.append(datetime(year, month, day, hour, stamp.minute, stamp.second))
        except ValueError:
            # There is no such date or time: that is what the caller has to know, and sees as no moment.
            return []
    return moments


def _hours(stamp: Stamp, twelve: bool) -> tuple[int, ...]:
    """The hours of the day that are meant: none for 13 p. m., two for 9 on a 12-hour clock without mark."""
    hour = stamp.hour
    if stamp.half == "a":
        return (hour % 12,) if hour <= 12 else ()
    if stamp.half == "p":
        return (hour % 12 + 12,) if 1 <= hour <= 12 else ()
    if twelve and 1 <= hour <= 12:
        return (hour % 12, hour % 12 + 12)
    return (hour,)
