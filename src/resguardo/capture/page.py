"""A public page, captured as evidence: what the site sent, what a person would have seen, whose it is.

`capture` is the only door. The page is a stranger's: it is opened in a Chromium that reaches the world
through a recording proxy, and nothing of it is run anywhere else. Its address can tell who the woman is,
so no log and no error holds it.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import ssl
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from resguardo.capture.errors import NotArchived, Refused
from resguardo.capture.guard import Guard
from resguardo.capture.identify import identify
from resguardo.capture.limits import LIMITS, Limits
from resguardo.capture.package import Entry, pack
from resguardo.capture.proxy import Proxy
from resguardo.capture.record import Certificate, Clock, Recorder
from resguardo.capture.visit import Seen, visit

__all__ = ["LIMITS", "Captured", "Limits", "NotArchived", "Refused", "capture"]

FILES = ("page.wacz", "page.png", "page.pdf")


@dataclass(frozen=True)
class Captured:
    """A page in evidence, its files in the folder it was captured into.

    `at` is UTC, when it was photographed; `status` the HTTP status of the page; `files`, `sizes` (bytes)
    and `sha256s` (hex) have the keys of FILES, without those that `notes` say are missing; `identifiers`
    are as identify gives them; `notes` codes of errors.NOTES, sorted; `redirects` the addresses after the
    first, in order; `tls` the certificate of the page's site, None when it came unencrypted.
    """

    address: str = field(repr=False)
    final_address: str = field(repr=False)
    title: str = field(repr=False)
    at: datetime
    status: int
    files: Mapping[str, Path] = field(repr=False)
    sizes: Mapping[str, int]
    sha256s: Mapping[str, str]
    identifiers: Mapping[str, str] = field(repr=False)
    notes: tuple[str, ...]
    redirects: tuple[str, ...] = field(repr=False)
    tls: Certificate | None = field(repr=False)


def _utc() -> datetime:
    return datetime.now(UTC)


def capture(
    address: str,
    folder: Path,
    limits: Limits = LIMITS,
    *,
    guard: Guard | None = None,
    trust: ssl.SSLContext | None = None,
    now: Clock = _utc,
) -> Captured:
    """Capture the page at `address` into `folder` (which exists), within `limits` and a minute to pack.

    `guard` says what may be fetched, `trust` whose certificates are believed; both are for one capture.
    Not to be called where an asyncio loop runs. Raises Refused when the address may not be fetched,
    NotArchived when what came is not the page; in both cases nothing stays in `folder`.
    """
    guard = guard or Guard()
    guard.check(address)
    work = Path(tempfile.mkdtemp(prefix=".c-", dir=folder))
    try:
        recorder = Recorder(work / "data.warc.gz", now)
        try:
            with Proxy(guard, recorder, limits, trust or ssl.create_default_context(), work) as proxy:
                seen = asyncio.run(visit(address, work, limits, proxy, now))
        finally:
            recorder.close()
        final = seen.documents[-1].url
        if final not in recorder.urls:
            raise NotArchived("unfinished")
        entry = Entry(final, seen.at, seen.facts.title, seen.facts.text)
        pack(recorder.path, entry, work / "page.wacz")
        notes = tuple(sorted(seen.notes | proxy.notes | _of_addresses(seen, recorder.urls)))
        files = _handed_over(work, folder)
        return Captured(
            address=address,
            final_address=seen.address,
            title=seen.facts.title,
            at=seen.at,
            status=seen.documents[-1].status,
            files=files,
            sizes={name: path.stat().st_size for name, path in files.items()},
            sha256s={name: _sha256(path) for name, path in files.items()},
            identifiers=identify(seen.address, seen.facts.metadata),
            notes=notes,
            redirects=tuple(document.url for document in seen.documents[1:]),
            tls=proxy.certificates.get(_origin(final)),
        )
    finally:
        _remove(work)


def _of_addresses(seen: Seen, urls: list[str]) -> set[str]:
    notes = {"redirected"} if len(seen.documents) > 1 else set()
    passed = {document.url for document in seen.documents}
    if seen.address.startswith("https:") and any(u.startswith("http:") and u not in passed for u in urls):
        notes.add("mixed")
    return notes


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _handed_over(work: Path, folder: Path) -> dict[str, Path]:
    files = {}
    for name in FILES:
        if (work / name).exists():
            files[name] = folder / name
            os.replace(work / name, files[name])
    return files


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _remove(work: Path) -> None:
    # A process that was killed a moment ago may still have been writing into its profile.
    for _ in range(20):
        shutil.rmtree(work, ignore_errors=True)
        if not work.exists():
            return
        time.sleep(0.1)
    shutil.rmtree(work)
