"""Asks the gateway for a backtest."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import partial
from typing import Any, Literal

import numpy as np

from ..results import Result
from ..sklearn import Pipeline
from ..sklearn.awaited import in_thread
from ..sklearn.pipeline import takes_nan
from ..sklearn.training import asking
from ..sklearn.training.classifier import TrainedClassifier
from ..sklearn.training.trained import Trained
from ..sklearn.validation import check_sample_weight
from . import library
from .results import BacktestResult, result_of
from .splitters import Splitter, wire_splitter

Method = Literal["predict", "predict_proba"]
Predictions = Literal["library", "onnx"]


def walk_forward(
    estimator: Trained,
    X: Any,
    y: Any,
    splitter: Splitter,
    *,
    refit_every: int | None = None,
    sample_weight: Any = None,
    label_end: Any = None,
    method: Method = "predict",
    predictions: Predictions = "library",
    workers: int | None = None,
    progress: bool = False,
) -> BacktestResult:
    """Fit the estimator fold by fold, and predict the rows that each fold did not see.

    The estimator itself stays as it is. A seed holds for each fold, as it does in a loop.

    :param estimator: a drop-in of `headgate.sklearn`, `.xgboost`, `.lightgbm` or `.torch` that a trainer fits
    :param refit_every: of `Rolling` and `Expanding`: keep a model for tests that begin fewer rows than this
        after its first one
    :param label_end: the index of the row at which each label is known; None: the row itself
    :param predictions: `onnx`: by the exported models, compared with the library on all tested rows
    :param workers: how many folds are fitted at one time, at most the gateway's threads of a training
    :param progress: whether to show a bar on stderr, of tqdm where that is installed
    :raises TypeError: for an estimator that is no such drop-in, or no splitter
    :raises InvalidArgumentError: naming the field, as where purging leaves a fold no row
    """
    if not isinstance(estimator, Trained):
        raise TypeError(
            "estimator must be a drop-in of headgate.sklearn, headgate.xgboost, headgate.lightgbm or "
            f"headgate.torch that a trainer fits, got {type(estimator).__name__}"
        )
    of = _copied(estimator)
    last = of._last if isinstance(of, Pipeline) else of
    array = of._fit_input(X)
    inputs = {"X": array, "y": last._target(y, array)}
    weight = check_sample_weight(sample_weight, array)
    if weight is not None:
        inputs["sample_weight"] = weight
    if label_end is not None:
        inputs["label_end"] = np.asarray(label_end, dtype=np.int64)
    splitter_told = wire_splitter(splitter)
    parameters: dict[str, Any] = {
        "estimator": {"trainer": of._servable, "parameters": of._wire_parameters(array)},
        "splitter": splitter_told,
        "method": method,
        "predictions": predictions,
        **_given(refit_every=refit_every, workers=workers),
    }
    loop = library.Loop(of, splitter_told, refit_every, method)
    training = asking.Training("walk_forward", inputs, parameters, None)
    title = f"walk_forward {type(estimator).__name__}" if progress else None
    found = asking.train(training, loop.fallbacks(), progress=title)
    classes = last.classes_ if isinstance(last, TrainedClassifier) else None
    index = next((found for found in map(_index_of, (X, y)) if found is not None), None)
    if isinstance(found, Result):
        return result_of(found.outputs, classes, index, found.source, None)
    return result_of(found.outputs, classes, index, "gateway", found.job)


async def awalk_forward(
    estimator: Trained, X: Any, y: Any, splitter: Splitter, **given: Any
) -> BacktestResult:
    """`walk_forward` for an event loop: `await` it. Cancelling the task cancels the backtest."""
    return await in_thread(partial(walk_forward, estimator, X, y, splitter, **given))


def _copied(estimator: Trained) -> Trained:
    """Unfitted, so that the fit's classes and columns are not left in the caller's."""
    if not isinstance(estimator, Pipeline):
        return type(estimator)(**estimator.get_params(deep=False))
    estimator._require_steps()
    steps = [(name, type(step)(**step.get_params(deep=False))) for name, step in estimator.steps]
    copied = Pipeline(steps)
    copied._allow_nan = takes_nan(steps)  # type: ignore[misc]
    return copied


def _index_of(table: Any) -> Any:
    pandas = sys.modules.get("pandas")
    is_table = pandas is not None and isinstance(table, pandas.DataFrame | pandas.Series)
    return table.index if is_table else None


def _given(**values: int | None) -> Mapping[str, int]:
    return {name: value for name, value in values.items() if value is not None}
