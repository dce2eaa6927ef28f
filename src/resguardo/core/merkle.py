"""The tree over all events: roots, inclusion and consistency proofs.

Only hashes of complete subtrees are stored, addressed by (level, index): level 0 are leaves, the node
(l, i) covers leaves i*2^l to (i+1)*2^l - 1. Every proof is then a few reads.
Source: RFC 6962 section 2.1; RFC 9162 sections 2.1.3 and 2.1.4 for checking.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence

from resguardo.core.errors import ResguardoError

Nodes = Callable[[int, int], bytes]

EMPTY = hashlib.sha256(b"").digest()


class MerkleError(ResguardoError):
    """A proof does not prove."""

    code = "merkle"


def leaf_hash(leaf: bytes) -> bytes:
    """SHA-256(0x00 || leaf), 32 bytes."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right), 32 bytes."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def append(nodes: Nodes, size: int, leaves: Iterable[bytes]) -> Iterator[tuple[int, int, bytes]]:
    """The new complete nodes as (level, index, hash), when `leaves` (hashes) join a tree of `size`.

    `nodes` must answer for the nodes of the old tree; new ones are remembered here.
    """
    fresh: dict[tuple[int, int], bytes] = {}
    index = size
    for leaf in leaves:
        level, place, value = 0, index, leaf
        while True:
            fresh[level, place] = value
            yield level, place, value
            if place % 2 == 0:
                break
            sibling = (level, place - 1)
            left = fresh.pop(sibling) if sibling in fresh else nodes(*sibling)
            value = node_hash(left, value)
            level, place = level + 1, place // 2
        index += 1


def _subtree(nodes: Nodes, start: int, end: int) -> bytes:
    """MTH(D[start:end]), where `start` is a multiple of the power of two that covers the range."""
    width = end - start
    if width & (width - 1) == 0:
        level = width.bit_length() - 1
        return nodes(level, start >> level)
    half = 1 << (width - 1).bit_length() - 1
    return node_hash(_subtree(nodes, start, start + half), _subtree(nodes, start + half, end))


def root(nodes: Nodes, size: int) -> bytes:
    """The root of the first `size` leaves."""
    return _subtree(nodes, 0, size) if size else EMPTY


def inclusion(nodes: Nodes, index: int, size: int) -> list[bytes]:
    """PATH(index, D[size]), from the leaf's sibling upward. Raises MerkleError outside the tree."""
    if not 0 <= index < size:
        raise MerkleError("There is no leaf %(index)d in a tree of %(size)d.", index=index, size=size)
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        half = 1 << (end - start - 1).bit_length() - 1
        if index < start + half:
            path.append(_subtree(nodes, start + half, end))
            end = start + half
        else:
            path.append(_subtree(nodes, start, start + half))
            start += half
    return path[::-1]


def consistency(nodes: Nodes, old: int, new: int) -> list[bytes]:
    """PROOF(old, D[new]). Raises MerkleError unless 0 < old <= new."""
    if not 0 < old <= new:
        raise MerkleError("A tree of %(old)d does not come before one of %(new)d.", old=old, new=new)
    path: list[bytes] = []
    start, end, whole = 0, new, True
    while old - start != end - start:
        half = 1 << (end - start - 1).bit_length() - 1
        if old <= start + half:
            path.append(_subtree(nodes, start + half, end))
            end = start + half
        else:
            path.append(_subtree(nodes, start, start + half))
            start, whole = start + half, False
    if not whole:
        path.append(_subtree(nodes, start, end))
    return path[::-1]


def check_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], expected: bytes) -> None:
    """Raises MerkleError unless `path` leads from the leaf hash at `index` to the root `expected`."""
    if not 0 <= index < size:
        raise MerkleError("There is no leaf %(index)d in a tree of %(size)d.", index=index, size=size)
    place, last, value = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            raise MerkleError("The inclusion proof is too long.")
        if place % 2 or place == last:
            value = node_hash(sibling, value)
            while place % 2 == 0 and place:
                place, last = place >> 1, last >> 1
        else:
            value = node_hash(value, sibling)
        place, last = place >> 1, last >> 1
    if last:
        raise MerkleError("The inclusion proof is too short.")
    if value != expected:
        raise MerkleError("The inclusion proof leads to another root.")


def check_consistency(old: int, new: int, path: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """Raises MerkleError unless the tree `old` is the beginning of the tree `new` (RFC 9162, 2.1.4.2)."""
    if not 0 < old <= new:
        raise MerkleError("A tree of %(old)d does not come before one of %(new)d.", old=old, new=new)
    if old == new:
        if path or old_root != new_root:
            raise MerkleError("Two trees of one size differ.")
        return
    steps = list(path)
    if old & (old - 1) == 0:
        steps.insert(0, old_root)
    if not steps:
        raise MerkleError("The consistency proof is empty.")
    place, last = old - 1, new - 1
    while place % 2:
        place, last = place >> 1, last >> 1
    first = second = steps[0]
    for sibling in steps[1:]:
        if last == 0:
            raise MerkleError("The consistency proof is too long.")
        if place % 2 or place == last:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
            while place % 2 == 0 and place:
                place, last = place >> 1, last >> 1
        else:
            second = node_hash(second, sibling)
        place, last = place >> 1, last >> 1
    if last or first != old_root or second != new_root:
        raise MerkleError("The newer tree does not continue the older one.")
