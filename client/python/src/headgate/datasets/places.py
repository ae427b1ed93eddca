"""Where an array's rows lie in the memory of the array that owns it: a window is rows of a taller table."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..tensors import Array


class Place(NamedTuple):
    """A matrix as rows of the tallest table of the same columns in its owner's memory."""

    owner: Array
    """The array that owns the memory."""
    start: int
    """The byte of the owner's memory at which the table begins."""
    table_rows: int
    columns: int
    strides: tuple[int, int]
    dtype: np.dtype[np.generic]
    first: int
    """The table's row that is the matrix's first."""

    @property
    def key(self) -> tuple[int, int, int, int, int, int, str]:
        """Equal for matrices of one table, while the owner lives."""
        return (
            id(self.owner), self.start, self.table_rows, self.columns, *self.strides, self.dtype.str
        )  # fmt: skip

    def table(self) -> Array:
        """The table itself: a view of the owner's memory that cannot be written to."""
        flat = np.lib.stride_tricks.as_strided(
            _bytes(self.owner)[self.start :][: self.dtype.itemsize].view(self.dtype),
            (self.table_rows, self.columns),
            self.strides,
            writeable=False,
        )
        return flat


def place_of(array: Array) -> Place | None:
    """The place of a matrix [n, p]; None where its rows or columns do not follow each other regularly.

    Columns lie side by side in a row, or rows in a column (as in pandas). Rows that overlap, as those of a
    sliding window, and rows in falling order have no place.
    """
    owner = owner_of(array)
    if array.ndim != 2 or not array.size or not (owner.flags.c_contiguous or owner.flags.f_contiguous):
        return None
    (n, p), item = array.shape, array.itemsize
    along, across = array.strides
    if p == 1:
        across = item
    offset = _address(array) - _address(owner)
    if min(offset, along - item, across - item) < 0 or along % item or across % item or offset % item:
        return None
    size = owner.nbytes
    if across == item and along >= p * item:
        first, start = divmod(offset, along)
        fits = start + p * item <= along
        rows = (size - start - p * item) // along + 1
    else:
        column, within = divmod(offset, across)
        first, start, rows = within // item, column * across, across // item
        fits = along == item and start + (p - 1) * across + rows * item <= size
    if not fits or first + n > rows:
        return None
    return Place(owner, start, rows, p, (along, across), array.dtype, first)


def owner_of(array: Array) -> Array:
    """The array at the end of the chain of views."""
    owner = array
    while isinstance(owner.base, np.ndarray):
        owner = owner.base
    return owner


def _address(array: Array) -> int:
    address: int = array.__array_interface__["data"][0]
    return address


def _bytes(owner: Array) -> Array:
    """The owner's memory, byte by byte, in the order in which it lies."""
    flat: Array = owner.reshape(-1, order="C" if owner.flags.c_contiguous else "F").view(np.uint8)
    return flat
