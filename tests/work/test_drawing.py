"""The route as a picture: everything in its place, nothing crossed, and the same in words."""

from __future__ import annotations

import re
from datetime import timedelta, timezone
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from resguardo import packs
from resguardo.core.fold import State, fold
from resguardo.core.route import Story
from resguardo.core.stories import BEGINS, history_of
from resguardo.work import drawing
from resguardo.work.lanes import plan

ROUTE = packs.load("gt").route
GUATEMALA = timezone(timedelta(hours=-6))
SVG = "{http://www.w3.org/2000/svg}"
POLICE = ("receive", "seal_evidence", "assess_risk: risk_level=medium", "explain_rights", "hand_over")
TO_THE_END = (
    *POLICE,
    *("preserve_data", "register", "open_file: expertise=inacif", "ask_measures=granted", "serve_measures"),
    *("request_expertise", "verify_seal", "give_opinion", "investigate"),
)
ENOUGH = {"published": "no", "official_suspect": "no", "defender": "no", "sexual_violence": "no"}
ENOUGH |= {"age": "adult", "threat": "no", "interpreter": "no"}

STORIES = {
    "fresh": ((), {"nature": "denuncia"}),
    "late": (POLICE[:3], {"nature": "denuncia"} | ENOUGH),
    "widened": ((*TO_THE_END, "decide=widen"), {"nature": "denuncia"} | ENOUGH),
    "closed": ((*TO_THE_END, "decide=charge", "tell_her", "close"), {"nature": "denuncia"} | ENOUGH),
    "guidance": (("advise",), {"nature": "guidance"}),
    "notice": (("receive",), {"nature": "notice"}),
    "hidden from the police": (("she hides it from pnc", "receive"), {"nature": "denuncia"}),
    "everything": (
        ("she consents assist:leader", "she consents services:dmm", "receive"),
        {
            "nature": "denuncia",
            "age": "14_17",
            "threat": "yes",
            "sexual_violence": "yes",
            "interpreter": "yes",
            "published": "yes",
            "official_suspect": "yes",
            "defender": "yes",
        },
    ),
}


def state_of(name: str) -> State:
    does, facts = STORIES[name]
    return fold(ROUTE, history_of(ROUTE, Story(title=name, facts=facts, does=does)))


def shapes(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def status(name: str, step: str, days: float = 0) -> str:
    now = BEGINS + timedelta(days=days)
    return {row.step: row.status for row in drawing.describe(ROUTE, state_of(name), now, "es")}[step]


def boxes(root: ElementTree.Element) -> list[tuple[float, float, float, float]]:
    rects = [r for g in root.iter(f"{SVG}g") for r in g.iter(f"{SVG}rect")]
    found = [{k: float(r.get(k, 0)) for k in ("x", "y", "width", "height")} for r in rects]
    return [(r["x"], r["y"], r["x"] + r["width"], r["y"] + r["height"]) for r in found]


def lines(root: ElementTree.Element) -> list[list[tuple[float, float]]]:
    """The corners of every joining line."""
    answer = []
    for path in root.iter(f"{SVG}path"):
        if path.get("marker-end") is None:
            continue
        x = y = 0.0
        corners = []
        for sign, rest in re.findall(r"([MHV])([-\d. ]+)", path.get("d", "")):
            numbers = [float(n) for n in rest.split()]
            x = numbers[0] if sign in "MH" else x
            y = numbers[-1] if sign in "MV" else y
            corners.append((x, y))
        answer.append(corners)
    return answer


@pytest.mark.parametrize("name", STORIES)
def test_no_line_crosses_a_box(name: str) -> None:
    root = shapes(drawing.draw(ROUTE, state_of(name), BEGINS))
    assert lines(root)
    for corners in lines(root):
        for (x1, y1), (x2, y2) in pairwise(corners):
            left, right, top, bottom = min(x1, x2), max(x1, x2), min(y1, y2), max(y1, y2)
            for x, y, x_end, y_end in boxes(root):
                inside = left < x_end - 1 and right > x + 1 and top < y_end - 1 and bottom > y + 1
                assert not inside, (name, corners)


@pytest.mark.parametrize("name", STORIES)
@pytest.mark.parametrize("language", ["es", "en"])
def test_every_title_stands_whole_inside_its_box(name: str, language: str) -> None:
    root = shapes(drawing.draw(ROUTE, state_of(name), BEGINS, language))
    texts = [
        (float(t.get("x", 0)), t.text or "") for t in root.iter(f"{SVG}text") if t.get("font-weight") == "600"
    ]
    said = " ".join(text for _, text in texts)
    for row in drawing.describe(ROUTE, state_of(name), BEGINS, language):
        assert row.status == "none" or row.title in said
    for x, text in texts:
        assert any(
            left < x and x + len(text) * drawing.LETTER <= right + 2 for left, _, right, _ in boxes(root)
        )


@pytest.mark.parametrize("name", STORIES)
def test_two_boxes_never_share_a_place(name: str) -> None:
    places = [(place.lane, place.row, place.column) for place in plan(ROUTE, state_of(name)).places.values()]
    assert len(places) == len(set(places))


def test_each_status_differs_by_line_or_sign_not_by_colour_alone() -> None:
    root = shapes(drawing.draw(ROUTE, state_of("fresh"), BEGINS))
    legend = [r for r in root.iter(f"{SVG}rect") if r.get("height") == "24"]
    lines_of = [(r.get("stroke-width"), r.get("stroke-dasharray")) for r in legend]
    assert len(set(zip(lines_of, drawing.SIGNS.values(), strict=True))) == 4
    assert lines_of[0] != lines_of[1]
    assert lines_of[1] != lines_of[3]


def test_a_step_is_owed_until_its_time_and_late_after() -> None:
    assert status("fresh", "receive") == "owed"
    assert status("fresh", "receive", days=1) == "late"
    assert status("late", "receive", days=9) == "done"
    assert status("late", "decide", days=9) == "next"


def test_what_was_set_back_is_not_drawn_as_done() -> None:
    assert status("widened", "investigate") == "owed"
    assert status("widened", "decide") == "next"
    assert status("widened", "give_opinion") == "done"


def test_only_the_steps_of_this_case_are_drawn() -> None:
    assert "hand_over" not in plan(ROUTE, state_of("notice")).places
    assert "advise" not in plan(ROUTE, state_of("fresh")).places
    assert set(plan(ROUTE, state_of("guidance")).places) == {"tell", "advise", "close_guidance"}
    assert plan(ROUTE, state_of("hidden from the police")).lanes == ("her", "mp", "inacif")


def test_the_picture_says_in_words_what_it_shows() -> None:
    root = shapes(drawing.draw(ROUTE, state_of("late"), BEGINS + timedelta(days=3), "es"))
    assert root.get("role") == "img"
    assert root.findtext(f"{SVG}title") == "La ruta del caso"
    assert root.findtext(f"{SVG}desc") == "4 pasos hechos, 0 por hacer ahora, 3 con atraso, 12 aún no."
    assert any("No hace falta en este caso" in (text.text or "") for text in root.iter(f"{SVG}text"))
    closed = shapes(drawing.draw(ROUTE, state_of("closed"), BEGINS, "en"))
    assert (closed.findtext(f"{SVG}desc") or "").endswith("The case is closed.")


def test_the_table_gives_times_in_guatemala_and_says_what_is_to_be_confirmed() -> None:
    rows = drawing.describe(ROUTE, state_of("late"), BEGINS.astimezone(GUATEMALA), "es")
    rights = next(row for row in rows if row.step == "explain_rights")
    assert rights[:5] == (
        "PNC, unidad de delitos informáticos",
        "Explicar derechos y pedir consentimiento",
        "Por hacer ahora",
        "Antes del 25 nov 09:01",
        "D22-2008 arts. 11-13, S33 (por confirmar)",
    )


def test_the_picture_carries_no_script_and_no_style() -> None:
    svg = drawing.draw(ROUTE)
    assert "<script" not in svg
    assert "style" not in svg
    assert "javascript" not in svg
