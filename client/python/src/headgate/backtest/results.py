"""What a backtest answers."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ..results import Source
from ..tensors import Array

Range = tuple[int, int]


class Fold(NamedTuple):
    """The rows that a model was trained on and those that it was tested on, as half-open ranges."""

    train: tuple[Range, ...]
    test: tuple[Range, ...]

    @property
    def train_rows(self) -> Array:
        """The rows one by one."""
        return np.concatenate([np.arange(*each) for each in self.train])

    @property
    def test_rows(self) -> Array:
        """The rows one by one."""
        return np.concatenate([np.arange(*each) for each in self.test])


@dataclass(frozen=True, slots=True)
class BacktestResult:
    """The predictions of rows by models that were not trained on them."""

    predictions: Any
    """`[rows]`, of probabilities `[rows, classes]`; of several paths `[paths, rows]` and so on. NaN, of text
    None, where no fold tests the row. Where X or y came from pandas a Series or DataFrame with its index,
    whose columns are the classes or the paths."""
    fold: Array
    """The fold that tests each row, -1 where none does."""
    fold_scores: Array
    """The accuracy or R² of each fold on the rows that it tests."""
    feature_importances: Array | None
    """`[folds, columns]`, where the estimator has any."""
    folds: Sequence[Fold]
    fold_fit_ms: Array
    """Of the library's fit of each fold; 0 where an earlier model was kept."""
    classes: Array | None
    """The classes of a classifier, sorted."""
    source: Source
    """Who fitted: the gateway, or an installed library in its place."""
    job: str | None
    """The gateway's job."""


def result_of(
    outputs: Mapping[str, Array], classes: Array | None, index: Any, source: Source, job: str | None
) -> BacktestResult:
    """Of the outputs of the trainer, or of the loop in its place."""
    predictions = _typed(outputs["predictions"], outputs["fold"], classes)
    return BacktestResult(
        predictions=_indexed(predictions, outputs["fold"].ndim == 2, classes, index),
        fold=outputs["fold"],
        fold_scores=outputs["fold_scores"],
        feature_importances=outputs.get("feature_importances"),
        folds=[
            Fold(_ranges(train), _ranges(test))
            for train, test in zip(outputs["train_ranges"], outputs["test_ranges"], strict=True)
        ],
        fold_fit_ms=outputs["fold_fit_ms"],
        classes=classes,
        source=source,
        job=job,
    )


def _ranges(padded: Array) -> tuple[Range, ...]:
    return tuple((int(first), int(behind)) for first, behind in padded if behind > first)


def _typed(predictions: Array, fold: Array, classes: Array | None) -> Array:
    """Text with None for no prediction; integers where every row has one."""
    if classes is None or predictions.ndim > fold.ndim:
        return np.array(predictions)
    if predictions.dtype.kind in "OU":
        found = np.array(predictions, dtype=object)
        found[fold < 0] = None
        return found
    return predictions.astype(classes.dtype) if (fold >= 0).all() else np.array(predictions)


def _indexed(predictions: Array, has_paths: bool, classes: Array | None, index: Any) -> Any:
    pandas = sys.modules.get("pandas")
    if index is None or pandas is None or predictions.ndim > 2:
        return predictions
    if predictions.ndim == 1:
        return pandas.Series(predictions, index=index, name="prediction")
    if has_paths:
        return pandas.DataFrame(predictions.T, index=index)
    return pandas.DataFrame(predictions, index=index, columns=classes)
