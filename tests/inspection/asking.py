"""Ways for a test to seal something and have it looked at."""

from __future__ import annotations

import base64
import hashlib
import io
import sys
import tempfile
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from PIL import Image

from resguardo.core import age
from resguardo.inspection import sandbox
from resguardo.inspection.sandbox import Limits

PROBE = str(Path(__file__).with_name("probe.py"))
SHORT = Limits(cpu=2, wall=20.0)
IDENTITY = age.Identity.from_bytes(hashlib.sha256(b"inspection").digest())


def sealed(data: bytes) -> BinaryIO:
    """`data` sealed to IDENTITY, in a file that has no name."""
    return unsealed(age.encrypt(data, [IDENTITY.recipient]))


def unsealed(data: bytes) -> BinaryIO:
    """`data` as it is, in a file that has no name."""
    file = tempfile.TemporaryFile()  # noqa: SIM115
    file.write(data)
    file.flush()
    return file


def looked(data: bytes, limits: Limits = sandbox.LIMITS) -> dict[str, Any]:
    """The answer to a look at `data`."""
    with sealed(data) as file:
        return sandbox.look(file, IDENTITY.text(), limits)


def probed(monkeypatch: pytest.MonkeyPatch, mode: str, limits: Limits = SHORT) -> dict[str, Any]:
    """The answer of a child that misbehaves as `probe` says for `mode`."""
    monkeypatch.setattr(sandbox, "CHILD", (sys.executable, "-I", PROBE, mode))
    return looked(b"hola", limits)


def shown(answer: dict[str, Any], kind: str = "colour") -> list[Image.Image]:
    """The previews of one kind, opened."""
    chosen = [preview for preview in answer["previews"] if preview["kind"] == kind]
    return [Image.open(io.BytesIO(base64.b64decode(preview["data"]))) for preview in chosen]
