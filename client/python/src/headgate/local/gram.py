"""Gram matrices, covariances and their inverses in float64 numpy, quick also where the cores are taken."""

from __future__ import annotations

import numpy as np

from ..tensors import Array

# OpenBLAS shares a product of more multiply-adds than this between threads. On a machine whose cores are
# taken, the wait for the other thread is what a small product costs: a Gram matrix of 252 x 50 took 4 ms,
# in pieces 34 us (median of 300, two busy cores); on a quiet one 38 and 61 us.
UNSHARED_MULTIPLY_ADDS = 4 * 65_536
# Pieces that stay in the processor's cache, and are worth a call of numpy's.
_PIECE_ELEMENTS, _PIECE_ROWS_MIN = 32_768, 64


# Of the mean's square to the variance: what is subtracted may cost two digits.
_FAR_FROM_ZERO = 100


def gram(X: Array, centre: bool) -> tuple[Array, Array]:
    """Column means [p] and X.T @ X [p, p], about the means or about zero.

    Where columns are few, in one pass: each piece is summed and multiplied while it is in the cache. The
    means are taken off afterwards, as scikit-learn does, or the first row before, where that would cost
    digits.
    """
    n, p = X.shape
    rows = min(UNSHARED_MULTIPLY_ADDS // (p * p), _PIECE_ELEMENTS // p)
    if rows < _PIECE_ROWS_MIN:
        mean = X.mean(axis=0)
        centred = X - mean if centre else X
        return mean, centred.T @ centred
    total, products = _sums(X, rows, None)
    if not centre:
        return total / n, products
    off = np.outer(total / n, total)
    if (np.diagonal(off) > _FAR_FROM_ZERO * (np.diagonal(products) - np.diagonal(off))).any():
        total, products = _sums(X, rows, X[0])
        return X[0] + total / n, products - np.outer(total / n, total)
    return total / n, products - off


def _sums(X: Array, rows: int, pivot: Array | None) -> tuple[Array, Array]:
    """Of X, or of X less a row: the columns' sums and X.T @ X."""
    n, p = X.shape
    total, products, ones = np.zeros(p), np.zeros((p, p)), np.ones(rows)
    for at in range(0, n, rows):
        piece = X[at : at + rows] if pivot is None else X[at : at + rows] - pivot
        total += ones[: len(piece)] @ piece  # a seventh of the time of `sum`
        products += piece.T @ piece
    return total, products


def empirical_covariance(X: Array, assume_centered: bool) -> Array:
    """Divided by n, [p, p]."""
    covariance: Array = gram(X, not assume_centered)[1] / len(X)
    return covariance


# Of a matrix in the one-norm; below it an inverse has ten digits and more, and no eigenvalue is cut off.
_WELL_CONDITIONED = 1e5


def pseudo_inverse(matrix: Array) -> Array:
    """Of a symmetric matrix, as scipy's pinvh: the inverse where that is safe, else by eigenvalues.

    The inverse of 50 x 50 takes 46 us and no second thread, the eigenvectors 300 us and two.
    """
    try:
        inverse: Array = np.linalg.inv(matrix)
        if np.linalg.norm(matrix, 1) * np.linalg.norm(inverse, 1) < _WELL_CONDITIONED:
            inverse = 0.5 * (inverse + inverse.T)
            return inverse
    except np.linalg.LinAlgError:
        pass
    values, vectors = np.linalg.eigh(matrix)
    cutoff = np.abs(values).max() * len(values) * np.finfo(values.dtype).eps
    kept = np.abs(values) > cutoff
    inverse = (vectors[:, kept] / values[kept]) @ vectors[:, kept].T
    return inverse
