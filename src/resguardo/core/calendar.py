"""When a time that begins at a moment ends: by the clock, or in the working days of a country.

A calendar is a function of the moment and the wait. Days may be working days; hours always run by the
clock, as procedural law has it (Guatemala: Ley del Organismo Judicial 45 and 46, to be confirmed).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta, tzinfo

from resguardo.core.route import Wait

Calendar = Callable[[datetime, Wait], datetime]
DAY = timedelta(days=1)


def clock_time(since: datetime, wait: Wait) -> datetime:
    """The calendar in which every hour counts."""
    return since + wait.clock


def working_days(zone: tzinfo, works: Callable[[date], bool]) -> Calendar:
    """The calendar that counts only the days on which `works` holds, as dates in `zone`.

    A wait that begins on a day of rest begins when the next working day does; it ends at the same hour of
    its last day.
    """

    def ends(since: datetime, wait: Wait) -> datetime:
        clock = timedelta(hours=wait.hours, minutes=wait.minutes)
        if not wait.days:
            return since + clock
        local = since.astimezone(zone)
        day, hour = local.date(), local.time()
        if not works(day):
            day, hour = _next(day, works), time.min
        for _ in range(wait.days):
            day = _next(day, works)
        return datetime.combine(day, hour, zone).astimezone(since.tzinfo) + clock

    return ends


def _next(day: date, works: Callable[[date], bool]) -> date:
    day += DAY
    while not works(day):
        day += DAY
    return day
