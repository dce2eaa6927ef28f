"""A public page becomes evidence, byte for byte; a hostile one gets nowhere and is captured all the same."""

from __future__ import annotations

import dataclasses
import hashlib
import threading
import time
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from resguardo.capture.page import Captured, Limits, NotArchived, Refused, capture
from tests.capture.site import World, world

pytestmark = pytest.mark.browser

LIMITS = Limits(
    seconds=40,
    load_seconds=2.5,
    quiet_seconds=1,
    scroll_seconds=6,
    shot_seconds=10,
    answer_seconds=1.5,
    response_seconds=2,
    response_bytes=1_500_000,
    unpacked_bytes=20_000_000,
    height=6_400,
)


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("sitios")) as made:
        yield made


@pytest.fixture(autouse=True)
def _nothing_heard_and_nothing_left(sites: World, tmp_path: Path) -> Iterator[None]:
    """After every capture: the private places heard nothing, no process, thread or work file is left."""
    before = set(threading.enumerate())
    yield
    assert sites.heard() == []
    assert running(tmp_path) == []
    assert {path.name for path in tmp_path.iterdir()} <= {"page.wacz", "page.png", "page.pdf"}
    ours = {thread for thread in set(threading.enumerate()) - before if "process_request" not in thread.name}
    assert ours == set()


def running(folder: Path) -> list[str]:
    """The programs that run with `folder` in their command line; what is only waiting to be buried is not."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if str(folder) in line and "pytest" not in line:
            found.append(line)
    return found


def taken(sites: World, path: str, folder: Path, *, host: str = "pagina.test", tls: bool = False) -> Captured:
    site, scheme = (sites.secure, "https") if tls else (sites.plain, "http")
    address = f"{scheme}://{host}:{site.port}{path}"
    return capture(address, folder, LIMITS, guard=sites.guard(), trust=sites.trusted)


def refusal(sites: World, path: str, folder: Path, *, host: str = "pagina.test", tls: bool = False) -> str:
    with pytest.raises(NotArchived) as error:
        taken(sites, path, folder, host=host, tls=tls)
    assert host not in repr(error.value)
    assert error.value.__context__ is None or error.value.__suppress_context__
    assert list(folder.iterdir()) == []
    return error.value.code


def blocks(wacz: Path, kind: str, folder: Path) -> dict[str, tuple[dict[str, str], bytes]]:
    """The records of `kind` in an archive, by address: their WARC fields, and the block as it is stored."""
    from warcio.archiveiterator import ArchiveIterator

    with zipfile.ZipFile(wacz) as archive, archive.open("archive/data.warc.gz") as stream:
        return {
            record.rec_headers.get_header("WARC-Target-URI"): (
                dict(record.rec_headers.headers),
                record.raw_stream.read(),
            )
            for record in ArchiveIterator(stream, no_record_parse=True)
            if record.rec_type == kind
        }


def path_of(address: str) -> str:
    return "/" + address.split("/", 3)[3]


def test_an_ordinary_page_is_recorded_byte_for_byte(sites: World, tmp_path: Path) -> None:
    from wacz.main import main

    sites.secure.served.clear()
    began = datetime.now(UTC)
    got = taken(sites, "/", tmp_path, tls=True)

    assert main(["validate", "--file", str(got.files["page.wacz"])]) == 0
    said = blocks(got.files["page.wacz"], "response", tmp_path)
    assert {path_of(address) for address in said} == set(sites.secure.served)
    assert {"/", "/chunked.css", "/packed.css", "/red.png", "/blue.png?a=%5C&b=\\"} <= set(
        sites.secure.served
    )
    for address, (fields, block) in said.items():
        served = sites.secure.served[path_of(address)]
        body = served.partition(b"\r\n\r\n")[2]
        assert block == served
        assert fields["WARC-Block-Digest"] == f"sha256:{hashlib.sha256(served).hexdigest()}"
        assert fields["WARC-Payload-Digest"] == f"sha256:{hashlib.sha256(body).hexdigest()}"
        assert "WARC-Truncated" not in fields

    assert got.title == "Publicación de prueba"
    assert (got.status, got.notes, got.redirects) == (200, (), ())
    assert began <= got.at <= datetime.now(UTC)
    assert got.tls is not None
    assert (len(got.tls.sha256), got.tls.issuer) == (64, "commonName=Autoridad de prueba")
    assert got.identifiers == {
        "platform": "web",
        "host": "pagina.test",
        "canonical": f"http://{sites.plain.links['self']}/publicacion",
    }
    for name, path in got.files.items():
        assert path == tmp_path / name
        assert got.sizes[name] == path.stat().st_size
        assert got.sha256s[name] == hashlib.sha256(path.read_bytes()).hexdigest()
    with Image.open(got.files["page.png"]) as picture:
        assert picture.size == (1280, 800)
        colours = {colour for _, colour in picture.convert("RGB").getcolors(100_000) or []}
        assert {(255, 0, 0), (0, 0, 255)} <= colours
    assert got.files["page.pdf"].read_bytes().startswith(b"%PDF-")
    assert "pagina.test" not in repr(got)


def test_every_digest_of_the_archive_checks_and_every_record_is_the_pages_own(
    sites: World, tmp_path: Path
) -> None:
    from warcio.archiveiterator import ArchiveIterator

    got = taken(sites, "/", tmp_path)
    kinds = []
    with zipfile.ZipFile(got.files["page.wacz"]) as archive, archive.open("archive/data.warc.gz") as stream:
        for record in ArchiveIterator(stream, check_digests="raise"):
            record.content_stream().read()
            kinds.append(record.rec_type)
            address = record.rec_headers.get_header("WARC-Target-URI") or "http://pagina.test:"
            assert address.startswith("http://pagina.test:")
            assert record.rec_headers.protocol == "WARC/1.1"
    assert kinds.count("response") == kinds.count("request") >= 5
    assert got.tls is None
    _, asked = blocks(got.files["page.wacz"], "request", tmp_path)[got.final_address]
    assert asked.startswith(b"GET / HTTP/1.1\r\nHost: pagina.test:")
    assert b"Accept-Language: es-GT\r\n" in asked


def test_images_that_load_on_sight_are_there(sites: World, tmp_path: Path) -> None:
    got = taken(sites, "/lazy", tmp_path)
    said = blocks(got.files["page.wacz"], "response", tmp_path)
    assert {f"/lazy-{number}.png" for number in range(8)} <= {path_of(address) for address in said}
    with Image.open(got.files["page.png"]) as picture:
        assert picture.height > 4500
        greens = {colour: count for count, colour in picture.convert("RGB").getcolors(100_000) or []}
        assert greens[(0, 128, 0)] == 8 * 40 * 30
    assert got.notes == ()


def test_an_endless_page_is_cut_and_says_so(sites: World, tmp_path: Path) -> None:
    got = taken(sites, "/endless", tmp_path)
    assert got.notes == ("cut-endless",)
    with Image.open(got.files["page.png"]) as picture:
        assert picture.height == LIMITS.height


def test_redirects_by_server_and_by_page_are_followed_and_told(sites: World, tmp_path: Path) -> None:
    got = taken(sites, "/hop/1", tmp_path)
    assert [path_of(address) for address in got.redirects] == ["/hop/2", "/publicacion"]
    assert path_of(got.final_address) == "/publicacion"
    assert got.notes == ("redirected",)
    said = blocks(got.files["page.wacz"], "response", tmp_path)
    assert {"/hop/1", "/hop/2", "/publicacion"} <= {path_of(address) for address in said}


@pytest.mark.parametrize("tls", [False, True])
def test_a_hostile_page_reaches_nothing_and_is_captured(sites: World, tmp_path: Path, tls: bool) -> None:
    began = time.monotonic()
    got = taken(sites, "/hostile", tmp_path, tls=tls)
    assert time.monotonic() - began < LIMITS.seconds
    assert got.title == "Hostil"
    assert {"blocked-private", "blocked-size", "blocked-encoding", "dialogs", "download-refused"} <= set(
        got.notes
    )
    assert set(got.files) == {"page.wacz", "page.png", "page.pdf"}
    said = blocks(got.files["page.wacz"], "response", tmp_path)
    assert all(address.startswith(("http://pagina.test:", "https://pagina.test:")) for address in said)
    assert not any("service" in line for line in sites.plain.asked + sites.secure.asked)
    cut = {
        path_of(address): fields["WARC-Truncated"]
        for address, (fields, _) in said.items()
        if "WARC-Truncated" in fields
    }
    assert cut["/bomb"] == "length"


def test_a_page_that_calls_by_webrtc_is_not_let_out(sites: World, tmp_path: Path) -> None:
    assert taken(sites, "/webrtc", tmp_path).title == "Llamada"


@pytest.mark.parametrize(
    ("path", "title", "notes"),
    [
        ("/loop", "Bucle", {"scripts-stopped"}),
        ("/alerts", "Avisos", {"cut-load", "dialogs", "scripts-stopped"}),
        ("/heavy", "Pesada", {"blocked-size"}),
        ("/slow", "Lenta", {"blocked-time"}),
    ],
)
def test_a_page_that_does_not_end_is_captured_as_far_as_it_goes(
    sites: World, tmp_path: Path, path: str, title: str, notes: set[str]
) -> None:
    got = taken(sites, path, tmp_path)
    assert got.title == title
    assert notes <= set(got.notes)
    assert "page.png" in got.files


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/to-metadata", "blocked-private"),
        ("/to-secret", "blocked-private"),
        ("/to-file", "unreachable"),
        ("/login", "login-wall"),
        ("/gone", "not-found"),
        ("/download", "not-a-page"),
    ],
)
def test_what_is_not_the_page_is_said_and_not_kept(
    sites: World, tmp_path: Path, path: str, code: str
) -> None:
    assert refusal(sites, path, tmp_path) == code


def test_a_platforms_log_in_is_not_taken_for_the_post(sites: World, tmp_path: Path) -> None:
    assert refusal(sites, "/wall", tmp_path, host="www.instagram.com", tls=True) == "login-wall"


def test_a_site_that_cannot_prove_who_it_is_is_not_believed(sites: World, tmp_path: Path) -> None:
    address = f"https://pagina.test:{sites.unproved.port}/"
    with pytest.raises(NotArchived) as error:
        capture(address, tmp_path, LIMITS, guard=sites.guard(), trust=sites.trusted)
    assert error.value.code == "certificate"
    assert not any(sites.unproved.asked)


def test_a_name_that_changes_its_address_is_asked_for_once(sites: World, tmp_path: Path) -> None:
    taken(sites, "/", tmp_path, host="cambia.test")
    assert sites.asked_names.count("cambia.test") == 1
    assert sites.rebound.asked == []


def test_a_private_address_is_refused_before_anything_starts(sites: World, tmp_path: Path) -> None:
    with pytest.raises(Refused) as error:
        capture(f"http://{sites.plain.links['secret']}/", tmp_path, LIMITS, guard=sites.guard())
    assert error.value.code == "blocked-private"


def test_the_time_for_everything_is_an_end(sites: World, tmp_path: Path) -> None:
    hurried = dataclasses.replace(LIMITS, seconds=2.5)
    with pytest.raises(NotArchived) as error:
        capture(f"http://pagina.test:{sites.plain.port}/alerts", tmp_path, hurried, guard=sites.guard())
    assert error.value.code == "too-slow"
