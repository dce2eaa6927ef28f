"""The worker's own key pair, and what is sealed to it: one errand at a time.

Whoever serves pages knows only the public key. The private one is read by `resguardo work` alone, from the
file that RESGUARDO_WORKER_KEY names. Source: design, part 5 ("a job needs plaintext").
"""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from resguardo.cases.models import Case
from resguardo.core import age
from resguardo.core.age import Identity, Recipient
from resguardo.evidence.models import Errand, Item
from resguardo.jobs.commands import enqueue


def _public() -> Path:
    return Path(settings.DATA) / "keys" / "worker.pub"


def recipient() -> Recipient:
    """The worker's public key; the pair is made on first use."""
    if not _public().exists():
        _make()
    return Recipient.parse(_public().read_text().strip())


def identity() -> Identity:
    """The worker's private key. Raises FileNotFoundError where it has been carried away."""
    recipient()
    return Identity.parse(Path(settings.WORKER_KEY).read_text().strip())


def _make() -> None:
    """Both files, the private one first; of two processes at once the first one's stay."""
    private = Path(settings.WORKER_KEY)
    for path, text in ((private, Identity.generate().text()), (_public(), "")):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if path == _public():
            text = Identity.parse(private.read_text().strip()).recipient.text()
        fresh = path.with_name(f".{path.name}.{os.getpid()}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(text + "\n")
            out.flush()
            os.fsync(out.fileno())
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()


def send(kind: str, case: Case, at: datetime, item: Item | None, content: dict[str, Any]) -> Errand:
    """Put an errand in: what it needs is sealed to the worker, its job names only its id."""
    sealed = age.encrypt(json.dumps(content).encode(), [recipient()])
    errand = Errand.objects.create(kind=kind, case=case, item=item, sealed=sealed)
    enqueue(kind, at, errand=str(errand.pk))
    return errand


def opened(errand: Errand) -> dict[str, Any]:
    """What the errand needs. Raises AgeError when it is sealed to another worker."""
    content = json.loads(age.decrypt(bytes(errand.sealed), identity()))
    assert isinstance(content, dict)
    return content
