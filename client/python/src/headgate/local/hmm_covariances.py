"""Covariances of Gaussian states in hmmlearn's four shapes, and in full as the gateway has them."""

from __future__ import annotations

import numpy as np

from ..tensors import Array

KINDS = ("spherical", "diag", "full", "tied")


def require(covars: Array, kind: str, states: int) -> None:
    """Hold covariances against their kind, with hmmlearn's checks and words.

    :raises ValueError: for another shape, variances that are not positive, a matrix that is no covariance
    """
    if kind == "spherical":
        if covars.ndim < 1 or len(covars) != states:
            raise ValueError("'spherical' covars have length n_components")
        _require_positive(covars, kind)
    elif kind == "tied":
        if covars.ndim != 2 or covars.shape[0] != covars.shape[1]:
            raise ValueError("'tied' covars must have shape (n_dim, n_dim)")
        if not _is_covariance(covars):
            raise ValueError("'tied' covars must be symmetric, positive-definite")
    elif kind == "diag":
        if covars.ndim != 2:
            raise ValueError("'diag' covars must have shape (n_components, n_dim)")
        _require_positive(covars, kind)
    elif kind == "full":
        if covars.ndim != 3 or covars.shape[1] != covars.shape[2]:
            raise ValueError("'full' covars must have shape (n_components, n_dim, n_dim)")
        for state, covariance in enumerate(covars):
            if not _is_covariance(covariance):
                raise ValueError(f"component {state} of 'full' covars must be symmetric, positive-definite")
    else:
        raise ValueError("covariance_type must be one of 'spherical', 'tied', 'diag', 'full'")


def _require_positive(covars: Array, kind: str) -> None:
    if not np.all(covars > 0):
        raise ValueError(f"'{kind}' covars must be positive")


def _is_covariance(matrix: Array) -> bool:
    return bool(np.allclose(matrix, matrix.T) and np.all(np.linalg.eigvalsh(matrix) > 0))


def filled(covars: Array, kind: str, states: int, features: int) -> Array:
    """In full, [k, p, p]."""
    if kind == "full":
        return covars
    if kind == "tied":
        return np.tile(covars, (states, 1, 1))
    variances = covars if kind == "diag" else np.reshape(covars, (states, -1))[:, :1]
    full: Array = variances[:, :, None] * np.eye(features)
    return full


def sent(covars: Array, kind: str, states: int, features: int) -> Array:
    """As they go to the gateway: variances alone [k, p] where a model has no others, else in full."""
    if kind in ("full", "tied"):
        return filled(covars, kind, states, features)
    variances = covars if kind == "diag" else np.reshape(covars, (states, -1))[:, :1]
    return np.ascontiguousarray(np.broadcast_to(variances, (states, features)))


def compact(full: Array, kind: str) -> Array:
    """As hmmlearn keeps what it learned: [k, p, p] when full, [p, p] when tied, else [k, p]."""
    if kind == "full":
        return full
    return np.array(full[0] if kind == "tied" else np.diagonal(full, axis1=1, axis2=2))


def require_shape(covars: Array, kind: str, states: int, features: int) -> None:
    """Hold covariances against the means of the same model.

    :raises ValueError: for other states or features than theirs
    """
    shapes = {"full": (states, features, features), "tied": (features, features), "diag": (states, features)}
    if kind in shapes and covars.shape != shapes[kind]:
        raise ValueError(
            f"covars_ has the shape {covars.shape}, not {shapes[kind]}: with covariance_type={kind!r} it has "
            "the states and features of means_"
        )


def count(kind: str, states: int, features: int) -> int:
    """How many numbers of them a fit chooses."""
    matrix = features * (features + 1) // 2
    return {
        "spherical": states,
        "diag": states * features,
        "full": states * matrix,
        "tied": matrix,
    }[kind]
