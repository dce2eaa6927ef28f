"""A case from her words to the expert, and who reads what on the way."""

from __future__ import annotations

import pytest

from resguardo.cases import commands, queries
from resguardo.cases.errors import Missing, NoSuchCase, NotGranted, NotOwed
from resguardo.cases.grants import settle
from resguardo.cases.models import Case, Grant, GroupKey, Record
from resguardo.cases.worklist import worklist
from resguardo.core import age, history
from resguardo.core.history import HER
from resguardo.core.vault import Receipt
from resguardo.people.commands import create_party
from tests.persons import NOW, Persons, carry_to_inacif, carry_to_mp, minutes, send_photo, tell


def grants_of(case: Case) -> set[tuple[str, str]]:
    return {
        (party, group)
        for party, group in Grant.objects.filter(key__case=case).values_list("party", "key__group")
        if party != HER
    }


def seen_and_born(case: Case) -> set[tuple[str, str]]:
    born = set(GroupKey.objects.filter(case=case).values_list("group", flat=True))
    return {(party, group) for party, group in queries.state(case).sees if group in born}


def test_her_receipt_opens_everything_she_told(persons: Persons) -> None:
    opened = tell()
    case, holder = queries.her_case(Receipt.parse(opened.receipt.shown()))
    assert case == opened.case
    assert queries.read_group(case, "account", holder)[0].content["text"].startswith("canario-relato")
    assert queries.read_group(case, "identity", holder)[0].content == {"name": "canario-nombre"}


def test_another_receipt_opens_nothing(persons: Persons) -> None:
    tell()
    assert queries.her_case(Receipt.new()) is None


def test_inacif_never_reads_her_name_or_account(persons: Persons) -> None:
    opened = tell()
    send_photo(opened)
    carry_to_inacif(opened, persons)
    case = queries.case_for(opened.case.number, persons["inacif"])
    assert queries.read_group(case, "question", persons["inacif"])
    assert queries.read_group(case, "evidence", persons["inacif"])
    for group in ("identity", "account", "contact", "facts"):
        with pytest.raises(NotGranted):
            queries.read_group(case, group, persons["inacif"])


def test_grants_equal_the_fold_at_every_step(persons: Persons) -> None:
    opened = tell()
    assert grants_of(opened.case) == seen_and_born(opened.case)
    send_photo(opened)
    assert grants_of(opened.case) == seen_and_born(opened.case)
    carry_to_inacif(opened, persons)
    assert grants_of(opened.case) == seen_and_born(opened.case)
    commands.withdraw_consent(opened.case, "evidence", "mp", opened.holder, minutes(20))
    assert grants_of(opened.case) == seen_and_born(opened.case)


def test_withdrawing_empties_the_view_at_once_and_begins_a_new_generation(persons: Persons) -> None:
    opened = tell()
    carry_to_mp(opened, persons)
    assert queries.read_group(opened.case, "account", persons["mp"])
    commands.withdraw_consent(opened.case, "account", "mp", opened.holder, minutes(20))
    with pytest.raises(NotGranted):
        queries.read_group(opened.case, "account", persons["mp"])
    assert opened.case.group_keys.filter(group="account").count() == 2
    commands.append(
        opened.case,
        "message-sent",
        opened.holder,
        minutes(21),
        seals={"account": ("told", {"text": "canario-mas"})},
    )
    assert [r.content["text"] for r in queries.read_group(opened.case, "account", persons["pnc"])][-1] == (
        "canario-mas"
    )
    newest = Record.objects.filter(key__case=opened.case, key__group="account").order_by("seq").last()
    with pytest.raises(age.AgeError):
        age.decrypt(bytes(newest.sealed), persons["mp"].identity)


def test_consent_given_again_opens_the_view_again(persons: Persons) -> None:
    opened = tell()
    carry_to_mp(opened, persons)
    commands.withdraw_consent(opened.case, "account", "mp", opened.holder, minutes(20))
    commands.give_consent(opened.case, "account", "mp", opened.holder, minutes(21))
    assert queries.read_group(opened.case, "account", persons["mp"])


def test_a_grant_that_nobody_present_can_make_is_owed_and_settled_by_the_next_holder(db: None) -> None:
    opened = tell()
    assert queries.doors(opened.case, opened.holder)["account"] == "open"
    late = Persons()
    assert Grant.objects.filter(key__case=opened.case, party="pnc", wrap=None).exists()
    with pytest.raises(NotGranted):
        queries.read_group(opened.case, "account", late["pnc"])
    assert queries.doors(opened.case, late["pnc"])["account"] == "waiting"
    assert settle(opened.holder) > 0
    assert queries.read_group(opened.case, "account", late["pnc"])


def test_a_withheld_institution_never_sees_the_case(persons: Persons) -> None:
    opened = tell()
    commands.withhold(opened.case, "pnc", opened.holder, NOW)
    with pytest.raises(NoSuchCase):
        queries.case_for(opened.case.number, persons["pnc"])
    with pytest.raises(NotGranted):
        queries.read_group(opened.case, "account", persons["pnc"])


def test_a_step_is_done_once_and_the_second_officer_is_told(persons: Persons) -> None:
    opened = tell()
    commands.do_step(opened.case, "receive", persons["pnc"], minutes(1))
    with pytest.raises(NotOwed) as refused:
        commands.do_step(opened.case, "receive", persons["pnc"], minutes(2))
    assert "timeline" in refused.value.remedy


def test_nobody_does_the_step_of_another(persons: Persons) -> None:
    opened = tell()
    with pytest.raises(NotOwed):
        commands.do_step(opened.case, "receive", persons["mp"], minutes(1))


def test_a_step_writes_only_where_the_route_says(persons: Persons) -> None:
    opened = tell()
    with pytest.raises(Missing):
        commands.do_step(opened.case, "receive", persons["pnc"], NOW, writes={"opinion": {"text": "x"}})


def test_an_unknown_fact_is_refused(persons: Persons) -> None:
    with pytest.raises(Missing):
        tell(age="38")


def test_the_chain_of_a_case_is_whole_and_holds_no_words(persons: Persons) -> None:
    opened = tell(age="adult", threat="yes")
    send_photo(opened)
    carry_to_inacif(opened, persons)
    lines = queries.lines(opened.case)
    assert len(history.check_chain(lines)) == len(lines)
    assert b"canario" not in b"".join(lines)


def test_words_cannot_be_given_as_a_reason(persons: Persons) -> None:
    opened = tell()
    with pytest.raises(commands.CaseError):
        commands.append(opened.case, "accessed", persons["pnc"], NOW, reason="porque Ana dijo")


def test_messages_go_both_ways(persons: Persons) -> None:
    opened = tell()
    commands.send_message(opened.case, "¿Sigue ahí?", opened.holder, minutes(1))
    commands.send_message(opened.case, "Aquí estamos.", persons["pnc"], minutes(2))
    said = [(m.party, m.content["text"]) for m in queries.messages(opened.case, opened.holder)]
    assert said == [("her", "¿Sigue ahí?"), ("pnc", "Aquí estamos.")]
    with pytest.raises(NotGranted):
        queries.messages(opened.case, persons["inacif"])


def test_the_work_list_shows_the_earliest_deadline_first(persons: Persons) -> None:
    first = tell()
    commands.do_step(first.case, "receive", persons["pnc"], minutes(1))
    tell()
    listed = worklist(persons["pnc"], NOW).rows
    assert [o.due for o in listed] == sorted(o.due for o in listed)
    assert {o.step for o in listed} == {
        "receive",
        "seal_evidence",
        "assess_risk",
        "explain_rights",
        "preserve_data",
    }


def test_a_party_is_recovered_with_the_offline_key_alone(persons: Persons) -> None:
    from resguardo.people.commands import recover_party

    party = persons.members["pnc"].party
    assert recover_party(party, persons.recovery) == persons["pnc"].identity


def test_a_party_made_later_is_in_no_old_case(persons: Persons) -> None:
    opened = tell()
    create_party("pgn", persons.recovery.recipient)
    assert not opened.case.parts.filter(party="pgn").exists()
