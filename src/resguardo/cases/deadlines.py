"""Deadlines: who is told, once, that a step is soon due or late.

The event is the truth that somebody was told; it is written with the mails to be sent in one transaction,
so that a worker that dies tells nobody twice and forgets nobody. A mail says that something is due, never
what or about whom (rule R03).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from resguardo.cases.commands import Change, append_all, lock, past_of, remind_at
from resguardo.cases.models import Case, Owed
from resguardo.cases.working import hands, sealed_note
from resguardo.core.fold import State
from resguardo.core.route import LEADER
from resguardo.jobs.commands import enqueue, handles
from resguardo.people.holder import Holder, system
from resguardo.people.models import Member

EVERY, LEASE = timedelta(seconds=15), timedelta(seconds=25)
BATCH = 200


@handles("deadlines", every=EVERY, lease=LEASE)
def deadlines(at: datetime) -> None:
    """Tell of every step that is late or soon due and has not been told of."""
    late = Owed.objects.filter(told_late=False, due__lt=at)
    soon = Owed.objects.filter(told_soon=False, told_late=False, remind_at__lte=at, due__gte=at)
    for what, rows in (("late", late), ("soon", soon)):
        for case in Case.objects.filter(pk__in=rows.values("case")[:BATCH]):
            tell(case, what, at)


@transaction.atomic
def tell(case: Case, what: str, at: datetime) -> int:
    """Write that the parties concerned are told of what is `late` or `soon` in `case`; how many steps."""
    lock(case)
    past = past_of(case)
    route, changes = past.folding.route, []
    for owed in past.folding.open.values():
        is_late = owed.due is not None and owed.due < at
        if owed.due is None or what in owed.told or is_late != (what == "late"):
            continue
        if what == "soon" and not at >= remind_at(owed.since, owed.due):
            continue
        to = (route.steps[owed.step].late or owed.party) if is_late else owed.party
        due = owed.due.isoformat()
        changes.append(Change("notice", owed.step, about={"what": what, "to": to, "due": due}))
        for member in told_of(case, to, past.folding.state(), owed.assigned if to == owed.party else ""):
            enqueue("mail-deadline", at, member=member.pk, what=what)
    if changes:
        append_all(case, changes, system(), at, past)
    return len(changes)


def told_of(case: Case, party: str, state: State, assigned: str = "") -> list[Member]:
    """The people of a party who are told: whoever has the step in hand, or else all who may work on the case.

    Nobody from whom the case is hidden is told anything, and of the leaders only the one beside her.
    """
    people = [state.leader] if party == LEADER else list(hands(case, party, state))
    members = Member.objects.filter(party=party, is_active=True, pseudonym__in=people).exclude(email="")
    return list(members.filter(pseudonym=assigned)) or list(members)


@transaction.atomic
def break_glass(case: Case, reason: str, note: str, by: Holder, at: datetime) -> None:
    """Open a case that colleagues have in hand, in an emergency; the other parties are told with it."""
    lock(case)
    past = past_of(case)
    state = past.folding.state()
    seals = sealed_note(state, by, "note", note)
    append_all(case, [Change("glass-broken", None, reason, seals=seals)], by, at, past)
    for party in case.parts.exclude(party=by.party).values_list("party", flat=True):
        for member in told_of(case, party, state):
            enqueue("mail-deadline", at, member=member.pk, what="glass")


@handles("mail-deadline", lease=LEASE)
def mail_deadline(at: datetime, member: int, what: str, job: int) -> None:
    """Send one mail. A second try carries the same Message-ID, so that it is one mail to its reader."""
    to = Member.objects.filter(pk=member, is_active=True).first()
    if to is None or not to.email or not settings.EMAIL_HOST:
        return
    with translation.override(settings.LANGUAGE_CODE):
        subject, text = words(what)
    EmailMessage(
        subject=subject,
        body=f"{text}\n\n{settings.ADDRESS}/trabajo/\n",
        to=[to.email],
        headers={"Message-ID": f"<{what}-{job}@{settings.MAIL_DOMAIN}>"},
    ).send()


def words(what: str) -> tuple[str, str]:
    """Subject and text of a notice; neither says what it is about."""
    if what == "late":
        return _("A deadline has passed"), _("Something on your list is late. Open your list to see it:")
    if what == "glass":
        return _("Read your list"), _("Something on your list changed. Open your list to see it:")
    return _("A deadline is near"), _("Something on your list is soon due. Open your list to see it:")
