"""Graphs of k nearest neighbours, in FP64: all distances, column by column."""

from typing import Any

import numpy as np

from headgate_trainer.failure import unfit
from headgate_trainer.graph import BOOL, DOUBLE, Graph
from headgate_trainer.scikit.answers import classes_by_largest, regressed
from headgate_trainer.tensors import Array

# Neighbours are equally far where their distances differ by less than this share.
EQUALLY_FAR = 1e-9
# A prediction computes all distances: a batch of 256 rows takes 0.4 GB with so many stored rows.
STORED_MAX = 100_000


def classification(estimator: Any, graph: Graph, x: str) -> dict[str, str]:
    """Average the neighbours' classes."""
    table = np.eye(len(estimator.classes_))[np.asarray(estimator._y)]
    return classes_by_largest(graph, _average(estimator, graph, x, table), estimator.classes_)


def regression(estimator: Any, graph: Graph, x: str) -> dict[str, str]:
    """Average the neighbours' values."""
    values = np.asarray(estimator._y, dtype=np.float64)
    table = values.reshape(len(values), -1)
    outputs = 1 if values.ndim == 1 else values.shape[1]
    average = _average(estimator, graph, x, table)
    return {"predictions": average} if values.ndim == 2 else regressed(graph, average, outputs)


def unique_neighbours(estimator: Any, X: Array) -> Array | None:
    """Tell which rows have one set of k nearest neighbours.

    Where the k-th and the next one are equally far, scikit-learn's choice depends on its algorithm.
    Its brute force also rounds a distance of 0 to something small, whose inverse is any weight.
    """
    k, stored = estimator.n_neighbors, estimator.n_samples_fit_
    distances, _ = estimator.kneighbors(X, min(k + 1, stored))
    unique = np.ones(len(X), dtype=bool)
    if k < stored:
        unique &= distances[:, k] - distances[:, k - 1] > EQUALLY_FAR * distances[:, k]
    if estimator.weights == "distance" and estimator._fit_method == "brute":
        unique &= distances[:, 0] > 1e-6 * distances.mean()
    return unique


def _average(estimator: Any, graph: Graph, x: str, table: Array) -> str:
    """Average the rows of the table over the k nearest neighbours, ``[batch, columns]``."""
    k = graph.constant(np.array([estimator.n_neighbors]))
    far = _distances(estimator, graph, x)
    distances, nearest = graph.nodes("TopK", (far, k), 2, axis=1, largest=0, sorted=1)
    rows = graph.node("Gather", graph.constant(table), nearest, axis=0)
    axis = graph.constant(np.array([1]))
    if estimator.weights in ("uniform", None):
        total = graph.node("ReduceSum", rows, axis, keepdims=0)
        return graph.node("Div", total, graph.constant(np.float64(estimator.n_neighbors)))
    weights = _inverse(graph, distances, axis)
    tall = graph.node("Unsqueeze", weights, graph.constant(np.array([2])))
    total = graph.node("ReduceSum", graph.node("Mul", rows, tall), axis, keepdims=0)
    return graph.node("Div", total, graph.node("ReduceSum", weights, axis, keepdims=1))


def _inverse(graph: Graph, distances: str, axis: str) -> str:
    """Weigh by the inverse of the distance; neighbours at the distance 0 take all the weight."""
    same = graph.cast(graph.node("Equal", distances, graph.constant(np.float64(0))), DOUBLE)
    any_same = graph.cast(graph.node("ReduceMax", same, axis, keepdims=1), BOOL)
    safe = graph.node("Add", distances, same)
    return graph.node("Where", any_same, same, graph.node("Reciprocal", safe))


def _distances(estimator: Any, graph: Graph, x: str) -> str:
    stored = np.asarray(estimator._fit_X, dtype=np.float64)
    if len(stored) > STORED_MAX:
        raise unfit(
            f"export: a prediction computes the distance to each of the {len(stored)} training "
            f"rows; neighbours of at most {STORED_MAX} can be served"
        )
    metric = estimator.effective_metric_
    if metric == "cosine":
        return _cosine(graph, x, stored)
    power = {"manhattan": 1.0, "cityblock": 1.0, "l1": 1.0, "chebyshev": np.inf, "infinity": np.inf}
    p = power.get(metric, float(estimator.effective_metric_params_.get("p", 2)))
    total: str | None = None
    for at in range(stored.shape[1]):
        column = graph.node("Gather", x, graph.constant(np.array([at])), axis=1)
        step = graph.node("Sub", column, graph.constant(stored[:, at][None, :]))
        part = _power(graph, step, p)
        total = part if total is None else graph.node("Max" if p == np.inf else "Add", total, part)
    assert total is not None
    return total if metric == "sqeuclidean" else _root(graph, total, p)


def _power(graph: Graph, step: str, p: float) -> str:
    if p == 2:
        return graph.node("Mul", step, step)
    size = graph.node("Abs", step)
    return size if p in (1, np.inf) else graph.node("Pow", size, graph.constant(np.float64(p)))


def _root(graph: Graph, total: str, p: float) -> str:
    if p == 2:
        return graph.node("Sqrt", total)
    return (
        total if p in (1, np.inf) else graph.node("Pow", total, graph.constant(np.float64(1 / p)))
    )


def _cosine(graph: Graph, x: str, stored: Array) -> str:
    lengths = np.linalg.norm(stored, axis=1, keepdims=True)
    unit = stored / np.where(lengths == 0, 1, lengths)
    square = graph.node(
        "ReduceSum", graph.node("Mul", x, x), graph.constant(np.array([1])), keepdims=1
    )
    length = graph.node("Sqrt", square)
    empty = graph.cast(graph.node("Equal", length, graph.constant(np.float64(0))), DOUBLE)
    own = graph.node("Div", x, graph.node("Add", length, empty))
    likeness = graph.node("MatMul", own, graph.constant(np.ascontiguousarray(unit.T)))
    apart = graph.node("Sub", graph.constant(np.float64(1)), likeness)
    return graph.node("Max", apart, graph.constant(np.float64(0)))
