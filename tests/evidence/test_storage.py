"""Objects in a folder, on a full disk, and in an object store whose every third call fails."""

from __future__ import annotations

import io
import os
import random
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from resguardo.evidence import commands, storage
from resguardo.evidence.bucket import Bucket
from resguardo.evidence.errors import NoRoom
from resguardo.evidence.folder import Folder
from resguardo.evidence.models import Item
from tests.objects import KEYS, Objects
from tests.persons import JPEG, NOW, send_photo, tell

DATA = random.Random(4).randbytes(3_000_000)


@pytest.fixture(scope="module")
def failing() -> Iterator[Objects]:
    made = Objects(every=3)
    yield made
    made.stop()


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)


def break_off(store: storage.Store) -> None:
    """Begin an object, and fail in the middle."""
    with store.writing("ab/one.age") as out:
        out.write(DATA)
        raise KeyError


def test_an_object_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    store = Folder(tmp_path)
    with pytest.raises(KeyError):
        break_off(store)
    assert list(tmp_path.rglob("*.*")) == []
    with store.writing("ab/one.age") as out:
        out.write(DATA)
    assert store.reading("ab/one.age").read() == DATA
    assert [name for name, _ in store.names()] == ["ab/one.age"]


def test_a_store_that_fails_every_third_call_loses_nothing(
    failing: Objects, keys: None, tmp_path: Path
) -> None:
    store = Bucket(failing.bucket("third"), tmp_path)
    for number in range(12):
        with store.writing(f"ab/{number}.age") as out:
            out.write(DATA[number:])
        src = store.reading(f"ab/{number}.age")
        assert src.read() == DATA[number:]
        src.seek(-5, os.SEEK_END)
        assert src.read() == DATA[-5:]
    assert len(list(store.names())) == 12
    store.delete("ab/3.age")
    with pytest.raises(FileNotFoundError):
        store.reading("ab/3.age")
    assert failing.failed > 5


def test_what_fails_while_it_is_written_is_not_in_the_store(
    failing: Objects, keys: None, tmp_path: Path
) -> None:
    store = Bucket(failing.bucket("broken"), tmp_path)
    with pytest.raises(KeyError):
        break_off(store)
    assert list(store.names()) == []
    assert list(tmp_path.iterdir()) == []


def test_a_locked_object_cannot_be_deleted(failing: Objects, keys: None, tmp_path: Path) -> None:
    store = Bucket(failing.bucket("locked", lock=30), tmp_path)
    with store.writing("ab/one.age") as out:
        out.write(DATA)
    store.hold("ab/one.age", NOW.replace(year=2036))
    version = failing.direct.list_object_versions(Bucket="locked")["Versions"][0]["VersionId"]
    with pytest.raises(failing.direct.exceptions.ClientError, match="AccessDenied"):
        failing.direct.delete_object(Bucket="locked", Key="sealed/ab/one.age", VersionId=version)


def test_evidence_lives_in_the_object_store(
    db: None, failing: Objects, keys: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "OBJECTS", failing.bucket("case"))
    opened = tell()
    item = Item.objects.get(pk=send_photo(opened))
    identity = commands.item_identity(item, opened.holder)
    assert b"".join(commands.plain_bytes(item, identity)) == JPEG
    assert list(storage.stored()) == [item.pk]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of four megabytes; where it may not be mounted, a real limit on a file's size."""
    place = tmp_path / "disk"
    place.mkdir()
    line = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)]
    mounted = subprocess.run(line, capture_output=True).returncode == 0
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    if not mounted:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4 * 1024 * 1024, before[1]))
    yield place
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    if mounted:
        subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_says_so_and_loses_nothing_that_was_acknowledged(
    db: None, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "OBJECTS", str(small_disk))
    monkeypatch.setattr(settings, "RESERVE", 0)
    first = commands.receive(io.BytesIO(JPEG * 200), name="a.jpg", at=NOW)
    with pytest.raises(NoRoom):
        commands.receive(io.BytesIO(JPEG * 3000), name="b.jpg", at=NOW)
    assert Item.objects.count() == 1
    assert list(small_disk.rglob("*.part")) == []
    after = commands.receive(io.BytesIO(JPEG), name="c.jpg", at=NOW)
    for received, whole in ((first, JPEG * 200), (after, JPEG)):
        item = Item.objects.get(pk=received.item)
        assert b"".join(commands.plain_bytes(item, received.identity)) == whole


def test_files_never_take_the_room_that_reports_need(
    db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "OBJECTS", str(tmp_path / "objects"))
    monkeypatch.setattr(settings, "RESERVE", 1 << 60)
    with pytest.raises(NoRoom):
        commands.receive(io.BytesIO(JPEG), name="a.jpg", at=NOW)
    assert not Item.objects.exists()
    tell()
