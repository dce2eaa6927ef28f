"""What a new route changes is said in words that a lawyer signs."""

from __future__ import annotations

from pathlib import Path

import pytest

from resguardo import packs
from resguardo.core.route import Route
from resguardo.core.routediff import differences

TEXT = (Path(packs.__file__).parent / "gt/route.toml").read_text(encoding="utf-8")
GT = Route.parse(TEXT, "route.toml")


def changed(old: str, new: str) -> Route:
    assert old in TEXT
    return Route.parse(TEXT.replace(old, new, 1), "new.toml")


def test_a_route_does_not_differ_from_itself() -> None:
    assert differences(GT, GT) == []


INACIF = 'sees = ["seal", "evidence", "question", "opinion"]'
CHANGES = [
    ('within = "P10D"', 'within = "P5D"', "plazo 10 días pasa a 5 días", "10 days becomes 5 days"),
    ("enabled = false", "enabled = true", "empieza a participar", "takes part from now on"),
    ('to = "inacif", what = ["evidence"]', 'to = "inacif", what = []', "INACIF ya no verá", "no longer see"),
    (INACIF, INACIF[:-1] + ', "risk"]', "INACIF podrá llegar a ver: Valoración", "may come to see"),
    ('after = ["verify_seal"]', 'after = ["request_expertise"]', "espera ahora a: Pedir", "now waits for"),
]


@pytest.mark.parametrize(("old", "new", "es", "en"), CHANGES)
def test_each_change_has_its_sentence(old: str, new: str, es: str, en: str) -> None:
    found = differences(GT, changed(old, new))
    assert len(found) == 1
    assert es in found[0].es
    assert en in found[0].en


def test_a_new_step_and_a_lost_one_are_named_with_what_they_share() -> None:
    steps = {name: step for name, step in GT.steps.items() if name != "close"}
    without = Route.model_validate({**GT.model_dump(), "steps": steps})
    lost = [d.es for d in differences(GT, without)]
    assert lost == ["Ya no hay el paso: Cerrar."]
    new = [d.es for d in differences(without, GT)]
    assert any(sentence.startswith("Paso nuevo de PNC") and "Cerrar" in sentence for sentence in new)


def test_a_renamed_step_is_the_same_step() -> None:
    text = TEXT.replace("[steps.advise]", '[steps.counsel]\nretired = ["advise"]', 1)
    text = text.replace('after = ["advise"]', 'after = ["counsel"]').replace('"advise', '"counsel')
    text = text.replace('retired = ["counsel"]', 'retired = ["advise"]')
    assert differences(GT, Route.parse(text, "new.toml")) == []
