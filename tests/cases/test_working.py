"""An officer's day: hands, going back, requests, emergencies; and a leader who accompanies."""

from __future__ import annotations

import pytest
from django.test import Client

from resguardo.cases import commands, queries, working
from resguardo.cases.counting import tell_once
from resguardo.cases.deadlines import break_glass
from resguardo.cases.errors import NoSuchCase, NotGranted, NotOwed, Stuck
from resguardo.cases.worklist import Wanted, worklist
from resguardo.people.commands import add_member, create_party, unlock
from resguardo.people.holder import Holder
from resguardo.people.queries import open_party
from tests.crowd import fresh
from tests.persons import NOW, PASSWORD, Persons, carry_to_inacif, carry_to_mp, minutes, tell


@pytest.fixture
def colleague(persons: Persons) -> Holder:
    member = add_member(persons.members["pnc"].party, "pnc2", "Otra", PASSWORD, persons["pnc"].identity)
    return Holder("pnc", "officer", member.pseudonym, persons["pnc"].identity, member.pk)


def readable(case, holder: Holder, minute: int) -> bool:
    return working.may_read(queries.state(case), queries.events(case), holder, minutes(minute))


def test_a_step_taken_is_mine_and_no_longer_free(persons: Persons, colleague: Holder) -> None:
    case = tell().case
    working.assign(case, "receive", persons["pnc"].actor, persons["pnc"], minutes(1))
    assert [o.step for o in worklist(persons["pnc"], NOW, Wanted(whose="mine")).rows] == ["receive"]
    assert worklist(colleague, NOW, Wanted(whose="free")).rows == []
    with pytest.raises(NotGranted, match="colleague"):
        working.assign(case, "receive", colleague.actor, colleague, minutes(2))
    working.assign(case, "receive", colleague.actor, persons["pnc"], minutes(3))
    assert [o.step for o in worklist(colleague, NOW, Wanted(whose="mine")).rows] == ["receive"]


def test_a_case_in_other_hands_opens_only_in_an_emergency(persons: Persons, colleague: Holder) -> None:
    case = tell().case
    assert readable(case, colleague, 1)
    working.assign(case, "receive", persons["pnc"].actor, persons["pnc"], minutes(1))
    assert readable(case, persons["pnc"], 2)
    assert not readable(case, colleague, 2)
    break_glass(case, "danger", "", colleague, minutes(3))
    assert readable(case, colleague, 4)
    assert not readable(case, colleague, 3 + 24 * 60 + 1)


def test_the_page_of_a_case_in_other_hands_says_whose_and_asks_why(
    persons: Persons, colleague: Holder
) -> None:
    case = tell().case
    working.assign(case, "receive", persons["pnc"].actor, persons["pnc"], minutes(1))
    client = Client()
    client.post("/trabajo/entrar/", {"username": "pnc2", "password": PASSWORD})
    page = client.get(f"/trabajo/casos/{case.number}/", follow=True).content.decode()
    assert "Persona pnc" in page
    assert "canario-relato" not in page
    client.post(f"/trabajo/casos/{case.number}/abrir/", {"reason": "danger", "note": "Ella llamó"})
    assert "canario-relato" in client.get(f"/trabajo/casos/{case.number}/").content.decode()
    assert "glass-broken" in [e.kind for e in queries.events(case)]


def test_going_back_owes_the_step_again_and_what_stood_on_it(persons: Persons) -> None:
    opened = tell()
    carry_to_mp(opened, persons)
    with pytest.raises(NotOwed):
        working.go_back(opened.case, "receive", "mistake", persons["mp"], minutes(9))
    working.go_back(opened.case, "assess_risk", "new-facts", persons["pnc"], minutes(10), "Volvió a llamar")
    state = queries.state(opened.case)
    assert "assess_risk" in {o.step for o in state.open}
    assert not {"assess_risk", "hand_over", "register"} & state.standing
    assert {"receive", "seal_evidence"} <= state.standing
    assert (
        queries.read_group(opened.case, "coordination", persons["mp"])[0].content["text"] == "Volvió a llamar"
    )


def test_an_institution_asks_another_and_not_her(persons: Persons) -> None:
    opened = tell()
    with pytest.raises(NotOwed):
        working.ask_for(opened.case, "answer_mp", "missing", "¿Hay otro caso?", persons["pnc"], minutes(1))
    carry_to_inacif(opened, persons)
    working.ask_for(opened.case, "answer_pnc", "missing", "¿Hay otra cuenta?", persons["mp"], minutes(20))
    owed = {o.step: o for o in queries.state(opened.case).open}
    assert owed["answer_pnc"].party == "pnc"
    assert owed["answer_pnc"].due is not None
    with pytest.raises(NotGranted):
        working.ask_for(opened.case, "answer_mp", "missing", "¿Quién es?", persons["inacif"], minutes(21))
    writes = {"coordination": {"text": "Sí, otra."}}
    commands.do_step(opened.case, "answer_pnc", persons["pnc"], minutes(22), writes=writes)
    said = [r.content["text"] for r in queries.read_group(opened.case, "coordination", persons["mp"])]
    assert said == ["¿Hay otra cuenta?", "Sí, otra."]


def test_two_officers_finish_the_same_step_and_one_is_told(persons: Persons, colleague: Holder) -> None:
    opened = tell()
    commands.do_step(opened.case, "receive", persons["pnc"], minutes(1))
    with pytest.raises(NotOwed, match="not open any more"):
        commands.do_step(opened.case, "receive", colleague, minutes(1))
    assert len(queries.state(opened.case).done["receive"]) == 1


def test_hiding_it_from_everybody_who_could_receive_it_is_refused(persons: Persons) -> None:
    opened = tell()
    commands.withhold(opened.case, "pnc", opened.holder, minutes(1))
    with pytest.raises(Stuck, match="Nobody would be left"):
        commands.withhold(opened.case, "mp", opened.holder, minutes(2))
    assert queries.state(opened.case).withheld == {"pnc"}


def test_a_message_of_hers_is_owed_an_answer_and_sending_one_does_it(persons: Persons) -> None:
    opened = tell()
    commands.do_step(opened.case, "receive", persons["pnc"], minutes(1))
    commands.send_message(opened.case, "¿Qué sigue?", opened.holder, minutes(2))
    assert "answer_her" in {o.step for o in queries.state(opened.case).open}
    commands.send_message(opened.case, "Seguimos.", persons["pnc"], minutes(3))
    assert "answer_her" not in {o.step for o in queries.state(opened.case).open}


def test_asking_again_and_openings_are_counted_by_institution(persons: Persons) -> None:
    opened = tell()
    commands.ask_again(opened.case, "account", "unclear", persons["pnc"], minutes(1))
    commands.note_access(opened.case, ["account"], persons["pnc"], minutes(2))
    assert tell_once()["pnc"] == {"asked-again": 1, "opened": 0}
    assert tell_once(since=minutes(5)) == {}


def led(persons: Persons) -> tuple[commands.Opened, Holder]:
    """A case that a leader wrote for her, with her consent that the leader follows it."""
    party, _ = create_party("leader", persons.recovery.recipient)
    member = add_member(party, "lider", "Lideresa Inventada", PASSWORD, None)
    other = add_member(party, "lider2", "Otra Lideresa", PASSWORD, None)
    assert other.pseudonym != member.pseudonym
    told = commands.Told(
        "notice",
        "es",
        {},
        {"account": {"text": "canario-relato"}},
        (("assist", "leader"),),
        leader=member.pseudonym,
    )
    return commands.open_case(told, NOW, fresh()), open_party(*unlock("lider", PASSWORD))


def test_a_leader_sees_the_case_she_accompanies_and_no_other_leader_does(persons: Persons) -> None:
    opened, leader = led(persons)
    assert queries.case_for(opened.case.number, leader) == opened.case
    assert queries.read_group(opened.case, "account", leader)[0].content == {"text": "canario-relato"}
    assert [o.step for o in worklist(leader, NOW).rows] == ["follow_up"]
    other = open_party(*unlock("lider2", PASSWORD))
    with pytest.raises(NoSuchCase):
        queries.case_for(opened.case.number, other)
    assert worklist(other, NOW).rows == []


def test_a_leader_loses_sight_when_the_woman_says_so(persons: Persons) -> None:
    opened, leader = led(persons)
    commands.withdraw_consent(opened.case, "assist", "leader", opened.holder, minutes(1))
    with pytest.raises(NoSuchCase):
        queries.case_for(opened.case.number, leader)
    with pytest.raises(NotGranted):
        queries.read_group(opened.case, "account", leader)
    assert worklist(leader, NOW).rows == []


def test_a_leader_writes_for_her_from_her_own_phone(persons: Persons) -> None:
    create_party("leader", persons.recovery.recipient)
    from resguardo.people.models import Party

    member = add_member(Party.objects.get(name="leader"), "lider", "Lideresa", PASSWORD, None)
    client = Client()
    assert client.get("/contar/acompanar/").headers["Location"] == "/trabajo/entrar/"
    client.post("/trabajo/entrar/", {"username": "lider", "password": PASSWORD})
    assert client.post("/contar/acompanar/", {}).status_code == 422
    assert client.post("/contar/acompanar/", {"agreed": "yes"}).headers["Location"] == "/contar/camino/"
    client.post("/contar/camino/", {"nature": "notice"})
    page = client.get("/contar/permisos/").content.decode()
    assert "Que la lideresa siga mi caso conmigo" in page
    token = page.split('name="t" value="')[1].split('"')[0]
    client.post("/contar/permisos/", {"t": token, "assist-leader": "on", "seen": "0"})
    client.post("/contar/revisar/", {"t": token})
    from resguardo.cases.models import Case

    assert Case.objects.get().leader == member.pseudonym
