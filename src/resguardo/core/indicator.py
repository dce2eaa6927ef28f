"""An indicator as data: what is counted, over what, by what it may be broken down, and what it stands for.

One TOML file of a country pack. Conditions name fields of the register and codes; nothing here knows one by
name, so that a field added to the pack can be counted at once. Source: SDG 5.2 and 16; GBVIMS; EIGE.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, model_validator

from resguardo.core.codes import Register
from resguardo.core.errors import ResguardoError
from resguardo.core.route import Part, Route, Status, Text

Over = Literal["entries", "stretches", "acts"]
How = Literal["count", "share", "mean", "middle", "gap", "wait", "late", "awaits"]
Where = dict[str, tuple[str, ...]]

TIMES = ("month", "quarter", "year")
OF_STRETCHES = ("step", "party")
OF_ACTS = ("act", "party", "detail")
NUMBERS = ("filled",)


class IndicatorError(ResguardoError):
    """The indicators of a pack cannot be read; says the key and what is expected there."""

    code = "indicator"


class Indicator(Part):
    """One indicator.

    `over` is what its rows are: records, the steps that were owed in them, or counted acts of their history.
    `of` says which rows (field: any of these codes), `part` which of those a share is of. `number` is the
    whole-number field of a mean or a middle (median and 90th percentile), `since` and `until` the dates of a
    gap in days; a wait is in hours, from the report or from when the step was owed, until it was done, by
    Kaplan-Meier where it is not. `within` makes of a gap in hours a share. `by` are the breakdowns, the first
    of them the usual one. `good` says which way is better. `public` ones are shown to everybody, suppressed.
    """

    id: str
    title: Text
    definition: Text
    over: Over = "entries"
    how: How
    of: Where = Field(default_factory=dict)
    part: Where = Field(default_factory=dict)
    number: str = ""
    since: str = ""
    until: str = ""
    begins: Literal["report", "owed"] = "report"
    within: int = 0
    by: tuple[str, ...] = ()
    good: Literal["more", "less", ""] = ""
    public: bool = False
    leads: bool = False
    sdg: tuple[str, ...] = ()
    result: str = ""
    seed: str = ""
    source: str = "OWN"
    status: Status = "OWN"

    @model_validator(mode="after")
    def _whole(self) -> Indicator:
        needs = {"share": "part", "mean": "number", "middle": "number", "gap": "since"}
        name = needs.get(self.how, "")
        if name and not getattr(self, name) and not self.within:
            raise ValueError(f"{self.id}: {self.how} needs {name}")
        if self.public and self.how == "share" and (len(self.part) != 1 or self.within):
            raise ValueError(f"{self.id}: a public share is of one field")
        return self


class Section(Part):
    """Indicators that are read together."""

    id: str
    title: Text
    indicators: tuple[str, ...]


class Stage(Part):
    """One stage of the funnel: records of the stage before that meet `of` and have done `step`, if any."""

    id: str
    title: Text
    of: Where = Field(default_factory=dict)
    step: str = ""


class Figures(Part):
    """All indicators of a country, how they are grouped, the funnel, and by what the public may filter."""

    public_by: tuple[str, ...]
    filters: tuple[str, ...]
    funnel: tuple[Stage, ...]
    section: tuple[Section, ...]
    indicator: tuple[Indicator, ...]

    @classmethod
    def load(cls, path: Path, register: Register, route: Route) -> Figures:
        """Read the document at `path`. Raises IndicatorError where it names what does not exist."""
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
            found = cls.model_validate(values)
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise IndicatorError(
                "%(where)s cannot be read: %(why)s", where=path.name, why=str(error)
            ) from None
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(str(part) for part in first["loc"])
            raise IndicatorError(
                "%(where)s, %(key)s: %(why)s", where=path.name, key=key, why=first["msg"]
            ) from None
        found.check(path.name, register, route)
        return found

    def named(self, id_: str) -> Indicator | None:
        """The indicator called `id_`."""
        return next((one for one in self.indicator if one.id == id_), None)

    def check(self, where: str, register: Register, route: Route) -> None:
        """Raises IndicatorError for a field, code, step or party that the pack has not."""
        for one in self.indicator:
            for name, codes in (*one.of.items(), *one.part.items()):
                _known(f"{where}, {one.id}", name, codes, register, route)
            for name in one.by:
                _known(f"{where}, {one.id}", name, (), register, route)
        for stage in self.funnel:
            for name, codes in (*stage.of.items(), ("step", (stage.step,) if stage.step else ())):
                _known(f"{where}, {stage.id}", name, codes, register, route)
        for name in (*self.public_by, *self.filters):
            _known(where, name, (), register, route)
        self._check_public(where, register)
        for section in self.section:
            for id_ in section.indicators:
                if self.named(id_) is None:
                    raise IndicatorError("%(where)s: no indicator is called %(id)s.", where=where, id=id_)

    def _check_public(self, where: str, register: Register) -> None:
        """Raises IndicatorError where the public could reach the same women by two dimensions that follow."""
        public = {*self.public_by, *(name for one in self.indicator if one.public for name in one.part)}
        for spec in register.computed:
            source = spec.rule.partition(".")[0]
            if spec.name in public and source in public:
                raise IndicatorError(
                    "%(where)s: %(field)s follows from %(source)s, so that only one of them can be public.",
                    where=where,
                    field=spec.name,
                    source=source,
                )


def _known(where: str, name: str, codes: tuple[str, ...], register: Register, route: Route) -> None:
    if name in (*TIMES, *OF_ACTS, "late", "done", "keeper"):
        return
    if name == "step":
        unknown = [code for code in codes if code not in route.steps]
    elif name in register.fields and register.fields[name].counted:
        known = register.codes.get(register.fields[name].list_, {})
        unknown = [code for code in codes if code not in known]
    else:
        raise IndicatorError("%(where)s: there is no field %(field)s to count by.", where=where, field=name)
    if unknown:
        raise IndicatorError(
            "%(where)s: %(field)s has no code %(code)s.", where=where, field=name, code=unknown[0]
        )
