"""The witness that others ask: it cosigns a checkpoint that continues what it has cosigned before.

A log sends the size that the witness has, a consistency proof and its checkpoint. TLS is a reverse proxy's.
Source: C2SP tlog-witness v1.0.0 (add-checkpoint), signed-note, tlog-checkpoint, tlog-cosignature.
"""

from __future__ import annotations

import base64
import logging
import re
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from resguardo.core.checkpoint import DASH, cosign, key_id
from resguardo.core.errors import ResguardoError
from resguardo.core.merkle import MerkleError, check_consistency
from resguardo.witness.book import Book, Page, Seen

LIMIT = 64 * 1024
SIZE = "text/x.tlog.size"
NUMBER = r"(0|[1-9][0-9]{0,17})"
HASH = r"[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]="
ASKED = re.compile(rf"old {NUMBER}\n((?:{HASH}\n){{0,63}})\n(.*)", re.DOTALL)
# Any log's checkpoint, not only ours: after the root come as many lines as a log likes.
NOTE = re.compile(rf"(([^\n]+)\n{NUMBER}\n({HASH})\n(?:[^\n]+\n)*)\n((?:{DASH}[^\s+]+ [A-Za-z0-9+/]+=*\n)+)")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Asked:
    """A request that is written as it should be: `note` ends with `signatures`, which sign `body`."""

    old: int
    proof: list[bytes]
    note: str
    body: str
    origin: str
    tree: Seen
    signatures: list[tuple[str, bytes]]


@dataclass(frozen=True)
class Answer:
    """What is sent back, `text` being a sentence for people unless `status` is 200 or `kind` is SIZE."""

    status: HTTPStatus
    text: str
    kind: str = "text/plain; charset=utf-8"


@dataclass(frozen=True)
class Witness:
    """A witness of this `name` (no spaces, no plus), its `key`, what it remembers, and the time."""

    name: str
    key: Ed25519PrivateKey
    book: Book
    clock: Callable[[], datetime]

    def add_checkpoint(self, request: bytes) -> Answer:
        """Answer the body of an add-checkpoint request, in the order of the checks that the protocol gives.

        A cosignature is returned only after its tree is on the disk. Raises BookError or OSError when the
        book cannot be read or written; nothing is cosigned then.
        """
        try:
            asked = parse(request)
        except ValueError:
            return Answer(HTTPStatus.BAD_REQUEST, "The request is not written as it should be.\n")
        key = self.book.key(asked.origin)
        if key is None:
            return Answer(HTTPStatus.NOT_FOUND, "This log is not known here.\n")
        if not _signed(asked, key):
            return Answer(HTTPStatus.FORBIDDEN, "The checkpoint is not signed by the log's key.\n")
        if asked.old > asked.tree.size:
            return Answer(HTTPStatus.BAD_REQUEST, "The old size is larger than the checkpoint's.\n")
        with self.book.page(asked.origin) as page:
            return self._cosign(asked, page)

    def _cosign(self, asked: Asked, page: Page) -> Answer:
        if asked.old != page.seen.size:
            return Answer(HTTPStatus.CONFLICT, f"{page.seen.size}\n", SIZE)
        if asked.tree.size == page.seen.size and asked.tree != page.seen:
            log.warning("%s signed two different trees of size %d", asked.origin, asked.tree.size)
            return Answer(HTTPStatus.CONFLICT, "Another tree of this size was cosigned before.\n")
        if not _continues(asked, page.seen):
            # Whoever has an old checkpoint of the log can send it with a false proof: this accuses nobody.
            log.info("%s did not prove that %d continues %d", asked.origin, asked.tree.size, asked.old)
            return Answer(HTTPStatus.UNPROCESSABLE_ENTITY, "The consistency proof does not prove it.\n")
        line = cosign(asked.note, self.name, self.key, self.clock())
        page.turn(asked.tree)
        return Answer(HTTPStatus.OK, line)


def parse(request: bytes) -> Asked:
    """Read the body of an add-checkpoint request. Raises ValueError."""
    text = request.decode("utf-8")
    asked = ASKED.fullmatch(text)
    note = NOTE.fullmatch(asked[3]) if asked else None
    if asked is None or note is None or re.search(r"[\x00-\x09\x0b-\x1f]", text):
        raise ValueError("not an add-checkpoint request")
    lines = [line.removeprefix(DASH).split(" ") for line in note[5][:-1].split("\n")]
    return Asked(
        old=int(asked[1]),
        proof=[base64.b64decode(line) for line in asked[2].split()],
        note=asked[3],
        body=note[1],
        origin=note[2],
        tree=Seen(int(note[3]), base64.b64decode(note[4])),
        signatures=[(name, base64.b64decode(blob, validate=True)) for name, blob in lines],
    )


def _signed(asked: Asked, key: Ed25519PublicKey) -> bool:
    """A note whose known key is named beside a wrong signature is no note, whatever else it carries."""
    wanted = (asked.origin, key_id(asked.origin, key))
    ours = [blob[4:] for name, blob in asked.signatures if (name, blob[:4]) == wanted]
    try:
        for signature in ours:
            key.verify(signature, asked.body.encode())
    except InvalidSignature:
        return False
    return bool(ours)


def _continues(asked: Asked, seen: Seen) -> bool:
    if seen.size == 0:
        return not asked.proof
    try:
        check_consistency(seen.size, asked.tree.size, asked.proof, seen.root, asked.tree.root)
    except MerkleError:
        return False
    return True


class Server(ThreadingTCPServer):
    """A bound server of `witness`; `serve_forever` runs it, and `server_address` says its port.

    A request, with the wait before it, takes at most `seconds`; of more than `places` connections at once
    the rest are closed. Raises OSError when the address is taken.
    """

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, witness: Witness, host: str, port: int, seconds: float = 30, places: int = 64) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.witness = witness
        self.seconds = seconds
        self._places = threading.BoundedSemaphore(places)
        super().__init__((host, port), Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._places.acquire(blocking=False):
            return self.shutdown_request(request)
        return super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say what went wrong, but not who asked; a connection that breaks is nothing wrong."""
        if not isinstance(sys.exception(), OSError):
            log.exception("a request could not be answered")


class Handler(BaseHTTPRequestHandler):
    """One connection; nothing of a request is ever written down."""

    protocol_version = "HTTP/1.1"
    server_version = "resguardo-witness"
    sys_version = ""
    server: Server

    def handle_one_request(self) -> None:
        """One request of a connection that may bring more, cut off when its time is over."""
        cut = threading.Timer(self.server.seconds, self._cut)
        cut.start()
        try:
            super().handle_one_request()
        finally:
            cut.cancel()

    def _cut(self) -> None:
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def do_POST(self) -> None:
        """The only thing that can be asked: add-checkpoint."""
        lengths = self.headers.get_all("Content-Length", [])
        if self.path != "/add-checkpoint":
            self.send_error(HTTPStatus.NOT_FOUND)
        elif len(lengths) != 1 or "Transfer-Encoding" in self.headers:
            self.send_error(HTTPStatus.LENGTH_REQUIRED)
        elif not re.fullmatch(r"[0-9]{1,18}", lengths[0]):
            self.send_error(HTTPStatus.BAD_REQUEST)
        elif int(lengths[0]) > LIMIT:
            self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        else:
            self._add_checkpoint(int(lengths[0]))

    def _add_checkpoint(self, length: int) -> None:
        body = self.rfile.read(length)
        if len(body) < length:
            self.close_connection = True
            return
        try:
            answer = self.server.witness.add_checkpoint(body)
        except (ResguardoError, OSError):
            log.exception("the book could not be read or written; nothing was cosigned")
            self.send_error(HTTPStatus.INTERNAL_SERVER_ERROR)
        else:
            self._say(answer)

    def _say(self, answer: Answer) -> None:
        content = answer.text.encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(content)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse in one plain line that repeats nothing of the request, and close."""
        self.close_connection = True
        self._say(Answer(HTTPStatus(code), f"{HTTPStatus(code).phrase}\n"))

    def log_message(self, format: str, *args: object) -> None:
        """No access log: who asks when is nobody's business."""
