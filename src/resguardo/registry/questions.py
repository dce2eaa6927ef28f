"""A field of the register as a question on the screen: its shape follows from its kind and its list.

Up to six codes are buttons in a row; more are a list to choose from. Where several may be chosen of a long
list, what is chosen and "unknown" stay in view and the rest waits behind a fold.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from django.utils.translation import gettext as _

from resguardo.core.codes import NO_VALUE, Code, Field, Register, Value, as_codes
from resguardo.registry.answers import PREFIX, group_label, whole_label
from resguardo.registry.errors import WORDS

Shape = Literal["radios", "select", "checks", "place", "line", "lines", "closed"]
FEW, IN_VIEW, MANY = 6, 9, 24
SET_APART = NO_VALUE | {"nd", "no_answer"}


@dataclass(frozen=True)
class Choice:
    """One code that can be chosen, or that was and is retired since."""

    code: str
    label: str
    meaning: str
    chosen: bool
    retired: bool = False
    apart: bool = False


@dataclass(frozen=True)
class Question:
    """One field on the screen. `near` are the choices in view, `groups` those behind a fold or in a select.

    `text` is what an input begins with, `told` where the value comes from, `shown` the value in words.
    """

    spec: Field
    label: str
    meaning: str
    shape: Shape
    near: tuple[Choice, ...] = ()
    groups: tuple[tuple[str, tuple[Choice, ...]], ...] = ()
    text: str = ""
    told: str = ""
    shown: str = field(default="", repr=False)
    problem: str = ""
    empty: bool = True
    searched: bool = False
    example: str = ""
    offered: tuple[Choice, ...] = ()

    @property
    def name(self) -> str:
        """The name of its inputs."""
        return PREFIX + self.spec.name

    @property
    def wide(self) -> bool:
        """Whether it takes the whole width."""
        return self.shape == "lines" or self.searched

    @property
    def folded(self) -> int:
        """How many choices wait behind a fold."""
        return sum(len(ones) for _title, ones in self.groups)

    @property
    def needed(self) -> bool:
        """Whether the smallest whole record has it."""
        return self.spec.level == "M"

    @property
    def missing(self) -> bool:
        """Whether it is needed and has no value."""
        return self.needed and self.empty

    @property
    def sealed(self) -> bool:
        """Whether it stands under the lock of the case."""
        return self.spec.sealed

    @property
    def described(self) -> str:
        """The ids of what explains it, for whoever listens to the page."""
        parts = (("hint", self.meaning), ("told", self.told), ("wrong", self.problem), ("lock", self.sealed))
        return " ".join(f"{part}-{self.spec.name}" for part, there in parts if there)

    @property
    def typed(self) -> str:
        """What kind of keys a phone shows for it."""
        return "numeric" if self.spec.kind in ("int", "year") else "text"


def question(
    register: Register,
    spec: Field,
    value: Value | Any,
    language: str,
    *,
    told: str = "",
    problem: str = "",
    offered: Collection[str] = (),
) -> Question:
    """The question of `spec` with `value` as it stands or was typed; `offered` are codes to consider."""
    shape = shape_of(register, spec)
    near, groups = choices(register, spec, value, language, shape, offered)
    codes = as_codes(value)
    searched = shape == "checks" and len(register.current[spec.list_]) > MANY
    return Question(
        spec=spec,
        label=spec.in_(language),
        meaning=spec.meaning(language),
        shape=shape,
        near=near,
        groups=groups,
        text=typed(register, spec, codes, language),
        told=told,
        shown=shown(register, spec, value, language),
        problem=str(WORDS.get(problem, "")),
        empty=not codes,
        searched=searched,
        example=example(register, spec) if searched else "",
        offered=tuple(c for c in near if c.code in offered and not c.chosen),
    )


def example(register: Register, spec: Field) -> str:
    """Everyday words of the first code that has some, to show what can be searched."""
    return next((one.words[0] for one in register.lists[spec.list_] if one.words), "")


def closed(spec: Field, language: str) -> Question:
    """A field that the reader may not open: its name, and nothing else."""
    return Question(spec, spec.in_(language), spec.meaning(language), "closed", empty=False)


def shape_of(register: Register, spec: Field) -> Shape:
    """How a field is asked."""
    if spec.kind == "code":
        return "radios" if len(register.current[spec.list_]) <= FEW else "select"
    shapes: Mapping[str, Shape] = {"codes": "checks", "place": "place", "texts": "lines"}
    return shapes.get(spec.kind, "line")


def choices(
    register: Register, spec: Field, value: Any, language: str, shape: Shape, offered: Collection[str]
) -> tuple[tuple[Choice, ...], tuple[tuple[str, tuple[Choice, ...]], ...]]:
    """What can be chosen: in view, and in groups behind."""
    if shape not in ("radios", "select", "checks"):
        return (), ()
    chosen = set(as_codes(value))
    every = [
        _choice(one, language, chosen)
        for one in register.lists[spec.list_]
        if not one.until or one.code in chosen
    ]
    every = [one for one in every if not one.apart] + [one for one in every if one.apart]
    if shape == "radios" or (shape == "checks" and len(every) <= IN_VIEW):
        return tuple(every), ()
    near = tuple(c for c in every if shape == "checks" and (c.chosen or c.apart or c.code in offered))
    groups: dict[str, list[Choice]] = {}
    for one in every:
        if one not in near:
            title = _("Otherwise") if one.apart else group_label(register, spec.list_, one.code, language)
            groups.setdefault(title, []).append(one)
    return near, tuple((title, tuple(ones)) for title, ones in groups.items())


def _choice(one: Code, language: str, chosen: set[str]) -> Choice:
    return Choice(
        one.code,
        one.in_(language),
        one.meaning(language),
        one.code in chosen,
        bool(one.until),
        one.code in SET_APART,
    )


def typed(register: Register, spec: Field, codes: tuple[str, ...], language: str) -> str:
    """What the input of a field begins with."""
    if spec.kind == "place":
        return whole_label(register, spec.list_, codes[0], language) if codes else ""
    return "\n".join(codes)


def shown(register: Register, spec: Field, value: Any, language: str) -> str:
    """A value in words: labels of codes, retired ones too; words as they are."""
    codes = as_codes(value)
    if spec.kind == "place":
        return whole_label(register, spec.list_, codes[0], language) if codes else ""
    if spec.coded:
        return ", ".join(register.label(spec.name, code, language) for code in codes)
    return ("\n" if spec.kind == "texts" else ", ").join(codes)
