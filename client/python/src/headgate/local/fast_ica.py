"""FastICA in numpy as scikit-learn does it, for a contrast that is a function, which stays here.

Where scipy is there its drivers decompose, so that the bits are scikit-learn's too. Source: Hyvarinen and
Oja 2000, with symmetric and with deflating decorrelation.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..tensors import Array

Contrast = Callable[[Array], tuple[Array, Array]]
"""Of projected rows: the contrast's first derivative, and the mean over the rows of its second."""


@functools.cache
def _linalg() -> Any:
    """Imported at the first use: scipy takes half a second and 20 MB of those who never call for it."""
    return importlib.import_module("scipy.linalg" if importlib.util.find_spec("scipy") else "numpy.linalg")


class Unmixing(NamedTuple):
    """What a rotation of white rows came to."""

    rotation: Array
    iterations: int
    converged: bool


def contrast_of(name: str, alpha: float) -> Contrast:
    """One of the built-in contrasts."""

    def logcosh(projected: Array) -> tuple[Array, Array]:
        slopes = np.tanh(alpha * projected)
        return slopes, (alpha * (1 - slopes**2)).mean(axis=-1)

    def exp(projected: Array) -> tuple[Array, Array]:
        bell = np.exp(-(projected**2) / 2)
        return projected * bell, ((1 - projected**2) * bell).mean(axis=-1)

    def cube(projected: Array) -> tuple[Array, Array]:
        return projected**3, (3 * projected**2).mean(axis=-1)

    return {"logcosh": logcosh, "exp": exp, "cube": cube}[name]


def whitening_of(X: Array, components: int, solver: str) -> Array:
    """What makes centred columns [p, n] white, [components, p]; signs as scikit-learn sets them."""
    if solver == "eigh":
        squares, directions = _linalg().eigh(X @ X.T)
        smallest = np.finfo(squares.dtype).eps * 10
        if (squares < smallest).any():
            warnings.warn(
                "There are some small singular values, using whiten_solver = 'svd' might lead to more "
                "accurate results.",
                stacklevel=6,
            )
        scales = np.sqrt(np.maximum(squares, smallest))[::-1]
        directions = directions[:, ::-1]
    else:
        directions, scales = _linalg().svd(X, full_matrices=False)[:2]
    directions = directions * np.sign(directions[0])
    whitening: Array = (directions / scales).T[:components]
    return whitening


def parallel(white: Array, start: Array, contrast: Contrast, tol: float, max_iter: int) -> Unmixing:
    """All components at once, of white rows [k, n]."""
    rotation = _orthonormal(start)
    for iteration in range(1, max_iter + 1):
        slopes, curvatures = contrast(rotation @ white)
        turned = _orthonormal(slopes @ white.T / white.shape[1] - curvatures[:, None] * rotation)
        change = np.abs(np.abs(np.einsum("ij,ij->i", turned, rotation)) - 1).max()
        rotation = turned
        if change < tol:
            return Unmixing(rotation, iteration, True)
    return Unmixing(rotation, max_iter, False)


def deflating(white: Array, start: Array, contrast: Contrast, tol: float, max_iter: int) -> Unmixing:
    """One component after another; scikit-learn does not say when one has not converged."""
    rotation, most = np.zeros_like(start), 1
    for at, row in enumerate(start):
        direction = row / np.sqrt((row**2).sum())
        iterations, change = 0, np.inf
        while iterations < max_iter and not change < tol:
            iterations += 1
            slopes, curvatures = contrast(direction @ white)
            turned = (white * slopes).mean(axis=1) - curvatures.mean() * direction
            turned -= turned @ rotation[:at].T @ rotation[:at]
            turned /= np.sqrt((turned**2).sum())
            change = abs(abs((turned * direction).sum()) - 1)
            direction = turned
        most = max(most, iterations)
        rotation[at] = direction
    return Unmixing(rotation, most, True)


def _orthonormal(rows: Array) -> Array:
    """(W W')^(-1/2) W."""
    squares, directions = _linalg().eigh(rows @ rows.T)
    squares = np.clip(squares, np.finfo(rows.dtype).tiny, None)
    result: Array = np.linalg.multi_dot([directions * (1.0 / np.sqrt(squares)), directions.T, rows])
    return result


def pseudo_inverse(matrix: Array) -> Array:
    """Of the components: the mixing matrix."""
    inverse: Array = _linalg().pinv(matrix)
    return inverse
