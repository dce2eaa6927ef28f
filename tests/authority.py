"""A real RFC 3161 authority on loopback: openssl's, with a certificate of its own, in a temporary folder."""

from __future__ import annotations

import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

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
[signer]
extendedKeyUsage = critical,timeStamping
keyUsage = critical,digitalSignature
"""


class Authority:
    """`address` answers time-stamp requests until `stop`; `certificates` is the PEM to check them with."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
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
        new = ("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        self._run(
            *new, "-x509", "-keyout", at / "ca.key", "-out", at / "ca.pem", "-subj", "/CN=CA", "-days", "9"
        )
        self._run(*new, "-keyout", at / "tsa.key", "-out", at / "tsa.csr", "-subj", "/CN=TSA")
        sign = ("x509", "-req", "-in", at / "tsa.csr", "-CA", at / "ca.pem", "-CAkey", at / "ca.key")
        self._run(
            *sign, "-days", "9", "-out", at / "tsa.pem", "-extfile", at / "tsa.cnf", "-extensions", "signer"
        )

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
