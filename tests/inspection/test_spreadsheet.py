"""Spreadsheets of strangers are unfolded in a cage; out come rows of texts, or why there are none."""

from __future__ import annotations

import sys
import warnings
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resguardo.inspection import spreadsheet
from resguardo.inspection.sandbox import MIB, Limits
from resguardo.inspection.spreadsheet import Head, SpreadsheetError, unfold
from tests.inspection import sheets
from tests.inspection.sheets import build, rows


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


# ------------------------------------------------- the peer: openpyxl
def read_by_openpyxl(path: Path) -> list[list[str]]:
    """The rows as openpyxl reads them, each cell as the text that it is to be."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sheet = openpyxl.load_workbook(path, read_only=True, data_only=True).worksheets[0]
        sheet.reset_dimensions()
        return [without_end([text(cell) for cell in row]) for row in sheet.iter_rows(values_only=True)]


def text(cell: Any) -> str:
    if cell is None or isinstance(cell, bool):
        return {None: "", True: "TRUE", False: "FALSE"}[cell]
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(timespec="seconds")
    return str(cell)


def without_end(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells.pop()
    return cells


def ours(path: Path) -> list[list[str]]:
    return [said for said in unfold(path) if not isinstance(said, Head)]


CELLS = [
    '<c r="A1" t="s"><v>0</v></c>',
    '<c r="B1" t="s"><v>1</v></c><c r="D1" t="s"><v>2</v></c><c r="E1" t="s"><v>3</v></c>',
    "<c><v>7</v></c><c><v>7.0</v></c><c><v>1E-5</v></c><c><v>007</v></c><c><v>-0.0</v></c><c><v>1e20</v></c>",
    "<c><v>12345678901234567890</v></c><c><v>2601234567890</v></c><c><v></v></c><c><f>1+1</f></c>",
    '<c t="str"><f>A1</f><v>formula</v></c><c><f>1+1</f><v>2</v></c><c t="e"><v>#N/A</v></c>',
    '<c t="b"><v>1</v></c><c t="b"><v>0</v></c><c t="zz"><v>5</v></c><c s="77"><v>5</v></c>',
    '<c t="inlineStr"><is><t>en</t></is></c>',
    '<c t="inlineStr"><is><r><t>en</t></r><r><t> rica</t></r></is></c>',
    '<c t="inlineStr"><is><t>a<!-- x -->b &amp; <![CDATA[<c>]]></t></is></c>',
    '<c t="d"><v>2024-03-14T08:30:00Z</v></c><c t="d"><v>2024-03-14</v></c><c t="d"><v>08:30:00</v></c>',
    "".join(f'<c s="{style}"><v>45365.354166666664</v></c>' for style in range(10)),
    "".join(f'<c s="{style}"><v>45365</v></c>' for style in range(10)),
    "".join(f'<c s="2"><v>{day}</v></c>' for day in (0, 0.5, 1, 59, 60, 61, -3, 45365.9999999, 2958465)),
    "".join(f'<c s="{style}"><v>{day}</v></c>' for style in (1, 3) for day in (99999999, 1e12, 1.5, 0)),
    '<c r="C1"><v>3</v></c><c r="A1"><v>1</v></c><c r="ZZ1" s="1"/>',
]


@pytest.mark.parametrize("head", ["", '<workbookPr date1904="1"/>'])
@pytest.mark.parametrize("cells", CELLS)
def test_a_cell_is_the_text_that_openpyxl_makes_of_it(tmp_path: Path, cells: str, head: str) -> None:
    path = build(tmp_path / "x.xlsx", rows(cells), head)
    assert ours(path) == read_by_openpyxl(path)


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**14), 10**14),
    st.floats(-1e15, 1e15, allow_nan=False).map(lambda number: float(f"{number:.12g}")),
    st.text(st.characters(min_codepoint=32, exclude_categories=["Cs", "Cn"]), max_size=12),
    st.datetimes(datetime(1901, 1, 1), datetime(2199, 1, 1)).map(lambda at: at.replace(microsecond=0)),
    st.dates(date(1901, 1, 1), date(2199, 1, 1)),
    st.times().map(lambda at: at.replace(microsecond=0)),
    st.timedeltas(timedelta(), timedelta(days=900)).map(
        lambda much: timedelta(seconds=int(much.total_seconds()))
    ),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    table=st.lists(st.lists(VALUES, max_size=6), max_size=6),
    writer=st.sampled_from(["openpyxl", "xlsxwriter"]),
)
def test_tables_of_two_writers_are_read_as_openpyxl_reads_them(
    tmp_path: Path, table: list[list[Any]], writer: str
) -> None:
    path = tmp_path / "x.xlsx"
    if writer == "openpyxl":
        made = openpyxl.Workbook()
        for row in table:
            made.active.append([None if isinstance(cell, str) and cell[:1] == "=" else cell for cell in row])
        made.save(path)
    else:
        kept = xlsxwriter.Workbook(
            path, {"default_date_format": "yyyy-mm-dd hh:mm", "strings_to_formulas": False}
        )
        sheet = kept.add_worksheet()
        for number, row in enumerate(table):
            sheet.write_row(number, 0, row)
        kept.close()
    found, peers = ours(path), read_by_openpyxl(path)
    assert found == peers[: len(found)]
    assert not any(peers[len(found) :])


# ------------------------------------------------- what nobody should send
def test_rows_may_be_left_out_and_keep_their_numbers(tmp_path: Path) -> None:
    data = '<row r="2"><c r="B2"><v>4</v></c></row><row><c><v>5</v></c></row>'
    assert ours(build(tmp_path / "x.xlsx", data)) == [[], ["", "4"], ["5"]]


def test_the_last_cell_of_the_largest_sheet_is_far_and_costs_nothing(tmp_path: Path) -> None:
    data = f'{rows("<c><v>1</v></c>")}<row r="1048576"><c r="XFD1048576"><v>4</v></c></row>'
    found = ours(build(tmp_path / "x.xlsx", data))
    assert (len(found), found[0], any(found[1:])) == (1_048_576, ["1"], False)


def test_a_strict_workbook_is_read_too(tmp_path: Path) -> None:
    data = rows('<c t="s"><v>0</v></c><c s="1"><v>45365</v></c>')
    assert ours(build(tmp_path / "x.xlsx", data, space=sheets.STRICT)) == [["a", "2024-03-14"]]


LAUGHS = "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))


@pytest.mark.parametrize(
    ("data", "before"),
    [
        ('<row r="4"><c><v>4</v></c></row><row r="1"><c><v>1</v></c></row>', ""),
        ('<row r="2"><c r="A2"><v>1</v></c></row><row r="2"><c r="B2"><v>2</v></c></row>', ""),
        ('<row r="1048577"><c><v>1</v></c></row>', ""),
        ('<row r="-5"><c><v>1</v></c></row>', ""),
        (rows('<c r="1A"><v>1</v></c>'), ""),
        (rows('<c t="s"><v>99</v></c>'), ""),
        (rows('<c t="s"><v>-1</v></c>'), ""),
        (rows("<c><v>siete</v></c>"), ""),
        (rows("<c><v>nan</v></c>"), ""),
        (rows("<c><v>1e999</v></c>"), ""),
        (rows(f"<c><v>{'9' * 5000}</v></c>"), ""),
        (rows("<c><v>1</v>"), ""),
        (rows('<c t="inlineStr"><is><t>&a;</t></is></c>'), '<!DOCTYPE x [<!ENTITY a "a">]>'),
        (rows('<c t="inlineStr"><is><t>&j;</t></is></c>'), f'<!DOCTYPE x [<!ENTITY a "aaaaaaaa">{LAUGHS}]>'),
        (rows("<c><v>1</v></c>"), '<!DOCTYPE x SYSTEM "file:///etc/passwd">'),
    ],
)
def test_a_sheet_that_could_lose_a_row_or_unfold_is_refused(tmp_path: Path, data: str, before: str) -> None:
    with pytest.raises(SpreadsheetError) as error:
        ours(build(tmp_path / "x.xlsx", data, before=before))
    assert error.value.why == "not-a-spreadsheet"


def test_the_rows_of_a_long_sheet_are_never_held(tmp_path: Path) -> None:
    made = xlsxwriter.Workbook(tmp_path / "x.xlsx", {"constant_memory": True})
    sheet = made.add_worksheet()
    for number in range(30_000):
        sheet.write_row(number, 0, [f"{number} {'canario' * 20}"] * 8)
    made.close()
    small = Limits(memory=96 * MIB, cpu=60, wall=30.0, result=MIB)
    assert sum(1 for said in unfold(tmp_path / "x.xlsx", limits=small) if said) == 30_001
