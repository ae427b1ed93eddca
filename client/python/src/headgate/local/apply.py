"""Applies a fit to new rows, from the fit's attributes."""

from __future__ import annotations

import numpy as np

from ..tensors import Array

_IN_DOUBT = 1e-10


def distances(X: Array, centres: Array) -> Array:
    """Euclidean distances [n, k]: by products, which lose the digits of what is near, and those anew."""
    rows, points = X.astype(np.float64, copy=False), centres.astype(np.float64, copy=False)
    sums = (rows**2).sum(axis=1)[:, None] + (points**2).sum(axis=1)
    squares = sums - 2 * (rows @ points.T)
    i, j = np.nonzero(squares <= _IN_DOUBT * sums)
    squares[i, j] = ((rows[i] - points[j]) ** 2).sum(axis=1)
    result: Array = np.sqrt(squares).astype(np.result_type(X, centres), copy=False)
    return result


def nearest(X: Array, centres: Array) -> Array:
    """The nearest centre of each row, [n] int32."""
    labels: Array = ((centres**2).sum(axis=1) - 2 * (X @ centres.T)).argmin(axis=1).astype(np.int32)
    return labels


def mahalanobis(X: Array, location: Array, precision: Array) -> Array:
    """Squared distances, [n]."""
    centred = X - location
    result: Array = np.einsum("ij,ij->i", centred @ precision, centred)
    return result


def log_likelihood(covariance: Array, precision: Array) -> float:
    """The log-likelihood of a test covariance under a Gaussian of this precision, as in scikit-learn."""
    p = len(precision)
    value = -np.sum(covariance * precision) + log_determinant(precision) - p * np.log(2 * np.pi)
    return float(value / 2)


def log_determinant(precision: Array) -> float:
    """Minus infinity where the matrix is singular: where a pivot is the rounding of zero."""
    try:
        pivots = np.diagonal(np.linalg.cholesky(precision)) ** 2
    except np.linalg.LinAlgError:
        return -np.inf
    least = 64 * len(precision) * np.finfo(float).eps
    return float(np.log(pivots).sum()) if (pivots > least * np.diagonal(precision)).all() else -np.inf


def gaussian_log_prob(X: Array, means: Array, factors: Array, kind: str) -> Array:
    """log N(x; mean, covariance) [n, k] from the precisions' Cholesky factors."""
    n, p = X.shape
    result = np.empty((n, len(means)), dtype=X.dtype)
    for k, mean in enumerate(means):
        factor = factors if kind == "tied" else factors[k]
        if kind in ("full", "tied"):
            y, log_det = X @ factor - mean @ factor, np.log(np.diagonal(factor)).sum()
        elif kind == "diag":
            y, log_det = X * factor - mean * factor, np.log(factor).sum()
        else:
            y, log_det = (X - mean) * factor, p * np.log(factor)
        result[:, k] = -0.5 * (p * np.log(2 * np.pi) + (y**2).sum(axis=1)) + log_det
    return result


def log_sum_exp(values: Array) -> Array:
    """log(sum(exp(x))) over the last axis."""
    largest = values.max(axis=-1, keepdims=True)
    largest = np.where(np.isfinite(largest), largest, 0.0)
    with np.errstate(divide="ignore"):
        result: Array = np.log(np.exp(values - largest).sum(axis=-1)) + largest[..., 0]
    return result


def average_path_length(samples: Array) -> Array:
    """Mean path of an unsuccessful search in a binary tree of so many samples (Liu et al., 2008)."""
    samples = np.asarray(samples, dtype=np.float64)
    large = samples > 2
    safe = np.where(large, samples, 3.0)
    value = 2.0 * (np.log(safe - 1.0) + np.euler_gamma) - 2.0 * (safe - 1.0) / safe
    return np.where(large, value, np.where(samples == 2, 1.0, 0.0))


class Forest:
    """Isolation trees in flat arrays, each tree's nodes after those of the one before."""

    def __init__(self, attributes: dict[str, Array]) -> None:
        offsets = attributes["tree_offsets"].astype(np.int64)
        sizes = np.diff(np.append(offsets, len(attributes["feature"])))
        base = np.repeat(offsets, sizes)
        inner = attributes["children_left"] >= 0
        itself = np.arange(len(inner))
        # A leaf leads to itself, so that all trees are walked at once, as many steps as the deepest has.
        self.left = np.where(inner, attributes["children_left"] + base, itself)
        self.right = np.where(inner, attributes["children_right"] + base, itself)
        self.feature = np.where(inner, attributes["feature"], 0)
        self.threshold = np.where(inner, attributes["threshold"], np.inf)
        self.missing = np.where(attributes.get("missing_go_to_left", False), self.left, self.right)
        self.roots, self.inner = offsets, inner
        depth = self._depths()
        self.path = depth + average_path_length(attributes["n_node_samples"])
        self.levels = int(depth.max())
        self.average = float(average_path_length(np.array([attributes["max_samples"]]))[0])

    def _depths(self) -> Array:
        depth = np.zeros(len(self.inner))
        level, step = self.roots[self.inner[self.roots]], 0
        while len(level):
            step += 1
            children = np.concatenate([self.left[level], self.right[level]])
            depth[children] = step
            level = children[self.inner[children]]
        return depth

    def score_samples(self, X: Array) -> Array:
        """The scores [n], from -1 (surely an outlier) to 0."""
        depth = np.empty(len(X))
        for at in range(0, len(X), 4096):  # 4096 rows x 100 trees are some megabytes
            rows = X[at : at + 4096]
            node = np.repeat(self.roots[None], len(rows), axis=0)
            which = np.arange(len(rows))[:, None]
            holed = np.isnan(rows).any()
            for _ in range(self.levels):
                value = rows[which, self.feature[node]]
                step = np.where(value <= self.threshold[node], self.left[node], self.right[node])
                node = np.where(np.isnan(value), self.missing[node], step) if holed else step
            # Tree after tree, as scikit-learn adds them: rows alike must tie to the last bit at the offset.
            depth[at : at + 4096] = np.add.accumulate(self.path[node], axis=1)[:, -1]
        denominator = len(self.roots) * self.average
        scores: Array = -(2.0 ** (-depth / denominator)) if denominator else np.full(len(X), -0.5)
        return scores
