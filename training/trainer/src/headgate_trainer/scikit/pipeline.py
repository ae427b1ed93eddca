"""The trainer ``pipeline``: scalers, an imputer or PCA before any other trainer of a table."""

import time
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from headgate_trainer.explanation import explain
from headgate_trainer.failure import TrainingError
from headgate_trainer.fit_inputs import read_table
from headgate_trainer.graph import Graph
from headgate_trainer.job import Job
from headgate_trainer.parameters import Constraint, Parameter
from headgate_trainer.registry import FittedModel, TensorSpec, Tolerance, Trainer, all_trainers
from headgate_trainer.scikit.transformers import TRANSFORMERS
from headgate_trainer.signature import CLASSES, predictions, table_inputs
from headgate_trainer.tensors import Array, Arrays

STEPS_MAX = 16
ESTIMATOR = "parameters.estimator.parameters"


class PipelineTrainer(Trainer):
    """Fits the steps one after the other, each on what the one before it made of X."""

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """List the steps and the estimator."""
        constraints = tuple(each.constraint for each in TRANSFORMERS.values())
        steps = "The transformers before the estimator, in their order."
        last = "The trainer that is fitted on what the steps make of X, and its parameters."
        names = [name for name, trainer in all_trainers().items() if trainer.in_pipeline]
        of_steps: Constraint = {"type": "list", "items": constraints, "lengthMax": STEPS_MAX}
        of_last: Constraint = {"type": "trainer", "names": names}
        return (
            Parameter("steps", steps, [], (of_steps,)),
            Parameter("estimator", last, None, (of_last,), required=True),
        )

    @property
    def inputs(self) -> tuple[TensorSpec, ...]:
        """List what any estimator takes."""
        specs = table_inputs("regressor", missing=True, weights=True, multi_output=True)
        return tuple(
            replace(spec, datatypes=("FP64", "FP32", *CLASSES)) if spec.name[0] == "y" else spec
            for spec in specs
        )

    @property
    def outputs(self) -> tuple[TensorSpec, ...]:
        """List what any estimator answers."""
        found: dict[str, TensorSpec] = {}
        for trainer in all_trainers().values():
            if trainer.in_pipeline:
                for spec in trainer.outputs:
                    found.setdefault(spec.name, replace(spec, optional=True))
        for name in ("train_score", "eval_score"):
            score = f"The accuracy or R² of the pipeline, as its estimator's `{name}`."
            found[name] = replace(found[name], description=score)
        return tuple(found.values())

    @property
    def predictions(self) -> tuple[TensorSpec, ...]:
        """List the outputs of classifiers and of regressors."""
        return tuple(
            replace(spec, optional=True)
            for spec in (
                *predictions("classifier", probabilities=True, multi_output=False),
                *predictions("regressor", probabilities=False, multi_output=True),
            )
        )

    def check(self, job: Job) -> None:
        """Refuse what the estimator refuses."""
        values = self.values(job)
        trainer, inner = _estimator(values, job, job.inputs)
        try:
            trainer.check(inner)
        except TrainingError as error:
            raise _within(ESTIMATOR, error) from error

    def fit(self, job: Job) -> FittedModel:
        """Fit the steps, then the estimator by its own trainer."""
        values = self.values(job)
        trainer, _ = _estimator(values, job, {})
        table = read_table(
            job, classifier=trainer.family == "classifier", accepts_missing=True, outputs_max=None
        )
        X, held_out, steps, fit_ms = table.X, table.X_eval, [], 0.0
        for at, step in enumerate(values["steps"]):
            job.check()
            transformer = TRANSFORMERS[step["transformer"]]
            try:
                fitted = transformer.make(step["parameters"])
                began = time.perf_counter()
                X = fitted.fit_transform(X)
                fit_ms += (time.perf_counter() - began) * 1000
                held_out = None if held_out is None else fitted.transform(held_out)
            except ValueError as error:
                failure = explain(error, replace(job, parameters=step["parameters"]))
                raise _within(f"parameters.steps[{at}].parameters", failure) from error
            steps.append((transformer.name, fitted))
        transformed = {**job.inputs, "X": X, **({} if held_out is None else {"X_eval": held_out})}
        trainer, inner = _estimator(values, job, transformed)
        try:
            model = trainer.fit(inner)
        except TrainingError as error:
            raise _within(ESTIMATOR, error) from error
        except ValueError as error:
            raise _within(ESTIMATOR, explain(error, inner)) from error
        return PipelineModel(steps, model, fit_ms, table.X.shape[1])


def _estimator(values: dict[str, Any], job: Job, inputs: Arrays) -> tuple[Trainer, Job]:
    chosen = values["estimator"]
    trainer = all_trainers()[chosen["trainer"]]
    return trainer, replace(
        job, trainer=trainer.name, inputs=inputs, parameters=chosen["parameters"]
    )


def _within(path: str, error: TrainingError) -> TrainingError:
    """Begin the message with the place of the parameter in the pipeline's own parameters."""
    if error.message.startswith("parameters."):
        return TrainingError(error.code, f"{path}{error.message.removeprefix('parameters')}")
    return error


class PipelineModel(FittedModel):
    """Fitted steps and the model behind them."""

    def __init__(
        self, steps: list[tuple[str, Any]], model: FittedModel, fit_ms: float, columns: int
    ) -> None:
        self.family = model.family
        self.fit_ms = fit_ms + model.fit_ms
        self.attributes = {**model.attributes, "n_features_in": np.array(columns)}
        self.accepts_missing = _accepts_missing(dict(steps), model)
        self._steps = steps
        self._model = model

    @property
    def tolerance(self) -> Tolerance:
        """The tolerated difference, as of the model."""
        return self._model.tolerance

    def predict(self, X: Array) -> Arrays:
        """Answer by the library."""
        return self._model.predict(self._transform(X))

    def comparable(self, X: Array) -> Array | None:
        """Tell of which rows the answer is unique."""
        return self._model.comparable(self._transform(X))

    def add_nodes(self, graph: Graph, x: str) -> dict[str, str]:
        """Add the steps' nodes and the model's."""
        for name, fitted in self._steps:
            x = TRANSFORMERS[name].export(fitted, graph, x)
        return self._model.add_nodes(graph, x)

    def _transform(self, X: Array) -> Array:
        for _, fitted in self._steps:
            X = fitted.transform(X)
        return X


def _accepts_missing(steps: Mapping[str, Any], model: FittedModel) -> bool:
    """Tell whether NaN may reach a step or the model that takes it: scalers let it pass."""
    for name in steps:
        if name in ("simple_imputer", "pca"):
            return name == "simple_imputer"
    return model.accepts_missing


PIPELINE = PipelineTrainer(
    "pipeline",
    "other",
    "Fits scalers, an imputer or PCA, and then another trainer on what they make of X.",
    in_pipeline=False,
)
