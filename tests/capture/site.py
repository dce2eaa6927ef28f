"""Sites on loopback, ordinary and hostile, that remember what they were asked and what they said.

Responses are written as bytes, so that a test can compare what was recorded with what was served.
"""

from __future__ import annotations

import datetime
import ipaddress
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID

from resguardo.capture.guard import PORTS, Guard
from tests.capture import pages

HOSTS = ("pagina.test", "otra.test", "cambia.test", "www.instagram.com", "www.facebook.com")


class Site(socketserver.ThreadingTCPServer):
    """One server; `asked` holds the request lines it got, `served` the bytes of each path's last response."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], links: dict[str, str], tls: ssl.SSLContext | None = None):
        super().__init__(address, _Handler)
        self.asked: list[str] = []
        self.served: dict[str, bytes] = {}
        self.links, self.tls = links, tls
        self.port: int = self.server_address[1]

    def get_request(self) -> tuple[socket.socket, object]:
        sock, address = super().get_request()
        return (
            self.tls.wrap_socket(sock, True, do_handshake_on_connect=False) if self.tls else sock
        ), address

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up on an endless response is what these tests are about."""

    def answer(self, path: str) -> Iterable[bytes]:
        made = pages.answer(path, self.links)
        return made if isinstance(made, Iterator) else [made]


class _Handler(socketserver.StreamRequestHandler):
    server: Site

    def handle(self) -> None:
        line = self.rfile.readline(100_000).decode("latin-1").strip()
        while self.rfile.readline(100_000).strip():
            pass
        self.server.asked.append(line)
        path = line.split(" ")[1] if " " in line else "/"
        said = b""
        for piece in self.server.answer(path):
            self.wfile.write(piece)
            said += piece if len(said) < 1_000_000 else b""
        self.server.served[path] = said


class Udp:
    """Hears what WebRTC would send; at the machine's own address, for WebRTC does not go by loopback."""

    def __init__(self) -> None:
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("0.0.0.0", 0))
        self.sock.setblocking(False)
        self.place = f"{outward()}:{self.sock.getsockname()[1]}"

    def heard(self) -> list[str]:
        try:
            return [f"udp {len(self.sock.recv(2048))}"]
        except BlockingIOError:
            return []


def outward() -> str:
    """This machine's address towards others; loopback when it has no other."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.1"
        return str(sock.getsockname()[0])


class World:
    """`plain`, `secure` and `unproved` may be visited; `secret`, `rebound` and `udp` must hear nothing."""

    def __init__(self, folder: Path) -> None:
        self.trusted, server = authority(folder, HOSTS)
        _, self_signed = authority(folder, HOSTS)
        self.secret = Site(("127.0.0.1", 0), {})
        self.udp = Udp()
        links = {"secret": f"127.0.0.1:{self.secret.port}", "udp": self.udp.place}
        self.plain = Site(("127.0.0.1", 0), links)
        links["self"] = f"pagina.test:{self.plain.port}"
        # The same port at another address: where a name that changes its answer would lead.
        self.rebound = Site(("127.0.0.2", self.plain.port), links)
        self.secure = Site(("127.0.0.1", 0), links, server)
        self.unproved = Site(("127.0.0.1", 0), links, self_signed)
        self.asked_names: list[str] = []

    def sites(self) -> list[Site]:
        return [self.plain, self.secure, self.unproved, self.secret, self.rebound]

    def resolve(self, host: str, port: int) -> list[str]:
        """Names of tests are here; `cambia.test` is elsewhere from the second time on."""
        self.asked_names.append(host)
        if host == "cambia.test":
            return ["127.0.0.1"] if self.asked_names.count(host) == 1 else ["127.0.0.2"]
        if host in HOSTS:
            return ["127.0.0.1"]
        if host in ("intranet.test", "localhost"):
            return ["127.0.0.1"]
        try:
            return [str(ipaddress.ip_address(host))]
        except ValueError:
            raise OSError from None

    def guard(self) -> Guard:
        sites = (self.plain.port, self.secure.port, self.unproved.port)
        return Guard(
            self.resolve,
            frozenset({*PORTS.values(), *sites, self.secret.port}),
            frozenset(("127.0.0.1", port) for port in sites),
        )

    def heard(self) -> list[str]:
        """What reached the places that nothing may reach."""
        return self.secret.asked + self.rebound.asked + self.udp.heard()


@contextmanager
def world(folder: Path) -> Iterator[World]:
    made = World(folder)
    for site in made.sites():
        threading.Thread(target=site.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield made
    finally:
        for site in made.sites():
            site.shutdown()
            site.server_close()
        made.udp.sock.close()


def authority(folder: Path, hosts: tuple[str, ...]) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A test authority: the context that trusts it, and that of a server it certified for `hosts`."""
    now = datetime.datetime.now(datetime.UTC)
    day = datetime.timedelta(days=1)

    def name(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    top = ec.generate_private_key(ec.SECP256R1())
    key = ec.generate_private_key(ec.SECP256R1())
    root = (
        x509.CertificateBuilder(name("Autoridad de prueba"), name("Autoridad de prueba"), top.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(top, SHA256())
    )
    leaf = (
        x509.CertificateBuilder(name("Autoridad de prueba"), name("sitio"), key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts]), critical=False)
        .sign(top, SHA256())
    )
    pem = folder / "server.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + leaf.public_bytes(serialization.Encoding.PEM)
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem)
    root_pem = root.public_bytes(serialization.Encoding.PEM).decode()
    return ssl.create_default_context(cadata=root_pem), server
