"""The institutions' pages: lists, steps, closed doors, files opened with a reason, the court bag."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from django.test import Client

from resguardo.cases import commands as cases
from resguardo.cases import queries
from resguardo.court.verify import verify
from resguardo.evidence.models import Item
from tests.persons import (
    JPEG,
    NOW,
    PASSWORD,
    Persons,
    carry_to_inacif,
    carry_to_mp,
    minutes,
    send_photo,
    tell,
)


def signed_in(name: str) -> Client:
    client = Client()
    answer = client.post("/trabajo/entrar/", {"username": f"{name}1", "password": PASSWORD})
    assert answer.status_code == 302
    return client


def text(answer) -> str:
    return answer.content.decode()


def test_without_signing_in_nothing_is_shown(persons: Persons) -> None:
    opened = tell()
    client = Client()
    for path in ("", f"casos/{opened.case.number}/", f"casos/{opened.case.number}/bolsa/"):
        answer = client.get(f"/trabajo/{path}")
        assert answer.status_code == 302
        assert answer.headers["Location"] == "/trabajo/entrar/"


def test_a_wrong_password_keeps_the_name_and_says_no_more(persons: Persons) -> None:
    answer = Client().post("/trabajo/entrar/", {"username": "pnc1", "password": "otra"})
    assert answer.status_code == 422
    assert "no es correcto" in text(answer)
    assert 'value="pnc1"' in text(answer)


def test_the_session_alone_reads_nothing(persons: Persons) -> None:
    opened = tell()
    client = signed_in("pnc")
    del client.cookies["k"]
    assert client.get(f"/trabajo/casos/{opened.case.number}/").status_code == 302


def test_the_list_says_what_is_owed_late_first(persons: Persons) -> None:
    opened = tell()
    page = text(signed_in("pnc").get("/trabajo/"))
    assert opened.case.number in page
    assert "Recibir y leer el caso" in page
    assert "Atrasado" in page
    assert "No se debe nada" in text(signed_in("inacif").get("/trabajo/"))


def test_a_case_shows_what_may_be_read_and_names_what_may_not(persons: Persons) -> None:
    opened = tell()
    page = text(signed_in("pnc").get(f"/trabajo/casos/{opened.case.number}/"))
    assert "canario-relato" in page
    assert "canario-nombre" not in page
    assert "Su nombre y documento" in page
    assert "ningún consentimiento" in page


def test_that_somebody_read_is_in_the_history_once_a_day(persons: Persons) -> None:
    opened = tell()
    client = signed_in("pnc")
    client.get(f"/trabajo/casos/{opened.case.number}/")
    client.get(f"/trabajo/casos/{opened.case.number}/")
    read = [e.about["group"] for e in queries.events(opened.case) if e.kind == "accessed"]
    assert sorted(read) == sorted(set(read))
    assert "account" in read


def test_a_party_without_a_part_finds_no_case(persons: Persons) -> None:
    opened = tell()
    for path in ("", "paso/receive/", "bolsa/", "parte/account/", "mensaje/"):
        assert signed_in("inacif").get(f"/trabajo/casos/{opened.case.number}/{path}").status_code == 404


@pytest.mark.parametrize("group", ["identity", "account", "contact", "facts"])
def test_a_closed_door_stays_closed_by_hand_written_address(persons: Persons, group: str) -> None:
    opened = tell()
    carry_to_inacif(opened, persons)
    answer = signed_in("inacif").get(f"/trabajo/casos/{opened.case.number}/parte/{group}/")
    assert answer.status_code == 403
    assert "canario" not in text(answer)


def test_a_step_shows_what_it_will_share_before_it_is_done(persons: Persons) -> None:
    opened = tell()
    carry_to_mp(opened, persons)
    cases.do_step(opened.case, "open_file", persons["mp"], minutes(10), facts={"expertise": "inacif"})
    page = text(signed_in("mp").get(f"/trabajo/casos/{opened.case.number}/paso/request_expertise/"))
    assert "INACIF" in page
    assert "Con su consentimiento" in page
    assert "Por ley" in page


def test_a_step_is_done_on_its_page_with_what_it_asks(persons: Persons) -> None:
    opened = tell()
    client = signed_in("pnc")
    base = f"/trabajo/casos/{opened.case.number}/paso"
    assert client.post(f"{base}/receive/").status_code == 302
    missing = client.post(f"{base}/assess_risk/", {"assess_risk-write-risk": "se queda"})
    assert missing.status_code == 422
    assert "se queda" in text(missing)
    given = {"assess_risk-fact-risk_level": "high", "assess_risk-write-risk": "canario-riesgo"}
    assert client.post(f"{base}/assess_risk/", given).status_code == 302
    assert queries.state(opened.case).facts["risk_level"] == "high"
    assert "canario-riesgo" in text(client.get(f"/trabajo/casos/{opened.case.number}/"))


def test_whoever_comes_second_is_told_and_keeps_the_words(persons: Persons) -> None:
    opened = tell()
    client = signed_in("pnc")
    cases.do_step(opened.case, "receive", persons["pnc"], NOW)
    given = {"assess_risk-fact-risk_level": "low", "assess_risk-write-risk": "lo que escribí"}
    cases.do_step(opened.case, "assess_risk", persons["pnc"], NOW, facts={"risk_level": "high"})
    answer = client.post(f"/trabajo/casos/{opened.case.number}/paso/assess_risk/", given)
    assert answer.status_code == 409
    assert "Ya estaba hecho" in text(answer)
    assert "ya no está pendiente" in text(answer)
    assert "lo que escribí" in text(answer)


def item_address(case) -> str:
    return f"/trabajo/casos/{case.number}/archivo/{Item.objects.get(case=case).pk}/"


def test_a_file_opens_with_a_reason_and_the_opening_is_counted(persons: Persons) -> None:
    opened = tell()
    send_photo(opened)
    client = signed_in("pnc")
    page = client.get(item_address(opened.case))
    assert "Por qué necesita abrirlo" in text(page)
    assert client.post(item_address(opened.case)).headers["Content-Type"].startswith("text/html")
    answer = client.post(item_address(opened.case), {"reason": "to-assess-risk"})
    assert b"".join(answer.streaming_content) == JPEG
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    last = queries.events(opened.case)[-1]
    assert (last.kind, last.reason) == ("accessed", "to-assess-risk")
    assert "se abrió una vez" in text(client.get(f"/trabajo/casos/{opened.case.number}/"))


def test_nobody_opens_a_file_in_which_a_minor_may_be_seen(persons: Persons) -> None:
    opened = tell(minor_in_image="yes")
    send_photo(opened)
    client = signed_in("pnc")
    answer = client.post(item_address(opened.case), {"reason": "to-assess-risk"})
    assert answer.status_code == 403
    assert "menor de edad" in text(answer)
    assert "Abrir, con motivo" not in text(client.get(f"/trabajo/casos/{opened.case.number}/"))


def test_a_file_is_refused_where_she_did_not_consent(persons: Persons) -> None:
    opened = tell(consents=(("services", "pnc"), ("account", "pnc")))
    send_photo(opened)
    client = signed_in("pnc")
    assert client.get(item_address(opened.case)).status_code == 403
    assert client.post(item_address(opened.case), {"reason": "to-assess-risk"}).status_code == 403


def test_messages_go_to_her_only_where_she_consented(persons: Persons) -> None:
    opened = tell()
    client = signed_in("pnc")
    address = f"/trabajo/casos/{opened.case.number}/mensaje/"
    client.post(address, {"text": "Aquí estamos."})
    assert queries.messages(opened.case, opened.holder)[0].content["text"] == "Aquí estamos."
    silent = tell(consents=(("account", "pnc"),))
    address = f"/trabajo/casos/{silent.case.number}/mensaje/"
    assert client.post(address, {"text": "Hola"}).status_code == 403


def test_asking_again_needs_a_reason_and_is_counted(persons: Persons) -> None:
    opened = tell()
    client = signed_in("pnc")
    address = f"/trabajo/casos/{opened.case.number}/mensaje/"
    refused = client.post(address, {"text": "¿Qué pasó?", "field": "account"})
    assert refused.status_code == 422
    assert "¿Qué pasó?" in text(refused)
    assert queries.messages(opened.case, opened.holder) == []
    client.post(address, {"text": "¿Qué pasó?", "field": "account", "reason": "court-asks"})
    assert [e.reason for e in queries.events(opened.case) if e.kind == "asked-again"] == ["court-asks"]
    page = text(client.get(f"/trabajo/casos/{opened.case.number}/"))
    assert "Veces que se le volvió a preguntar: 1" in page
    assert "Se le volvió a preguntar lo que ya estaba: Lo que contó" in page


def test_signing_in_settles_what_was_owed(db: None) -> None:
    opened = tell()
    Persons()
    client = signed_in("pnc")
    page = text(client.get(f"/trabajo/casos/{opened.case.number}/"))
    assert "En espera" in page
    from resguardo.cases.grants import settle

    settle(opened.holder)
    assert "canario-relato" in text(client.get(f"/trabajo/casos/{opened.case.number}/"))


def test_the_court_bag_is_downloaded_and_valid(persons: Persons, tmp_path: Path) -> None:
    opened = tell()
    send_photo(opened)
    carry_to_mp(opened, persons)
    answer = signed_in("mp").post(f"/trabajo/casos/{opened.case.number}/bolsa/")
    bag = b"".join(answer.streaming_content)
    (tmp_path / "bag.zip").write_bytes(bag)
    assert verify(tmp_path / "bag.zip").valid
    with zipfile.ZipFile(io.BytesIO(bag)) as archive:
        photos = [name for name in archive.namelist() if "/data/items/" in name]
        assert [archive.read(name) for name in photos] == [JPEG]
    assert queries.events(opened.case)[-1].kind == "exported"


def test_the_bag_leaves_out_what_its_maker_may_not_open(persons: Persons, tmp_path: Path) -> None:
    opened = tell(consents=(("services", "pnc"),))
    send_photo(opened)
    answer = signed_in("pnc").post(f"/trabajo/casos/{opened.case.number}/bolsa/")
    (tmp_path / "bag.zip").write_bytes(b"".join(answer.streaming_content))
    verdict = verify(tmp_path / "bag.zip")
    assert verdict.valid
    assert verdict.items == 0
    assert queries.events(opened.case)[-1].about["left_out"]


def test_every_page_is_there_in_english_too(persons: Persons) -> None:
    opened = tell()
    client = signed_in("pnc")
    client.get("/trabajo/?lang=en")
    page = text(client.get(f"/trabajo/casos/{opened.case.number}/"))
    assert "What we must do now" in page
    assert "Receive and read the case" in page
    assert '<html lang="en">' in page
