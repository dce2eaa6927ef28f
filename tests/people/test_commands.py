"""Members and their keys: what a password opens, what the offline key recovers."""

from __future__ import annotations

import pytest

from resguardo.core.vault import WrongKey
from resguardo.people import commands, queries
from resguardo.people.models import PartyKey
from tests.persons import PASSWORD, Persons


def test_a_password_opens_the_member_and_through_it_the_party(persons: Persons) -> None:
    member, identity = commands.unlock("pnc1", PASSWORD)
    assert queries.open_party(member, identity) == persons["pnc"]


def test_a_wrong_password_opens_nothing(persons: Persons) -> None:
    assert commands.unlock("pnc1", "otra") is None
    assert commands.unlock("nadie", PASSWORD) is None


def test_a_new_password_opens_the_same_key(persons: Persons) -> None:
    commands.change_password(persons.members["mp"], PASSWORD, "otra frase muy larga")
    member, identity = commands.unlock("mp1", "otra frase muy larga")
    assert queries.open_party(member, identity).identity == persons["mp"].identity
    assert commands.unlock("mp1", PASSWORD) is None
    with pytest.raises(WrongKey):
        commands.change_password(member, PASSWORD, "y otra")


def test_a_member_lets_another_in(persons: Persons) -> None:
    party = persons.members["pnc"].party
    new = commands.add_member(party, "nueva", "Nueva", PASSWORD, persons["pnc"].identity)
    _, identity = commands.unlock("nueva", PASSWORD)
    assert queries.open_party(new, identity).identity == persons["pnc"].identity


def test_a_member_who_left_opens_the_party_no_more(persons: Persons) -> None:
    PartyKey.objects.filter(member=persons.members["pnc"]).delete()
    member, identity = commands.unlock("pnc1", PASSWORD)
    with pytest.raises(queries.PeopleError):
        queries.open_party(member, identity)


def test_the_offline_key_of_another_deployment_recovers_nothing(persons: Persons) -> None:
    with pytest.raises(WrongKey):
        commands.recover_party(persons.members["pnc"].party, persons["mp"].identity)
