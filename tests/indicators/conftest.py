"""Figures that pages show in tests: invented records, as if they were counted and published here."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from resguardo.indicators import overview, queries, releases
from tests.indicators.invented import UNTIL, publication, whole


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """The invented records stand for what this deployment counts and has published."""
    monkeypatch.setattr(queries, "columns", whole)
    monkeypatch.setattr(releases, "publication", publication)
    monkeypatch.setattr(overview, "timezone", SimpleNamespace(now=lambda: UNTIL))


@pytest.fixture
def nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was counted or published yet."""
    monkeypatch.setattr(queries, "columns", lambda: None)
    monkeypatch.setattr(releases, "publication", lambda: None)
