"""What a network is trained on: scaled rows, numbered classes or scaled values, weights."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from headgate_trainer.failure import invalid
from headgate_trainer.fit_inputs import Table
from headgate_trainer.scikit.trainer import class_weights
from headgate_trainer.tensors import Array


@dataclass(frozen=True)
class Scaler:
    """A mean and a scale for each column."""

    mean: Array
    scale: Array

    def __call__(self, values: Array) -> Array:
        """Scale, in FP64."""
        return np.asarray((values - self.mean) / self.scale)


def scaler_of(values: Array, *, wanted: bool) -> Scaler:
    """Measure the columns; a constant one is only centred."""
    columns = values.shape[-1]
    if not wanted:
        return Scaler(np.zeros(columns), np.ones(columns))
    flat = values.reshape(-1, columns)
    scale = flat.std(axis=0)
    return Scaler(flat.mean(axis=0), np.where(scale > 0, scale, 1.0))


@dataclass(frozen=True)
class Targets:
    """y as the loss takes it: class numbers, or FP32 columns."""

    y: Array
    y_eval: Array | None
    weight: Array
    scaler: Scaler
    outputs: int


def class_targets(table: Table, classes: Array, class_weight: Any) -> Targets:
    """Replace the classes by numbers from 0."""
    y = np.searchsorted(classes, table.y)
    y_eval = None if table.y_eval is None else np.searchsorted(classes, table.y_eval)
    of_class = np.ones(len(classes))
    if class_weight == "balanced":
        of_class = len(y) / (len(classes) * np.bincount(y, minlength=len(classes)))
    elif class_weight is not None:
        given = class_weights(class_weight, table.y)
        of_class = np.array([given.get(label, 1.0) for label in classes])
    weight = _weights(table) * of_class[y]
    if not weight.any():
        raise invalid("parameters.class_weight: no row has a weight above 0")
    return Targets(y, y_eval, weight, scaler_of(np.zeros((1, 1)), wanted=False), len(classes))


def value_targets(table: Table, options: dict[str, Any]) -> Targets:
    """Scale the values."""
    y = table.y.reshape(len(table.y), -1)
    gamma = options["loss"] == "gamma"
    y_eval = None if table.y_eval is None else table.y_eval.reshape(len(table.y_eval), -1)
    for name, values in (("y", y), ("y_eval", y_eval)):
        if gamma and values is not None and (values <= 0).any():
            raise invalid(f"inputs.{name}: the loss gamma is for values above 0")
    scaler = scaler_of(y, wanted=options["standardize_y"] and not gamma)
    scaled = None if y_eval is None else scaler(y_eval)
    return Targets(scaler(y), scaled, _weights(table), scaler, y.shape[1])


def _weights(table: Table) -> Array:
    return np.ones(len(table.X)) if table.sample_weight is None else table.sample_weight
