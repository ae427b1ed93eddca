"""The answer to an `infer`, and who may have made it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from .tensors import Array

Parameters = Mapping[str, str | int | float | bool | None]
Source = Literal["gateway", "local", "registered", "scikit-learn", "hmmlearn", "onnxruntime", "numpy"]


@dataclass(slots=True)
class Result:
    """The answer to an `infer`."""

    model: str
    version: str
    outputs: dict[str, Array]
    backend: str
    precision: str
    queue_ms: float
    compute_ms: float
    batch_size: int
    cached: bool
    source: Source = "gateway"

    def __getitem__(self, output: str) -> Array:
        return self.outputs[output]
