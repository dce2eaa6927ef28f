"""The outbox: done once, put back when it fails, taken over from a worker that died."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from resguardo.jobs import commands
from resguardo.jobs.models import Job
from tests.persons import NOW


@pytest.fixture
def done(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    calls: list[int] = []

    def work(at: object, number: int) -> None:
        calls.append(number)
        if number < 0:
            raise ValueError("palabras que nadie debe leer")

    monkeypatch.setattr(commands, "HANDLERS", {"count": work})
    monkeypatch.setattr(commands, "REPEATED", {})
    return calls


def test_a_job_is_done_once(done: list[int]) -> None:
    commands.enqueue("count", NOW, number=1)
    assert commands.work_once(NOW) == 1
    assert commands.work_once(NOW) == 0
    assert done == [1]


def test_a_job_of_tomorrow_waits(done: list[int]) -> None:
    commands.enqueue("count", NOW + timedelta(days=1), number=1)
    assert commands.work_once(NOW) == 0


def test_a_job_that_fails_comes_back_later_and_its_words_are_not_logged(
    done: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    commands.enqueue("count", NOW, number=-1)
    assert commands.work_once(NOW) == 0
    assert "palabras" not in caplog.text
    assert commands.work_once(NOW + timedelta(hours=1)) == 0
    assert done == [-1, -1]


def test_a_job_of_a_dead_worker_is_taken_over_when_its_lease_ends(done: list[int]) -> None:
    commands.enqueue("count", NOW, number=1)
    assert commands.take(NOW) is not None
    assert commands.work_once(NOW) == 0
    assert commands.work_once(NOW + commands.LEASE * 2) == 1
    assert done == [1]


def test_a_repeated_job_waits_once(done: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "REPEATED", {"count": timedelta(minutes=1)})
    monkeypatch.setattr(commands, "HANDLERS", {"count": lambda at: done.append(0)})
    commands.work_once(NOW)
    commands.work_once(NOW)
    assert Job.objects.filter(done=None).count() == 1
    commands.work_once(NOW + timedelta(minutes=2))
    assert done == [0, 0]
