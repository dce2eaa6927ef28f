"""A case hidden from an institution goes to the one that stands in (rules R23, R24)."""

from __future__ import annotations

import pytest

from resguardo.cases import commands, queries
from resguardo.cases.commands import Told
from resguardo.cases.errors import NoSuchCase
from resguardo.cases.worklist import worklist
from tests.persons import NOW, Persons, minutes


def test_a_denuncia_hidden_from_the_police_is_received_by_the_prosecutor(persons: Persons) -> None:
    told = Told(
        nature="denuncia",
        language="es",
        facts={"official_suspect": "yes"},
        texts={"account": {"text": "canario-relato"}},
        consents=(("account", "pnc"), ("account", "mp")),
        withheld=("pnc",),
    )
    opened = commands.open_case(told, NOW)
    with pytest.raises(NoSuchCase):
        queries.case_for(opened.case.number, persons["pnc"])
    case = queries.case_for(opened.case.number, persons["mp"])
    assert queries.read_group(case, "account", persons["mp"])[0].content == {"text": "canario-relato"}
    commands.do_step(case, "receive", persons["mp"], minutes(1))
    owed = {o.step for o in worklist(persons["mp"], NOW).rows}
    assert owed == {"seal_evidence", "assess_risk", "explain_rights", "preserve_data"}
