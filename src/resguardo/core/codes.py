"""The register as data: code lists, fields, and what a record of them may hold.

A row in a country pack is a code or a field; nothing here knows one by name. A record keeps the version it
was made under: a code or field that is retired (`until`) is read for ever and chosen no more.
Source: UNODC, ICCS 1.0 (2015); GBVIMS incident recorder; design, idea 4.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, Literal

from resguardo.core.cleaning import CLEANERS, Value, trimmed
from resguardo.core.errors import ResguardoError

__all__ = [
    "ALL",
    "NO_VALUE",
    "PROBLEMS",
    "Code",
    "CodesError",
    "Entry",
    "Field",
    "Kind",
    "Level",
    "Problem",
    "Register",
    "Rule",
    "Sensitivity",
    "Value",
    "Values",
    "as_codes",
    "crossed",
]

Values = dict[str, Value]
Kind = Literal["code", "codes", "int", "year", "date", "about", "place", "text", "texts"]
Entry = Literal["form", "computed", "told", "auto"]
Level = Literal["M", "R", "O"]
Sensitivity = Literal["P0", "P1", "P2", "P3"]

ALL = "all"
NO_VALUE = frozenset({"unknown", "nd", "ND", "no_answer"})


class CodesError(ResguardoError):
    """A row of a pack's codes cannot be read; says the file, the row and what is expected."""

    code = "codes"


@dataclass(frozen=True, slots=True)
class Code:
    """One entry of a code list: labels, what it means, the everyday words that lead to it, what it maps to.

    `since` and `until` are versions of the register; `until` 0 means that it can still be chosen.
    """

    code: str
    es: str
    en: str
    def_es: str = ""
    def_en: str = ""
    words: tuple[str, ...] = ()
    maps: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    status: str = ""
    since: int = 1
    until: int = 0

    def in_(self, language: str) -> str:
        """The label in `language`, Spanish where there is none."""
        return self.en if language.startswith("en") else self.es

    def meaning(self, language: str) -> str:
        """The definition in `language`."""
        return self.def_en if language.startswith("en") else self.def_es


@dataclass(frozen=True)
class Field:
    """One field of the record.

    `entry` says how it is filled: in the form, computed by `rule`, told by her and kept sealed in the group
    of her case that `rule` names, or by the program itself. `sees` are the parties that may read it, or ALL.
    `prefill` is the fact of the route that gives its first value, with the code that each of the fact's
    values becomes.
    """

    section: str
    name: str
    es: str
    en: str
    kind: Kind
    level: Level
    sensitivity: Sensitivity
    def_es: str = ""
    def_en: str = ""
    list_: str = ""
    entry: Entry = "form"
    sees: frozenset[str] = frozenset({ALL})
    prefill: str = ""
    prefill_values: Mapping[str, str] = field(default_factory=dict)
    rule: str = ""
    maps: str = ""
    source: str = ""
    status: str = ""
    since: int = 1
    until: int = 0

    def in_(self, language: str) -> str:
        """The label in `language`."""
        return self.en if language.startswith("en") else self.es

    def meaning(self, language: str) -> str:
        """The definition in `language`."""
        return self.def_en if language.startswith("en") else self.def_es

    @property
    def many(self) -> bool:
        """Whether it holds several codes or texts."""
        return self.kind in ("codes", "texts")

    @property
    def coded(self) -> bool:
        """Whether its value is one of a list, or several."""
        return self.kind in ("code", "codes", "place")

    @property
    def sealed(self) -> bool:
        """Whether its value may only stand sealed: it can point at a person."""
        return self.sensitivity in ("P2", "P3") or self.kind in ("text", "texts")

    @property
    def counted(self) -> bool:
        """Whether it stands in the clear, for whoever may count."""
        return not self.sealed and self.entry in ("form", "computed")

    def seen_by(self, party: str) -> bool:
        """Whether `party` may read it."""
        return ALL in self.sees or party in self.sees


@dataclass(frozen=True)
class Problem:
    """What is wrong with the value of one field: a code of `PROBLEMS`, and what it is about (never words)."""

    field: str
    code: str
    about: str = ""


PROBLEMS = (
    "no-such-field",
    "no-such-code",
    "not-a-number",
    "not-a-date",
    "in-the-future",
    "too-large",
    "not-together",
    "ends-before-it-begins",
    "not-entered",
)


@dataclass(frozen=True)
class Rule:
    """One row of a computed field: where `when` holds (any of the codes, for each field), it is `value`."""

    field: str
    when: Mapping[str, frozenset[str]]
    value: str

    def holds(self, values: Mapping[str, Value]) -> bool:
        """Whether every field named has one of the codes."""
        return all(not codes.isdisjoint(as_codes(values.get(name))) for name, codes in self.when.items())


def as_codes(value: Value | None) -> tuple[str, ...]:
    """The codes that a value holds: none, one, or several."""
    if value is None or value == "":
        return ()
    return tuple(value) if isinstance(value, list) else (str(value),)


@dataclass(frozen=True)
class Register:
    """The whole of it: sections with their titles, fields, code lists, rules, and the version.

    `offence_rules` say which column of a field's codes names the offences that might apply. `headline` is the
    field that tells records apart in a list. `groups` say for a long list which column of its codes groups
    them, and the list in which the groups have their titles.
    """

    name: str
    version: int
    sections: Mapping[str, Mapping[str, str]]
    fields: Mapping[str, Field]
    lists: Mapping[str, tuple[Code, ...]]
    rules: tuple[Rule, ...] = ()
    offence_rules: tuple[Rule, ...] = ()
    headline: str = ""
    groups: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def ref(self) -> str:
        """How records name this version: gt@1."""
        return f"{self.name}@{self.version}"

    @cached_property
    def codes(self) -> Mapping[str, Mapping[str, Code]]:
        """Every list by code, the retired ones too."""
        return {name: {code.code: code for code in entries} for name, entries in self.lists.items()}

    @cached_property
    def current(self) -> Mapping[str, frozenset[str]]:
        """For each list, the codes that can be chosen today."""
        return {
            name: frozenset(c.code for c in entries if not c.until) for name, entries in self.lists.items()
        }

    @cached_property
    def form(self) -> tuple[Field, ...]:
        """The fields that a person fills in today, in the order of the pack."""
        return tuple(f for f in self.fields.values() if f.entry == "form" and not f.until)

    @cached_property
    def counted(self) -> tuple[Field, ...]:
        """The fields that stand in the clear, retired ones too, in the order of the pack."""
        return tuple(f for f in self.fields.values() if f.counted)

    @cached_property
    def required(self) -> frozenset[str]:
        """The minimum fields of a whole record that somebody fills in or the program computes."""
        return frozenset(f.name for f in self.counted if f.level == "M" and not f.until)

    def label(self, name: str, code: str, language: str) -> str:
        """What people read for `code` of the field `name`; the code itself where no list has it."""
        found = self.codes.get(self.fields[name].list_, {}).get(code)
        return found.in_(language) if found else code

    def clean(
        self, given: Mapping[str, Any], today: date, entered: Collection[str] = ("form",)
    ) -> tuple[Values, tuple[Problem, ...]]:
        """What of `given` a record may hold, and what is wrong with the rest. Nothing raises.

        A value that is wrong is left out; all others stand, so that a draft is never refused. Two dates that
        cross both stand: nobody knows which is wrong. Empty values are no values. `entered` are the kinds of
        entry that may be given.
        """
        values: Values = {}
        problems: list[Problem] = []
        for name, raw in given.items():
            spec = self.fields.get(name)
            if spec is None:
                problems.append(Problem("", "no-such-field"))
            elif spec.entry not in entered:
                problems.append(Problem(name, "not-entered"))
            elif given_at_all := trimmed(raw):
                known = self.current.get(spec.list_, frozenset())
                value, wrong = CLEANERS[spec.kind](given_at_all, known, today)
                if wrong:
                    problems.append(Problem(name, wrong, self._retired(spec, value)))
                elif value is not None:
                    values[name] = value
        problems += crossed(values)
        return values, tuple(problems)

    def _retired(self, spec: Field, value: Value | None) -> str:
        """The code that was given where it can be chosen no more; words of a person are not repeated."""
        return value if isinstance(value, str) and value in self.codes.get(spec.list_, {}) else ""

    def compute(self, values: Mapping[str, Value]) -> Values:
        """The computed fields that follow from `values`; one that a person has corrected is left to them.

        So `values` holds what people entered, and never what an earlier call computed.
        """
        found: Values = {}
        for spec in self.computed:
            if spec.name in values:
                continue
            known = {**values, **found}
            if spec.rule == "table":
                reached = tuple(r.value for r in self.rules if r.field == spec.name and r.holds(known))
            else:
                source, _, key = spec.rule.partition(".")
                reached = self.mapped(source, key, known)
            if reached:
                found[spec.name] = list(dict.fromkeys(reached)) if spec.many else reached[0]
        return found

    def offences(self, values: Mapping[str, Value]) -> tuple[str, ...]:
        """The offences that might apply to what `values` say: candidates, the prosecutor decides."""
        known = {**self.compute(values), **values}
        for rule in self.offence_rules:
            if rule.holds(known):
                cells = self.mapped(rule.field, rule.value, known)
                return tuple(dict.fromkeys(code for cell in cells for code in cell.split()))
        return ()

    @cached_property
    def computed(self) -> tuple[Field, ...]:
        """The computed fields of today, in the order of the pack: a later one may rest on an earlier one."""
        return tuple(f for f in self.fields.values() if f.entry == "computed" and not f.until)

    def mapped(self, source: str, key: str, values: Mapping[str, Value]) -> tuple[str, ...]:
        """What the codes of the field `source` map to under `key`, each once, in the order of the codes."""
        known = self.codes.get(self.fields[source].list_, {})
        mapped = (known[code].maps.get(key, "") for code in as_codes(values.get(source)) if code in known)
        return tuple(dict.fromkeys(one for one in mapped if one))

    def completeness(self, values: Mapping[str, Value]) -> tuple[int, int]:
        """How many of the minimum fields have a value, and how many there are. Unknown is a value."""
        return sum(name in values for name in self.required), len(self.required)

    def prefilled(self, facts: Mapping[str, Any]) -> Values:
        """The values that the coded facts of a case already give: what she told is not asked again."""
        found: Values = {}
        for spec in self.fields.values():
            if not spec.prefill or spec.prefill not in facts or spec.until:
                continue
            told = facts[spec.prefill]
            if not spec.coded:
                # What days have come is for whoever saves to say: a fact is of the past.
                found |= self.clean({spec.name: told}, date.max, (spec.entry,))[0]
                continue
            codes = [spec.prefill_values.get(str(one), str(one)) for one in as_codes(told)]
            known = [c for c in codes if c in self.current.get(spec.list_, frozenset())]
            if known:
                found[spec.name] = known if spec.many else known[0]
        return found


def crossed(values: Mapping[str, Value]) -> list[Problem]:
    """Pairs of dates NAME_start and NAME_end of which the second is surely before the first."""
    wrong = []
    for name, start in values.items():
        if name.endswith("_start"):
            end = values.get(name.removesuffix("_start") + "_end")
            if isinstance(end, str) and isinstance(start, str):
                width = min(len(start), len(end))
                if end[:width] < start[:width]:
                    wrong.append(Problem(name.removesuffix("_start") + "_end", "ends-before-it-begins"))
    return wrong
