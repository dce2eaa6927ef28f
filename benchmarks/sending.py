"""A phone that sends a large file in resumable pieces (tus), over a connection that may break."""

from __future__ import annotations

import base64
import hashlib
import http.client
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.journey import Visitor

TUS = {"Tus-Resumable": "1.0.0"}
BLOCK = 256 * 1024


@dataclass
class Film:
    """A video of `size` bytes that is made as it is read: an MP4's head, then bytes from a seed."""

    size: int
    head: bytes = bytes.fromhex("00000020667479706d703432") + bytes(20)

    def blocks(self, start: int, end: int) -> Iterator[bytes]:
        """The bytes from `start` to `end`."""
        at = start
        while at < end:
            number, inside = divmod(at, BLOCK)
            block = hashlib.sha256(str(number).encode()).digest() * (BLOCK // 32)
            if number == 0:
                block = self.head + block[len(self.head) :]
            piece = block[inside : inside + end - at]
            yield piece
            at += len(piece)

    def sha256(self) -> str:
        digest = hashlib.sha256()
        for block in self.blocks(0, self.size):
            digest.update(block)
        return digest.hexdigest()


class Sender:
    """Sends one film over her cookie; what it knows of the upload is only its address."""

    def __init__(self, visitor: Visitor, film: Film, sha256: str) -> None:
        self.visitor, self.film = visitor, film
        about = f"filename {b64('video.mp4')},sha256 {b64(sha256)}"
        asked = {**TUS, "Upload-Length": str(film.size), "Upload-Metadata": about, "Content-Length": "0"}
        answer = self._ask("POST", "/contar/subidas/", asked)
        self.where = answer.headers["Location"]

    def _ask(self, method: str, address: str, headers: dict[str, str]) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self.visitor.port, timeout=120)
        connection.request(method, address, headers={**headers, "Cookie": self.visitor.cookie})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer

    def offset(self) -> int:
        """Where the server says that the upload is."""
        return int(self._ask("HEAD", self.where, TUS).headers["Upload-Offset"])

    def send(self, start: int, end: int, break_at: int | None = None) -> int:
        """Send a piece; with `break_at` the connection is reset there, and 0 is returned, else the status."""
        connection = socket.create_connection(("127.0.0.1", self.visitor.port), timeout=300)
        head = {
            **TUS,
            "Host": "127.0.0.1",
            "Cookie": self.visitor.cookie,
            "Upload-Offset": str(start),
            "Content-Type": "application/offset+octet-stream",
            "Content-Length": str(end - start),
        }
        lines = [f"PATCH {self.where} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items())]
        with connection:
            connection.sendall("\r\n".join([*lines, "", ""]).encode())
            for block in self.film.blocks(start, end if break_at is None else break_at):
                connection.sendall(block)
            if break_at is not None:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return 0
            answer = http.client.HTTPResponse(connection)
            answer.begin()
            return answer.status


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
