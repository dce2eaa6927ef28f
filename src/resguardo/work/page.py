"""What the case page shows, gathered in the order in which an officer needs it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from resguardo import packs
from resguardo.capture.errors import NOTES
from resguardo.cases import commands as cases
from resguardo.cases import queries, working
from resguardo.cases.models import Case
from resguardo.cases.working import COORDINATION
from resguardo.core.fold import State, may_add
from resguardo.core.history import Event
from resguardo.core.route import Route, holds
from resguardo.evidence import queries as evidence
from resguardo.people.holder import ADMIN, AUDITOR, Holder
from resguardo.work import drawing
from resguardo.work.forms import Message
from resguardo.work.phrases import OWN_LISTS, fact_words, party_title, sentence

LABELS = {
    "text": _("Words"),
    "when": _("When"),
    "day": _("Day"),
    "links": _("Links and accounts"),
    "platform": _("Where online"),
    "who": _("Who"),
    "safe_contact": _("What is safe"),
    "safe_time": _("When it is safe"),
    "how": _("Number, person or place, and hour"),
    "name": _("Name"),
    "document": _("DPI"),
}


def case_page(case: Case, holder: Holder, language: str) -> dict[str, Any]:
    """Everything on the case page; that its open parts were read is written into the history."""
    route = queries.route_named(case.route)
    doors = queries.doors(case, holder)
    parts = read_parts(case, holder, route, doors, language)
    if holder.role != AUDITOR:
        cases.note_access(case, [p["name"] for p in parts if p["readings"]], holder, timezone.now())
    state, events, now = queries.state(case), queries.events(case), timezone.now()
    told = [happened(route, event, language) for event in reversed(events)]
    return {
        "case": case,
        "title": case.number,
        "party": party_title(route, holder.party, language),
        **owed(case, route, state, holder, language),
        **coordination(case, route, state, holder, doors, language),
        "facts": [
            {"title": route.facts[n].title.in_(language), "value": fact_words(n, v, language)}
            for n, v in state.facts.items()
            if n in route.facts
        ],
        "parts": parts,
        "closed_parts": closed_parts(route, doors, language),
        "items": evidence.items(case, holder),
        "captures": captures(case, holder) if doors.get("evidence") == "open" else [],
        "may_open": doors.get("evidence") == "open",
        "may_capture": doors.get("evidence") in ("open", "empty"),
        "minor": state.facts.get("minor_in_image") == "yes",
        "channel": doors.get("channel"),
        "messages": queries.messages(case, holder) if doors.get("channel") == "open" else [],
        "message_form": Message(route, language),
        "answers": [(a.id, a.title.in_(language)) for a in packs.load(settings.PACK).answers],
        "me": holder.party,
        "timeline": told,
        "viewers": [one for one in told if one["kind"] == "accessed"],
        "asked_again": sum(e.kind == "asked-again" for e in events),
        "image_openings": sum(e.kind == "accessed" and "item" in e.about for e in events),
        "drawing": drawing.draw(route, state, timezone.localtime(now), language),
        "rows": drawing.describe(route, state, timezone.localtime(now), language),
        "closed": state.closed,
        "auditor": holder.role == AUDITOR,
    }


def happened(route: Route, event: Event, language: str) -> dict[str, Any]:
    """One event as the timeline shows it."""
    return {
        "at": event.at,
        "kind": event.kind,
        "party": party_title(route, event.party, language),
        "actor": event.actor,
        "text": sentence(route, event, language),
    }


def owed(case: Case, route: Route, state: State, holder: Holder, language: str) -> dict[str, Any]:
    """What this party must do now, in whose hands it is, what it did, and what it waits for."""
    now, people = timezone.now(), working.hands(case, holder.party, state)
    mine, others = [], []
    for one in state.open:
        step = route.steps[one.step]
        if one.party != holder.party:
            others.append(
                {"party": party_title(route, one.party, language), "title": step.title.in_(language)}
            )
            continue
        mine.append(
            {
                "step": one.step,
                "title": step.title.in_(language),
                "does": step.does.in_(language) if step.does else "",
                "due": one.due,
                "late": bool(one.due and one.due < now),
                "basis": step.basis,
                "assigned": one.assigned,
                "hands": people.get(one.assigned, ""),
                "may_pass": one.assigned in ("", holder.actor) or holder.role == ADMIN,
                "unread": [
                    route.groups[g].title.in_(language) for g in step.needs if not sees(state, holder, g)
                ],
                "by_message": step.called_by == "message-sent",
            }
        )
    done = [
        {"step": name, "title": route.steps[name].title.in_(language), "at": state.done[name][-1].at}
        for name in route.steps
        if name in state.standing and state.done[name][-1].party == holder.party
    ]
    return {"owed": mine, "waiting": others, "people": people, "done": done}


def sees(state: State, holder: Holder, group: str) -> bool:
    """Whether the holder's party sees `group` now."""
    return (holder.party, group) in state.sees


def coordination(
    case: Case, route: Route, state: State, holder: Holder, doors: dict[str, str], language: str
) -> dict[str, Any]:
    """What the institutions wrote to one another, and whether this party may ask for something."""
    readings = queries.read_group(case, COORDINATION, holder) if doors.get(COORDINATION) == "open" else []
    notes = [
        {"party": party_title(route, r.party, language), "at": r.at, "text": r.content.get("text", "")}
        for r in readings
    ]
    may_ask = any(
        may_add(route, state, name) and step.who != holder.party and sees(state, holder, step.needs[0])
        for name, step in route.steps.items()
    )
    return {"notes": notes, "may_ask": may_ask}


def captures(case: Case, holder: Holder) -> list[dict[str, Any]]:
    """The public pages that were captured into the case, and what has to be known of each."""
    readings = queries.read_group(case, "evidence", holder, "capture")
    return [
        {**r.content, "at": r.at, "notes": [_(NOTES[note]) for note in r.content["notes"] if note in NOTES]}
        for r in readings
        if "final_address" in r.content
    ]


def read_parts(
    case: Case, holder: Holder, route: Route, doors: dict[str, str], language: str
) -> list[dict[str, Any]]:
    """The parts of the case that this party may read, opened; files and messages have their own place."""
    answer = []
    for name, door in doors.items():
        if name in ("evidence", "channel", "seal", COORDINATION) or door not in ("open", "empty"):
            continue
        readings = queries.read_group(case, name, holder) if door == "open" else []
        answer.append(
            {
                "name": name,
                "title": route.groups[name].title.in_(language),
                "readings": [
                    {
                        "at": r.at,
                        "party": party_title(route, r.party, language),
                        "rows": [
                            (LABELS.get(k, k), fact_words(k, v, language) if k in OWN_LISTS else v)
                            for k, v in r.content.items()
                            if v and k != "versions"
                        ],
                    }
                    for r in readings
                ],
            }
        )
    return answer


def closed_parts(route: Route, doors: dict[str, str], language: str) -> list[dict[str, str]]:
    """The doors that stay closed, by name, and why."""
    why = {
        "closed": _("Closed: no consent of hers and no law opens it to your institution."),
        "waiting": _("Waiting: it opens when somebody who holds its key signs in."),
    }
    return [
        {"title": route.groups[name].title.in_(language), "why": why[door]}
        for name, door in doors.items()
        if door in why and name not in ("seal", COORDINATION)
    ]


def shares_preview(route: Route, state: State, step: str, language: str) -> list[dict[str, Any]]:
    """What doing `step` shows to whom, and under what: the consent given or missing, or the law."""
    answer = []
    for share in route.steps[step].shares:
        if not holds(share.when, state.facts):
            continue
        given = bool(share.law) or (share.consent, share.to) in state.consents
        basis = share.law or route.consents[share.consent].title.in_(language)
        answer.append(
            {
                "to": route.parties[share.to].title.in_(language),
                "what": [route.groups[group].title.in_(language) for group in share.what],
                "law": bool(share.law),
                "basis": basis,
                "unconfirmed": bool(share.law) and share.status != "VERIFIED",
                "given": given and share.to not in state.withheld,
            }
        )
    return answer
