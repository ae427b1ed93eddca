"""Checks of the starts that a caller gives to NMF and mixtures, in scikit-learn's words."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..tensors import Array
from .missing import as_array


def nmf_start(given: Any, shape: tuple[int | None, int | None], name: str, dtype: Any) -> Array:
    """W or H of an NMF with `init="custom"`; the number of components may be open.

    :raises ValueError: for another shape, negative numbers, or nothing but zeros
    """
    start = as_array(given)
    if start.ndim != 2:
        raise ValueError(f"Expected 2D array, got {start.ndim}D array instead for NMF (input {name})")
    for ordinal, expected, got in zip(("first", "second"), shape, start.shape, strict=True):
        if expected is not None and expected != got:
            raise ValueError(
                f"Array with wrong {ordinal} dimension passed to NMF (input {name}). Expected {expected}, "
                f"but got {got}."
            )
    if (start < 0).any():
        raise ValueError(f"Negative values in data passed to NMF (input {name})")
    if not start.any():
        raise ValueError(f"Array passed to NMF (input {name}) is full of zeros.")
    kept: Array = start.astype(start.dtype if start.dtype.kind == "f" else dtype, copy=False)
    return kept


def mixture_weights(given: Any, components: int) -> Array:
    """The weights of a mixture's components.

    :raises ValueError: for another shape, or what is no distribution
    """
    weights = _shaped(given, (components,), "weights")
    if (weights < 0).any() or (weights > 1).any():
        raise ValueError(
            "The parameter 'weights' should be in the range [0, 1], but got max value "
            f"{weights.min():.5f}, min value {weights.max():.5f}"
        )
    if not np.allclose(abs(1.0 - weights.sum()), 0.0, atol=1e-6 if weights.dtype == np.float32 else 1e-8):
        raise ValueError(
            f"The parameter 'weights' should be normalized, but got sum(weights) = {weights.sum():.5f}"
        )
    return weights


def mixture_means(given: Any, components: int, columns: int) -> Array:
    """The means of a mixture's components.

    :raises ValueError: for another shape
    """
    return _shaped(given, (components, columns), "means")


def mixture_precisions(given: Any, kind: str, components: int, columns: int) -> Array:
    """The precisions of a mixture's components, in full [k, p, p] whatever the covariance type.

    :raises ValueError: for another shape, or what is no precision
    """
    k, p = components, columns
    shape = {"full": (k, p, p), "tied": (p, p), "diag": (k, p), "spherical": (k,)}[kind]
    precisions = _shaped(given, shape, f"{kind} precision")
    if kind in ("diag", "spherical"):
        if (precisions <= 0).any():
            raise ValueError(f"'{kind} precision' should be positive")
        diagonal: Array = precisions.reshape(k, 1, -1) * np.eye(p, dtype=precisions.dtype)
        return diagonal
    full = np.broadcast_to(precisions, (k, p, p))
    for matrix in full:
        if not np.allclose(matrix, matrix.T) or not (np.linalg.eigvalsh(matrix) > 0).all():
            raise ValueError(f"'{kind} precision' should be symmetric, positive-definite")
    return np.ascontiguousarray(full)


def _shaped(given: Any, shape: tuple[int, ...], name: str) -> Array:
    array = as_array(given)
    array = array.astype(array.dtype if array.dtype == np.float32 else np.float64, copy=False)
    if array.shape != shape:
        given_by = f"{name.rpartition(' ')[2].removesuffix('s')}s_init"
        raise ValueError(
            f"The parameter '{name}' should have the shape of {shape}, but got {array.shape} ({given_by})"
        )
    if not np.isfinite(array).all():
        raise ValueError(f"Input {name} contains NaN or infinity.")
    return array
