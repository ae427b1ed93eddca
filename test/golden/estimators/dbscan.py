"""DBSCAN."""

import numpy as np
from sklearn.cluster import DBSCAN
from vectors import (
    attributes,
    case,
    shaped,
)

KIND = DBSCAN
SETTINGS = {}
CLIENTS_OWN = ["metric_params", "algorithm", "leaf_size", "n_jobs"]


def differs(name, value, taken):
    """Whether the wire differs: it accepts minkowski without a p, and refuses a p beside another metric."""
    ours = ["euclidean", "manhattan", "chebyshev", "minkowski", *NAMED]
    if name == "metric":
        return value not in ours if taken else value == "minkowski"
    return name == "p"


NAMED = ["sqeuclidean", "cosine", "correlation", "canberra", "braycurtis", "hamming"]


def cases(sets):
    rows = [
        ("iris", {}),
        ("iris", {"eps": 0.4, "min_samples": 3}),
        ("iris", {"eps": 0.8, "metric": "manhattan"}),
        ("iris", {"eps": 0.3, "metric": "chebyshev"}),
        ("wine", {"eps": 40, "min_samples": 4}),
        ("wine", {}),
        ("moons", {"eps": 0.15}),
        ("moons", {"eps": 0.1, "min_samples": 3}),
        ("blobs", {"eps": 1.5}),
        ("blobs", {"eps": 2.2, "min_samples": 12}),
        ("lattice", {"eps": 1}),
        ("lattice", {"eps": 2, "min_samples": 12}),
        ("duplicates", {"eps": 0.01}),
        ("constant", {"eps": 0.6, "min_samples": 3}),
        ("wide", {"eps": 7, "min_samples": 2}),
        ("one_row", {}),
        ("one_row", {"min_samples": 1}),
        ("offset", {"eps": 0.7, "min_samples": 3}),
        ("huge", {"eps": 6e29}),
        ("tiny", {"eps": 6e-31}),
        ("heavy_tails", {"eps": 9, "min_samples": 4}),
    ]
    for name, parameters in rows:
        yield case(name, parameters, dbscan_expected(sets[name], parameters))
    for weight in ([3, 1, 1, 0.5], [1, -1, 2, 1]):
        weights = np.resize(weight, len(sets["moons"]))
        expected = dbscan_expected(sets["moons"], {"eps": 0.1}, weights)
        yield case("moons", {"eps": 0.1}, expected) | {"inputs": shaped({"sample_weight": weights})}
    yield from minkowski_cases(sets)
    yield from named_cases(sets)


def named_cases(sets):
    rows = [
        ("lattice", {"eps": 2, "metric": "sqeuclidean"}),
        ("iris", {"eps": 0.25, "metric": "sqeuclidean"}),
        ("iris", {"eps": 0.0005, "metric": "cosine"}),
        ("wine", {"eps": 0.002, "metric": "cosine", "min_samples": 3}),
        ("moons", {"eps": 0.01, "metric": "cosine"}),
        ("iris", {"eps": 0.001, "metric": "correlation"}),
        ("wide", {"eps": 0.8, "metric": "correlation", "min_samples": 2}),
        ("iris", {"eps": 0.15, "metric": "canberra"}),
        ("lattice", {"eps": 0.4, "metric": "canberra", "min_samples": 3}),
        ("iris", {"eps": 0.02, "metric": "braycurtis"}),
        ("moons", {"eps": 0.1, "metric": "braycurtis"}),
        ("iris", {"eps": 0.5, "metric": "hamming"}),
        ("lattice", {"eps": 0.5, "metric": "hamming", "min_samples": 12}),
    ]
    for name, parameters in rows:
        yield case(name, parameters, dbscan_expected(sets[name], parameters))


def minkowski_cases(sets):
    """Powers other than 1 and 2, and a weight for each column: on the wire `w` is an input."""
    rows = [
        ("iris", {"eps": 0.4, "p": 3}, None),
        ("iris", {"eps": 1.5, "p": 0.5}, None),
        ("iris", {"eps": 0.8, "p": 1}, None),
        ("iris", {"eps": 0.3, "p": 400}, None),
        ("iris", {"eps": 0.6, "p": 2}, [1, 2, 0.5, 0]),
        ("iris", {"eps": 0.87, "p": 1}, [0.5, 1, 1, 3]),
        ("iris", {"eps": 0.5, "p": 3}, [1, 2, 0.5, 4]),
        ("blobs", {"eps": 1.9, "p": 1.5}, None),
        ("huge", {"eps": 6e29, "p": 3}, None),
    ]
    for name, parameters, w in rows:
        x = sets[name] / 1e30 if name == "huge" else sets[name]  # scikit-learn's powers overflow here
        eps = parameters["eps"] / 1e30 if name == "huge" else parameters["eps"]
        metric = {"p": parameters["p"]} | ({} if w is None else {"w": np.array(w, float)})
        fitted = DBSCAN(eps=eps, metric="minkowski", metric_params=metric).fit(x)
        expected = attributes(fitted, ["labels", "core_sample_indices"])
        made = case(name, parameters | {"metric": "minkowski"}, expected)
        yield made if w is None else made | {"inputs": shaped({"w": np.array(w, float)})}


def dbscan_expected(x, parameters, weights=None):
    fitted = DBSCAN(**parameters).fit(x, sample_weight=weights)
    return attributes(fitted, ["labels", "core_sample_indices", "components"])
