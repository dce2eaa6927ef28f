"""What officers do to their own work: take a step, pass it on, go back, ask one another, break the glass.

Each is an event of the case; the reason of an exception is a code, its words are sealed for the institutions.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from resguardo.cases.commands import Change, append_all, lock, past_of
from resguardo.cases.errors import Missing, NotGranted, NotOwed
from resguardo.cases.models import Case
from resguardo.core import history
from resguardo.core.fold import State, may_add
from resguardo.people.holder import ADMIN, AUDITOR, Holder
from resguardo.people.models import Member

COORDINATION = "coordination"
GLASS = timedelta(hours=24)


@transaction.atomic
def assign(case: Case, step: str, to: str, by: Holder, at: datetime) -> history.Event | None:
    """Put a step of `by`'s party in the hands of the member whose pseudonym is `to`; empty: of nobody.

    None when it is so already. Raises NotOwed when the step is not the party's to do now, and Missing when
    `to` may not work on this case.
    """
    lock(case)
    past = past_of(case)
    owed = past.folding.open.get(step)
    if owed is None or owed.party != by.party:
        raise NotOwed("This step is not open any more.", remedy="See the timeline.")
    if to == owed.assigned:
        return None
    if owed.assigned not in ("", by.actor) and by.role != ADMIN:
        raise NotGranted(
            "A colleague has this step in hand.",
            remedy="Ask them, or the administrator of your institution, to pass it on.",
        )
    if to and to not in hands(case, by.party, past.folding.state()):
        raise Missing("This person may not work on this case.", remedy="Choose somebody of the list.")
    change = Change("assigned", step, about={"to": to})
    return append_all(case, [change], by, at, past)[0]


def hands(case: Case, party: str, state: State) -> dict[str, str]:
    """Who of `party` may be given a step of the case: pseudonym and name; not those it is hidden from."""
    hidden = {whom for one, whom in state.hidden if one == party}
    members = Member.objects.filter(party=party, is_active=True).exclude(role=AUDITOR).order_by("name")
    return {
        m.pseudonym: m.name
        for m in members
        if f"member:{m.pseudonym}" not in hidden and f"unit:{m.unit}" not in hidden
    }


@transaction.atomic
def go_back(case: Case, step: str, reason: str, by: Holder, at: datetime, note: str = "") -> history.Event:
    """Owe again a step that `by`'s party did, and with it what was done on its strength.

    Raises NotOwed when the step does not stand, or another party did it.
    """
    lock(case)
    past = past_of(case)
    state = past.folding.state()
    done = state.done.get(step, ())
    if (
        step not in state.standing
        or not done
        or done[-1].party != by.party
        or step == past.folding.route.start
    ):
        raise NotOwed("Only what your own institution did, and still stands, can be done again.")
    change = Change("step-reopened", step, reason, seals=sealed_note(state, by, "note", note))
    return append_all(case, [change], by, at, past)[0]


@transaction.atomic
def ask_for(case: Case, step: str, reason: str, text: str, by: Holder, at: datetime) -> history.Event:
    """Ask for an ad-hoc step, with what is asked: a request from one institution to another.

    The words are sealed to the first group that the answer needs, which both must see.

    Raises NotOwed when the route does not have it as such, or its party has no part in the case, and
    NotGranted when `by` may not write to the other institutions.
    """
    lock(case)
    past = past_of(case)
    state = past.folding.state()
    if not may_add(past.folding.route, state, step):
        raise NotOwed("This cannot be asked for in this case.", kept="What you wrote is still in the form.")
    group = past.folding.route.steps[step].needs[0]
    if (by.party, group) not in state.sees:
        raise NotGranted("Your institution has no part in the coordination of this case.")
    if not text.strip():
        raise Missing("Say what you need.", kept="What you wrote is still in the form.")
    change = Change("step-added", step, reason, seals={group: ("request", {"text": text})})
    return append_all(case, [change], by, at, past)[0]


def sealed_note(state: State, by: Holder, kind: str, text: str) -> dict[str, tuple[str, dict[str, str]]]:
    """Words of an officer, for the institutions that coordinate; none where `by` has no part in that."""
    if not text.strip() or (by.party, COORDINATION) not in state.sees:
        return {}
    return {COORDINATION: (kind, {"text": text})}


def may_read(state: State, events: Sequence[history.Event], holder: Holder, at: datetime) -> bool:
    """Whether `holder` may open what the case holds: nobody of theirs has it in hand, or they do or did.

    Whoever is not among them breaks the glass, for a day.
    """
    mine = [owed for owed in state.open if owed.party == holder.party and owed.assigned]
    if not mine or any(owed.assigned == holder.actor for owed in mine):
        return True
    return any(
        event.actor == holder.actor
        and (event.kind == "step-done" or (event.kind == "glass-broken" and at - event.at <= GLASS))
        for event in events
    )
