"""What the trainers of xgboost and lightgbm have in common."""

import time
from abc import abstractmethod
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from headgate_trainer.failure import invalid, unfit
from headgate_trainer.fit_inputs import Table, read_table
from headgate_trainer.job import Job
from headgate_trainer.parameters import Parameter
from headgate_trainer.registry import FittedModel, TensorSpec, Trainer
from headgate_trainer.scores import scores_of
from headgate_trainer.signature import predictions, score_outputs, table_inputs
from headgate_trainer.tensors import Array, Arrays

EvalsResult = dict[str, list[float]]
"""The values of each metric on the eval set, by iteration."""


@dataclass(frozen=True)
class BoostingTrainer(Trainer):
    """Trains one estimator of a boosting library."""

    of: tuple[Parameter, ...] = field(kw_only=True)
    rounds: str = field(kw_only=True)
    """The parameter that stops early."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """List the library's own parameters."""
        return self.of

    @property
    def inputs(self) -> tuple[TensorSpec, ...]:
        """List X, y, the weights and the eval set."""
        return table_inputs(self.family, missing=True, weights=True, multi_output=False)

    @property
    def outputs(self) -> tuple[TensorSpec, ...]:
        """List the attributes and the scores."""
        classes = (CLASSES,) if self.family == "classifier" else ()
        return (*classes, *ATTRIBUTES, *score_outputs(self.family, probabilities=True))

    @property
    def predictions(self) -> tuple[TensorSpec, ...]:
        """List the outputs of the application."""
        return predictions(self.family, probabilities=True, multi_output=False)

    def check(self, job: Job) -> None:
        """Refuse unknown inputs, early stopping without an eval set, and splits by category."""
        known = [spec.name for spec in self.inputs]
        for name in job.inputs:
            if name not in known:
                raise invalid(f"inputs.{name}: {self.name} takes {', '.join(known)}")
        values = self.values(job)
        if values[self.rounds] is not None and "X_eval" not in job.inputs:
            raise invalid(
                f"parameters.{self.rounds}: stops by the eval set; send X_eval and y_eval, "
                "or leave it out"
            )
        categorical = self.categorical(values)
        if categorical is not None and job.export:
            raise unfit(
                f"parameters.{categorical}: splits by category cannot be exported; encode them "
                "as columns, or train without keep_seconds and publish"
            )

    @abstractmethod
    def categorical(self, values: dict[str, Any]) -> str | None:
        """Tell the parameter that makes splits by category."""

    def fit(self, job: Job) -> FittedModel:
        """Fit the estimator, and time the library's own ``fit`` alone."""
        table = read_table(
            job, classifier=self.family == "classifier", accepts_missing=True, outputs_max=1
        )
        values = self.values(job)
        # Not in check: before a pipeline has run, X may have other columns.
        _check_columns(values, table.X.shape[1])
        classes = np.unique(table.y) if self.family == "classifier" else None
        began = time.perf_counter()
        model = self.fit_library(job, values, encoded(table, classes), classes)
        model.fit_ms = (time.perf_counter() - began) * 1000
        job.progress(share_done=1.0)
        model.attributes |= scores_of(model, table)
        return model

    @abstractmethod
    def fit_library(
        self, job: Job, values: dict[str, Any], table: Table, classes: Array | None
    ) -> FittedModel:
        """Fit; the classes of the table are numbers from 0."""


# Parameters with a value for each column, and such with indices of columns.
_BY_COLUMN = ("monotone_constraints", "feature_types", "feature_weights")
_INDICES = ("categorical_feature", "interaction_constraints")


def _check_columns(values: dict[str, Any], columns: int) -> None:
    """Refuse parameters that are about other columns than those of X."""
    for name in _BY_COLUMN:
        given = values.get(name)
        if given is not None and len(given) != columns:
            raise invalid(f"parameters.{name}: has {len(given)} values, and X {columns} columns")
    for name in _INDICES:
        for each in values.get(name) or []:
            largest = max(each, default=0) if isinstance(each, list) else each
            if largest >= columns:
                raise invalid(
                    f"parameters.{name}: X has no column {largest}, but {columns} of them"
                )


def encoded(table: Table, classes: Array | None) -> Table:
    """Replace the classes by numbers from 0, which is what the libraries take."""
    if classes is None:
        return table
    y_eval = None if table.y_eval is None else np.searchsorted(classes, table.y_eval)
    y = np.searchsorted(classes, table.y)
    return Table(table.X, y, table.sample_weight, table.X_eval, y_eval)


def attributes_of(
    X: Array, classes: Array | None, importances: Any, evals: EvalsResult, **more: float | None
) -> Arrays:
    """Put the attributes together; None is one that this fit has not."""
    found: Arrays = {} if classes is None else {"classes": classes}
    found["n_features_in"] = np.array(X.shape[1])
    found["feature_importances"] = np.asarray(importances, dtype=np.float64)
    for name, value in more.items():
        if value is not None:
            found[name] = np.array(value)
    if evals:
        found["eval_metrics"] = np.array(list(evals), dtype=object)
        found["evals_result"] = np.array(list(evals.values()), dtype=np.float64)
    return found


def last_loss(evals: EvalsResult) -> float | None:
    """Find the value that a learning curve shows: of the last metric, by which fits stop early."""
    return None if not evals else list(evals.values())[-1][-1]


_FLOAT, _INT = ("FP64",), ("INT64",)
CLASSES = TensorSpec("classes", ("INT64", "BYTES"), ("classes",), "The classes, sorted.")
ATTRIBUTES = (
    TensorSpec("n_features_in", _INT, (), "The number of columns of X."),
    TensorSpec(
        "feature_importances",
        _FLOAT,
        ("columns",),
        "The importance of each column, as the library computes it for importance_type.",
    ),
    TensorSpec("n_iter", _INT, (), "The number of iterations that the fit has run."),
    TensorSpec(
        "best_iteration",
        _INT,
        (),
        "With early stopping, the library's best iteration: of xgboost its index, counted from 0; "
        "of lightgbm the number of iterations. Predictions use the trees up to it.",
        optional=True,
    ),
    TensorSpec(
        "best_score",
        _FLOAT,
        (),
        "With early stopping, the value of the metric at the best iteration.",
        optional=True,
    ),
    TensorSpec(
        "eval_metrics",
        ("BYTES",),
        ("metrics",),
        "The metrics of the rows of `evals_result`.",
        optional=True,
    ),
    TensorSpec(
        "evals_result",
        _FLOAT,
        ("metrics", "iterations"),
        "The value of each metric on the eval set after each iteration.",
        optional=True,
    ),
)
