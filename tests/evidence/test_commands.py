"""Files: sealed when acknowledged, whole or not at all, found when damaged."""

from __future__ import annotations

import io
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from resguardo.core import age
from resguardo.core.errors import ResguardoError
from resguardo.evidence import commands, storage
from resguardo.evidence.audit import audit
from resguardo.evidence.errors import EmptyFile, TooBig, WrongKind
from resguardo.evidence.kinds import media_type
from resguardo.evidence.models import Item
from tests.persons import JPEG, NOW, Persons, carry_to_inacif, send_photo, tell


def test_what_is_received_is_an_age_file_on_disk(db: None, tmp_path: Path) -> None:
    received = commands.receive(io.BytesIO(JPEG), name="a.jpg", at=NOW)
    (tmp_path / "key").write_text(received.identity.text() + "\n")
    opened = subprocess.run(
        ["age", "-d", "-i", tmp_path / "key", storage.path(received.item)], capture_output=True, check=True
    )
    assert opened.stdout == JPEG
    assert received.seal.size == len(JPEG)


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", EmptyFile),
        (b"\x7fELF\x02\x01\x01", WrongKind),
        (b"<svg onload=x>", WrongKind),
        (b"\x00" * 9, WrongKind),
    ],
)
def test_a_refused_file_leaves_nothing(db: None, content: bytes, error: type[Exception]) -> None:
    before = list(storage.stored())
    with pytest.raises(error):
        commands.receive(io.BytesIO(content), name="x", at=NOW)
    assert list(storage.stored()) == before
    assert not Item.objects.exists()


def test_a_file_over_the_limit_leaves_nothing(db: None) -> None:
    before = sorted(storage.store().root.rglob("*"))
    with pytest.raises((TooBig, ResguardoError)):
        commands.receive(io.BytesIO(JPEG * 10), name="x.jpg", at=NOW, limit=len(JPEG))
    assert [p for p in storage.store().root.rglob("*") if p.is_file() and p not in before] == []


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"RIFF\x00\x00\x00\x00WEBP", "image/webp"),
        (b"\x00\x00\x00\x18ftypheic", "image/heic"),
        (b"\x00\x00\x00\x18ftypisom", "video/mp4"),
        (b"%PDF-1.7", "application/pdf"),
        ("[24/11/26, 9:08 p. m.] Ana: ¿dónde?".encode(), "text/plain"),
        (b"PK\x03\x04", "application/zip"),
        (b"  <!DOCTYPE html>", None),
        (b"#!/bin/sh", None),
        (b"MZ\x90\x00", None),
    ],
)
def test_a_kind_is_told_by_content_and_never_by_name(head: bytes, kind: str | None) -> None:
    assert media_type(head) == kind


def test_files_of_drafts_that_ended_are_removed(persons: Persons) -> None:
    loose = commands.receive(io.BytesIO(JPEG), name="x.jpg", at=NOW)
    opened = tell()
    kept = send_photo(opened)
    commands.discard_old(at=NOW + timedelta(days=2))
    assert not storage.path(loose.item).exists()
    assert [str(item.pk) for item in Item.objects.all()] == [kept]


def test_a_file_keeps_its_seal_through_every_hand(persons: Persons) -> None:
    opened = tell()
    send_photo(opened)
    item = Item.objects.get(case=opened.case)
    before = storage.path(item.pk).read_bytes()
    carry_to_inacif(opened, persons)
    pieces = commands.open_item(item, persons["inacif"], NOW, "to-give-opinion")
    assert b"".join(pieces) == JPEG
    assert storage.path(item.pk).read_bytes() == before


def test_the_audit_names_a_changed_byte_a_lost_file_and_an_edited_event(persons: Persons) -> None:
    opened = tell()
    send_photo(opened)
    send_photo(opened, "otra.jpg", JPEG + b"2")
    assert audit().clean
    one, two = Item.objects.filter(case=opened.case)
    content = bytearray(storage.path(one.pk).read_bytes())
    content[-1] ^= 1
    storage.path(one.pk).write_bytes(content)
    storage.delete(two.pk)
    event = opened.case.event_rows.order_by("seq")[1]
    event.line = bytes(event.line).replace(b'"her"', b'"him"')
    event.save()
    wrong = "\n".join(audit().wrong)
    assert f"file {one.pk}: its bytes are not those that were sealed" in wrong
    assert f"file {two.pk}: its bytes are gone" in wrong
    assert opened.case.number in wrong
    with pytest.raises(age.AgeError):
        b"".join(commands.open_item(one, opened.holder, NOW, "to-classify"))
