"""The answer to an `infer`, and the sources that can make it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from .references import InputUsed
from .tensors import Array

Parameters = Mapping[str, str | int | float | bool | None]
Source = Literal[
    "gateway",
    "local",
    "registered",
    "scikit-learn",
    "xgboost",
    "lightgbm",
    "hmmlearn",
    "onnxruntime",
    "numpy",
]


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
    inputs_used: dict[str, InputUsed] = field(default_factory=dict)
    """What the references in its inputs stood for."""

    def __getitem__(self, output: str) -> Array:
        return self.outputs[output]

    def to_dict(self) -> dict[str, Any]:
        """The answer in plain Python: arrays become lists, and numbers Python's own."""
        plain = {
            name: getattr(self, name)
            for name in self.__dataclass_fields__
            if name not in ("outputs", "inputs_used")
        }
        outputs = {name: value.tolist() for name, value in self.outputs.items()}
        used = {name: each.to_dict() for name, each in self.inputs_used.items()}
        return {**plain, "outputs": outputs, "inputs_used": used}

    def to_json(self) -> str:
        """The answer as JSON; NaN and infinity, which JSON does not have, become null."""
        return json.dumps(finite(self.to_dict()), allow_nan=False)


def json_default(value: Any) -> Any:
    """For `json.dumps(..., default=headgate.json_default)`: answers, arrays and numpy's numbers.

    :raises TypeError: for what is none of these
    """
    if isinstance(value, Result):
        return finite(value.to_dict())
    if isinstance(value, np.ndarray | np.generic):
        return finite(value.tolist())
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def finite(value: Any) -> Any:
    """The value with null in place of NaN and infinity."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list):
        return [finite(each) for each in value]
    if isinstance(value, dict):
        return {name: finite(each) for name, each in value.items()}
    return value
