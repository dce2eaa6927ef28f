"""The WARC of a capture: every exchange with the site as its bytes came over the wire.

Records are laid out here and written by warcio. warcio would parse and write the HTTP heads anew, and
digest with SHA-1; a court compares bytes, so blocks go in untouched with SHA-256 of our own.
Source: WARC 1.1 (ISO 28500:2017).
"""

from __future__ import annotations

import hashlib
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO

from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

import resguardo

_IN_MEMORY = 512 * 1024
Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Certificate:
    """What a site proved itself with: its leaf certificate (DER), and what people ask of it."""

    sha256: str
    issuer: str
    not_after: datetime
    der: bytes


class Block:
    """A message as it comes: its bytes, in `folder` when large, and the digests of the whole and the body."""

    def __init__(self, folder: Path) -> None:
        self.file: IO[bytes] = SpooledTemporaryFile(max_size=_IN_MEMORY, dir=str(folder))  # noqa: SIM115
        self.size = 0
        self._whole, self._body = hashlib.sha256(), hashlib.sha256()

    def head(self, raw: bytes) -> None:
        self.file.write(raw)
        self._whole.update(raw)
        self.size += len(raw)

    def body(self, raw: bytes) -> None:
        self.head(raw)
        self._body.update(raw)

    def digests(self) -> dict[str, str]:
        """WARC's two digests; the payload is the body with its transfer coding, as warcio reads it."""
        return {
            "WARC-Payload-Digest": f"sha256:{self._body.hexdigest()}",
            "WARC-Block-Digest": f"sha256:{self._whole.hexdigest()}",
        }


@dataclass(frozen=True)
class Exchange:
    """A request and its response. `at` is when it was asked, `truncated` WARC's word for an early end."""

    url: str
    at: datetime
    ip: str
    request: Block
    response: Block
    truncated: str = ""


class Recorder:
    """The WARC file of one capture at `path` (gzip, a member for each record). Safe among threads."""

    def __init__(self, path: Path, now: Clock) -> None:
        self.path, self.now = path, now
        self.urls: list[str] = []
        self._out = path.open("xb")
        self._writer = WARCWriter(self._out, gzip=True, warc_version="WARC/1.1")
        self._lock = threading.Lock()
        about = {"software": f"Resguardo {resguardo.__version__}", "format": "WARC File Format 1.1"}
        self._fields("warcinfo", {"WARC-Filename": path.name}, about, now())

    def keep(self, exchange: Exchange) -> None:
        """Write the exchange's two records. Its blocks are closed."""
        common = {"WARC-Target-URI": exchange.url, "WARC-IP-Address": exchange.ip}
        answer = dict(common)
        if exchange.truncated:
            answer["WARC-Truncated"] = exchange.truncated
        with self._lock:
            self.urls.append(exchange.url)
            identity = self._write("response", answer, exchange.response, exchange.at)
            common["WARC-Concurrent-To"] = identity
            self._write("request", common, exchange.request, exchange.at)

    def certificate(self, site: str, proof: Certificate) -> None:
        """Write with what certificate `site` (an origin) proved itself."""
        fields = {
            "tls-leaf-sha256": proof.sha256,
            "tls-leaf-issuer": proof.issuer,
            "tls-leaf-not-after": proof.not_after.isoformat(),
            "tls-leaf-der-hex": proof.der.hex(),
        }
        with self._lock:
            self._fields("metadata", {"WARC-Target-URI": f"{site}/"}, fields, self.now())

    def close(self) -> None:
        with self._lock:
            self._out.close()

    def _fields(self, kind: str, headers: dict[str, str], fields: dict[str, str], at: datetime) -> None:
        text = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        block = Block(self.path.parent)
        block.body(text.encode())
        self._write(kind, headers, block, at)

    def _write(self, kind: str, headers: dict[str, str], block: Block, at: datetime) -> str:
        http = kind in ("request", "response")
        content = f"application/http; msgtype={kind}" if http else "application/warc-fields"
        identity = f"<urn:uuid:{uuid.uuid4()}>"
        named = {
            "WARC-Type": kind,
            "WARC-Record-ID": identity,
            "WARC-Date": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            **headers,
            **block.digests(),
        }
        if not http:
            del named["WARC-Payload-Digest"]
        block.file.seek(0)
        about = StatusAndHeaders("", list(named.items()), protocol="WARC/1.1")
        record = ArcWarcRecord("warc", kind, about, block.file, None, content, block.size)
        self._writer.write_record(record)
        block.file.close()
        return identity


def whole(raw: bytes, folder: Path, begin: int) -> Block:
    """The block of a message that is all there; its body starts at `begin`."""
    block = Block(folder)
    block.head(raw[:begin])
    block.body(raw[begin:])
    return block
