"""What her pages may never say: blame (rule R16), what she did in a browser's history, invented words."""

from __future__ import annotations

import re
from pathlib import Path

import polib
import pytest

from resguardo import packs
from tests.persons import Persons
from tests.report.test_flow import Her

SRC = Path(__file__).parents[2] / "src" / "resguardo"
BLAME = re.compile(
    r"no (se )?(tome|mande|env[ií]e|comparta) (fotos|im[aá]genes) (íntimas )?(de usted|suyas)|debi[oó] |"
    r"por qu[eé] (no|fue|mand[oó]|acept[oó])|tuvo la culpa|evite (publicar|provocar)|sea prudente|"
    r"do not take (pictures|photos)|should have|your fault that|why did you",
    re.IGNORECASE,
)
TELLING = re.compile(
    r"violencia|denunci|violence|acos|abus|víctima|victim|delit|polic|report|caso|case", re.I
)


def texts() -> list[tuple[str, str]]:
    """Every text that a person may read, with where it stands."""
    found = []
    for path in SRC.rglob("*.po"):
        for entry in polib.pofile(str(path)):
            found += [(path.parts[-5], entry.msgid), (path.parts[-5], entry.msgstr)]
    route = packs.load("gt").route
    for name, step in route.steps.items():
        for text in (step.title, step.told, step.waits, step.does):
            if text is not None:
                found += [(name, text.es), (name, text.en)]
    for name, consent in route.consents.items():
        found += [(name, consent.text.es), (name, consent.text.en)]
    return found


def test_no_text_blames_her() -> None:
    assert [(where, text) for where, text in texts() if BLAME.search(text)] == []


@pytest.mark.parametrize(
    "text",
    [
        "No se tome fotos íntimas suyas",
        "Usted debió cuidarse",
        "Why did you send it?",
        "You should have known",
    ],
)
def test_the_check_knows_blame_when_it_reads_it(text: str) -> None:
    assert BLAME.search(text)


def test_a_browser_history_shows_nothing_of_what_she_did(persons: Persons) -> None:
    her = Her()
    her.tell()
    pages = ["", "contar/telefono", "contar/camino", "contar/relato", "contar/quien", "contar/permisos"]
    pages += ["contar/revisar", "volver", "consejos"]
    for page in pages:
        title = re.search(r"<title>([^<]*)</title>", her.get(f"/{page}/" if page else "/"))[1]
        assert not TELLING.search(title), title


def test_no_mayan_language_has_text_that_no_speaker_wrote() -> None:
    assert {path.parts[-3] for path in SRC.rglob("*.po")} == {"es"}
