"""Tensors on the wire, ``{datatype, shape, data}`` in little-endian row-major order, and arrays."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from headgate_trainer.failure import invalid

Array = NDArray[Any]
Arrays = dict[str, Array]

DTYPES = {
    "BOOL": "|b1",
    "UINT8": "|u1",
    "UINT16": "<u2",
    "UINT32": "<u4",
    "UINT64": "<u8",
    "INT8": "|i1",
    "INT16": "<i2",
    "INT32": "<i4",
    "INT64": "<i8",
    "FP16": "<f2",
    "FP32": "<f4",
    "FP64": "<f8",
}
_DATATYPES = {np.dtype(dtype): datatype for datatype, dtype in DTYPES.items()}


def to_array(name: str, tensor: Any) -> Array:
    """Make an array of a tensor; strings become an array of objects."""
    try:
        datatype, shape = tensor["datatype"], tuple(int(size) for size in tensor["shape"])
        if datatype == "BYTES":
            return np.array(list(tensor["data"]), dtype=object).reshape(shape)
        return np.frombuffer(tensor["data"], dtype=DTYPES[datatype]).reshape(shape)
    except (KeyError, TypeError, ValueError) as error:
        raise invalid(f"inputs.{name}: the tensor's data does not have its shape") from error


def to_arrays(tensors: Mapping[str, Any]) -> Arrays:
    """Make arrays of tensors."""
    return {name: to_array(name, tensor) for name, tensor in tensors.items()}


def to_tensor(array: Array) -> dict[str, Any]:
    """Make a tensor of an array; an array of objects or of text holds strings."""
    if array.dtype.kind in "OU":
        values = [str(value) for value in array.reshape(-1)]
        return {"datatype": "BYTES", "shape": list(array.shape), "data": values}
    dtype = np.dtype(DTYPES[_DATATYPES[array.dtype.newbyteorder("<")]])
    data = np.ascontiguousarray(array, dtype=dtype).tobytes()
    return {"datatype": _DATATYPES[dtype], "shape": list(array.shape), "data": data}


def to_tensors(arrays: Mapping[str, Array]) -> dict[str, dict[str, Any]]:
    """Make tensors of arrays."""
    return {name: to_tensor(array) for name, array in arrays.items()}
