"""What changes a case. `append` is the only door; every other verb here ends in it.

Each change is one transaction: the event, what it seals, the grants that the fold now gives or takes, and
what is owed. Source: design, ideas 1 and 2, and part 5.
"""

from __future__ import annotations

import json
import re
import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from resguardo.cases import grants, memory, queries
from resguardo.cases.errors import CaseError, Missing, NotGranted, NotOwed, Stuck
from resguardo.cases.finding import tokens_of
from resguardo.cases.models import Case, Event, Hidden, Owed, Part, Record, Token
from resguardo.core import age, history
from resguardo.core.fold import Folding, State, can_close
from resguardo.core.fold import Owed as OpenStep
from resguardo.core.history import HER
from resguardo.core.route import LEADER, Route
from resguardo.core.vault import HerKey, Receipt, open_receipt
from resguardo.people.holder import AUDITOR, Holder, her

NUMBER_SIGNS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
NATURES = ("guidance", "notice", "denuncia")
REASON = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")

Content = dict[str, Any]


@dataclass(frozen=True)
class Told:
    """What she tells, once. `texts` is her words by group; `facts` are codes of the route only.

    `consents` are the (consent, party) pairs she gave; `how` says whether she read or heard their texts.
    `leader` is the pseudonym of the leader who wrote for her; `hidden` are the (party, "unit" or "member",
    its name) from whom the case is hidden inside an institution.
    """

    nature: str
    language: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    texts: Mapping[str, Content] = field(default_factory=dict, repr=False)
    consents: Sequence[tuple[str, str]] = ()
    withheld: Sequence[str] = ()
    how: str = "read"
    leader: str = ""
    hidden: Sequence[tuple[str, str, str]] = ()


@dataclass(frozen=True)
class Opened:
    """A case just opened, the receipt to show her once, and her as its holder."""

    case: Case
    receipt: Receipt = field(repr=False)
    holder: Holder = field(repr=False)


@dataclass(frozen=True)
class Change:
    """One event to come, before it has a place in the chain. `seals` is (kind, content) by group."""

    kind: str
    step: str | None = None
    reason: str | None = None
    about: Mapping[str, Any] = field(default_factory=dict)
    seals: Mapping[str, tuple[str, Content]] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Fresh:
    """A receipt that no case has yet, and the key it opens."""

    receipt: Receipt = field(repr=False)
    key: HerKey = field(repr=False)


def fresh_receipt() -> Fresh:
    """A new receipt. Slow on purpose (Argon2id): to be made before a transaction holds others up."""
    receipt = Receipt.new()
    return Fresh(receipt, open_receipt(receipt, settings.RECEIPT_SALT.encode()))


def open_case(told: Told, at: datetime, fresh: Fresh | None = None) -> Opened:
    """Open a case with what she told and grant what the fold grants.

    Raises Missing for a fact or consent that the route does not know.
    """
    check_facts(told.facts, queries.current_route())
    return _open_case(told, at, fresh or fresh_receipt())


@transaction.atomic
def _open_case(told: Told, at: datetime, fresh: Fresh) -> Opened:
    route = queries.current_route()
    key, holder = fresh.key, her(fresh.key.identity)
    case = Case.objects.create(
        number=f"RG-{at:%Y}-" + "".join(secrets.choice(NUMBER_SIGNS) for _ in range(6)),
        route=route.ref,
        nature=told.nature,
        locator=key.locator,
        receipt_recipient=key.identity.recipient.text(),
        leader=told.leader,
        opened_at=at,
    )
    facts = {**told.facts, "nature": told.nature, "language": told.language}
    about = {"nature": told.nature, "route": route.ref, "language": told.language, "facts": facts}
    if told.leader:
        about["leader"] = told.leader
    changes = [Change("opened", about=about, seals={g: ("told", text) for g, text in told.texts.items()})]
    changes += [consent_change(case, consent, party, told.how) for consent, party in told.consents]
    changes += [Change("withheld", about={"party": party}) for party in told.withheld]
    changes += [Change("withheld", about={"party": p, kind: name}) for p, kind, name in told.hidden]
    append_all(case, changes, holder, at)
    return Opened(case, fresh.receipt, holder)


def append(
    case: Case,
    kind: str,
    by: Holder,
    at: datetime,
    *,
    step: str | None = None,
    reason: str | None = None,
    about: Mapping[str, Any] | None = None,
    seals: Mapping[str, tuple[str, Content]] | None = None,
) -> history.Event:
    """Append one event to the history of `case`: the only door through which a case changes.

    `reason` is a code, never free words; words go into `seals`, which are written to their groups' keys.
    """
    return append_all(case, [Change(kind, step, reason, about or {}, seals or {})], by, at)[0]


@dataclass(frozen=True)
class Past:
    """The last event of a case, and what its history has led to, ready to take what comes next.

    `before` is the state that the database shows, where that is not the folding's own (another route).
    """

    last: history.Event | None
    folding: Folding
    before: State | None = None


def past_of(case: Case) -> Past:
    """What has happened to `case`, which the caller has locked."""
    return Past(*queries.folded(case))


def lock(case: Case) -> None:
    """Let nobody else change `case` until the transaction ends."""
    locked = Case.objects.select_for_update().values_list("route", "leader").get(pk=case.pk)
    case.route, case.leader = locked


@transaction.atomic
def append_all(
    case: Case, changes: Sequence[Change], by: Holder, at: datetime, past: Past | None = None
) -> list[history.Event]:
    """Append several events as one change: grants and owed steps are reconciled once, at the end.

    `past` is what the caller read under the same lock, so that it need not be read twice.
    Raises Stuck when nobody would be left who could bring the case to its end.
    """
    if past is None:
        lock(case)
        past = past_of(case)
    return follow(case, changes, by, at, past)


def follow(
    case: Case, changes: Sequence[Change], by: Holder, at: datetime, past: Past
) -> list[history.Event]:
    """Write `changes` after `past`, and all that follows, inside the caller's transaction and lock."""
    if by.role == AUDITOR:
        raise NotGranted("An auditor changes nothing.")
    folding, before = past.folding, past.before or past.folding.state()
    previous = past.last
    sealing = grants.Sealing(case)
    records: list[Record] = []
    added: list[history.Event] = []
    found = {
        one for change in changes for group, (_, c) in change.seals.items() for one in tokens_of(group, c)
    }

    def add(change: Change) -> None:
        nonlocal previous
        previous = write(case, previous, change, by, at, sealing, records)
        folding.take(previous)
        added.append(previous)

    for change in changes:
        add(change)
    after = folding.state()
    if after.withheld != before.withheld or after.facts.get("nature") != before.facts.get("nature"):
        refuse_if_stuck(folding, after)
    for group in grants.to_renew(sealing, before, after):
        key = sealing.renew(group)
        add(Change("generation-begun", about={"group": group, "generation": key.generation}))
    save_events(case, added)
    sealing.save(before, after, by)
    if records:
        Record.objects.bulk_create(records_with_rows(records, sealing))
    if found:
        rows = [Token(case=case, group=group, kind=kind, value=value) for group, kind, value in sorted(found)]
        Token.objects.bulk_create(rows, ignore_conflicts=True)
    derive(case, before, after, at)
    if previous is not None:
        memory.remember(case.route, history.digest(history.canonical(previous)), folding)
    return added[: len(changes)]


def refuse_if_stuck(folding: Folding, after: State) -> None:
    """Raises Stuck when a case that is open could never come to its end."""
    if not after.closed and not can_close(folding.route, after.facts, after.withheld):
        raise Stuck(
            "Nobody would be left who could receive this case.",
            kept="Nothing was changed.",
            remedy="Leave it visible to at least one institution, or choose guidance.",
        )


def write(
    case: Case,
    previous: history.Event | None,
    change: Change,
    by: Holder,
    at: datetime,
    sealing: grants.Sealing,
    records: list[Record],
) -> history.Event:
    """The event that `change` becomes; what it seals is added to `records`."""
    if change.reason is not None and not REASON.fullmatch(change.reason):
        raise CaseError("A reason is a code; words belong in a sealed record.")
    about = dict(change.about)
    sealed = []
    for group, (kind, content) in change.seals.items():
        key = sealing.current(group)
        payload = age.encrypt(json.dumps(content, ensure_ascii=False).encode(), [key.recipient])
        record = Record(
            id=uuid.uuid4(),
            seq=0 if previous is None else previous.seq + 1,
            kind=kind,
            party=by.party,
            at=at,
            sealed=payload,
        )
        record.place = (group, key.generation)
        records.append(record)
        sealed.append(
            {
                "group": group,
                "generation": key.generation,
                "record": str(record.id),
                "sealed_sha256": history.digest(payload),
            }
        )
    if sealed:
        about["sealed"] = sealed
    return history.following(
        previous,
        case=case.number,
        at=at,
        kind=change.kind,
        party=by.party,
        role=by.role,
        actor=by.actor,
        step=change.step,
        reason=change.reason,
        about=about,
        salt=secrets.token_bytes(history.SALT),
    )


def save_events(case: Case, added: Sequence[history.Event]) -> None:
    """Write the rows of new events."""
    Event.objects.bulk_create(
        Event(
            case=case,
            seq=event.seq,
            kind=event.kind,
            party=event.party,
            at=event.at,
            line=history.canonical(event),
            of_item="item" in event.about,
        )
        for event in added
    )


def records_with_rows(records: Sequence[Record], sealing: grants.Sealing) -> list[Record]:
    """Point each record at the row of the key it is sealed to, now that the rows exist."""
    for record in records:
        record.key_id = sealing.row(*record.place).pk
    return list(records)


def derive(case: Case, before: State, after: State, at: datetime) -> None:
    """Write what follows from the fold: what is owed, who has a part, its nature, whether it is closed."""
    gone, fresh = set(before.open) - set(after.open), set(after.open) - set(before.open)
    if gone:
        case.owed.filter(step__in={owed.step for owed in gone}).delete()
    if fresh:
        steps = queries.route_named(case.route).steps
        rows = [owed_row(case, owed, steps[owed.step].late) for owed in after.open if owed in fresh]
        Owed.objects.bulk_create(rows)
    derive_sight(case, before, after)
    values = {
        "nature": after.facts.get("nature", case.nature),
        "leader": after.leader,
        "closed_at": (case.closed_at or at) if after.closed else None,
    }
    changed = [name for name, value in values.items() if getattr(case, name) != value]
    if changed:
        for name in changed:
            setattr(case, name, values[name])
        case.save(update_fields=changed)


def owed_row(case: Case, owed: OpenStep, told_to: str) -> Owed:
    """What is owed, as a row."""
    return Owed(
        case=case,
        step=owed.step,
        party=owed.party,
        since=owed.since,
        due=owed.due,
        assigned=owed.assigned,
        told_to=told_to,
        remind_at=None if owed.due is None else remind_at(owed.since, owed.due),
        told_soon="soon" in owed.told,
        told_late="late" in owed.told,
    )


def remind_at(since: datetime, due: datetime) -> datetime:
    """When a party is reminded: after three quarters of the time, at most a day before its end."""
    return due - min(timedelta(days=1), (due - since) / 4)


def derive_sight(case: Case, before: State, after: State) -> None:
    """Write who has a part in the case, and from which units and people of a party it is hidden."""
    gone = after.withheld - before.withheld
    fresh = parts(after) - (parts(before) if after.withheld == before.withheld else set())
    if fresh:
        rows = [Part(case=case, party=party) for party in sorted(fresh)]
        Part.objects.bulk_create(rows, ignore_conflicts=True)
    if gone:
        case.parts.filter(party__in=gone).delete()
    if (LEADER, "account") in before.sees - after.sees:
        case.parts.filter(party=LEADER).delete()
    if after.hidden != before.hidden:
        case.hidden.all().delete()
        Hidden.objects.bulk_create(
            Hidden(case=case, party=party, whom=whom) for party, whom in sorted(after.hidden)
        )


def parts(state: State) -> set[str]:
    """The parties that owe or see something."""
    return ({o.party for o in state.open} | {party for party, _ in state.sees}) - state.withheld - {HER}


@transaction.atomic
def do_step(
    case: Case,
    step: str,
    by: Holder,
    at: datetime,
    *,
    outcome: str | None = None,
    facts: Mapping[str, Any] | None = None,
    writes: Mapping[str, Content] | None = None,
) -> history.Event:
    """Do a step that `by` owes. What it shares is shared when this returns.

    Raises NotOwed when the step is no longer open (somebody else was first) or is another party's, and
    Missing when the outcome is not one of the step's or something is written where it may not be.
    """
    lock(case)
    past = past_of(case)
    spec = past.folding.route.steps.get(step)
    owed = past.folding.open.get(step)
    if spec is None or owed is None or owed.party != by.party:
        raise NotOwed(
            "This step is not open any more.",
            kept="What you wrote is still in the form.",
            remedy="See the timeline: somebody may have done it before you.",
        )
    if spec.outcomes and outcome not in spec.outcomes:
        raise Missing("Choose one of the outcomes of this step.", kept="What you wrote is still in the form.")
    if not set(writes or {}) <= set(spec.writes):
        raise Missing("This step does not write in that part of the case.")
    check_facts(facts or {}, past.folding.route)
    about: dict[str, Any] = {}
    if spec.outcomes:
        about["outcome"] = outcome
    if facts:
        about["facts"] = dict(facts)
    seals = {group: (step, content) for group, content in (writes or {}).items()}
    return follow(case, [Change("step-done", step, None, about, seals)], by, at, past)[0]


def check_facts(facts: Mapping[str, Any], route: Route) -> None:
    """Raises Missing unless every fact is one the route knows, with one of its values."""
    known = route.facts
    for name, value in facts.items():
        if name not in known or not known[name].allows(value):
            raise Missing("The fact %(name)s has no such value.", name=name if name in known else "?")


def consent_change(case: Case, consent: str, party: str, how: str) -> Change:
    """The change by which she consents. Raises Missing for a consent the route does not know."""
    route = queries.route_named(case.route)
    if consent not in route.consents or party not in route.parties:
        raise Missing("There is no such consent.")
    version = route.consents[consent].version
    return Change("consent-given", about={"consent": consent, "party": party, "text": version, "how": how})


def give_consent(
    case: Case, consent: str, party: str, by: Holder, at: datetime, how: str = "read"
) -> history.Event:
    """She consents, now or again; the groups open to `party` at once if `by` holds them."""
    return append_all(case, [consent_change(case, consent, party, how)], by, at)[0]


def withdraw_consent(case: Case, consent: str, party: str, by: Holder, at: datetime) -> history.Event:
    """She withdraws; every view that rested on this consent alone is empty when this returns.

    What that party had opened before cannot be undone; the history says what it was.
    """
    return append(case, "consent-withdrawn", by, at, about={"consent": consent, "party": party})


def change_nature(case: Case, nature: str, by: Holder, at: datetime, identity: Content) -> history.Event:
    """She goes further: from guidance to a notice, or to a denuncia with her name.

    Raises Missing when it is not a step further, or a denuncia comes without a name.
    """
    if nature not in NATURES or NATURES.index(nature) <= NATURES.index(case.nature):
        raise Missing("Choose one of the outcomes of this step.")
    if nature == "denuncia" and not identity.get("name"):
        raise Missing("Write your name: for a denuncia the law asks who you are.")
    seals = {"identity": ("told", identity)} if identity.get("name") else {}
    return append(case, "facts-recorded", by, at, about={"facts": {"nature": nature}}, seals=seals)


def withhold(case: Case, party: str, by: Holder, at: datetime) -> history.Event:
    """Hide the whole case from `party` (rule R23)."""
    return append(case, "withheld", by, at, about={"party": party})


def send_message(case: Case, text: str, by: Holder, at: datetime) -> history.Event:
    """Write into the two-way channel between her and whoever counsels her."""
    if not text.strip():
        raise Missing("The message is empty.", remedy="Write something, or leave it for later.")
    return append(case, "message-sent", by, at, seals={"channel": ("message", {"text": text})})


def ask_again(case: Case, group: str, reason: str, by: Holder, at: datetime) -> history.Event:
    """Write into the history that she is asked again for what is on file, and why (rule R28).

    Raises Missing for a part of the case that does not exist.
    """
    if group not in queries.route_named(case.route).groups:
        raise Missing("There is no such part of the case.")
    return append(case, "asked-again", by, at, reason=reason, about={"field": group})


def note_access(case: Case, groups: Sequence[str], by: Holder, at: datetime) -> None:
    """Write into the history that `by` opened `groups`: once a day for each person and group."""
    if by.is_her:
        return
    today = [
        e.about.get("group")
        for e in queries.events(case)
        if e.kind == "accessed" and e.actor == by.actor and e.at.date() == at.date() and "item" not in e.about
    ]
    fresh = [Change("accessed", about={"group": group}) for group in groups if group not in today]
    if fresh:
        append_all(case, fresh, by, at)
