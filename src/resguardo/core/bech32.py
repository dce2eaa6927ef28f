"""Bech32: how age writes keys, with a checksum that catches a mistyped sign. Source: BIP 173."""

from __future__ import annotations

from collections.abc import Sequence

ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


def _feedback(top: int) -> int:
    """What the five highest bits put back into the checksum."""
    found = 0
    for bit, term in enumerate(GENERATOR):
        if top >> bit & 1:
            found ^= term
    return found


FEEDBACK = tuple(_feedback(top) for top in range(32))


def _checksum(values: Sequence[int]) -> int:
    check = 1
    for value in values:
        check = (check & 0x1FFFFFF) << 5 ^ value ^ FEEDBACK[check >> 25]
    return check


def _expand(prefix: str) -> list[int]:
    return [ord(sign) >> 5 for sign in prefix] + [0] + [ord(sign) & 31 for sign in prefix]


def encode(prefix: str, raw: bytes) -> str:
    """Write 32 bytes under `prefix`, in lower case (BIP 173, without its length limit)."""
    number = int.from_bytes(raw) << 4
    values = [number >> 5 * place & 31 for place in range(51, -1, -1)]
    check = _checksum(_expand(prefix) + values + [0] * 6) ^ 1
    values += [check >> 5 * place & 31 for place in range(5, -1, -1)]
    return prefix + "1" + "".join(ALPHABET[value] for value in values)


def decode(prefix: str, text: str) -> bytes:
    """Read what `encode` writes; raises ValueError for anything else."""
    head, _, body = text.rpartition("1")
    values = [ALPHABET.index(sign) for sign in body]
    if head != prefix or len(values) != 58 or _checksum(_expand(prefix) + values) != 1:
        raise ValueError
    number = 0
    for value in values[:-6]:
        number = number << 5 | value
    if number & 15:
        raise ValueError
    return (number >> 4).to_bytes(32)
