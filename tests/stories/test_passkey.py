"""A passkey as second step, with a real browser and its own authenticator."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import sync_playwright

from benchmarks.journey import Server, serving
from resguardo.demo import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("passkey"), workers=1) as started:
        yield started


def test_a_passkey_is_made_and_then_asked_for(server: Server) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_context(locale="es").new_page()
        devtools = page.context.new_cdp_session(page)
        devtools.send("WebAuthn.enable")
        kind = {"protocol": "ctap2", "transport": "internal", "hasUserVerification": True}
        options = {**kind, "isUserVerified": True, "automaticPresenceSimulation": True}
        devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        base = f"http://localhost:{server.port}"

        def enter() -> None:
            page.goto(f"{base}/trabajo/entrar/")
            page.get_by_label("Usuario").fill("mp")
            page.get_by_label("Contraseña").fill(PASSWORD)
            page.get_by_role("button", name="Entrar", exact=True).click()

        enter()
        page.goto(f"{base}/trabajo/cuenta/")
        page.get_by_role("button", name="Agregar una llave de acceso de este aparato").click()
        page.get_by_text("Olvidarlo").wait_for()
        page.get_by_role("button", name="Salir", exact=True).click()
        enter()
        assert page.url.endswith("/trabajo/entrar/segundo/")
        assert page.goto(f"{base}/trabajo/todos/").url.endswith("/trabajo/entrar/")
        page.goto(f"{base}/trabajo/entrar/segundo/")
        page.get_by_role("button", name="Usar mi llave de acceso").click()
        page.get_by_role("heading", name="Lo que debemos").wait_for()
        browser.close()
