"""What the database derives from a history is what the fold says, after every single event."""

from __future__ import annotations

import random

import pytest

from resguardo.cases import commands, queries, working
from resguardo.cases.errors import CaseError, Stuck
from resguardo.cases.models import Case, Grant, Owed
from resguardo.core.history import HER
from tests.crowd import carry_on, fresh
from tests.persons import NOW, Persons, minutes

PAIRS = [
    (consent, party)
    for consent in ("services", "account", "identity", "contact", "evidence", "statistics")
    for party in ("dmm", "pnc", "mp", "inacif")
]
ACTS = ("do", "do", "do", "do", "give", "give", "withdraw", "hide", "write", "nature", "back", "ask", "take")


def act(
    case: Case, kind: str, persons: Persons, opened: commands.Opened, minute: int, luck: random.Random
) -> None:
    """One thing that may happen; what the product refuses changes nothing."""
    state, at = queries.state(case), minutes(minute)
    pair = luck.choice(PAIRS)
    if kind == "do":
        carry_on(case, persons, minute, luck)
    elif kind == "give":
        commands.give_consent(case, *pair, opened.holder, at)
    elif kind == "withdraw" and state.consents:
        commands.withdraw_consent(case, *luck.choice(sorted(state.consents)), opened.holder, at)
    elif kind == "hide":
        commands.withhold(case, luck.choice(("dmm", "pnc", "mp", "inacif")), opened.holder, at)
    elif kind == "write":
        commands.send_message(case, "canario-mensaje", opened.holder, at)
    elif kind == "nature":
        commands.change_nature(case, "denuncia", opened.holder, at, {"name": "canario-nombre"})
    elif kind == "back" and len(state.standing) > 1:
        step = luck.choice(sorted(state.standing - {"tell"}))
        working.go_back(case, step, "mistake", persons[state.done[step][-1].party], at)
    elif kind == "ask":
        working.ask_for(case, "answer_pnc", "missing", "canario-solicitud", persons["mp"], at)
    elif kind == "take" and state.open:
        owed = luck.choice(state.open)
        by = persons[owed.party]
        working.assign(case, owed.step, by.actor, by, at)


def check(case: Case) -> None:
    """Grants, work lists, parts and nature in the database are what the fold of the history says."""
    case.refresh_from_db()
    state = queries.state(case)
    born = set(case.group_keys.values_list("group", flat=True))
    grants = set(Grant.objects.filter(key__case=case).values_list("party", "key__group"))
    assert {(party, group) for party, group in grants if party != HER} == {
        (party, group) for party, group in state.sees if group in born
    }
    assert {group for party, group in grants if party == HER} == born
    rows = Owed.objects.filter(case=case).values_list("step", "party", "since", "due", "assigned")
    assert set(rows) == {(o.step, o.party, o.since, o.due, o.assigned) for o in state.open}
    assert commands.parts(state) <= set(case.parts.values_list("party", flat=True))
    assert not set(case.parts.values_list("party", flat=True)) & state.withheld
    assert (case.closed_at is not None) == state.closed
    assert case.nature == state.facts["nature"]


@pytest.mark.parametrize("seed", range(12))
def test_the_database_follows_the_fold_at_every_step(persons: Persons, seed: int) -> None:
    luck = random.Random(seed)
    told = commands.Told(
        nature=luck.choice(("guidance", "notice", "denuncia")),
        language="es",
        facts={"age": luck.choice(("adult", "14_17")), "threat": luck.choice(("yes", "no"))},
        texts={"account": {"text": "canario-relato"}, "contact": {"how": "canario-contacto"}},
        consents=luck.sample(PAIRS, luck.randrange(12)),
    )
    opened = commands.open_case(told, NOW, fresh())
    check(opened.case)
    for minute in range(1, 31):
        before = queries.lines(opened.case)
        try:
            act(opened.case, luck.choice(ACTS), persons, opened, minute, luck)
        except (CaseError, Stuck):
            assert queries.lines(opened.case) == before
        check(opened.case)
