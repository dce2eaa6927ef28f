"""The pages of figures: everybody's, an institution's own, the programme's; addresses say what is asked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import urlencode, urljoin

import numpy as np
import pytest
from django.conf import settings
from django.test import Client

from resguardo import packs
from resguardo.indicators import queries, releases
from resguardo.indicators.asking import breakdowns, codes, filters
from resguardo.indicators.releases import Published
from resguardo.people.commands import add_member, create_party
from tests.indicators.invented import UNTIL, columns_of, invented, publication
from tests.indicators.reading import rows
from tests.persons import PASSWORD, Persons
from tests.work.test_pages import signed_in, text

FIGURES = queries.figures()
PUBLIC = [one for one in FIGURES.indicator if one.public]
WITHHELD = "/cifras/reports/?residence_dept=02&por=tactic_primary"


def small(number: float) -> bool:
    """Whether a number could be of women of whom one can be recognised."""
    return 0 < number < 5


@pytest.fixture
def programme(persons: Persons) -> Client:
    """Somebody of the programme, signed in."""
    party, identity = create_party("programme", persons.recovery.recipient)
    add_member(party, "programme1", "Persona programa", PASSWORD, identity)
    return signed_in("programme")


# Everybody's


@pytest.mark.parametrize("id_", [one.id for one in FIGURES.indicator])
def test_every_indicator_has_its_page_for_everybody_or_none(figures: None, id_: str) -> None:
    one = FIGURES.named(id_)
    assert one is not None
    seen = one.public or one.leads or one.how == "awaits"
    answer = Client().get(f"/cifras/{id_}/")
    assert answer.status_code == (200 if seen else 404)
    if one.how == "awaits":
        assert "Todavía no se mide" in text(answer)


@pytest.mark.parametrize(
    "path", ["", "reports/", "waits/", "datos/", "reports/?por=x", "nada/", WITHHELD[8:]]
)
def test_pages_for_everybody_set_no_cookie_and_run_nothing_of_others(figures: None, path: str) -> None:
    answer = Client().get(f"/cifras/{path}")
    assert not answer.cookies
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert "style=" not in text(answer)
    assert "<script>" not in text(answer)


def test_pages_are_read_and_nothing_else(figures: None) -> None:
    for path in ("/cifras/", "/cifras/reports/", "/cifras/reports/tabla.csv", "/cifras/datos/"):
        assert Client().head(path).status_code == 200
        for method in ("post", "put", "delete", "patch"):
            assert getattr(Client(), method)(path).status_code == 405


def test_the_overview_says_its_period_how_many_and_what_it_does_not_say(figures: None) -> None:
    page = text(Client().get("/cifras/"))
    assert (
        f"{publication().records:,} hechos de ciberviolencia, de octubre de 2023 a septiembre de 2026" in page
    )
    assert "Lo que estas cifras no dicen" in page
    assert len(page.encode()) <= 150_000
    for picture in ("trend", "map", "top", "funnel", "waits", "multiples"):
        assert f'id="{picture}-w-title"' in page
        assert f'id="{picture}-n-title"' in page


def test_an_empty_register_is_said_calmly(nothing: None) -> None:
    answer = Client().get("/cifras/")
    assert answer.status_code == 200
    assert "Todavía no se ha publicado ningún trimestre" in text(answer)
    assert Client().get("/cifras/datos/").status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "por=nada",
        "residence_dept=99",
        "quarter=2020-T1",
        "residence_dept=01&platform=facebook&age_band=13_17",
    ],
)
def test_what_does_not_exist_is_said_with_a_way_on(figures: None, query: str) -> None:
    answer = Client().get(f"/cifras/reports/?{query}")
    assert answer.status_code == 422
    assert 'class="errors"' in text(answer)
    assert "Sin filtros" in text(answer)


def test_filters_in_the_address_survive_the_page_and_the_change_of_language(figures: None) -> None:
    client = Client()
    page = text(client.get("/cifras/reports/?residence_dept=04&por=quarter"))
    assert '<option value="04" selected>Chimaltenango</option>' in page
    assert '<option value="quarter" selected>' in page
    assert "Departamento de residencia: Chimaltenango" in page
    assert "tabla.csv?por=quarter&amp;residence_dept=04" in page
    english = client.get("/cifras/reports/?por=quarter&residence_dept=04&lang=en")
    assert english.headers["Location"] == "/cifras/reports/?por=quarter&residence_dept=04"
    page = text(client.get(english.headers["Location"]))
    assert "Department of residence: Chimaltenango" in page
    assert '<html lang="en">' in page


def test_a_row_leads_to_the_same_figure_with_that_row_as_a_filter(figures: None) -> None:
    there = rows(text(Client().get("/cifras/reports/?por=residence_dept")))
    row = next(row for row in there if row.label == "Chimaltenango")
    whole = rows(text(Client().get(f"/cifras/reports/{row.href}")))[-1]
    assert whole.label == "Total"
    assert whole.numbers == row.numbers


def test_a_withheld_row_is_said_in_words_in_table_and_picture(figures: None) -> None:
    page = text(Client().get(WITHHELD))
    held = [row for row in rows(page) if row.withheld]
    assert held
    assert all(row.cells == ["reservado: menos de 5, o se podría deducir"] for row in held)
    assert f"{held[0].label}: menos de 5, o reservado" in page or "filas más están en la tabla" in page
    assert "No se dice si hay alguna en ellas" in page


@pytest.mark.parametrize("count", [1, 12, 150])
def test_few_records_are_shown_without_a_fault(
    persons: Persons, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    columns = columns_of(packs.load(settings.PACK).register, invented()[:count])
    found = Published([releases.release(columns, q, UNTIL) for q in releases.ended(columns, UNTIL)])
    monkeypatch.setattr(queries, "columns", lambda: columns)
    monkeypatch.setattr(releases, "publication", lambda: found)
    client = signed_in("inacif")
    for start in ("/cifras/", "/trabajo/cifras/"):
        reached = dict(followed(client, start, 60))
        assert {address for address, status in reached.items() if status != 200} == set()


def followed(client: Client, start: str, most: int) -> Iterator[tuple[str, int]]:
    """Pages reached from `start` by their links, breadth first, with their status."""
    waiting, known = [start], {start}
    for _ in range(most):
        if not waiting:
            return
        address = waiting.pop(0)
        answer = client.get(address)
        yield address, answer.status_code
        if answer.headers["Content-Type"].startswith("text/html"):
            for href in re.findall(r'href="([^"#]+)"', text(answer)):
                target = urljoin(address, unescape(href))
                inside = target.startswith(start) and "lang=" not in target
                if inside and target not in known and not target.startswith("/trabajo/cifras/compartidas"):
                    known.add(target)
                    waiting.append(target)


def test_every_link_of_everybodys_pages_leads_somewhere(figures: None) -> None:
    reached = dict(followed(Client(), "/cifras/", 400))
    assert len(reached) == 400
    assert {address for address, status in reached.items() if status != 200} == set()


def addresses(count: int, seed: int) -> Iterator[tuple[str, str]]:
    """Random addresses of everybody's pages: an indicator and its query."""
    luck = np.random.default_rng(seed)
    for _ in range(count):
        one = PUBLIC[luck.integers(len(PUBLIC))]
        by = str(luck.choice(breakdowns(one, "shared")))
        names = luck.choice(filters(one, "shared"), luck.integers(0, 3), replace=False)
        where = {str(name): str(luck.choice(list(codes(str(name), "shared")))) for name in names}
        yield one.id, urlencode({"por": by, **where})


def test_five_hundred_addresses_give_away_no_small_number(figures: None) -> None:
    client, answered = Client(), 0
    whole = {one.id: rows(text(client.get(f"/cifras/{one.id}/")))[-1].numbers for one in PUBLIC}
    for id_, query in addresses(500, seed=11):
        answer = client.get(f"/cifras/{id_}/?{query}")
        if answer.status_code == 422:
            continue
        answered += 1
        there = rows(text(answer))
        counts = [row.numbers[-1] for row in there if row.numbers]
        assert not any(small(count) for count in counts), query
        for row in there:
            if len(row.numbers) == 3:
                _percent, part, base = row.numbers
                assert not small(part), query
                assert not small(base - part), query
        if there[-1].numbers:
            assert not small(whole[id_][-1] - there[-1].numbers[-1]), query
        mixed = "por eso suman más" in text(answer)
        if there[-1].numbers and not mixed and any(row.withheld for row in there):
            assert not small(there[-1].numbers[-1] - sum(counts[:-1])), query
    assert answered > 350


# An institution's own


def test_without_signing_in_an_institutions_figures_are_closed(figures: None) -> None:
    for path in ("", "reports/", "waits/", "compartidas/", "marco/", "reports/tabla.csv"):
        answer = Client().get(f"/trabajo/cifras/{path}")
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/trabajo/entrar/")


@pytest.mark.parametrize("id_", [one.id for one in FIGURES.indicator])
def test_every_indicator_has_a_page_for_an_institution(figures: None, persons: Persons, id_: str) -> None:
    client = signed_in("pnc")
    assert client.get(f"/trabajo/cifras/{id_}/").status_code == 200


def test_every_breakdown_of_every_kind_of_indicator_is_a_page(figures: None, persons: Persons) -> None:
    client = signed_in("pnc")
    for id_ in ("reports", "denuncias", "delay", "waits", "late", "again", "told", "complete"):
        one = FIGURES.named(id_)
        assert one is not None
        for by in breakdowns(one, "own") if id_ == "reports" else one.by:
            answer = client.get(f"/trabajo/cifras/{id_}/?por={by}&age_band=13_17&desde=2025-01&hasta=2026-06")
            assert answer.status_code == 200, (id_, by)


def test_the_overview_of_an_institution_is_of_the_last_twelve_months(figures: None, persons: Persons) -> None:
    page = text(signed_in("pnc").get("/trabajo/cifras/"))
    assert "De noviembre de 2025 a octubre de 2026" in page
    assert "un año antes: " in page
    assert "En lo que va de noviembre de 2026: " in page
    assert len(page.encode()) <= 153_600


def test_a_span_that_is_not_whole_is_compared_with_nothing(figures: None, persons: Persons) -> None:
    page = text(signed_in("pnc").get("/trabajo/cifras/?desde=2026-01&hasta=2026-11"))
    assert "De enero de 2026 a noviembre de 2026" in page
    assert "un año antes" not in page


def test_waits_have_curves_of_the_steps_that_were_chosen(figures: None, persons: Persons) -> None:
    page = text(signed_in("pnc").get("/trabajo/cifras/waits/?paso=receive&paso=decide"))
    curves = page[page.index('id="curves-w-title"') :]
    assert 'value="decide" checked' in page
    assert 'value="register" checked' not in page
    assert "Recibir y leer el caso: la mitad en" in curves
    assert "Aún esperan" in curves


def test_the_map_of_a_department_is_of_its_municipalities(figures: None, persons: Persons) -> None:
    page = text(signed_in("pnc").get("/trabajo/cifras/reports/?por=residence_muni&residence_dept=04"))
    assert "Tecpán Guatemala" in page
    assert 'class="borders"' in page


def test_an_institution_counts_what_it_may_and_never_anothers(
    persons: Persons, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = [f.attname for f in invented()[0]._meta.fields]
    made = [type(one)(**{name: getattr(one, name) for name in fields}) for one in invented()[:900]]
    for place, entry in enumerate(made):
        entry.counted_by = " pnc " if place < 700 else " dmm "
    columns = columns_of(packs.load(settings.PACK).register, made)
    monkeypatch.setattr(queries, "columns", lambda: columns)
    wholes = {}
    for name in ("pnc", "dmm", "mp"):
        client = signed_in(name)
        total = rows(text(client.get("/trabajo/cifras/reports/")))[-1]
        wholes[name] = total.numbers[-1]
        for path in ("?party=pnc", "?keeper=pnc", "?counted_by=pnc", "?de=pnc"):
            again = client.get(f"/trabajo/cifras/reports/{path}")
            assert rows(text(again))[-1].numbers == total.numbers
    mask = columns.counted_by("pnc") & columns.where(FIGURES.named("reports").of)  # type: ignore[union-attr]
    assert wholes["pnc"] == int(mask.sum())
    assert 0 < wholes["dmm"] <= 200
    assert wholes["mp"] == 0


def test_shared_totals_are_the_same_for_whoever_looks(figures: None, persons: Persons) -> None:
    inside = rows(text(signed_in("dmm").get("/trabajo/cifras/compartidas/reports/?por=residence_dept")))
    outside = rows(text(Client().get("/cifras/reports/?por=residence_dept")))
    assert inside == outside


def test_every_link_of_an_institutions_pages_leads_somewhere(figures: None, persons: Persons) -> None:
    reached = dict(followed(signed_in("pnc"), "/trabajo/cifras/", 250))
    assert len(reached) == 250
    assert {address for address, status in reached.items() if status != 200} == set()


def test_a_leader_sees_the_shared_figures(figures: None, persons: Persons) -> None:
    party, identity = create_party("leader", persons.recovery.recipient)
    add_member(party, "leader1", "Persona lideresa", PASSWORD, identity)
    page = text(signed_in("leader").get("/trabajo/cifras/"))
    assert "Las nuestras, exactas" not in page
    assert "de mujeres que permitieron contarlos" in page


# The programme


def test_the_programme_sees_shared_figures_and_no_case(figures: None, programme: Client) -> None:
    assert programme.get("/trabajo/").headers["Location"] == "/trabajo/cifras/"
    page = text(programme.get("/trabajo/cifras/"))
    assert "Totales compartidos" in page
    assert "Las nuestras, exactas" not in page
    assert "Programa y donantes" in page
    outside = rows(text(Client().get("/cifras/reports/")))
    assert rows(text(programme.get("/trabajo/cifras/reports/"))) == outside
    assert programme.get("/trabajo/cifras/steps/").status_code == 404


def test_the_programme_finds_every_case_page_closed(programme: Client) -> None:
    from tests.persons import tell

    case = tell().case
    for path in ("todos/", "atrasos/", "calendario/", "buscar/"):
        assert programme.get(f"/trabajo/{path}").headers["Location"] == "/trabajo/cifras/"
    for path in ("personas/", "cuenta/"):
        assert programme.get(f"/trabajo/{path}").status_code == 200
    assert programme.post("/trabajo/buscar/", {"asked": case.number}).status_code == 302
    for path in ("", "ruta/", "paso/receive/", "mensaje/", "parte/account/", "bolsa/", "abrir/", "asignar/"):
        assert programme.get(f"/trabajo/casos/{case.number}/{path}").status_code in (404, 405)
        assert programme.post(f"/trabajo/casos/{case.number}/{path}").status_code in (404, 405)


def test_the_results_frame_names_result_goal_and_number(figures: None, programme: Client) -> None:
    page = text(programme.get("/trabajo/cifras/marco/"))
    for one in FIGURES.indicator:
        assert one.title.es in page
    for result in FIGURES.result:
        assert f"{result.id}. {result.title.es}" in page
    assert "16.3.3" in page
    assert "aún no se mide" in page
    assert Client().get("/cifras/marco/").status_code == 404


def test_every_page_is_there_in_english_too(figures: None, persons: Persons) -> None:
    client = signed_in("pnc")
    client.get("/trabajo/?lang=en")
    for path in ("", "waits/", "compartidas/", "marco/", "datos/", "leaders/"):
        page = text(client.get(f"/trabajo/cifras/{path}"))
        assert '<html lang="en">' in page
        assert not re.search(r"Lo que|Cómo se|Todas las cifras|reservado", page), path
