"""The key that signs court bags: a file of this deployment, made on first use, or a PKCS#11 module."""

from __future__ import annotations

import os
import shutil
import tempfile
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from resguardo.court import signature
from resguardo.court.signature import Signature

KEY, CERTIFICATE = "key.pem", "certificate.pem"


def signer() -> Signature:
    """The configured signature (RESGUARDO_SIGNER). Raises SignatureError when it cannot be opened."""
    return _signer(settings.SIGNER, str(settings.DATA))


@lru_cache(maxsize=4)
def _signer(address: str, data: str) -> Signature:
    if address:
        return signature.from_module(address)
    pair = Path(data) / "keys" / "signer"
    if not pair.exists():
        _make(pair)
    return signature.from_files(pair / KEY, pair / CERTIFICATE)


def _make(pair: Path) -> None:
    """A folder with a new key and its certificate, whole or not there; of two at once, the first stays."""
    pair.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = Path(tempfile.mkdtemp(prefix=".signer.", dir=pair.parent))
    made = signature.make_key(f"Resguardo {settings.ORIGIN}", datetime.now(UTC))
    for name, content in zip((KEY, CERTIFICATE), made, strict=True):
        with os.fdopen(os.open(fresh / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
    try:
        fresh.rename(pair)
    except OSError:
        shutil.rmtree(fresh)
