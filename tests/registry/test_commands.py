"""The record of a case: pre-filled, confirmed, corrected, sealed where it could point at a person."""

from __future__ import annotations

import json

import pytest

from resguardo.cases import commands as cases
from resguardo.cases import queries
from resguardo.cases.errors import NotGranted
from resguardo.cases.models import Event, Record
from resguardo.registry import commands
from resguardo.registry.following import follow_all, register
from resguardo.registry.models import Draft, Entry
from resguardo.registry.queries import sheet
from tests.persons import CONSENTS, NOW, Persons, minutes, tell

FORM = {
    "tactic": ["IMG-02", "IMG-03"],
    "tactic_primary": "IMG-03",
    "relationship": "ex_boyfriend",
    "residence_muni": "0401",
    "date_start": "2026-03",
    "accounts_urls": "https://canario-cuenta.example/x\n+502 5555 0000",
    "perp_name": "canario-agresor",
}


def told(**facts: str):
    return tell(consents=(*CONSENTS, ("statistics", "dmm")), age="adult", department="16", **facts)


def filled(case, by, **more):
    """What the form would send: what stands, and what the officer wrote over it."""
    return {**sheet(case, by).values, **FORM, **more}


def test_what_she_told_is_there_before_anybody_writes(persons: Persons) -> None:
    opened = told(platform=["whatsapp"])
    found = sheet(opened.case, persons["pnc"])
    assert found.values["report_nature"] == "denuncia"
    assert found.values["platform"] == ["whatsapp"]
    assert found.values["age_band"] == "adult"
    assert found.values["residence_dept"] == "16"
    assert found.values["channel"] == "self_web"
    assert found.standing.origins["platform"].source == "her"
    assert found.standing.ref == ""


def test_saving_computes_confirms_and_keeps_her_as_the_source(persons: Persons) -> None:
    opened = told()
    pnc = persons["pnc"]
    saved = commands.record(opened.case, filled(opened.case, pnc), pnc, minutes(5))
    standing = sheet(opened.case, pnc).standing
    assert saved.problems == ()
    assert standing.ref == register().ref
    assert standing.values["iccs_code"] == "0205"
    assert standing.values["residence_dept"] == "04"
    assert standing.values["case_context"] == ["ipv"]
    assert standing.origins["age_band"].source == "her"
    assert standing.origins["age_band"].confirmed_by == pnc.actor
    assert standing.origins["tactic"].source == "officer"
    assert standing.origins["iccs_code"].source == "program"


def test_what_can_point_at_a_person_stands_nowhere_in_the_clear(persons: Persons) -> None:
    opened = told()
    commands.record(opened.case, filled(opened.case, persons["pnc"]), persons["pnc"], minutes(5))
    lines = b"".join(bytes(line) for line in Event.objects.values_list("line", flat=True))
    entries = "".join(Entry.objects.values_list("values", flat=True))
    assert b"canario" not in lines
    assert "canario" not in entries
    assert not any(b"canario" in bytes(r) for r in Record.objects.values_list("sealed", flat=True))
    assert sheet(opened.case, persons["pnc"]).sealed["perp_name"] == "canario-agresor"


def test_an_institution_without_the_key_reads_codes_and_no_names(persons: Persons) -> None:
    opened = told()
    commands.record(opened.case, filled(opened.case, persons["pnc"]), persons["pnc"], minutes(5))
    seen = sheet(opened.case, persons["dmm"])
    assert seen.sealed == {}
    assert not seen.may_write
    assert "motive" not in {one.name for one in seen.fields("dmm")}


def test_what_is_wrong_is_named_and_the_rest_is_saved(persons: Persons) -> None:
    opened = told()
    given = filled(opened.case, persons["pnc"], reach="muchas", date_start="2031-01")
    saved = commands.record(opened.case, given, persons["pnc"], minutes(5))
    assert {(p.field, p.code) for p in saved.problems} == {
        ("reach", "not-a-number"),
        ("date_start", "in-the-future"),
    }
    assert json.loads(saved.entry.values)["tactic_primary"] == "IMG-03"


def test_saving_again_unchanged_writes_no_event(persons: Persons) -> None:
    opened = told()
    given = filled(opened.case, persons["pnc"])
    commands.record(opened.case, given, persons["pnc"], minutes(5))
    again = commands.record(opened.case, filled(opened.case, persons["pnc"]), persons["pnc"], minutes(6))
    assert again.event is None
    assert [e.kind for e in queries.events(opened.case)].count("registered") == 1


def test_a_correction_by_hand_of_what_is_computed_stays(persons: Persons) -> None:
    opened, pnc = told(), persons["pnc"]
    commands.record(opened.case, filled(opened.case, pnc), pnc, minutes(5))
    commands.record(opened.case, filled(opened.case, pnc, iccs_code="02051"), pnc, minutes(6))
    commands.record(opened.case, filled(opened.case, pnc, iccs_code="02051", reach="30"), pnc, minutes(7))
    standing = sheet(opened.case, pnc).standing
    assert standing.values["iccs_code"] == "02051"
    assert standing.origins["iccs_code"].source == "officer"


def test_a_value_taken_out_is_gone_and_the_history_says_so(persons: Persons) -> None:
    opened, pnc = told(), persons["pnc"]
    commands.record(opened.case, filled(opened.case, pnc), pnc, minutes(5))
    saved = commands.record(opened.case, filled(opened.case, pnc, relationship=""), pnc, minutes(6))
    assert "relationship" not in json.loads(saved.entry.values)
    assert "relationship" in queries.events(opened.case)[-1].about["cleared"]


def test_only_a_keeper_of_the_register_writes_it(persons: Persons) -> None:
    opened = told()
    with pytest.raises(NotGranted):
        commands.record(opened.case, FORM, persons["mp"], minutes(5))


def test_a_draft_is_kept_sealed_whatever_is_wrong_with_it(persons: Persons) -> None:
    opened, pnc = told(), persons["pnc"]
    commands.keep_draft(opened.case, {"perp_name": "canario-borrador", "reach": "x"}, pnc, NOW)
    assert b"canario" not in bytes(Draft.objects.get().sealed)
    assert sheet(opened.case, pnc).values == {"perp_name": "canario-borrador", "reach": "x"}
    commands.record(opened.case, filled(opened.case, pnc), pnc, minutes(5))
    assert not Draft.objects.exists()


def test_entries_follow_what_happens_to_cases(persons: Persons) -> None:
    opened = told()
    follow_all(NOW)
    before = Entry.objects.get(case=opened.case)
    assert before.counted_by == " dmm "
    cases.do_step(opened.case, "receive", persons["pnc"], minutes(3))
    cases.withdraw_consent(opened.case, "statistics", "dmm", opened.holder, minutes(4))
    follow_all(NOW)
    after = Entry.objects.get(case=opened.case)
    assert after.counted_by == ""
    assert after.revision > before.revision
    done = [row for row in json.loads(after.stretches) if row[0] == "receive"]
    assert done[0][1] == "pnc"
    assert done[0][4] - done[0][2] == 180
    assert ["consent-withdrawn", "dmm", "statistics"] in [row[:3] for row in json.loads(after.acts)]


def test_an_entry_can_be_dropped_and_is_worked_out_the_same(persons: Persons) -> None:
    opened, pnc = told(), persons["pnc"]
    saved = commands.record(opened.case, filled(opened.case, pnc), pnc, minutes(5))
    Entry.objects.all().delete()
    follow_all(NOW)
    again = Entry.objects.get(case=opened.case)
    for name in ("values", "origins", "stretches", "acts", "counted_by", "version", "registered_at"):
        assert getattr(again, name) == getattr(saved.entry, name)
