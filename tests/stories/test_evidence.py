"""A photo, a video and a chat on their way from her phone to an officer's screen, and what she is spared."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.journey import Server, serving
from tests.inspection.honest import film, jpeg
from tests.stories.test_one_report import Walk, faults_of, signed_in, walking

pytestmark = [pytest.mark.browser, pytest.mark.slow]
CHAT = "24/11/2026, 9:08 p. m. - Luis: canario-amenaza\n24/11/2026, 9:09 p. m. - Ana: no\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("evidence"), workers=1) as started:
        yield started


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    place = tmp_path_factory.mktemp("files")
    contents = {"foto.jpg": jpeg(), "video.mp4": film(seconds=3), "chat.txt": CHAT.encode()}
    for name, content in contents.items():
        (place / name).write_bytes(content)
    return [place / name for name in contents]


def send(her: Walk, files: list[Path]) -> None:
    """She tells the least there is to tell, and sends the files in pieces."""
    page = her.page
    her.go("/contar/camino/")
    page.locator("input[value=notice]").check()
    her.press("Empezar")
    her.go("/contar/archivos/")
    page.locator("#id_files").set_input_files(files)
    her.press("Mandar y sellar")
    page.get_by_text(files[-1].name).nth(0).wait_for()
    page.wait_for_selector("text=Recibidos y sellados")
    page.wait_for_function("document.querySelectorAll('.rows .done').length === 3")
    her.go("/contar/permisos/")
    for name in ("services-pnc", "account-pnc", "evidence-pnc"):
        page.locator(f"[name={name}]").check()
    her.press("Seguir")
    her.go("/contar/revisar/")
    her.press("Mandar")
    page.wait_for_selector(".receipt")


def opened(page: Page, address: str, how: str) -> None:
    """Open a file for a reason, in one way."""
    page.goto(address)
    page.get_by_label("Para clasificar el caso").check()
    page.locator(f"button[value={how}]").click()
    page.wait_for_load_state()


def test_what_she_sends_is_seen_as_little_as_the_task_needs(
    server: Server, chromium: Browser, files: list[Path]
) -> None:
    faults: list[str] = []
    with walking(chromium, server, script=True) as her:
        send(her, files)
    for _ in range(2):
        assert server.command("work", "--once").returncode == 0
    with signed_in(chromium, server, "pnc") as pnc:
        page = pnc.page
        pnc.go("/trabajo/todos/")
        page.locator("a[href*='/trabajo/casos/']").first.click()
        page.wait_for_selector("text=foto.jpg")
        assert page.locator("main img").count() == 0
        case = page.url
        links = page.eval_on_selector_all(
            "a[href*='/archivo/']:not([href*=custodia])", "all => all.map(a => a.href)"
        )
        photo, video, chat = links
        page.goto(photo)
        assert "Samsung" in pnc.read()
        faults += faults_of(page, "item")
        opened(page, photo, "grey")
        assert page.locator(".view img").count() == 1
        faults += faults_of(page, "grey")
        page.get_by_role("button", name="Hacer una copia tapada").click()
        page.wait_for_selector(".draw img")
        faults += faults_of(page, "cover")
        frame = page.locator(".draw").bounding_box()
        page.mouse.move(frame["x"] + frame["width"] * 0.25, frame["y"] + frame["height"] * 0.25)
        page.mouse.down()
        page.mouse.move(frame["x"] + frame["width"] * 0.75, frame["y"] + frame["height"] * 0.75)
        page.mouse.up()
        assert page.input_value("#id_w1") in ("50", "51")
        pnc.press("Hacer la copia")
        page.wait_for_selector("text=Copia tapada")
        opened(page, video, "grey")
        assert page.locator(".view img").count() > 1
        opened(page, chat, "talk")
        assert "canario-amenaza" in pnc.read()
        assert "2026-11-24T21:08" in pnc.read()
        faults += faults_of(page, "talk")
        page.goto(photo + "custodia/")
        assert "Se abrió el archivo (en gris)" in pnc.read()
        assert "Quién pudo haberlo leído" in pnc.read()
        faults += faults_of(page, "custody")
        page.goto(case + "capturar/")
        faults += faults_of(page, "capture")
        page.goto(photo + "menor/")
        faults += faults_of(page, "minor")
        pnc.press("Marcarlo: puede verse a una menor de edad")
        assert page.goto(photo).status == 403
        page.goto(case)
        assert "está sellado y aquí nadie lo abre" in pnc.read()
        faults += faults_of(page, "case")
    assert faults == []


def test_an_opened_file_closes_by_itself_unless_somebody_stays(
    server: Server, chromium: Browser, files: list[Path]
) -> None:
    with walking(chromium, server, script=True) as her:
        send(her, files)
    assert server.command("work", "--once").returncode == 0
    with signed_in(chromium, server, "pnc") as pnc:
        page = pnc.page
        page.clock.install()
        pnc.go("/trabajo/todos/")
        page.locator("a[href*='/trabajo/casos/']").first.click()
        page.wait_for_selector("text=foto.jpg")
        link = page.locator("a[href*='/archivo/']:not([href*=custodia])").first.get_attribute("href")
        opened(page, f"http://127.0.0.1:{server.port}{link}", "grey")
        page.clock.run_for(91_000)
        page.get_by_role("button", name="Todavía lo estoy viendo").click()
        page.clock.run_for(60_000)
        assert page.locator(".view img").count() == 1
        page.clock.run_for(61_000)
        page.wait_for_url("**/trabajo/casos/*/")
