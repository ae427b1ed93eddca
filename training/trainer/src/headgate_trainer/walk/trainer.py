"""The trainer ``walk_forward``: from the request to the folds, and from their results to one."""

import importlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from headgate_trainer.failure import TrainingError, invalid
from headgate_trainer.fit_inputs import Table, read_table
from headgate_trainer.job import Job
from headgate_trainer.parameters import Parameter
from headgate_trainer.registry import (
    FittedModel,
    TensorSpec,
    Trainer,
    all_trainers,
    installed_version,
    register,
)
from headgate_trainer.tensors import Array
from headgate_trainer.walk import signature
from headgate_trainer.walk.fold_fit import (
    Backtest,
    fit_folds,
    ignore,
    read_answer,
    within_estimator,
)
from headgate_trainer.walk.folds import Fold, Labels, Plan, rows_of
from headgate_trainer.walk.pool import CrewSize, run_forked, workers_max
from headgate_trainer.walk.results import BacktestResult
from headgate_trainer.walk.splitters import split

WALKS = ("rolling", "expanding")
# Libraries whose threads may be several after a fork; the others' are OpenMP's (see pool).
THREADED_LIBRARY = "scikit-learn"
MODULES = {"scikit-learn": "sklearn.ensemble", "xgboost-cpu": "xgboost"}
Values = Mapping[str, Any]


class WalkForwardTrainer(Trainer):
    """Fits an estimator fold by fold, several folds at one time."""

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """List the parameters."""
        return signature.parameters(
            [
                name
                for name, trainer in all_trainers().items()
                if name != self.name and trainer.application_input is None
            ]
        )

    @property
    def inputs(self) -> tuple[TensorSpec, ...]:
        """List X, y, the weights, and when the labels are known."""
        return signature.INPUTS

    @property
    def outputs(self) -> tuple[TensorSpec, ...]:
        """List the results of the backtest."""
        return signature.OUTPUTS

    @property
    def predictions(self) -> tuple[TensorSpec, ...]:
        """List nothing: a backtest is no model."""
        return ()

    def check(self, job: Job) -> None:
        """Refuse what the estimator refuses, and inputs that are none."""
        known = [spec.name for spec in self.inputs]
        for name in job.inputs:
            if name not in known:
                raise invalid(f"inputs.{name}: {self.name} takes {', '.join(known)}")
        values = self.values(job)
        estimator = _estimator(values)
        if installed_version(estimator.library) is None:
            raise invalid(
                f"parameters.estimator.trainer: {estimator.name} is not installed here; "
                "`headgate trainer status` tells what to type"
            )
        if values["refit_every"] is not None and values["splitter"]["kind"] not in WALKS:
            raise invalid("parameters.refit_every: is for the splitters rolling and expanding")
        family = _family(estimator, values["estimator"]["parameters"])
        if values["method"] == "predict_proba":
            _require_probabilities(estimator, family)

    def fit(self, job: Job) -> FittedModel:
        """Fit all folds."""
        values = self.values(job)
        estimator = _estimator(values)
        table, family = _read(job, values, estimator)
        plan = split(values["splitter"], len(table.X), _labels(job, values, len(table.X)))
        plan, groups = _grouped(plan, values["refit_every"])
        classes = None
        if family == "classifier":
            classes, codes = np.unique(table.y, return_inverse=True)
            _require_classes(plan, groups, classes, codes)
        most = workers_max(job.threads)
        workers = min(values["workers"] or most, most, len(groups))
        shared = max(1, job.threads // workers)
        threads = shared if estimator.library == THREADED_LIBRARY else 1
        backtest = Backtest(
            estimator,
            dict(values["estimator"]["parameters"]),
            table,
            classes,
            values["method"] == "predict_proba",
            values["predictions"] == "onnx",
            threads,
        )
        _check_estimator(backtest)
        return _run(job, backtest, plan, groups, workers)


def _run(
    job: Job, backtest: Backtest, plan: Plan, groups: Sequence[Sequence[int]], workers: int
) -> FittedModel:
    # Before the forks, so that the children have the library in the memory that they share.
    importlib.import_module(MODULES.get(backtest.trainer.library, backtest.trainer.library))
    result = BacktestResult(
        plan, len(backtest.table.X), backtest.classes, backtest.answers_probabilities
    )
    done = 0

    def work(task: int) -> bytes:
        return fit_folds(backtest, [(at, plan.folds[at]) for at in groups[task]])

    def take(answer: bytes) -> None:
        nonlocal done
        for at, found in read_answer(answer):
            result.take(at, found)
            done += 1
        job.progress(iteration=done, share_done=done / len(plan.folds), score=result.mean_score())

    began = time.perf_counter()
    size = CrewSize(workers, min(workers, job.threads), backtest.threads)
    run_forked(work, len(groups), size, take, job.check)
    return BacktestModel(result, (time.perf_counter() - began) * 1000)


class BacktestModel(FittedModel):
    """The results of a backtest, which cannot predict."""

    family = "other"

    def __init__(self, result: BacktestResult, fit_ms: float) -> None:
        self.attributes = result.outputs()
        self.fit_ms = fit_ms

    def predict(self, X: Array) -> Any:
        """Refuse: there is a model a fold, and none is kept."""
        raise NotImplementedError("a backtest has no model that predicts")


def _estimator(values: Values) -> Trainer:
    return all_trainers()[values["estimator"]["trainer"]]


def _family(estimator: Trainer, parameters: Values) -> str:
    """Tell whether it predicts classes; a pipeline does what its own estimator does."""
    if estimator.family != "other":
        return estimator.family
    try:
        values = estimator.values(_job_of(parameters))
    except TrainingError as error:
        raise within_estimator(error) from error
    return all_trainers()[values["estimator"]["trainer"]].family


def _job_of(parameters: Values) -> Job:
    return Job("", "", {}, parameters, False, 1, ignore)


def _require_probabilities(estimator: Trainer, family: str) -> None:
    if family != "classifier":
        raise invalid(f"parameters.method: {estimator.name} predicts values; use predict")
    if "probabilities" not in [spec.name for spec in estimator.predictions]:
        raise invalid(f"parameters.method: {estimator.name} has no probabilities; use predict")


def _read(job: Job, values: Values, estimator: Trainer) -> tuple[Table, str]:
    family = _family(estimator, values["estimator"]["parameters"])
    specs = {spec.name: spec for spec in estimator.inputs}
    table = read_table(
        replace(job, scored=False),
        classifier=family == "classifier",
        accepts_missing=specs["X"].allow_non_finite,
        outputs_max=1,
        dimensions=len(specs["X"].shape),
    )
    if table.y.ndim != 1:
        raise invalid("inputs.y: must have one value a row")
    if table.sample_weight is not None and "sample_weight" not in specs:
        raise invalid(f"inputs.sample_weight: {estimator.name} takes no weights")
    return table, family


def _labels(job: Job, values: Values, rows: int) -> Labels:
    own = np.arange(rows)
    end = job.inputs.get("label_end", own)
    if end.dtype.kind not in "iu" or end.shape != (rows,):
        raise invalid(f"inputs.label_end: must be the index of a row for each of the {rows} rows")
    early = np.flatnonzero(end < own)
    if len(early):
        at = early[0]
        raise invalid(
            f"inputs.label_end: the label of row {at} is said to be known at row {end[at]}, "
            "before the row itself"
        )
    splitter = values["splitter"]
    # A label that is known behind the last row is known behind all tests.
    return Labels(np.minimum(end, rows).astype(np.int64), splitter["purge"], splitter["embargo"])


def _grouped(plan: Plan, refit_every: int | None) -> tuple[Plan, list[list[int]]]:
    """Put folds together that one model tests; they have the training rows of the first."""
    if refit_every is None:
        return plan, [[at] for at in range(len(plan.folds))]
    groups: list[list[int]] = []
    folds: list[Fold] = []
    for at, fold in enumerate(plan.folds):
        first = plan.folds[groups[-1][0]] if groups else fold
        if not groups or fold.test[0].start - first.test[0].start >= refit_every:
            groups.append([])
            first = fold
        groups[-1].append(at)
        folds.append(replace(fold, train=first.train))
    return replace(plan, folds=tuple(folds)), groups


def _require_classes(
    plan: Plan, groups: Sequence[Sequence[int]], classes: Array, codes: Array
) -> None:
    for at, *_ in groups:
        fold = plan.folds[at]
        found = np.unique(codes[rows_of(fold.train)])
        if len(found) < 2:
            first, last = fold.train[0][0], fold.train[-1][1] - 1
            raise invalid(
                f"inputs.y: fold {at}, which is trained on rows from {first} to {last}, has one "
                f"class only there ({classes[found[0]]}); train on more rows"
            )


def _check_estimator(backtest: Backtest) -> None:
    try:
        backtest.trainer.check(backtest.fold_job(None))
    except TrainingError as error:
        raise within_estimator(error) from error


WALK_FORWARD = WalkForwardTrainer(
    "walk_forward",
    "other",
    "Backtests another trainer: fits it by folds, and predicts the rows that a fold did not see.",
    in_pipeline=False,
)

register(__name__, [WALK_FORWARD])
