"""Days as spreadsheets number them, as texts.

Source: ECMA-376 part 1, 18.17.4. Day 60 of 1900 never was; the days before it are counted one too low.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, time, timedelta

from resguardo.inspection.workbook import SINCE_1900

DAY_MS = 86_400_000
NEVER = "#VALUE!"
"""What a spreadsheet shows for a day that its calendar does not have."""


def moment(number: float, epoch: datetime) -> str:
    """A day, a day and its time to the second, or where the day is nought, the time alone."""
    day, fraction = divmod(number, 1)
    late = timedelta(milliseconds=round(fraction * DAY_MS))
    if 0 <= number < 1 and not late.days:
        return str((datetime.min + late).time())
    if 0 < number < 60 and epoch == SINCE_1900:
        day += 1
    try:
        return written(epoch + timedelta(days=day) + late)
    except OverflowError:
        return NEVER


def span(number: float) -> str:
    """How long something took: `1 day, 12:00:00`."""
    try:
        whole = timedelta(days=number)
    except OverflowError:
        return NEVER
    thousandths = round(whole.microseconds, -3)
    return str(timedelta(days=whole.days, seconds=whole.seconds, microseconds=thousandths))


def iso(text: str) -> str:
    """A moment that the file itself writes as ISO 8601; what is none stays as it is."""
    with suppress(ValueError):
        return written(datetime.fromisoformat(text).replace(tzinfo=None))
    with suppress(ValueError):
        return str(time.fromisoformat(text))
    return text


def written(at: datetime) -> str:
    """`2019-03-14`, or `2019-03-14T08:30:00` where it is not midnight."""
    return at.date().isoformat() if at.time() == time() else at.isoformat(timespec="seconds")
