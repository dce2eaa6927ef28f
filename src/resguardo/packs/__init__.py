"""The country is data: a pack is a folder of TOML and CSV, found by its name and read once."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import holidays
from pydantic import ValidationError

from resguardo.core.calendar import Calendar, working_days
from resguardo.core.codes import Code, Register
from resguardo.core.errors import ResguardoError
from resguardo.core.indicator import Figures
from resguardo.core.route import Basis, Part, Route, Status, Text
from resguardo.packs.codes import read_register

HERE = Path(__file__).resolve().parent
FRESH = timedelta(days=90)
Row = TypeVar("Row", bound=Part)


class PackError(ResguardoError):
    """There is no such pack, or a file of it cannot be read."""

    code = "pack"


class Line(Part):
    """A phone line. It is shown to her only while an operator's own call to it is fresh (rule R26)."""

    number: str
    owner: str
    title: Text
    languages: tuple[str, ...]
    status: Status
    source: str = ""
    verified_on: date | None = None

    def shown_on(self, day: date) -> bool:
        """Whether the operator has called it in the last 90 days."""
        return self.verified_on is not None and timedelta(0) <= day - self.verified_on <= FRESH


class Answer(Part):
    """A guided answer: what an officer may begin a message with."""

    id: str
    title: Text
    text: Text
    status: Status
    source: str = ""


class Days(Part):
    """Which days are worked in a country: its official holidays, more of its own, and days of rest."""

    country: str
    language: str
    rest: tuple[int, ...]
    also_closed: tuple[date, ...] = ()
    also_worked: tuple[date, ...] = ()
    basis: Basis


@dataclass(frozen=True)
class Pack:
    """A country: its routes, calendar, code lists, phone lines, and the page that quick exit leads to.

    `route` is what new cases follow; `routes` are it and the older ones that cases may still be on.
    `minor_authority` is the party that alone gets files in which a minor may be seen; `keepers` are those
    that keep the register of cyber-violence, in the step `register_step` of the route; `observers` see
    figures and have no part in cases.
    """

    name: str
    route: Route
    routes: dict[str, Route]
    days: Days
    calendar: Calendar
    register: Register
    figures: Figures
    keepers: tuple[str, ...]
    register_step: str
    observers: Mapping[str, Text]
    lines: tuple[Line, ...]
    answers: tuple[Answer, ...]
    exit_address: str
    minor_authority: str

    @property
    def codes(self) -> Mapping[str, tuple[Code, ...]]:
        """The code lists by name."""
        return self.register.lists

    def label(self, list_: str, code: str, language: str) -> str:
        """What people read for `code` of `list_`; the code itself where the list has it not."""
        found = self.register.codes.get(list_, {}).get(code)
        return found.in_(language) if found else code


@lru_cache(maxsize=4)
def load(name: str) -> Pack:
    """The pack `name`, or the one in the folder `name` where it is a path.

    Raises PackError, RouteError or CodesError, which name the file and the key.
    """
    folder = Path(name) if "/" in name else HERE / name
    if not (folder / "pack.toml").is_file():
        raise PackError("There is no country pack called %(name)s.", name=name)
    about = tomllib.loads((folder / "pack.toml").read_text(encoding="utf-8"))
    route = Route.load(folder / "route.toml")
    older = [Route.load(path) for path in sorted((folder / "routes").glob("*.toml"))]
    days = _days(about, name)
    register = read_register(folder, about, about["name"])
    return Pack(
        name=about["name"],
        route=route,
        routes={one.ref: one for one in (*older, route)},
        days=days,
        calendar=calendar(days, ZoneInfo(about["timezone"])),
        register=register,
        figures=Figures.load(folder / "indicators.toml", register, route),
        keepers=tuple(about["register"]["keepers"]),
        register_step=about["register"].get("step", ""),
        observers={name: Text(**row["title"]) for name, row in about.get("observers", {}).items()},
        lines=tuple(_rows(folder / "help.toml", "line", Line)),
        answers=tuple(_rows(folder / "answers.toml", "answer", Answer)),
        exit_address=about["exit_address"],
        minor_authority=about["minor_authority"],
    )


def calendar(days: Days, zone: ZoneInfo) -> Calendar:
    """The calendar of working days, with the official holidays of the country (library `holidays`)."""
    official = holidays.country_holidays(days.country, language=days.language)

    @lru_cache(maxsize=4096)
    def works(day: date) -> bool:
        if day in days.also_worked:
            return True
        return day.isoweekday() not in days.rest and day not in official and day not in days.also_closed

    return working_days(zone, works)


def _days(about: dict[str, Any], name: str) -> Days:
    try:
        return Days.model_validate(about["calendar"])
    except ValidationError as error:
        raise _fault(f"{name}/pack.toml, calendar", error) from None


def _fault(where: str, error: ValidationError) -> PackError:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    return PackError("%(where)s, %(key)s: %(why)s", where=where, key=key, why=first["msg"])


def _rows(path: Path, key: str, kind: type[Row]) -> list[Row]:
    rows = tomllib.loads(path.read_text(encoding="utf-8")).get(key, ())
    try:
        return [kind.model_validate(row) for row in rows]
    except ValidationError as error:
        raise _fault(path.name, error) from None
