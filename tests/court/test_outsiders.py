"""What we write is accepted by the tools of others: BagIt, CASE/UCO, openssl, age, readers of signed PDF."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pkcs11
import pytest
from asn1crypto import pem
from asn1crypto import x509 as asn1
from django.conf import settings
from pkcs11 import Attribute, CertificateType, ObjectClass

from resguardo.cases import commands as cases
from resguardo.court import bag as court
from resguardo.court import signature
from resguardo.evidence import signing
from resguardo.evidence.bagging import make_bag, write_bag
from resguardo.evidence.queries import items
from tests.authority import Authority
from tests.court import forging
from tests.court.verifiers import VALID, by_python, by_shell
from tests.persons import JPEG, Persons, carry_to_inacif, minutes, send_photo, tell

BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    made = Authority(tmp_path_factory.mktemp("authority"))
    yield made
    made.stop()


@pytest.fixture
def bag(persons: Persons, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An unpacked bag of one photo that anybody may open and one that shows a minor."""
    monkeypatch.setattr(settings, "TSA", [f"{authority.address}={authority.certificates}"])
    opened = tell()
    send_photo(opened)
    marked = send_photo(opened, "otra.jpg", JPEG + b"2")
    carry_to_inacif(opened, persons)
    about = {"item": marked, "mark": "minor"}
    cases.append(opened.case, "item-marked", persons["pnc"], minutes(20), about=about)
    write_bag(make_bag(opened.case, persons["inacif"], datetime.now(UTC)), tmp_path / "bag.zip")
    assert by_python(tmp_path / "bag.zip", forging.fingerprint()) == VALID
    return forging.unpack(tmp_path / "bag.zip")


def accepted(*line: object) -> str:
    ran = subprocess.run([str(part) for part in line], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout + ran.stderr


def test_bagit_validates_it(bag: Path) -> None:
    accepted(BIN / "bagit.py", "--validate", bag)


@pytest.mark.slow
def test_case_validates_its_graph(bag: Path) -> None:
    assert "Conforms: True" in accepted(
        BIN / "case_validate", "--built-version", "case-1.4.0", bag / "data/case.jsonld"
    )


def test_openssl_verifies_stamps_and_signature(bag: Path) -> None:
    seals = bag / "seals"
    for stem, of in (("stamp-1", seals / "checkpoint.txt"), ("bag-stamp-1", seals / "bag.p7s")):
        ts = ["openssl", "ts", "-verify", "-data", of, "-in", seals / f"{stem}.tsr"]
        accepted(*ts, "-CAfile", seals / f"{stem}.pem")
    cms = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", seals / "bag.p7s"]
    accepted(
        *cms, "-content", bag / "tagmanifest-sha256.txt", "-CAfile", seals / "bag.pem", "-purpose", "any"
    )


def test_the_named_authority_opens_the_sealed_file_with_stock_age(
    bag: Path, persons: Persons, tmp_path: Path
) -> None:
    sealed = next((bag / "data/items").glob("*.age"))
    mine, item = tmp_path / "mp.txt", tmp_path / "item.txt"
    mine.write_text(persons["mp"].identity.text() + "\n")
    accepted("age", "-d", "-i", mine, "-o", item, bag / f"data/keys/{sealed.name}")
    accepted("age", "-d", "-i", item, "-o", tmp_path / "photo.jpg", sealed)
    assert (tmp_path / "photo.jpg").read_bytes() == JPEG + b"2"


def test_poppler_reads_the_signature_of_the_report(bag: Path) -> None:
    said = accepted("pdfsig", "-nocert", bag / "data/report.pdf")
    assert "Signature is Valid" in said
    assert "ETSI.CAdES.detached" in said
    assert "Total document signed" in said


def test_the_report_says_what_a_court_asks_and_nothing_of_hers(bag: Path) -> None:
    text = accepted("pdftotext", "-layout", bag / "data/report.pdf", "-")
    digests = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in (bag / "data/items").iterdir()}
    flat = text.replace("\n", "").replace(" ", "")
    assert all(digest[:32] in flat for digest in digests.values())
    assert forging.fingerprint()[:32] in flat
    for word in ("Qué se afirma", "No se afirma", "Recibido (UTC)", "verify.html", "menor de edad"):
        assert word in text
    assert "canario" not in text


def test_the_graph_names_each_file_and_who_acted(bag: Path) -> None:
    graph = json.loads((bag / "data/case.jsonld").read_text())["@graph"]
    kinds = [node["@type"] for node in graph]
    assert kinds.count("uco-observable:ObservableObject") == 2
    named = {node["uco-core:name"] for node in graph if node["@type"].endswith("InvestigativeAction")}
    assert {"evidence-sealed", "item-marked", "exported"} <= named


def test_a_key_inside_a_security_module_signs(
    persons: Persons, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tokens").mkdir()
    (tmp_path / "softhsm.conf").write_text(f"directories.tokendir = {tmp_path}/tokens\n")
    (tmp_path / "pin").write_text("1234\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(tmp_path / "softhsm.conf"))
    key, certificate = signature.make_key("MP", datetime.now(UTC))
    (tmp_path / "key.pem").write_bytes(key)
    accepted(
        "softhsm2-util", "--init-token", "--free", "--label", "mp", "--so-pin", "12345678", "--pin", "1234"
    )
    put = ["softhsm2-util", "--token", "mp", "--pin", "1234", "--label", "firma", "--id", "01", "--import"]
    accepted(*put, tmp_path / "key.pem")
    module = "/usr/lib/softhsm/libsofthsm2.so"
    put_certificate(module, certificate)
    monkeypatch.setattr(
        settings, "SIGNER", f"pkcs11:{module}?token=mp&key=firma&cert=firma&pin={tmp_path}/pin"
    )
    opened = tell()
    send_photo(opened)
    carry_to_inacif(opened, persons)
    write_bag(make_bag(opened.case, persons["mp"], datetime.now(UTC)), tmp_path / "bag.zip")
    assert by_shell(tmp_path / "bag.zip", forging.fingerprint()) == VALID
    assert signing.signer().fingerprint == signature.fingerprint(certificate)


def put_certificate(module: str, certificate_pem: bytes) -> None:
    """What an operator's tool does: the certificate beside its key, under the same label."""
    loaded = asn1.Certificate.load(pem.unarmor(certificate_pem)[2])
    what = {
        Attribute.CLASS: ObjectClass.CERTIFICATE,
        Attribute.CERTIFICATE_TYPE: CertificateType.X_509,
        Attribute.TOKEN: True,
        Attribute.LABEL: "firma",
        Attribute.ID: b"\x01",
        Attribute.SUBJECT: loaded.subject.dump(),
        Attribute.VALUE: loaded.dump(),
    }
    with pkcs11.lib(module).get_token(token_label="mp").open(user_pin="1234", rw=True) as session:
        session.create_object(what)


def test_making_a_bag_hashes_no_payload(persons: Persons, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = tell()
    send_photo(opened, content=JPEG + bytes(3_000_000))
    carry_to_inacif(opened, persons)
    hashed: list[int] = []
    real = hashlib.sha256
    monkeypatch.setattr(court.hashlib, "sha256", lambda data=b"": (hashed.append(len(data)), real(data))[1])
    made = make_bag(opened.case, persons["mp"], datetime.now(UTC))
    with zipfile.ZipFile(_written(made)) as archive:
        assert max(entry.file_size for entry in archive.infolist()) > 3_000_000
    assert 0 < sum(hashed) < 1_000_000
    assert len(items(opened.case, persons["mp"])) == 1


def _written(made: court.Bag) -> object:
    import io

    return io.BytesIO(b"".join(court.pieces(made)))


def test_the_page_and_her_phone_hash_by_the_same_lines() -> None:
    """The verifier is one file that stands alone, so the lines are there twice; they must stay the same."""
    source = Path(court.__file__).parents[1]
    phone = (source / "site/static/site/sha256.js").read_text()
    assert phone.strip() in (source / "court/verify.html").read_text()
