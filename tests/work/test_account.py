"""Signing in: a second step, an idle end, invitations, leaving, and what each role may do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from django.test import Client, override_settings

from resguardo.cases import commands as cases
from resguardo.cases import queries
from resguardo.cases.errors import NotGranted
from resguardo.cases.grants import rewrap
from resguardo.cases.models import Grant
from resguardo.core.vault import WrongKey, open_grant
from resguardo.people import factors, membership
from resguardo.people.commands import unlock
from resguardo.people.holder import ADMIN, AUDITOR
from resguardo.people.models import Member, OldPartyKey, PartyKey
from resguardo.people.queries import PeopleError, open_party
from tests.persons import NOW, PASSWORD, Persons, minutes, send_photo, tell

GOOD = "otra frase muy larga y buena"


def enter(name: str = "pnc1", password: str = PASSWORD) -> Client:
    client = Client()
    client.post("/trabajo/entrar/", {"username": name, "password": password})
    return client


def inside(client: Client) -> bool:
    return client.get("/trabajo/").status_code == 200


def admin(persons: Persons, name: str = "pnc"):
    """The party's member as its administrator."""
    Member.objects.filter(pk=persons.members[name].pk).update(role=ADMIN)
    member, identity = unlock(f"{name}1", PASSWORD)
    return open_party(member, identity)


def with_authenticator(persons: Persons, at: datetime) -> str:
    secret = factors.new_secret()
    factors.add_authenticator(persons.members["pnc"], secret, pyotp.TOTP(secret).at(at), at)
    return secret


def test_a_password_alone_reads_nothing_where_there_is_a_second_step(persons: Persons) -> None:
    secret = with_authenticator(persons, datetime.now(UTC) - timedelta(minutes=5))
    client = enter()
    assert not inside(client)
    assert client.get("/trabajo/entrar/segundo/").status_code == 200
    client.post("/trabajo/entrar/segundo/", {"code": pyotp.TOTP(secret).now()})
    assert inside(client)


def test_a_code_serves_once(persons: Persons) -> None:
    at = datetime.now(UTC)
    secret = with_authenticator(persons, at - timedelta(minutes=5))
    member, identity = unlock("pnc1", PASSWORD)
    code = pyotp.TOTP(secret).at(at)
    assert factors.check_code(member, identity, code, at)
    assert not factors.check_code(member, identity, code, at)
    assert not factors.check_code(member, identity, "000000", at)


def test_a_recovery_code_serves_once_and_new_ones_stop_the_old(persons: Persons) -> None:
    member, identity = unlock("pnc1", PASSWORD)
    codes = factors.new_recovery_codes(member)
    assert factors.check_code(member, identity, codes[0].lower(), NOW)
    assert not factors.check_code(member, identity, codes[0], NOW)
    factors.new_recovery_codes(member)
    assert not factors.check_code(member, identity, codes[1], NOW)


def test_five_wrong_codes_end_the_session(persons: Persons) -> None:
    with_authenticator(persons, datetime.now(UTC) - timedelta(minutes=5))
    client = enter()
    for _ in range(5):
        answer = client.post("/trabajo/entrar/segundo/", {"code": "000000"})
    assert answer.status_code == 302
    assert client.get("/trabajo/entrar/segundo/").headers["Location"] == "/trabajo/entrar/"


@override_settings(SECOND_FACTOR="required")
def test_whoever_has_no_second_step_makes_one_before_anything_else(persons: Persons) -> None:
    client = enter()
    assert not inside(client)
    page = client.get("/trabajo/entrar/segundo/").content.decode()
    secret = page.split('name="secret" value="')[1].split('"')[0]
    wrong = client.post("/trabajo/entrar/segundo/", {"secret": secret, "code": "000000"})
    assert wrong.status_code == 200
    assert secret in wrong.content.decode()
    made = client.post("/trabajo/entrar/segundo/", {"secret": secret, "code": pyotp.TOTP(secret).now()})
    assert made.content.decode().count("<li>") == factors.CODES
    assert inside(client)


def test_the_disk_alone_cannot_make_codes(persons: Persons) -> None:
    secret = with_authenticator(persons, datetime.now(UTC))
    sealed = bytes(persons.members["pnc"].factors.get().sealed)
    assert secret.encode() not in sealed


def test_a_session_left_alone_ends_and_brings_the_person_back(persons: Persons) -> None:
    client = enter()
    session = client.session
    session["seen"] -= 21 * 60
    session.save()
    answer = client.get("/trabajo/todos/")
    assert answer.headers["Location"] == "/trabajo/entrar/?a=/trabajo/todos/&sola=1"
    page = client.get(answer.headers["Location"]).content.decode()
    assert "Estuvo fuera un rato" in page
    again = client.post(
        "/trabajo/entrar/", {"username": "pnc1", "password": PASSWORD, "a": "/trabajo/todos/"}
    )
    assert again.headers["Location"] == "/trabajo/todos/"


@pytest.mark.parametrize("path", ["https://mala.example/", "//mala.example/trabajo/", "/trabajo/\\x"])
def test_signing_in_leads_nowhere_else(persons: Persons, path: str) -> None:
    answer = Client().post("/trabajo/entrar/", {"username": "pnc1", "password": PASSWORD, "a": path})
    assert answer.headers["Location"] == "/trabajo/"


def test_wrong_passwords_make_the_next_try_wait(persons: Persons) -> None:
    for _ in range(5):
        Client().post("/trabajo/entrar/", {"username": "pnc1", "password": "no"})
    answer = Client().post("/trabajo/entrar/", {"username": "pnc1", "password": PASSWORD})
    assert answer.status_code == 422
    assert "varias contraseñas equivocadas" in answer.content.decode()


def test_an_invitation_lets_in_once_and_opens_the_institutions_key(persons: Persons) -> None:
    opened = tell()
    code = membership.invite(admin(persons), "officer", "Comisaría 51", NOW)
    member = membership.accept(code.lower(), "nueva", "Nueva Inventada", GOOD, minutes(1))
    holder = open_party(*unlock("nueva", GOOD))
    assert member.unit == "Comisaría 51"
    assert queries.read_group(opened.case, "account", holder)
    with pytest.raises(PeopleError, match="opens nothing"):
        membership.accept(code, "otra", "Otra", GOOD, minutes(2))


def test_an_invitation_ends_after_three_days_and_only_an_administrator_makes_one(persons: Persons) -> None:
    code = membership.invite(admin(persons), "officer", "", NOW)
    with pytest.raises(PeopleError):
        membership.accept(code, "tarde", "Tarde", GOOD, NOW + timedelta(hours=73))
    with pytest.raises(PeopleError, match="administrator"):
        membership.invite(persons["mp"], "officer", "", NOW)


def test_who_left_opens_nothing_new_nor_what_was_wrapped_anew(persons: Persons) -> None:
    opened = tell()
    send_photo(opened)
    by = admin(persons)
    old = by.identity
    leaver = membership.accept(membership.invite(by, "officer", "", NOW), "sale", "Sale", GOOD, minutes(1))
    membership.let_go(by, leaver)
    stays = open_party(*unlock("pnc1", PASSWORD))
    assert stays.identity != old
    assert queries.read_group(opened.case, "account", stays)
    assert rewrap(stays) > 0
    assert not OldPartyKey.objects.exists()
    later = tell()
    for case in (opened.case, later.case):
        for grant in Grant.objects.filter(key__case=case, party="pnc").exclude(wrap=None):
            with pytest.raises(WrongKey):
                open_grant(bytes(grant.wrap), old, case.number, grant.key.group, grant.key.generation)
        stays = open_party(*unlock("pnc1", PASSWORD))
        assert queries.read_group(case, "account", stays)
    assert unlock("sale", GOOD) is None
    assert not PartyKey.objects.filter(member=leaver).exists()


def test_a_rotation_amid_another_loses_nothing(persons: Persons) -> None:
    cases_of = [tell() for _ in range(3)]
    party = persons.members["pnc"].party
    for _ in range(2):
        by = open_party(*unlock("pnc1", PASSWORD))
        membership.rotate(party, by.identity, by.older)
        rewrap(open_party(*unlock("pnc1", PASSWORD)), limit=2)
    while rewrap(open_party(*unlock("pnc1", PASSWORD)), limit=2):
        pass
    stays = open_party(*unlock("pnc1", PASSWORD))
    assert stays.older == ()
    assert all(queries.read_group(opened.case, "account", stays) for opened in cases_of)


def test_the_last_who_holds_the_key_is_not_let_go(persons: Persons) -> None:
    by = admin(persons)
    with pytest.raises(PeopleError, match="Nobody would be left"):
        membership.let_go(by, persons.members["pnc"])


def test_an_auditor_reads_the_history_and_no_word_of_hers(persons: Persons) -> None:
    opened = tell()
    code = membership.invite(admin(persons), AUDITOR, "", NOW)
    membership.accept(code, "audita", "Audita", GOOD, minutes(1))
    auditor = open_party(*unlock("audita", GOOD))
    with pytest.raises(NotGranted):
        queries.read_group(opened.case, "account", auditor)
    with pytest.raises(NotGranted):
        cases.do_step(opened.case, "receive", auditor, minutes(2))
    client = enter("audita", GOOD)
    answer = client.get(f"/trabajo/casos/{opened.case.number}/")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "canario" not in page
    assert "Se abrió el caso" in page
    assert "Hacerlo" not in page


def test_an_officer_manages_nobody(persons: Persons) -> None:
    client = enter()
    for do in ("invite", "let-go", "role"):
        answer = client.post(
            "/trabajo/personas/", {"do": do, "member": persons.members["pnc"].pk, "role": "admin"}
        )
        assert answer.status_code == 422
