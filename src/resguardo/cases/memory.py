"""Folds remembered in this process by the digest of the last event.

An event's digest names the whole history before it, so a fold under a route is a fact about that digest: it
never goes stale and may be forgotten at any time. Nothing is stored; another process folds again.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from resguardo.core.fold import Folding

MOST = 4096

_known: OrderedDict[tuple[str, str], Folding] = OrderedDict()
_lock = Lock()


def recall(route: str, digest: str) -> Folding | None:
    """A copy of the fold of the history that ends in the event `digest`, if this process remembers it."""
    with _lock:
        folding = _known.get((route, digest))
        if folding is not None:
            _known.move_to_end((route, digest))
    return None if folding is None else folding.copy()


def remember(route: str, digest: str, folding: Folding) -> None:
    """Keep a copy of a fold, and forget the one that was longest not asked for."""
    with _lock:
        _known[route, digest] = folding.copy()
        while len(_known) > MOST:
            _known.popitem(last=False)
