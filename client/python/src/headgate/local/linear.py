"""scikit-learn's formulas for scalers, principal components and covariances, in float64 numpy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..tensors import Array
from .gram import empirical_covariance, gram, pseudo_inverse

Outputs = dict[str, Any]


def moments(
    X: Array, weight: Array | None, before: tuple[Array, Array | None, Array] | None
) -> tuple[Array, Array, Array]:
    """Mean, variance and count of each column, NaN left out, of X and what was seen before (Chan et al.)."""
    total = X.sum(axis=0, dtype=np.float64) if weight is None else weight @ X.astype(np.float64, copy=False)
    holes = not np.isfinite(total).all()
    if holes:
        missing = np.isnan(X)
        there = np.ones(len(X)) if weight is None else weight
        total = there @ np.where(missing, 0.0, X).astype(np.float64, copy=False)
        count = there @ (~missing).astype(np.float64)
    else:
        count = np.full(X.shape[1], len(X) if weight is None else weight.sum(), dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        deviation = X - total / count
        if holes:
            deviation = np.where(missing, 0.0, deviation)
        correction = deviation.sum(axis=0, dtype=np.float64) if weight is None else weight @ deviation
        if weight is None and deviation.dtype == np.float64:
            squares = np.einsum("ij,ij->j", deviation, deviation)
        else:
            deviation = deviation.astype(np.float64, copy=False) ** 2
            squares = deviation.sum(axis=0) if weight is None else weight @ deviation
        squares -= correction**2 / count
        if before is None:
            return total / count, squares / count, count
        mean, variance, seen = before
        updated = seen + count
        ratio = seen / count
        merged = ratio / updated * (mean * seen / ratio - total) ** 2
        if variance is not None:
            squares = np.where(seen == 0, squares, variance * seen + squares + merged)
        return (mean * seen + total) / updated, squares / updated, updated


def scale_of(variance: Array, mean: Array, count: Array) -> Array:
    """The standard deviation; 1 where a column is constant but for rounding."""
    eps = np.finfo(np.float64).eps
    constant = variance <= count * eps * variance + (count * mean * eps) ** 2
    scale: Array = np.sqrt(variance)
    scale[constant | (scale == 0.0)] = 1.0
    return scale


def ledoit_wolf(centred: Array) -> tuple[Array, float]:
    """The shrunk covariance and its shrinkage (Ledoit and Wolf, 2004) of centred rows."""
    n, p = centred.shape
    empirical = empirical_covariance(centred, True)
    if p == 1:
        return empirical, 0.0
    unit = _variance_unit(empirical)
    scaled = empirical / unit
    mu = np.trace(scaled) / p
    delta_raw = float((scaled**2).sum())
    beta_raw = float(((np.einsum("ij,ij->i", centred, centred) / unit) ** 2).sum())
    beta = (beta_raw / n - delta_raw) / (p * n)
    delta = (delta_raw - 2.0 * mu * np.trace(scaled) + p * mu**2) / p
    beta = min(beta, delta)
    # Rounding alone brings beta below 0.
    shrinkage = 0.0 if beta <= 0 else float(beta / delta)
    return _shrunk(empirical, shrinkage, mu * unit), shrinkage


def oas(empirical: Array, n: int) -> tuple[Array, float]:
    """The shrunk covariance and its shrinkage (Chen et al., 2010) of an empirical one of n rows."""
    p = len(empirical)
    if p == 1:
        return empirical, 0.0
    unit = _variance_unit(empirical)
    alpha, mu = np.mean((empirical / unit) ** 2), np.trace(empirical / unit) / p
    denominator = (n + 1) * (alpha - mu**2 / p)
    shrinkage = 1.0 if denominator == 0 else float(min((alpha + mu**2) / denominator, 1.0))
    return _shrunk(empirical, shrinkage, mu * unit), shrinkage


def _variance_unit(empirical: Array) -> float:
    """A power of two near the mean variance.

    Dividing by it loses no digit, and squares of variances neither overflow nor vanish: of numbers of 1e80
    they are 1e320, which a double does not hold.
    """
    mean = float(np.trace(empirical)) / len(empirical)
    return 2.0 ** (math.frexp(mean)[1] - 1) if 0.0 < mean < math.inf else 1.0


def _shrunk(empirical: Array, shrinkage: float, mu: float) -> Array:
    shrunk: Array = (1.0 - shrinkage) * empirical
    shrunk.flat[:: len(shrunk) + 1] += shrinkage * mu
    return shrunk


def covariance(kind: str, X: Array, assume_centered: bool, store_precision: bool) -> Outputs:
    """A covariance fit's outputs: kind is empirical_covariance, ledoit_wolf or oas."""
    X = X.astype(np.float64, copy=False)
    if kind == "ledoit_wolf":
        mean = X.mean(axis=0)
        matrix, shrinkage = ledoit_wolf(X if assume_centered else X - mean)
    else:
        mean, products = gram(X, not assume_centered)
        matrix, shrinkage = products / len(X), 0.0
        if kind == "oas":
            matrix, shrinkage = oas(matrix, len(X))
    location = np.zeros_like(mean) if assume_centered else mean
    precision = {"precision": pseudo_inverse(matrix)} if store_precision else {}
    shrunk = {} if kind == "empirical_covariance" else {"shrinkage": shrinkage}
    return {"location": location, "covariance": matrix, **precision, **shrunk}


_WELL_APART = 1e-6


def pca_by_covariance(X: Array, n_components: int | float | None) -> Outputs | None:
    """Principal components of few columns by the covariance's eigenvectors, much quicker than `pca`.

    None where that would lose digits against a decomposition of X itself, as scikit-learn chooses for less
    than ten rows a column: where eigenvalues are small, or two of them near, beside the largest.
    """
    n, p = X.shape
    mean, products = gram(X, True)
    values, vectors = np.linalg.eigh(products / (n - 1))
    largest = values[-1]
    apart = np.diff(values, prepend=0.0).min() if n > p else 0.0
    if not apart > _WELL_APART * largest:
        return None
    return _components(vectors.T[::-1], np.sqrt(values[::-1] * (n - 1)), mean, (n, p), n_components)


def pca(X: Array, n_components: int | float | None) -> Outputs:
    """Principal components by a full decomposition, signs as scikit-learn sets them."""
    n, p = X.shape
    mean = X.mean(axis=0)
    _, singular, components = np.linalg.svd(X - mean, full_matrices=False)
    return _components(components, singular, mean, (n, p), n_components)


def _components(
    components: Array, singular: Array, mean: Array, shape: tuple[int, int], n_components: int | float | None
) -> Outputs:
    n, p = shape
    largest = np.abs(components).argmax(axis=1)
    components = components * np.sign(components[np.arange(len(components)), largest])[:, None]
    variance = singular**2 / (n - 1)
    total = variance.sum()
    ratio = variance / total if total > 0 else np.zeros_like(variance)
    count = min(n, p) if n_components is None else n_components
    if 0 < count < 1:
        count = int(np.searchsorted(np.cumsum(ratio), count, side="right")) + 1
    k = int(count)
    noise = variance[k:].mean() if k < min(n, p) else 0.0
    return {
        "components": components[:k],
        "explained_variance": variance[:k],
        "explained_variance_ratio": ratio[:k],
        "singular_values": singular[:k],
        "mean": mean,
        "noise_variance": noise,
        "n_components": k,
        "n_samples": n,
    }
