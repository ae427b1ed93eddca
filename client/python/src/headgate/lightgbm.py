"""Drop-ins for lightgbm's estimators: `from headgate.lightgbm import LGBMClassifier`.

lightgbm is not needed. Where it is installed it takes over when no gateway answers, and is told as the
source.
"""

from __future__ import annotations

from typing import Any

from .sklearn.training.boosted import Boosted
from .sklearn.training.classifier import TrainedClassifier
from .sklearn.training.regressor import TrainedRegressor

__all__ = ["LGBMClassifier", "LGBMRegressor"]


_CONSTRUCTOR = frozenset({
    "boosting_type", "num_leaves", "max_depth", "learning_rate", "n_estimators", "subsample_for_bin",
    "objective", "class_weight", "min_split_gain", "min_child_weight", "min_child_samples", "subsample",
    "subsample_freq", "colsample_bytree", "reg_alpha", "reg_lambda", "random_state", "n_jobs",
    "importance_type",
})  # fmt: skip
"""What lightgbm's constructors name; all else is theirs as further keywords."""


class _Lgbm(Boosted):
    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Those of lightgbm's constructor, and of its core's further ones those that are not the defaults."""
        given = super().get_params(deep)
        defaults = self._trainer.parameters
        return {
            name: value
            for name, value in given.items()
            if name in _CONSTRUCTOR or repr(value) != repr(defaults[name])
        }

    @property
    def evals_result_(self) -> dict[str, dict[str, list[float]]]:
        """Each metric on the eval set after each iteration."""
        if self._is_here:
            found: dict[str, dict[str, list[float]]] = self._here.evals_result_
            return found
        return {"valid_0": self._curves} if self._curves else {}


class LGBMClassifier(_Lgbm, TrainedClassifier, trainer="lgbm_classifier", library="lightgbm"):
    """Boosted trees that predict classes; as `lightgbm.LGBMClassifier`."""

    def _eval_target(self, y: Any, X: Any) -> Any:
        return self._known_classes(y, X)


class LGBMRegressor(
    _Lgbm, TrainedRegressor, trainer="lgbm_regressor", library="lightgbm", alone={"class_weight": None}
):
    """Boosted trees that predict numbers; as `lightgbm.LGBMRegressor`."""

    def _eval_target(self, y: Any, X: Any) -> Any:
        return self._target(y, X)
