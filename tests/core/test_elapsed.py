"""How long steps were owed: every stretch once, with its deadline and its end."""

from __future__ import annotations

from datetime import timedelta

from resguardo import packs
from resguardo.core.elapsed import stretches
from resguardo.core.fold import fold
from resguardo.core.history import following
from tests.core.test_record import BEGINS

GT = packs.load("gt")


def story(*kinds: tuple[str, str, str | None, dict[str, object]]):
    """Events an hour apart: (kind, party, step, about)."""
    events = []
    for hour, (kind, party, step, about) in enumerate(kinds):
        last = events[-1] if events else None
        at = BEGINS + timedelta(hours=hour)
        common = {"case": "RG-1", "role": party, "actor": party, "salt": bytes(16)}
        events.append(following(last, at=at, kind=kind, party=party, step=step, about=about, **common))
    return events


OPENED = ("opened", "her", None, {"facts": {"nature": "notice", "age": "adult"}})
RECEIVED = ("step-done", "pnc", "receive", {})


def test_a_step_done_is_a_stretch_with_its_end_and_its_deadline() -> None:
    found = {one.step: one for one in stretches(GT.route, story(OPENED, RECEIVED), GT.calendar)}
    assert found["receive"].done - found["receive"].since == timedelta(hours=1)
    assert found["receive"].due is not None
    assert found["receive"].party == "pnc"


def test_what_is_owed_still_is_a_stretch_without_an_end() -> None:
    events = story(OPENED, RECEIVED)
    found = stretches(GT.route, events, GT.calendar)
    owed = {(one.step, one.party) for one in found if one.done is None}
    assert owed == {(o.step, o.party) for o in fold(GT.route, events, GT.calendar).open}


def test_a_step_done_again_is_two_stretches() -> None:
    events = story(OPENED, RECEIVED, ("step-reopened", "pnc", "receive", {}), RECEIVED)
    found = [one for one in stretches(GT.route, events, GT.calendar) if one.step == "receive"]
    assert [one.done - one.since for one in found] == [timedelta(hours=1), timedelta(hours=1)]


def test_a_step_no_longer_called_for_is_no_stretch() -> None:
    events = story(OPENED, ("withheld", "her", None, {"party": "pnc"}))
    assert not [one for one in stretches(GT.route, events, GT.calendar) if one.party == "pnc"]
