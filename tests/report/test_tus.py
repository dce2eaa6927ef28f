"""Her files in resumable pieces: the protocol, its refusals, and what stays of what was sent."""

from __future__ import annotations

import base64
import hashlib
import io
import random
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from resguardo.cases.queries import her_case
from resguardo.core.vault import Receipt
from resguardo.evidence import storage, uploads
from resguardo.evidence.errors import OutOfStep
from resguardo.evidence.models import Item, Piece, Upload
from resguardo.evidence.queries import items
from tests.persons import JPEG, Persons
from tests.report.test_flow import Her

DATA = JPEG + random.Random(5).randbytes(700_000)
TUS = {"Tus-Resumable": "1.0.0"}


@pytest.fixture
def her(persons: Persons) -> Her:
    made = Her()
    made.begin()
    return made


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def begin(client: Client, data: bytes = DATA, sha256: str = "", length: int | None = None) -> Any:
    about = f"filename {b64('canario vídeo.jpg')},note {b64('canario-nota')}"
    if sha256:
        about += f",sha256 {b64(sha256)}"
    headers = {**TUS, "Upload-Length": str(len(data) if length is None else length), "Upload-Metadata": about}
    return client.post("/contar/subidas/", headers=headers)


def patch(client: Client, where: str, offset: int, data: bytes, **more: str) -> Any:
    headers = {**TUS, "Upload-Offset": str(offset), **{k.replace("_", "-"): v for k, v in more.items()}}
    return client.patch(where, data, content_type="application/offset+octet-stream", headers=headers)


def offset(client: Client, where: str) -> int:
    return int(client.head(where, headers=TUS).headers["Upload-Offset"])


def test_the_server_says_what_it_can(her: Her) -> None:
    answer = her.client.options("/contar/subidas/")
    assert answer.status_code == 204
    assert answer.headers["Tus-Extension"] == "creation,expiration,checksum,termination"
    assert answer.headers["Tus-Checksum-Algorithm"] == "sha256,sha1"
    assert answer.headers["Tus-Max-Size"] == str(settings.FILE_LIMIT)


def test_a_file_arrives_in_pieces_and_is_sealed_once(her: Her) -> None:
    before = {name for name, _ in storage.store().names()}
    declared = hashlib.sha256(DATA).hexdigest()
    made = begin(her.client, sha256=declared)
    assert (made.status_code, offset(her.client, made.headers["Location"])) == (201, 0)
    assert "Upload-Expires" in made.headers
    where = made.headers["Location"]
    for start in range(0, len(DATA), 200_000):
        answer = patch(her.client, where, start, DATA[start : start + 200_000])
        assert answer.status_code == 204
    assert offset(her.client, where) == len(DATA)
    assert not Upload.objects.exists()
    assert not Piece.objects.exists()
    assert len({name for name, _ in storage.store().names()} - before) == 1
    page = her.client.get("/contar/archivos/").content.decode()
    assert "canario vídeo.jpg" in page
    assert "canario-nota" in page
    number = her.send()
    case, holder = her_case(Receipt.parse(number))
    (view,) = items(case, holder)
    assert (view.plain_sha256, view.name, view.note) == (declared, "canario vídeo.jpg", "canario-nota")
    assert b'"declared_sha256":"' + declared.encode() in b"".join(
        bytes(row.line) for row in case.event_rows.all()
    )


def test_a_piece_that_does_not_begin_where_the_upload_is_is_refused(her: Her) -> None:
    where = begin(her.client).headers["Location"]
    assert patch(her.client, where, 0, DATA[:1000]).status_code == 204
    assert patch(her.client, where, 0, DATA[:1000]).status_code == 409
    assert patch(her.client, where, 5000, DATA[:1000]).status_code == 409
    assert offset(her.client, where) == 1000
    assert Piece.objects.count() == 1


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_a_piece_with_another_checksum_is_not_kept(her: Her, algorithm: str) -> None:
    where = begin(her.client).headers["Location"]
    good = base64.b64encode(hashlib.new(algorithm, DATA[:900]).digest()).decode()
    wrong = base64.b64encode(hashlib.new(algorithm, b"x").digest()).decode()
    assert patch(her.client, where, 0, DATA[:900], Upload_Checksum=f"{algorithm} {wrong}").status_code == 460
    assert offset(her.client, where) == 0
    assert patch(her.client, where, 0, DATA[:900], Upload_Checksum="md5 AAAA").status_code == 400
    assert patch(her.client, where, 0, DATA[:900], Upload_Checksum=f"{algorithm} {good}").status_code == 204
    assert offset(her.client, where) == 900


def test_a_file_that_is_not_the_one_declared_is_said_and_not_kept(her: Her) -> None:
    where = begin(her.client, sha256="0" * 64).headers["Location"]
    answer = patch(her.client, where, 0, DATA)
    assert answer.status_code == 460
    assert "no llegó" in answer.content.decode()
    assert (Upload.objects.count(), Piece.objects.count(), Item.objects.count()) == (0, 0, 0)


def test_she_takes_an_upload_back(her: Her) -> None:
    before = list(storage.store().names())
    where = begin(her.client).headers["Location"]
    patch(her.client, where, 0, DATA[:1000])
    assert her.client.delete(where, headers=TUS).status_code == 204
    assert her.client.head(where, headers=TUS).status_code == 404
    assert list(storage.store().names()) == before


def test_what_is_not_whole_is_shown_with_how_to_go_on(her: Her) -> None:
    where = begin(her.client).headers["Location"]
    patch(her.client, where, 0, DATA[: len(DATA) // 2])
    page = her.client.get("/contar/archivos/").content.decode()
    assert "50 %" in page or "49 %" in page
    her.post("/contar/archivos/", stop=where.split("/")[-2])
    assert not Upload.objects.exists()


def test_nobody_else_reaches_an_upload(her: Her, persons: Persons) -> None:
    where = begin(her.client).headers["Location"]
    other = Her()
    other.begin()
    assert other.client.head(where, headers=TUS).status_code == 404
    assert patch(other.client, where, 0, DATA[:10]).status_code == 404
    assert patch(Client(), where, 0, DATA[:10]).status_code == 410
    foreign = {**TUS, "Sec-Fetch-Site": "cross-site", "Upload-Length": "9"}
    assert her.client.post("/contar/subidas/", headers=foreign).status_code == 412
    assert her.client.post("/contar/subidas/", headers={"Upload-Length": "9"}).status_code == 412


def test_limits_are_said_in_plain_words(her: Her, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "FILE_LIMIT", 10 * 1024 * 1024)
    monkeypatch.setattr(settings, "CASE_LIMIT", 15 * 1024 * 1024)
    over = begin(her.client, length=11 * 1024 * 1024)
    assert (over.status_code, "10 MB" in over.content.decode()) == (413, True)
    assert begin(her.client, length=9 * 1024 * 1024).status_code == 201
    quota = begin(her.client, length=9 * 1024 * 1024)
    assert (quota.status_code, "15 MB" in quota.content.decode()) == (413, True)


@pytest.mark.parametrize("length", ["", "-1", "1e9", "9" * 16, "٣"])
def test_a_length_that_is_none_is_refused(her: Her, length: str) -> None:
    headers = {**TUS, "Upload-Length": length.encode("utf-8").decode("latin-1")}
    assert her.client.post("/contar/subidas/", headers=headers).status_code == 400


def test_a_kind_that_is_not_accepted_is_said_at_the_first_piece(her: Her) -> None:
    data = b"MZ\x90\x00" + bytes(5000)
    where = begin(her.client, data).headers["Location"]
    assert patch(her.client, where, 0, data[:3000]).status_code == 415
    assert not Piece.objects.exists()


def test_more_than_was_declared_is_refused(her: Her) -> None:
    where = begin(her.client, length=1000).headers["Location"]
    assert patch(her.client, where, 0, DATA[:1001]).status_code == 413
    assert offset(her.client, where) == 0


def test_she_sends_more_in_pieces_when_she_comes_back(her: Her) -> None:
    number = her.send()
    her.client.post("/volver/", {"number": number})
    case, holder = her_case(Receipt.parse(number))
    where = begin(her.client, sha256=hashlib.sha256(DATA).hexdigest()).headers["Location"]
    for start in range(0, len(DATA), 300_000):
        assert patch(her.client, where, start, DATA[start : start + 300_000]).status_code == 204
    assert offset(her.client, where) == len(DATA)
    (view,) = items(case, holder)
    assert view.plain_sha256 == hashlib.sha256(DATA).hexdigest()


def test_old_uploads_end_and_leave_nothing(her: Her) -> None:
    where = begin(her.client).headers["Location"]
    patch(her.client, where, 0, DATA[:1000])
    uploads.end_old(timezone.now())
    assert Upload.objects.count() == 1
    uploads.end_old(timezone.now() + timedelta(hours=25))
    assert (Upload.objects.count(), Piece.objects.count()) == (0, 0)
    assert storage.piece_name(uuid.uuid4()) not in dict(storage.store().names())


def test_bytes_of_a_process_that_died_are_swept_after_a_day(db: None) -> None:
    lost = storage.piece_name(uuid.uuid4())
    with storage.store().writing(lost) as out:
        out.write(b"sealed")
    uploads.end_old(timezone.now())
    assert lost in dict(storage.store().names())
    uploads.end_old(timezone.now() + timedelta(days=2))
    assert lost not in dict(storage.store().names())


def test_a_file_that_arrived_whole_before_a_death_goes_with_her_report(her: Her) -> None:
    where = begin(her.client).headers["Location"]
    upload = uuid.UUID(where.split("/")[-2])
    uploads.put(upload, 0, io.BytesIO(DATA).read, None, timezone.now())
    case, holder = her_case(Receipt.parse(her.send()))
    (view,) = items(case, holder)
    assert view.plain_sha256 == hashlib.sha256(DATA).hexdigest()
    assert not Upload.objects.exists()


def test_before_she_sends_she_reads_that_a_file_is_not_whole(her: Her) -> None:
    where = begin(her.client).headers["Location"]
    patch(her.client, where, 0, DATA[:1000])
    assert "no ha llegado completo" in her.get("/contar/revisar/")


def test_of_two_writers_at_one_place_one_counts_and_the_other_is_told(her: Her) -> None:
    upload = uuid.UUID(begin(her.client).headers["Location"].split("/")[-2])
    slow, quick = io.BytesIO(DATA[:5000]), io.BytesIO(DATA[:4000])

    def read(size: int) -> bytes:
        if quick.tell() == 0:
            assert uploads.put(upload, 0, quick.read, None, timezone.now()) == 4000
        return slow.read(size)

    before = {name for name, _ in storage.store().names()}
    with pytest.raises(OutOfStep):
        uploads.put(upload, 0, read, None, timezone.now())
    assert Upload.objects.get().offset == 4000
    assert len({name for name, _ in storage.store().names()} - before) == 1


def test_a_connection_that_breaks_keeps_what_arrived(her: Her) -> None:
    upload = uuid.UUID(begin(her.client).headers["Location"].split("/")[-2])
    body = io.BytesIO(DATA[:5000])

    def read(size: int) -> bytes:
        piece = body.read(min(size, 1700))
        if not piece:
            raise ConnectionResetError
        return piece

    assert uploads.put(upload, 0, read, None, timezone.now()) == 5000
    rest = uploads.put(upload, 5000, io.BytesIO(DATA[5000:]).read, None, timezone.now())
    assert rest == len(DATA)
