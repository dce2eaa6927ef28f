"""The child of `sandbox`: shuts itself in, opens the one file, does the one task, writes the one answer.

Standard input: a line with the age identity, a line of JSON {"fd", "task", "options", "bars"}.
Standard output: one JSON object, the task's answer or {"failed": code}.
"""

from __future__ import annotations

import ctypes

# Everything that a task may need is imported here: nothing can be opened once the cage is shut.
import encodings.cp437
import encodings.latin_1
import encodings.utf_8_sig  # noqa: F401
import io
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any, BinaryIO, cast

from resguardo.core import age
from resguardo.inspection import cage, redact, talk
from resguardo.inspection.finding import Enough, Refused
from resguardo.inspection.look import look
from resguardo.inspection.sealed import M_ARENA_MAX, Sealed

EXTRAS = 0.4
"""The part of the processor time that stills and counting may take."""

Task = Callable[[BinaryIO, int, Enough, dict[str, Any]], dict[str, Any]]
TASKS: dict[str, Task] = {
    "look": lambda source, size, enough, options: look(source, size, enough),
    "read": lambda source, size, enough, options: talk.read(source, options),
    "redact": lambda source, size, enough, options: redact.cover(source, options),
}


def main() -> None:
    """Read the request, shut the cage, answer, and leave without looking back."""
    identity = sys.stdin.readline().strip()
    request = json.loads(sys.stdin.readline())
    sealed = Sealed(request["fd"])
    _warm()
    if request["task"] == "read":
        talk.warm()
    # Each thread would reserve its own 64 MiB of addresses, of which there are few.
    ctypes.CDLL(None).mallopt(M_ARENA_MAX, 1)
    try:
        cage.shut(cage.Bars(**request["bars"]))
    except cage.NoCage:
        _answer({"failed": "no-cage"})
        return
    most = request["bars"]["cpu"] * EXTRAS
    _answer(_done(request, sealed, identity, lambda: time.process_time() > most))


def _warm() -> None:
    """Have `cryptography` and the readers of words import all that they need."""
    identity = age.Identity.generate()
    age.decrypt(age.encrypt(b"-", [identity.recipient]), identity)


def _done(request: dict[str, Any], sealed: Sealed, identity: str, enough: Enough) -> dict[str, Any]:
    """The answer to `request`."""
    task = TASKS.get(request["task"])
    if task is None:
        return {"failed": "bad-request"}
    try:
        opened = age.Opened(io.BufferedReader(sealed, 2 * age.CHUNK), age.Identity.parse(identity))
        source = cast(BinaryIO, io.BufferedReader(opened, age.CHUNK))
        return task(source, opened.size, enough, request["options"])
    except age.AgeError:
        return {"failed": "unreadable"}
    except Refused as why:
        return {"failed": why.args[0]}
    except MemoryError:
        return {"failed": "too-much-memory"}


def _answer(answer: dict[str, Any]) -> None:
    """Write `answer`, and end at once: no destructor of a library that read a hostile file runs any more."""
    data = memoryview(json.dumps(answer).encode())
    while data:
        data = data[os.write(cage.RESULT, data) :]
    os._exit(0)


if __name__ == "__main__":
    main()
