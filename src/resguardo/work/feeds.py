"""A calendar of one officer's deadlines, for the calendar program they already use (RFC 5545).

The address holds a random secret, since calendar programs cannot sign in; it can be renewed at any time, and
what it shows is a time and a case number, never what a case is about (rule R03).
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from icalendar import Alarm, Calendar, Event

from resguardo.cases.models import Owed
from resguardo.people.holder import Holder
from resguardo.people.models import Member
from resguardo.work.models import Feed
from resguardo.work.signed import with_a_part

LONGEST = 500


def calendar_of(member: Member, now: datetime) -> bytes:
    """The deadlines of the steps that `member` has in hand, as an iCalendar file."""
    feed = Calendar()
    feed.add("prodid", "-//Resguardo//ES")
    feed.add("version", "2.0")
    feed.add("x-wr-calname", _("Deadlines"))
    owed = Owed.objects.filter(party=member.party_id, assigned=member.pseudonym, due__isnull=False)
    for one in owed.select_related("case").order_by("due")[:LONGEST]:
        entry = Event()
        entry.add("uid", f"{one.case.number}-{one.step}-{one.since:%Y%m%dT%H%M%S}@resguardo")
        entry.add("dtstamp", now)
        entry.add("dtstart", one.due)
        entry.add("dtend", one.due)
        entry.add("summary", _("Deadline %(case)s") % {"case": one.case.number})
        bell = Alarm()
        bell.add("action", "DISPLAY")
        bell.add("description", _("Deadline"))
        bell.add("trigger", -timedelta(hours=2))
        entry.add_component(bell)
        feed.add_component(entry)
    return feed.to_ical()


def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """The feed behind a secret address; an address that is no longer valid is not found."""
    digest = hashlib.sha256(secret.encode()).hexdigest()
    found = Feed.objects.filter(digest=digest, member__is_active=True).select_related("member").first()
    if found is None:
        raise Http404
    body = calendar_of(found.member, timezone.now())
    return HttpResponse(body, content_type="text/calendar; charset=utf-8")


@with_a_part
def my_feed(request: HttpRequest, holder: Holder) -> HttpResponse:
    """Make or renew my feed: its address is shown once."""
    address = ""
    if request.method == "POST":
        secret = secrets.token_hex(24)
        digest = hashlib.sha256(secret.encode()).hexdigest()
        Feed.objects.update_or_create(member_id=holder.member, defaults={"digest": digest})
        address = request.build_absolute_uri(f"/trabajo/calendario/{secret}.ics")
    has_one = Feed.objects.filter(member=holder.member).exists()
    context = {"address": address, "has_one": has_one, "title": _("My calendar")}
    return render(request, "work/feed.html", context)
