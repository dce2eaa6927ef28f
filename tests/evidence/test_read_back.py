"""What is stored is read back once: it is there as it was sealed, and courts have its SHA-256."""

from __future__ import annotations

import hashlib
import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from blake3 import blake3
from django.conf import settings

from resguardo.cases import queries
from resguardo.cases.commands import Opened
from resguardo.cases.log import make_checkpoint
from resguardo.evidence import commands, inspecting, keeping, storage, viewing
from resguardo.evidence.audit import audit
from resguardo.evidence.bagging import make_bag
from resguardo.evidence.errors import Damaged
from resguardo.evidence.models import Item
from resguardo.evidence.queries import items
from resguardo.report.commands import received as from_draft
from tests.evidence.test_inspecting import work
from tests.evidence.test_keeping import damage, replica
from tests.inspection.honest import jpeg
from tests.objects import KEYS, Objects
from tests.persons import JPEG, NOW, Persons, carry_to_inacif, minutes, send_photo, tell

__all__ = ["replica"]


@pytest.fixture
def photo(persons: Persons) -> Item:
    return Item.objects.get(pk=send_photo(tell(), content=jpeg()))


def read_backs(item: Item) -> list[str]:
    """What the history says of reading `item` back: SHA-256, once for each time."""
    backs = (e.about for e in queries.events(item.case) if e.kind == "item-read-back")
    return [about["sealed_sha256"] for about in backs if about["item"] == str(item.pk)]


def sha256(item: Item) -> str:
    return hashlib.sha256(storage.path(item.pk).read_bytes()).hexdigest()


def test_sealing_says_blake3_and_reading_back_adds_sha_256_once(photo: Item, persons: Persons) -> None:
    stored = storage.path(photo.pk).read_bytes()
    about = next(e.about for e in queries.events(photo.case) if e.kind == "evidence-sealed")
    assert about["sealed_blake3"] == photo.sealed_blake3 == blake3(stored).hexdigest()
    assert "sealed_sha256" not in about
    assert (photo.sealed_sha256, items(photo.case, persons["pnc"])[0].sealed_sha256) == ("", "")
    assert audit().cases == 1
    for minute in (5, 6):
        keeping.fixity_job(at=minutes(minute))
        keeping.look(Item.objects.get(pk=photo.pk), minutes(minute))
    assert read_backs(photo) == [sha256(photo)]
    photo.refresh_from_db()
    assert photo.sealed_sha256 == items(photo.case, persons["pnc"])[0].sealed_sha256 == sha256(photo)
    make_checkpoint(minutes(7))
    assert audit().clean


def test_the_reading_that_inspects_a_file_is_its_reading_back(
    photo: Item, monkeypatch: pytest.MonkeyPatch
) -> None:
    work(inspecting.INSPECT)
    assert read_backs(photo) == [sha256(photo)]
    monkeypatch.setattr(keeping, "look", lambda *_: pytest.fail("it was read a second time"))
    keeping.fixity_job(at=minutes(5))
    photo.refresh_from_db()
    assert (photo.looked_at, photo.damaged) == (minutes(1), False)


def test_from_an_object_store_too_and_it_is_fetched_once(
    persons: Persons, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    objects = Objects()
    monkeypatch.setattr(settings, "OBJECTS", objects.bucket("read-back"))
    photo = Item.objects.get(pk=send_photo(tell(), content=jpeg()))
    before = next(objects.calls)
    work(inspecting.INSPECT)
    # Its size and its bytes, and nothing else.
    assert next(objects.calls) - before - 1 == 2
    stored = storage.reading(photo.pk).read()
    objects.stop()
    assert read_backs(photo) == [hashlib.sha256(stored).hexdigest()]


def test_what_nobody_opens_is_read_back_without_a_key(persons: Persons) -> None:
    closed = Item.objects.get(pk=send_photo(tell(minor_in_image="yes"), content=jpeg()))
    copied = Item.objects.get(pk=send_photo(tell(), content=jpeg()))
    copy = viewing.cover(copied, persons["pnc"], minutes(1), [(0, 0, 0.5, 0.5)], "black")
    keeping.fixity_job(at=minutes(5))
    assert read_backs(closed) == [sha256(closed)]
    assert read_backs(copy) == [sha256(copy)]
    make_checkpoint(minutes(7))
    assert audit().clean


def test_a_covered_copy_gets_a_second_copy_too(replica: Path, photo: Item, persons: Persons) -> None:
    copy = viewing.cover(photo, persons["pnc"], minutes(1), [(0, 0, 0.5, 0.5)], "black")
    work("keep-item")
    assert (replica / storage.name(copy.pk)).read_bytes() == storage.path(copy.pk).read_bytes()


def test_what_is_damaged_before_it_is_read_back_is_named_and_the_history_claims_nothing(
    photo: Item, persons: Persons, caplog: pytest.LogCaptureFixture
) -> None:
    damage(photo)
    work(inspecting.INSPECT)
    assert read_backs(photo) == []
    assert f"{photo.pk} is damaged" in caplog.text
    assert items(photo.case, persons["pnc"])[0].damaged


def test_what_is_damaged_is_restored_and_then_looked_at(replica: Path, photo: Item) -> None:
    work("keep-item")
    whole = sha256(photo)
    damage(photo)
    work(inspecting.INSPECT)
    assert read_backs(photo) == [sha256(photo)] == [whole]
    looked = next(e.about for e in queries.events(photo.case) if e.kind == "item-inspected")
    assert looked["result"] == "done"


def older(opened: Opened) -> Item:
    """A file as the version before this one sealed it: SHA-256 alone."""
    received = commands.receive(io.BytesIO(JPEG), name="a.jpg", at=NOW)
    digest = hashlib.sha256(storage.path(received.item).read_bytes()).hexdigest()
    Item.objects.filter(pk=received.item).update(sealed_blake3="", sealed_sha256=digest)
    entry = {
        "item": str(received.item),
        "identity": received.identity.text(),
        "name": "a.jpg",
        "note": "",
        "media_type": "image/jpeg",
        "received_at": NOW.isoformat(),
        "size": received.seal.size,
        "plain_sha256": received.seal.plain_sha256,
        "sealed_size": received.seal.sealed_size,
        "sealed_sha256": digest,
    }
    commands.attach(opened.case, from_draft(entry), opened.holder, NOW)
    return Item.objects.get(pk=received.item)


def test_an_item_of_an_older_version_is_checked_by_sha_256_and_says_nothing_new(persons: Persons) -> None:
    item = older(tell(minor_in_image="yes"))
    keeping.fixity_job(at=minutes(5))
    assert read_backs(item) == []
    assert items(item.case, persons["pnc"])[0].sealed_sha256 == sha256(item)
    make_checkpoint(minutes(7))
    assert audit().clean
    damage(item)
    assert not keeping.look(item, minutes(8))
    assert any("not those that were sealed" in wrong for wrong in audit().wrong)


@pytest.mark.parametrize("column", ["sealed_blake3", "sealed_sha256"])
def test_the_audit_finds_a_row_that_is_not_what_the_history_says(photo: Item, column: str) -> None:
    keeping.fixity_job(at=minutes(5))
    Item.objects.filter(pk=photo.pk).update(**{column: "0" * 64})
    assert any("its file is not as written" in wrong for wrong in audit().wrong)


def unopened(persons: Persons) -> Item:
    opened = tell()
    item = Item.objects.get(pk=send_photo(opened))
    carry_to_inacif(opened, persons)
    inspecting.mark_minor(item, persons["pnc"], minutes(20))
    return item


def test_a_bag_reads_back_first_what_goes_in_sealed_and_does_so_once(persons: Persons) -> None:
    item = unopened(persons)
    for _ in range(2):
        made = make_bag(item.case, persons["mp"], datetime.now(UTC))
        assert [each.sealed_sha256 for each in made.unopened] == [sha256(item)]
    kinds = [event.kind for event in queries.events(item.case)]
    assert kinds[-3:] == ["item-read-back", "exported", "exported"]


def test_a_damaged_file_that_would_go_in_sealed_makes_no_bag(persons: Persons) -> None:
    item = unopened(persons)
    damage(item)
    with pytest.raises(Damaged):
        make_bag(item.case, persons["mp"], datetime.now(UTC))
    assert "exported" not in [event.kind for event in queries.events(item.case)]
    assert items(item.case, persons["mp"])[0].damaged


def test_two_workers_that_read_at_once_write_one_event(photo: Item) -> None:
    one, two = Item.objects.get(pk=photo.pk), Item.objects.get(pk=photo.pk)
    keeping.look(one, minutes(1))
    keeping.look(two, minutes(2))
    assert len(read_backs(photo)) == 1
