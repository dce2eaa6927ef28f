"""What the page of a record shows, gathered by section: questions, what follows from them, what is told."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.utils import timezone

from resguardo.core.codes import Field, Problem, Register, Values
from resguardo.core.record import BY_HAND, TOLD
from resguardo.people.holder import Holder
from resguardo.registry.answers import whole_label
from resguardo.registry.commands import settled
from resguardo.registry.following import dumped
from resguardo.registry.queries import Sheet
from resguardo.registry.questions import Question, closed, question, shown
from resguardo.registry.words import DOORS, Whence

CHECK = "revisar"


@dataclass(frozen=True)
class Following:
    """A field that the program works out: what it comes to, and what a person chose in its place."""

    spec: Field
    label: str
    meaning: str
    worked_out: str
    told: str
    question: Question
    by_hand: bool


@dataclass(frozen=True)
class Told:
    """What she told under one lock of its own: the names of it, its door, and where it is read."""

    labels: str
    door: str
    words: str
    group: str


@dataclass(frozen=True)
class Section:
    """One part of the record as it is shown."""

    name: str
    title: str
    questions: tuple[Question, ...]
    follows: tuple[Following, ...]
    told: tuple[Told, ...]
    by_program: tuple[str, ...]
    closed: tuple[str, ...]
    retired: tuple[tuple[str, str, str], ...]

    @property
    def filled(self) -> int:
        """How many of its questions have a value."""
        return sum(not one.empty for one in self.questions)

    @property
    def wrong(self) -> int:
        """How many of its answers cannot stand."""
        return sum(bool(one.problem) for one in self.questions)


class Page:
    """The record of a sheet for one reader, in one language; `given` is what was typed and not saved."""

    def __init__(self, sheet: Sheet, holder: Holder, language: str, given: Mapping[str, Any] | None = None):
        self.sheet, self.holder, self.language = sheet, holder, language
        self.register: Register = sheet.register
        self.values: Mapping[str, Any] = given if given is not None else begun(sheet, holder.party)
        self.whence = Whence(sheet.case.route, holder.party, language)
        self.today: date = timezone.localdate()

    @cached_property
    def cleaned(self) -> tuple[Values, tuple[Problem, ...]]:
        """What the record would hold if it were saved now, and what is wrong with what was typed."""
        stands = {**self.sheet.standing.values, **self.sheet.sealed}
        return settled(self.register, stands, self.values, self.holder.party, self.today)

    @cached_property
    def entered(self) -> Values:
        """What people entered: nothing that the program works out."""
        fields = self.register.fields
        return {n: v for n, v in self.cleaned[0].items() if n in fields and fields[n].entry == "form"}

    @cached_property
    def worked_out(self) -> Values:
        """What follows from what people entered; where nothing does, what she told."""
        stands, origins = self.sheet.standing.values, self.sheet.standing.origins
        told = {
            one.name: stands[one.name]
            for one in self.register.computed
            if one.name in stands and origins[one.name].source in TOLD
        }
        return {**told, **self.register.compute(self.entered)}

    @cached_property
    def there(self) -> Values:
        """Every value that the record would hold."""
        return {**self.worked_out, **self.cleaned[0]}

    @cached_property
    def complete(self) -> tuple[int, int]:
        """How many of the minimum fields have a value, and how many there are."""
        return self.register.completeness(self.there)

    def by_hand(self, name: str) -> bool:
        """Whether somebody put another value in place of the one that the program works out."""
        return bool(self.values.get(name))

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """The fields that this reader is asked, in the order of the pack."""
        return self.sheet.fields(self.holder.party)

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """Every section that has something to show."""
        every = (self.section(name) for name in self.register.sections)
        return tuple(one for one in every if one.questions or one.follows or one.told)

    def section(self, name: str) -> Section:
        """One section: what is asked, what follows, what she told, what others see."""
        every = [one for one in self.register.fields.values() if one.section == name]
        mine = [one for one in self.fields if one.section == name]
        current = [one for one in every if not one.until]
        titles = self.register.sections[name]
        return Section(
            name=name,
            title=titles.get("en" if self.language.startswith("en") else "es", name),
            questions=tuple(self.question(one) for one in mine if one.entry == "form"),
            follows=tuple(self.following(one) for one in mine if one.entry == "computed"),
            told=self.told([one for one in current if one.entry == "told"]),
            by_program=tuple(one.in_(self.language) for one in current if one.entry == "auto"),
            closed=tuple(
                one.in_(self.language)
                for one in current
                if one.entry in ("form", "computed") and one not in mine
            ),
            retired=tuple(self.retired(one) for one in every if one.until and one.name in self.standing),
        )

    @cached_property
    def standing(self) -> Mapping[str, Any]:
        """What is saved and this reader may see."""
        every = {**self.sheet.standing.values, **self.sheet.sealed}
        fields = self.register.fields
        return {n: v for n, v in every.items() if n in fields and fields[n].seen_by(self.holder.party)}

    def question(self, spec: Field) -> Question:
        """A field to be asked; a closed door where it stands sealed and the key is not held."""
        if spec.sealed and not self.sheet.may_seal:
            return closed(spec, self.language)
        wrong = next((p.code for p in self.cleaned[1] if p.field == spec.name), "")
        value = self.values.get(spec.name)
        same = shown(self.register, spec, value, self.language) == self.shown(spec)
        told = self.origin(spec) if same else ""
        offered = self.offences if spec == self.offence_field else ()
        return question(self.register, spec, value, self.language, told=told, problem=wrong, offered=offered)

    def shown(self, spec: Field) -> str:
        """What is saved of a field, in words."""
        return shown(self.register, spec, self.standing.get(spec.name), self.language)

    def origin(self, spec: Field) -> str:
        """Where the saved value of a field comes from; empty where there is none."""
        if spec.name not in self.standing:
            return ""
        origin = self.sheet.sealed_from if spec.sealed else self.sheet.standing.origins.get(spec.name)
        return self.whence.say(origin) if origin else ""

    def following(self, spec: Field) -> Following:
        """A field that follows from others."""
        by_hand = self.by_hand(spec.name)
        value = self.values.get(spec.name) if by_hand else None
        return Following(
            spec=spec,
            label=spec.in_(self.language),
            meaning=spec.meaning(self.language),
            worked_out=shown(self.register, spec, self.worked_out.get(spec.name), self.language),
            told=self.origin(spec) if by_hand or self.told_by_her(spec) else "",
            question=question(self.register, spec, value, self.language),
            by_hand=by_hand,
        )

    def told_by_her(self, spec: Field) -> bool:
        """Whether she, or the leader beside her, gave the saved value of a field."""
        origin = self.sheet.standing.origins.get(spec.name)
        return origin is not None and origin.source in TOLD

    def told(self, fields: Sequence[Field]) -> tuple[Told, ...]:
        """What she told and keeps under its own locks: one door for each group of the case."""
        groups: dict[str, list[str]] = {}
        for spec in fields:
            groups.setdefault(spec.rule.partition(".")[0], []).append(spec.in_(self.language))
        doors = {group: self.sheet.doors.get(group, "closed") for group in groups}
        return tuple(
            Told(", ".join(labels), doors[group], str(DOORS[doors[group]]), group)
            for group, labels in groups.items()
        )

    def retired(self, spec: Field) -> tuple[str, str, str]:
        """A field that is asked no more: its label, what stands, where it comes from."""
        return spec.in_(self.language), self.shown(spec), self.origin(spec)

    @cached_property
    def offences(self) -> tuple[str, ...]:
        """The offences that might apply: candidates, the prosecutor decides."""
        return self.register.offences({**self.entered, **self.there})

    @cached_property
    def offence_field(self) -> Field | None:
        """The field that takes offences: the one whose list holds all that might apply."""
        for spec in self.fields:
            known = self.register.codes.get(spec.list_, {})
            if spec.entry == "form" and self.offences and set(self.offences) <= set(known):
                return spec
        return None

    def rows(self, section: str) -> list[dict[str, Any]]:
        """What is saved of a section, to read: labels, values in words, whence they come, closed doors."""
        return [
            {
                "label": one.in_(self.language),
                "shown": self.shown(one),
                "told": self.origin(one),
                "sealed": one.sealed,
                "door": one.sealed and not self.sheet.may_seal,
            }
            for one in self.fields
            if one.section == section
        ]

    @cached_property
    def missing(self) -> tuple[tuple[Field, str], ...]:
        """The minimum fields without a value that somebody fills in, with their labels."""
        return tuple((one, one.in_(self.language)) for one in self.lacking if one.entry == "form")

    @cached_property
    def lacking(self) -> tuple[Field, ...]:
        """The minimum fields without a value, in the order of the pack."""
        needed = self.register.required
        return tuple(one for one in self.fields if one.name in needed and one.name not in self.there)

    @property
    def to_work_out(self) -> int:
        """How many minimum fields wait for others from which they follow."""
        return len(self.lacking) - len(self.missing)

    @cached_property
    def wrong(self) -> tuple[Question, ...]:
        """The questions whose answers cannot stand."""
        return tuple(one for section in self.sections for one in section.questions if one.problem)

    @cached_property
    def steps(self) -> tuple[tuple[str, str], ...]:
        """The pages of the way step by step: names and titles."""
        return tuple((one.name, one.title) for one in self.sections if one.questions or one.follows)

    @cached_property
    def places(self) -> list[tuple[str, list[str]]]:
        """For each list of places that is asked, their names with those of their groups."""
        lists = dict.fromkeys(one.list_ for one in self.fields if one.kind == "place")
        return [
            (
                name,
                [
                    whole_label(self.register, name, code.code, self.language)
                    for code in self.register.lists[name]
                    if not code.until
                ],
            )
            for name in lists
        ]

    @property
    def mark(self) -> str:
        """What tells whether the record changed while somebody was writing."""
        stands = dumped([self.sheet.standing.values, self.sheet.sealed])
        return hashlib.blake2b(stands.encode(), digest_size=8).hexdigest()


def begun(sheet: Sheet, party: str) -> Values:
    """What a form begins with: the draft, or what stands; what the program worked out only if corrected."""
    if sheet.draft is not None:
        return sheet.draft
    mine = {one.name for one in sheet.fields(party)}
    found: Values = {}
    for name, value in sheet.values.items():
        origin = sheet.standing.origins.get(name)
        if name not in mine:
            continue
        if sheet.register.fields[name].entry == "form" or (origin and origin.source in BY_HAND):
            found[name] = value
    return found


def beside(steps: Sequence[tuple[str, str]], here: str) -> tuple[str, str]:
    """The steps before and after `here`; the check of everything comes last."""
    names = [name for name, _ in steps] + [CHECK]
    place = names.index(here)
    return names[place - 1] if place else "", names[place + 1] if place + 1 < len(names) else ""
