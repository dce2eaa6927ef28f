"""An officer types a few words; the right code is among the first three, whatever the accents and slips."""

from __future__ import annotations

import time
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resguardo import packs
from resguardo.core.codes import Code, Register
from resguardo.core.codesearch import Finder, plain, spoken

GT = packs.load("gt").register
FINDER = Finder(GT)
SITUATIONS = tomllib.loads((Path(__file__).parent / "situations.toml").read_text(encoding="utf-8"))[
    "situation"
]
TOLD = [s for s in SITUATIONS if s["list"] == "tactics"]
QUERIES = [(s, query) for s in SITUATIONS for query in s["queries"]]


def codes(text: str, list_: str | None = None, limit: int = 3, language: str = "es") -> list[str]:
    return [found.code for found in FINDER.find(text, language, list_, limit)]


def test_there_are_twenty_situations_and_more() -> None:
    assert len(TOLD) >= 20
    assert len(TOLD) == len({s["code"] for s in TOLD})
    assert all(s["code"] in GT.current[s["list"]] for s in SITUATIONS)


@pytest.mark.parametrize(("situation", "query"), QUERIES, ids=lambda one: one if isinstance(one, str) else "")
def test_the_right_code_is_among_the_first_three(situation: dict[str, Any], query: str) -> None:
    assert situation["code"] in codes(query, situation["list"])


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda s: s["told"])
def test_the_words_said_most_often_put_the_right_code_first(situation: dict[str, Any]) -> None:
    assert codes(situation["queries"][0], situation["list"])[0] == situation["code"]


@pytest.mark.parametrize("situation", TOLD, ids=lambda s: s["told"])
def test_a_whole_sentence_leads_to_the_right_tactic_too(situation: dict[str, Any]) -> None:
    assert situation["code"] in codes(situation["told"], "tactics")


def test_over_every_list_the_right_code_is_nearly_always_among_the_first_three() -> None:
    seen = [(s["list"], s["code"]) in [(f.list, f.code) for f in FINDER.find(q, limit=3)] for s, q in QUERIES]
    assert sum(seen) >= 0.95 * len(seen)


@pytest.mark.parametrize("text", ["sex", "sext", "sexto", "sextor", "sextors", "sextorsi", "sextorsión"])
def test_it_is_found_while_it_is_typed(text: str) -> None:
    assert "IMG-03" in codes(text, "tactics")


@pytest.mark.parametrize(
    "text", ["sextorcion", "estorcion sexual", "sestorsion", "SEXTORSIÓN", "  sextorsion?  "]
)
def test_slips_case_and_accents_do_not_matter(text: str) -> None:
    assert codes(text, "tactics")[0] == "IMG-03"


@pytest.mark.parametrize("mark", ["'", "\u2019", "\u02bc", "\ua78c", "\u00b4", "\u2018", "`", ""])
def test_every_apostrophe_is_the_same(mark: str) -> None:
    assert codes(f"q{mark}eqchi{mark}", "language") == ["kek"]
    assert codes(f"k{mark}iche{mark}", "language")[0] == "quc"


@pytest.mark.parametrize(
    "text", ["", "   ", "?!…", "de la que con", "asdfgh", "xqzkw qwrtp", "\x00", "😀", "no"]
)
def test_nothing_and_nonsense_find_nothing(text: str) -> None:
    assert FINDER.find(text) == ()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("threatens to post my photos", "IMG-02"),
        ("blackmail", "IMG-03"),
        ("hacked account", "SUR-04"),
        ("fake profile", "IDN-02"),
        ("stalking", "SUR-01"),
        ("hate speech", "SPE-01"),
    ],
)
def test_it_is_found_in_english_with_its_english_label(text: str, code: str) -> None:
    found = FINDER.find(text, "en", "tactics")[0]
    assert (found.code, found.label) == (code, GT.codes["tactics"][code].en)


@pytest.mark.parametrize("text", ["IMG-03", "img-03", "img 03"])
def test_whoever_knows_the_code_may_type_it(text: str) -> None:
    assert codes(text)[0] == "IMG-03"


def test_why_names_words_of_the_code_and_never_what_was_typed() -> None:
    found = FINDER.find("me clonaron el wasap de Maria Xyzab")[0]
    assert found.why
    assert not any("Xyzab" in why for why in found.why)
    sur = FINDER.find("me hackearon el face", list_="tactics")[0]
    assert sur.why[0] == "me hackearon el face"
    assert sur.label == "Acceso a cuentas o robo de contraseña"


def test_a_whole_phrase_stands_above_its_single_words() -> None:
    found = FINDER.find("amenaza de muerte", list_="tactics")
    assert found[0].code == "HAR-04"
    assert found[0].score > 2 * found[1].score if len(found) > 1 else True


@pytest.mark.parametrize(
    ("query", "near", "other"),
    [
        ("amenaza con publicar mis fotos", "IMG-02", "IMG-03"),
        ("pide dinero para no publicar mis fotos", "IMG-03", "IMG-02"),
        ("abrieron una cuenta a mi nombre", "IDN-02", "SUR-04"),
        ("se metio a mi cuenta", "SUR-04", "IDN-02"),
        ("perfil falso me hablo", "IDN-03", "IDN-02"),
        ("me revisa el celular", "SUR-05", "SUR-02"),
        ("muchas cuentas falsas", "SPE-05", "IDN-02"),
        ("le pide pack a una menor", "CHI-02", "HAR-03"),
    ],
)
def test_neighbouring_codes_are_told_apart(query: str, near: str, other: str) -> None:
    found = codes(query, "tactics", limit=40)
    assert found[0] == near
    assert other not in found or found.index(near) < found.index(other)


def test_a_search_stays_within_the_lists_and_the_limit() -> None:
    finder = Finder(GT, ["platform", "means"])
    assert {found.list for found in finder.find("llamadas")} == {"means", "platform"}
    assert {found.list for found in FINDER.find("fotos", list_="demand")} == {"demand"}
    assert len(FINDER.find("san", limit=5)) == 5
    assert FINDER.find("fotos", limit=0) == ()


def test_retired_codes_are_not_found() -> None:
    codes_ = (Code("old", "Fax", "Fax", until=2), Code("new", "Correo", "Mail"))
    register = Register("r", 2, {}, {}, {"way": codes_})
    assert Finder(register).find("fax") == ()
    assert [found.code for found in Finder(register).find("correo")] == ["new"]


@given(st.text(max_size=60))
def test_any_text_gives_an_answer_and_always_the_same(text: str) -> None:
    first = FINDER.find(text)
    assert first == FINDER.find(text) == Finder.find(FINDER, text, "es")
    assert list(first) == sorted(first, key=lambda found: -found.score)
    assert all(found.why for found in first)


@given(st.sampled_from([query for _, query in QUERIES]))
def test_accents_and_case_change_nothing(query: str) -> None:
    assert FINDER.find(plain(query).upper()) == FINDER.find(query)


def test_what_is_too_long_to_be_a_search_is_cut() -> None:
    assert FINDER.find("sextorsion " + "zzzz " * 20_000, list_="tactics")[0].code == "IMG-03"


def test_short_filling_words_are_left_out() -> None:
    assert spoken("Me está sacando el dinero de la Tía María") == ["sacando", "dinero", "tia", "maria"]


def test_a_search_over_every_list_takes_less_than_five_milliseconds() -> None:
    texts = [query for _, query in QUERIES] + [s["told"] for s in SITUATIONS]
    FINDER.find(texts[0])
    took = []
    for text in texts:
        began = time.process_time()
        FINDER.find(text)
        took.append(time.process_time() - began)
    assert sorted(took)[int(0.95 * len(took))] < 0.005
