"""Cleaning what was typed into a field: the value that a record may hold, or the code of what is wrong.

Each cleaner is given the trimmed text or texts, the codes that can be chosen, and today; nothing raises.
Source: design, idea 4; the problems are those of `resguardo.core.codes`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Any

Value = str | int | list[str]
Given = str | list[str]
Cleaned = tuple[Value | None, str]
Cleaner = Callable[[Given, Collection[str], date], Cleaned]

ALONE = frozenset({"none", "unknown", "nd"})
ABOUT = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", re.ASCII)
YEAR = re.compile(r"(19|20)\d\d", re.ASCII)
LARGEST = 1_000_000_000
UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def trimmed(raw: Any) -> Given:
    """What was given as text or texts, without blanks at the ends, empty ones and what no file can hold."""
    if isinstance(raw, list | tuple):
        return [text for one in raw if (text := _one(one))]
    return _one(raw)


def _one(raw: Any) -> str:
    if raw is None or isinstance(raw, dict | list | tuple | set):
        return ""
    if isinstance(raw, int) and raw.bit_length() > 64:
        return str(2**64)
    return UNFIT.sub("", str(raw)).strip()


def _code(given: Given, known: Collection[str], _today: date) -> Cleaned:
    code = str(given)
    return (code, "") if code in known else (code, "no-such-code")


def _codes(given: Given, known: Collection[str], _today: date) -> Cleaned:
    codes = list(dict.fromkeys(given if isinstance(given, list) else [given]))
    for code in codes:
        if code not in known:
            return code, "no-such-code"
    if len(codes) > 1 and not ALONE.isdisjoint(codes):
        return None, "not-together"
    return codes, ""


def _int(given: Given, _known: Collection[str], _today: date) -> Cleaned:
    text = str(given)
    if not (text.isascii() and text.isdigit()):
        return None, "not-a-number"
    if len(text) > len(str(LARGEST)) or int(text) > LARGEST:
        return None, "too-large"
    return int(text), ""


def _year(given: Given, _known: Collection[str], today: date) -> Cleaned:
    text = str(given)
    if not YEAR.fullmatch(text):
        return None, "not-a-number"
    return (int(text), "") if int(text) <= today.year else (None, "in-the-future")


def _about(given: Given, _known: Collection[str], today: date) -> Cleaned:
    """A day, a month or a year that is not to come."""
    found = ABOUT.fullmatch(str(given))
    if found is None:
        return None, "not-a-date"
    try:
        day = date(int(found[1]), int(found[2] or 1), int(found[3] or 1))
    except ValueError:
        return None, "not-a-date"
    return (found[0], "") if day <= today else (None, "in-the-future")


def _date(given: Given, known: Collection[str], today: date) -> Cleaned:
    value, wrong = _about(given, known, today)
    return (None, "not-a-date") if isinstance(value, str) and value.count("-") < 2 else (value, wrong)


def _text(given: Given, _known: Collection[str], _today: date) -> Cleaned:
    return "\n".join(given) if isinstance(given, list) else given, ""


def _texts(given: Given, _known: Collection[str], _today: date) -> Cleaned:
    lines = [line for one in ([given] if isinstance(given, str) else given) for line in one.splitlines()]
    return [line.strip() for line in lines if line.strip()] or None, ""


CLEANERS: Mapping[str, Cleaner] = {
    "code": _code,
    "codes": _codes,
    "place": _code,
    "int": _int,
    "year": _year,
    "date": _date,
    "about": _about,
    "text": _text,
    "texts": _texts,
}
