"""The trainers of networks: from the request to a fitted model."""

import time
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from headgate_trainer.failure import invalid
from headgate_trainer.fit_inputs import read_table
from headgate_trainer.job import Job
from headgate_trainer.network.options import options
from headgate_trainer.parameters import Parameter
from headgate_trainer.registry import Family, FittedModel, TensorSpec, Tolerance, Trainer
from headgate_trainer.scores import scores_of
from headgate_trainer.signature import predictions, score_outputs, table_inputs

FP64, FP32 = Tolerance(1e-9), Tolerance(1e-5)
Kind = Literal["mlp", "lstm"]


@dataclass(frozen=True)
class NetworkTrainer(Trainer):
    """Trains a perceptron over rows, or an LSTM over windows of rows."""

    kind: Kind = field(kw_only=True)

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """List the architecture's and the training's parameters."""
        return options(self.kind, self.family)

    @property
    def inputs(self) -> tuple[TensorSpec, ...]:
        """List X, y, the weights and the eval set."""
        specs = table_inputs(self.family, missing=False, weights=True, multi_output=True)
        return tuple(self._of_windows(spec) for spec in specs)

    def _of_windows(self, spec: TensorSpec) -> TensorSpec:
        if self.kind == "mlp" or not spec.name.startswith("X"):
            return spec
        shape = (spec.shape[0], "window", "columns")
        what = f"{spec.description} Each is a window of observations, the oldest first."
        return replace(spec, shape=shape, description=what)

    @property
    def outputs(self) -> tuple[TensorSpec, ...]:
        """List the attributes and the scores."""
        classes = (CLASSES,) if self.family == "classifier" else ()
        return (*classes, *ATTRIBUTES, *score_outputs(self.family, probabilities=True))

    @property
    def predictions(self) -> tuple[TensorSpec, ...]:
        """List the outputs of the application."""
        return predictions(self.family, probabilities=True, multi_output=True)

    def check(self, job: Job) -> None:
        """Refuse unknown inputs, and patience without an eval set."""
        known = [spec.name for spec in self.inputs]
        for name in job.inputs:
            if name not in known:
                raise invalid(f"inputs.{name}: {self.name} takes {', '.join(known)}")
        if self.values(job)["patience"] is not None and "X_eval" not in job.inputs:
            raise invalid(
                "parameters.patience: stops by the eval set; send X_eval and y_eval, "
                "or leave it out"
            )

    def fit(self, job: Job) -> FittedModel:
        """Train the network, and time the training alone."""
        from headgate_trainer.network.fitting import fit_network

        classifier = self.family == "classifier"
        dimensions = 2 if self.kind == "mlp" else 3
        table = read_table(job, classifier=classifier, outputs_max=None, dimensions=dimensions)
        classes = np.unique(table.y) if classifier else None
        values: dict[str, Any] = self.values(job)
        began = time.perf_counter()
        model = fit_network(job, values, table, classes)
        model.fit_ms = (time.perf_counter() - began) * 1000
        job.progress(share_done=1.0)
        model.attributes |= scores_of(model, table)
        return model


CLASSES = TensorSpec("classes", ("INT64", "BYTES"), ("classes",), "The classes, sorted.")
_FLOAT, _INT = ("FP64",), ("INT64",)
ATTRIBUTES = (
    TensorSpec("n_features_in", _INT, (), "The number of columns of X."),
    TensorSpec("n_parameters", _INT, (), "The number of the network's weights."),
    TensorSpec("n_iter", _INT, (), "The number of epochs that were run."),
    TensorSpec(
        "loss_curve", _FLOAT, ("iterations",), "The mean loss of the training steps of each epoch."
    ),
    TensorSpec(
        "eval_loss_curve",
        _FLOAT,
        ("iterations",),
        "The loss on the eval set after each epoch.",
        optional=True,
    ),
    TensorSpec(
        "best_iteration",
        _INT,
        (),
        "The epoch with the lowest loss on the eval set, counted from 1.",
        optional=True,
    ),
    TensorSpec(
        "best_loss", _FLOAT, (), "The loss on the eval set after that epoch.", optional=True
    ),
)


def _trainer(name: str, kind: Kind, family: Family, does: str) -> NetworkTrainer:
    is_table = kind == "mlp"
    return NetworkTrainer(
        name,
        family,
        does,
        library="torch",
        kind=kind,
        in_pipeline=is_table,
        proven_within=FP64 if is_table else FP32,
    )


NETWORKS = [
    _trainer(
        "lstm_classifier",
        "lstm",
        "classifier",
        "Predicts the class of a window of observations by an LSTM; trained by torch.",
    ),
    _trainer(
        "lstm_regressor",
        "lstm",
        "regressor",
        "Predicts numbers from a window of observations by an LSTM; trained by torch.",
    ),
    _trainer(
        "mlp_torch_classifier",
        "mlp",
        "classifier",
        "Predicts classes by a multi-layer perceptron; trained by torch.",
    ),
    _trainer(
        "mlp_torch_regressor",
        "mlp",
        "regressor",
        "Predicts numbers by a multi-layer perceptron; trained by torch.",
    ),
]
