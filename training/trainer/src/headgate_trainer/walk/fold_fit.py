"""Fits one fold by the estimator's own trainer, and predicts the rows that it tests."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgpack
import numpy as np

from headgate_trainer.explanation import explain
from headgate_trainer.failure import TrainingError, unfit
from headgate_trainer.fit_inputs import Table
from headgate_trainer.job import Job
from headgate_trainer.registry import FittedModel, Trainer
from headgate_trainer.scores import r2
from headgate_trainer.tensors import Array, Arrays, to_arrays, to_tensors
from headgate_trainer.walk.folds import Fold, rows_of

ESTIMATOR = "parameters.estimator.parameters"


@dataclass(frozen=True)
class Backtest:
    """What all folds have in common."""

    trainer: Trainer
    parameters: dict[str, Any]
    table: Table
    classes: Array | None
    """The classes of y, where the estimator predicts classes."""
    answers_probabilities: bool
    through_onnx: bool
    threads: int

    def fold_job(self, ranges: Sequence[tuple[int, int]] | None) -> Job:
        """Make the training of these rows, or of all."""
        table = self.table
        rows: Any = slice(None) if ranges is None else rows_of(ranges)
        if ranges is not None and len(ranges) == 1:
            rows = slice(*ranges[0])  # A slice is no copy; the trainer makes its own.
        y = table.y[rows]
        inputs = {"X": table.X[rows], "y": y.astype(object) if y.dtype.kind == "U" else y}
        if table.sample_weight is not None:
            inputs["sample_weight"] = table.sample_weight[rows]
        name = self.trainer.name
        return Job(
            name,
            name,
            inputs,
            self.parameters,
            self.through_onnx,
            self.threads,
            ignore,
            scored=False,
        )


def ignore(message: dict[str, Any]) -> None:
    """Send nothing: the progress of a backtest is the folds that are done."""
    del message


def fit_folds(backtest: Backtest, folds: Sequence[tuple[int, Fold]]) -> bytes:
    """Fit the first of these folds, and predict the tests of all of them.

    The answer has what ``read_answer`` reads: the results of each fold, or the failure.
    """
    at, fold = folds[0]
    job = backtest.fold_job(fold.train)
    try:
        model = backtest.trainer.fit(job)
        graph = _graph_of(model, job) if backtest.through_onnx else None
        results = [(each, _test(backtest, model, graph, one, job)) for each, one in folds]
    except Exception as error:
        failure = within_estimator(explain(error, job), at)
        return _pack({"code": failure.code, "message": failure.message})
    for each, result in results:
        result["fit_ms"] = np.array(model.fit_ms if each == at else 0.0)
        if "feature_importances" in model.attributes:
            result["feature_importances"] = model.attributes["feature_importances"]
    return _pack({"folds": [[each, to_tensors(result)] for each, result in results]})


def read_answer(answer: bytes) -> list[tuple[int, Arrays]]:
    """Read the results by fold, or raise the failure."""
    told = msgpack.unpackb(answer)
    if "code" in told:
        raise TrainingError(told["code"], told["message"])
    return [(each, to_arrays(result)) for each, result in told["folds"]]


def _pack(told: dict[str, Any]) -> bytes:
    packed: bytes = msgpack.packb(told)
    return packed


def within_estimator(error: TrainingError, fold: int | None = None) -> TrainingError:
    """Begin the message with the place of the estimator's parameter, and tell the fold."""
    message = error.message
    if message.startswith("parameters."):
        message = f"{ESTIMATOR}{message.removeprefix('parameters')}"
    return TrainingError(error.code, message if fold is None else f"{message} (in fold {fold})")


def _test(
    backtest: Backtest, model: FittedModel, graph: bytes | None, fold: Fold, job: Job
) -> Arrays:
    rows = rows_of([(block.start, block.stop) for block in fold.test])
    X, y = backtest.table.X[rows], backtest.table.y[rows]
    answers = model.predict(X)
    if graph is not None:
        answers = _through(graph, model, X, answers, job)
    if backtest.classes is None:
        predictions = answers["predictions"].reshape(len(X))
        score = r2(y, predictions) if len(X) > 1 else float("nan")
        return {"predictions": predictions, "score": np.array(score)}
    labels = answers["labels"]
    predictions = np.searchsorted(backtest.classes, labels.astype(backtest.classes.dtype))
    if backtest.answers_probabilities:
        # A class that no training row has is never predicted: its probability is 0.
        predictions = np.zeros((len(X), len(backtest.classes)))
        known = np.searchsorted(backtest.classes, model.attributes["classes"])
        predictions[:, known] = answers["probabilities"]
    return {"predictions": predictions, "score": np.array(float(np.mean(labels == y)))}


def _graph_of(model: FittedModel, job: Job) -> bytes:
    from headgate_trainer.training import sendable

    return sendable(model.to_onnx(job.inputs["X"][:1]))


def _through(graph: bytes, model: FittedModel, X: Array, want: Arrays, job: Job) -> Arrays:
    """Answer by the graph, and refuse it where it is not equal to the library."""
    from headgate_trainer.proof import open_graph, require_equal, run_graph, tolerance_of

    if np.isnan(X).any() and not model.accepts_missing:
        raise unfit("inputs.X: has NaN in rows to test, which the exported model does not take")
    got = run_graph(job, open_graph(job, graph), X, list(want))
    unique = model.comparable(X)
    rows: Any = slice(None) if unique is None else unique
    for name, answers in want.items():
        allowed = tolerance_of(answers, model.tolerance)
        require_equal(name, got[name][rows], answers[rows], allowed)
    return got
