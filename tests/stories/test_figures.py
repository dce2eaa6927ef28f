"""A journalist and an officer look at the figures, on a phone and on a desk, every page checked by axe."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, sync_playwright

from benchmarks.journey import Server, serving
from tests.stories.test_one_report import Walk, signed_in, walking

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PUBLIC = (
    "/cifras/",
    "/cifras/reports/",
    "/cifras/reports/?por=residence_dept",
    "/cifras/reports/?residence_dept=02&por=tactic_primary",
    "/cifras/denuncias/?por=quarter",
    "/cifras/waits/",
    "/cifras/leaders/",
    "/cifras/datos/",
    "/cifras/reports/?por=nada",
)
OWN = (
    "/trabajo/cifras/",
    "/trabajo/cifras/waits/?paso=receive&paso=decide",
    "/trabajo/cifras/reports/?por=residence_muni&residence_dept=04",
    "/trabajo/cifras/late/?por=party",
    "/trabajo/cifras/compartidas/marco/",
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("figures"), workers=1) as started:
        yield started


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        yield playwright.chromium.launch(executable_path="/usr/bin/chromium", args=flags)


def looked_at(walk: Walk, paths: tuple[str, ...], wide: int) -> None:
    """Each page fits its screen, and axe finds nothing."""
    walk.page.set_viewport_size({"width": wide, "height": 800})
    for path in paths:
        walk.go(path)
        assert walk.page.evaluate("document.documentElement.scrollWidth") <= wide, path
        found = Axe().run(walk.page)
        faults = [(v["id"], v["nodes"][0]["html"][:120]) for v in found.response["violations"]]
        assert faults == [], path


@pytest.mark.parametrize("wide", [360, 1280])
def test_a_journalist_reads_the_figures_on_any_screen(chromium: Browser, server: Server, wide: int) -> None:
    with walking(chromium, server, script=True, wide=wide) as walk:
        looked_at(walk, PUBLIC, wide)
        assert walk.page.context.cookies() == []


@pytest.mark.parametrize("wide", [360, 1280])
def test_an_officer_reads_her_own_figures_on_any_screen(chromium: Browser, server: Server, wide: int) -> None:
    with signed_in(chromium, server, "pnc") as walk:
        looked_at(walk, OWN, wide)


def test_from_the_overview_to_a_download_in_three_clicks(chromium: Browser, server: Server) -> None:
    with walking(chromium, server, script=False, wide=1280) as walk:
        walk.go("/")
        walk.page.get_by_role("link", name="Cifras").click()
        walk.page.get_by_role("link", name="Hechos de ciberviolencia registrados", exact=True).first.click()
        walk.page.get_by_text("Desglosar y filtrar").click()
        walk.page.get_by_label("Departamento de residencia").select_option("04")
        walk.page.get_by_label("Por", exact=True).select_option("quarter")
        walk.press("Mostrar")
        assert "Departamento de residencia: Chimaltenango" in walk.read()
        with walk.page.expect_download() as download:
            walk.page.get_by_role("link", name="CSV").click()
        assert download.value.suggested_filename == "reports-tabla.csv"


def test_the_programme_signs_in_and_lands_on_the_figures(chromium: Browser, server: Server) -> None:
    with signed_in(chromium, server, "programa") as walk:
        assert walk.page.url.endswith("/trabajo/cifras/")
        walk.page.get_by_role("link", name="Marco de resultados").click()
        assert "R3. Las instituciones responden juntas" in walk.read()
