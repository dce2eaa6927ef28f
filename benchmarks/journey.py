"""Her way through the pages, as a plain HTTP client on loopback: used by the measurements and fault tests."""

from __future__ import annotations

import contextlib
import http.client
import os
import platform
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

TOKEN = re.compile(rb'name="t" value="([0-9a-f]+)"')
RECEIPT = re.compile(rb'class="receipt">([\d ]+)<')
KEPT = {"Connection": "keep-alive"}


class Server:
    """`resguardo serve` on a free port of loopback over a data folder, which it keeps between starts."""

    def __init__(self, data: Path, workers: int = 2) -> None:
        self.data = data
        self.workers = workers
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.environment = {**os.environ, "RESGUARDO_DATA": str(data)}
        self.environment.pop("RESGUARDO_DATABASE", None)
        self.process: subprocess.Popen[bytes] | None = None

    def command(self, *args: str) -> subprocess.CompletedProcess[str]:
        """Run another `resguardo` command over the same data."""
        line = [sys.executable, "-m", "resguardo.cli", *args]
        return subprocess.run(line, env=self.environment, capture_output=True, text=True, timeout=120)

    def start(self) -> None:
        """Start, and wait until a page is answered."""
        line = [sys.executable, "-m", "resguardo.cli", "serve", "--port", str(self.port)]
        self.process = subprocess.Popen(
            [*line, "--workers", str(self.workers)],
            env=self.environment,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        end = time.monotonic() + 60
        while time.monotonic() < end:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if Visitor(self.port).get("/consejos/")[0] == 200:
                    return
            time.sleep(0.03)
        raise RuntimeError("the server did not start")

    def kill(self) -> None:
        """kill -9, the server and its workers at once."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextlib.contextmanager
def serving(data: Path, workers: int = 2) -> Iterator[Server]:
    """A server over fresh demo data in `data`, stopped at the end."""
    server = Server(data, workers)
    made = server.command("demo", "--prepare", "--data", str(data))
    if made.returncode:
        raise RuntimeError(made.stderr)
    server.start()
    try:
        yield server
    finally:
        server.kill()


class Visitor:
    """One browser: keeps its connection, its cookie and the token of the last form it saw."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.cookie = ""
        self.token = ""

    def ask(self, method: str, path: str, body: bytes = b"", kind: str = "") -> tuple[int, bytes]:
        headers = dict(KEPT)
        if self.cookie:
            headers["Cookie"] = self.cookie
        if kind:
            headers["Content-Type"] = kind
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        text = answer.read()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie" and value.startswith("p="):
                self.cookie = value.split(";")[0]
        if found := TOKEN.search(text):
            self.token = found[1].decode()
        if answer.status == 302:
            return self.ask("GET", answer.headers["Location"])
        return answer.status, text

    def get(self, path: str) -> tuple[int, bytes]:
        return self.ask("GET", path)

    def post(self, path: str, **values: str) -> tuple[int, bytes]:
        form = urlencode({"t": self.token, **values}).encode()
        return self.ask("POST", path, form, "application/x-www-form-urlencoded")

    def upload(self, content: bytes, name: str = "foto.jpg") -> tuple[int, bytes]:
        """Send one file on her files page."""
        mark = secrets.token_hex(16)
        head = (
            f'--{mark}\r\nContent-Disposition: form-data; name="t"\r\n\r\n{self.token}\r\n'
            f'--{mark}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n'
            "Content-Type: image/jpeg\r\n\r\n"
        )
        body = head.encode() + content + f"\r\n--{mark}--\r\n".encode()
        return self.ask("POST", "/contar/archivos/", body, f"multipart/form-data; boundary={mark}")

    def begin(self, nature: str = "notice") -> None:
        for path in ("/", "/contar/telefono/", "/contar/camino/"):
            self.get(path)
        self.post("/contar/camino/", nature=nature)

    def answer(self) -> None:
        """The questions before the files; each answer leads to the next page."""
        self.post("/contar/relato/", text="Me amenaza por mensajes desde hace meses. " * 10)
        self.post("/contar/cuando/", when="desde agosto", platform="whatsapp")
        self.post("/contar/quien/", perp_identified="unknown", who="no se")
        self.post("/contar/detalles/", age="adult", threat="yes")

    def permit(self) -> None:
        """The questions after the files."""
        self.get("/contar/contacto/")
        self.post("/contar/contacto/", safe_contact="none")
        given = ("services-pnc", "account-pnc", "evidence-pnc")
        self.post("/contar/permisos/", **dict.fromkeys(given, "on"))

    def send(self) -> str:
        """Send the report; the number that the page shows, or nothing."""
        found = RECEIPT.search(self.post("/contar/revisar/")[1])
        return found[1].decode() if found else ""


def photo(size: int = 64 * 1024) -> bytes:
    """Bytes that begin as a JPEG and are unlike any other photo's."""
    return bytes.fromhex("ffd8ffe000104a464946000101") + secrets.token_bytes(size - 13)


def machine() -> dict[str, object]:
    """What the figures were taken on."""
    return {"cpus": os.cpu_count(), "python": platform.python_version(), "system": platform.platform()}
