"""An officer fills in a record by keyboard: what she told is there, her words find the code, it prints."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from benchmarks.journey import Server, serving
from tests.stories.test_four_officers import within
from tests.stories.test_one_report import Walk, do, faults_of, signed_in, walking

pytestmark = [pytest.mark.browser, pytest.mark.slow]
MAKE = """
from datetime import UTC, datetime, timedelta
from resguardo.cases.commands import Told, open_case
from tests.crowd import fresh
from tests.persons import CONSENTS
at = datetime.now(UTC) - timedelta(hours=5)
facts = {"age": "adult", "threat": "yes", "platform": ["whatsapp"], "department": "04"}
told = Told("denuncia", "es", facts, {"account": {"text": "canario"}}, CONSENTS)
print(open_case(told, at, fresh()).case.number)
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("register"), workers=1) as started:
        yield started


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])


def to_the_record(pnc: Walk, number: str) -> None:
    """From the work list to the record, through the step that asks for it."""
    do(pnc, number, "receive")
    do(pnc, number, "seal_evidence", choose="Sí")
    do(pnc, number, "assess_risk", choose="Alto", write="canario-seguridad")
    pnc.go("/trabajo/")
    row = pnc.page.locator(".worklist li", has_text=number)
    row.get_by_role("link", name="Registrar en la PNC").click()
    pnc.page.get_by_role("link", name="Abrir el registro").click()


def search(page: Page, words: str) -> None:
    """Go to the search box with its key, type, and take the first that is found."""
    page.locator("body").press("/")
    page.keyboard.type(words)
    page.wait_for_selector("[role=option][aria-selected=true]")


def test_an_officer_fills_in_the_record_by_keyboard(server: Server, chromium: Browser) -> None:
    faults: list[str] = []
    (number,) = within(server, MAKE)
    with signed_in(chromium, server, "pnc") as pnc:
        page = pnc.page
        to_the_record(pnc, number)
        assert page.locator("input[name=f-platform][value=whatsapp]").is_checked()
        assert "lo contó ella" in pnc.read()
        faults += faults_of(page, "record")
        search(page, "me clonaron el wasap")
        faults += faults_of(page, "search open")
        page.keyboard.press("Enter")
        assert page.locator("input[name=f-tactic][value='SUR-04']").is_checked()
        page.locator("#f-tactic_primary").select_option("SUR-04")
        page.locator("input[name=f-frequency]").first.focus()
        page.keyboard.press("2")
        assert page.locator("input[name=f-frequency]:checked").get_attribute("value") == "several"
        page.keyboard.press("?")
        assert page.get_by_text("escoger en un grupo").is_visible()
        page.locator("#f-residence_muni").focus()
        page.keyboard.type("tecpan")
        page.get_by_role("option", name="Tecpán Guatemala, Chimaltenango").wait_for()
        page.keyboard.press("Enter")
        assert page.locator("#f-residence_muni").input_value() == "Tecpán Guatemala, Chimaltenango"
        page.locator("#f-reach").fill("muchas")
        page.get_by_text("Borrador guardado a las").wait_for()
        assert page.locator("[data-follows=iccs_code]").inner_text() != "—"
        page.reload()
        assert page.locator("#f-reach").input_value() == "muchas"
        page.locator("#f-reach").press("Control+Enter")
        page.get_by_role("alert").wait_for()
        assert page.evaluate("document.activeElement.className") == "errors"
        faults += faults_of(page, "errors")
        page.get_by_role("link", name="Alcance visto").click()
        page.locator("#f-reach").fill("30")
        page.keyboard.press("Control+Enter")
        page.get_by_text("Guardado. La historia del caso lo dice.").wait_for()
        faults += faults_of(page, "saved")
        page.get_by_role("link", name="Imprimirlo").click()
        assert number in pnc.read()
        assert "Tecpán Guatemala, Chimaltenango" in pnc.read()
        faults += faults_of(page, "paper")
        assert page.pdf(format="A4").startswith(b"%PDF")
        pnc.go(f"/trabajo/casos/{number}/")
        assert "Se llenó el registro" in page.inner_text(".timeline")
        for path in ("", "codigos/?q=packs", "diccionario/", "diccionario/tactics/"):
            pnc.go(f"/trabajo/registro/{path}")
            faults += faults_of(page, path)
        for path in ("?paso=event", "?paso=revisar", "borrador/quitar/"):
            pnc.go(f"/trabajo/casos/{number}/registro/{path}")
            faults += faults_of(page, path)
    assert faults == []


def test_what_is_not_kept_is_said(server: Server, chromium: Browser) -> None:
    (number,) = within(server, MAKE)
    with signed_in(chromium, server, "pnc") as pnc:
        pnc.go(f"/trabajo/casos/{number}/registro/")
        pnc.page.context.set_offline(True)
        pnc.page.locator("#f-reach").fill("30")
        expect(pnc.page.locator("#kept")).to_contain_text("No se guardó", timeout=15_000)


def test_without_script_a_search_loses_nothing(server: Server, chromium: Browser) -> None:
    (number,) = within(server, MAKE)
    with walking(chromium, server, script=False, wide=1280) as walk:
        walk.go("/trabajo/entrar/")
        walk.page.get_by_label("Usuario").fill("pnc")
        walk.page.get_by_label("Contraseña").fill("demo solo para mirar")
        walk.press("Entrar")
        walk.go(f"/trabajo/casos/{number}/registro/")
        walk.page.locator("#f-reach").fill("30")
        walk.page.locator("#q-tactic").fill("packs")
        walk.page.locator("button[value='search:tactic']").click()
        walk.page.get_by_role("link", name="Ponerlo en el registro").first.click()
        assert walk.page.locator("input[name=f-tactic][value='IMG-01']").is_checked()
        assert walk.page.locator("#f-reach").input_value() == "30"
        walk.press("Guardar")
        assert "Guardado" in walk.read()
