"""Networks that the gateway trains with torch, with scikit-learn's face: `fit(X, y)`, `predict(X)`, `score`.

torch is not needed here. No library takes over where no gateway answers, except what was registered.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .sklearn.missing import as_array
from .sklearn.training.boosted import Boosted
from .sklearn.training.classifier import TrainedClassifier
from .sklearn.training.regressor import TrainedRegressor
from .tensors import Array

__all__ = ["LSTMClassifier", "LSTMRegressor", "MLPTorchClassifier", "MLPTorchRegressor"]


class _Windows(Boosted):
    """X is [rows, window, columns]: windows of observations, the oldest first."""

    window_in_: int

    def _fit_input(self, X: Any, *, min_samples: int | None = None, float32: bool = True) -> Array:
        self._require_parameters()
        array = _windows(X, "X")
        self.n_features_in_, self.window_in_ = array.shape[2], array.shape[1]
        return array

    def _input(self, X: Any) -> Array:
        self._require_fitted()
        return self._like_fitted(X, "X")

    def _eval_rows(self, X: Any) -> Array:
        return self._like_fitted(X, "eval_set")

    def _like_fitted(self, X: Any, name: str) -> Array:
        array = _windows(X, name)
        wanted = (self.window_in_, self.n_features_in_)
        if array.shape[1:] != wanted:
            model = type(self).__name__
            raise ValueError(
                f"{name} has windows of shape {array.shape[1:]}, but {model} is expecting {wanted}"
            )
        return array


class LSTMClassifier(_Windows, TrainedClassifier, trainer="lstm_classifier"):
    """A long short-term memory over windows that predicts classes."""

    def _eval_target(self, y: Any, X: Any) -> Any:
        return self._known_classes(y, X)


class LSTMRegressor(_Windows, TrainedRegressor, trainer="lstm_regressor"):
    """A long short-term memory over windows that predicts numbers."""

    def _eval_target(self, y: Any, X: Any) -> Any:
        return self._target(y, X)


class MLPTorchClassifier(Boosted, TrainedClassifier, trainer="mlp_torch_classifier"):
    """A multi-layer perceptron of torch that predicts classes."""

    def _eval_target(self, y: Any, X: Any) -> Any:
        return self._known_classes(y, X)


class MLPTorchRegressor(Boosted, TrainedRegressor, trainer="mlp_torch_regressor"):
    """A multi-layer perceptron of torch that predicts numbers."""

    def _eval_target(self, y: Any, X: Any) -> Any:
        return self._target(y, X)


def _windows(X: Any, name: str) -> Array:
    array = as_array(X)
    if array.dtype.kind not in "fiub":
        array = array.astype(np.float64)
    if array.ndim != 3:
        raise ValueError(
            f"{name} must have three dimensions, [rows, window, columns], got an array of shape {array.shape}"
        )
    if array.dtype != np.float32:
        array = array.astype(np.float64, copy=False)
    if not np.isfinite(array).all():
        raise ValueError(f"Input {name} contains NaN or infinity.")
    return array
