"""What changes a record of the register. A record is part of its case: every saving is an event of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from resguardo import packs
from resguardo.cases import queries as cases
from resguardo.cases.commands import Change, append_all, lock, past_of
from resguardo.cases.errors import NotGranted
from resguardo.cases.models import Case
from resguardo.core import age, history
from resguardo.core.codes import Problem, Register, Values
from resguardo.core.record import REGISTERED, Standing, writing
from resguardo.people.holder import AUDITOR, Holder
from resguardo.registry.following import as_standing, follow, register
from resguardo.registry.models import Draft, Entry
from resguardo.registry.queries import RECORD, SEALED_IN, sealed_values

ENTERED = ("form", "computed")


@dataclass(frozen=True)
class Recorded:
    """A record after it was saved; `event` is None where nothing was new. What is wrong was left out."""

    entry: Entry
    event: history.Event | None
    problems: tuple[Problem, ...]


@transaction.atomic
def record(
    case: Case, given: Mapping[str, Any], by: Holder, at: datetime, source: str = "officer"
) -> Recorded:
    """Save the record of `case` as `by` filled it in; `source` is where they have it from (core.record).

    What is wrong is left out and named; everything else stands. Raises NotGranted when the holder's party
    does not keep the register.
    """
    may_keep(by)
    lock(case)
    past, known = past_of(case), register()
    before = as_standing(follow(case))
    values, problems = known.clean(given, timezone.localdate(at), ENTERED)
    sealed = {name: value for name, value in values.items() if known.fields[name].sealed}
    clear = {name: value for name, value in values.items() if name not in sealed}
    change = writing(known, before, {**untouched(known, before, by.party), **clear})
    seals = seals_of(case, sealed, by)
    event = None
    if not change.nothing or seals or not before.ref:
        about = change.about(known.ref, source)
        event = append_all(case, [Change(REGISTERED, about=about, seals=seals)], by, at, past)[0]
    Draft.objects.filter(case=case, party=by.party).delete()
    return Recorded(follow(case), event, problems)


def may_keep(by: Holder) -> None:
    """Raises NotGranted unless the holder's party keeps the register, and they are no auditor."""
    if by.party not in packs.load(settings.PACK).keepers or by.role == AUDITOR:
        raise NotGranted("Your institution does not keep this register.")


def untouched(known: Register, before: Standing, party: str) -> Values:
    """The values that a form of `party` does not show, and so leaves as they are: retired or not its own."""
    return {
        name: value
        for name, value in before.values.items()
        if (spec := known.fields.get(name)) is None or spec.until or not spec.seen_by(party)
    }


def seals_of(case: Case, sealed: Values, by: Holder) -> dict[str, tuple[str, dict[str, Any]]]:
    """What points at a person, to be sealed where it changed. Raises NotGranted where `by` cannot read it."""
    if cases.doors(case, by).get(SEALED_IN) not in ("open", "empty"):
        if sealed:
            raise NotGranted("Your institution does not hold the key of this part of the case.")
        return {}
    return {} if sealed == sealed_values(case, by) else {SEALED_IN: (RECORD, dict(sealed))}


def keep_draft(case: Case, given: Mapping[str, Any], by: Holder, at: datetime) -> None:
    """Keep what is being written, sealed to the holder's party, whatever is wrong with it."""
    may_keep(by)
    payload = json.dumps(dict(given), ensure_ascii=False).encode()
    sealed = age.encrypt(payload, [by.identity.recipient])
    Draft.objects.update_or_create(case=case, party=by.party, defaults={"sealed": sealed, "at": at})


def drop_draft(case: Case, by: Holder) -> None:
    """Forget what was begun and not saved."""
    Draft.objects.filter(case=case, party=by.party).delete()
