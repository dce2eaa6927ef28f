"""The record on the screen: who sees and writes what, what is kept when something is wrong."""

from __future__ import annotations

import csv
import html
import logging
import re
import shutil
from pathlib import Path

import pytest
from django.test import Client

from resguardo import packs
from resguardo.cases import queries, working
from resguardo.cases.models import Case, Event, Record
from resguardo.people.commands import add_member
from resguardo.people.holder import AUDITOR
from resguardo.people.models import Member, Party
from resguardo.registry import commands
from resguardo.registry.answers import told_apart
from resguardo.registry.following import register
from resguardo.registry.models import Draft, Entry
from resguardo.registry.queries import sheet
from resguardo.work.phrases import sentence
from tests.persons import CONSENTS, NOW, PASSWORD, Persons, carry_to_mp, minutes, tell
from tests.work.test_pages import signed_in, text

TEMPLATES = Path(__file__).resolve().parents[2] / "src" / "resguardo" / "registry"
MODULES = ("answers", "dictionary", "listing", "page", "questions", "seeking", "views", "words")
INPUT = re.compile(r'<input type="(?:radio|checkbox)" name="(f-[^"]+)" value="([^"]*)" checked')
TYPED = re.compile(r'<input id="(f-[^"]+)" name="f-[^"]+" value="([^"]*)"')
LINES = re.compile(r'<textarea[^>]* name="(f-[^"]+)"[^>]*>\n(.*?)</textarea>', re.DOTALL)
LIST = re.compile(r'<select id="[^"]+" name="(f-[^"]+)".*?</select>', re.DOTALL)
CHOSEN = re.compile(r'<option value="([^"]+)" selected')
WORDS = {"f-accounts_urls": "canario-cuenta\n5555-0000", "f-perp_name": "canario-agresor"}


@pytest.fixture
def case(persons: Persons) -> Case:
    consents = (*CONSENTS, ("services", "dmm"))
    return tell(consents=consents, age="adult", department="16", platform=["whatsapp"]).case


@pytest.fixture
def pnc(persons: Persons) -> Client:
    return signed_in("pnc")


def address(case: Case, more: str = "") -> str:
    return f"/trabajo/casos/{case.number}/registro/{more}"


def form_of(page: str) -> dict[str, list[str]]:
    """What a browser would send of a page's form, untouched."""
    sent: dict[str, list[str]] = {}
    for name, value in INPUT.findall(page):
        sent.setdefault(name, []).append(html.unescape(value))
    for name, value in [*TYPED.findall(page), *LINES.findall(page)]:
        sent[name] = [html.unescape(value)]
    for found in LIST.finditer(page):
        sent[found[1]] = CHOSEN.findall(found[0])
    for name in ("mark", "paso"):
        sent[name] = re.findall(rf'name="{name}" value="([^"]*)"', page)[:1]
    return sent


def send(client: Client, case: Case, do: str = "save", start: str = "", **over: object):
    """Open the form, change some of it, send it."""
    sent: dict[str, object] = dict(form_of(text(client.get(address(case, start)))))
    named = {name if name in ("source", "mark") else f"f-{name}": value for name, value in over.items()}
    return client.post(address(case), {**sent, **named, "do": do})


def test_without_signing_in_nothing_is_shown(case: Case) -> None:
    for more in ("", "papel/", "borrador/quitar/"):
        assert Client().get(address(case, more)).status_code == 302
    for path in ("", "codigos/", "diccionario/"):
        assert Client().get(f"/trabajo/registro/{path}").status_code == 302


def test_pages_are_not_stored_and_run_nothing_but_our_own(case: Case, pnc: Client) -> None:
    for path in (address(case), "/trabajo/registro/", "/trabajo/registro/codigos/?q=packs"):
        answer = pnc.get(path)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-store"
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        assert "<script>" not in text(answer)
        assert "style=" not in text(answer)


def test_what_she_told_is_shown_with_its_source_and_not_asked_again(case: Case, pnc: Client) -> None:
    page = text(pnc.get(address(case)))
    assert "lo contó ella" in page
    assert "No le pregunte otra vez" in page
    assert f"/trabajo/casos/{case.number}/mensaje/" in page
    assert form_of(page)["f-platform"] == ["whatsapp"]


def test_what_she_keeps_under_her_own_lock_is_a_door_with_its_name(case: Case, pnc: Client) -> None:
    page = text(pnc.get(address(case)))
    assert "<b>Nombre, CUI (DPI)</b>" in page
    assert "canario" not in page
    assert 'name="f-name"' not in page


def test_saving_untouched_confirms_what_she_told(case: Case, pnc: Client, persons: Persons) -> None:
    assert send(pnc, case).status_code == 302
    origin = sheet(case, persons["pnc"]).standing.origins["platform"]
    assert (origin.source, origin.confirmed_by) == ("her", persons["pnc"].actor)
    assert origin.at == NOW
    page = text(pnc.get(address(case, "?guardado=1")))
    assert "confirmado por Persona pnc" in page
    assert send(pnc, case).status_code == 302
    assert [e.kind for e in queries.events(case)].count("registered") == 1


def test_the_source_of_what_is_written_is_chosen(case: Case, pnc: Client, persons: Persons) -> None:
    send(pnc, case, frequency="daily", source="document")
    assert sheet(case, persons["pnc"]).standing.origins["frequency"].source == "document"
    assert "de un documento" in text(pnc.get(address(case)))


def test_what_is_wrong_comes_back_as_it_was_typed_and_the_rest_is_saved(case: Case, pnc: Client) -> None:
    send(pnc, case, reach="30")
    answer = send(pnc, case, reach="muchas", date_start="2031-01", frequency="daily")
    page = text(answer)
    assert answer.status_code == 422
    assert 'href="#f-reach"' in page
    assert 'href="#f-date_start"' in page
    assert form_of(page)["f-reach"] == ["muchas"]
    values = Entry.objects.get(case=case).values
    assert '"frequency":"daily"' in values
    assert '"reach":30' in values
    again = text(pnc.get(address(case)))
    assert form_of(again)["f-reach"] == ["muchas"]


def test_places_are_typed_with_or_without_their_department(case: Case, pnc: Client, persons: Persons) -> None:
    send(pnc, case, residence_muni="tecpan guatemala", incident_muni="Cobán, Alta Verapaz")
    values = sheet(case, persons["pnc"]).standing.values
    assert (values["residence_muni"], values["residence_dept"]) == ("0406", "04")
    assert values["incident_muni"] == "1601"
    assert 'value="Tecpán Guatemala, Chimaltenango"' in text(pnc.get(address(case)))
    assert told_apart(register(), "municipality", "ninguna parte") == "ninguna parte"


def test_what_the_program_works_out_can_be_corrected_and_left_to_it_again(
    case: Case, pnc: Client, persons: Persons
) -> None:
    send(pnc, case, tactic=["IMG-02"], tactic_primary="IMG-02")
    assert sheet(case, persons["pnc"]).standing.values["iccs_code"] == "0205"
    send(pnc, case, iccs_code="0211")
    page = text(pnc.get(address(case)))
    assert "corregido" in page
    assert sheet(case, persons["pnc"]).standing.values["iccs_code"] == "0211"
    send(pnc, case, iccs_code="")
    standing = sheet(case, persons["pnc"]).standing
    assert standing.values["iccs_code"] == "0205"
    assert standing.origins["iccs_code"].source == "program"


def test_offences_are_offered_as_possible_and_chosen_by_nobody(
    case: Case, pnc: Client, persons: Persons
) -> None:
    send(pnc, case, tactic=["IMG-02"], tactic_primary="IMG-02")
    page = text(pnc.get(address(case)))
    assert "Posible delito, por confirmar: lo decide la fiscalía. Nunca es un veredicto." in page
    assert "gt_offence_candidate" not in sheet(case, persons["pnc"]).standing.values


def test_a_draft_refuses_nothing_and_goes_when_it_is_dropped(case: Case, pnc: Client) -> None:
    answer = send(pnc, case, "draft", reach="muchas", tactic=["no-existe"])
    assert answer.headers["Location"].endswith("?borrador=1")
    page = text(pnc.get(address(case)))
    assert "Ve un borrador" in page
    assert form_of(page)["f-reach"] == ["muchas"]
    assert Draft.objects.exists()
    assert pnc.post(address(case, "borrador/quitar/")).status_code == 302
    assert not Draft.objects.exists()


def test_a_draft_keeps_itself_and_says_when_and_what_follows(case: Case, pnc: Client) -> None:
    sent = form_of(text(pnc.get(address(case)))) | {"f-tactic_primary": "IMG-02"}
    answer = pnc.post(address(case, "borrador/"), sent, headers={"Accept": "application/json"})
    told = answer.json()
    assert told["kept"].startswith("Borrador guardado a las ")
    assert told["follows"]["iccs_code"] == "Coacción"
    assert told["filled"] <= told["needed"]
    assert pnc.get(address(case, "borrador/")).status_code == 405


def test_nothing_is_drafted_where_nothing_changed(case: Case, pnc: Client) -> None:
    send(pnc, case, "draft")
    assert not Draft.objects.exists()


def test_the_drafts_forms_ask_for_the_token_against_forgery(case: Case, persons: Persons) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies = signed_in("pnc").cookies
    for more in ("", "borrador/", "borrador/quitar/"):
        assert client.post(address(case, more), {"do": "save"}).status_code == 403


def test_step_by_step_changes_only_what_its_page_asks(case: Case, pnc: Client, persons: Persons) -> None:
    send(pnc, case, frequency="daily", perp_count="2")
    answer = send(pnc, case, "go:perp", "?paso=event", frequency="once")
    assert answer.headers["Location"].endswith("?paso=perp")
    page = text(pnc.get(answer.headers["Location"]))
    assert 'name="f-frequency"' not in page
    assert form_of(page)["f-perp_count"] == ["2"]
    check = text(pnc.get(address(case, "?paso=revisar")))
    assert "revisar antes de guardar" in check
    assert send(pnc, case, "save", "?paso=revisar").status_code == 302
    values = sheet(case, persons["pnc"]).standing.values
    assert (values["frequency"], values["perp_count"], values["platform"]) == ("once", "2", ["whatsapp"])
    assert pnc.get(address(case, "?paso=nada")).status_code == 404


def test_what_is_missing_is_named_with_links_to_it(case: Case, pnc: Client) -> None:
    page = text(pnc.get(address(case)))
    assert re.search(r"Faltan \d+", page)
    assert 'href="#f-tactic_primary"' in page
    assert 'href="?paso=event#f-tactic_primary"' in text(pnc.get(address(case, "?paso=admin")))


def test_somebody_who_saved_meanwhile_is_not_written_over(case: Case, pnc: Client, persons: Persons) -> None:
    before = form_of(text(pnc.get(address(case))))
    send(pnc, case, frequency="daily")
    answer = pnc.post(address(case), {**before, "f-perp_count": "2", "do": "save"})
    assert answer.status_code == 409
    assert "cambió mientras" in text(answer)
    assert sheet(case, persons["pnc"]).standing.values["frequency"] == "daily"
    assert form_of(text(answer))["f-perp_count"] == ["2"]


def test_sealed_words_stand_nowhere_in_the_clear(
    case: Case, pnc: Client, persons: Persons, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    sent = {**form_of(text(pnc.get(address(case)))), **WORDS}
    pnc.post(address(case, "borrador/"), sent)
    assert b"canario" not in bytes(Draft.objects.get().sealed)
    assert pnc.post(address(case), {**sent, "do": "save"}).status_code == 302
    rows = [*Event.objects.values_list("line", flat=True), *Record.objects.values_list("sealed", flat=True)]
    rows += [value.encode() for value in Entry.objects.values_list("values", flat=True)]
    assert not any(b"canario" in bytes(row) for row in rows)
    assert "canario" not in caplog.text
    assert "canario-agresor" in text(pnc.get(address(case)))
    read = [e for e in queries.events(case) if e.kind == "accessed" and e.about.get("group") == "facts"]
    assert len(read) == 1


def test_other_institutions_read_what_they_may_and_write_nothing(
    case: Case, pnc: Client, persons: Persons
) -> None:
    pnc.post(address(case), {**form_of(text(pnc.get(address(case)))), **WORDS, "do": "save"})
    dmm = signed_in("dmm")
    page = text(dmm.get(address(case)))
    assert "no lo escribe" in page
    assert "<form" not in page.partition("<main")[2].partition("</main>")[0]
    assert "canario" not in page
    assert "Reservado a otras instituciones" in page
    assert dmm.post(address(case), {"do": "save"}).status_code in (200, 403)
    assert dmm.post(address(case, "borrador/"), {}).status_code == 403
    assert [e.party for e in queries.events(case) if e.kind == "registered"] == ["pnc"]
    assert not Draft.objects.exists()
    assert signed_in("inacif").get(address(case)).status_code == 404


def test_where_the_key_is_not_held_a_closed_door_has_the_fields_name(persons: Persons) -> None:
    consents = (("services", "pnc"),)
    case = tell(consents=consents, age="adult").case
    client = signed_in("pnc")
    page = text(client.get(address(case)))
    assert "su institución no la tiene" in page
    assert "Nombre o alias" in page
    assert 'name="f-perp_name"' not in page
    assert send(client, case, frequency="daily").status_code == 302
    assert sheet(case, persons["pnc"]).standing.values["frequency"] == "daily"


def test_an_auditor_reads_no_record(case: Case, persons: Persons) -> None:
    member = add_member(
        Party.objects.get(name="pnc"), "audita1", "Audita", PASSWORD, persons["pnc"].identity, role=AUDITOR
    )
    client = signed_in("audita")
    assert Member.objects.get(pk=member.pk).role == AUDITOR
    for path in (address(case), address(case, "papel/"), "/trabajo/registro/"):
        assert client.get(path).status_code == 403
    assert client.get("/trabajo/registro/diccionario/").status_code == 200


def test_a_case_in_a_colleagues_hands_asks_for_the_glass_first(
    case: Case, pnc: Client, persons: Persons
) -> None:
    party, identity = Party.objects.get(name="pnc"), persons["pnc"].identity
    add_member(party, "pnc2", "Otra persona", PASSWORD, identity)
    working.assign(case, "receive", persons["pnc"].actor, persons["pnc"], minutes(1))
    other = Client()
    other.post("/trabajo/entrar/", {"username": "pnc2", "password": PASSWORD})
    answer = other.get(address(case))
    assert answer.headers["Location"] == f"/trabajo/casos/{case.number}/abrir/"
    assert "en manos de" in text(other.get("/trabajo/registro/"))
    assert pnc.get(address(case)).status_code == 200


def test_the_list_shows_completeness_drafts_and_what_is_only_told(
    case: Case, pnc: Client, persons: Persons
) -> None:
    page = text(pnc.get("/trabajo/registro/"))
    assert case.number in page
    assert "solo lo que ella contó" in page
    send(pnc, case, tactic_primary="IMG-02")
    send(pnc, case, "draft", reach="x")
    page = text(pnc.get("/trabajo/registro/?ver=incompletos"))
    assert "Amenaza de difundir imágenes íntimas" in page
    assert "borrador" in page
    assert "<progress" in page
    assert "Todavía no llega ningún caso" in text(signed_in("inacif").get("/trabajo/registro/"))


def test_the_list_has_pages(case: Case, pnc: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tell(consents=CONSENTS).case
    monkeypatch.setattr("resguardo.registry.listing.PAGE", 1)
    first, second = (text(pnc.get(f"/trabajo/registro/{query}")) for query in ("", "?desde=1"))
    assert {number for number in (case.number, other.number) if number in first} != {
        number for number in (case.number, other.number) if number in second
    }
    assert "?desde=1" in first


@pytest.mark.parametrize(
    ("asked", "code"), [("packs", "IMG-01"), ("nudes", "IMG-01"), ("me clonaron el WhatsApp", "SUR-04")]
)
def test_codes_are_found_by_everyday_words(pnc: Client, asked: str, code: str) -> None:
    page = text(pnc.get("/trabajo/registro/codigos/", {"q": asked, "lista": "tactics"}))
    assert code in page
    assert "No confundir con" in page
    assert "Posibles delitos, por confirmar" in page
    found = pnc.get("/trabajo/registro/codigos/", {"q": asked, "lista": "tactics", "formato": "json"})
    assert code in [one["code"] for one in found.json()["found"]]


def test_searching_without_script_keeps_the_draft_and_puts_the_code_in(case: Case, pnc: Client) -> None:
    sent = form_of(text(pnc.get(address(case))))
    sent |= {"do": "search:tactic", "q-tactic": "packs", "f-frequency": "daily"}
    answer = pnc.post(address(case), sent)
    page = text(pnc.get(answer.headers["Location"]))
    link = re.search(r'href="([^"]*poner=tactic:IMG-01[^"]*)"', page)
    assert link
    again = form_of(text(pnc.get(link[1])))
    assert again["f-tactic"] == ["IMG-01"]
    assert again["f-frequency"] == ["daily"]


def test_the_dictionary_has_every_field_and_every_list(pnc: Client) -> None:
    page = text(pnc.get("/trabajo/registro/diccionario/?todo=1"))
    for spec in register().fields.values():
        assert f'id="campo-{spec.name}"' in page
        assert not spec.list_ or f'id="lista-{spec.list_}"' in page
    assert "por confirmar" in page
    assert pnc.get("/trabajo/registro/diccionario/nada/").status_code == 404


def test_paper_shows_what_is_sealed_only_where_it_is_asked(case: Case, pnc: Client) -> None:
    pnc.post(address(case), {**form_of(text(pnc.get(address(case)))), **WORDS, "do": "save"})
    assert "canario" not in text(pnc.get(address(case, "papel/")))
    page = text(pnc.get(address(case, "papel/?sellado=1")))
    assert "canario-agresor" in page
    assert case.number in page
    assert register().ref in page
    assert "firma" in page


def test_the_case_the_step_and_the_menu_lead_to_the_record(case: Case, pnc: Client) -> None:
    assert address(case) in text(pnc.get(f"/trabajo/casos/{case.number}/"))
    assert address(case) in text(pnc.get(f"/trabajo/casos/{case.number}/paso/register/"))
    assert address(case) not in text(pnc.get(f"/trabajo/casos/{case.number}/paso/receive/"))
    assert 'href="/trabajo/registro/"' in text(pnc.get("/trabajo/"))
    dmm = signed_in("dmm")
    assert 'href="/trabajo/registro/"' not in text(dmm.get("/trabajo/"))
    assert address(case) in text(dmm.get(f"/trabajo/casos/{case.number}/"))


def test_the_timeline_says_how_many_values_were_written_and_none_of_them(
    case: Case, pnc: Client, persons: Persons
) -> None:
    send(pnc, case, frequency="daily")
    event = next(e for e in queries.events(case) if e.kind == "registered")
    told = sentence(queries.route_named(case.route), event, "es")
    assert re.fullmatch(r"Se llenó el registro: \d+ datos, \d+ confirmados\.", told)


def test_an_unfinished_record_stops_no_step(case: Case, persons: Persons) -> None:
    class Opened:
        pass

    opened = Opened()
    opened.case = case  # type: ignore[attr-defined]
    carry_to_mp(opened, persons)  # type: ignore[arg-type]
    assert "register" in queries.state(case).done


def test_no_field_or_list_is_named_in_the_form() -> None:
    known = packs.load("gt").register
    names = {one.name for one in known.fields.values() if "_" in one.name} | {
        name for name in known.lists if "_" in name
    }
    for path in [*TEMPLATES.rglob("*.html"), *(TEMPLATES / f"{name}.py" for name in MODULES)]:
        named = set(re.findall(r"[a-z]+(?:_[a-z]+)+", path.read_text(encoding="utf-8")))
        assert named & names == set(), path


@pytest.fixture
def pack(tmp_path: Path, settings) -> Path:  # type: ignore[no-untyped-def]
    """A copy of the country's pack, of its own for one test."""
    folder = tmp_path / "mine"
    shutil.copytree(Path(packs.__file__).parent / "gt", folder)
    settings.PACK = str(folder)
    return folder


def change(path: Path, **rows: dict[str, str]) -> None:
    """Add rows to a table of the pack, or change those that are there."""
    with open(path, encoding="utf-8", newline="") as lines:
        table = list(csv.DictReader(lines))
    key = "field" if "field" in table[0] else "code"
    for name, row in rows.items():
        there = next((one for one in table if one[key] == name), None)
        if there:
            there.update(row)
        else:
            table.append(dict.fromkeys(table[0], "") | {key: name} | row)
    with open(path, "w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, table[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)


def test_a_field_and_a_list_added_to_the_pack_are_asked_saved_and_explained(
    pack: Path, persons: Persons
) -> None:
    row = {"source": "OWN", "status": "OWN", "since": "1", "until": ""}
    one = {"list": "moon", "es": "Luna llena", "en": "Full moon", "def_es": "Se ve entera.", **row}
    two = {"list": "moon", "es": "Luna nueva", "en": "New moon", **row}
    change(pack / "codes" / "codelists.csv", full=one, new=two)
    about = {"section": "event", "es": "Qué luna había", "en": "Which moon", "kind": "code", "list": "moon"}
    change(
        pack / "codes" / "fields.csv",
        moon={**about, "level": "M", "sensitivity": "P0", "sees": "all", "entry": "form", **row},
    )
    case, client = tell(consents=CONSENTS, age="adult").case, signed_in("pnc")
    page = text(client.get(address(case)))
    assert "Qué luna había" in page
    assert "Luna llena" in page
    assert send(client, case, moon="full").status_code == 302
    assert sheet(case, persons["pnc"]).standing.values["moon"] == "full"
    dictionary = text(client.get("/trabajo/registro/diccionario/?todo=1"))
    assert "Qué luna había" in dictionary
    assert "Se ve entera." in dictionary


def test_a_newer_version_says_so_and_keeps_what_is_retired(  # type: ignore[no-untyped-def]
    pack: Path, persons: Persons, settings
) -> None:
    case, client = tell(consents=CONSENTS, age="adult", platform=["whatsapp"]).case, signed_in("pnc")
    send(client, case, frequency="daily", attempted="done", platform=["whatsapp", "telegram"])
    pack = Path(shutil.copytree(pack, pack.with_name("newer")))
    about = pack / "pack.toml"
    about.write_text(about.read_text().replace("[register]\nversion = 1", "[register]\nversion = 2"))
    change(pack / "codes" / "codelists.csv", telegram={"until": "2"})
    change(pack / "codes" / "fields.csv", attempted={"until": "2"})
    settings.PACK = str(pack)
    page = text(client.get(address(case)))
    assert "El registro va por la versión gt@2" in page
    assert "retirado: puede quedarse" in page
    assert "Ya no se pregunta" in page
    assert 'name="f-attempted"' not in page
    assert send(client, case, frequency="once").status_code == 302
    standing = sheet(case, persons["pnc"]).standing
    assert standing.values["platform"] == ["whatsapp", "telegram"]
    assert "attempted" in standing.values
    assert standing.ref == "gt@2"
    fresh = tell(consents=CONSENTS).case
    assert 'value="telegram"' not in text(client.get(address(fresh)))


def test_what_a_wrong_value_stands_over_is_not_lost(case: Case, persons: Persons) -> None:
    pnc = persons["pnc"]
    given = {"reach": "30", "birth_year": "1990", "perp_name": "canario-x"}
    commands.record(case, given, pnc, minutes(5))
    done = commands.record(case, given | {"reach": "x", "birth_year": "2999"}, pnc, minutes(6))
    assert {one.field for one in done.problems} == {"reach", "birth_year"}
    found = sheet(case, pnc)
    assert found.standing.values["reach"] == 30
    assert found.sealed == {"birth_year": 1990, "perp_name": "canario-x"}
