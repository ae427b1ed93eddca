"""References to rows of datasets and streams."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..codec import Frame
from ..errors import FailedPreconditionError, InvalidArgumentError
from ..references import Reference
from ..tensors import Array
from .columns import Columns

STREAM_ROWS_MAX = 65_536


class DatasetReference(Reference):
    """Rows of a dataset. Without `version` they are of the newest when the request is accepted.

    `Dataset` makes them with the rows that this client holds; one that is made by name alone, for a dataset
    that others feed, is resolved at the gateway only.

    :param rows: from the first row to the one before the last, counted from 0; all by default
    :param last: the newest so many, in place of `rows`
    :param columns: a name for that column alone, several for a matrix of them
    :param shape: of the tensor, of as many elements
    """

    def __init__(
        self,
        dataset: str,
        *,
        version: str | None = None,
        rows: tuple[int, int] | None = None,
        last: int | None = None,
        columns: str | Sequence[str] | None = None,
        shape: Sequence[int] | None = None,
        held: Columns | None = None,
    ) -> None:
        if rows is not None and last is not None:
            raise InvalidArgumentError("last: stands in place of rows: give one of them")
        if rows is not None and not 0 <= rows[0] < rows[1]:
            raise InvalidArgumentError(f"rows: must be [from, to] with 0 <= from < to, not {list(rows)}")
        if last is not None and last < 1:
            raise InvalidArgumentError(f"last: must be at least 1, not {last}")
        self.dataset, self.version = dataset, version
        self.rows, self._last = rows, last
        self.column_names = columns if columns is None or isinstance(columns, str) else tuple(columns)
        self.shape = None if shape is None else tuple(shape)
        self._held = held

    def __repr__(self) -> str:
        which = (
            f"[{self.rows[0]}:{self.rows[1]}]" if self.rows else f".last({self._last})" if self._last else ""
        )
        columns = "" if self.column_names is None else f".columns({self.column_names!r})"
        return f"<the dataset {self.dataset}{columns}{which}>"

    def __getitem__(self, rows: slice) -> DatasetReference:
        """A range of these rows, as of a list."""
        if not isinstance(rows, slice):
            raise InvalidArgumentError(f"rows: take a range of them, as [a:b], not [{rows!r}]")
        if self.rows is None:
            raise InvalidArgumentError(f"rows: how many {self} has is not known here: give `rows` or `last`")
        first, end, step = rows.indices(self.rows[1] - self.rows[0])
        if step != 1 or first >= end:
            raise InvalidArgumentError(f"rows: {rows} must be rows one after another, and one at least")
        return self._with(rows=(self.rows[0] + first, self.rows[0] + end))

    def __len__(self) -> int:
        if self.rows is None and self._last is None:
            raise TypeError(f"how many rows {self} has is not known here")
        return self._last or (self.rows[1] - self.rows[0] if self.rows else 0)

    @property
    def known_rows(self) -> int | None:
        """How many rows it has, where that is known before the gateway says it, and they can be divided."""
        return None if self.rows is None or self.shape is not None else len(self)

    @property
    def dtype(self) -> np.dtype[Any] | None:
        """Of the elements, where this client holds them."""
        return None if self._held is None else self._held.select(self.column_names).dtype

    def last(self, count: int) -> DatasetReference:
        """The last so many of these rows.

        :raises InvalidArgumentError: when there are not so many
        """
        if self.rows is None:
            return self._with(last=count)
        if not 1 <= count <= len(self):
            raise InvalidArgumentError(f"last: must be from 1 to the {len(self)} rows of {self}, not {count}")
        return self[len(self) - count :]

    def columns(self, names: str | Sequence[str]) -> DatasetReference:
        """One column, by its name, or a matrix of several."""
        if self._held is not None:
            self._held.select(names)
        return self._with(columns=names)

    def reshape(self, *shape: int) -> DatasetReference:
        """The same elements as a tensor of that shape."""
        return self._with(shape=shape)

    def _with(
        self,
        *,
        rows: tuple[int, int] | None = None,
        last: int | None = None,
        columns: str | Sequence[str] | None = None,
        shape: Sequence[int] | None = None,
    ) -> DatasetReference:
        return DatasetReference(
            self.dataset,
            version=self.version,
            rows=None if last is not None else rows or self.rows,
            last=last or (None if rows else self._last),
            columns=columns or self.column_names,
            shape=shape or self.shape,
            held=self._held,
        )

    def to_wire(self) -> Frame:
        frame: Frame = {"ref": self.dataset}
        if self.version is not None:
            frame["version"] = self.version
        if self.rows is not None:
            frame["rows"] = list(self.rows)
        if self._last is not None:
            frame["last"] = self._last
        names = self.column_names
        if names is None and self._held is not None and len(self._held.arrays) > 1:
            names = self._held.names
        if names is not None:
            frame["columns"] = names if isinstance(names, str) else list(names)
        if self.shape is not None:
            frame["shape"] = list(self.shape)
        return frame

    def local(self) -> Array:
        if self._held is None or self.rows is None:
            raise FailedPreconditionError(
                f"{self} is at the gateway alone, this client holds no rows of it: give the array "
                "itself where it is needed here, or put it with keep=True"
            )
        chosen = self._held.select(self.column_names)[self.rows[0] : self.rows[1]]
        return chosen if self.shape is None else chosen.reshape(self.shape)


class StreamReference(Reference):
    """The newest observations of a stream, [last, d]; the result's `inputs_used` tells up to when."""

    def __init__(
        self,
        stream: str,
        last: int | None = None,
        columns: Sequence[int] | None = None,
        shape: Sequence[int] | None = None,
    ) -> None:
        if last is not None and not 1 <= last <= STREAM_ROWS_MAX:
            raise InvalidArgumentError(f"last: must be from 1 to {STREAM_ROWS_MAX}, not {last}")
        self.stream, self.last = stream, last
        self.columns = None if columns is None else tuple(columns)
        self.shape = None if shape is None else tuple(shape)

    def __repr__(self) -> str:
        return f"<the window of the stream {self.stream}>"

    def to_wire(self) -> Frame:
        frame: Frame = {"stream": self.stream}
        if self.last is not None:
            frame["last"] = self.last
        if self.columns is not None:
            frame["columns"] = list(self.columns)
        if self.shape is not None:
            frame["shape"] = list(self.shape)
        return frame
