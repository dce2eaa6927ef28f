"""Questions about records. Nothing here changes anything."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings

from resguardo import packs
from resguardo.cases import queries as cases
from resguardo.cases.errors import NotGranted
from resguardo.cases.models import Case
from resguardo.cases.queries import Reading
from resguardo.core import age
from resguardo.core.age import AgeError
from resguardo.core.codes import Field, Register, Values
from resguardo.core.record import Origin, Standing
from resguardo.people.holder import AUDITOR, Holder
from resguardo.registry.following import as_standing, follow, register
from resguardo.registry.models import Draft, Entry

SEALED_IN = "facts"
RECORD = "register"


@dataclass(frozen=True)
class Sheet:
    """A record as a holder may see it: what stands, what is sealed and open to them, what is being written.

    `sealed_from` is where the sealed part comes from. `doors` are the parts of the case as the holder finds
    them; `may_write` is whether the holder's party keeps the register.
    """

    case: Case
    register: Register
    standing: Standing
    sealed: Values = field(repr=False)
    sealed_from: Origin | None
    draft: dict[str, Any] | None = field(repr=False)
    drafted_at: datetime | None
    doors: Mapping[str, str]
    may_write: bool

    @property
    def may_seal(self) -> bool:
        """Whether the holder reads and writes the part in which what points at a person is sealed."""
        return self.doors.get(SEALED_IN) in ("open", "empty")

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
    """The record of `case` for `holder`, who has opened the case. Raises NotGranted for an auditor."""
    if holder.role == AUDITOR:
        raise NotGranted("An auditor reads no record of a case, only who did what and when.")
    found = as_standing(Entry.objects.filter(case=case).first() or follow(case))
    doors = cases.doors(case, holder)
    reading = sealed_reading(case, holder) if doors.get(SEALED_IN) == "open" else None
    row = Draft.objects.filter(case=case, party=holder.party).first()
    return Sheet(
        case=case,
        register=register(),
        standing=found,
        sealed=reading.content if reading else {},
        sealed_from=Origin("officer", reading.party, reading.at) if reading else None,
        draft=draft(row, holder) if row else None,
        drafted_at=row.at if row else None,
        doors=doors,
        may_write=holder.party in packs.load(settings.PACK).keepers,
    )


def sealed_reading(case: Case, holder: Holder) -> Reading | None:
    """What points at a person, as it was last written, by whom and when. Raises NotGranted."""
    if not case.group_keys.filter(group=SEALED_IN).exists():
        return None
    readings = cases.read_group(case, SEALED_IN, holder, RECORD)
    return readings[-1] if readings else None


def sealed_values(case: Case, holder: Holder) -> Values:
    """The values that point at a person; empty where nothing was written. Raises NotGranted."""
    reading = sealed_reading(case, holder)
    return reading.content if reading else {}


def draft(row: Draft, holder: Holder) -> dict[str, Any] | None:
    """What the holder's party has begun to write and not saved; None where its key is no longer held."""
    for identity in (holder.identity, *holder.older):
        with suppress(AgeError):
            content = json.loads(age.decrypt(bytes(row.sealed), identity))
            assert isinstance(content, dict)
            return content
    return None
