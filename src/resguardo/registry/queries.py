"""Questions about records. Nothing here changes anything."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from resguardo import packs
from resguardo.cases import queries as cases
from resguardo.cases.models import Case
from resguardo.core import age
from resguardo.core.age import AgeError
from resguardo.core.codes import Field, Register, Values
from resguardo.core.record import Standing
from resguardo.people.holder import Holder
from resguardo.registry.following import as_standing, follow, register
from resguardo.registry.models import Draft, Entry

SEALED_IN = "facts"
RECORD = "register"


@dataclass(frozen=True)
class Sheet:
    """A record as a holder may see it: what stands, what is sealed and open to them, what is being written.

    `may_write` is whether the holder's party keeps the register; `may_seal` whether it reads the group in
    which what points at a person is sealed.
    """

    case: Case
    register: Register
    standing: Standing
    sealed: Values = field(repr=False)
    draft: dict[str, Any] | None = field(repr=False)
    may_write: bool
    may_seal: bool

    @property
    def values(self) -> dict[str, Any]:
        """What the form begins with: the draft where there is one, else what stands."""
        return self.draft if self.draft is not None else {**self.standing.values, **self.sealed}

    def fields(self, party: str) -> tuple[Field, ...]:
        """The fields of the form that `party` may see, in the order of the pack."""
        return tuple(
            one
            for one in self.register.fields.values()
            if one.entry in ("form", "computed") and not one.until and one.seen_by(party)
        )


def sheet(case: Case, holder: Holder) -> Sheet:
    """The record of `case` for `holder`, who has opened the case."""
    found = as_standing(Entry.objects.filter(case=case).first() or follow(case))
    may_seal = cases.doors(case, holder).get(SEALED_IN) in ("open", "empty")
    return Sheet(
        case=case,
        register=register(),
        standing=found,
        sealed=sealed_values(case, holder) if may_seal else {},
        draft=draft(case, holder),
        may_write=holder.party in packs.load(settings.PACK).keepers,
        may_seal=may_seal,
    )


def sealed_values(case: Case, holder: Holder) -> Values:
    """What points at a person, as it was last written; empty where nothing was. Raises NotGranted."""
    if not case.group_keys.filter(group=SEALED_IN).exists():
        return {}
    readings = cases.read_group(case, SEALED_IN, holder, RECORD)
    return readings[-1].content if readings else {}


def draft(case: Case, holder: Holder) -> dict[str, Any] | None:
    """What the holder's party has begun to write and not saved."""
    row = Draft.objects.filter(case=case, party=holder.party).first()
    if row is None:
        return None
    for identity in (holder.identity, *holder.older):
        with suppress(AgeError):
            content = json.loads(age.decrypt(bytes(row.sealed), identity))
            assert isinstance(content, dict)
            return content
    return None
