"""Her words are nowhere on the disk: every byte of the data folder is searched for them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.journey import Visitor, photo, serving

WORDS = {
    "text": "canariorelato",
    "when": "canariocuando",
    "links": "canarioenlace",
    "who": "canarioquien",
    "name": "canarionombre",
    "document": "canariodocumento",
    "how": "canariocontacto",
    "file": "canarioarchivo",
    "message": "canariomensaje",
    "answer": "canariorespuesta",
}


def tell(port: int) -> str:
    """Write a canary into every free field; returns her number."""
    visitor = Visitor(port)
    visitor.begin("denuncia")
    visitor.post("/contar/relato/", text=WORDS["text"])
    visitor.post("/contar/cuando/", when=WORDS["when"], links=WORDS["links"])
    visitor.post("/contar/quien/", who=WORDS["who"])
    visitor.get("/contar/archivos/")
    visitor.upload(photo(2000) + b"canariocontenido" * 50, WORDS["file"] + ".jpg")
    visitor.get("/contar/nombre/")
    visitor.post("/contar/nombre/", name=WORDS["name"], document=WORDS["document"])
    visitor.post("/contar/contacto/", safe_contact="call_hours", how=WORDS["how"])
    visitor.permit()
    number = visitor.send()
    back = Visitor(port)
    back.ask("POST", "/volver/", f"number={number}".encode(), "application/x-www-form-urlencoded")
    back.get("/volver/mensajes/")
    back.post("/volver/mensajes/", text=WORDS["message"])
    assert WORDS["message"].encode() in back.get("/volver/mensajes/")[1]
    return number


@pytest.mark.slow
def test_no_word_of_hers_is_in_any_file_of_the_data_folder(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        number = tell(server.port)
        assert number
        live = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    server.command("work", "--once")
    still = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    assert any(p.name.endswith("-wal") for p in live)
    for files in (live, still):
        for path, content in files.items():
            if path.name == "demo-numbers.txt":
                continue
            for word in (*WORDS.values(), "canariocontenido"):
                assert word.encode() not in content, path.name
                assert word.encode("utf-16-le") not in content, path.name
            assert number.replace(" ", "").encode() not in content
            assert number.encode() not in content


OPEN_WITHOUT_PASSWORD = """
from resguardo.cli import django
django()
from resguardo.cases.models import Grant
from resguardo.core.age import AgeError, Identity, decrypt
from resguardo.people.models import Member, PartyKey
from django.conf import settings
from pathlib import Path

texts = [p.read_text().strip() for p in (Path(settings.DATA) / "keys").iterdir() if p.is_file()]
keys = [Identity.parse(text) for text in texts if text.startswith("AGE-SECRET-KEY-1")]
keys += [Identity.from_bytes(bytes.fromhex(text)) for text in texts if len(text) == 64]
assert len(keys) > 4
tried = opened = 0
rows = [bytes(g.wrap) for g in Grant.objects.filter(party="mp", key__group="evidence").exclude(wrap=None)]
rows += [bytes(k.wrap) for k in PartyKey.objects.filter(party="mp")]
rows += [bytes(m.sealed_identity)[16:] for m in Member.objects.filter(party="mp")]
for key in keys:
    for row in rows:
        tried += 1
        try:
            decrypt(row, key)
            opened += 1
        except AgeError:
            pass
print(len(rows), tried, opened)
"""


@pytest.mark.slow
def test_the_prosecutor_opens_nothing_with_the_database_in_hand_and_no_password(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        tell(server.port)
    (tmp_path / "demo-recovery.key").unlink()
    ran = subprocess.run(
        [sys.executable, "-c", OPEN_WITHOUT_PASSWORD], env=server.environment, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    rows, tried, opened = map(int, ran.stdout.split())
    assert rows > 2
    assert tried >= rows * 3
    assert opened == 0
    wrong = server.environment | {"RESGUARDO_PASSWORD": "no es la clave"}
    line = [sys.executable, "-m", "resguardo.cli", "bag", "RG", "-o", str(tmp_path / "x.zip"), "--as", "mp"]
    refused = subprocess.run(line, env=wrong, capture_output=True, text=True)
    assert refused.returncode == 1
    assert "not right" in refused.stderr
