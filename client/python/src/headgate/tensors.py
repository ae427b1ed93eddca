"""Converts numpy arrays to the wire's tensors and back, without a copy where order and alignment allow."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import InternalError, InvalidArgumentError

Array = NDArray[Any]
Tensors = Mapping[str, ArrayLike]
Wire = dict[str, Any]

_DTYPES: dict[str, np.dtype[Any]] = {
    name: np.dtype(code)
    for name, code in {
        "FP64": "<f8",
        "FP32": "<f4",
        "FP16": "<f2",
        "INT64": "<i8",
        "INT32": "<i4",
        "INT16": "<i2",
        "INT8": "i1",
        "UINT64": "<u8",
        "UINT32": "<u4",
        "UINT16": "<u2",
        "UINT8": "u1",
        "BOOL": "?",
    }.items()
}
_BY_DTYPE: dict[np.dtype[Any], str] = {dtype: name for name, dtype in _DTYPES.items()}


# Below this size a copy is quicker than a view, and the caller may change the array at once.
_SMALL_BYTES = 4096


def to_wire(value: ArrayLike, name: str = "") -> Wire:
    """Make a tensor of anything numpy accepts; the array's own bytes are used when it is row-major.

    :raises InvalidArgumentError: for a dtype that the wire does not have
    """
    array = value if type(value) is np.ndarray else np.asarray(value)
    datatype = _BY_DTYPE.get(array.dtype)
    if datatype is None:
        if array.dtype.kind in "UOS":
            return _strings(array, name)
        array = array.astype(array.dtype.newbyteorder("<"))
        datatype = _BY_DTYPE.get(array.dtype)
        if datatype is None:
            raise InvalidArgumentError(f"inputs.{name}: numpy's {array.dtype} has no datatype on the wire")
    if array.nbytes <= _SMALL_BYTES:
        return {"datatype": datatype, "shape": array.shape, "data": array.tobytes()}
    view = np.ascontiguousarray(array).reshape(-1).view(np.uint8).data
    return {"datatype": datatype, "shape": array.shape, "data": view}


def _strings(array: Array, name: str) -> Wire:
    flat = array.reshape(-1).tolist()
    texts = [each.decode() if isinstance(each, bytes) else each for each in flat]
    if not all(isinstance(each, str) for each in texts):
        raise InvalidArgumentError(f"inputs.{name}: an array of objects must hold strings alone")
    return {"datatype": "BYTES", "shape": list(array.shape), "data": texts}


def from_wire(tensor: Wire) -> Array:
    """Make the array of a tensor: a read-only view of the received bytes; strings become an object array."""
    datatype, shape, data = tensor["datatype"], tensor["shape"], tensor["data"]
    if datatype == "BYTES":
        texts = np.empty(len(data), dtype=object)
        texts[:] = data
        array: Array = texts.reshape(shape)
        return array
    dtype = _DTYPES.get(datatype)
    if dtype is None or len(data) != prod(shape) * dtype.itemsize:
        raise InternalError(f"the gateway sent a {datatype} tensor {shape} of {len(data)} bytes")
    array = np.frombuffer(data, dtype=dtype)
    if not array.flags.aligned:
        array = array.copy()
    array = array.reshape(shape)
    return array


def datatype_of(dtype: np.dtype[Any]) -> str | None:
    """The wire's name of numpy's dtype, in either byte order; None for one that the wire does not have."""
    return _BY_DTYPE.get(dtype.newbyteorder("<"))


def dtype_of(datatype: str) -> np.dtype[Any]:
    """numpy's dtype for the name of a datatype; strings are objects."""
    return np.dtype(object) if datatype == "BYTES" else _DTYPES[datatype]
