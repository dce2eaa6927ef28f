"""A WARC made into a WACZ: one file that replay tools open and anybody can check.

The wacz package prints addresses and reads what strangers wrote, so it works in a process of its own,
mute, and is told what to do on its standard input, which no list of processes shows.
Source: WACZ 1.1.1 (Webrecorder).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from resguardo.capture.errors import NotArchived

_SECONDS = 120
_WACZ = """
import json, sys
from wacz.main import main
for arguments in json.load(sys.stdin):
    if main(arguments):
        sys.exit(1)
"""


@dataclass(frozen=True)
class Entry:
    """The page that a replay opens: the address under which the WARC has it, when, and what it says."""

    url: str
    at: datetime
    title: str
    text: str


def pack(warc: Path, entry: Entry, out: Path) -> None:
    """Write `out` from `warc` and have it validated. Work files stay beside `warc`. Raises NotArchived."""
    at = entry.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    pages = warc.with_name("pages.jsonl")
    lines = [
        {"format": "json-pages-1.0", "id": "pages", "title": "Pages"},
        {"id": "page", "url": entry.url, "ts": at, "title": entry.title, "text": entry.text, "seed": True},
    ]
    pages.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="ascii")
    create = ["create", str(warc), "--output", str(out), "--pages", str(pages), "--copy-pages"]
    create += [f"--url={entry.url}", f"--date={at}", f"--title={entry.title}"]
    _run([create, ["validate", "--file", str(out)]], warc.parent)


def _run(commands: list[list[str]], folder: Path) -> None:
    # TMPDIR: the checker unpacks the archive, and evidence is not to lie about in /tmp.
    environment = {"PATH": os.defpath, "LANG": "C.UTF-8", "TMPDIR": str(folder), "HOME": str(folder)}
    try:
        subprocess.run(
            [sys.executable, "-I", "-c", _WACZ],
            input=json.dumps(commands).encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
            cwd=folder,
            timeout=_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        raise NotArchived("unfinished") from None
