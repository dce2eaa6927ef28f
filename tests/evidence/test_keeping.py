"""Second copies, rounds over what is stored, damage that is named and mended, and an audit that goes on."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

from resguardo.cases.log import make_checkpoint
from resguardo.evidence import audit, keeping, storage
from resguardo.evidence.audit import Place
from resguardo.evidence.models import Item
from resguardo.evidence.queries import items
from tests.evidence.test_inspecting import work
from tests.persons import NOW, Persons, minutes, send_photo, tell


@pytest.fixture
def replica(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(settings, "REPLICA", str(tmp_path / "second"))
    return tmp_path / "second"


def damage(item: Item) -> None:
    content = bytearray(storage.path(item.pk).read_bytes())
    content[300] ^= 1
    storage.path(item.pk).write_bytes(content)


def sent(persons: Persons) -> Item:
    return Item.objects.get(pk=send_photo(tell()))


def test_every_file_of_a_case_gets_a_second_copy(replica: Path, persons: Persons) -> None:
    item = sent(persons)
    assert work("keep-item") == 1
    copy = replica / storage.name(item.pk)
    assert copy.read_bytes() == storage.path(item.pk).read_bytes()
    before = copy.stat().st_mtime_ns
    keeping.keep_job(at=minutes(1), item=str(item.pk))
    assert copy.stat().st_mtime_ns == before


def test_a_damaged_file_is_named_and_restored_from_its_second_copy(
    replica: Path, persons: Persons, caplog: pytest.LogCaptureFixture
) -> None:
    item = sent(persons)
    work("keep-item")
    whole = storage.path(item.pk).read_bytes()
    damage(item)
    keeping.fixity_job(at=minutes(5))
    assert storage.path(item.pk).read_bytes() == whole
    item.refresh_from_db()
    assert (item.damaged, item.looked_at) == (False, minutes(5))
    assert f"{item.pk} is damaged; restored" in caplog.text


def test_a_file_that_is_gone_is_restored_too(replica: Path, persons: Persons) -> None:
    item = sent(persons)
    work("keep-item")
    storage.delete(item.pk)
    assert keeping.look(item, minutes(5))
    assert storage.path(item.pk).exists()


def test_without_a_second_copy_the_damage_is_shown_and_looked_at_daily(persons: Persons) -> None:
    item = sent(persons)
    whole = storage.path(item.pk).read_bytes()
    damage(item)
    keeping.fixity_job(at=NOW)
    (view,) = items(item.case, persons["pnc"])
    assert view.damaged
    storage.path(item.pk).write_bytes(whole)
    keeping.fixity_job(at=NOW + timedelta(hours=1))
    assert items(item.case, persons["pnc"])[0].damaged
    keeping.fixity_job(at=NOW + timedelta(hours=25))
    assert not items(item.case, persons["pnc"])[0].damaged


def test_a_damaged_second_copy_mends_nothing(replica: Path, persons: Persons) -> None:
    item = sent(persons)
    work("keep-item")
    (replica / storage.name(item.pk)).write_bytes(b"other")
    damage(item)
    assert not keeping.look(item, minutes(5))


def test_rounds_come_back_after_a_month_oldest_first(
    persons: Persons, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "AT_ONCE", 1)
    first, second = sent(persons), sent(persons)
    for _ in range(3):
        keeping.fixity_job(at=NOW)
    seen = [Item.objects.get(pk=each.pk).looked_at for each in (first, second)]
    assert seen == [NOW, NOW]
    Item.objects.filter(pk=second.pk).update(looked_at=NOW - timedelta(days=40))
    keeping.fixity_job(at=minutes(9))
    assert Item.objects.get(pk=second.pk).looked_at == minutes(9)
    assert Item.objects.get(pk=first.pk).looked_at == NOW


def test_an_audit_that_is_cut_off_goes_on_and_finds_the_same(persons: Persons) -> None:
    for _ in range(3):
        damage(sent(persons))
    make_checkpoint(NOW)
    whole = audit.audit()
    assert len(whole.wrong) == 3
    kept: list[str] = []
    count = 0

    def stop() -> None:
        nonlocal count
        count += 1
        if count == 5:
            raise KeyboardInterrupt

    place = Place()
    with pytest.raises(KeyboardInterrupt):
        audit.audit(stop, place, lambda now: kept.append(now.text()))
    assert kept
    again = audit.audit(at=Place.parse(kept[-1]))
    assert (sorted(again.wrong), again.cases, again.items) == (sorted(whole.wrong), 3, 3)
