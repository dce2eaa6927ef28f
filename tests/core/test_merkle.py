"""The tree against the published vectors of RFC 6962's reference, and against another implementation."""

from __future__ import annotations

import hashlib

import pymerkle
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resguardo.core.merkle import (
    EMPTY,
    MerkleError,
    Nodes,
    append,
    check_consistency,
    check_inclusion,
    consistency,
    inclusion,
    leaf_hash,
    root,
)

# From certificate-transparency's merkletree tests: eight leaves and the root of each size.
LEAVES = [
    bytes.fromhex(h)
    for h in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def grown(leaves: list[bytes], steps: list[int] | None = None) -> Nodes:
    """A reader of the complete nodes over `leaves`, appended in batches that end at each of `steps`."""
    stored: dict[tuple[int, int], bytes] = {}

    def read(level: int, place: int) -> bytes:
        return stored[level, place]

    done = 0
    for end in [*(steps or []), len(leaves)]:
        fresh = list(append(read, done, [leaf_hash(leaf) for leaf in leaves[done:end]]))
        stored.update({(level, place): value for level, place, value in fresh})
        done = end
    return read


def numbered(size: int) -> list[bytes]:
    return [str(number).encode() for number in range(size)]


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_the_published_vectors(size: int) -> None:
    assert root(grown(LEAVES), size).hex() == ROOTS[size - 1]


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert root(grown([]), 0) == EMPTY == hashlib.sha256(b"").digest()


@pytest.mark.parametrize(
    ("leaf", "size", "path"),
    [
        (0, 1, []),
        (
            0,
            8,
            [
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        ),
        (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    ],
)
def test_inclusion_paths_are_those_of_the_published_vectors(leaf: int, size: int, path: list[str]) -> None:
    assert [step.hex() for step in inclusion(grown(LEAVES), leaf, size)] == path


@given(st.integers(1, 140), st.data())
def test_trees_grown_in_any_batches_agree_with_another_implementation(size: int, data: st.DataObject) -> None:
    steps = sorted(data.draw(st.lists(st.integers(0, size), max_size=4)))
    leaves = numbered(size)
    other = pymerkle.InmemoryTree(algorithm="sha256")
    for leaf in leaves:
        other.append_entry(leaf)
    nodes = grown(leaves, steps)
    assert root(nodes, size) == other.get_root(size)
    part = data.draw(st.integers(1, size))
    assert root(nodes, part) == other.get_root(part)


@given(st.integers(1, 140), st.data())
def test_every_proof_proves_and_no_altered_one_does(size: int, data: st.DataObject) -> None:
    nodes = grown(numbered(size))
    index = data.draw(st.integers(0, size - 1))
    leaf, path, top = leaf_hash(str(index).encode()), inclusion(nodes, index, size), root(nodes, size)
    check_inclusion(leaf, index, size, path, top)
    forged = [
        (leaf_hash(b"another"), index, size, path, top),
        (leaf, index, size, [*path, bytes(32)], top),
        (leaf, index, size, path, bytes(32)),
        (leaf, size, size, path, top),
    ]
    if path:
        place = data.draw(st.integers(0, len(path) - 1))
        flipped = bytes([path[place][0] ^ 1]) + path[place][1:]
        forged.append((leaf, index, size, [*path[:place], flipped, *path[place + 1 :]], top))
        forged.append((leaf, index, size, path[:-1], top))
        forged.append((leaf, (index + 1) % size, size, path, top))
    for wrong in forged:
        with pytest.raises(MerkleError):
            check_inclusion(*wrong)


@given(st.integers(1, 140), st.data())
def test_a_grown_tree_is_told_from_a_rewritten_one(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, size))
    nodes = grown(numbered(size))
    path, before, after = consistency(nodes, old, size), root(nodes, old), root(nodes, size)
    check_consistency(old, size, path, before, after)
    rewritten = root(grown([b"another", *numbered(size)[1:]]), size)
    forged = [(old, size, path, before, rewritten), (old, size, path, bytes(32), after)]
    forged.append((old, size, [*path, bytes(32)], before, after))
    if path:
        forged.append((old, size, path[:-1], before, after))
    for wrong in forged:
        with pytest.raises(MerkleError):
            check_consistency(*wrong)


@pytest.mark.parametrize(("old", "new"), [(0, 3), (4, 3), (-1, 3)])
def test_no_consistency_is_proved_between_trees_that_do_not_follow(old: int, new: int) -> None:
    with pytest.raises(MerkleError):
        consistency(grown(numbered(3)), old, new)
    with pytest.raises(MerkleError):
        check_consistency(old, new, [], EMPTY, EMPTY)


def test_there_is_no_proof_for_a_leaf_outside_the_tree() -> None:
    for index in (-1, 3):
        with pytest.raises(MerkleError):
            inclusion(grown(numbered(3)), index, 3)
