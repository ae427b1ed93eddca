"""DBSCAN of some hundred rows in float64 numpy, labels as scikit-learn's (Ester and others, 1996)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..tensors import Array
from .gram import UNSHARED_MULTIPLY_ADDS

# Distances by a product of matrices lose digits: those so near to the radius are taken anew.
_IN_DOUBT = 1e-12


def fit(X: Array, radius: float, neighbours_min: int) -> tuple[Array, Array]:
    """The cluster of each row [n], -1 for noise, and the core rows' indices, ascending.

    Clusters are numbered by their first core row; a border row is in the first cluster it touches.
    """
    return clusters(neighbourhoods(X, radius), neighbours_min)


def clusters(near: Array, neighbours_min: int, weight: Array | None = None) -> tuple[Array, Array]:
    """The same of neighbourhoods [n, n] bool, whose rows may count by a weight each."""
    core = (near.sum(axis=1) if weight is None else near @ weight) >= neighbours_min
    labels = np.full(len(near), -1)
    waiting, number = core.copy(), 0
    while waiting.any():
        members = _reached(near, int(waiting.argmax()), waiting)
        waiting &= ~members
        touched = near[members].any(axis=0)
        labels[touched & (labels < 0)] = number
        number += 1
    return labels, np.flatnonzero(core)


def _reached(near: Array, start: int, core: Array) -> Array:
    """The core rows that a core row is joined to, itself too, [n] bool."""
    members = np.zeros(len(near), dtype=bool)
    members[start] = True
    front = members
    while front.any():
        front = near[front].any(axis=0) & core & ~members
        members = members | front
    return members


def within(X: Array, distance: Callable[[Array, Array], float], radius: float) -> Array:
    """Whether two rows are at most so far apart by a function of them, [n, n] bool; each is near itself."""
    near = np.eye(len(X), dtype=bool)
    for i, row in enumerate(X):
        for j in range(i):
            near[i, j] = near[j, i] = distance(row, X[j]) <= radius
    return near


def neighbourhoods(X: Array, radius: float) -> Array:
    """Whether two rows are at most so far apart, [n, n] bool."""
    n, p = X.shape
    centred = X - X.mean(axis=0)
    norms, rows = np.einsum("ij,ij->i", centred, centred), max(1, UNSHARED_MULTIPLY_ADDS // (n * p))
    square = radius * radius
    near = np.empty((n, n), dtype=bool)
    for at in range(0, n, rows):
        piece = slice(at, at + rows)
        sums = norms[piece, None] + norms
        excess = sums - 2 * (centred[piece] @ centred.T) - square
        near[piece] = excess <= 0
        doubtful = np.abs(excess) <= _IN_DOUBT * (sums + square)
        for i, j in zip(*np.nonzero(doubtful), strict=True):
            near[at + i, j] = ((X[at + i] - X[j]) ** 2).sum() <= square
    np.fill_diagonal(near, True)
    return near
