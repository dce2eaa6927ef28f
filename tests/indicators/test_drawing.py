"""The pictures: everything legible and in its place, and nothing that is withheld said as a number."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import combinations, groupby
from xml.etree import ElementTree

import pytest
import typst
from hypothesis import given
from hypothesis import strategies as st

from resguardo.indicators.drawing import bars, funnel, labels, survival, trend, waits
from resguardo.indicators.drawing import map as chart
from resguardo.indicators.drawing.letters import cut, lines, measure
from resguardo.indicators.drawing.marks import ABSENT, NARROW, WIDE, Head, Mark, Words, in_two_widths, number
from tests.indicators.pictures import CURVE, MONTHS, OTHER, PICTURES, PLACES, TACTICS, WAITS, WORDS, places

SVG = "{http://www.w3.org/2000/svg}"
HEAD = Head("k", "Casos <por> táctica", "Seis tácticas & una línea.")
Box = tuple[float, float, float, float]


def shapes(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def draw(name: str, width: int = NARROW) -> ElementTree.Element:
    return shapes(PICTURES[name](HEAD, width))


def said(root: ElementTree.Element) -> list[str]:
    return [text.text or "" for text in root.iter(f"{SVG}text")]


def boxes(root: ElementTree.Element) -> list[tuple[str, Box]]:
    """Every text with the room that its letters take."""
    found = []
    for text in root.iter(f"{SVG}text"):
        size, words = float(text.get("font-size", 13)), text.text or ""
        wide = measure(words, size, text.get("font-weight") == "700")
        x, y = float(text.get("x", 0)), float(text.get("y", 0))
        left = x - wide * {"start": 0, "middle": 0.5, "end": 1}[text.get("text-anchor", "start")]
        found.append((words, (left, y - 0.72 * size, left + wide, y + 0.02 * size)))
    return found


every_picture = pytest.mark.parametrize("name", PICTURES)
both_widths = pytest.mark.parametrize("width", [NARROW, 480, WIDE])


@every_picture
@both_widths
def test_no_word_runs_out_of_the_picture(name: str, width: int) -> None:
    root = draw(name, width)
    _, _, right, bottom = (float(each) for each in root.get("viewBox", "").split())
    assert right == width
    for words, (x1, y1, x2, y2) in boxes(root):
        assert x1 >= -0.5, words
        assert y1 >= -0.5, words
        assert x2 <= right + 0.5, words
        assert y2 <= bottom, words


@every_picture
@both_widths
def test_no_word_stands_on_another(name: str, width: int) -> None:
    for (one, (a1, b1, a2, b2)), (two, (c1, d1, c2, d2)) in combinations(boxes(draw(name, width)), 2):
        assert a2 <= c1 or c2 <= a1 or b2 <= d1 or d2 <= b1, (one, two)


@every_picture
@both_widths
def test_letters_are_never_smaller_than_twelve_pixels(name: str, width: int) -> None:
    assert all(float(text.get("font-size", 13)) >= 12 for text in draw(name, width).iter(f"{SVG}text"))


@every_picture
def test_each_picture_says_its_title_and_what_it_shows(name: str) -> None:
    root = draw(name)
    assert root.get("role") in ("img", "group")
    assert [each.get("id") for each in root[:2]] == (root.get("aria-labelledby") or "").split()
    assert (root[0].text, root[1].text) == (HEAD.title, HEAD.desc)


@every_picture
def test_what_leads_somewhere_can_be_reached_or_is_hidden(name: str) -> None:
    root = draw(name)
    links = list(root.iter(f"{SVG}a"))
    assert root.get("role") == ("group" if links else "img")
    for link in links:
        assert link.get("aria-label") or link.get("tabindex") == "-1"


@every_picture
@both_widths
def test_no_picture_carries_script_style_or_a_number_that_is_none(name: str, width: int) -> None:
    svg = PICTURES[name](HEAD, width)
    assert not re.search(r"<script|style=|<style|javascript|nan|None|inf[^o]", svg)
    assert svg == PICTURES[name](HEAD, width)


@every_picture
def test_every_id_begins_with_the_key_and_every_reference_is_kept(name: str) -> None:
    svg = PICTURES[name](Head("one", "t", "d"), NARROW)
    ids = re.findall(r' id="([^"]+)"', svg)
    assert len(ids) == len(set(ids))
    assert all(each.startswith("one-") for each in ids)
    assert set(re.findall(r"url\(#([^)]+)\)", svg)) <= set(ids)


@every_picture
@both_widths
def test_every_class_has_its_attributes_so_that_it_compiles_without_a_style_sheet(
    name: str, width: int
) -> None:
    for each in draw(name, width).iter():
        if each.tag in {f"{SVG}{tag}" for tag in ("path", "rect", "circle", "text")}:
            assert each.get("fill"), ElementTree.tostring(each)


def test_typst_compiles_every_picture(tmp_path: object) -> None:
    document = ""
    for i, picture in enumerate(PICTURES.values()):
        (tmp_path / f"{i}.svg").write_text(picture(HEAD, WIDE), encoding="utf-8")  # type: ignore[operator]
        document += f'#image("{i}.svg")\n'
    (tmp_path / "all.typ").write_text(document, encoding="utf-8")  # type: ignore[operator]
    made = typst.compile(str(tmp_path / "all.typ"), format="pdf", pdf_standards=["a-2b"])  # type: ignore[operator]
    assert made.startswith(b"%PDF")


# What may not be said


def test_a_withheld_bar_is_hatched_and_said_in_words() -> None:
    root = shapes(bars.draw([Mark("Extorsión", None, "?t=4")], HEAD, words=WORDS))
    assert said(root) == ["Extorsión", "menos de 5, o reservado"]
    assert root.find(f".//{SVG}a").get("aria-label") == "Extorsión: menos de 5, o reservado"  # type: ignore[union-attr]
    assert 'fill="url(#k-hatch)"' in bars.draw([Mark("Extorsión", None)], HEAD)


def test_withheld_absent_and_zero_are_three_things() -> None:
    withheld, absent, zero = (bars.draw([Mark("A", value)], HEAD) for value in (None, ABSENT, 0))
    assert "fewer than 5, or withheld" in withheld
    assert "no data" in absent
    assert said(shapes(zero)) == ["A", "0"]
    assert "url(#" not in absent + zero


@every_picture
def test_a_withheld_bar_is_as_long_whatever_the_others_are(name: str) -> None:
    few = bars.draw([Mark("A", None), Mark("B", 5)], HEAD)
    many = bars.draw([Mark("A", None), Mark("B", 9)], HEAD)
    assert re.findall(r"<rect[^>]*hatch[^>]*>", few) == re.findall(r"<rect[^>]*hatch[^>]*>", many)


def test_a_line_never_crosses_a_withheld_month() -> None:
    root = draw("trend")
    runs = [path.get("d", "") for path in root.iter(f"{SVG}path") if path.get("class") == "run"]
    groups = [len(list(run)) for shown, run in groupby(MONTHS, key=lambda each: each.shown) if shown]
    assert [path.count("L") + 1 for path in runs] == [size for size in groups if size > 1]
    assert len(groups) > len(runs)


def test_no_share_is_said_beside_a_withheld_stage() -> None:
    root = shapes(funnel.draw([Mark("A", 100), Mark("B", None), Mark("C", 40)], HEAD))
    assert said(root) == ["A", "100", "B", "fewer than 5, or withheld", "C", "40", "40% of the first"]
    first = shapes(funnel.draw([Mark("A", None), Mark("B", 40)], HEAD))
    assert said(first) == ["A", "fewer than 5, or withheld", "B", "40"]


def test_the_drop_is_said_in_words() -> None:
    root = shapes(funnel.draw([Mark("A", 1240), Mark("B", 843), Mark("C", 843)], HEAD))
    assert "68% went on; 397 did not" in said(root)
    assert "all went on" in said(root)


def test_a_withheld_number_at_risk_is_a_star_with_its_meaning() -> None:
    texts = said(shapes(survival.draw([replace(OTHER, at_risk=(98, 70, None, None))], HEAD, unit="days")))
    assert texts.count("*") == 2
    assert "* fewer than 5, or withheld" in texts


def test_a_late_step_is_said_and_drawn_thick() -> None:
    late = waits.draw([WAITS[1]], HEAD)
    assert "past the deadline" in said(shapes(late))
    assert 'class="over"' in late
    assert 'class="over"' not in waits.draw([WAITS[0]], HEAD)
    assert "9 of 10: fewer than 5, or withheld" in waits.draw([WAITS[2]], HEAD)


@pytest.mark.parametrize(
    ("hours", "words"),
    [(0.1, "6 min"), (1, "1 h"), (1.5, "90 min"), (26, "26 h"), (72, "3 d"), (200, "8.3 d")],
)
def test_a_time_is_said_as_people_would(hours: float, words: str) -> None:
    assert Words().span(hours) == words


# Maps


def test_the_classes_of_a_map_darken_and_are_told_in_numbers() -> None:
    svg = chart.draw(PLACES.country, places(PLACES.country), HEAD)
    texts = said(shapes(svg))
    assert [each for each in texts if " to " in each or each == "5"][:1]
    assert "fewer than 5, or withheld (*)" in texts
    assert "no data (–)" in texts
    assert "0" in texts
    fills = dict(re.findall(r'class="(c\d)" fill="(#\w+)"', svg))
    light = [sum(int(fills[each][i : i + 2], 16) for i in (1, 3, 5)) for each in sorted(fills)]
    assert light == sorted(light, reverse=True)
    assert len(light) > 3


def test_fewer_classes_spread_over_all_shades() -> None:
    from resguardo.indicators.drawing.classes import limits

    two = limits([5, 9], 5)
    assert [chart.look(value, two) for value in (5, 9, 0, None, ABSENT)] == [
        "c1",
        "c5",
        "zero",
        "hatch",
        "dots",
    ]
    assert chart.look(5, limits([5])) == "c3"


@pytest.mark.parametrize("code", ["", *PLACES.departments])
@both_widths
def test_every_area_has_its_number_and_a_small_one_a_line_to_it(code: str, width: int) -> None:
    of = PLACES.departments[code] if code else PLACES.country
    scale = min((0.54 * width if width >= 560 else width) / of.wide, 460 / of.high)
    found = labels.place(of, scale)
    assert set(found) == set(of.areas)
    for label in found.values():
        area = of.areas[label.code]
        aside = (label.x, label.y) != (area.x * scale, area.y * scale)
        assert aside == (label.home is not None)


def test_links_of_a_map_are_for_the_pointer_only() -> None:
    root = draw("map of the country")
    (hidden,) = [each for each in root.iter(f"{SVG}g") if each.get("aria-hidden") == "true"]
    assert len(list(hidden.iter(f"{SVG}a"))) == len(list(root.iter(f"{SVG}a"))) == 21
    assert all(each.get("tabindex") == "-1" for each in hidden.iter(f"{SVG}a"))


# Letters and numbers


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "0"),
        (1234567, "1,234,567"),
        (12.5, "12.5"),
        (7.0, "7"),
        (1234.56, "1,235"),
        (-3, "−3"),
        (0.04, "0"),
    ],
)
def test_numbers_are_written_as_in_guatemala(value: float, words: str) -> None:
    assert number(value) == words


def test_shares_keep_a_decimal_only_where_it_matters() -> None:
    assert [Words().share(part, 200) for part in (0, 3, 100, 199, 200)] == [
        "0%",
        "1.5%",
        "50%",
        "100%",
        "100%",
    ]


@given(st.text(min_size=1, max_size=80), st.floats(60, 400))
def test_no_line_is_wider_than_its_room(text: str, room: float) -> None:
    assert measure(cut(text, 13, room), 13) <= room
    for line in lines(text, 13, room, 3):
        assert measure(line, 13) <= room


def test_a_long_name_is_whole_in_its_title() -> None:
    root = shapes(bars.draw([Mark(TACTICS[0].label * 3, 5)], HEAD))
    assert any("…" in each for each in said(root))
    assert root.findtext(f".//{SVG}g/{SVG}title") == f"{TACTICS[0].label * 3}: 5"


@given(
    st.lists(st.one_of(st.none(), st.just(ABSENT), st.integers(0, 10**6), st.floats(0.1, 1e4)), max_size=40),
    st.sampled_from([NARROW, WIDE]),
)
def test_any_numbers_can_be_drawn(values: list[float | None], width: int) -> None:
    marks = [Mark(f"Mes {i}", value) for i, value in enumerate(values)]
    for svg in (
        bars.draw(marks, HEAD, width=width, total=100),
        trend.draw(marks, HEAD, width=width),
        funnel.draw(marks, HEAD, width=width),
        trend.multiples([trend.Panel("A", marks)], HEAD, width=width),
    ):
        root = shapes(svg)
        high = float(root.get("height", 0))
        for words, (x1, _, x2, y2) in boxes(root):
            assert x1 >= -0.5, words
            assert x2 <= width + 0.5, words
            assert y2 <= high, words


def test_two_widths_have_ids_of_their_own() -> None:
    both = in_two_widths(HEAD, PICTURES["bars"])
    ids = re.findall(r' id="([^"]+)"', both)
    assert len(ids) == len(set(ids))
    assert both.startswith('<div class="fig-narrow"><svg')


def test_curves_that_cannot_be_told_apart_are_refused() -> None:
    with pytest.raises(ValueError, match="told apart"):
        survival.draw([CURVE] * 5, HEAD, unit="days")
    with pytest.raises(ValueError, match="each tick"):
        survival.draw([replace(CURVE, at_risk=(1, 2))], HEAD, unit="days")


def test_bars_are_as_long_as_their_values() -> None:
    root = shapes(bars.draw([Mark("A", 10), Mark("B", 5), Mark("C", 0)], HEAD))
    drawn = [each.attrib for each in root.iter(f"{SVG}rect") if each.get("class") == "teal"]
    look = {"height": "14", "class": "teal", "fill": "#0b5a60", "x": "0"}
    assert drawn == [
        {**look, "y": "22", "width": "292.5"},
        {**look, "y": "66", "width": "146.2"},
        {**look, "y": "110", "width": "1.5"},
    ]
