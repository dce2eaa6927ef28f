"""Asking a witness to cosign a checkpoint.

Source: C2SP tlog-witness v1.0.0 (add-checkpoint).
"""

from __future__ import annotations

import base64
import http.client
import re
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from http import HTTPStatus
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from resguardo.core.checkpoint import DASH, CheckpointError, check_cosignature
from resguardo.core.errors import ResguardoError

LIMIT = 64 * 1024
SIZE = "text/x.tlog.size"


class WitnessError(ResguardoError):
    """A witness did not answer, or did not cosign."""

    code = "witness"


class Behind(WitnessError):
    """The newest tree that the witness has cosigned is of another `size`: a proof from there is wanted.

    A `size` larger than the checkpoint's means that the log has lost, or hides, what the witness saw.
    """

    def __init__(self, size: int) -> None:
        super().__init__("The newest checkpoint that the witness has signed is of size %(size)d.", size=size)
        self.size = size


class Disagrees(WitnessError):
    """The witness has cosigned a tree that the checkpoint does not continue. Asking again changes nothing."""


def ask(
    address: str,
    note: str,
    old_size: int,
    proof: Sequence[bytes],
    name: str,
    key: Ed25519PublicKey,
    timeout: float = 20,
) -> str:
    """The line (with its end) by which the witness `name` cosigns `note`, checked with its `key`.

    `address` is the witness's submission prefix (http or https); `proof` leads from the tree of `old_size`,
    the last that the witness is known to have cosigned (0: none, or not known), to the note's, 32 bytes
    each. `timeout` is in seconds, for connecting and again for the rest. Redirects are not followed.

    Raises Behind when the witness has another size, Disagrees when it has another history, WitnessError.
    """
    lines = "".join(f"{base64.b64encode(each).decode()}\n" for each in proof)
    status, kind, text = _post(address, f"old {old_size}\n{lines}\n{note}".encode(), timeout)
    if status == HTTPStatus.OK:
        return _ours(text, note, name, key)
    size = re.fullmatch(r"(0|[1-9][0-9]{0,17})\n", text) if kind == SIZE else None
    if status == HTTPStatus.CONFLICT and size is not None and int(size[1]) != old_size:
        raise Behind(int(size[1]))
    # v1.0.0 answers another root of the same size with 409, its successor with 422.
    if status in (HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY):
        raise Disagrees("The witness has signed a history that this checkpoint does not continue.")
    if status == HTTPStatus.NOT_FOUND:
        raise WitnessError("The witness does not know this log.")
    if status == HTTPStatus.FORBIDDEN:
        raise WitnessError("The witness knows this log by another key.")
    raise WitnessError("The witness refused with the status %(status)d.", status=status)


def _ours(text: str, note: str, name: str, key: Ed25519PublicKey) -> str:
    """Lines of other keys of the witness, in other formats perhaps, are let be."""
    for line in text.split("\n"):
        if line.startswith(f"{DASH}{name} "):
            with suppress(CheckpointError):
                check_cosignature(line + "\n", note, key)
                return line + "\n"
    raise WitnessError("The witness answered without its signature of this checkpoint.")


def _post(address: str, body: bytes, timeout: float) -> tuple[int, str, str]:
    """The status, kind and text of the answer. Raises WitnessError."""
    try:
        place = urlsplit(address)
        kinds = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
        if place.scheme not in kinds or not place.hostname or place.username or place.query or place.fragment:
            raise WitnessError("The address of the witness is not one of http or https.")
        path = place.path.rstrip("/") + "/add-checkpoint"
        with closing(kinds[place.scheme](place.hostname, place.port, timeout=timeout)) as connection:
            connection.connect()
            with _limited(connection.sock, timeout):
                connection.request("POST", path, body, {"Content-Type": "text/plain; charset=utf-8"})
                answer = connection.getresponse()
                content = answer.read(LIMIT + 1)
        if len(content) > LIMIT:
            raise WitnessError("The answer of the witness is too long.")
        return answer.status, answer.headers.get("Content-Type", ""), content.decode("utf-8")
    except (OSError, http.client.HTTPException, ValueError):
        raise WitnessError("The witness did not answer.") from None


@contextmanager
def _limited(wire: socket.socket, seconds: float) -> Iterator[None]:
    """A socket's own time limit is for each packet; whoever answers a byte at a time needs another one."""

    def cut() -> None:
        with suppress(OSError):
            socket.socket.shutdown(wire, socket.SHUT_RDWR)

    limit = threading.Timer(seconds, cut)
    limit.daemon = True
    limit.start()
    try:
        yield
    finally:
        limit.cancel()
