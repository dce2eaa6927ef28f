"""Stamps are taken from every authority, and renewed before their certificates end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings

from resguardo.cases.log import make_checkpoint
from resguardo.cases.models import Stamp
from resguardo.cases.stamping import renew_job, stamp_job, stamped_text
from resguardo.core import stamp
from tests.authority import Authority
from tests.persons import tell


@pytest.fixture
def authorities(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[list[Authority]]:
    """One whose certificates end in a few days, and one that is good for years."""
    made = [
        Authority(tmp_path_factory.mktemp("short"), seconds=9 * 86400),
        Authority(tmp_path_factory.mktemp("long"), seconds=9 * 365 * 86400),
    ]
    monkeypatch.setattr(settings, "TSA", [f"{a.address}={a.certificates}" for a in made])
    yield made
    for each in made:
        each.stop()


def test_each_authority_stamps_a_checkpoint_once(db: None, authorities: list[Authority]) -> None:
    tell()
    now = datetime.now(UTC)
    made = make_checkpoint(now)
    for _ in range(2):
        for authority in authorities:
            stamp_job(at=now, checkpoint=made.pk, authority=authority.address)
    assert made.stamps.count() == 2
    ends = [row.good_until - now for row in made.stamps.order_by("good_until")]
    assert ends[0] < timedelta(days=10) < ends[1]


def test_a_stamp_is_renewed_before_its_certificate_ends_by_one_that_lasts_longer(
    db: None, authorities: list[Authority]
) -> None:
    tell()
    now = datetime.now(UTC)
    made = make_checkpoint(now)
    for authority in authorities:
        stamp_job(at=now, checkpoint=made.pk, authority=authority.address)
    for _ in range(2):
        renew_job(at=now)
    assert made.stamps.count() == 3
    renewal = Stamp.objects.exclude(renews=None).get()
    assert renewal.authority == authorities[1].address
    pem = authorities[1].certificates.read_bytes()
    assert stamp.check(bytes(renewal.token), stamped_text(renewal), pem) == renewal.at
    with pytest.raises(stamp.StampError):
        stamp.check(bytes(renewal.token), made.note.encode(), pem)


def test_an_authority_that_does_not_answer_leaves_the_old_stamp_as_it_was(
    db: None, authorities: list[Authority]
) -> None:
    tell()
    now = datetime.now(UTC)
    made = make_checkpoint(now)
    stamp_job(at=now, checkpoint=made.pk, authority=authorities[0].address)
    authorities[1].stop()
    authorities[1].server.server_close()
    renew_job(at=now)
    assert made.stamps.count() == 1


def test_a_stamp_from_before_ends_were_noted_is_renewed_too(db: None, authorities: list[Authority]) -> None:
    tell()
    now = datetime.now(UTC)
    made = make_checkpoint(now)
    stamp_job(at=now, checkpoint=made.pk, authority=authorities[0].address)
    made.stamps.update(good_until=None)
    renew_job(at=now)
    assert made.stamps.count() == 2
