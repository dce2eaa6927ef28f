"""One report, end to end, in a real browser: told once, sealed, handed over, proved.

Her part runs with JavaScript switched off. Every page that anybody sees on the way is checked by axe.
"""

from __future__ import annotations

import re
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.journey import Server, serving
from resguardo.demo import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.slow]
WORDS = {"account": "canario-relato", "name": "canario-nombre", "who": "canario-quien"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("story"), workers=1) as started:
        yield started


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        yield playwright.chromium.launch(executable_path="/usr/bin/chromium", args=flags)


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real JPEG, as a camera's program writes it."""
    path = tmp_path_factory.mktemp("photo") / "captura.jpg"
    Image.radial_gradient("L").resize((640, 480)).convert("RGB").save(path, quality=85)
    return path


class Walk:
    """A person's browser: `page` for what they do, `look` for what axe thinks of where they are."""

    def __init__(self, page: Page, base: str, *, script: bool) -> None:
        self.page, self.base, self.script = page, base, script
        self.faults: list[str] = []

    def go(self, path: str) -> int:
        answer = self.page.goto(self.base + path)
        return answer.status if answer else 0

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).first.click()

    def read(self) -> str:
        return self.page.inner_text("main")


@contextmanager
def walking(chromium: Browser, server: Server, *, script: bool, wide: int = 360) -> Iterator[Walk]:
    context = chromium.new_context(
        java_script_enabled=script, locale="es", viewport={"width": wide, "height": 740}, bypass_csp=True
    )
    try:
        yield Walk(context.new_page(), f"http://127.0.0.1:{server.port}", script=script)
    finally:
        context.close()


@contextmanager
def signed_in(chromium: Browser, server: Server, who: str) -> Iterator[Walk]:
    with walking(chromium, server, script=True, wide=1280) as walk:
        walk.go("/trabajo/entrar/")
        walk.page.get_by_label("Usuario").fill(who)
        walk.page.get_by_label("Contraseña").fill(PASSWORD)
        walk.press("Entrar")
        yield walk


def tell(her: Walk, photo: Path) -> str:
    """She tells it, and reads her number."""
    page = her.page
    her.go("/")
    page.get_by_role("link", name="Empezar").click()
    page.get_by_role("link", name="Este teléfono es seguro: seguir").click()
    page.get_by_label("Quiero poner una denuncia").check()
    her.press("Empezar")
    page.get_by_label("Cuéntenos qué pasó").fill(WORDS["account"])
    her.press("Seguir")
    page.get_by_label("¿Cuándo?").fill("desde agosto")
    page.get_by_label("WhatsApp").check()
    her.press("Seguir")
    page.get_by_label("Tengo una sospecha").check()
    page.get_by_label("¿Qué sabe de esa persona?").fill(WORDS["who"])
    her.press("Seguir")
    page.get_by_label("18 o más").check()
    her.press("Seguir")
    page.get_by_label("Escoja archivos").set_input_files(photo)
    her.press("Mandar y sellar")
    assert "captura.jpg" in her.read()
    page.get_by_role("link", name="Seguir").click()
    page.get_by_label("Su nombre").fill(WORDS["name"])
    her.press("Seguir")
    page.get_by_label("Solo aquí, con mi número").check()
    her.press("Seguir")
    for box in page.get_by_role("checkbox").all():
        if not str(box.get_attribute("name")).startswith("hide-"):
            box.check()
    her.press("Seguir")
    assert WORDS["account"] in her.read()
    her.press("Mandar")
    number = page.inner_text(".receipt")
    her.press("Ya lo tengo: bórrelo de este teléfono")
    assert "sellado" in her.read()
    return number


def come_back(her: Walk, number: str) -> None:
    her.go("/volver/")
    her.page.get_by_label("Su número de 20 dígitos").fill(number)
    her.press("Abrir")


def do(walk: Walk, case: str, step: str, *, choose: str = "", write: str = "") -> None:
    """Do one step of a case through its page."""
    assert walk.go(f"/trabajo/casos/{case}/paso/{step}/") == 200
    if choose:
        walk.page.get_by_label(choose, exact=True).check()
    if write:
        walk.page.locator("textarea").fill(write)
    walk.press("Confirmar: está hecho")
    assert walk.page.url.endswith(f"/trabajo/casos/{case}/")


def test_one_report_from_her_words_to_a_bag_that_a_stranger_verifies(
    server: Server, chromium: Browser, photo: Path, tmp_path: Path
) -> None:
    with walking(chromium, server, script=False) as her:
        number = tell(her, photo)
        come_back(her, number)
        case = re.search(r"RG-\d{4}-\w+", her.read())[0]
        assert "Usted contó lo que pasó" in her.read()

    with signed_in(chromium, server, "pnc") as pnc:
        assert case in pnc.read()
        pnc.go(f"/trabajo/casos/{case}/")
        assert WORDS["account"] in pnc.read()
        do(pnc, case, "receive")
        do(pnc, case, "seal_evidence", choose="Sí")
        do(pnc, case, "assess_risk", choose="Alto", write="Se acordó una hora segura.")
        do(pnc, case, "explain_rights")
        do(pnc, case, "register")
        pnc.go(f"/trabajo/casos/{case}/paso/hand_over/")
        assert "Con su consentimiento" in pnc.read()
        do(pnc, case, "hand_over")

    with signed_in(chromium, server, "mp") as mp:
        do(mp, case, "open_file", choose="INACIF")
        do(mp, case, "request_expertise", write="¿Fue alterada la imagen?")

    with signed_in(chromium, server, "inacif") as inacif:
        inacif.go(f"/trabajo/casos/{case}/")
        seen = inacif.page.content()
        assert "¿Fue alterada la imagen?" in seen
        assert not any(word in seen for word in WORDS.values())
        assert "Lo que contó" in inacif.read()
        for group in ("identity", "account", "contact", "facts"):
            assert inacif.go(f"/trabajo/casos/{case}/parte/{group}/") == 403
        inacif.go(f"/trabajo/casos/{case}/")
        inacif.page.get_by_role("link", name="Abrir, con motivo").click()
        inacif.page.get_by_label("Para dar el dictamen").check()
        token = inacif.page.locator("input[name=csrfmiddlewaretoken]").first.input_value()
        opened = inacif.page.request.post(
            inacif.page.url,
            form={"csrfmiddlewaretoken": token, "reason": "to-give-opinion"},
            headers={"Referer": inacif.page.url},
        )
        assert opened.body() == photo.read_bytes()
        do(inacif, case, "verify_seal", choose="Sí")
        do(inacif, case, "give_opinion", write="No se hallaron alteraciones.")

    with signed_in(chromium, server, "mp") as mp:
        mp.go(f"/trabajo/casos/{case}/")
        assert "No se hallaron alteraciones." in mp.read()
        mp.go(f"/trabajo/casos/{case}/bolsa/")
        with mp.page.expect_download() as waiting:
            mp.press("Hacer y descargar")
        bag = tmp_path / "bag.zip"
        waiting.value.save_as(bag)

    with zipfile.ZipFile(bag) as archive:
        archive.extractall(tmp_path / "out")
        assert not any(WORDS["account"].encode() in archive.read(name) for name in archive.namelist())
    fingerprint = server.command("key").stdout.strip()
    script = next((tmp_path / "out").rglob("verify.sh"))
    ran = subprocess.run(["sh", str(script), "--key", fingerprint], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout
    assert "VÁLIDO (VALID)" in ran.stdout
    assert server.command("verify", str(bag), "--key", fingerprint).returncode == 0

    with walking(chromium, server, script=False) as her:
        come_back(her, number)
        assert "INACIF dio su dictamen" in her.read()
        assert "Archivos de prueba" in her.read()


def test_a_consent_withdrawn_on_her_page_empties_the_view_at_once(
    server: Server, chromium: Browser, photo: Path
) -> None:
    with walking(chromium, server, script=False) as her:
        number = tell(her, photo)
        come_back(her, number)
        case = re.search(r"RG-\d{4}-\w+", her.read())[0]
        with signed_in(chromium, server, "pnc") as pnc:
            pnc.go(f"/trabajo/casos/{case}/")
            assert WORDS["account"] in pnc.read()
            her.go("/volver/permisos/")
            for title in ("Lo que conté, cuándo, dónde y quién", "Que me orienten y me escriban aquí"):
                her.page.get_by_role("button", name=re.compile(f"^Retirar: {title}, PNC")).click()
            pnc.go(f"/trabajo/casos/{case}/")
            assert WORDS["account"] not in pnc.page.content()
            assert pnc.go(f"/trabajo/casos/{case}/parte/account/") == 403


def faults_of(page: Page, name: str) -> list[str]:
    """What axe finds on a page, named."""
    found = Axe().run(page).response["violations"]
    return [f"{name}: {fault['id']} {fault['nodes'][0]['target']}" for fault in found]


def test_axe_finds_nothing_wrong_on_any_page(server: Server, chromium: Browser, photo: Path) -> None:
    faults: list[str] = []
    with walking(chromium, server, script=True) as her:
        page = her.page
        for path in ("/", "/contar/telefono/", "/contar/camino/", "/consejos/", "/volver/", "/nada/"):
            her.go(path)
            faults += faults_of(page, path)
        her.go("/contar/relato/")
        faults += faults_of(page, "expired draft")
        her.go("/contar/camino/")
        page.get_by_label("Quiero poner una denuncia").check()
        her.press("Empezar")
        for path in ("relato", "cuando", "quien", "detalles", "nombre", "contacto", "permisos", "revisar"):
            her.go(f"/contar/{path}/")
            faults += faults_of(page, path)
        her.go("/contar/nombre/")
        her.press("Seguir")
        faults += faults_of(page, "error summary")
        her.go("/contar/archivos/")
        page.get_by_label("Escoja archivos").set_input_files(photo)
        her.press("Mandar y sellar")
        page.wait_for_selector(".rows .done")
        faults += faults_of(page, "files")
        her.go("/contar/nombre/")
        page.get_by_label("Su nombre").fill("x")
        her.press("Seguir")
        her.go("/contar/revisar/")
        her.press("Mandar")
        faults += faults_of(page, "receipt")
        number = page.inner_text(".receipt")
        her.press("Ya lo tengo: bórrelo de este teléfono")
        faults += faults_of(page, "finished")
        come_back(her, number)
        for path in ("caso", "mensajes", "archivos", "permisos"):
            her.go(f"/volver/{path}/")
            faults += faults_of(page, f"visit {path}")
    with walking(chromium, server, script=True, wide=1280) as anybody:
        anybody.go("/trabajo/entrar/")
        faults += faults_of(anybody.page, "sign in")
    with signed_in(chromium, server, "pnc") as pnc:
        faults += faults_of(pnc.page, "work list")
        pnc.page.locator(".worklist li span a").first.click()
        address = pnc.page.url
        faults += faults_of(pnc.page, "case")
        pnc.page.locator("a", has_text="Hacerlo").first.click()
        faults += faults_of(pnc.page, "step")
        for part in ("ruta/", "bolsa/", "parte/opinion/"):
            pnc.page.goto(address + part)
            faults += faults_of(pnc.page, part)
        pnc.page.goto(address)
        case = address.rstrip("/").rpartition("/")[2]
        for path in ("todos/", "buscar/", "atrasos/", "calendario/", "cuenta/", "personas/", "?de=mias"):
            assert pnc.go(f"/trabajo/{path}") == 200
            faults += faults_of(pnc.page, path)
        for path in ("pedir/", "apartarme/", "mensaje/?respuesta=received"):
            assert pnc.go(f"/trabajo/casos/{case}/{path}") == 200
            faults += faults_of(pnc.page, path)
        pnc.go("/trabajo/personas/")
        pnc.press("Hacer una invitación")
        faults += faults_of(pnc.page, "invitation made")
    with walking(chromium, server, script=True, wide=1280) as anybody:
        anybody.go("/trabajo/invitacion/")
        faults += faults_of(anybody.page, "invitation")
    assert faults == []


def test_her_pages_are_light(server: Server) -> None:
    import gzip

    from benchmarks.journey import Visitor

    sent = 0

    class Counting(Visitor):
        def ask(self, method: str, path: str, body: bytes = b"", kind: str = "") -> tuple[int, bytes]:
            nonlocal sent
            status, page = super().ask(method, path, body, kind)
            if status == 200:
                sent += len(gzip.compress(page, 6)) + 900
            return status, page

    visitor = Counting(server.port)
    for path in ("/", "/static/site/style.css", "/static/site/exit.js"):
        assert visitor.get(path)[0] == 200
    assert sent <= 14 * 1024
    visitor.begin()
    visitor.answer()
    visitor.permit()
    assert visitor.send()
    assert sent <= 60 * 1024
