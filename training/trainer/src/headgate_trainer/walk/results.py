"""Puts the results of folds together, in whatever order they come."""

from collections.abc import Sequence

import numpy as np

from headgate_trainer.tensors import Array, Arrays
from headgate_trainer.walk.folds import Plan, Range


class BacktestResult:
    """The outputs of a backtest while they are filled in."""

    def __init__(
        self, plan: Plan, rows: int, classes: Array | None, answers_probabilities: bool
    ) -> None:
        self._plan = plan
        self._classes = classes
        self._is_label = classes is not None and not answers_probabilities
        folds = len(plan.folds)
        width = (len(classes),) if classes is not None and answers_probabilities else ()
        self._predictions = np.full((plan.paths, rows, *width), np.nan)
        self._fold = np.full((plan.paths, rows), -1, dtype=np.int32)
        self._scores = np.full(folds, np.nan)
        self._fit_ms = np.zeros(folds)
        self._importances: list[Array | None] = [None] * folds

    def take(self, at: int, found: Arrays) -> None:
        """Fill in the results of a fold."""
        done = 0
        for block in self._plan.folds[at].test:
            count = block.stop - block.start
            rows = (block.path, slice(block.start, block.stop))
            self._predictions[rows] = found["predictions"][done : done + count]
            self._fold[rows] = at
            done += count
        self._scores[at] = found["score"]
        self._fit_ms[at] = found["fit_ms"]
        self._importances[at] = found.get("feature_importances")

    def mean_score(self) -> float | None:
        """Average the scores of the folds that are done."""
        known = self._scores[np.isfinite(self._scores)]
        return float(known.mean()) if len(known) else None

    def outputs(self) -> Arrays:
        """Make the outputs, once all folds are done."""
        folds = self._plan.folds
        found = {
            "predictions": self._one_path(self._labelled()),
            "fold": self._one_path(self._fold),
            "fold_scores": self._scores,
            "train_ranges": padded([fold.train for fold in folds]),
            "test_ranges": padded(
                [[(each.start, each.stop) for each in fold.test] for fold in folds]
            ),
            "fold_fit_ms": self._fit_ms,
        }
        known = [each for each in self._importances if each is not None]
        # A pipeline's steps may make another number of columns in each fold.
        if len(known) == len(folds) and len({each.shape for each in known}) == 1:
            found["feature_importances"] = np.stack(known)
        if self._classes is not None:
            found["classes"] = self._classes
        return found

    def _one_path(self, values: Array) -> Array:
        return values[0] if self._plan.paths == 1 else values

    def _labelled(self) -> Array:
        """Put classes for their places among the classes."""
        if not self._is_label or self._classes is None:
            return self._predictions
        tested = self._fold >= 0
        places = np.where(tested, self._predictions, 0).astype(np.int64)
        labels = self._classes[places]
        if labels.dtype.kind == "U":
            return np.where(tested, labels, "")
        return np.where(tested, labels.astype(np.float64), np.nan)


def padded(ranges: Sequence[Sequence[Range]]) -> Array:
    """Make one array of the folds' ranges; a fold with fewer than another has empty ones behind."""
    found = np.zeros((len(ranges), max(map(len, ranges)), 2), dtype=np.int32)
    for at, each in enumerate(ranges):
        found[at, : len(each)] = each
    return found
