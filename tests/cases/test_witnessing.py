"""Another institution signs what it saw grow, and never what does not; its line goes into the court bag."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from resguardo.cases.log import log_key, make_checkpoint
from resguardo.cases.models import Checkpoint, Cosignature
from resguardo.cases.witnessing import cosign_job
from resguardo.core import checkpoint as notes
from resguardo.core.checkpoint import COSIGNATURE, ED25519
from resguardo.court.verify import verify
from resguardo.evidence.bagging import make_bag, write_bag
from resguardo.witness import keys
from resguardo.witness.book import Book
from resguardo.witness.client import Disagrees, WitnessError
from resguardo.witness.server import Server, Witness
from tests.persons import Persons, carry_to_inacif, send_photo, tell

NAME = "inacif.example"


@pytest.fixture
def witness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    key, book = Ed25519PrivateKey.generate(), Book(tmp_path / "book")
    book.enter(keys.write(settings.ORIGIN, log_key().public_key(), ED25519))
    server = Server(Witness(NAME, key, book, lambda: datetime.now(UTC)), "127.0.0.1", 0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    vkey = keys.write(NAME, key.public_key(), COSIGNATURE)
    monkeypatch.setattr(settings, "WITNESSES", [f"{vkey}@http://127.0.0.1:{server.server_address[1]}"])
    yield server
    server.shutdown()
    server.server_close()


def checkpoint() -> Checkpoint:
    tell()
    made = make_checkpoint(datetime.now(UTC))
    assert made is not None
    return made


def cosign(made: Checkpoint) -> None:
    cosign_job(at=datetime.now(UTC), checkpoint=made.pk, witness=NAME)


def test_a_witness_signs_each_checkpoint_that_grows_out_of_the_last(db: None, witness: Server) -> None:
    for count in (1, 2, 3):
        made = checkpoint()
        cosign(made)
        cosign(made)
        assert Cosignature.objects.count() == count


def test_an_older_checkpoint_is_not_asked_for_when_a_newer_one_was_signed(db: None, witness: Server) -> None:
    old, new = checkpoint(), checkpoint()
    cosign(new)
    cosign(old)
    assert [row.checkpoint for row in Cosignature.objects.all()] == [new]


def test_a_log_that_forgot_what_was_signed_proves_from_where_the_witness_is(
    db: None, witness: Server
) -> None:
    cosign(checkpoint())
    Cosignature.objects.all().delete()
    cosign(checkpoint())
    assert Cosignature.objects.count() == 1


def test_a_rewritten_log_is_never_signed_again(db: None, witness: Server) -> None:
    cosign(checkpoint())
    made = checkpoint()
    rewritten = notes.Checkpoint(settings.ORIGIN, made.size, bytes(32), made.at)
    made.note = notes.sign(rewritten, log_key())
    made.save()
    with pytest.raises(Disagrees):
        cosign(made)
    assert Cosignature.objects.filter(checkpoint=made).count() == 0


def test_a_witness_that_does_not_answer_is_tried_again_later(db: None, witness: Server) -> None:
    made = checkpoint()
    witness.shutdown()
    witness.server_close()
    with pytest.raises(WitnessError):
        cosign(made)


def test_the_bag_carries_the_witness(persons: Persons, witness: Server, tmp_path: Path) -> None:
    opened = tell()
    send_photo(opened)
    carry_to_inacif(opened, persons)
    write_bag(make_bag(opened.case, persons["mp"], datetime.now(UTC)), tmp_path / "bag.zip")
    verdict = verify(tmp_path / "bag.zip")
    assert (verdict.valid, len(verdict.witnesses)) == (True, 1)


def test_a_bag_is_made_without_a_witness_that_is_away(
    persons: Persons, witness: Server, tmp_path: Path
) -> None:
    witness.shutdown()
    witness.server_close()
    opened = tell()
    send_photo(opened)
    carry_to_inacif(opened, persons)
    write_bag(make_bag(opened.case, persons["mp"], datetime.now(UTC)), tmp_path / "bag.zip")
    assert verify(tmp_path / "bag.zip").valid
