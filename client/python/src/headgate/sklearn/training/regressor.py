"""Regressors that a trainer of the gateway fits."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...tensors import Array
from ..awaited import awaited
from .targets import number_target
from .trained import Trained


class TrainedRegressor(Trained):
    """Predicts numbers."""

    _kind = "regressor"

    def _target(self, y: Any, X: Array) -> Array:
        return number_target(y, X, type(self).__name__, self._trainer.multi_output)

    def predict(self, X: Any) -> Array:
        """A number for each row, or one for each output."""
        if self._is_here:
            return np.asarray(self._here.predict(self._input(X)))
        return self._predicted(X, "predictions")["predictions"]

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """The coefficient of determination, of several outputs the mean."""
        return self.score_of(self.predict(X), y, sample_weight)

    def score_of(self, found: Array, y: Any, sample_weight: Any) -> float:
        """The score of predictions."""
        truth = np.asarray(y, dtype=np.float64)
        mean = np.average(truth, axis=0, weights=sample_weight)
        errors = np.average((truth - found) ** 2, axis=0, weights=sample_weight)
        spread = np.average((truth - mean) ** 2, axis=0, weights=sample_weight)
        perfect = np.where(errors == 0, 1.0, 0.0)  # Of a constant truth, as scikit-learn has it
        with np.errstate(divide="ignore", invalid="ignore"):
            return float(np.mean(np.where(spread > 0, 1 - errors / spread, perfect)))

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import RegressorTags

        tags = super().__sklearn_tags__()
        tags.regressor_tags = RegressorTags()
        return tags

    apredict = awaited(predict)
    ascore = awaited(score)
