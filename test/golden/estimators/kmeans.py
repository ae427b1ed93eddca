"""KMeans."""

import numpy as np
from sklearn.cluster import KMeans
from vectors import applied, around, attributes, case, taken

KIND = KMeans
SETTINGS = {"n_clusters": 2, "n_init": 1}
CLIENTS_OWN = ["verbose", "copy_x", "algorithm"]


def cases(sets):
    rows = [
        ("iris", {"n_clusters": 3}),
        ("iris", {"n_clusters": 3, "n_init": 10, "random_state": 4}),
        ("iris", {"n_clusters": 5, "init": "random", "n_init": 3, "random_state": 1}),
        ("iris", {}),
        ("wine", {"n_clusters": 3, "random_state": 2}),
        ("offset", {"n_clusters": 4}),
        ("duplicates", {"n_clusters": 6}),
        ("one_row", {"n_clusters": 1}),
        ("wide", {"n_clusters": 10}),
        ("long", {"n_clusters": 4, "max_iter": 2}),
        ("regimes", {"n_clusters": 2, "n_init": 10}),
        ("huge", {"n_clusters": 2}),
    ]
    for name, parameters in rows:
        fitted = KMeans(**({"random_state": 0} | parameters)).fit(sets[name])
        yield case(name, parameters, attributes(fitted, ["cluster_centers", "labels", "inertia", "n_iter"]))
    weighted = [
        ("iris", {"n_clusters": 3}),
        ("iris", {"n_clusters": 5, "init": "random", "n_init": 3, "random_state": 1}),
        ("wine", {"n_clusters": 4, "n_init": 4, "random_state": 2}),
        ("regimes", {"n_clusters": 3}),
        ("offset", {"n_clusters": 4}),
        ("wide", {"n_clusters": 3, "init": "random", "n_init": 1}),
    ]
    for name, parameters in weighted:
        rng = np.random.default_rng(11)
        # A third of the rows have weight zero.
        weights = np.round(np.maximum(rng.random(len(sets[name])) * 3 - 1, 0), 3)
        fitted = KMeans(**({"random_state": 0} | parameters)).fit(sets[name], sample_weight=weights)
        expected = attributes(fitted, ["cluster_centers", "labels", "inertia", "n_iter"])
        inputs = {"sample_weight": {"shape": [len(weights)], "data": weights.tolist()}}
        yield case(name, parameters, expected) | {"inputs": inputs}


def apply(sets):
    for name, n, k in [("iris", 100, 3), ("wine", 60, 4), ("duplicates", 30, 3), ("wide", 10, 1)]:
        fitted = KMeans(k, random_state=0).fit(sets[name][:n])
        rows = around(n, sets[name])
        expected = kmeans_expected(fitted, sets[name][slice(*rows)])
        yield applied(name, rows, {}, taken(fitted, ["cluster_centers"]), expected)
    # Distances by the expanded square lose all digits at an offset of 1e8: the reference uses the same rows
    # without the offset.
    x = sets["offset"] - 1e8
    fitted = KMeans(3, random_state=0).fit(x)
    moved = {"cluster_centers": fitted.cluster_centers_ + 1e8}
    # Adding the offset rounds the centres: the reference uses the rounded centres, which are those of the
    # request.
    fitted.cluster_centers_ = moved["cluster_centers"] - 1e8
    yield applied("offset", (0, 80), {}, moved, kmeans_expected(fitted, x))


def kmeans_expected(fitted, x):
    return {"predict": fitted.predict(x), "transform": fitted.transform(x), "score": fitted.score(x)}
