"""One row is a field, two its codes, one an indicator: form, check, export, dictionary and figure follow.

No line of Python knows the field.
"""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from django.test import Client

from resguardo import packs
from resguardo.indicators import queries, snapshot
from resguardo.indicators.queries import Asked
from resguardo.registry import commands
from resguardo.registry.exporting.choosing import Choice
from resguardo.registry.exporting.package import export
from resguardo.registry.following import follow_all, register
from resguardo.registry.queries import sheet
from tests.persons import CONSENTS, NOW, PASSWORD, Persons, minutes, tell

CODES = (
    "drones,many,Muchas veces,Many times,La siguió muchas veces.,It followed her many times.,,,1,,,OWN,OWN\n"
    "drones,once,Una vez,Once,La siguió una vez.,It followed her once.,,,1,,,OWN,OWN\n"
)
FIELD = (
    "event,drones,La siguió un dron,A drone followed her,Si un dron la siguió.,Whether a drone followed her.,"
    "code,drones,M,P0,all,form,,,,1,,OWN,OWN\n"
)
INDICATOR = """
[[indicator]]
id = "drones"
title = { es = "Hechos con dron", en = "Incidents with a drone" }
definition = { es = "De los hechos en que se anotó, en cuántos un dron la siguió muchas veces.", en = "Of the incidents where it was noted, in how many a drone followed her many times." }
how = "share"
of = { drones = ["many", "once"] }
part = { drones = ["many"] }
by = ["tactic_group"]
"""  # noqa: E501


@pytest.fixture
def _own_pack(tmp_path: Path, settings) -> None:
    folder = tmp_path / "mine"
    shutil.copytree(packs.HERE / "gt", folder)
    for name, more in (("codelists.csv", CODES), ("fields.csv", FIELD)):
        with open(folder / "codes" / name, "a", encoding="utf-8") as out:
            out.write(more)
    with open(folder / "indicators.toml", "a", encoding="utf-8") as out:
        out.write(INDICATOR)
    settings.PACK, settings.DATA = str(folder), tmp_path


@pytest.mark.usefixtures("_own_pack")
def test_a_field_of_the_pack_is_everywhere_at_once(persons: Persons, tmp_path: Path) -> None:
    pnc = persons["pnc"]
    cases = [tell(consents=(*CONSENTS, ("statistics", "pnc")), age="adult").case for _ in range(3)]
    browser = Client()
    browser.post("/trabajo/entrar/", {"username": "pnc1", "password": PASSWORD})
    form = browser.get(f"/trabajo/casos/{cases[0].number}/registro/").content.decode()
    assert "La siguió un dron" in form
    assert "La siguió muchas veces." in browser.get("/trabajo/registro/diccionario/?todo=1").content.decode()

    wrong = commands.record(cases[0], {**sheet(cases[0], pnc).values, "drones": "seldom"}, pnc, minutes(5))
    assert [(one.field, one.code) for one in wrong.problems] == [("drones", "no-such-code")]
    assert "drones" in register().required
    for case, code in zip(cases, ("many", "many", "once"), strict=True):
        given = {**sheet(case, pnc).values, "drones": code, "tactic": ["SUR-03"], "tactic_primary": "SUR-03"}
        assert commands.record(case, given, pnc, minutes(6)).problems == ()

    made = export(tmp_path / "package", Choice(party="pnc"), "parquet", NOW)
    found = duckdb.sql(f"SELECT drones, count(*) FROM '{made.folder}/entries.parquet' GROUP BY 1 ORDER BY 1")
    assert found.fetchall() == [("many", 2), ("once", 1)]
    about = json.loads((made.folder / "datapackage.json").read_text())
    fields = {one["name"]: one for one in about["resources"][0]["schema"]["fields"]}
    assert fields["drones"]["constraints"]["enum"] == ["many", "once"]

    follow_all(NOW)
    snapshot.refresh()
    later = datetime(2026, 12, 1, tzinfo=UTC)
    reports, drones = (queries.figures().named(name) for name in ("reports", "drones"))
    assert reports is not None
    assert drones is not None
    assert "drones" in queries.breakdowns(reports, "own")
    lines = queries.own(reports, Asked(by="drones"), "pnc", later, "es").lines
    assert [(line.label, line.cell.value) for line in lines if line.cell] == [
        ("Muchas veces", 2.0),
        ("Una vez", 1.0),
    ]
    share = queries.own(drones, Asked(), "pnc", later, "es").whole
    assert share is not None
    assert (share.part, share.count) == (2, 3)
