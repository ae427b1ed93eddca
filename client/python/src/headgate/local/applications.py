"""Numpy stand-ins for the gateway's `.apply` and `.update` of a fit whose attributes are in the request.

A handle is no attribute: only the gateway knows what it stands for, and None is answered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..tensors import Array, Tensors
from . import apply, states

Application = Callable[[Tensors, Mapping[str, Any]], dict[str, Array]]


def kmeans(inputs: Tensors, parameters: Mapping[str, Any]) -> dict[str, Array]:
    """As `kmeans.apply`."""
    X, centres = _floats(inputs, "X"), _floats(inputs, "cluster_centers")
    # About the centres' mean no offset costs digits.
    middle = centres.mean(axis=0)
    X, centres = X - middle, centres - middle
    nearest = apply.nearest(X, centres)
    inertia = ((X - centres[nearest]) ** 2).sum()
    return {"predict": nearest, "transform": apply.distances(X, centres), "score": -inertia}


def gaussian_mixture(inputs: Tensors, parameters: Mapping[str, Any]) -> dict[str, Array]:
    """As `gaussian_mixture.apply`."""
    means, factors = _floats(inputs, "means"), _floats(inputs, "precisions_cholesky")
    kind = str(parameters.get("covariance_type", "full"))
    log_prob = apply.gaussian_log_prob(_floats(inputs, "X"), means, factors, kind)
    with np.errstate(divide="ignore"):
        weighted = log_prob + np.log(_floats(inputs, "weights"))
    scores = apply.log_sum_exp(weighted)
    return {
        "predict": weighted.argmax(axis=1).astype(np.int32),
        "predict_proba": np.exp(weighted - scores[:, None]),
        "score_samples": scores,
        "score": scores.mean(),
    }


def _floats(inputs: Tensors, name: str) -> Array:
    return np.asarray(inputs[name], dtype=np.float64)


_ATTRIBUTES: Mapping[str, tuple[Application, tuple[str, ...]]] = {
    "kmeans.apply": (kmeans, ("cluster_centers",)),
    "gaussian_mixture.apply": (gaussian_mixture, ("weights", "means", "precisions_cholesky")),
    "gaussian_hmm.apply": (
        lambda inputs, _: states.apply(inputs),
        ("startprob", "transmat", "means", "covars"),
    ),
    "gaussian_hmm.update": (
        lambda inputs, _: states.update(inputs),
        ("transmat", "means", "covars", "filtered"),
    ),
}
NAMES = tuple(_ATTRIBUTES)


def applied(name: str, inputs: Tensors, parameters: Mapping[str, Any]) -> dict[str, Array] | None:
    """What the gateway would answer in float64, or None where the attributes are not in the request."""
    function, attributes = _ATTRIBUTES[name]
    return function(inputs, parameters) if all(each in inputs for each in attributes) else None
