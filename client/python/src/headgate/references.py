"""What may stand for an array in a request: rows that the gateway has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from .codec import Frame
from .errors import FailedPreconditionError, HeadgateError, said_more
from .tensors import Array, Tensors, to_wire


class InputUsed(NamedTuple):
    """What a reference stood for: rows of a version of a dataset, or of a stream, with its last time."""

    rows: tuple[int, int]
    dataset: str | None = None
    version: str | None = None
    columns: str | tuple[str | int, ...] | None = None
    stream: str | None = None
    last_ts: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """What there is of it, in plain Python."""
        return {name: value for name, value in self._asdict().items() if value is not None}


class Reference:
    """Rows that the gateway has, in place of an array; numpy makes the array where this client holds it."""

    automatic = False
    """Whether the client chose it by itself in place of an array, which is sent where it does not serve."""

    def to_wire(self) -> Frame:
        """The reference as the protocol has it."""
        raise NotImplementedError

    def local(self) -> Array:
        """The rows themselves.

        :raises FailedPreconditionError: when only the gateway has them
        """
        raise FailedPreconditionError(f"{self} is at the gateway alone: give the array to compute here")

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return np.array(self.local(), dtype=dtype, copy=copy is True or None)


def is_referring(inputs: Tensors) -> bool:
    """Whether an input is a reference."""
    return any(isinstance(each, Reference) for each in inputs.values())


def is_automatic(inputs: Tensors) -> bool:
    """Whether the client itself put references in place of arrays."""
    return any(isinstance(each, Reference) and each.automatic for each in inputs.values())


def without_automatic(inputs: Tensors) -> dict[str, Any]:
    """The inputs with the arrays that the client referred to by itself."""
    return {
        name: each.local() if isinstance(each, Reference) and each.automatic else each
        for name, each in inputs.items()
    }


def resolved(inputs: Tensors) -> Tensors:
    """The inputs with arrays alone, for whoever answers in place of the gateway.

    :raises FailedPreconditionError: when only the gateway has one, naming it
    """
    if not is_referring(inputs):
        return inputs
    return {name: each.local() if isinstance(each, Reference) else each for name, each in inputs.items()}


def resolved_or(inputs: Tensors, error: HeadgateError) -> Tensors:
    """As `resolved`, for what answers after an error of the gateway, which is raised where that cannot be."""
    try:
        return resolved(inputs)
    except FailedPreconditionError as missing:
        raise said_more(error, f" No fallback can answer: {missing.message}.") from error


def input_to_wire(value: Any, name: str) -> Frame:
    """An input as the protocol has it: a reference or a tensor."""
    return value.to_wire() if isinstance(value, Reference) else to_wire(value, name)


def inputs_used(told: Mapping[str, Frame] | None) -> dict[str, InputUsed]:
    """What an answer tells of the references that it was made of."""
    return {name: _used(each) for name, each in (told or {}).items()}


def _used(told: Frame) -> InputUsed:
    columns = told.get("columns")
    return InputUsed(
        (told["rows"][0], told["rows"][1]),
        told.get("ref"),
        told.get("version"),
        tuple(columns) if isinstance(columns, list) else columns,
        told.get("stream"),
        told.get("last_ts"),
    )
