"""The only way out that Chromium has: a proxy that guards every request and records every exchange.

It ends TLS towards Chromium with a key made for one capture, and speaks TLS of its own to the site, whose
certificate it checks; so what is recorded is what the site sent, not what the page's scripts tell. One
exchange a connection, HTTP/1.1, gzip at most: that can be measured as it comes.
What cannot be fetched is answered to Chromium with 204, which leaves a page as it was (RFC 9110, 15.3.5):
a hostile page cannot end its own capture by walking into a wall.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

from resguardo.capture.errors import Refused
from resguardo.capture.guard import PORTS, Guard, Target, origin
from resguardo.capture.limits import Limits
from resguardo.capture.record import Block, Certificate, Exchange, Recorder, whole
from resguardo.capture.tls import dial, over_tls, proof, throw_away
from resguardo.capture.wire import Broken, Gauge, Head, Stream, asked, body

_UPLOAD = 1024 * 1024
_LEAVE_AS_IT_WAS = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"
_TRUNCATED = {"blocked-size": "length", "blocked-time": "time", "blocked-encoding": "unspecified"}


class Proxy:
    """A forward proxy on loopback for the Chromium of one capture; a context manager.

    `notes` are codes of what was held back, `refused` the code for each address that was not fetched,
    `certificates` the sites' proofs by origin, `pin` the public key that Chromium is to accept.
    """

    def __init__(
        self, guard: Guard, recorder: Recorder, limits: Limits, trust: ssl.SSLContext, folder: Path
    ) -> None:
        self.notes: set[str] = set()
        self.refused: dict[str, str] = {}
        self.certificates: dict[str, Certificate] = {}
        self._guard, self._recorder, self._limits = guard, recorder, limits
        self._trust, self._folder = trust, folder
        self._towards_chromium, self.pin = throw_away(folder)
        self._lock = threading.Lock()
        self._bytes = self._exchanges = self._active = 0
        self._last = time.monotonic()
        self._closing = False
        self._sockets: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]
        self._doorman = threading.Thread(target=self._accept, name="capture-proxy", daemon=True)

    def __enter__(self) -> Proxy:
        self._doorman.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Cut every exchange, record what came of it, and wait until no thread is left."""
        self._closing = True
        with contextlib.suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self._doorman.join()
        for thread in self._threads:
            while thread.is_alive():
                self._cut()
                thread.join(0.1)

    def quiet(self) -> float:
        """For how many seconds nothing has been asked or answered; 0 while something is."""
        with self._lock:
            return 0.0 if self._active else time.monotonic() - self._last

    def why(self, address: str) -> str | None:
        """The code for which `address` was not fetched, if it was not."""
        return self.refused.get(address.partition("#")[0])

    def _cut(self) -> None:
        with self._lock:
            for sock in self._sockets:
                # Of the plain socket: ssl's own shutdown would change the object under its reader.
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def _accept(self) -> None:
        while not self._closing:
            try:
                sock, _ = self._door.accept()
            except OSError:
                return
            self._threads = [thread for thread in self._threads if thread.is_alive()]
            thread = threading.Thread(target=self._serve, args=(sock,), daemon=True)
            self._threads.append(thread)
            thread.start()

    @contextlib.contextmanager
    def _held(self, sock: socket.socket) -> Iterator[socket.socket]:
        with self._lock:
            self._sockets.add(sock)
        try:
            yield sock
        finally:
            with self._lock:
                self._sockets.discard(sock)
            sock.close()

    def _serve(self, sock: socket.socket) -> None:
        # Chromium gone, or speaking what is not HTTP (a websocket through CONNECT): nobody is left to tell.
        with contextlib.suppress(OSError, Broken), self._held(sock):
            deadline = time.monotonic() + self._limits.response_seconds
            stream = Stream(sock, deadline)
            head = stream.head()
            if not head:
                return
            method, _, rest = head.first.partition(" ")
            goal = rest.rpartition(" ")[0]
            if method != "CONNECT":
                self._answer(stream, head, goal)
                return
            sock.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            with self._held(self._towards_chromium.wrap_socket(sock, server_side=True)) as inner:
                stream = Stream(inner, deadline)
                head = stream.head()
                if head:
                    path = head.first.partition(" ")[2].rpartition(" ")[0]
                    self._answer(stream, head, f"https://{goal}{path}")

    def _answer(self, stream: Stream, head: Head, goal: str) -> None:
        if _of_chromium(head):
            return
        url = goal
        with self._lock:
            self._active += 1
            self._exchanges += 1
        try:
            try:
                parts = urlsplit(goal)
                site = origin(parts.scheme, parts.hostname or "", parts.port or PORTS[parts.scheme])
            except (ValueError, KeyError):
                raise Broken("malformed") from None
            path = goal[len(parts.scheme) + 3 + len(parts.netloc) :] or "/"
            url = site + path
            self._allow(head)
            self._exchange(stream, head, url, path, self._guard.check(f"{site}/"))
        except (Broken, Refused) as refusal:
            self._note(refusal.code)
            self.refused[url] = refusal.code
            stream.sock.sendall(_LEAVE_AS_IT_WAS)
        finally:
            with self._lock:
                self._active -= 1
                self._last = time.monotonic()

    def _allow(self, head: Head) -> None:
        if self._exchanges > self._limits.responses:
            raise Broken("blocked-count")
        if "websocket" in head.get("upgrade").lower():
            raise Broken("blocked-websocket")
        if head.get("service-worker"):
            raise Broken("blocked-worker")

    def _note(self, code: str) -> None:
        if not self._closing:
            self.notes.add(code if code.startswith("blocked-") else "incomplete")

    def _exchange(self, stream: Stream, head: Head, url: str, path: str, target: Target) -> None:
        """Ask the site, hand Chromium what it answers and record both. Raises Broken while nothing came."""
        sent = asked(head, path)
        begin = len(sent)
        for piece in body(stream, head, ends="nothing"):
            sent += piece.raw
            if len(sent) > begin + _UPLOAD:
                raise Broken("blocked-size")
        at = self._recorder.now()
        deadline = time.monotonic() + self._limits.response_seconds
        plain, address = dial(target, deadline)
        with contextlib.ExitStack() as held:
            connection = held.enter_context(self._held(plain))
            if target.scheme == "https":
                secure = over_tls(plain, target, self._trust)
                connection = held.enter_context(self._held(secure))
                self._prove(target.origin, proof(secure))
            try:
                connection.sendall(sent)
                back = Stream(connection, deadline)
                answer = _final(back)
            except OSError:
                raise Broken("unreachable") from None
            gauge = Gauge(answer.get("content-encoding").lower(), self._limits.unpacked_bytes)
            silent = head.first.startswith("HEAD ") or _status(answer) in (204, 304)
            response = Block(self._folder)
            truncated = self._copy(stream.sock, back, answer, response, None if silent else gauge)
        said = whole(sent, self._folder, begin)
        self._recorder.keep(Exchange(url, at, address, said, response, truncated))

    def _prove(self, site: str, certificate: Certificate) -> None:
        with self._lock:
            known = self.certificates.setdefault(site, certificate) is not certificate
        if not known:
            self._recorder.certificate(site, certificate)

    def _copy(
        self, client: socket.socket, back: Stream, answer: Head, response: Block, gauge: Gauge | None
    ) -> str:
        """Pass a response on and into `response`; no `gauge` when it has no body. WARC's truncation word."""
        response.head(answer.raw)
        try:
            # The timeout of the last read on this socket may be almost nothing.
            client.settimeout(max(0.1, back.deadline - time.monotonic()))
            client.sendall(answer.raw)
            if gauge is None:
                return ""
            for piece in body(back, answer, ends="close"):
                self._count(response.size - len(answer.raw), len(piece.raw))
                gauge.weigh(piece.data)
                response.body(piece.raw)
                client.sendall(piece.raw)
        except Broken as broken:
            self._note(broken.code)
            return _TRUNCATED.get(broken.code, "disconnect")
        except OSError:
            return "disconnect"
        return ""

    def _count(self, held: int, more: int) -> None:
        with self._lock:
            self._bytes += more
            over = self._bytes > self._limits.total_bytes
        if over or held + more > self._limits.response_bytes:
            raise Broken("blocked-size")


def _of_chromium(head: Head) -> bool:
    """Whether Chromium asks for itself (updates, accounts): that is not the page's, nor anybody's business.

    No page can make a request that is not a navigation come from nowhere (Fetch Metadata, Sec-Fetch-Site).
    """
    from_nowhere = head.get("sec-fetch-site") == "none" and head.get("sec-fetch-mode") != "navigate"
    return from_nowhere or bool(head.get("x-goog-update-appid"))


def _status(answer: Head) -> int:
    code = answer.first.partition(" ")[2][:3]
    if not answer.first.startswith("HTTP/1.") or not code.isdigit():
        raise Broken("unreachable")
    return int(code)


def _final(back: Stream) -> Head:
    """The response's head, after those that only say to go on (1xx). Raises Broken."""
    while True:
        answer = back.head()
        if not answer:
            raise Broken("unreachable")
        if _status(answer) >= 200:
            return answer
