"""The `resguardo` command, as an operator types it."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from blake3 import blake3

from resguardo.core.age import Identity


def resguardo(data: Path, *args: str, **environment: str) -> subprocess.CompletedProcess[str]:
    known = {k: v for k, v in os.environ.items() if k != "RESGUARDO_DATABASE"}
    return subprocess.run(
        [sys.executable, "-m", "resguardo.cli", *args],
        env={**known, "RESGUARDO_DATA": str(data), **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("demo")
    made = resguardo(data, "demo", "--prepare", "--data", str(data))
    assert made.returncode == 0, made.stderr
    assert "demo solo para mirar" in made.stdout
    return data


def test_init_makes_institutions_and_a_recovery_key_that_lets_the_first_member_in(tmp_path: Path) -> None:
    data, key = tmp_path / "data", tmp_path / "recovery.key"
    made = resguardo(data, "init", "--recovery", str(key))
    assert made.returncode == 0, made.stderr
    assert oct(key.stat().st_mode & 0o777) == "0o600"
    member = ("member", "pnc", "ana", "--recovery", str(key))
    added = resguardo(data, *member, RESGUARDO_PASSWORD="una frase larga y tranquila")
    assert added.returncode == 0, added.stderr
    watching = ("member", "programme", "lucia", "--recovery", str(key))
    added = resguardo(data, *watching, RESGUARDO_PASSWORD="una frase larga y tranquila")
    assert added.returncode == 0, added.stderr
    again = resguardo(data, "init", "--recovery", str(tmp_path / "otra.key"))
    assert again.returncode == 1
    assert "Nothing was changed" in again.stderr
    assert "clean" in resguardo(data, "audit").stdout


def test_seal_writes_what_stock_age_opens(tmp_path: Path) -> None:
    me = Identity.generate()
    (tmp_path / "key").write_text(me.text() + "\n")
    (tmp_path / "x").write_bytes(b"hola" * 1000)
    out = tmp_path / "x.age"
    seal = ("seal", str(tmp_path / "x"), "--to")
    ran = resguardo(tmp_path, *seal, me.recipient.text(), "-o", str(out), "--json")
    told = json.loads(ran.stdout)
    assert told["plain_sha256"] == hashlib.sha256(b"hola" * 1000).hexdigest()
    assert told["sealed_blake3"] == blake3(out.read_bytes()).hexdigest()
    opened = subprocess.run(["age", "-d", "-i", tmp_path / "key", out], capture_output=True, check=True)
    assert opened.stdout == b"hola" * 1000
    wrong = resguardo(tmp_path, *seal, "age1nada", "-o", str(tmp_path / "y"))
    assert wrong.returncode == 1
    assert not (tmp_path / "y").exists()
    assert not (tmp_path / "y.part").exists()


def test_a_bag_is_made_and_verified_from_the_terminal(demo: Path, tmp_path: Path) -> None:
    case = (demo / "demo-numbers.txt").read_text().split()[0]
    out = tmp_path / "bag.zip"
    password = {"RESGUARDO_PASSWORD": "demo solo para mirar"}
    made = resguardo(demo, "bag", case, "-o", str(out), "--as", "mp", **password)
    assert made.returncode == 0, made.stderr
    key = resguardo(demo, "key").stdout.strip()
    good = resguardo(demo, "verify", str(out), "--key", key, "--json")
    assert good.returncode == 0
    assert json.loads(good.stdout)["valid"] is True
    assert resguardo(demo, "verify", str(out), "--key", "0" * 64).returncode == 1
    (tmp_path / "no.zip").write_bytes(b"no")
    assert resguardo(demo, "verify", str(tmp_path / "no.zip")).returncode == 2
    refused = resguardo(demo, "bag", case, "-o", str(tmp_path / "z.zip"), "--as", "dmm", **password)
    assert refused.returncode == 1
    assert not (tmp_path / "z.zip").exists()


def test_the_audit_tells_a_machine_what_it_found(demo: Path) -> None:
    told = json.loads(resguardo(demo, "audit", "--json").stdout)
    assert told["wrong"] == []
    assert told["cases"] == 4


def test_the_route_is_checked_and_drawn(demo: Path, tmp_path: Path) -> None:
    assert resguardo(demo, "route", "check").returncode == 0
    assert resguardo(demo, "route", "draw", "-o", str(tmp_path / "r.svg")).returncode == 0
    assert (tmp_path / "r.svg").read_text().lstrip().startswith("<svg")
    (tmp_path / "bad.toml").write_text("name = 3")
    bad = resguardo(demo, "route", "check", str(tmp_path / "bad.toml"))
    assert bad.returncode == 1
    assert "bad.toml" in bad.stderr


def test_every_command_has_help_with_an_example() -> None:
    from resguardo.cli import main, route

    for group in (main, route):
        for name, command in group.commands.items():
            if name != "route":
                assert command.help, name
                assert "Example" in (command.epilog or ""), name
