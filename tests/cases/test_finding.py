"""Exact search through keyed tokens, and who never sees a case."""

from __future__ import annotations

import pytest

from resguardo.cases import commands, hiding, queries
from resguardo.cases.commands import Told
from resguardo.cases.errors import NoSuchCase
from resguardo.cases.finding import find
from resguardo.cases.models import Token
from resguardo.cases.worklist import worklist
from resguardo.people.commands import add_member
from resguardo.people.holder import Holder
from tests.crowd import fresh
from tests.persons import CONSENTS, NOW, PASSWORD, Persons, minutes, tell


def told(consents: tuple[tuple[str, str], ...] = CONSENTS) -> commands.Opened:
    texts = {
        "facts": {"who": "Se hace llamar @El.Vigilante, del 5512-3456", "links": "facebook.com/pagina.mala"},
        "contact": {"how": "Al +502 4411 2233, por la tarde"},
        "identity": {"document": "1234 56789 0101"},
    }
    return commands.open_case(Told("denuncia", "es", {}, texts, consents), NOW, fresh())


@pytest.mark.parametrize(
    "asked", ["5512 3456", "+502 5512-3456", "el.vigilante", "@EL.VIGILANTE", "pagina.mala"]
)
def test_a_phone_or_an_account_is_found_however_it_is_written(persons: Persons, asked: str) -> None:
    opened = told()
    assert [case.pk for case in find(persons["pnc"], asked)] == [opened.case.pk]


def test_a_case_is_found_by_its_number_in_any_case(persons: Persons) -> None:
    opened = told()
    assert find(persons["pnc"], f" {opened.case.number.lower()} ").get() == opened.case


def test_what_a_party_may_not_read_it_cannot_find(persons: Persons) -> None:
    told()
    assert not find(persons["pnc"], "4411 2233")
    assert not find(persons["pnc"], "1234567890101")
    assert not find(persons["mp"], "5512 3456")
    told((*CONSENTS, ("contact", "pnc"), ("identity", "pnc")))
    assert find(persons["pnc"], "4411 2233").count() == 1
    assert find(persons["pnc"], "1234 56789 0101").count() == 1


def test_a_token_says_nothing_without_the_deployments_key(persons: Persons, settings) -> None:
    told()
    before = set(Token.objects.values_list("value", flat=True))
    settings.TOKEN_KEY = "another"
    told()
    assert len(set(Token.objects.values_list("value", flat=True))) == 2 * len(before)


def test_a_named_officer_never_sees_the_case_and_colleagues_do(persons: Persons) -> None:
    opened = tell()
    party = persons.members["pnc"].party
    other = add_member(party, "pnc2", "José Martín López", PASSWORD, persons["pnc"].identity)
    named = Holder("pnc", "officer", other.pseudonym, persons["pnc"].identity, other.pk)
    assert hiding.hide_from(opened.case, "Jose Lopez", opened.holder, minutes(1)) == 1
    with pytest.raises(NoSuchCase):
        queries.case_for(opened.case.number, named)
    assert worklist(named, NOW).rows == []
    assert queries.case_for(opened.case.number, persons["pnc"]) == opened.case
    assert ("pnc", f"member:{other.pseudonym}") in queries.state(opened.case).hidden


def test_a_whole_station_never_sees_the_case(persons: Persons) -> None:
    opened = tell()
    party = persons.members["pnc"].party
    member = add_member(party, "pnc2", "Otra", PASSWORD, persons["pnc"].identity)
    member.unit = "Comisaría 51"
    member.save()
    there = Holder("pnc", "officer", member.pseudonym, persons["pnc"].identity, member.pk, member.unit)
    hiding.hide_from(opened.case, "comisaria 51", opened.holder, minutes(1))
    assert not queries.cases_of(there)


def test_who_joins_later_under_a_hidden_name_is_shut_out_too(persons: Persons) -> None:
    opened = tell()
    assert hiding.hide_from(opened.case, "Pedro Inventado Caal", opened.holder, minutes(1)) == 0
    party = persons.members["pnc"].party
    member = add_member(party, "pnc2", "Pedro Inventado Caal", PASSWORD, persons["pnc"].identity)
    joined = Holder("pnc", "officer", member.pseudonym, persons["pnc"].identity, member.pk)
    assert not queries.cases_of(joined)


def test_an_officer_who_knows_them_steps_back(persons: Persons) -> None:
    opened = tell()
    hiding.recuse(opened.case, persons["pnc"], minutes(1))
    with pytest.raises(NoSuchCase):
        queries.case_for(opened.case.number, persons["pnc"])
