"""OpenTimestamps: a digest anchored in Bitcoin by calendars, as an option beside the time authorities.

A calendar answers at once with a promise, and hours later with the way from the digest to a block. Nothing
here looks at Bitcoin: that a block has the root which `describe` names is for a verifier to check, with
`ots verify` or any block explorer. Only calendars that the operator has named are spoken to, by our own
requests: the library's follow redirects and take a cut-off answer for a whole one.
Source: opentimestamps.org; python-opentimestamps 0.4.5, an optional extra and so imported when it is used.
"""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from itertools import islice
from typing import Any, TypedDict, TypeVar
from urllib.parse import urlsplit

from resguardo.core.errors import ResguardoError

ANSWER_LIMIT = 10_000
FILE_LIMIT = 100_000
# How deep the library reads a file, and how many of its places are asked about at a time.
DEPTH = 256
PLACES = 16

Item = TypeVar("Item")


class AnchorError(ResguardoError):
    """No calendar answered, or what is there is not a timestamp file."""

    code = "anchor"


class Anchor(TypedDict):
    """What an .ots file says: `roots` are those of the blocks at `heights`, as explorers write them."""

    digest: str
    pending: list[str]
    heights: list[int]
    roots: list[str]


def submit(digest32: bytes, calendars: Sequence[str], timeout: float = 20) -> bytes:
    """An .ots file over the SHA-256 `digest32`, with the promise of every one of `calendars` that answered.

    The calendars see the digest as it is: it must be of something public, or that nobody can guess. They
    are asked at once; `timeout` is in seconds, for connecting and again for the rest.
    Raises AnchorError if none answered.
    """
    core = _library()
    if len(digest32) != 32:
        raise AnchorError("Only a SHA-256 digest can be anchored.")

    def promise(calendar: str) -> Any:
        return _answer(core, digest32, DEPTH, _exchange("POST", calendar, "digest", digest32, timeout))

    stamp = core.timestamp.Timestamp(digest32)
    promises = _answered(promise, calendars)
    for promised in promises:
        stamp.merge(promised)
    if not promises:
        raise AnchorError("No calendar answered.")
    return _written(core, core.timestamp.DetachedTimestampFile(core.op.OpSHA256(), stamp))


def upgrade(ots: bytes, allowed: Collection[str], timeout: float = 20) -> tuple[bytes, bool]:
    """The file `ots` with what its calendars have since learned, and whether it leads to a Bitcoin block.

    Only calendars whose address is in `allowed` are asked, each for what is not complete yet; one that does
    not answer, or has nothing new, is to be asked another time. `timeout` as in `submit`.
    Raises AnchorError if `ots` is not a timestamp file.
    """
    core = _library()
    file = _read(core, ots)
    known = {address.rstrip("/") for address in allowed}
    waiting = (each for each in _waiting(core, file.timestamp, DEPTH) if each[1].rstrip("/") in known)

    def complete(place: tuple[Any, str, int]) -> Any:
        stamp, calendar, depth = place
        raw = _exchange("GET", calendar, f"timestamp/{stamp.msg.hex()}", None, timeout)
        return stamp, _answer(core, stamp.msg, depth, raw)

    learned = _answered(complete, list(islice(waiting, PLACES)))
    for stamp, answer in learned:
        stamp.merge(answer)
    done = any(True for _ in _blocks(core, file.timestamp))
    return (_written(core, file) if learned else ots), done


def describe(ots: bytes) -> Anchor:
    """What the file `ots` says. Raises AnchorError if it is not a timestamp file over a SHA-256 digest."""
    core = _library()
    stamp = _read(core, ots).timestamp
    blocks = sorted(set(_blocks(core, stamp)))
    return {
        "digest": stamp.msg.hex(),
        "pending": sorted({calendar for _, calendar, _ in _waiting(core, stamp, DEPTH)}),
        "heights": [height for height, _ in blocks],
        "roots": [root for _, root in blocks],
    }


def _library() -> Any:
    try:
        import opentimestamps.core.timestamp  # type: ignore[import-untyped]
    except ImportError:
        raise AnchorError(
            "The library opentimestamps is not installed on this machine.",
            remedy="Install resguardo[opentimestamps].",
        ) from None
    return opentimestamps.core


def _blocks(core: Any, stamp: Any) -> Iterator[tuple[int, str]]:
    """Height and root of each block that `stamp` leads to; an impossible one leads nowhere."""
    for message, attestation in stamp.all_attestations():
        is_block = isinstance(attestation, core.notary.BitcoinBlockHeaderAttestation)
        if is_block and len(message) == 32 and attestation.height < 2**32:
            yield attestation.height, message[::-1].hex()


def _waiting(core: Any, stamp: Any, depth: int) -> Iterator[tuple[Any, str, int]]:
    """The promises not kept yet: the place, the calendar, and how deep the tree may still grow from there."""
    kind = core.notary.PendingAttestation
    calendars = sorted(each.uri for each in stamp.attestations if isinstance(each, kind))
    if calendars and not any(True for _ in _blocks(core, stamp)):
        yield from ((stamp, calendar, depth) for calendar in calendars)
    for child in stamp.ops.values():
        yield from _waiting(core, child, depth - 1)


def _reading(core: Any, read: Callable[[Any], Item], raw: bytes) -> Item:
    """All of `raw` through the library's `read`, which fails in many ways. Raises AnchorError."""
    context = core.serialize.BytesDeserializationContext(raw)
    try:
        found = read(context)
        context.assert_eof()
    except (core.serialize.DeserializationError, ValueError, TypeError, AssertionError, RecursionError):
        raise AnchorError("The timestamp file cannot be read.") from None
    return found


def _read(core: Any, ots: bytes) -> Any:
    if len(ots) > FILE_LIMIT:
        raise AnchorError("The timestamp file is too large.")
    file = _reading(core, core.timestamp.DetachedTimestampFile.deserialize, ots)
    if not isinstance(file.file_hash_op, core.op.OpSHA256):
        raise AnchorError("Only a SHA-256 digest can be anchored.")
    return file


def _answer(core: Any, message: bytes, depth: int, raw: bytes) -> Any:
    """A calendar's answer about `message`: a tree at most `depth` deep with a promise or a block in it."""
    stamp = _reading(core, lambda context: core.timestamp.Timestamp.deserialize(context, message, depth), raw)
    if not any(True for _ in _blocks(core, stamp)) and not any(True for _ in _waiting(core, stamp, depth)):
        raise AnchorError("The calendar answered without a promise.")
    return stamp


def _written(core: Any, file: Any) -> bytes:
    context = core.serialize.BytesSerializationContext()
    file.serialize(context)
    ots = bytes(context.getbytes())
    _read(core, ots)
    return ots


def _answered(ask: Callable[[Any], Any], places: Sequence[Any]) -> list[Any]:
    """What `ask` says of each of `places`, all at once; those of which it raises AnchorError are left out."""

    def attempt(place: Any) -> Any:
        with suppress(AnchorError):
            return ask(place)
        return None

    with ThreadPoolExecutor(max(1, len(places))) as pool:
        return [answer for answer in pool.map(attempt, places) if answer is not None]


def _exchange(method: str, calendar: str, path: str, body: bytes | None, timeout: float) -> bytes:
    """The calendar's answer, if it is there, whole and short. Raises AnchorError. Follows no redirect."""
    try:
        place = urlsplit(calendar)
        kinds = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
        if place.scheme not in kinds or not place.hostname or place.username or place.query or place.fragment:
            raise AnchorError("The address of the calendar is not one of http or https.")
        with closing(kinds[place.scheme](place.hostname, place.port, timeout=timeout)) as connection:
            connection.connect()
            with _limited(connection.sock, timeout):
                headers = {"Accept": "application/vnd.opentimestamps.v1"}
                connection.request(method, f"{place.path.rstrip('/')}/{path}", body, headers)
                answer = connection.getresponse()
                content: bytes = answer.read(ANSWER_LIMIT + 1)
    except (OSError, http.client.HTTPException, ValueError):
        raise AnchorError("The calendar did not answer.") from None
    if answer.status != 200 or len(content) > ANSWER_LIMIT:
        raise AnchorError("The calendar has no answer.")
    return content


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
