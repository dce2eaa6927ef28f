"""The newest checkpoint of a day is anchored where an operator wants it; its proof is whole later."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.conf import settings

from resguardo.cases.anchoring import anchor_job, upgrade_job
from resguardo.cases.log import make_checkpoint
from resguardo.cases.models import Anchor
from resguardo.cli import main
from resguardo.core.anchors import AnchorError
from tests.core.test_anchors import Calendar, serving
from tests.persons import tell

NOW = datetime(2026, 11, 25, 5, tzinfo=UTC)


@pytest.fixture
def calendar(monkeypatch: pytest.MonkeyPatch) -> Iterator[Calendar]:
    made = Calendar()
    with serving(made.reply) as address:
        made.address = address
        monkeypatch.setattr(settings, "CALENDARS", [address])
        yield made


def test_without_a_calendar_nothing_is_asked(db: None) -> None:
    tell()
    make_checkpoint(NOW)
    anchor_job(at=NOW)
    assert not Anchor.objects.exists()


def test_a_checkpoint_is_anchored_once_and_written_out(db: None, calendar: Calendar, tmp_path: Path) -> None:
    tell()
    made = make_checkpoint(NOW)
    anchor_job(at=NOW)
    anchor_job(at=NOW)
    assert Anchor.objects.count() == 1
    upgrade_job(at=NOW)
    assert not Anchor.objects.get().whole
    calendar.mined = True
    upgrade_job(at=NOW)
    assert Anchor.objects.get().whole
    ran = CliRunner().invoke(main, ["anchors", str(tmp_path / "out")])
    assert ran.exit_code == 0, ran.output
    assert (tmp_path / f"out/{made.size}.txt").read_text() == made.note
    assert (tmp_path / f"out/{made.size}.txt.ots").read_bytes().startswith(b"\x00OpenTimestamps")


def test_calendars_that_are_away_are_asked_another_time(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "CALENDARS", ["http://127.0.0.1:9"])
    tell()
    make_checkpoint(NOW)
    with pytest.raises(AnchorError):
        anchor_job(at=NOW)
    assert not Anchor.objects.exists()
