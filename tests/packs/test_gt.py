"""Guatemala as data: its route is sound, its stories come true, and no phone line is shown unchecked."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from resguardo import packs
from resguardo.core.route import Story
from resguardo.core.routecheck import check
from resguardo.core.stories import untrue

GT = packs.load("gt")


def test_the_route_has_no_fault_in_any_state_it_can_reach() -> None:
    assert check(GT.route) == []


@pytest.mark.parametrize("story", GT.route.told, ids=lambda story: story.title)
def test_a_story_that_lawyers_sign_comes_true(story: Story) -> None:
    assert list(untrue(GT.route, story)) == []


def test_inacif_may_see_the_seal_the_files_the_question_and_the_opinion_only() -> None:
    assert set(GT.route.parties["inacif"].sees) == {"seal", "evidence", "question", "opinion"}


def test_every_legal_thing_says_how_sure_we_are_and_when_it_was_checked() -> None:
    assert GT.route.checked_on == date(2026, 11, 26)
    for step in GT.route.steps.values():
        assert step.basis.status
        assert not step.basis.law or step.basis.source or step.basis.status in ("MEMORY", "OWN")
        assert all(share.status for share in step.shares if share.law)


def test_she_reads_in_both_languages_what_is_owed_and_what_was_done() -> None:
    for name, step in GT.route.steps.items():
        assert step.told is not None
        assert step.waits is not None or name == GT.route.start


def test_no_text_of_the_pack_blames_her() -> None:
    texts = [text for step in GT.route.steps.values() for text in (step.title, step.does, step.told) if text]
    texts += [consent.text for consent in GT.route.consents.values()]
    for text in texts:
        for word in ("no se tome", "no se tomó fotos", "por qué no", "why did", "should not have"):
            assert word not in text.es.lower()
            assert word not in text.en.lower()


def test_she_is_asked_only_what_her_kind_of_report_may_need() -> None:
    guidance = GT.route.consents_for({"nature": "guidance"})
    denuncia = GT.route.consents_for({"nature": "denuncia"})
    assert ("services", "dmm") in guidance
    assert not {party for _, party in guidance} & {"mp", "inacif"}
    assert {("identity", "mp"), ("evidence", "inacif"), ("statistics", "dmm")} <= set(denuncia)
    assert ("services", "mp") not in denuncia
    hidden = GT.route.consents_for({"nature": "denuncia", "withheld": ["pnc"]})
    assert ("services", "mp") in hidden


def test_a_phone_line_is_shown_only_within_ninety_days_of_the_operators_call() -> None:
    today = date(2026, 11, 24)
    assert not any(line.shown_on(today) for line in GT.lines)
    called = GT.lines[0].model_copy(update={"verified_on": today - timedelta(days=90)})
    assert called.shown_on(today)
    assert not called.shown_on(today + timedelta(days=1))
    future = GT.lines[0].model_copy(update={"verified_on": today + timedelta(days=1)})
    assert not future.shown_on(today)


def test_every_department_has_its_code_of_two_digits() -> None:
    codes = [code.code for code in GT.codes["department"]]
    assert len(codes) == 22
    assert all(GT.route.facts["department"].allows(code) for code in codes)


def test_a_code_is_shown_by_its_label_in_the_language_of_the_page() -> None:
    assert GT.label("platform", "call", "es") == "Llamada de teléfono"
    assert GT.label("platform", "call", "en") == "Phone call"
    assert GT.label("platform", "never-heard-of", "en") == "never-heard-of"


def test_a_country_without_a_pack_is_named() -> None:
    with pytest.raises(packs.PackError, match="no country pack called atlantis"):
        packs.load("atlantis")


def test_a_pack_is_read_once() -> None:
    assert packs.load("gt") is GT
