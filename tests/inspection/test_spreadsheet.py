"""Spreadsheets of strangers are unfolded in a cage; out come rows of texts, or why there are none."""

from __future__ import annotations

import sys
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from resguardo.inspection import spreadsheet
from resguardo.inspection.sandbox import MIB, Limits
from resguardo.inspection.spreadsheet import Head, SpreadsheetError, unfold


@pytest.fixture
def book(tmp_path: Path) -> Path:
    made = openpyxl.Workbook()
    made.active.title = "Uno"
    made.active.append(["texto", 7, 7.0, 7.5, True, None])
    made.active.append([])
    made.active.append([datetime(2024, 3, 14), datetime(2024, 3, 14, 8, 30), date(2024, 3, 14), "=1+1"])
    made.create_sheet("Dos").append(["otra"])
    made.save(tmp_path / "x.xlsx")
    return tmp_path / "x.xlsx"


def test_cells_are_texts_and_dates_are_iso(book: Path) -> None:
    head, *rows = list(unfold(book))
    assert head == Head("Uno", 3)
    assert rows == [
        ["texto", "7", "7", "7.5", "TRUE"],
        [],
        ["2024-03-14", "2024-03-14T08:30:00", "2024-03-14"],
    ]


def test_a_sheet_is_found_by_its_name_or_said_to_be_missing(book: Path) -> None:
    assert list(unfold(book, "Dos")) == [Head("Dos", 1), ["otra"]]
    with pytest.raises(SpreadsheetError) as why:
        list(unfold(book, "Tres"))
    assert why.value.why == "no-sheet"


def test_whoever_stops_reading_ends_the_child(book: Path) -> None:
    rows = unfold(book)
    assert next(rows) == Head("Uno", 3)
    rows.close()


@pytest.mark.parametrize(
    ("child", "why"),
    [
        ("print('x')", "crashed"),
        ("print(3)", "crashed"),
        ("print('{}'); print('[1]')", "crashed"),
        ("print('{}'); print('[\"a\"]')", "crashed"),
        ("print('{}'); print([''] * 2000)", "crashed"),
        ('print(\'{"failed": "canario"}\')', "crashed"),
        ('print(\'{"failed": "too-large"}\')', "too-large"),
        ("print('a' * 3000000)", "too-large"),
        ("import os; os.kill(os.getpid(), 9)", "too-much-memory"),
        ("import os; os.kill(os.getpid(), 24)", "too-slow"),
        ("import time; time.sleep(60)", "too-slow"),
    ],
)
def test_a_child_that_lies_or_dies_is_not_believed(
    book: Path, child: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spreadsheet, "CHILD", (sys.executable, "-I", "-c", child))
    with pytest.raises(SpreadsheetError) as error:
        list(unfold(book, limits=Limits(wall=1.0, result=MIB)))
    assert error.value.why == why


def test_a_file_may_not_take_all_memory(book: Path, tmp_path: Path) -> None:
    made = openpyxl.Workbook(write_only=True)
    sheet = made.create_sheet()
    for number in range(3000):
        sheet.append([f"{number} {'canario' * 400}"])
    made.save(tmp_path / "big.xlsx")
    with pytest.raises(SpreadsheetError) as error:
        list(unfold(tmp_path / "big.xlsx", limits=Limits(memory=1 * MIB, cpu=20, wall=20.0, result=MIB)))
    assert error.value.why in ("too-much-memory", "crashed")
