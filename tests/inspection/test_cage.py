"""What cannot be done from inside, and what can be seen there."""

from __future__ import annotations

import json
import os
import socket
import struct
import sys

import pytest

from resguardo.inspection import cage, sandbox
from tests.inspection import honest
from tests.inspection.asking import PROBE, looked, probed


@pytest.fixture(scope="module")
def attempts() -> dict[str, str]:
    with pytest.MonkeyPatch.context() as patch:
        answer = probed(patch, "escape")
    found: dict[str, str] = json.loads(answer["text"])
    return found


def test_nothing_that_was_tried_is_possible_from_inside(attempts: dict[str, str]) -> None:
    assert len(attempts) > 25
    assert {name for name, met in attempts.items() if met not in ("EPERM", "ENOSYS")} == set()


def test_the_probe_can_do_some_of_it_outside() -> None:
    assert os.stat("/etc/passwd").st_size > 0
    with socket.socket() as free:
        assert free.fileno() > 2


def test_the_key_is_neither_in_the_arguments_nor_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = json.loads(probed(monkeypatch, "surroundings")["text"])
    assert "AGE-SECRET-KEY" not in json.dumps(seen)
    assert set(seen["env"]) <= {"LC_CTYPE", "MAGIC", "LIBRARY_PATH", "LD_LIBRARY_PATH"}


def test_the_child_brings_neither_django_nor_a_network_library(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = json.loads(probed(monkeypatch, "surroundings")["text"])
    assert not {"django", "pydantic", "numpy", "http.client", "ssl"} & set(seen["modules"])


def test_it_works_without_being_root(monkeypatch: pytest.MonkeyPatch) -> None:
    if os.getuid():
        pytest.skip("this run is nobody special already")
    monkeypatch.setattr(sandbox, "CHILD", (sys.executable, "-I", PROBE, "nobody"))
    assert len(looked(honest.heic())["previews"]) == 3


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_filter_only_jumps_forward_and_ends_in_a_refusal(machine: str) -> None:
    steps = list(struct.iter_unpack("=HBBI", cage.program(machine)))
    assert len(steps) < 4096
    for place, (code, yes, no, _) in enumerate(steps):
        assert code == cage.RETURN or place + 1 + max(yes, no) < len(steps)
    assert steps[-1] == (cage.RETURN, 0, 0, cage.REFUSE)
