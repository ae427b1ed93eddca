"""Drop-ins for xgboost's estimators: `from headgate.xgboost import XGBClassifier`.

xgboost is not needed. Where it is installed it takes over when no gateway answers, and is told as the
source.
"""

from __future__ import annotations

from typing import Any

from .sklearn.training.boosted import Boosted
from .sklearn.training.classifier import TrainedClassifier
from .sklearn.training.regressor import TrainedRegressor

__all__ = ["XGBClassifier", "XGBRegressor"]


class _Xgb(Boosted):
    best_iteration_: int
    best_score_: float

    @property
    def best_iteration(self) -> int:
        """With early stopping, the index of the best iteration."""
        self._require_fitted()
        return self.best_iteration_

    @property
    def best_score(self) -> float:
        """With early stopping, the metric at the best iteration."""
        self._require_fitted()
        return self.best_score_

    def evals_result(self) -> dict[str, dict[str, list[float]]]:
        """Each metric on the eval set after each iteration."""
        if self._is_here:
            found: dict[str, dict[str, list[float]]] = self._here.evals_result()
            return found
        return {"validation_0": self._curves} if self._curves else {}


class XGBClassifier(_Xgb, TrainedClassifier, trainer="xgb_classifier", library="xgboost"):
    """Boosted trees that predict classes; as `xgboost.XGBClassifier`."""

    def _eval_target(self, y: Any, X: Any) -> Any:
        return self._known_classes(y, X)


class XGBRegressor(_Xgb, TrainedRegressor, trainer="xgb_regressor", library="xgboost"):
    """Boosted trees that predict numbers; as `xgboost.XGBRegressor`."""

    def _eval_target(self, y: Any, X: Any) -> Any:
        return self._target(y, X)
