"""Asking a witness: what is taken for its signature is its signature, and nothing keeps us waiting."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import NameOID

from resguardo.core.checkpoint import DASH, check_cosignature, cosign
from resguardo.witness.client import LIMIT, SIZE, Behind, Disagrees, WitnessError, ask
from resguardo.witness.server import Witness
from tests.witness import NAME, NOW, Log, serving, witness

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
LOG = Log().grow(40)
LINE = cosign(LOG.note(30), NAME, KEY, NOW)


class Says:
    """A server that says the same to everybody, and remembers where it was asked."""

    def __init__(self, content: bytes, pause: float = 0) -> None:
        self.content, self.pause = content, pause
        self.paths: list[str] = []


@contextmanager
def saying(says: Says, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            says.paths.append(self.path)
            self.rfile.read(int(self.headers["Content-Length"]))
            step = 1 if says.pause else len(says.content)
            for at in range(0, len(says.content), step):
                self.wfile.write(says.content[at : at + step])
                time.sleep(says.pause)

        def log_message(self, *args: object) -> None:
            """Tests read no access log."""

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:
                self.close_connection = True

    server = HTTPServer(("127.0.0.1", 0), Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *args: None  # type: ignore[method-assign]
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def answer(status: int, body: str | bytes = "", *headers: str) -> Says:
    content = body.encode() if isinstance(body, str) else body
    head = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(content)}", *headers, "", ""]
    return Says("\r\n".join(head).encode() + content)


def asked(address: str, timeout: float = 10) -> str:
    return ask(address, LOG.note(30), 20, LOG.proof(20, 30), NAME, KEY.public_key(), timeout)


@pytest.fixture
def real(tmp_path: Path) -> Witness:
    made = witness(tmp_path, LOG)
    assert made.add_checkpoint(LOG.request(0, 20)).status == 200
    return made


def test_a_real_witness_cosigns_and_says_where_it_is(real: Witness) -> None:
    key = real.key.public_key()
    with serving(real) as port:
        address = f"http://127.0.0.1:{port}/"
        with pytest.raises(Behind) as behind:
            ask(address, LOG.note(30), 0, [], NAME, key)
        assert behind.value.size == 20
        line = ask(address, LOG.note(30), 20, LOG.proof(20, 30), NAME, key)
        assert check_cosignature(line, LOG.note(30), key) == NOW
        with pytest.raises(Behind, match="size 30"):
            ask(address, LOG.note(25), 20, LOG.proof(20, 25), NAME, key)


def test_a_real_witness_disagrees_with_a_fork(real: Witness) -> None:
    fork, key = LOG.fork(19).grow(11, "other"), real.key.public_key()
    with serving(real) as port:
        address = f"http://127.0.0.1:{port}"
        for size in (20, 30):
            with pytest.raises(Disagrees, match="history"):
                ask(address, fork.note(size), 20, fork.proof(20, size), NAME, key)


def test_a_real_witness_says_whom_it_does_not_know(real: Witness) -> None:
    stranger, liar = Log("another.example").grow(3), Log().grow(30)
    liar.key = KEY
    with serving(real) as port:
        address = f"http://127.0.0.1:{port}"
        with pytest.raises(WitnessError, match="does not know this log"):
            ask(address, stranger.note(3), 0, [], NAME, KEY.public_key())
        with pytest.raises(WitnessError, match="another key"):
            ask(address, liar.note(30), 20, liar.proof(20, 30), NAME, KEY.public_key())


def test_the_key_that_signs_is_the_key_we_know(real: Witness) -> None:
    with serving(real) as port, pytest.raises(WitnessError, match="without its signature"):
        asked(f"http://127.0.0.1:{port}")


def test_the_prefix_of_the_address_is_kept() -> None:
    says = answer(200, LINE)
    with saying(says) as address:
        assert asked(address + "/witness/w1/") == LINE
        assert asked(address) == LINE
    assert says.paths == ["/witness/w1/add-checkpoint", "/add-checkpoint"]


OTHER = cosign(LOG.note(30), NAME, Ed25519PrivateKey.generate(), NOW)


def test_lines_of_other_keys_are_let_be() -> None:
    strange = f"{DASH}{NAME} {'A' * 8000}\n{DASH}mp.example/w {'B' * 40}\n"
    with saying(answer(200, OTHER + strange + LINE + OTHER)) as address:
        assert asked(address) == LINE


FALSE = {
    "empty": "",
    "another_key": OTHER,
    "another_name": cosign(LOG.note(30), "mp.example/w", KEY, NOW),
    "another_checkpoint": cosign(LOG.note(29), NAME, KEY, NOW),
    "cut_off": LINE[:-6],
    "a_page": "<html>Welcome to our proxy</html>",
    "not_text": b"\xff" + LINE.encode(),
}


@pytest.mark.parametrize("body", FALSE.values(), ids=FALSE)
def test_what_is_not_its_signature_is_refused(body: str | bytes) -> None:
    with saying(answer(200, body)) as address, pytest.raises(WitnessError):
        asked(address)


def test_a_size_is_only_a_size_when_it_is_written_as_one() -> None:
    kind = f"Content-Type: {SIZE}"
    with saying(answer(409, "25\n", kind)) as address, pytest.raises(Behind, match="size 25"):
        asked(address)
    for said in [
        answer(409, "25\n", "Content-Type: text/plain"),
        answer(409, "25", kind),
        answer(409, "025\n", kind),
        answer(409, "٢٥\n", kind),
        answer(409, "9" * 60 + "\n", kind),
        answer(409, "20\n", kind),
    ]:
        with saying(said) as address, pytest.raises(Disagrees):
            asked(address)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    elsewhere = answer(200, LINE)
    with saying(elsewhere) as there:
        said = answer(status, "", f"Location: {there}/add-checkpoint")
        with saying(said) as address, pytest.raises(WitnessError, match=f"status {status}"):
            asked(address)
    assert elsewhere.paths == []


@pytest.mark.parametrize("status", [204, 400, 405, 413, 500, 503])
def test_another_refusal_says_its_number(status: int) -> None:
    with saying(answer(status)) as address, pytest.raises(WitnessError, match=f"status {status}"):
        asked(address)


def test_an_answer_without_end_is_left() -> None:
    with saying(answer(200, LINE + "x" * LIMIT)) as address, pytest.raises(WitnessError, match="too long"):
        asked(address)
    with saying(answer(200, LINE + "\n" * (LIMIT - len(LINE.encode())))) as address:
        assert asked(address) == LINE


@pytest.mark.parametrize("says", [Says(b"", 0), Says(b"garbage\r\n\r\n"), Says(b"HTTP/1.1 200 OK\r\nConte")])
def test_noise_is_no_answer(says: Says) -> None:
    with saying(says) as address, pytest.raises(WitnessError):
        asked(address)


def test_an_answer_a_byte_at_a_time_is_cut_off() -> None:
    head = b"HTTP/1.1 200 OK\r\n" + b"X-More: and more\r\n" * 50
    for content in (head, b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1000, b"HTTP/1.1 100 Continue\r\n\r\n" * 50):
        with saying(Says(content, pause=0.02)) as address:
            begun = time.monotonic()
            with pytest.raises(WitnessError):
                asked(address, timeout=0.4)
            assert time.monotonic() - begun < 3


@pytest.mark.parametrize(
    "address",
    [
        "",
        "witness.example",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "http://",
        "http://127.0.0.1:port/",
        "http://127.0.0.1:99999/",
        "http://name@127.0.0.1/",
        "http://127.0.0.1/?a",
        "http://127.0.0.1/#a",
        "http://[::1/",
        "http://127.0.0.1/a b",
        "http://127.0.0.1/\u00e9",
        "http://" + "a" * 70 + "/",
    ],
)
def test_another_kind_of_address_is_refused(address: str) -> None:
    with pytest.raises(WitnessError):
        asked(address)


def test_a_witness_that_is_down_does_not_answer() -> None:
    with saying(answer(200, LINE)) as address:
        pass
    with pytest.raises(WitnessError, match="did not answer"):
        asked(address)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 and its key, in one file."""
    key, now = ec.generate_private_key(ec.SECP256R1()), dt.datetime.now(dt.UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "witness")])
    local = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - dt.timedelta(1)).not_valid_after(now + dt.timedelta(1))
    signed = made.add_extension(local, critical=False).sign(key, hashes.SHA256())
    path = tmp_path / "tls.pem"
    path.write_bytes(
        signed.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return path


def test_https_needs_a_certificate_that_is_trusted(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    with saying(answer(200, LINE), tls) as address:
        with pytest.raises(WitnessError, match="did not answer"):
            asked(address)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert asked(address) == LINE
