"""Golden vectors for pca where columns depend on one another, for near-square data and for the randomized solver.

    .venv/bin/python test/golden/make_pca.py    (the environment of make.py)

Writes pca_data.json (inputs by name) and pca_svd.json, cases beside those of pca.json: sizes at which Headgate
takes the SVD itself, and the randomized solver with fewer rows than columns at several seeds.
"""

import numpy as np
from data_sets import factors
from sklearn.decomposition import PCA
from vectors import attributes, case, write

NAMES = [
    "components",
    "explained_variance",
    "explained_variance_ratio",
    "singular_values",
    "mean",
    "noise_variance",
]


def dependent(rows, columns, seed):
    """Factors with copied columns, a sum, a constant and a nearly constant column, and a repeated row."""
    x = factors(rows, columns, 6, seed, 2)
    x[:, 1] = x[:, 0]
    x[:, 3] = np.round(x[:, 2] + x[:, 4], 2)
    x[:, 5] = 7.0
    x[:, 6] = 7.0
    x[0, 6] = 7.01
    x[-1] = x[0]
    return x


def data():
    rng = np.random.default_rng(21)
    low = rng.integers(-3, 4, size=(50, 4)) @ rng.integers(-3, 4, size=(4, 45))
    graded = np.round(rng.normal(size=(44, 36)), 2) * 10.0 ** -(np.arange(36) // 3)
    return {
        "square": np.round(rng.normal(size=(40, 40)), 2),
        "row_more": np.round(rng.normal(size=(41, 40)), 2),
        "column_more": np.round(rng.normal(size=(40, 41)), 2),
        "dependent_tall": dependent(70, 40, 22),
        "dependent_wide": dependent(36, 60, 23),
        "rank_four": low.astype(float),
        "graded": graded,
        "copies": np.tile(np.round(rng.normal(size=(48, 12)), 2), 3),
        "noise_wide": np.round(rng.normal(size=(24, 90)), 2),
        "factors_wide": factors(30, 100, 5, 24, 2),
        "noise_tall": np.round(rng.normal(size=(90, 24)), 2),
    }


def rows():
    full = {"svd_solver": "full"}
    for name in ["square", "row_more", "column_more", "rank_four", "graded", "copies"]:
        yield name, full
    for name in ["dependent_tall", "dependent_wide"]:
        yield name, full
        yield name, full | {"n_components": 5}
        yield name, full | {"n_components": 0.99}
    yield "row_more", full | {"n_components": "mle"}
    drawn = {"svd_solver": "randomized"}
    for seed in [0, 1, 7, 4_294_967_295]:
        for name in ["noise_wide", "factors_wide", "noise_tall"]:
            yield name, drawn | {"n_components": 3, "random_state": seed}
    for more in [
        {"iterated_power": 0},
        {"iterated_power": 1},
        {"iterated_power": 3},
        {"n_oversamples": 40},
        {"n_components": 20},
        {"n_components": 24},
    ]:
        yield "noise_wide", drawn | {"n_components": 4, "random_state": 2} | more
    yield "dependent_wide", drawn | {"n_components": 6, "random_state": 3}
    yield "dependent_tall", drawn | {"n_components": 6, "random_state": 3}


def cases(sets):
    for name, parameters in rows():
        fitted = PCA(**({"random_state": 0} | parameters)).fit(sets[name])
        variance = fitted.explained_variance_
        # Directions without variance are arbitrary: only the first `rank` components are compared. Of many
        # components a part is enough to see that they are right.
        rank = min(12, int(np.sum(variance > 1e-12 * variance[0])))
        expected = attributes(fitted, NAMES)
        del expected["components"]["data"][rank * fitted.n_features_in_ :]
        yield case(name, parameters, expected) | {"rank": rank}


if __name__ == "__main__":
    sets = data()
    write("pca_data", {k: {"shape": list(v.shape), "data": v.ravel().tolist()} for k, v in sets.items()})
    write("pca_svd", list(cases(sets)))
