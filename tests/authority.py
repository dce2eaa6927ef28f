"""A real RFC 3161 authority on loopback: openssl's, with a certificate of its own, in a temporary folder."""

from __future__ import annotations

import subprocess
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

Signer = tuple[x509.Name, ec.EllipticCurvePrivateKey]

CONFIG = """
[tsa]
default_tsa = mine
[mine]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
certs = {folder}/ca.pem
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
"""


class Authority:
    """`address` answers time-stamp requests until `stop`; `certificates` is the PEM to check them with."""

    def __init__(self, folder: Path, seconds: int = 9 * 86400) -> None:
        self.folder = folder
        self.seconds = seconds
        self._certificates()
        authority = self

        class Answer(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                reply = authority.reply(self.rfile.read(length))
                self.send_response(200)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

            def log_message(self, *args: object) -> None:
                """Tests read no access log."""

        self.server = HTTPServer(("127.0.0.1", 0), Answer)
        self.address = f"http://127.0.0.1:{self.server.server_port}/"
        self.certificates = folder / "ca.pem"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def _run(self, *args: object) -> None:
        subprocess.run(["openssl", *map(str, args)], check=True, capture_output=True)

    def _certificates(self) -> None:
        at = self.folder
        (at / "tsa.cnf").write_text(CONFIG.format(folder=at))
        (at / "serial").write_text("01\n")
        ca = self._certificate("CA", None, x509.BasicConstraints(True, None))
        self._certificate("TSA", ca, x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]))

    def _certificate(self, name: str, above: Signer | None, use: x509.ExtensionType) -> Signer:
        """A key and its certificate, both as files; `seconds` long valid."""
        key, title = ec.generate_private_key(ec.SECP256R1()), x509.Name.from_rfc4514_string(f"CN={name}")
        issuer, by = above or (title, key)
        now = datetime.now(UTC)
        made = (
            x509.CertificateBuilder(issuer, title, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(minutes=5))
            .not_valid_after(now + timedelta(seconds=self.seconds))
            .add_extension(use, critical=True)
            .sign(by, hashes.SHA256())
        )
        pem = serialization.Encoding.PEM
        plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        (self.folder / f"{name.lower()}.key").write_bytes(key.private_bytes(pem, *plain))
        (self.folder / f"{name.lower()}.pem").write_bytes(made.public_bytes(pem))
        return title, key

    def reply(self, query: bytes) -> bytes:
        (self.folder / "query").write_bytes(query)
        out = self.folder / "reply"
        self._run(
            "ts", "-reply", "-config", self.folder / "tsa.cnf", "-section", "mine",
            "-queryfile", self.folder / "query", "-out", out,
        )  # fmt: skip
        return out.read_bytes()

    def stop(self) -> None:
        self.server.shutdown()
