"""A trainer of scikit-learn: one of its estimators with everything that the host needs of it."""

import importlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from headgate_trainer.failure import invalid, unfit
from headgate_trainer.fit_inputs import Table, read_table
from headgate_trainer.graph import Graph
from headgate_trainer.job import Job
from headgate_trainer.parameters import Parameter
from headgate_trainer.registry import FittedModel, TensorSpec, Tolerance, Trainer
from headgate_trainer.scikit.attributes import read_attributes, specs_of
from headgate_trainer.scikit.constraints import parameters_of
from headgate_trainer.scikit.watching import watched
from headgate_trainer.scores import scores_of
from headgate_trainer.signature import predictions, score_outputs, table_inputs
from headgate_trainer.tensors import Array, Arrays

Export = Callable[[Any, Graph, str], dict[str, str]]


@dataclass(frozen=True)
class Traits:
    """What distinguishes the estimators of one family."""

    attributes: tuple[str, ...]
    export: str
    """The module and function that add the graph's nodes, as ``module:function``."""
    tolerance: Tolerance
    missing: bool = False
    empty_columns: bool = True
    """Whether a column may have no value but NaN, where NaN is accepted at all."""
    weights: bool = True
    multi_output: bool = False
    probabilities: bool = True
    left_out: frozenset[str] = field(default_factory=frozenset)
    threaded: bool = False
    refuse: Callable[[dict[str, Any]], str | None] | None = None
    """Tells why a model with these parameters cannot be exported."""
    comparable: Callable[[Any, Array], Array | None] | None = None
    eval_arguments: Callable[[dict[str, Any], Table], dict[str, Any]] | None = None
    """The arguments of ``fit`` that let the library watch the eval set."""


@dataclass(frozen=True)
class ScikitTrainer(Trainer):
    """Trains one estimator."""

    path: str = field(kw_only=True)
    """The estimator's class, as ``sklearn.module:Name``."""
    traits: Traits = field(kw_only=True)

    @cached_property
    def estimator(self) -> type[Any]:
        """Import the estimator's class."""
        found: type[Any] = load(self.path)
        return found

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """List the library's own parameters."""
        return parameters_of(self.name, self.estimator, self.traits.left_out)

    @property
    def inputs(self) -> tuple[TensorSpec, ...]:
        """List X, y, and what may come with them."""
        traits = self.traits
        return table_inputs(
            self.family,
            missing=traits.missing,
            weights=traits.weights,
            multi_output=traits.multi_output,
        )

    @property
    def outputs(self) -> tuple[TensorSpec, ...]:
        """List the attributes and the scores."""
        scores = score_outputs(self.family, probabilities=self.traits.probabilities)
        return (*specs_of(self.traits.attributes), *scores)

    @property
    def predictions(self) -> tuple[TensorSpec, ...]:
        """List the outputs of the application."""
        traits = self.traits
        return predictions(
            self.family, probabilities=traits.probabilities, multi_output=traits.multi_output
        )

    def check(self, job: Job) -> None:
        """Refuse unknown inputs, and what cannot be exported."""
        known = [spec.name for spec in self.inputs]
        for name in job.inputs:
            if name not in known:
                raise invalid(f"inputs.{name}: {self.name} takes {', '.join(known)}")
        values = self.values(job)
        reason = self.traits.refuse(values) if job.export and self.traits.refuse else None
        if reason is not None:
            raise unfit(reason)

    def fit(self, job: Job) -> FittedModel:
        """Fit the estimator, and time its own ``fit`` alone."""
        values, traits = self.values(job), self.traits
        table = read_table(
            job,
            classifier=self.family == "classifier",
            accepts_missing=traits.missing,
            outputs_max=None if traits.multi_output else 1,
        )
        if not traits.empty_columns:
            _require_values(table.X)
        arguments = traits.eval_arguments(values, table) if traits.eval_arguments else {}
        if table.sample_weight is not None:
            arguments["sample_weight"] = table.sample_weight
        estimator = self._make(values, table, job)
        with watched(estimator, job) as more:
            began = time.perf_counter()
            estimator.fit(table.X, table.y, **arguments, **more)
            fit_ms = (time.perf_counter() - began) * 1000
        job.progress(share_done=1.0)
        return ScikitModel(self, estimator, fit_ms, table)

    def _make(self, values: dict[str, Any], table: Table, job: Job) -> Any:
        if "class_weight" in values:
            values["class_weight"] = class_weights(values["class_weight"], table.y)
        if "n_jobs" in values:
            values["n_jobs"] = job.threads if self.traits.threaded else None
        return self.estimator(**values)


class ScikitModel(FittedModel):
    """A fitted estimator of scikit-learn."""

    def __init__(self, trainer: ScikitTrainer, estimator: Any, fit_ms: float, table: Table) -> None:
        self.family = trainer.family
        self.fit_ms = fit_ms
        self.accepts_missing = trainer.traits.missing
        self._traits = trainer.traits
        self._estimator = estimator
        self.attributes = read_attributes(estimator, trainer.traits.attributes)
        if trainer.traits.threaded:
            # Several threads would add a forest's trees in another order each time.
            estimator.n_jobs = 1
        self.attributes |= scores_of(self, table)

    @property
    def tolerance(self) -> Tolerance:
        """The tolerated difference."""
        return self._traits.tolerance

    def predict(self, X: Array) -> Arrays:
        """Answer by scikit-learn."""
        if self.family != "classifier":
            return {"predictions": np.asarray(self._estimator.predict(X), dtype=np.float64)}
        answers = {"labels": self._estimator.predict(X)}
        if self._traits.probabilities:
            answers["probabilities"] = self._estimator.predict_proba(X)
        return answers

    def comparable(self, X: Array) -> Array | None:
        """Tell of which rows the answer is unique."""
        return (
            None if self._traits.comparable is None else self._traits.comparable(self._estimator, X)
        )

    def add_nodes(self, graph: Graph, x: str) -> dict[str, str]:
        """Add the estimator's nodes."""
        export: Export = load(f"headgate_trainer.scikit.{self._traits.export}")
        return export(self._estimator, graph, x)


def _require_values(X: Array) -> None:
    empty = np.flatnonzero(np.isnan(X).all(axis=0))
    if len(empty):
        raise invalid(f"inputs.X: column {empty[0]} has no value but NaN; leave it out")


def load(path: str) -> Any:
    """Import ``module:name``."""
    module, name = path.split(":")
    return getattr(importlib.import_module(module), name)


def class_weights(given: Any, y: Array) -> Any:
    """Turn the names of classes, which are text in a map, into the classes of y."""
    if not isinstance(given, dict):
        return given
    classes = {str(label): label for label in np.unique(y)}
    for name in given:
        if name not in classes:
            raise invalid(f"parameters.class_weight.{name}: is not a class of y")
    return {classes[name]: weight for name, weight in given.items()}
