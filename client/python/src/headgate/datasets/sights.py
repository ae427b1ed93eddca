"""What the client remembers of an array that it was given, until it is worth putting."""

from __future__ import annotations

import hashlib
from weakref import ReferenceType

import numpy as np

from ..tensors import Array
from .known_table import KnownTable

_GRID = 8
_FIRST_BYTES_MAX = 8192
SHARE_BEFORE_PUT = 8
"""A table is put once an eighth of its bytes were sent as arrays of it, and never at the first of them."""
GROWN_BYTES_LEAST = 1024 * 1024
"""A smaller array that has grown is sent as it is, because an append waits for the gateway's disk."""
_MISSES_MAX = 6


class Sight:
    """How often the rows of a table were sent, and whether a few of its elements stayed the same."""

    def __init__(self, table: Array, owner: ReferenceType[Array] | None) -> None:
        self.known: KnownTable | None = None
        self.grows = False
        self._owner = owner
        self._rows = len(table)
        self._grid = _grid(table)
        self._sent = 0
        self._count = 0
        self._misses = 0

    def is_of(self, owner: Array | None) -> bool:
        """Whether it tells of that owner's memory; one that tells of content is of any."""
        return self._owner is None or self._owner() is owner

    @property
    def is_gone(self) -> bool:
        """Whether the memory that it tells of was freed."""
        return self._owner is not None and self._owner() is None

    @property
    def is_known(self) -> bool:
        """Whether the table was put, or is on its way."""
        return self.known is not None and self.known.rows is not None

    def note(self, table: Array, sent: int) -> None:
        """Another array of the table was sent as bytes."""
        grown = len(table) > self._rows and table.nbytes >= GROWN_BYTES_LEAST
        same = (grown or len(table) == self._rows) and _grid(table[: self._rows]) == self._grid
        if not same:
            self._sent = self._count = 0
        self.grows = same and (self.grows or grown)
        if not same or grown:
            self._rows, self._grid = len(table), _grid(table)
        self._sent += sent
        self._count += 1

    def missed(self) -> None:
        """The table has changed since it was put: the next put waits for twice as many bytes as this did."""
        self.known = None
        self._misses += 1
        self._sent = self._count = 0

    def is_due(self, nbytes: int) -> bool:
        """Whether a table of this size is worth putting."""
        enough = nbytes * 2**self._misses // SHARE_BEFORE_PUT
        return self._count >= 2 and self._sent >= enough and self._misses <= _MISSES_MAX


def family_of(array: Array) -> tuple[int, str, bytes]:
    """Equal for arrays with the same first row: copies of one another, or one that has grown since."""
    row = np.ascontiguousarray(array[0]).view(np.uint8)[:_FIRST_BYTES_MAX]
    return array.shape[1], array.dtype.str, hashlib.blake2b(row.tobytes(), digest_size=16).digest()


def _grid(table: Array) -> bytes:
    """Some elements, evenly spread."""
    n, p = table.shape
    rows = [at * (n - 1) // (_GRID - 1) for at in range(_GRID)]
    columns = [at * (p - 1) // (_GRID - 1) for at in range(_GRID)]
    return bytes(table[np.ix_(rows, columns)].tobytes())
