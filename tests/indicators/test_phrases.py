"""Figures as people say them: no more digits than a figure has, and every span in a unit that people use."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.utils import translation

from resguardo.indicators import phrases, queries
from resguardo.indicators.counting import Cell

SPACE = phrases.SPACE


@dataclass(frozen=True)
class Said:
    """How something is said in Spanish and in English."""

    es: str
    en: str


def both(say) -> Said:
    found = []
    for language in ("es", "en"):
        with translation.override(language):
            found.append(say().replace(SPACE, " "))
    return Said(*found)


@pytest.mark.parametrize(
    ("hours", "es", "en"),
    [
        (0.5, "30 min", "30 min"),
        (8.8, "9 h", "9 h"),
        (47.2, "47 h", "47 h"),
        (48, "2 días", "2 days"),
        (52.1, "2 días 4 h", "2 days 4 h"),
        (24 * 88.1, "88 días", "88 days"),
        (24 * 1234.0, "1,234 días", "1,234 days"),
    ],
)
def test_a_wait_is_said_as_people_say_it(hours: float, es: str, en: str) -> None:
    assert both(lambda: phrases.span(hours)) == Said(es, en)


@pytest.mark.parametrize(
    ("value", "base", "es"),
    [
        (57.78, 40, "58 %"),
        (57.78, 4000, "57.8 %"),
        (0.4, 40, "0.4 %"),
        (99.7, 40, "99.7 %"),
        (0.01, 9, "<0.1 %"),
        (99.99, 9, ">99.9 %"),
        (0, 40, "0 %"),
        (100, 40, "100 %"),
    ],
)
def test_a_percent_has_no_more_digits_than_it_deserves(value: float, base: int, es: str) -> None:
    assert both(lambda: phrases.percent(value, base)) == Said(es, es.replace(" %", "%"))


@pytest.mark.parametrize(
    ("code", "long", "short"),
    [
        ("2026-03", Said("marzo de 2026", "March 2026"), Said("mar 26", "Mar 26")),
        (
            "2026-T4",
            Said("octubre a diciembre de 2026", "October to December 2026"),
            Said("oct–dic 26", "Oct–Dec 26"),
        ),
        ("2026", Said("2026", "2026"), Said("2026", "2026")),
    ],
)
def test_months_and_quarters_have_names(code: str, long: Said, short: Said) -> None:
    assert both(lambda: phrases.period(code)) == long
    assert both(lambda: phrases.short(code)) == short


def test_a_change_says_the_figure_before_and_for_counts_by_how_much() -> None:
    reports, told = queries.figures().named("reports"), queries.figures().named("told")
    assert reports is not None
    assert told is not None

    def change(one, now: float, before: float) -> str:
        return both(lambda: phrases.change(one, Cell(9, now), Cell(9, before))).es

    assert change(reports, 110, 100) == "100 (ahora 10 % más)"
    assert change(reports, 90, 100) == "100 (ahora 10 % menos)"
    assert change(reports, 100, 100) == "100 (ahora igual)"
    assert change(reports, 9, 7) == "7"
    assert change(told, 2, 1) == "1 vez"
    assert phrases.change(reports, None, Cell(9, 9.0)) == ""
