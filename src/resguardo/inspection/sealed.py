"""The one file of a caged child: read by its descriptor, as nothing can be opened in there."""

from __future__ import annotations

import io
import os
from typing import Any

M_ARENA_MAX = -8
"""An option of mallopt(3): how many arenas of memory a process makes for its threads."""


class Sealed(io.RawIOBase):
    """The sealed file behind a descriptor, read by place: the parent's own position is never moved."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor, self._at = descriptor, 0
        self._size = os.fstat(descriptor).st_size

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, into: Any) -> int:
        data = os.pread(self._descriptor, len(into), self._at)
        into[: len(data)] = data
        self._at += len(data)
        return len(data)
