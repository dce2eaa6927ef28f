"""The documentation says what is there: commands, targets, settings and kinds of events."""

from __future__ import annotations

import re
from pathlib import Path

from resguardo.cli import main
from resguardo.core.history import KINDS

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_every_command_named_in_the_docs_exists() -> None:
    for page in PAGES:
        for name in re.findall(r"`?(?:\.venv/bin/)?resguardo ([a-z]+)", page.read_text()):
            assert name in main.commands or name in ("command",), (page.name, name)


def test_every_target_named_in_the_docs_is_in_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M))
    for page in PAGES:
        assert set(re.findall(r"`?\bmake ([a-z]+)\b`", page.read_text())) <= targets, page.name


def test_every_setting_is_documented() -> None:
    code = "".join(path.read_text() for path in (ROOT / "src").rglob("*.py"))
    named = set(re.findall(r'"(RESGUARDO_[A-Z]+)"', code))
    operator = (ROOT / "docs/operator.md").read_text()
    assert {name for name in named if f"`{name}`" not in operator} == set()


def test_every_kind_of_event_is_documented() -> None:
    developer = (ROOT / "docs/developer.md").read_text()
    assert [kind for kind in KINDS if f"`{kind}`" not in developer] == []


def test_the_code_and_its_translations_are_whole() -> None:
    import polib

    for path in (ROOT / "src").rglob("*.po"):
        catalog = polib.pofile(str(path))
        assert [e.msgid for e in catalog if not e.translated()] == [], path
        compiled = polib.mofile(str(path.with_suffix(".mo")))
        wanted = {e.msgid: e.msgstr or e.msgstr_plural for e in catalog}
        assert {e.msgid: e.msgstr or e.msgstr_plural for e in compiled} == wanted, path
