"""Deadlines: reminded before, told once when late, to whom the route names; a calendar that says no more."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from icalendar import Calendar

from resguardo.cases import commands, hiding, queries, working
from resguardo.cases.deadlines import deadlines
from resguardo.cases.models import Owed
from resguardo.jobs.commands import work_once
from resguardo.people.models import Member
from tests.persons import NOW, PASSWORD, Persons, carry_to_inacif, minutes, tell


@pytest.fixture(autouse=True)
def _mail(settings) -> None:
    settings.EMAIL_HOST = "localhost"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def notices(case) -> list[tuple[str, str, str]]:
    return [(e.step, e.about["what"], e.about["to"]) for e in queries.events(case) if e.kind == "notice"]


def test_a_late_step_is_told_once_and_reminded_before(persons: Persons) -> None:
    case = tell().case
    for minute in (60, 170, 185, 200, 241, 250, 400):
        deadlines(minutes(minute))
    assert notices(case) == [("receive", "soon", "pnc"), ("receive", "late", "pnc")]
    assert Owed.objects.get(case=case, step="receive").told_late


def test_the_party_that_the_route_names_is_told(persons: Persons) -> None:
    opened = tell()
    carry_to_inacif(opened, persons)
    deadlines(NOW + timedelta(days=10))
    assert ("verify_seal", "late", "mp") in notices(opened.case)


def test_a_mail_says_that_something_is_late_and_nothing_of_the_case(persons: Persons) -> None:
    Member.objects.filter(party="pnc").update(email="agente@example.org")
    opened = tell()
    deadlines(minutes(300))
    work_once(minutes(301))
    late = [one for one in mail.outbox if "Venció" in one.subject]
    assert [one.to for one in late] == [["agente@example.org"]]
    whole = late[0].subject + late[0].body + str(late[0].extra_headers)
    assert opened.case.number not in whole
    assert not any(word in whole for word in ("canario", "denuncia", "Recibir", "PNC"))
    assert late[0].extra_headers["Message-ID"].startswith("<late-")


def test_whoever_has_it_in_hand_is_told_alone(persons: Persons) -> None:
    from resguardo.people.commands import add_member

    Member.objects.filter(party="pnc").update(email="una@example.org")
    other = add_member(persons.members["pnc"].party, "pnc2", "Otra", PASSWORD, persons["pnc"].identity)
    Member.objects.filter(pk=other.pk).update(email="otra@example.org")
    case = tell().case
    working.assign(case, "receive", other.pseudonym, persons["pnc"], minutes(1))
    deadlines(minutes(300))
    work_once(minutes(301))
    assert {to for one in mail.outbox for to in one.to} == {"otra@example.org"}


def test_nobody_is_told_of_what_was_done(persons: Persons) -> None:
    opened = tell()
    commands.do_step(opened.case, "receive", persons["pnc"], minutes(10))
    deadlines(minutes(300))
    assert all(step != "receive" for step, _what, _to in notices(opened.case))


def test_a_calendar_shows_the_time_and_the_number_of_what_is_in_hand(persons: Persons) -> None:
    case = tell().case
    client = Client()
    client.post("/trabajo/entrar/", {"username": "pnc1", "password": PASSWORD})
    page = client.post("/trabajo/calendario/").content.decode()
    address = page.split('class="hash">')[1].split("<")[0].replace("http://testserver", "")
    assert list(Calendar.from_ical(Client().get(address).content).walk("VEVENT")) == []
    working.assign(case, "receive", persons["pnc"].actor, persons["pnc"], minutes(1))
    (entry,) = Calendar.from_ical(Client().get(address).content).walk("VEVENT")
    assert entry.get("summary") == f"Plazo {case.number}"
    assert entry.decoded("dtstart") == Owed.objects.get(case=case, step="receive").due
    client.post("/trabajo/calendario/")
    assert Client().get(address).status_code == 404


def test_whoever_the_case_is_hidden_from_is_told_nothing(persons: Persons) -> None:
    Member.objects.filter(party="pnc").update(email="una@example.org")
    opened = tell()
    hiding.recuse(opened.case, persons["pnc"], minutes(1))
    deadlines(minutes(300))
    work_once(minutes(301))
    assert notices(opened.case)
    assert mail.outbox == []
