"""Every drop-in of headgate.sklearn for a fit, by what it exports, with scikit-learn's class of its name.

Those that trainers fit have tests of their own, test_trained.py: they need a gateway with a trainer.
"""

from __future__ import annotations

from typing import Any

from sklearn.utils.discovery import all_estimators

import headgate.sklearn as ours
from headgate.sklearn.base import Estimator
from headgate.sklearn.training.trained import Trained

DROP_INS: list[type[Any]] = [
    each
    for each in (getattr(ours, name) for name in ours.__all__)
    if isinstance(each, type) and issubclass(each, Estimator) and not issubclass(each, Trained)
]
_SCIKIT_LEARNS = dict(all_estimators())
THEIRS: dict[type[Any], type[Any]] = {each: _SCIKIT_LEARNS[each.__name__] for each in DROP_INS}
# Fitted in the container alone: to the gateway these are steps of a pipeline, and no fits of their own.
STEPS_ALONE = (ours.MinMaxScaler, ours.RobustScaler, ours.SimpleImputer)
BY_SERVABLE: dict[str, type[Any]] = {each._servable: each for each in DROP_INS if each not in STEPS_ALONE}

_VERBS = (
    "transform", "inverse_transform", "predict", "predict_proba", "score_samples", "decision_function",
    "mahalanobis", "score",
)  # fmt: skip


def verbs(kind: type[Any]) -> str:
    """The verbs after a fit that scikit-learn's class has."""
    # An imputer without an indicator refuses to go back.
    left = "inverse_transform" if kind is ours.SimpleImputer else ""
    return " ".join(verb for verb in _VERBS if hasattr(THEIRS[kind], verb) and verb != left)
