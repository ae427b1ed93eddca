"""The nodes of the networks, from torch's weights.

They are built here and not by torch.onnx so that a network may follow other steps in one graph, and
so that one without an LSTM computes in FP64.
"""

from typing import Any

import numpy as np

from headgate_trainer.graph import Graph
from headgate_trainer.tensors import Array

# torch keeps the gates as input, forget, cell, output; ONNX as input, output, forget, cell.
_GATES = [0, 3, 1, 2]


def add_dense(graph: Graph, value: str, layers: Any, activation: str) -> str:
    """Add linear layers with activations between them; dropout is for the training only."""
    for layer in layers:
        name = type(layer).__name__
        if name == "Linear":
            weight, bias = (each.detach().numpy() for each in (layer.weight, layer.bias))
            value = graph.node(
                "Gemm", value, graph.constant(weight), graph.constant(bias), transB=1
            )
        elif name != "Dropout":
            value = _activated(graph, value, activation, layers[0].weight.detach().numpy().dtype)
    return value


def _activated(graph: Graph, value: str, activation: str, dtype: Any) -> str:
    one = np.array(1, dtype=dtype)
    if activation == "silu":
        # x / (1 + exp(-x)): ONNX Runtime fuses x * sigmoid(x), and has no such kernel in FP64.
        power = graph.node("Exp", graph.node("Neg", value))
        return graph.node("Div", value, graph.node("Add", graph.constant(one), power))
    if activation == "gelu":  # x * (1 + erf(x / sqrt(2))) / 2
        scaled = graph.node("Mul", value, graph.constant(np.array(1 / np.sqrt(2), dtype=dtype)))
        above = graph.node("Add", graph.node("Erf", scaled), graph.constant(one))
        half = graph.node("Mul", value, graph.constant(np.array(0.5, dtype=dtype)))
        return graph.node("Mul", half, above)
    operators = {"tanh": "Tanh", "relu": "Relu", "elu": "Elu", "sigmoid": "Sigmoid"}
    return graph.node(operators[activation], value)


def add_lstm(graph: Graph, value: str, lstm: Any) -> str:
    """Add LSTM layers; the answer is the last state of the last one, ``[batch, units]``."""
    value = graph.node("Transpose", value, perm=[1, 0, 2])  # [window, batch, columns]
    state, direction = "", graph.constant(np.array([1]))
    for layer in range(lstm.num_layers):
        weights = [
            graph.constant(_gates(getattr(lstm, f"{name}_l{layer}").detach().numpy())[np.newaxis])
            for name in ("weight_ih", "weight_hh")
        ]
        biases = [
            _gates(getattr(lstm, f"{name}_l{layer}").detach().numpy())
            for name in ("bias_ih", "bias_hh")
        ]
        bias = graph.constant(np.concatenate(biases)[np.newaxis])
        outputs, state = graph.nodes(
            "LSTM", (value, *weights, bias), 2, hidden_size=lstm.hidden_size
        )
        if layer + 1 < lstm.num_layers:
            value = graph.node("Squeeze", outputs, direction)
    return graph.node("Squeeze", state, graph.constant(np.array([0])))


def _gates(weights: Array) -> Array:
    parts = np.split(weights, 4)
    return np.concatenate([parts[at] for at in _GATES])
