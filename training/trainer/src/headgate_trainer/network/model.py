"""A trained network: its answers by torch, and its graph."""

from typing import Any

import numpy as np
import torch
from torch import nn

from headgate_trainer.fit_inputs import Table
from headgate_trainer.graph import DOUBLE, FLOAT, Graph
from headgate_trainer.network.data import Scaler
from headgate_trainer.network.graphs import add_dense, add_lstm
from headgate_trainer.network.trainer import FP32, FP64
from headgate_trainer.registry import FittedModel, Tolerance
from headgate_trainer.tensors import Array, Arrays

ROWS = 4096
# Answers in FP32 this close to an equal vote have no label of their own.
TIE = 1e-4


class NetworkModel(FittedModel):
    """Answers in FP64 where ONNX Runtime can: its LSTM and its Erf, for gelu, are FP32 only."""

    def __init__(
        self,
        network: nn.Module,
        options: dict[str, Any],
        scaler: Scaler,
        of_y: Scaler,
        classes: Array | None,
        table: Table,
    ) -> None:
        self.family = "regressor" if classes is None else "classifier"
        self._has_lstm = hasattr(network, "lstm")
        self._is_fp32 = self._has_lstm or options["activation"] == "gelu"
        self._network = network if self._is_fp32 else network.double()
        self._options, self._scaler, self._of_y = options, scaler, of_y
        self._classes = classes
        self._is_flat = classes is None and table.y.ndim == 1
        self._exponential = classes is None and options["loss"] == "gamma"

    @property
    def tolerance(self) -> Tolerance:
        """The tolerated difference."""
        if not self._is_fp32:
            return FP64
        scale = 1.0 if self._classes is not None else float(self._of_y.scale.max())
        return Tolerance(FP32.relative, absolute=FP32.relative * scale)

    def predict(self, X: Array) -> Arrays:
        """Answer by torch."""
        raw = self._raw(X)
        if self._classes is not None:
            shifted = np.exp(raw - raw.max(axis=1, keepdims=True))
            probabilities = shifted / shifted.sum(axis=1, keepdims=True)
            labels = self._classes[probabilities.argmax(axis=1)]
            return {"labels": labels, "probabilities": probabilities}
        values = np.exp(raw) if self._exponential else raw * self._of_y.scale + self._of_y.mean
        return {"predictions": values[:, 0] if self._is_flat else values}

    def _raw(self, X: Array) -> Array:
        rows = torch.from_numpy(self._scaler(X))
        if self._is_fp32:
            rows = rows.float()
        with torch.no_grad():
            parts = [self._network(part).double() for part in rows.split(ROWS)]
        return np.asarray(torch.cat(parts).numpy())

    def comparable(self, X: Array) -> Array | None:
        """Tell which labels do not depend on the rounding to FP32."""
        if self._classes is None or not self._is_fp32:
            return None
        two = np.sort(self.predict(X)["probabilities"], axis=1)[:, -2:]
        return np.asarray(two[:, 1] - two[:, 0] > TIE)

    def add_nodes(self, graph: Graph, x: str) -> dict[str, str]:
        """Add the scaler, the network, and the end."""
        centred = graph.node("Sub", x, graph.constant(self._scaler.mean))
        value = graph.node("Div", centred, graph.constant(self._scaler.scale))
        network: Any = self._network
        if self._is_fp32:
            value = graph.cast(value, FLOAT)
        if self._has_lstm:
            value = add_lstm(graph, value, network.lstm)
        value = add_dense(graph, value, network.layers, self._options["activation"])
        if self._is_fp32:
            value = graph.cast(value, DOUBLE)
        if self._classes is not None:
            probabilities = graph.node("Softmax", value, axis=1)
            labels = graph.pick(self._classes, graph.first_largest(probabilities))
            return {"labels": labels, "probabilities": probabilities}
        if self._exponential:
            value = graph.node("Exp", value)
        else:
            scaled = graph.node("Mul", value, graph.constant(self._of_y.scale))
            value = graph.node("Add", scaled, graph.constant(self._of_y.mean))
        return {"predictions": graph.flat(value) if self._is_flat else value}
