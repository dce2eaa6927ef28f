"""RFC 3161 time stamps: asking an authority, and checking what it answered.

Requests are made by `rfc3161-client`; answers are checked by openssl, which reads every authority's
dialect, at the moment the stamp itself names (a certificate may have ended since).
"""

from __future__ import annotations

import subprocess
import tempfile
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

from asn1crypto import tsp
from cryptography import x509
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

from resguardo.core.errors import ResguardoError


class StampError(ResguardoError):
    """An authority did not answer, or its answer is not a stamp of this data."""

    code = "stamp"


def request(data: bytes) -> bytes:
    """A DER time-stamp request for `data` (SHA-256 of it, a nonce, certificates wanted)."""
    builder = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256)
    return builder.cert_request(cert_request=True).build().as_bytes()


def fetch(address: str, data: bytes, timeout: float = 20) -> bytes:
    """The authority's raw answer for `data`. Raises StampError."""
    asked = urllib.request.Request(  # noqa: S310
        address, request(data), {"Content-Type": "application/timestamp-query"}
    )
    try:
        with urllib.request.urlopen(asked, timeout=timeout) as answer:  # noqa: S310
            return bytes(answer.read(1024 * 1024))
    except OSError:
        raise StampError("The time authority did not answer.") from None


def _openssl(*args: str) -> str | None:
    try:
        done = subprocess.run(
            ["openssl", *args], capture_output=True, text=True, errors="replace", timeout=30
        )
    except (OSError, subprocess.TimeoutExpired):
        raise StampError("openssl, which checks time stamps, did not run on this machine.") from None
    return done.stdout if done.returncode == 0 else None


def check(token: bytes, data: bytes, certificates: bytes) -> datetime:
    """The time (UTC) at which an authority of `certificates` (PEM) stamped `data`. Raises StampError."""
    with tempfile.TemporaryDirectory(prefix="resguardo-stamp-") as folder:
        paths = {name: str(Path(folder) / name) for name in ("token", "data", "pem")}
        for name, content in (("token", token), ("data", data), ("pem", certificates)):
            Path(paths[name]).write_bytes(content)
        shown = _openssl("ts", "-reply", "-in", paths["token"], "-text") or ""
        line = next((text for text in shown.splitlines() if text.startswith("Time stamp: ")), "")
        try:
            at = parse_time(line.removeprefix("Time stamp: "))
        except ValueError:
            raise StampError("The time stamp cannot be read.") from None
        moment = str(int(at.timestamp()))
        verify = ["ts", "-verify", "-data", paths["data"], "-in", paths["token"], "-CAfile", paths["pem"]]
        if _openssl(*verify, "-attime", moment) is None:
            raise StampError("The time stamp does not belong to this checkpoint.")
        return at


def good_until(token: bytes, certificates: bytes) -> datetime:
    """When the first certificate ends that `token` needs, in it or in `certificates` (PEM): renew it before.

    Raises StampError when the token cannot be read.
    """
    ends = [each.not_valid_after_utc for each in x509.load_pem_x509_certificates(certificates)]
    try:
        signed = tsp.TimeStampResp.load(token)["time_stamp_token"]["content"]
        ends += [each.chosen.not_valid_after for each in signed["certificates"] if each.name == "certificate"]
    except (ValueError, TypeError, KeyError):
        raise StampError("The time stamp cannot be read.") from None
    return min(ends)


def parse_time(text: str) -> datetime:
    """Read openssl's way of writing a moment: `Nov 24 15:00:00.123 2026 GMT`."""
    month_day_time, _, year = text.removesuffix(" GMT").rpartition(" ")
    whole = month_day_time.split(".")[0]
    return datetime.strptime(f"{whole} {year}", "%b %d %H:%M:%S %Y").replace(tzinfo=UTC)
