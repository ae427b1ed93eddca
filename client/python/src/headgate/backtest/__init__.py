"""Backtests by folds: `walk_forward(RandomForestClassifier(), X, y, Rolling(500, 20))`.

One request fits the estimator fold by fold at the gateway, several folds at one time, and answers the
predictions of rows that no model was trained on. Rows are in the order of time.
"""

from __future__ import annotations

from .results import BacktestResult, Fold
from .splitters import CombinatorialPurged, Expanding, PurgedKFold, Rolling
from .walk import awalk_forward, walk_forward

__all__ = [
    "BacktestResult",
    "CombinatorialPurged",
    "Expanding",
    "Fold",
    "PurgedKFold",
    "Rolling",
    "awalk_forward",
    "walk_forward",
]
