"""Many cases at once, made without the receipt's slow key: for load, where her number plays no part."""

from __future__ import annotations

import random
import secrets

from resguardo.cases import commands as cases
from resguardo.cases import queries
from resguardo.cases.commands import Fresh, Told
from resguardo.cases.models import Case
from resguardo.core.age import Identity
from resguardo.core.vault import HerKey, Receipt
from tests.persons import CONSENTS, NOW, Persons, minutes


def fresh() -> Fresh:
    """A receipt whose key is drawn, not derived."""
    return Fresh(Receipt.new(), HerKey(secrets.token_hex(16), Identity.generate()))


def many_cases(count: int, persons: Persons, seed: int = 1) -> list[Case]:
    """`count` open cases, each carried by the institutions for a random number of steps."""
    luck = random.Random(seed)
    made = []
    for _ in range(count):
        told = Told(
            nature=luck.choice(("notice", "denuncia", "denuncia")),
            language="es",
            facts={"age": "adult", "threat": luck.choice(("yes", "no"))},
            texts={"account": {"text": "canario-relato"}},
            consents=CONSENTS,
        )
        case = cases.open_case(told, NOW, fresh()).case
        for minute in range(luck.randrange(12)):
            carry_on(case, persons, minute + 1, luck)
        made.append(case)
    return made


def carry_on(case: Case, persons: Persons, minute: int, luck: random.Random) -> None:
    """Do one of the steps that are owed, never the one that closes."""
    state, route = queries.state(case), queries.route_named(case.route)
    owed = [o for o in state.open if not route.steps[o.step].closes]
    if not owed:
        return
    one = luck.choice(owed)
    step = route.steps[one.step]
    cases.do_step(
        case,
        one.step,
        persons[one.party],
        minutes(minute),
        outcome=next((o for o, again in step.outcomes.items() if not again), None),
        facts={fact: luck.choice(route.facts[fact].values) for fact in step.asks},
        writes={group: {"text": "canario-nota"} for group in step.writes},
    )
