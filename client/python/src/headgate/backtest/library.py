"""The same backtest by an installed library where no gateway answers: a loop over the folds."""

from __future__ import annotations

import importlib
import importlib.util
import time
from typing import Any

import numpy as np

from ..fallback import Fallback, Outputs, Request, registered
from ..sklearn import Pipeline
from ..sklearn.training.classifier import TrainedClassifier
from ..sklearn.training.library import SOURCES
from ..sklearn.training.trained import Trained
from ..tensors import Array
from .folds import Labels, Plan, rows_of, split

Model = tuple[Any, float, Array | None]
"""A fitted estimator, the ms of its fit, and its importances."""


class Loop:
    """Backtests with the library's class of the estimator's name."""

    def __init__(self, estimator: Trained, splitter: dict[str, Any], refit_every: int | None, method: str):
        self._estimator = estimator
        self._last = estimator._last if isinstance(estimator, Pipeline) else estimator
        self._splitter = splitter
        self._refit_every = refit_every
        self._method = method

    def fallbacks(self) -> tuple[Fallback, ...]:
        """What was registered, then the library where it is installed."""
        own = registered("walk_forward")
        package = self._last._library.partition(".")[0]
        if package not in SOURCES or importlib.util.find_spec(package) is None:
            return own
        return (*own, Fallback(SOURCES[package], self._answer))

    def _answer(self, request: Request) -> Outputs:
        inputs = {name: np.asarray(value) for name, value in request.inputs.items()}
        X, y = inputs["X"], inputs["y"]
        rows = len(X)
        own, told = np.arange(rows), self._splitter
        end = np.minimum(np.maximum(inputs.get("label_end", own), own), rows)
        plan = split(told, rows, Labels(end, told["purge"], told["embargo"]))
        classes = np.unique(y) if isinstance(self._last, TrainedClassifier) else None
        return self._run(plan, X, y, inputs.get("sample_weight"), classes)

    def _run(
        self, plan: Plan, X: Array, y: Array, weight: Array | None, classes: Array | None
    ) -> dict[str, Any]:
        width = () if classes is None or self._method == "predict" else (len(classes),)
        is_text = classes is not None and not width and classes.dtype.kind in "OUS"
        empty: Any = "" if is_text else np.nan
        kind: Any = object if is_text else np.float64
        predictions = np.full((plan.paths, len(X), *width), empty, dtype=kind)
        fold_of = np.full((plan.paths, len(X)), -1, dtype=np.int32)
        scores, fit_ms, importances, trains = [], [], [], []
        model: Model | None = None
        first, train = 0, plan.folds[0].train
        for at, fold in enumerate(plan.folds):
            start = fold.test[0].start
            if model is None or self._refit_every is None or start - first >= self._refit_every:
                first, train = start, fold.train
                model = self._fit(X, y, weight, rows_of(train))
                fit_ms.append(model[1])
            else:
                fit_ms.append(0.0)
            trains.append(train)
            importances.append(model[2])
            tested = rows_of([(each.start, each.stop) for each in fold.test])
            scores.append(model[0].score(X[tested], y[tested]) if len(tested) > 1 or classes is not None
                          else np.nan)  # fmt: skip
            for block in fold.test:
                rows = slice(block.start, block.stop)
                predictions[block.path, rows] = self._predicted(model[0], X[rows], classes)
                fold_of[block.path, rows] = at
        single = plan.paths == 1
        outputs = {
            "predictions": predictions[0] if single else predictions,
            "fold": fold_of[0] if single else fold_of,
            "fold_scores": np.array(scores),
            "fold_fit_ms": np.array(fit_ms),
            "train_ranges": _padded(trains),
            "test_ranges": _padded([[(each.start, each.stop) for each in f.test] for f in plan.folds]),
        }
        if importances[0] is not None:
            outputs["feature_importances"] = np.stack([each for each in importances if each is not None])
        return outputs

    def _fit(self, X: Array, y: Array, weight: Array | None, rows: Array) -> Model:
        model, weight_name = self._made()
        further = {} if weight is None else {weight_name: weight[rows]}
        began = time.perf_counter()
        model.fit(X[rows], y[rows], **further)
        ms = (time.perf_counter() - began) * 1000
        last = model[-1] if isinstance(self._estimator, Pipeline) else model
        return model, ms, getattr(last, "feature_importances_", None)

    def _made(self) -> tuple[Any, str]:
        """An estimator of the library, and the name of the weights that its `fit` takes."""
        of = self._estimator
        if isinstance(of, Pipeline):
            return of.made_by_library(), f"{of.steps[-1][0]}__sample_weight"
        kind = getattr(importlib.import_module(of._library), type(of).__name__)
        return kind(**of.get_params(deep=False)), "sample_weight"

    def _predicted(self, model: Any, X: Array, classes: Array | None) -> Array:
        if classes is None or self._method == "predict":
            return np.asarray(model.predict(X))
        found = np.zeros((len(X), len(classes)))
        found[:, np.searchsorted(classes, model.classes_)] = model.predict_proba(X)
        return found


def _padded(ranges: Any) -> Array:
    found = np.zeros((len(ranges), max(map(len, ranges)), 2), dtype=np.int32)
    for at, each in enumerate(ranges):
        found[at, : len(each)] = each
    return found
