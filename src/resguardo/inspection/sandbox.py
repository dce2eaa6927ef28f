"""The door to untrusted evidence: one caged child for one file and one task, and its answer or a reason.

Plaintext is never on a disk: the child gets the sealed file's descriptor and the key by a pipe, and opens
only the pieces it needs. Nothing that a file can do makes a function here raise.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from resguardo.inspection.answers import believed, failed
from resguardo.inspection.finding import Failure

MIB = 1 << 20
PIECE = 256 * 1024
FIRST_FREE = 3
REQUEST = 48 * 1024
"""The most bytes of options: a pipe takes them at once, so that a child that hangs cannot hang us."""
CHILD: tuple[str, ...] = (sys.executable, "-I", "-m", "resguardo.inspection.inside")


@dataclass(frozen=True)
class Limits:
    """What one inspection may use: bytes of address space, seconds, open descriptors, bytes of result."""

    memory: int = 768 * MIB
    cpu: int = 30
    wall: float = 60.0
    files: int = 32
    result: int = 24 * MIB


LIMITS = Limits()


def look(sealed: BinaryIO, identity_text: str, limits: Limits = LIMITS) -> dict[str, Any]:
    """What the sealed file is: an `answers.Look` as a dict, or {"failed": code}."""
    return inspect(sealed, identity_text, "look", limits)


def read(sealed: BinaryIO, identity_text: str, name: str, limits: Limits = LIMITS) -> dict[str, Any]:
    """The conversations in the sealed file, {"conversations": [...]}, or {"failed": code}.

    `name` gives a title at most.
    """
    return inspect(sealed, identity_text, "read", limits, {"name": name[:300]})


def redact(
    sealed: BinaryIO,
    identity_text: str,
    rectangles: Sequence[Sequence[float]],
    style: str,
    limits: Limits = LIMITS,
) -> dict[str, Any]:
    """The picture with `rectangles` ([x, y, width, height], fractions of the upright picture) covered.

    `style` is "black" or "blur"; words and numbers want black. An `answers.Redacted` as a dict, or
    {"failed": code}; a rectangle outside the picture or a third style is "bad-request".
    """
    options = {"rectangles": [list(rectangle) for rectangle in rectangles], "style": style}
    return inspect(sealed, identity_text, "redact", limits, options)


def inspect(
    sealed: BinaryIO,
    identity_text: str,
    task: str,
    limits: Limits = LIMITS,
    options: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Do `task` on the age file `sealed` in a cage of its own.

    `sealed` is a real file, read from its first byte by its descriptor; its position is not moved.
    Returns the task's answer as `answers` shapes it, or {"failed": code} with a `finding.Failure`.
    Raises OSError only if no process can be started.
    """
    asked = dict(options or {})
    if len(json.dumps(asked)) > REQUEST:
        return failed("bad-request")
    descriptor = fcntl.fcntl(sealed.fileno(), fcntl.F_DUPFD_CLOEXEC, FIRST_FREE)
    try:
        bars = {"memory": limits.memory, "cpu": limits.cpu, "files": limits.files}
        request = {"fd": descriptor, "task": task, "options": asked, "bars": bars}
        process = subprocess.Popen(
            CHILD,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # A traceback could hold a name or a word of hers.
            stderr=subprocess.DEVNULL,
            bufsize=0,
            pass_fds=(descriptor,),
            env={},
            cwd="/",
            start_new_session=True,
        )
    finally:
        os.close(descriptor)
    with process:
        try:
            raw = _spoken(
                process, f"{''.join(identity_text.split())}\n{json.dumps(request)}\n".encode(), limits
            )
        finally:
            _end(process)
    return raw if isinstance(raw, dict) else believed(task, raw)


def _spoken(process: subprocess.Popen[bytes], request: bytes, limits: Limits) -> bytes | dict[str, Any]:
    """Send `request` and read the answer until the child ends; or why there is none."""
    until = time.monotonic() + limits.wall
    assert process.stdin is not None
    assert process.stdout is not None
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(request)
        process.stdin.close()
    ready = select.poll()
    ready.register(process.stdout, select.POLLIN | select.POLLHUP)
    raw = bytearray()
    while True:
        left = until - time.monotonic()
        if left <= 0:
            return failed("too-slow")
        if not ready.poll(left * 1000):
            continue
        piece = os.read(process.stdout.fileno(), PIECE)
        if not piece:
            break
        raw += piece
        if len(raw) > limits.result:
            return failed("too-large-result")
    try:
        code = process.wait(max(0.1, until - time.monotonic()))
    except subprocess.TimeoutExpired:
        return failed("too-slow")
    reason = _reason(code)
    return failed(reason) if reason else bytes(raw)


def _reason(code: int) -> Failure | None:
    """Why a child ended with `code`, if it did not end by itself."""
    if code == -signal.SIGXCPU:
        return "too-slow"
    if code == -signal.SIGKILL:
        # Not by us: the kernel ran out of memory.
        return "too-much-memory"
    return "crashed" if code else None


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill whatever is left of the child and its group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
