"""What the worker does with a file once, and what happens when it dies, or when a minor may be seen."""

from __future__ import annotations

import io
import json
from datetime import timedelta

import pytest
from django.conf import settings

from resguardo.cases import queries
from resguardo.cases.models import Record
from resguardo.core import history
from resguardo.evidence import audit, commands, custody, inspecting, viewing, worker
from resguardo.evidence.errors import MinorSealed
from resguardo.evidence.models import Errand, Item
from resguardo.evidence.queries import items
from resguardo.jobs.commands import run, take
from resguardo.jobs.models import Job
from tests.inspection.honest import jpeg
from tests.persons import NOW, Persons, carry_to_mp, minutes, send_photo, tell

CHAT = b"24/11/2026, 9:08 p. m. - Luis: canario-amenaza\n24/11/2026, 9:09 p. m. - Ana: ya no\n"


def work(kind: str) -> int:
    """Do every waiting job of `kind`, as a worker would."""
    done = 0
    for job in Job.objects.filter(kind=kind, done=None):
        job.tries += 1
        done += run(job, minutes(1))
    return done


@pytest.fixture
def photo(persons: Persons) -> Item:
    opened = tell()
    return Item.objects.get(pk=send_photo(opened, content=jpeg()))


def kinds(item: Item) -> list[str]:
    return [event.kind for event in queries.events(item.case)]


def test_a_photo_is_looked_at_once_and_the_key_is_forgotten(photo: Item, persons: Persons) -> None:
    assert work(inspecting.INSPECT) == 1
    assert not Errand.objects.exists()
    Job.objects.filter(kind=inspecting.INSPECT).update(done=None)
    assert work(inspecting.INSPECT) == 1
    assert kinds(photo).count("item-inspected") == 1
    (view,) = items(photo.case, persons["pnc"])
    assert view.found["media_type"] == "image/jpeg"
    assert view.found["views"] == 3
    assert viewing.blurred(photo, persons["pnc"])
    assert audit.audit().clean


def test_what_was_found_is_for_those_who_hold_the_evidence(photo: Item, persons: Persons) -> None:
    work(inspecting.INSPECT)
    (view,) = items(photo.case, persons["dmm"])
    assert view.found == {}
    assert viewing.blurred(photo, persons["dmm"]) == ""
    assert b"image/jpeg" not in b"".join(bytes(r.sealed) for r in Record.objects.all())


def test_the_errand_opens_for_the_worker_alone(photo: Item) -> None:
    errand = Errand.objects.get()
    assert worker.opened(errand)["identity"].startswith("AGE-SECRET-KEY-1")
    assert b"AGE-SECRET" not in bytes(errand.sealed)
    assert set(Job.objects.get(kind=inspecting.INSPECT).ids) == {"errand"}


def test_grey_comes_first_and_every_view_is_an_opening(photo: Item, persons: Persons) -> None:
    work(inspecting.INSPECT)
    for how in (viewing.GREY, viewing.COLOUR):
        (view,) = viewing.open_views(photo, persons["pnc"], minutes(2), "to-classify", how)
        assert view["media_type"] == "image/jpeg"
    opened = [e for e in queries.events(photo.case) if e.kind == "accessed"]
    assert [(e.about["how"], e.reason) for e in opened] == [
        ("grey", "to-classify"),
        ("colour", "to-classify"),
    ]


def test_a_chat_is_read_as_a_conversation(persons: Persons) -> None:
    opened = tell()
    item = Item.objects.get(pk=send_photo(opened, "chat.txt", CHAT))
    work(inspecting.INSPECT)
    (talk,) = viewing.open_talk(item, persons["pnc"], minutes(2), "to-classify")
    assert [(m["at"], m["sender"]) for m in talk["messages"]] == [
        ("2026-11-24T21:08", "Luis"),
        ("2026-11-24T21:09", "Ana"),
    ]
    assert "canario" not in json.dumps([e.about for e in queries.events(opened.case)])


def test_where_she_says_that_a_minor_may_be_seen_nothing_is_ever_looked_at(persons: Persons) -> None:
    opened = tell(minor_in_image="yes")
    send_photo(opened, content=jpeg())
    assert not Errand.objects.exists()
    assert not Job.objects.filter(kind=inspecting.INSPECT).exists()


def test_a_mark_destroys_what_was_made_of_it_and_closes_it_for_everybody(
    photo: Item, persons: Persons
) -> None:
    work(inspecting.INSPECT)
    copy = viewing.cover(photo, persons["pnc"], minutes(2), [(0, 0, 0.5, 0.5)], "black")
    inspecting.mark_minor(photo, persons["pnc"], minutes(3))
    assert not Record.objects.filter(kind__in=[inspecting.VIEWS, inspecting.TALK]).exists()
    for item in (photo, copy):
        with pytest.raises(MinorSealed):
            commands.open_item(item, persons["pnc"], minutes(4), "to-classify")
        with pytest.raises(MinorSealed):
            viewing.open_views(item, persons["pnc"], minutes(4), "to-classify", viewing.GREY)
    with pytest.raises(MinorSealed):
        viewing.cover(photo, persons["pnc"], minutes(4), [(0, 0, 1, 1)], "black")
    assert all(view.minor for view in items(photo.case, persons["pnc"]))


def test_a_mark_before_the_worker_comes_leaves_nothing_to_see(photo: Item, persons: Persons) -> None:
    inspecting.mark_minor(photo, persons["pnc"], minutes(1))
    work(inspecting.INSPECT)
    assert "item-inspected" not in kinds(photo)
    assert not Record.objects.filter(kind=inspecting.VIEWS).exists()


def test_a_covered_copy_is_a_file_of_its_own_and_the_original_stays(photo: Item, persons: Persons) -> None:
    before = bytes(open_all(photo, persons))
    copy = viewing.cover(photo, persons["pnc"], minutes(2), [(0.1, 0.1, 0.5, 0.5)], "blur")
    assert copy.derived_from == photo
    assert open_all(photo, persons) == before
    assert open_all(copy, persons)[:2] in (b"\xff\xd8", b"\x89P")
    derived = next(view for view in items(photo.case, persons["pnc"]) if view.of)
    assert derived.of == str(photo.pk)
    assert audit.audit().clean


def open_all(item: Item, persons: Persons) -> bytes:
    identity = commands.item_identity(item, persons["pnc"])
    return b"".join(commands.plain_bytes(item, identity))


def test_a_worker_that_dies_of_a_file_three_times_says_so_and_goes_on(photo: Item) -> None:
    errand = Errand.objects.get()
    for _ in range(inspecting.TRIES):
        # What is left of a worker that died in the middle: one more try is counted, nothing else.
        Errand.objects.filter(pk=errand.pk).update(tries=Errand.objects.get().tries + 1)
    assert work(inspecting.INSPECT) == 1
    about = next(e.about for e in queries.events(photo.case) if e.kind == "item-inspected")
    assert about["result"] == "given-up"
    assert not Errand.objects.exists()


def test_two_workers_with_one_job_keep_one_result(photo: Item) -> None:
    job = take(minutes(0))
    while job is not None and job.kind != inspecting.INSPECT:
        job = take(minutes(0))
    errand = Errand.objects.get()
    found = inspecting.look(photo, worker.opened(errand), minutes(1))
    inspecting.keep(errand, dict(found), minutes(1))
    inspecting.keep(errand, dict(found), minutes(1))
    assert kinds(photo).count("item-inspected") == 1


def test_custody_says_what_happened_and_who_could_have_read_it(photo: Item, persons: Persons) -> None:
    carry_to_mp(tell(), persons)
    work(inspecting.INSPECT)
    viewing.open_views(photo, persons["pnc"], minutes(2), "to-classify", viewing.GREY)
    (view,) = items(photo.case, persons["pnc"])
    moments = custody.moments(photo.case, str(photo.pk), view)
    assert [moment.kind for moment in moments] == [
        "evidence-sealed",
        "item-read-back",
        "item-inspected",
        "accessed",
    ]
    assert moments[-1].words("es") == "Se abrió el archivo (en gris)"
    readers = {reader.party: reader for reader in custody.readers(photo.case, str(photo.pk))}
    assert readers["pnc"].opened == 1
    assert readers["pnc"].until is None
    assert "inacif" not in readers


def test_the_worker_key_is_made_once_and_can_be_carried_away(photo: Item, monkeypatch, tmp_path) -> None:
    first = worker.recipient()
    assert worker.recipient() == first == worker.identity().recipient
    monkeypatch.setattr(settings, "WORKER_KEY", str(tmp_path / "elsewhere"))
    assert worker.recipient() == first
    with pytest.raises(FileNotFoundError):
        worker.identity()


def test_an_original_is_not_looked_at_again_after_its_draft_was_sent_late(persons: Persons) -> None:
    opened = tell()
    received = commands.receive(io.BytesIO(jpeg()), name="a.jpg", at=NOW - timedelta(hours=5))
    commands.attach(opened.case, received, opened.holder, NOW)
    commands.attach(opened.case, received, opened.holder, NOW)
    assert Errand.objects.count() == 1
    assert history.timestamp(NOW - timedelta(hours=5)) in json.dumps(
        [e.about for e in queries.events(opened.case) if e.kind == "evidence-sealed"]
    )
