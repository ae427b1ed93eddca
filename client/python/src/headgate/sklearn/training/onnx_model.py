"""Predicts with an exported model in this process, where onnxruntime is installed."""

from __future__ import annotations

import functools
import importlib.util
from typing import Any

import numpy as np

from ...fallback import Fallback, Outputs, Request
from ...tensors import Array

_DTYPES = {"tensor(float)": np.float32, "tensor(double)": np.float64}


def is_installed() -> bool:
    """Whether exported models can be run here; a module that is blocked in `sys.modules` is not there."""
    try:
        return importlib.util.find_spec("onnxruntime") is not None
    except ValueError:
        return False


def fallbacks_of(onnx: bytes | None) -> tuple[Fallback, ...]:
    """The model itself, in place of a gateway that does not answer."""
    if onnx is None or not is_installed():
        return ()

    def answer(request: Request) -> Outputs:
        return predicted(onnx, np.asarray(request.inputs["X"]))

    return (Fallback("onnxruntime", answer),)


def predicted(onnx: bytes, X: Array) -> dict[str, Array]:
    """All outputs of the model."""
    session = _session(onnx)
    (wanted,) = session.get_inputs()
    rows = np.ascontiguousarray(X, dtype=_DTYPES[wanted.type])
    names = [each.name for each in session.get_outputs()]
    return dict(zip(names, session.run(names, {wanted.name: rows}), strict=True))


@functools.lru_cache(maxsize=8)
def _session(onnx: bytes) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(onnx, options, providers=["CPUExecutionProvider"])
