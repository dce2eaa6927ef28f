"""Figures as people say them: numbers, percents, days and hours, months, and the words inside pictures.

Never more digits than a figure has: a percent of few is a whole number, hours beyond two weeks are days.
"""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from resguardo.core.indicator import TIMES, Indicator
from resguardo.indicators import queries
from resguardo.indicators.counting import Cell
from resguardo.indicators.drawing.marks import Words, number
from resguardo.work.drawing import MONTHS

MANY = 1000
SPACE = "\N{NO-BREAK SPACE}"
NAMES = {
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "en": "January February March April May June July August September October November December",
}


def language() -> str:
    """The reader's language, of the two that packs are written in."""
    return "en" if (get_language() or "es").startswith("en") else "es"


def words() -> Words:
    """The words inside pictures."""
    return Words(
        withheld=_("fewer than 5, or withheld"),
        absent=_("no data"),
        percent=_("{n}%"),
        of_first=_("{share} of the first"),
        went_on=_("{share} went on; {n} did not"),
        all_went_on=_("all went on"),
        median=_("half are done"),
        median_is=_("half within {time}"),
        no_median=_("fewer than half so far"),
        nine_of_ten=_("9 of 10 are done"),
        ninety_is=_("9 of 10 within {time}"),
        deadline=_("deadline"),
        deadline_is=_("deadline {time}"),
        beyond=_("past the deadline"),
        at_risk=_("Still waiting"),
        minutes=_("{n} min"),
        hours=_("{n} h"),
        days=_("{n} days"),
        uneven=_("Time is drawn closer together as it grows."),
        panels=_("Each from 0 to {top}; {first} to {last}"),
        limits=_("{low} to {high}"),
    )


def said(indicator: Indicator, value: float | None, base: int = 0) -> str:
    """A figure in words with its unit; a dash where nothing can be said. `base` is how many it rests on."""
    if value is None:
        return "–"
    match indicator.how:
        case "count":
            return number(value)
        case "share" | "late" | "mean":
            return percent(value, base)
        case "gap":
            days = number(value)
            return ngettext("%(n)s day", "%(n)s days", 1 if value == 1 else 2) % {"n": days}
        case "wait":
            return span(value)
        case _:
            times = number(value)
            return ngettext("%(n)s time", "%(n)s times", 1 if value == 1 else 2) % {"n": times}


def percent(value: float, base: int = 0) -> str:
    """Hundredths: one decimal where they are of many, or would be said as none or all of them."""
    if 0 < value < 0.05 or 99.95 <= value < 100:
        return _("{n}%").format(n="<0.1" if value < 1 else ">99.9")
    hides = round(value) in (0, 100) and value not in (0, 100)
    return _("{n}%").format(n=number(value, 1 if base >= MANY or hides else 0))


def span(hours: float) -> str:
    """A time as people say it: 45 min, 9 h, 2 days 4 h, 27 days."""
    if hours < 1:
        return _("{n} min").format(n=round(hours * 60))
    if round(hours) < 48:
        return _("{n} h").format(n=round(hours))
    days, rest = divmod(round(hours), 24)
    if days >= 14:
        return _("{n} days").format(n=number(round(hours / 24)))
    whole = _("{n} days").format(n=days)
    return f"{whole} {_('{n} h').format(n=rest)}" if rest else whole


def high(indicator: Indicator) -> str:
    """What the second figure of a median is called."""
    return _("9 of 10 within") if indicator.how in ("wait", "gap") else _("9 of 10 at most")


def title(name: str) -> str:
    """What people read for a dimension."""
    own = {
        "month": _("Month"),
        "quarter": _("Quarter"),
        "year": _("Year"),
        "step": _("Step of the route"),
        "party": _("Institution"),
        "act": _("What was done"),
        "detail": _("What it concerned"),
        "keeper": _("Who keeps the register"),
    }
    return own.get(name) or queries.title(name, language()) or name


def titled(indicator: Indicator, by: str) -> str:
    """An indicator and its breakdown in one line."""
    name = title(by)
    name = name if name[1:2].isupper() else name[:1].lower() + name[1:]
    return _("%(title)s, by %(by)s") % {"title": indicator.title.in_(language()), "by": name}


def label(by: str, code: str, text: str) -> str:
    """What people read for one row: a month by its name, what is not stated in words."""
    if not code:
        return _("Not stated")
    if by in TIMES:
        return period(code)
    return acts().get(code, text or code) if by in ("act", "detail", "party", "done") else text or code


def acts() -> dict[str, str]:
    """What is counted of histories, in words."""
    return {
        "her": _("She herself"),
        "asked-again": _("asked again for what was on file"),
        "opened": _("opened a file"),
        "sealed": _("sealed a file"),
        "consent-given": _("she gave a consent"),
        "consent-withdrawn": _("she withdrew a consent"),
        "grey": _("in grey"),
        "colour": _("in colour"),
        "original": _("as it is"),
        "talk": _("as a conversation"),
        "yes": _("Yes"),
        "no": _("No"),
    }


def period(code: str) -> str:
    """A month (2026-03), quarter (2026-T1) or year with its name."""
    year, _dash, part = code.partition("-")
    if not part:
        return year
    names = NAMES[language()].split()
    if part.startswith("T"):
        first = 3 * int(part[1:]) - 3
        ends = {"first": names[first], "last": names[first + 2], "year": year}
        return _("%(first)s to %(last)s %(year)s") % ends
    return _("%(month)s %(year)s") % {"month": names[int(part) - 1], "year": year}


def ends(quarter: str) -> tuple[str, str]:
    """The first and the last month of a quarter, in words."""
    year, part = quarter.split("-T")
    last = 3 * int(part)
    return period(f"{year}-{last - 2:02}"), period(f"{year}-{last:02}")


def short(code: str) -> str:
    """The same in as few letters as an axis has room for."""
    year, _dash, part = code.partition("-")
    if not part:
        return year
    names = MONTHS[language()]
    if part.startswith("T"):
        first = 3 * int(part[1:]) - 3
        return f"{names[first]}–{names[first + 2]}{SPACE}{year[2:]}"
    return f"{names[int(part) - 1]}{SPACE}{year[2:]}"


def moment(at: datetime) -> str:
    """A day and an hour in Guatemala, in words."""
    local = timezone.localtime(at)
    month = NAMES[language()].split()[local.month - 1]
    parts = {"day": local.day, "month": month, "year": local.year, "hour": f"{local:%H:%M}"}
    return _("%(day)s %(month)s %(year)s, %(hour)s") % parts


def change(indicator: Indicator, now: Cell | None, before: Cell | None) -> str:
    """A figure of the same span before, and for counts by how much they differ; empty without one."""
    if now is None or before is None or now.value is None or before.value is None:
        return ""
    then = said(indicator, before.value, before.count)
    if indicator.how != "count" or before.value < 30:
        return then
    difference = round(100 * (now.value - before.value) / before.value)
    if not difference:
        return _("%(then)s (now as many)") % {"then": then}
    text = _("%(then)s (now %(n)s%% more)") if difference > 0 else _("%(then)s (now %(n)s%% less)")
    return text % {"then": then, "n": abs(difference)}
