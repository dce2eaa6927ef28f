"""Every forgery of a court bag is refused by all three verifiers, each by the check that it is about."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from resguardo.cases import commands as cases
from resguardo.cases.log import make_checkpoint
from resguardo.cases.models import Checkpoint
from resguardo.cases.stamping import renew_job, stamp_job
from resguardo.core import checkpoint as notes
from resguardo.court.bag import Witness
from resguardo.court.verify import verify
from resguardo.evidence.bagging import make_bag, stamps, write_bag
from resguardo.evidence.inspecting import mark_minor
from resguardo.evidence.keeping import fixity_job
from resguardo.evidence.models import Item
from tests.authority import Authority
from tests.court import forging
from tests.court.verifiers import VALID, Clerk, by_shell, verdicts
from tests.persons import JPEG, Persons, carry_to_inacif, minutes, send_photo, tell

MUSEUM = sorted((Path(__file__).parent / "bags").glob("*.zip"))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    made = Authority(tmp_path_factory.mktemp("authority"))
    yield made
    made.stop()


@pytest.fixture(scope="module")
def clerk() -> Iterator[Clerk]:
    made = Clerk()
    yield made
    made.leave()


def told_and_bagged(persons: Persons, at: datetime, out: Path) -> Path:
    """A case with two photos, carried to INACIF, and its bag."""
    opened = tell()
    send_photo(opened)
    send_photo(opened, "otra.jpg", JPEG + b"2")
    tell()
    carry_to_inacif(opened, persons)
    write_bag(make_bag(opened.case, persons["mp"], at), out)
    return out


@pytest.fixture
def good(
    request: pytest.FixtureRequest, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A good bag of a case with two photos, stamped and signed, as a ZIP; made once, and copied."""
    monkeypatch.setattr(settings, "TSA", [f"{authority.address}={authority.certificates}"])
    made = authority.folder / "good.zip"
    if not made.exists():
        told_and_bagged(request.getfixturevalue("persons"), datetime.now(UTC), made)
    return Path(shutil.copy(made, tmp_path / "good.zip"))


@pytest.fixture
def shut(
    request: pytest.FixtureRequest, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A good bag of one photo and one that is sealed unopened, unpacked; made once, and copied."""
    monkeypatch.setattr(settings, "TSA", [f"{authority.address}={authority.certificates}"])
    made = authority.folder / "shut.zip"
    if not made.exists():
        persons = request.getfixturevalue("persons")
        opened = tell()
        send_photo(opened)
        marked = send_photo(opened, "otra.jpg", JPEG + b"2")
        carry_to_inacif(opened, persons)
        mark_minor(Item.objects.get(pk=marked), persons["pnc"], minutes(20))
        fixity_job(at=minutes(21))
        write_bag(make_bag(opened.case, persons["mp"], datetime.now(UTC)), made)
    return forging.unpack(Path(shutil.copy(made, tmp_path / "shut.zip")))


def all_say(check: str, bag: Path, clerk: Clerk, key: str = "") -> None:
    said = verdicts(bag, key or forging.fingerprint(), clerk)
    assert set(said.values()) == {check}, said


def test_a_good_bag_is_valid_for_all(good: Path, clerk: Clerk) -> None:
    all_say(VALID, good, clerk)
    all_say(VALID, forging.unpack(good), clerk)
    verdict = verify(good, forging.fingerprint())
    assert (verdict.items, len(verdict.stamped)) == (2, 2)
    assert verdict.signed_by


@pytest.mark.parametrize("bag", MUSEUM, ids=[bag.stem for bag in MUSEUM])
def test_old_bags_stay_valid_for_all(bag: Path, clerk: Clerk, tmp_path: Path) -> None:
    key = bag.with_suffix(".key").read_text().strip()
    all_say(VALID, bag, clerk, key)
    with zipfile.ZipFile(bag) as archive:
        archive.extractall(tmp_path)
    own = next(tmp_path.glob("*/verify.sh"))
    assert subprocess.run(["sh", str(own), "--key", key], capture_output=True).returncode == 0


@pytest.mark.parametrize(("attack", "check"), forging.FOLDERS, ids=[a.__name__ for a, _ in forging.FOLDERS])
def test_a_forgery_is_refused_by_all(
    good: Path, clerk: Clerk, attack: Callable[[Path], None], check: str
) -> None:
    folder = forging.unpack(good)
    attack(folder)
    all_say(check, folder, clerk)


def test_a_good_bag_with_a_file_sealed_unopened_is_valid_for_all(shut: Path, clerk: Clerk) -> None:
    all_say(VALID, shut, clerk)


@pytest.mark.parametrize(("attack", "check"), forging.SHUT, ids=[a.__name__ for a, _ in forging.SHUT])
def test_a_forgery_of_what_is_sealed_unopened_is_refused_by_all(
    shut: Path, clerk: Clerk, attack: Callable[[Path], None], check: str
) -> None:
    attack(shut)
    all_say(check, shut, clerk)


@pytest.mark.parametrize(("attack", "check"), forging.ZIPS, ids=[a.__name__ for a, _ in forging.ZIPS])
def test_a_forged_zip_is_refused_by_all(
    good: Path, clerk: Clerk, attack: Callable[[Path], Path], check: str
) -> None:
    all_say(check, attack(good), clerk)


def test_a_stamp_of_another_checkpoint_is_refused_by_all(
    db: None, good: Path, authority: Authority, clerk: Clerk
) -> None:
    folder = forging.unpack(good)
    opened = tell()
    cases.send_message(opened.case, "otro", opened.holder, datetime.now(UTC))
    other = make_checkpoint(datetime.now(UTC))
    stamp_job(at=datetime.now(UTC), checkpoint=other.pk, authority=authority.address)
    (folder / "seals/stamp-1.tsr").write_bytes(bytes(other.stamps.get().token))
    forging.relist(folder)
    all_say("signature", folder, clerk)
    forging.without_signature_stamps(folder)
    forging.sign_lists(folder)
    all_say("stamps", folder, clerk)


def test_a_renewed_stamp_is_valid_for_all_and_a_renewal_of_something_else_is_not(
    persons: Persons,
    authority: Authority,
    clerk: Clerk,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    short = Authority(tmp_path, seconds=86400)
    both = [f"{each.address}={each.certificates}" for each in (short, authority)]
    monkeypatch.setattr(settings, "TSA", both)
    opened = tell()
    send_photo(opened)
    carry_to_inacif(opened, persons)
    bag = make_bag(opened.case, persons["mp"], datetime.now(UTC))
    renew_job(at=datetime.now(UTC))
    renewed = type(bag)(**{**vars(bag), "stamps": stamps(Checkpoint.objects.get(size=bag.size))})
    assert [len(each.renewals) for each in renewed.stamps] == [1, 0]
    write_bag(renewed, tmp_path / "bag.zip")
    all_say(VALID, tmp_path / "bag.zip", clerk)
    folder = forging.unpack(tmp_path / "bag.zip")
    (folder / "seals/renewal-1-1.tsr").write_bytes((folder / "seals/stamp-2.tsr").read_bytes())
    forging.without_signature_stamps(folder)
    forging.sign_lists(folder)
    all_say("stamps", folder, clerk)
    short.stop()


@pytest.mark.parametrize("year", [2019, 2032])
def test_a_server_whose_clock_was_set_is_refused_by_all(
    year: int,
    persons: Persons,
    authority: Authority,
    clerk: Clerk,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(settings, "TSA", [f"{authority.address}={authority.certificates}"])
    monkeypatch.setattr("tests.persons.NOW", datetime(year, 1, 1, tzinfo=UTC))
    bag = told_and_bagged(persons, datetime(year, 1, 2, tzinfo=UTC), tmp_path / "bag.zip")
    all_say("times", bag, clerk)


@pytest.mark.parametrize("clock", ["2019-01-01 00:00:00", "2032-01-01 00:00:00"])
def test_the_verifiers_own_clock_changes_nothing(good: Path, clerk: Clerk, clock: str) -> None:
    key = forging.fingerprint()
    assert by_shell(good, key, "faketime", clock) == VALID
    clerk.do(lambda page: page.clock.set_fixed_time(clock.replace(" ", "T")))
    assert clerk.verify(good, key) == VALID
    ran = [
        "faketime",
        clock,
        str(Path(sys.executable).with_name("resguardo")),
        "verify",
        str(good),
        "--key",
        key,
    ]
    assert subprocess.run(ran, capture_output=True).returncode == 0


def test_a_bag_stays_valid_when_the_authoritys_certificate_has_ended(
    persons: Persons, clerk: Clerk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = Authority(tmp_path, seconds=4)
    monkeypatch.setattr(settings, "TSA", [f"{short.address}={short.certificates}"])
    bag = told_and_bagged(persons, datetime.now(UTC), tmp_path / "bag.zip")
    short.stop()
    assert len(verify(bag).stamped) == 2
    time.sleep(5)
    all_say(VALID, bag, clerk)


def test_a_bag_that_a_witness_saw_is_valid_for_all(persons: Persons, clerk: Clerk, tmp_path: Path) -> None:
    opened = tell()
    send_photo(opened)
    carry_to_inacif(opened, persons)
    bag, key = make_bag(opened.case, persons["mp"], datetime.now(UTC)), Ed25519PrivateKey.generate()
    line = notes.cosign(bag.checkpoint, "inacif.example", key, datetime.now(UTC))
    witness = Witness("INACIF", line, key.public_key())
    write_bag(type(bag)(**{**vars(bag), "witnesses": [witness]}), tmp_path / "bag.zip")
    all_say(VALID, tmp_path / "bag.zip", clerk)
    assert verify(tmp_path / "bag.zip").witnesses == [notes.fingerprint(key.public_key())]


def test_without_a_key_the_verdict_names_the_fingerprint_to_compare(good: Path, clerk: Clerk) -> None:
    verdict = verify(good)
    assert (verdict.valid, verdict.key_checked) == (True, False)
    ran = subprocess.run(["sh", str(forging.unpack(good) / "verify.sh")], capture_output=True, text=True)
    assert ran.returncode == 0
    assert forging.fingerprint() in ran.stdout
    assert "VÁLIDO (VALID), si" in ran.stdout
    assert clerk.verify(good, "") == VALID
    assert forging.fingerprint() in clerk.do(lambda page: page.inner_text("#why"))


def test_a_name_that_is_twice_in_the_zip_is_refused_by_all(good: Path, clerk: Clerk) -> None:
    with zipfile.ZipFile(good, "a") as archive:
        name = next(n for n in archive.namelist() if n.endswith("checkpoint.txt"))
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr(name, b"otro")
    all_say("structure", good, clerk)


def test_what_is_not_a_bag_is_said_to_be_none(tmp_path: Path, clerk: Clerk) -> None:
    (tmp_path / "x.zip").write_bytes(b"hola")
    all_say("bag", tmp_path / "x.zip", clerk)


def test_the_page_asks_nothing_of_any_network(good: Path, clerk: Clerk) -> None:
    clerk.verify(good, forging.fingerprint())
    assert [address for address in clerk.asked if not address.startswith(("file:", "blob:"))] == []
