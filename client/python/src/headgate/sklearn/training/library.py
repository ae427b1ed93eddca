"""The fit by an installed library where no gateway answers; its estimator then predicts."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping
from typing import Any

import numpy as np

from ...fallback import Fallback, Outputs, Request, registered
from ...results import Source
from ...tensors import Array

SOURCES: Mapping[str, Source] = {
    "sklearn": "scikit-learn",
    "xgboost": "xgboost",
    "lightgbm": "lightgbm",
}
ESTIMATOR = "estimator"
"""The output of a fallback that is the fitted estimator itself."""


def fallbacks_of(
    trainer: str, module: str, name: str, parameters: Mapping[str, Any], fit: Mapping[str, Any]
) -> tuple[Fallback, ...]:
    """What was registered for the trainer, then the library's own class with the same parameters."""
    package = module.partition(".")[0]
    own = registered(trainer)
    if package not in SOURCES or importlib.util.find_spec(package) is None:
        return own

    def answer(request: Request) -> Outputs:
        kind = getattr(importlib.import_module(module), name)
        estimator = kind(**parameters)
        inputs = {each: np.asarray(request.inputs[each]) for each in ("X", "y", "sample_weight")
                  if each in request.inputs}  # fmt: skip
        estimator.fit(inputs.pop("X"), inputs.pop("y"), **inputs, **fit)
        return {ESTIMATOR: boxed(estimator)}

    return (*own, Fallback(SOURCES[package], answer))


def boxed(value: Any) -> Array:
    """An array of one object: numpy would make an array of a forest's trees."""
    box = np.empty((), dtype=object)
    box[()] = value
    return box
