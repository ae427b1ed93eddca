"""Graphs of support vector machines, in FP64."""

from typing import Any

import numpy as np

from headgate_trainer.graph import DOUBLE, Graph
from headgate_trainer.scikit.linear import affine
from headgate_trainer.tensors import Array


def regression(estimator: Any, graph: Graph, x: str) -> dict[str, str]:
    """Add the weighted kernels of the support vectors."""
    kernel = _kernel(estimator, graph, x)
    values = affine(graph, kernel, estimator.dual_coef_.T, estimator.intercept_)
    return {"predictions": graph.flat(values)}


def classification(estimator: Any, graph: Graph, x: str) -> dict[str, str]:
    """Let each pair of classes vote; of classes with equally many votes the first wins."""
    weights, bias, first, second = _pairs(estimator)
    scores = affine(graph, _kernel(estimator, graph, x), weights, bias)
    zero = graph.constant(np.float64(0))
    by_confidence = estimator.break_ties and len(estimator.classes_) > 2
    # The decision function counts a score of 0 for the first class, libsvm's vote for the second.
    won = graph.cast(
        graph.node("GreaterOrEqual" if by_confidence else "Greater", scores, zero), DOUBLE
    )
    lost = graph.node("Sub", graph.constant(np.float64(1)), won)
    votes = graph.node(
        "Add",
        graph.node("MatMul", won, graph.constant(first)),
        graph.node("MatMul", lost, graph.constant(second)),
    )
    if by_confidence:
        votes = graph.node("Add", votes, _confidence(graph, scores, first - second))
    return {"labels": graph.pick(estimator.classes_, graph.first_largest(votes))}


def _confidence(graph: Graph, scores: str, signs: Array) -> str:
    """Scale the sums of the scores into (-1/3, 1/3), so that they only break ties of votes."""
    total = graph.node("MatMul", scores, graph.constant(signs))
    size = graph.node("Add", graph.node("Abs", total), graph.constant(np.float64(1)))
    return graph.node("Div", total, graph.node("Mul", size, graph.constant(np.float64(3))))


def _pairs(estimator: Any) -> tuple[Array, Array, Array, Array]:
    """Lay libsvm's coefficients out as one column for each pair of classes."""
    counts = estimator.n_support_
    classes = len(counts)
    ends = np.cumsum(counts)
    starts = ends - counts
    pairs = [(i, j) for i in range(classes) for j in range(i + 1, classes)]
    weights = np.zeros((ends[-1], len(pairs)))
    first, second = np.zeros((len(pairs), classes)), np.zeros((len(pairs), classes))
    for at, (i, j) in enumerate(pairs):
        of_i, of_j = slice(starts[i], ends[i]), slice(starts[j], ends[j])
        weights[of_i, at] = estimator._dual_coef_[j - 1, of_i]
        weights[of_j, at] = estimator._dual_coef_[i, of_j]
        first[at, i] = second[at, j] = 1
    return weights, estimator._intercept_, first, second


def _kernel(estimator: Any, graph: Graph, x: str) -> str:
    """Answer the kernel of each row with each support vector, ``[batch, vectors]``."""
    vectors = np.asarray(estimator.support_vectors_, dtype=np.float64)
    gamma = graph.constant(np.float64(estimator._gamma))
    if estimator.kernel == "rbf":
        # The distance does not change with the origin, and loses least where the vectors are.
        centre = vectors.mean(axis=0) if len(vectors) else np.zeros(vectors.shape[1])
        x = graph.node("Sub", x, graph.constant(centre))
        squares = _squared_distances(graph, x, vectors - centre)
        return graph.node("Exp", graph.node("Neg", graph.node("Mul", squares, gamma)))
    dot = graph.node("MatMul", x, graph.constant(np.ascontiguousarray(vectors.T)))
    if estimator.kernel == "linear":
        return dot
    shifted = graph.node(
        "Add", graph.node("Mul", dot, gamma), graph.constant(np.float64(estimator.coef0))
    )
    if estimator.kernel == "sigmoid":
        return graph.node("Tanh", shifted)
    return graph.node("Pow", shifted, graph.constant(np.float64(estimator.degree)))


def _squared_distances(graph: Graph, x: str, vectors: Array) -> str:
    axis = graph.constant(np.array([1]))
    own = graph.node("ReduceSum", graph.node("Mul", x, x), axis, keepdims=1)
    dot = graph.node("MatMul", x, graph.constant(np.ascontiguousarray(-2 * vectors.T)))
    both = graph.node("Add", own, graph.constant((vectors**2).sum(axis=1)))
    return graph.node("Max", graph.node("Add", both, dot), graph.constant(np.float64(0)))
