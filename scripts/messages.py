"""Gather every message for people into the rooms' catalogs, and compile them: python scripts/messages.py.

Needs Debian's gettext. Pages and forms are read by Django's makemessages; the sentences of errors, which
the ground floor writes without any library, are read from the source. Prints what is not translated yet.
"""

from __future__ import annotations

import ast
import builtins
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import polib

ROOMS = Path(__file__).resolve().parents[1] / "src" / "resguardo"
ERRORS = re.compile(
    r"(Error|Granted|Owed|Missing|SuchCase|WrongKey|Mistyped|File|TooBig|WrongKind|MinorSealed|OutOfStep|TooSoon|Stuck|InHand|NotAsked|NoFigures)$"
)


def sentences() -> Iterator[str]:
    """The message ids that errors are raised with, and those of rooms that have no pages of their own."""
    for path in sorted(ROOMS.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "KEPT":
                yield ast.literal_eval(node.value)
            if isinstance(node, ast.Assign) and path.parent.name == "capture" and path.name == "errors.py":
                parts = (part.value for part in ast.walk(node.value) if isinstance(part, ast.Constant))
                yield from (part for part in parts if isinstance(part, str) and " " in part)
            if not isinstance(node, ast.Call):
                continue
            named = ast.unparse(node.func)
            if hasattr(builtins, named):
                continue
            if (
                not ERRORS.search(named)
                and named != "super().__init__"
                and not (named == "_" and path.parent.name == "cases")
            ):
                continue
            told = [*node.args[:1], *(k.value for k in node.keywords if k.arg in ("kept", "remedy"))]
            for one in told:
                if isinstance(one, ast.Constant) and isinstance(one.value, str) and " " in one.value:
                    yield one.value


def catalog(room: str) -> Path:
    return ROOMS / room / "locale" / "es" / "LC_MESSAGES" / "django.po"


def gather(room: str) -> polib.POFile:
    """Today's messages of a room, with the translations they had."""
    known = {e.msgid: e for e in polib.pofile(str(catalog(room)))}
    line = [sys.executable, "-m", "django", "makemessages", "-l", "es", "--no-location", "-v", "0"]
    subprocess.run(line, cwd=ROOMS / room, check=True, env={**os.environ, "DJANGO_SETTINGS_MODULE": ""})
    messages = polib.pofile(str(catalog(room)))
    if room == "site":
        there = {e.msgid for e in messages if not e.obsolete}
        for text in dict.fromkeys(sentences()):
            if text not in there:
                messages.append(polib.POEntry(msgid=text, flags=["python-format"] if "%(" in text else []))
    kept = polib.POFile(check_for_duplicates=True)
    kept.metadata = {
        "Project-Id-Version": "resguardo",
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Language": "es",
        "Plural-Forms": "nplurals=2; plural=(n != 1);",
    }
    for entry in messages:
        if entry.obsolete:
            continue
        before = known.get(entry.msgid)
        entry.flags = [flag for flag in entry.flags if flag != "fuzzy"]
        entry.msgstr = before.msgstr if before else ""
        if entry.msgid_plural:
            entry.msgstr_plural = before.msgstr_plural if before else {0: "", 1: ""}
        kept.append(entry)
    return kept


def main() -> None:
    for room in ("site", "report", "work", "registry", "indicators"):
        messages = gather(room)
        messages.save(str(catalog(room)))
        messages.save_as_mofile(str(catalog(room).with_suffix(".mo")))
        for entry in messages:
            if not entry.translated():
                print(f"{room}: {entry.msgid}")


if __name__ == "__main__":
    main()
