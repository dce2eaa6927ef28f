"""She tells it from a browser without JavaScript, and comes back with her number."""

from __future__ import annotations

import io
import re

import pytest
from django.test import Client

from resguardo.cases import queries
from resguardo.cases.models import Case
from resguardo.evidence.models import Item
from resguardo.report.models import Paper
from tests.persons import JPEG, Persons

TOKEN = re.compile(r'name="t" value="([0-9a-f]+)"')


class Her:
    """Her browser: follows forms by their hidden token, as a person does without noticing."""

    def __init__(self) -> None:
        self.client = Client()

    def get(self, address: str) -> str:
        return self.client.get(address).content.decode()

    def post(self, address: str, **values: object):
        found = TOKEN.search(self.get(address))
        token = {"t": found[1]} if found else {}
        return self.client.post(address, {**token, **values})

    def begin(self, nature: str = "denuncia") -> None:
        self.client.post("/contar/camino/", {"nature": nature})

    def tell(self, nature: str = "denuncia") -> None:
        self.begin(nature)
        self.post("/contar/relato/", text="canario-relato")
        self.post("/contar/cuando/", when="canario-cuando", platform=["facebook"])
        self.post("/contar/quien/", perp_identified="unknown", who="canario-quien")
        self.post("/contar/detalles/", threat="yes", age="adult")
        self.post("/contar/archivos/", files=photo(), note="canario-nota")
        if nature == "denuncia":
            self.post("/contar/nombre/", name="canario-nombre")
        self.post("/contar/contacto/", safe_contact="none", how="canario-contacto")
        self.post("/contar/permisos/", **{"services-pnc": "on", "account-pnc": "on", "evidence-pnc": "on"})

    def send(self) -> str:
        """Send, and read the number."""
        self.post("/contar/revisar/")
        return re.search(r'class="receipt">([\d ]+)<', self.get("/contar/numero/"))[1]


def photo(content: bytes = JPEG, name: str = "canario-foto.jpg") -> io.BytesIO:
    out = io.BytesIO(content)
    out.name = name
    return out


@pytest.fixture
def her(persons: Persons) -> Her:
    return Her()


def test_she_tells_it_once_and_reads_where_it_is(her: Her) -> None:
    her.tell()
    number = her.send()
    assert len(number.replace(" ", "")) == 20
    her.post("/contar/numero/")
    assert "canario" not in her.get("/contar/listo/")
    assert her.client.get("/contar/numero/").status_code == 410
    assert her.client.post("/volver/", {"number": number}).status_code == 302
    page = her.get("/volver/caso/")
    assert "Usted contó lo que pasó" in page
    case = Case.objects.get()
    assert case.number in page
    assert case.nature == "denuncia"


def test_no_cookie_before_she_begins(her: Her) -> None:
    for address in ("/", "/contar/telefono/", "/contar/camino/", "/consejos/", "/volver/"):
        assert not her.client.get(address).cookies, address
    her.begin()
    assert set(her.client.cookies) == {"p"}


def test_sending_twice_makes_one_case_and_shows_one_number(her: Her) -> None:
    her.tell()
    token = TOKEN.search(her.get("/contar/revisar/"))[1]
    her.client.post("/contar/revisar/", {"t": token})
    her.client.post("/contar/revisar/", {"t": token})
    assert Case.objects.count() == 1
    assert 'class="receipt"' in her.get("/contar/numero/")


def test_two_windows_keep_both_answers_and_say_so(her: Her) -> None:
    her.begin()
    page = her.get("/contar/relato/")
    token = TOKEN.search(page)[1]
    her.client.post("/contar/relato/", {"t": token, "seen": "0", "text": "desde una ventana"})
    answer = her.client.post("/contar/relato/", {"t": token, "seen": "0", "text": "desde la otra"})
    assert "otra ventana" in answer.content.decode()
    assert "desde la otra" in answer.content.decode()


def test_a_draft_survives_a_reload_and_is_unreadable_without_her_cookie(her: Her) -> None:
    her.begin()
    her.post("/contar/relato/", text="canario-borrador")
    assert "canario-borrador" in her.get("/contar/relato/")
    assert b"canario" not in bytes(Paper.objects.get().sealed)
    her.client.cookies.clear()
    answer = her.client.get("/contar/relato/")
    assert answer.status_code == 410
    assert "canario" not in answer.content.decode()


def test_a_draft_of_yesterday_is_gone_and_the_page_says_so(her: Her) -> None:
    from datetime import timedelta

    from django.utils import timezone

    her.begin()
    Paper.objects.update(touched_at=timezone.now() - timedelta(hours=25))
    answer = her.client.get("/contar/relato/")
    assert answer.status_code == 410
    assert "24 horas" in answer.content.decode()


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"", "nada.jpg", "vacío"),
        (b"MZ\x90\x00\x03\x00\x00\x00", "foto.jpg", "no se acepta"),
        (b"<html><script>1</script>", "foto.html", "no se acepta"),
    ],
)
def test_a_bad_file_gets_a_clear_answer_and_nothing_is_lost(
    her: Her, content: bytes, name: str, said: str
) -> None:
    her.begin()
    her.post("/contar/relato/", text="se queda")
    her.post("/contar/archivos/", files=photo())
    answer = her.post("/contar/archivos/", files=photo(content, name), note="mi nota")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page
    assert "mi nota" in page
    assert "canario-foto.jpg" in page
    assert "se queda" in her.get("/contar/relato/")


def test_a_file_over_the_limit_gets_a_clear_answer(her: Her) -> None:
    her.begin()
    answer = her.post("/contar/archivos/", files=photo(JPEG + bytes(27 * 1024 * 1024)))
    assert answer.status_code == 422
    assert "25 MB" in answer.content.decode()


def test_a_file_that_she_takes_back_is_gone(her: Her) -> None:
    her.begin()
    her.post("/contar/archivos/", files=photo())
    item = re.search(r'name="remove" value="([0-9a-f-]+)"', her.get("/contar/archivos/"))[1]
    assert her.post("/contar/archivos/", remove=item).status_code == 302
    assert "canario-foto" not in her.get("/contar/archivos/")
    assert not Item.objects.exists()


def test_a_file_name_cannot_turn_the_page_around(her: Her) -> None:
    her.begin()
    her.post("/contar/archivos/", files=photo(name="foto\u202egpj.exe.jpg"))
    assert "\u202e" not in her.get("/contar/archivos/")


def test_a_name_with_signs_that_turn_the_writing_is_kept_and_explained(her: Her) -> None:
    her.begin()
    her.post("/contar/nombre/", name="Ana \u202eluasuraF")
    page = her.get("/contar/revisar/")
    assert "\u202e" not in page
    assert "Ana luasuraF" in page
    assert "signos ocultos" in page


def test_a_day_that_has_not_come_gets_a_kind_question(her: Her) -> None:
    her.begin()
    answer = her.post("/contar/cuando/", day="2099-01-01", when="se queda")
    assert answer.status_code == 422
    assert "todavía no ha llegado" in answer.content.decode()
    assert "se queda" in answer.content.decode()


def test_an_answer_that_is_too_long_is_kept_in_the_page(her: Her) -> None:
    her.begin()
    answer = her.post("/contar/relato/", text="a" * 20_001)
    assert answer.status_code == 422
    assert "a" * 20_001 in answer.content.decode()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("1234", "20 dígitos"),
        ("1234 5678 9012 3456 789o", "solo tiene dígitos"),
        ("1111 1111 1111 1111 1112", "no encaja"),
    ],
)
def test_a_mistyped_number_is_caught_kindly(her: Her, typed: str, said: str) -> None:
    answer = her.client.post("/volver/", {"number": typed})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert typed in answer.content.decode()


def test_a_form_from_another_site_changes_nothing(her: Her) -> None:
    her.begin()
    her.client.post("/contar/relato/", {"text": "ajeno"})
    assert "ajeno" not in her.get("/contar/relato/")


def test_leaving_forgets_the_draft(her: Her) -> None:
    her.begin()
    answer = her.client.get("/salir/")
    assert answer.status_code == 302
    assert not Paper.objects.exists()
    assert "storage" in answer.headers["Clear-Site-Data"]


def test_a_denuncia_without_a_name_goes_on_as_a_notice_when_she_says_so(her: Her) -> None:
    her.begin()
    assert her.post("/contar/nombre/").status_code == 422
    assert her.post("/contar/nombre/", as_notice="on").status_code == 302
    her.send()
    assert Case.objects.get().nature == "notice"


def test_every_page_of_hers_keeps_nothing_and_has_a_way_out(her: Her) -> None:
    her.tell()
    for page in ("", "contar/telefono/", "contar/relato/", "contar/permisos/", "contar/revisar/", "volver/"):
        answer = her.client.get(f"/{page}")
        assert answer.headers["Cache-Control"] == "no-store"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "data-exit" in answer.content.decode()


def test_guidance_becomes_a_denuncia_without_telling_it_again(her: Her) -> None:
    her.tell("guidance")
    number = her.send()
    her.client.post("/volver/", {"number": number})
    refused = her.post("/volver/camino/", nature="denuncia")
    assert refused.status_code == 422
    assert "Escriba su nombre" in refused.content.decode()
    assert her.post("/volver/camino/", nature="denuncia", name="canario-nombre").status_code == 302
    case = Case.objects.get()
    assert case.nature == "denuncia"
    assert case.owed.filter(party="pnc", step="receive").exists()
    her.post("/volver/camino/", nature="notice")
    assert Case.objects.get().nature == "denuncia"


def test_a_fault_of_ours_gets_a_calm_page_and_no_words_in_the_log(
    her: Her, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*args: object) -> None:
        raise ValueError("canario-en-un-error")

    her.begin()
    page = her.get("/contar/relato/")
    token = TOKEN.search(page)[1]
    monkeypatch.setattr("resguardo.report.commands.keep_answers", broken)
    her.client.raise_request_exception = False
    answer = her.client.post("/contar/relato/", {"t": token, "text": "canario-texto"})
    assert answer.status_code == 500
    assert "No es culpa suya" in answer.content.decode()
    assert "canario" not in caplog.text
    assert "canario" not in answer.content.decode()
    assert "ValueError" in caplog.text


def test_who_receives_a_hidden_case_is_asked_about_before_it_is_sent(her: Her) -> None:
    her.tell()
    shown = re.search(r'name="boxes" value="(\d+)"', her.get("/contar/permisos/"))[1]
    first = her.post("/contar/permisos/", **{"hide-pnc": "on", "boxes": shown, "seen": "1"}).content.decode()
    assert "otra la recibe en su lugar" in first
    assert 'name="services-mp"' in first
    boxes = re.search(r'name="boxes" value="(\d+)"', first)[1]
    given = {"hide-pnc": "on", "services-mp": "on", "account-mp": "on", "boxes": boxes, "seen": "2"}
    assert her.post("/contar/permisos/", **given).headers["Location"] == "/contar/revisar/"
    her.send()
    case = Case.objects.get()
    assert case.owed.filter(party="mp").exists()
    assert not case.parts.filter(party="pnc").exists()
    sees = {pair for pair in queries.state(case).sees if pair[0] == "mp"}
    assert ("mp", "channel") in sees


def test_she_is_told_when_nobody_could_read_it(her: Her) -> None:
    her.begin("notice")
    assert "nadie puede leer lo que contó" in her.get("/contar/revisar/")
    her.post("/contar/permisos/", **{"services-pnc": "on"})
    assert "nadie puede leer lo que contó" not in her.get("/contar/revisar/")


def test_hiding_it_from_all_who_could_receive_it_is_said_and_nothing_is_lost(her: Her) -> None:
    her.tell()
    for seen in ("1", "2"):
        boxes = re.search(r'name="boxes" value="(\d+)"', her.get("/contar/permisos/"))[1]
        hidden = {"hide-pnc": "on", "hide-mp": "on", "boxes": boxes, "seen": seen}
        her.post("/contar/permisos/", **hidden)
    answer = her.post("/contar/revisar/")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "No quedaría nadie que pueda recibir este caso" in page
    assert 'href="/contar/permisos/?to=check"' in page
    assert "canario-relato" in page
    assert Case.objects.count() == 0
    her.post("/contar/permisos/", **{"hide-pnc": "on", "boxes": boxes, "seen": "3"})
    assert len(her.send()) == 24
