"""A public page brought into a case: asked for by an officer, fetched by the worker, sealed as it came.

The address may tell who the woman is: it is sealed to the worker with the errand, and to the group
`evidence` with the result; no job, log or event holds it.
"""

from __future__ import annotations

import dataclasses
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from resguardo.cases import commands as cases
from resguardo.cases import queries
from resguardo.cases.errors import NotGranted
from resguardo.cases.models import Case
from resguardo.core import history
from resguardo.evidence import worker
from resguardo.evidence.commands import Received, attach, discard, receive
from resguardo.evidence.models import Errand
from resguardo.jobs.commands import handles
from resguardo.people.holder import Holder, system

CAPTURE = "capture-page"
LEASE = timedelta(minutes=10)
TRIES = 3
AGAIN = ("unreachable", "unresolved", "too-slow", "crashed", "unfinished", "server-error")
WACZ = "application/wacz"


@transaction.atomic
def ask(case: Case, address: str, by: Holder, at: datetime) -> history.Event:
    """Ask for the capture of `address` into `case`. Raises NotGranted for who may not read its evidence."""
    may_ask(case, by)
    asked = cases.append(case, "capture-asked", by, at, seals={"evidence": ("capture", {"address": address})})
    worker.send(CAPTURE, case, at, None, {"address": address, "asked": asked.seq})
    return asked


def may_ask(case: Case, by: Holder) -> None:
    """Raises NotGranted for who may not read the evidence of `case`."""
    if queries.doors(case, by).get("evidence") not in ("open", "empty"):
        raise NotGranted("Your institution does not hold the key of this evidence.")


@handles(CAPTURE, lease=LEASE)
def capture_job(at: datetime, errand: str) -> None:
    """Capture one page; nothing, when that is done."""
    row = Errand.objects.filter(pk=errand).select_related("case").first()
    if row is None:
        return
    Errand.objects.filter(pk=row.pk).update(tries=row.tries + 1)
    needed = worker.opened(row)
    with tempfile.TemporaryDirectory(prefix="resguardo-", dir=in_memory()) as folder:
        captured = fetch(needed["address"], Path(folder)) if row.tries < TRIES else "too-slow"
        if not isinstance(captured, str):
            keep(row, captured, needed["asked"], at)
        elif captured in AGAIN and row.tries + 1 < TRIES:
            raise TimeoutError(captured)
        else:
            refuse(row, captured, needed["asked"], at)


def in_memory() -> str | None:
    """A folder that is no disk, where the machine has one: what was fetched is not sealed yet."""
    shared = Path("/dev/shm")  # noqa: S108
    return str(shared) if shared.is_dir() else None


def fetch(address: str, folder: Path) -> Any:
    """The page as `capture.Captured`, or the code of why not."""
    try:
        from resguardo.capture import page
        from resguardo.capture.errors import CaptureError
    except ImportError:
        return "no-browser"
    try:
        return page.capture(address, folder, guard=settings.CAPTURE_GUARD and settings.CAPTURE_GUARD())
    except CaptureError as error:
        return error.code


def keep(errand: Errand, captured: Any, asked: int, at: datetime) -> None:
    """Seal the page's files into the case, with what is known of the page: all of it, or nothing."""
    received: list[Received] = []
    for number, path in enumerate(captured.files.values(), 1):
        name = f"captura-{asked}-{number}{path.suffix}"
        with open(path, "rb") as src:
            one = receive(src, name=name, at=at, limit=settings.FILE_LIMIT)
        kind = WACZ if path.suffix == ".wacz" else one.media_type
        received.append(dataclasses.replace(one, media_type=kind))
    with transaction.atomic():
        mine = Errand.objects.select_for_update().filter(pk=errand.pk).delete()[0]
        if mine:
            for one in received:
                attach(errand.case, one, system(), at, more={"grade": "A", "captured": str(asked)})
            content = {"asked": asked, **described(captured)}
            about = {"asked": asked, "notes": list(captured.notes)}
            seals = {"evidence": ("capture", content)}
            cases.append(errand.case, "captured", system(), at, about=about, seals=seals)
    if not mine:
        discard([one.item for one in received])


def described(captured: Any) -> dict[str, Any]:
    """What is known of a captured page, for the sealed record."""
    tls = captured.tls
    return {
        "address": captured.address,
        "final_address": captured.final_address,
        "title": captured.title,
        "at": captured.at.isoformat(),
        "status": captured.status,
        "identifiers": dict(captured.identifiers),
        "notes": list(captured.notes),
        "redirects": list(captured.redirects),
        "certificate": {"sha256": tls.sha256, "issuer": tls.issuer} if tls else None,
    }


@transaction.atomic
def refuse(errand: Errand, why: str, asked: int, at: datetime) -> None:
    """Write that the page could not be captured, and why (a code); nothing of it is kept."""
    if Errand.objects.select_for_update().filter(pk=errand.pk).delete()[0]:
        cases.append(errand.case, "capture-failed", system(), at, about={"asked": asked, "why": why})
