"""The route document: who owes what to whom, by when, under which consent or law.

One TOML file of a country pack, declarative: constraints, not a flow chart. In the field's words, the
semantics of DCR graphs and CMMN with the first-match tables of DMN. A case follows it by `core.fold`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from resguardo.core.errors import ResguardoError
from resguardo.core.history import HER
from resguardo.core.routelines import line_of

Status = Literal["VERIFIED", "PARTIAL", "MEMORY", "OWN"]
Conditions = dict[str, str | list[str]]

WITHHELD = "withheld"
CONSENTED = "consented"
LEADER = "leader"
DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?")


class RouteError(ResguardoError):
    """A route document cannot be read; says the file, the key and what is expected there."""

    code = "route"


@dataclass(frozen=True)
class Wait:
    """A time to wait, as ISO 8601 writes it: days of a calendar, hours and minutes of the clock."""

    days: int = 0
    hours: int = 0
    minutes: int = 0

    @classmethod
    def parse(cls, text: str) -> Wait:
        """Read P3D, PT24H or P1DT12H. Raises ValueError."""
        match = DURATION.fullmatch(text)
        if match is None or not any(match.groups()):
            raise ValueError("a duration is written P3D, PT24H or P1DT12H")
        return cls(*(int(part or 0) for part in match.groups()))

    def __str__(self) -> str:
        clock = (f"{self.hours}H" if self.hours else "") + (f"{self.minutes}M" if self.minutes else "")
        return "P" + (f"{self.days}D" if self.days else "") + (f"T{clock}" if clock else "")

    @property
    def clock(self) -> timedelta:
        """How long it is where every day counts."""
        return timedelta(days=self.days, hours=self.hours, minutes=self.minutes)


def _wait(text: object) -> object:
    return Wait.parse(text) if isinstance(text, str) else text


Duration = Annotated[Wait, BeforeValidator(_wait)]


class Part(BaseModel):
    """Any part of the document: unknown keys are faults, and nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(Part):
    """A text for people, in Spanish and English."""

    es: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def in_(self, language: str) -> str:
        """The text in `language`, Spanish where there is none."""
        return self.en if language.startswith("en") else self.es


class Basis(Part):
    """Where a duty or a deadline comes from, and how sure we are of it."""

    law: str = ""
    status: Status
    source: str = ""

    def __str__(self) -> str:
        """As stories sign it: the law, and where it was read."""
        return ", ".join(part for part in (self.law, self.source) if part) or self.status


class Party(Part):
    """An institution. `sees` is a ceiling: no step may share beyond it."""

    title: Text
    sees: tuple[str, ...]
    enabled: bool = True


class Group(Part):
    """A part of a case with a key of its own; `seal` is the open view of digests and custody, without one."""

    title: Text
    key: bool = True


class Consent(Part):
    """Something she is asked, institution by institution. `text` is what she reads or hears."""

    title: Text
    text: Text
    version: int
    groups: tuple[str, ...]
    status: Status


class Fact(Part):
    """A coded fact. `values` are its codes, or `pattern` what a code looks like; `many` allows several.

    `always` says that every case has it from its opening; any other fact may stay unknown.
    """

    title: Text
    values: tuple[str, ...] = ()
    pattern: str = ""
    many: bool = False
    always: bool = False

    def allows(self, value: Any) -> bool:
        """Whether `value` is a code of this fact (a list of codes where `many`)."""
        if self.many:
            return isinstance(value, list) and all(self._allows_one(one) for one in value)
        return self._allows_one(value)

    def _allows_one(self, value: Any) -> bool:
        if not isinstance(value, str):
            return False
        return bool(re.fullmatch(self.pattern, value)) if self.pattern else value in self.values


class Table(Part):
    """A decision table: the first row whose inputs fit gives its other columns as facts."""

    inputs: tuple[str, ...]
    gives: tuple[str, ...]
    rows: tuple[dict[str, str | list[str]], ...]

    @cached_property
    def rules(self) -> tuple[tuple[Conditions, Conditions], ...]:
        """Each row as what it asks for and what it gives."""
        return tuple(
            (
                {name: value for name, value in row.items() if name in self.inputs},
                {name: value for name, value in row.items() if name in self.gives},
            )
            for row in self.rows
        )


class Share(Part):
    """What a party sees once the step is done: under a consent of hers, or a law."""

    to: str
    what: tuple[str, ...]
    consent: str = ""
    law: str = ""
    status: Status | None = None
    when: Conditions = Field(default_factory=dict)


class StandIn(Part):
    """Who owes a step instead, where `when` holds, while its own party may not see the case."""

    party: str
    when: Conditions = Field(default_factory=dict)


class Step(Part):
    """Something that a party owes.

    `after` names steps that come first; one that the facts do not call for blocks nobody. `waits` is what
    she reads while it is owed, `told` once it is done, `does` what the doer reads. `outcomes` names, for
    each outcome, the steps that are owed again. `many` is owed only when somebody adds it, or when she does
    what `called_by` names (an event kind); a message of its party's then does a step called by a message.
    `every` comes back after that time. `instead` is tried in order when `who` is withheld or switched off;
    where nobody stands in, the step is not called for. Nor is it while `to`, whom it hands the case to, may
    not see it.
    """

    who: str
    instead: tuple[StandIn, ...] = ()
    to: str = ""
    title: Text
    does: Text | None = None
    waits: Text | None = None
    told: Text | None = None
    after: tuple[str, ...] = ()
    when: Conditions = Field(default_factory=dict)
    within: Duration | None = None
    every: Duration | None = None
    late: str = ""
    many: bool = False
    called_by: Literal["", "evidence-sealed", "message-sent"] = ""
    outcomes: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    outcome_titles: dict[str, Text] = Field(default_factory=dict)
    asks: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    shares: tuple[Share, ...] = ()
    basis: Basis
    retired: tuple[str, ...] = ()
    closes: bool = False


class Story(Part):
    """A situation that lawyers sign, run as a test: what happens, and what must follow from it.

    Pairs are written consent:party. `does`, in order: "step", "step=outcome", "step: fact=value, fact=value",
    "add step", "back to step", "she writes", "she sends a file", "she withdraws consent:party",
    "she hides it from party", "she decides: fact=value". `owed` is the whole of what is open then:
    "step:party", "step:party by P2D", "step:party by P2D under CPP 304, S32" (its law and source). `sees`
    is, for each party named there, the whole of what it sees. `joined` are parties switched on for it.
    """

    title: str
    joined: tuple[str, ...] = ()
    facts: dict[str, str | list[str]]
    consents: tuple[str, ...] = ()
    does: tuple[str, ...] = ()
    owed: tuple[str, ...] = ()
    sees: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    closed: bool = False


class Route(Part):
    """A whole route document. Raises RouteError from `load` and `parse` only."""

    name: str
    version: int
    checked_on: date
    start: str
    parties: dict[str, Party]
    groups: dict[str, Group]
    facts: dict[str, Fact]
    consents: dict[str, Consent]
    tables: dict[str, Table] = Field(default_factory=dict)
    steps: dict[str, Step]
    told: tuple[Story, ...] = ()

    @classmethod
    def load(cls, path: Path) -> Route:
        """Read the document at `path`."""
        try:
            return cls.parse(path.read_text(encoding="utf-8"), path.name)
        except (OSError, UnicodeDecodeError):
            raise RouteError("The route %(where)s cannot be read.", where=path.name) from None

    @classmethod
    def parse(cls, text: str, where: str) -> Route:
        """Read a document from `text`; `where` is the name that errors use."""
        try:
            values = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise RouteError("%(where)s is not TOML: %(why)s", where=where, why=str(error)) from None
        return cls.from_values(values, where, text)

    @classmethod
    def from_values(cls, values: dict[str, Any], where: str, text: str = "") -> Route:
        """The document that `values` are, as TOML gives them; errors name the line of `text`."""
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(str(part) for part in first["loc"])
            line = line_of(text, key)
            raise RouteError(
                "%(where)s, %(key)s: %(why)s",
                remedy="Mend that key and check again with: resguardo route check",
                where=where if line is None else f"{where}:{line}",
                key=key,
                why=first["msg"],
            ) from None

    def joined_by(self, names: Collection[str]) -> Route:
        """This route with the parties `names` switched on."""
        parties = {
            name: party.model_copy(update={"enabled": party.enabled or name in names})
            for name, party in self.parties.items()
        }
        return Route.model_validate(
            {name: getattr(self, name) for name in Route.model_fields} | {"parties": parties}
        )

    @property
    def ref(self) -> str:
        """How cases and events name this document: gt@1."""
        return f"{self.name}@{self.version}"

    @cached_property
    def successors(self) -> dict[str, frozenset[str]]:
        """For each step, every step that comes after it, near or far."""
        near: dict[str, set[str]] = {name: set() for name in self.steps}
        for name, step in self.steps.items():
            for before in step.after:
                near.setdefault(before, set()).add(name)
        return {name: frozenset(_reach(near, name)) for name in self.steps}

    @cached_property
    def before(self) -> dict[str, frozenset[str]]:
        """For each step, every step that comes before it, near or far."""
        return {
            name: frozenset(one for one, later in self.successors.items() if name in later)
            for name in self.steps
        }

    @cached_property
    def closing(self) -> frozenset[str]:
        """The steps that close a case."""
        return frozenset(name for name, step in self.steps.items() if step.closes)

    @cached_property
    def usual_owners(self) -> dict[str, str | None]:
        """Who owes each step while the case is hidden from nobody, where that is the step's own party."""
        return {
            name: step.who
            for name, step in self.steps.items()
            if step.who in self.owners and (not step.to or step.to in self.owners)
        }

    @cached_property
    def unusual(self) -> tuple[str, ...]:
        """The steps whose own party is switched off: who owes them depends on the facts."""
        return tuple(name for name in self.steps if name not in self.usual_owners)

    @cached_property
    def returning(self) -> frozenset[str]:
        """The steps that come back after their time."""
        return frozenset(name for name, step in self.steps.items() if step.every is not None)

    @cached_property
    def called(self) -> dict[str, tuple[str, ...]]:
        """For each kind of event that she may cause, the steps that it calls for."""
        kinds = ("evidence-sealed", "message-sent")
        return {kind: tuple(n for n, step in self.steps.items() if step.called_by == kind) for kind in kinds}

    @cached_property
    def deciding_consents(self) -> frozenset[str]:
        """The consents, as consent:party, that steps are called for by."""
        shares = [share.when for step in self.steps.values() for share in step.shares]
        wanted = [when.get(CONSENTED, []) for when in (*self.conditions, *shares)]
        return frozenset(one for pairs in wanted for one in ([pairs] if isinstance(pairs, str) else pairs))

    @cached_property
    def conditions(self) -> tuple[Conditions, ...]:
        """Every condition on which a step is owed, or owed by a party."""
        whens = [step.when for step in self.steps.values()]
        whens += [stand_in.when for step in self.steps.values() for stand_in in step.instead]
        return tuple(when for when in whens if when)

    @cached_property
    def renamed(self) -> dict[str, str]:
        """Retired step names, and the name each has now."""
        return {old: name for name, step in self.steps.items() for old in step.retired}

    def consents_for(self, facts: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
        """The (consent, party) pairs that she may be asked, as far as `facts` are known."""
        facts = {WITHHELD: [], **facts}
        pairs: dict[tuple[str, str], None] = {}
        for step in self.steps.values():
            for share in step.shares:
                if (
                    share.consent
                    and self.parties[share.to].enabled
                    and possible(step.when, facts)
                    and possible(share.when, facts)
                ):
                    pairs[share.consent, share.to] = None
        order = list(self.consents)
        return tuple(sorted(pairs, key=lambda pair: order.index(pair[0])))

    @cached_property
    def owners(self) -> frozenset[str]:
        """The parties that can owe something now: the enabled ones, and she."""
        return frozenset(name for name, party in self.parties.items() if party.enabled) | {HER}


def _reach(near: Mapping[str, set[str]], start: str) -> set[str]:
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        for name in near.get(waiting.pop(), ()):
            if name not in seen:
                seen.add(name)
                waiting.append(name)
    return seen - {start}


def fits(wanted: str | list[str], value: Any) -> bool:
    """Whether a fact's value is (or, for several, holds) what a condition wants."""
    if isinstance(value, list):
        return any(fits(wanted, one) for one in value)
    return value in wanted if isinstance(wanted, list) else value == wanted


def holds(when: Conditions, facts: Mapping[str, Any]) -> bool:
    """Whether every condition is met; a fact that nobody knows meets none."""
    # A plain loop: this runs for every step after every event, and a generator costs a third more.
    for name, wanted in when.items():  # noqa: SIM110
        if not fits(wanted, facts.get(name)):
            return False
    return True


def possible(when: Conditions, facts: Mapping[str, Any]) -> bool:
    """Whether the conditions hold, or may hold once more is known."""
    return all(name not in facts or fits(wanted, facts[name]) for name, wanted in when.items())
