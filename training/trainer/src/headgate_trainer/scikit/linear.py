"""Graphs of linear models and of the multi-layer perceptron, in FP64."""

from typing import Any

import numpy as np

from headgate_trainer.graph import Graph
from headgate_trainer.scikit.answers import (
    binary_by_sign,
    binary_probabilities,
    classes_by_largest,
    regressed,
)

ACTIVATIONS = {"relu": "Relu", "tanh": "Tanh", "logistic": "Sigmoid", "exp": "Exp"}


def affine(graph: Graph, x: str, weights: Any, bias: Any) -> str:
    """Multiply by weights ``[columns, outputs]`` and add the bias."""
    product = graph.node("MatMul", x, graph.constant(np.asarray(weights, dtype=np.float64)))
    return graph.node("Add", product, graph.constant(np.asarray(bias, dtype=np.float64)))


def linear(estimator: Any, graph: Graph, x: str) -> dict[str, str]:
    """Answer X times the coefficients plus the intercept."""
    coefficients = np.atleast_2d(estimator.coef_)
    bias = np.broadcast_to(estimator.intercept_, len(coefficients))
    values = affine(graph, x, coefficients.T, bias)
    return regressed(graph, values, 1 if np.ndim(estimator.coef_) == 1 else len(coefficients))


def logistic(estimator: Any, graph: Graph, x: str) -> dict[str, str]:
    """Answer the sigmoid of the score, or the softmax of several."""
    scores = affine(graph, x, estimator.coef_.T, estimator.intercept_)
    classes = estimator.classes_
    if len(classes) > 2:
        labels = graph.pick(classes, graph.first_largest(scores))
        return {"labels": labels, "probabilities": graph.node("Softmax", scores, axis=1)}
    score = graph.flat(scores)
    return {
        "labels": binary_by_sign(graph, score, classes),
        "probabilities": binary_probabilities(graph, graph.node("Sigmoid", score)),
    }


def perceptron(estimator: Any, graph: Graph, x: str) -> dict[str, str]:
    """Apply the layers."""
    last = len(estimator.coefs_) - 1
    for at, (weights, bias) in enumerate(zip(estimator.coefs_, estimator.intercepts_, strict=True)):
        x = affine(graph, x, weights, bias)
        if at < last:
            x = _activated(graph, x, estimator.activation)
    if estimator.out_activation_ == "softmax":
        return classes_by_largest(graph, graph.node("Softmax", x, axis=1), estimator.classes_)
    x = _activated(graph, x, estimator.out_activation_)
    if not hasattr(estimator, "classes_"):
        return regressed(graph, x, estimator.n_outputs_)
    probabilities = binary_probabilities(graph, graph.flat(x))
    return classes_by_largest(graph, probabilities, estimator.classes_)


def _activated(graph: Graph, x: str, activation: str) -> str:
    return x if activation == "identity" else graph.node(ACTIVATIONS[activation], x)
