"""The columns of a table, in this client's own memory: what is put, and what references are resolved with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..errors import InvalidArgumentError
from ..tensors import Array, datatype_of

ONLY = "X"
"""The name of the column of an array, and of a series without a name."""


class Columns(NamedTuple):
    """Arrays of equally many rows by name, which nobody else can write to."""

    arrays: Mapping[str, Array]
    matrix: Array | None
    """All columns side by side, in their order; None when they are several of several types."""

    @property
    def rows(self) -> int:
        """How many rows each has."""
        return len(next(iter(self.arrays.values())))

    @property
    def names(self) -> tuple[str, ...]:
        """Of the columns, in their order."""
        return tuple(self.arrays)

    def select(self, names: str | Sequence[str] | None) -> Array:
        """One column with its own shape, or a matrix of several.

        :raises InvalidArgumentError: for a column that there is not, and for columns of several types
        """
        if names is None:
            names = self.names[0] if len(self.arrays) == 1 else self.names
        for name in (names,) if isinstance(names, str) else names:
            if name not in self.arrays:
                raise InvalidArgumentError(
                    f"columns: there is no {name!r}; there are {', '.join(self.names)}"
                )
        if isinstance(names, str):
            return self.arrays[names]
        if self.matrix is not None and tuple(names) == self.names:
            return self.matrix
        chosen = [self.arrays[name] for name in names]
        types = sorted({str(each.dtype) for each in chosen})
        if len(types) > 1:
            raise InvalidArgumentError(f"columns: of the types {', '.join(types)}: choose some of one type")
        return np.column_stack(chosen)

    def extended(self, more: Columns) -> Columns:
        """These rows and further ones below."""
        if self.matrix is not None and more.matrix is not None and self.matrix.ndim == 2:
            return _of_matrix(np.concatenate([self.matrix, more.matrix]), self.names, copy=False)
        return _of_arrays(
            {name: np.concatenate([each, more.arrays[name]]) for name, each in self.arrays.items()}
        )


def columns_of(data: Any) -> Columns:
    """A copy of a pandas frame or series, a mapping of arrays, or an array.

    :raises InvalidArgumentError: for no rows, rows of several lengths, and types that cannot be kept
    """
    if hasattr(data, "dtypes") and hasattr(data, "columns"):
        return _of_frame(data)
    if isinstance(data, Mapping):
        if not data:
            raise InvalidArgumentError("data: has no columns")
        return _of_arrays({str(name): np.array(each) for name, each in data.items()})
    name = getattr(data, "name", None) if hasattr(data, "iloc") else None
    return _of_arrays({ONLY if name is None else str(name): np.array(data)})


def rows_like(data: Any, like: Columns) -> Columns:
    """Further rows of a table: its columns, in its types.

    :raises InvalidArgumentError: for other columns, and for values that its types do not hold
    """
    if not isinstance(data, Mapping) and not hasattr(data, "dtypes") and len(like.arrays) > 1:
        data = np.atleast_2d(np.asarray(data))
        if data.shape[1] != len(like.arrays):
            raise InvalidArgumentError(f"data: has {data.shape[1]} columns, the dataset {len(like.arrays)}")
        data = dict(zip(like.names, data.T, strict=True))
    elif not isinstance(data, Mapping) and len(like.arrays) == 1:
        data = {like.names[0]: np.asarray(data)}
    more = columns_of(data)
    if set(more.arrays) != set(like.arrays):
        raise InvalidArgumentError(
            f"data: has the columns {list(more.arrays)}, the dataset {list(like.names)}"
        )
    given = {name: _like(name, more.arrays[name], each) for name, each in like.arrays.items()}
    if like.matrix is not None and like.matrix.ndim == 2 and len(given) > 1:
        return _of_matrix(np.column_stack(list(given.values())), like.names)
    return _of_arrays(given)


def _like(name: str, given: Array, like: Array) -> Array:
    if given.ndim == like.ndim - 1 and given.shape == like.shape[1:]:
        given = given[None]
    if given.shape[1:] != like.shape[1:]:
        raise InvalidArgumentError(
            f"columns.{name}: has rows of the shape {given.shape[1:]}, the dataset {like.shape[1:]}"
        )
    if not np.can_cast(given.dtype, like.dtype, "same_kind"):
        raise InvalidArgumentError(f"columns.{name}: is {given.dtype}, and the dataset has {like.dtype}")
    with np.errstate(over="ignore", invalid="ignore"):
        own = given.astype(like.dtype)
    if not _is_held(given, own):
        raise InvalidArgumentError(
            f"columns.{name}: has values that {like.dtype}, the dataset's type, cannot hold"
        )
    return own


def _is_held(given: Array, own: Array) -> bool:
    """Whether integers are the same in the type, and finite numbers finite; floats may be rounded."""
    if given.dtype.kind in "iub" and own.dtype.kind in "iu":
        return bool((own == given).all() and ((own < 0) == (given < 0)).all())
    if own.dtype.kind == "f" and given.dtype.kind == "f":
        return bool((np.isfinite(own) == np.isfinite(given)).all())
    return True


def _of_frame(frame: Any) -> Columns:
    names = [str(name) for name in frame.columns]
    if len(set(names)) != len(names):
        raise InvalidArgumentError("data: two columns have the same name")
    kinds = {np.asarray(frame.iloc[:, at]).dtype for at in range(len(names))}
    if len(kinds) == 1:
        return _of_matrix(np.asarray(frame.to_numpy(dtype=kinds.pop())), tuple(names))
    return _of_arrays({name: np.array(frame.iloc[:, at]) for at, name in enumerate(names)})


def _of_matrix(matrix: Array, names: tuple[str, ...], copy: bool = True) -> Columns:
    """Column after column in memory, so that each is sent without a further copy."""
    own = np.array(matrix, order="F", copy=copy or None)
    own.flags.writeable = False
    return _checked(Columns({name: own[:, at] for at, name in enumerate(names)}, own))


def _of_arrays(arrays: dict[str, Array]) -> Columns:
    for each in arrays.values():
        each.flags.writeable = False
    only = next(iter(arrays.values())) if len(arrays) == 1 else None
    return _checked(Columns(arrays, only))


def _checked(columns: Columns) -> Columns:
    lengths = set()
    for name, each in columns.arrays.items():
        if each.ndim == 0:
            raise InvalidArgumentError(f"columns.{name}: must be an array, with a row for each time")
        if each.dtype.kind in "OUSMm" or datatype_of(each.dtype) is None:
            raise InvalidArgumentError(
                f"columns.{name}: a dataset keeps numbers and booleans, no {each.dtype}: leave it out"
            )
        lengths.add(len(each))
    if len(lengths) != 1 or lengths == {0}:
        raise InvalidArgumentError(f"columns: have {sorted(lengths)} rows: equally many, and one at least")
    return columns
