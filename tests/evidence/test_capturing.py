"""A public page comes into a case: asked for, fetched by the worker, sealed; or it says why not."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

import pytest
from django.conf import settings

from resguardo.cases import queries
from resguardo.cases.errors import NotGranted
from resguardo.evidence import audit, capturing, commands
from resguardo.evidence.models import Errand, Item
from resguardo.evidence.queries import items
from resguardo.jobs.models import Job
from tests.capture.site import World, world
from tests.evidence.test_inspecting import work
from tests.persons import Persons, minutes, tell

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("sitios")) as made:
        yield made


@pytest.fixture
def guard(sites: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "CAPTURE_GUARD", sites.guard)


def address(sites: World, path: str) -> str:
    return f"http://pagina.test:{sites.plain.port}{path}"


def test_a_page_becomes_three_sealed_files_of_grade_a(sites: World, guard: None, persons: Persons) -> None:
    opened = tell()
    capturing.ask(opened.case, address(sites, "/publicacion"), persons["pnc"], minutes(1))
    assert "pagina.test" not in json.dumps(list(Job.objects.values_list("ids", flat=True)))
    assert work(capturing.CAPTURE) == 1
    views = items(opened.case, persons["pnc"])
    assert [view.media_type for view in views] == ["application/wacz", "image/png", "application/pdf"]
    assert {view.grade for view in views} == {"A"}
    assert not Errand.objects.filter(kind=capturing.CAPTURE).exists()
    asked, done = queries.read_group(opened.case, "evidence", persons["pnc"], "capture")
    assert asked.content["address"] == done.content["address"] == address(sites, "/publicacion")
    lines = b"".join(queries.lines(opened.case))
    assert b"pagina.test" not in lines
    stored = Item.objects.get(pk=views[0].id)
    identity = commands.item_identity(stored, persons["pnc"])
    plain = b"".join(commands.plain_bytes(stored, identity))
    assert hashlib.sha256(plain).hexdigest() == views[0].plain_sha256
    assert audit.audit().clean
    Job.objects.filter(kind=capturing.CAPTURE).update(done=None)
    work(capturing.CAPTURE)
    assert len(items(opened.case, persons["pnc"])) == 3


@pytest.mark.parametrize(("path", "why"), [("/login", "login-wall"), ("/missing", "not-found")])
def test_a_wall_or_an_error_is_said_and_nothing_is_kept(
    sites: World, guard: None, persons: Persons, path: str, why: str
) -> None:
    opened = tell()
    capturing.ask(opened.case, address(sites, path), persons["pnc"], minutes(1))
    assert work(capturing.CAPTURE) == 1
    assert items(opened.case, persons["pnc"]) == []
    failed = [e for e in queries.events(opened.case) if e.kind == "capture-failed"]
    assert [event.about["why"] for event in failed] == [why]


def test_an_address_inside_is_refused_without_asking_anybody(persons: Persons) -> None:
    opened = tell()
    for inward in ("http://169.254.169.254/latest/meta-data/", "http://127.0.0.1/", "http://10.0.0.1/"):
        capturing.ask(opened.case, inward, persons["pnc"], minutes(1))
    work(capturing.CAPTURE)
    whys = [e.about["why"] for e in queries.events(opened.case) if e.kind == "capture-failed"]
    assert whys == ["blocked-private"] * 3


def test_who_holds_no_evidence_asks_for_nothing(persons: Persons) -> None:
    opened = tell(consents=())
    with pytest.raises(NotGranted):
        capturing.ask(opened.case, "https://example.org/", persons["inacif"], minutes(1))
    assert not Errand.objects.exists()
