"""PCA."""

import numpy as np
from sklearn.decomposition import PCA
from vectors import (
    applied,
    around,
    attributes,
    case,
    taken,
)

KIND = PCA
SETTINGS = {"n_components": 2}
CLIENTS_OWN = ["copy", "tol", "power_iteration_normalizer"]
BESIDE = {
    "iterated_power": {"svd_solver": "randomized"},
    "n_oversamples": {"svd_solver": "randomized"},
}


def differs(name, value, taken):
    return taken and name == "svd_solver" and value == "arpack"


def cases(sets):
    full = {"svd_solver": "full"}
    # At an offset of 1e8 scikit-learn's covariance_eigh loses all digits: its full solver is the reference.
    rows = [
        ("iris", {}, {}),
        ("iris", {"n_components": 2}, {"n_components": 2}),
        ("iris", {"n_components": 0.95}, {"n_components": 0.95}),
        ("iris", {"n_components": "mle"}, {"n_components": "mle"}),
        ("iris", full, full),
        ("wine", {}, {}),
        ("collinear", full, full),
        ("constant", full, full),
        ("wide", {}, {}),
        ("offset", {}, full),
        ("huge", full, full),
        ("tiny", full, full),
        ("tall", {}, {}),
        ("market", {}, {}),
        ("market", {"n_components": "mle"}, {"n_components": "mle"}),
        ("long", {"n_components": 5}, {"n_components": 5, "random_state": 0}),
        ("long", {"n_components": 0.9}, {"n_components": 0.9}),
        ("flat", {"n_components": 5, "random_state": 3}, {"n_components": 5, "random_state": 3}),
    ]
    names = ["components", "explained_variance", "explained_variance_ratio", "singular_values", "mean"]
    for name, ours, theirs in rows:
        fitted = PCA(**theirs).fit(sets[name])
        expected = attributes(fitted, [*names, "noise_variance"])
        variance = fitted.explained_variance_
        # Directions without variance are arbitrary: only the first `rank` components are compared.
        yield case(name, ours, expected) | {"rank": int(np.sum(variance > 1e-12 * variance[0]))}


def apply(sets):
    rows = [
        ("iris", 100, {}, 2),
        ("iris", 150, {"whiten": True}, 3),
        ("wine", 178, {"whiten": True}, 5),
        ("tall", 120, {}, 4),
        ("wide", 10, {}, 4),
        ("huge", 60, {}, 2),
    ]
    for name, n, parameters, k in rows:
        x = sets[name]
        fitted = PCA(n_components=k, svd_solver="full", **parameters).fit(x[:n])
        attributes = taken(fitted, ["components", "mean", "explained_variance"])
        at, to = around(n, x)
        scores = fitted.transform(x[at:to])
        yield applied(name, (at, to), parameters, attributes, {"transform": scores})
        back = {"inverse_transform": fitted.inverse_transform(scores)}
        yield applied(name, (at, to), parameters | {"inverse": True}, attributes | {"X": scores}, back)
