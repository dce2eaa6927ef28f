"""What changes a record of the register. A record is part of its case: every saving is an event of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
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
from resguardo.core.codes import Problem, Register, Value, Values, as_codes
from resguardo.core.record import REGISTERED, writing
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

    What is wrong is named and leaves the value that stood; everything else is as given. Raises NotGranted
    when the holder's party does not keep the register.
    """
    may_keep(by)
    lock(case)
    past, known = past_of(case), register()
    before = as_standing(follow(case))
    stands = {**before.values, **readable(case, by)}
    values, problems = settled(known, stands, given, by.party, timezone.localdate(at))
    hides = {one.name for one in known.fields.values() if one.sealed}
    sealed = {name: value for name, value in values.items() if name in hides}
    clear = {name: value for name, value in values.items() if name not in hides}
    change = writing(known, before, clear)
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


def settled(
    known: Register, stands: Values, given: Mapping[str, Any], party: str, today: date
) -> tuple[Values, tuple[Problem, ...]]:
    """What a record holds once `party` gave `given` over what `stands`, and what is wrong with what it gave.

    What its form does not show (retired, or not its own) stays; so does what stood where the new value is
    wrong, and a code that was retired since and comes back as it stood.
    """
    values, found = known.clean(given, today, ENTERED)
    problems = tuple(one for one in found if not same(given.get(one.field), stands.get(one.field)))
    wrong = {one.field for one in found}
    left = {
        name: value
        for name, value in stands.items()
        if name in wrong or (spec := known.fields.get(name)) is None or spec.until or not spec.seen_by(party)
    }
    return {**{n: v for n, v in values.items() if n not in wrong}, **left}, problems


def same(given: Any, stands: Value | None) -> bool:
    """Whether a form gave back what stood."""
    return stands is not None and as_codes(stands) == tuple(
        str(one) for one in (given if isinstance(given, list | tuple) else [given])
    )


def readable(case: Case, by: Holder) -> Values:
    """What is sealed in the record and open to `by`; nothing where they hold no key."""
    return sealed_values(case, by) if cases.doors(case, by).get(SEALED_IN) == "open" else {}


def seals_of(case: Case, sealed: Values, by: Holder) -> dict[str, tuple[str, dict[str, Any]]]:
    """What points at a person, to be sealed where it changed. Raises NotGranted where `by` cannot read it."""
    if cases.doors(case, by).get(SEALED_IN) not in ("open", "empty"):
        if sealed:
            raise NotGranted("Your institution does not hold the key of this part of the case.")
        return {}
    return {} if sealed == readable(case, by) else {SEALED_IN: (RECORD, dict(sealed))}


def keep_draft(case: Case, given: Mapping[str, Any], by: Holder, at: datetime) -> None:
    """Keep what is being written, sealed to the holder's party, whatever is wrong with it."""
    may_keep(by)
    payload = json.dumps(dict(given), ensure_ascii=False).encode()
    sealed = age.encrypt(payload, [by.identity.recipient])
    Draft.objects.update_or_create(case=case, party=by.party, defaults={"sealed": sealed, "at": at})


def drop_draft(case: Case, by: Holder) -> None:
    """Forget what was begun and not saved."""
    Draft.objects.filter(case=case, party=by.party).delete()
