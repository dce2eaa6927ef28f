"""The commands of the register, as an operator types them."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.cli.test_commands import resguardo
from tests.registry import old

MUSEUM = Path(__file__).parents[1] / "museum/register"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("data")
    made = resguardo(data, "init", "--recovery", str(data / "recovery.key"))
    assert made.returncode == 0, made.stderr
    return data


def test_an_old_register_is_mapped_tried_taken_in_and_written_out(data: Path, tmp_path: Path) -> None:
    path, mapping = old.write(tmp_path / "old.csv", 120), tmp_path / "old.toml"
    guessed = resguardo(data, "register", "mapping", str(path), "--name", "sistema-2019")
    assert guessed.returncode == 0, guessed.stderr
    assert 'field = "residence_muni"' in guessed.stdout
    mapping.write_text(old.MAPPING)
    take = ("register", "import", str(path), "--mapping", str(mapping), "--keeper", "pnc")
    tried = resguardo(data, *take, "--dry-run")
    assert "would be taken in: 120 fresh, 0 changed, 0 the same, 0 left out" in tried.stdout
    assert "ignored: Nombre, DPI" in tried.stdout
    assert "taken in: 120 fresh" in resguardo(data, *take).stdout
    assert "0 fresh, 0 changed, 120 the same" in resguardo(data, *take).stdout
    for format_ in ("csv", "parquet"):
        out = tmp_path / format_
        made = resguardo(data, "register", "export", "--to", str(out), "--format", format_, "--keeper", "pnc")
        assert "120 entries" in made.stdout, made.stderr
        assert (out / "datapackage.json").exists()
    again = resguardo(data, "register", "export", "--to", str(tmp_path / "csv"), "--party", "pnc")
    assert again.returncode == 1
    assert "Nothing was written" in again.stderr
    table = ("register", "table")
    assert resguardo(data, *table, "un-cts", "--year", "2024", "--to", str(tmp_path / "u")).returncode == 0
    assert resguardo(data, *table, "gbvims", "--year", "2024", "-o", str(tmp_path / "g.xlsx")).returncode == 0
    opened = resguardo(data, "register", "open", "--to", str(tmp_path / "open"), "--party", "pnc")
    assert "smallest class" in opened.stdout, opened.stderr


def test_wrong_rows_are_said_in_english_and_written_out(data: Path, tmp_path: Path) -> None:
    take = ("register", "import", str(MUSEUM / "a_label_nobody_knows.csv"), "--keeper", "pnc")
    take = (*take, "--mapping", str(MUSEUM / "mapping.toml"), "--errors", str(tmp_path / "errors.csv"))
    ran = resguardo(data, *take)
    assert ran.returncode == 1
    assert "row 2, Red: No code of the list has this label. Add what stands" in ran.stderr
    assert "1 of 1 rows are wrong. Nothing was taken in." in ran.stderr
    with open(tmp_path / "errors.csv", newline="") as rows:
        assert [(row["row"], row["column"], row["field"]) for row in csv.DictReader(rows)] == [
            ("2", "Red", "platform")
        ]
    assert "canario" not in ran.stderr + ran.stdout + (tmp_path / "errors.csv").read_text()
    whole = resguardo(data, "register", "import", str(MUSEUM / "bomb.xlsx"), *take[3:7])
    assert whole.returncode == 1
    assert "would grow beyond belief" in whole.stderr
