"""The institution's signature on a bag: a CMS seal of its lists, and PAdES in its report.

The key may live in a file of this deployment or inside a PKCS#11 module; pyHanko signs with either. The
certificate need not be of any public authority: the history names its SHA-256, so that a bag signed by
another key is refused. Source: RFC 5652 (CMS), ETSI EN 319 142 (PAdES), OASIS PKCS#11.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import secrets
import subprocess
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from resguardo.core.errors import ResguardoError

LIFE = timedelta(days=3652)


class SignatureError(ResguardoError):
    """The signing key cannot be used."""

    code = "signature"


@dataclass(frozen=True)
class Signature:
    """A key that signs bags. `certificate` is DER; `fingerprint` its SHA-256 in hex.

    One at a time: a session with a module does one thing at once.
    """

    signer: Any = field(repr=False)
    alone: Lock = field(default_factory=Lock, repr=False, compare=False)

    @property
    def certificate(self) -> bytes:
        return bytes(self.signer.signing_cert.dump())

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(self.certificate).hexdigest()

    @property
    def pem(self) -> bytes:
        loaded = x509.load_der_x509_certificate(self.certificate)
        return loaded.public_bytes(serialization.Encoding.PEM)

    def cms(self, data: bytes) -> bytes:
        """A detached CMS signature (DER) over `data`."""
        with self.alone:
            made = asyncio.run(self.signer.async_sign_general_data(io.BytesIO(data), "sha256", detached=True))
        return bytes(made.dump())

    def pdf(self, content: bytes) -> bytes:
        """`content`, a PDF, with a PAdES signature in an increment after it."""
        from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
        from pyhanko.sign import PdfSignatureMetadata, PdfSigner
        from pyhanko.sign.fields import SigSeedSubFilter

        about = PdfSignatureMetadata(
            field_name="Resguardo", md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES
        )
        writer = IncrementalPdfFileWriter(io.BytesIO(content))
        with self.alone:
            return bytes(PdfSigner(about, self.signer).sign_pdf(writer).getvalue())


def from_files(key: Path, certificate: Path) -> Signature:
    """The signature of a PEM key and its PEM certificate. Raises SignatureError."""
    from pyhanko.sign.signers import SimpleSigner

    try:
        signer = SimpleSigner.load(str(key), str(certificate))  # type: ignore[no-untyped-call]
    except (OSError, ValueError):
        signer = None
    if signer is None:
        raise SignatureError("The key or certificate that signs bags cannot be read.")
    return Signature(signer)


def from_module(address: str) -> Signature:
    """The signature of a key inside a PKCS#11 module.

    `address` is pkcs11:/path/module.so?token=LABEL&key=LABEL&cert=LABEL&pin=FILE; the PIN is read from
    its file, never from the address. Raises SignatureError.
    """
    from pkcs11.exceptions import PKCS11Error
    from pyhanko.config.pkcs11 import TokenCriteria
    from pyhanko.sign.pkcs11 import PKCS11Signer, open_pkcs11_session

    parts = urlsplit(address)
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    try:
        pin = Path(asked["pin"]).read_text().strip()
        session = open_pkcs11_session(
            parts.path, token_criteria=TokenCriteria(label=asked["token"]), user_pin=pin
        )
        # Digest here, sign there: not every module knows the mechanisms that do both.
        signer = PKCS11Signer(
            session, cert_label=asked["cert"], key_label=asked["key"], use_raw_mechanism=True
        )
        _ = signer.signing_cert
    except (KeyError, OSError, PKCS11Error, ValueError, RuntimeError):
        raise SignatureError(
            "The module that holds the signing key does not open.",
            remedy="Look at RESGUARDO_SIGNER: module, token, key, cert and the file with the PIN.",
        ) from None
    return Signature(signer)


def make_key(name: str, now: datetime) -> tuple[bytes, bytes]:
    """A new P-256 key and a certificate of its own for ten years, both PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    title = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
    uses = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(title)
        .issuer_name(title)
        .public_key(key.public_key())
        .serial_number(secrets.randbits(120) + 1)
        .not_valid_before(now.astimezone(UTC) - timedelta(days=1))
        .not_valid_after(now.astimezone(UTC) + LIFE)
        .add_extension(uses, critical=True)
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return pem, builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def check(signature: bytes, data: bytes, certificate_pem: bytes) -> bool:
    """Whether `signature` (DER, detached CMS) over `data` is by the key of `certificate_pem`.

    Read by openssl. The certificate's own dates and issuer are let be: what is trusted is its digest in the
    history. Raises SignatureError when openssl does not run.
    """
    with tempfile.TemporaryDirectory(prefix="resguardo-seal-") as folder:
        paths = {name: str(Path(folder) / name) for name in ("seal", "data", "pem")}
        for name, content in (("seal", signature), ("data", data), ("pem", certificate_pem)):
            Path(paths[name]).write_bytes(content)
        line = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", paths["seal"]]
        line += ["-content", paths["data"], "-certfile", paths["pem"], "-nointern", "-noverify"]
        try:
            return subprocess.run(line, capture_output=True, timeout=30).returncode == 0
        except (OSError, subprocess.TimeoutExpired):
            raise SignatureError("openssl, which checks signatures, did not run on this machine.") from None


def fingerprint(certificate_pem: bytes) -> str:
    """SHA-256 of the one certificate in `certificate_pem`, in hex; empty when it cannot be read."""
    try:
        loaded = x509.load_pem_x509_certificates(certificate_pem)
    except ValueError:
        return ""
    if len(loaded) != 1:
        return ""
    return hashlib.sha256(loaded[0].public_bytes(serialization.Encoding.DER)).hexdigest()
