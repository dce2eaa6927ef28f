"""A new version of the route is adopted while cases are open: nothing is lost, nobody is stuck."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from resguardo import packs
from resguardo.cases import adoption, commands, queries
from resguardo.cases.errors import CaseError
from resguardo.cases.models import Owed, RouteVersion
from resguardo.core.route import Route
from tests.persons import NOW, TO_MP, Persons, carry_to_mp, minutes, tell

TEXT = (Path(packs.__file__).parent / "gt/route.toml").read_text(encoding="utf-8")
PARALLEL = """
[steps.photo_album]
who = "pnc"
title = { es = "Comparar con el álbum", en = "Compare with the album" }
does = { es = "Compare las cuentas con el álbum.", en = "Compare the accounts with the album." }
told = { es = "Compararon las cuentas con otras conocidas.", en = "The accounts were compared with others." }
after = ["receive"]
when = { nature = ["notice", "denuncia"] }
within = "P3D"
late = "pnc"
basis = { status = "OWN" }

[steps.close]
"""


@pytest.fixture(autouse=True)
def _fresh_routes() -> None:
    queries.route_named.cache_clear()


def newer(text: str = TEXT, version: int = 4) -> str:
    """The route with one more step that runs beside the others."""
    text = text.replace("\n[steps.close]\n", PARALLEL, 1)
    text = text.replace(
        'after = ["tell_her", "safety_now"', 'after = ["tell_her", "photo_album", "safety_now"'
    )
    without_stories = text[: text.index("[[told]]")]
    return without_stories.replace("version = 3\nchecked_on", f"version = {version}\nchecked_on", 1)


def test_a_parallel_step_is_adopted_and_what_was_done_stays_done(persons: Persons) -> None:
    fresh, carried = tell(), tell()
    carry_to_mp(carried, persons)
    route = adoption.install(newer(), "new.toml", NOW)
    found = {effect.case: effect for effect in adoption.dry_run(route)}
    assert found[fresh.case.number].nothing
    assert found[carried.case.number].owes == {("photo_album", "pnc")}
    before = queries.state(carried.case)
    adoption.adopt(carried.case, route, minutes(30))
    after = queries.state(carried.case)
    assert after.standing == before.standing
    assert {o.step for o in after.open} == {o.step for o in before.open} | {"photo_album"}
    assert set(Owed.objects.filter(case=carried.case).values_list("step", flat=True)) == {
        o.step for o in after.open
    }
    assert adoption.adopt(carried.case, route, minutes(31)) is None
    commands.do_step(carried.case, "photo_album", persons["pnc"], minutes(32))
    assert queries.events(carried.case)[-2].kind == "route-adopted"


def test_a_case_of_the_first_route_adopts_todays(persons: Persons) -> None:
    opened = tell()
    opened.case.route = "gt@1"
    opened.case.save()
    for minute, step in enumerate(TO_MP, 1):
        commands.do_step(opened.case, step, persons["pnc"], minutes(minute))
    today = packs.load("gt").route
    adoption.adopt(opened.case, today, minutes(10))
    state = queries.state(opened.case)
    assert set(TO_MP) <= state.standing
    assert {(o.step, o.party) for o in state.open} == {("preserve_data", "pnc"), ("open_file", "mp")}


def test_new_cases_follow_what_was_installed_last(persons: Persons) -> None:
    adoption.install(newer(), "new.toml", NOW)
    assert tell().case.route == "gt@4"


def test_another_text_under_the_same_version_is_refused(persons: Persons) -> None:
    adoption.install(newer(), "new.toml", NOW)
    with pytest.raises(CaseError, match="another document"):
        adoption.install(newer().replace("P3D", "P4D", 1), "new.toml", NOW)
    with pytest.raises(CaseError, match="newer"):
        adoption.install(newer(version=1), "new.toml", NOW)
    assert RouteVersion.objects.count() == 1


def test_a_route_with_faults_is_not_installed(db: None) -> None:
    with pytest.raises(CaseError, match="faults"):
        adoption.install(newer().replace('within = "P3D"\n', "", 1), "new.toml", NOW)


@pytest.mark.slow
def test_a_thousand_open_cases_take_a_new_step_and_all_can_close(persons: Persons) -> None:
    from tests.crowd import many_cases

    cases = many_cases(1000, persons)
    route = Route.parse(newer(), "new.toml")
    began = time.perf_counter()
    effects = list(adoption.dry_run(route))
    rate = len(effects) / (time.perf_counter() - began)
    print(f"dry run: {rate:.0f} cases/s")
    assert len(effects) == 1000
    assert not any(effect.stuck or effect.sees_no_more for effect in effects)
    assert set().union(*(effect.owes_no_more for effect in effects)) <= {("close", "pnc")}
    adoption.install(newer(), "new.toml", NOW)
    for case in cases:
        before = queries.state(case)
        adoption.adopt(case, route, minutes(600))
        after = queries.state(case)
        assert {k: v for k, v in after.done.items() if v} == before.done
        still = {(o.step, o.party, o.since) for o in after.open}
        assert {(o.step, o.party, o.since) for o in before.open if o.step != "close"} <= still
    for case in cases[::50]:
        for minute in range(601, 680):
            state = queries.state(case)
            if state.closed:
                break
            owed = state.open[0]
            spec = route.steps[owed.step]
            commands.do_step(
                case,
                owed.step,
                persons[owed.party],
                minutes(minute),
                outcome=next((o for o, again in spec.outcomes.items() if not again), None),
            )
        assert queries.state(case).closed
