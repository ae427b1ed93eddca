"""Golden vectors for fast_ica, nmf, dbscan and gaussian_mixture, beside those of make.py.

    .venv/bin/python test/golden/make_decompositions.py

Writes decomposition_data.json (inputs by name, beside data.json) and one file an estimator. They are files
of their own, so that making these leaves the others alone.
"""

import warnings

import numpy as np
from make import attributes, case, data, factors, write
from sklearn.cluster import DBSCAN
from sklearn.decomposition import NMF, FastICA
from sklearn.mixture import GaussianMixture

KINDS = ["full", "tied", "diag", "spherical"]


def more_data():
    rng = np.random.default_rng(11)
    t = np.arange(400) / 50
    signals = np.column_stack([np.sin(2 * t), np.sign(np.sin(3 * t)), 2 * (t % 1) - 1])
    mixing = np.array([[1.0, 1.0, 1.0], [0.5, 2.0, 1.0], [1.5, 1.0, 2.0], [-1.0, 0.3, 0.7]])
    centres = np.array([[0, 0, 0, 0, 0], [6, 0, 1, 0, -2], [0, 5, -3, 2, 0], [-4, -4, 2, 6, 3]])
    label = rng.integers(0, 4, size=320)
    spread = np.array([0.6, 1.0, 1.4, 0.8])[label, None]
    angle = np.pi * rng.random(240)
    moons = np.column_stack([np.cos(angle), np.sin(angle)])
    moons[120:] = [1, 0.5] - moons[120:]
    lattice = np.stack(np.meshgrid(np.arange(9.0), np.arange(7.0)), axis=-1).reshape(-1, 2)
    heavy = rng.standard_t(3, size=(252, 50)) @ (np.eye(50) + 0.1 * rng.normal(size=(50, 50)))
    mixed = np.round((signals + 0.05 * rng.normal(size=signals.shape)) @ mixing.T, 4)
    return {
        "signals": mixed,
        "signals_offset": 1e8 + mixed[:150],
        "blobs": np.round(centres[label] + spread * rng.normal(size=(320, 5)), 3),
        "moons": np.round(moons + 0.06 * rng.normal(size=(240, 2)), 3),
        "lattice": lattice[rng.permutation(len(lattice))],
        "heavy_tails": np.round(heavy, 3),
        "counts": counts(rng, 120, 4, 25),
        "counts_wide": counts(rng, 12, 3, 40),
        "positive": np.abs(factors(252, 50, 5, 9)),
    }


def counts(rng, rows, parts, columns):
    """Counts of events that come in a few parts."""
    rates = rng.gamma(1.0, 2.0, size=(rows, parts)) @ rng.gamma(0.5, 1.5, size=(parts, columns))
    return rng.poisson(rates).astype(float)


def fast_ica_cases(sets):
    rows = [
        ("signals", {"n_components": 3}),
        ("signals", {"n_components": 3, "whiten_solver": "eigh"}),
        ("signals", {"n_components": 3, "algorithm": "deflation"}),
        ("signals", {"n_components": 3, "fun": "exp"}),
        ("signals", {"n_components": 3, "fun": "cube"}),
        ("signals", {"n_components": 3, "algorithm": "deflation", "fun": "cube"}),
        ("signals", {"n_components": 3, "algorithm": "deflation", "fun": "exp"}),
        ("signals", {"n_components": 3, "alpha": 1.5, "random_state": 5}),
        ("signals", {"whiten": "arbitrary-variance", "n_components": 2, "random_state": 2}),
        ("signals", {"n_components": 3, "max_iter": 2}),
        ("iris", {}),
        ("iris", {"n_components": 2, "random_state": 7}),
        ("wine", {"n_components": 4, "max_iter": 1000}),
        ("wide", {"n_components": 2, "max_iter": 1000}),
        ("collinear", {"n_components": 3, "max_iter": 2000}),
        ("huge", {"max_iter": 2000}),
        ("tiny", {"max_iter": 2000}),
        ("heavy_tails", {"n_components": 5, "max_iter": 1000}),
        ("one_column", {}),
    ]
    names = ["components", "mixing", "mean", "whitening", "n_iter"]
    for name, ours in rows:
        yield case(name, ours, attributes(fast_ica(sets[name], ours), names))
    raw = {"whiten": False, "max_iter": 5}
    yield case("signals", raw, attributes(fast_ica(sets["signals"], raw), ["components", "mixing", "n_iter"]))
    # At 1e8 the reference is the same data without the offset, its mean moved.
    parameters = {"n_components": 3}
    expected = attributes(fast_ica(sets["signals_offset"] - 1e8, parameters), names)
    expected["mean"]["data"] = [value + 1e8 for value in expected["mean"]["data"]]
    yield case("signals_offset", parameters, expected)


def fast_ica(x, ours):
    theirs = {"random_state": 0} | {key: value for key, value in ours.items() if key != "alpha"}
    if "alpha" in ours:
        theirs["fun_args"] = {"alpha": ours["alpha"]}
    return FastICA(**theirs).fit(x)


def nmf_cases(sets):
    rows = [
        ("iris", {"n_components": 2}),
        ("iris", {"n_components": 2, "max_iter": 2000, "tol": 1e-6}),
        ("iris", {}),
        ("iris", {"n_components": 3, "init": "random", "max_iter": 1000}),
        ("iris", {"n_components": 2, "init": "nndsvd", "solver": "mu", "max_iter": 500}),
        ("wine", {"n_components": 3, "max_iter": 500}),
        ("wine", {"n_components": 3, "init": "nndsvdar", "random_state": 3}),
        ("wine", {"n_components": 4, "shuffle": True, "random_state": 1}),
        ("counts", {"n_components": 4}),
        ("counts", {"n_components": 4, "init": "nndsvd"}),
        ("counts", {"n_components": 4, "alpha_W": 0.01, "l1_ratio": 0.5}),
        ("counts", {"n_components": 4, "alpha_W": 0.02, "alpha_H": 0.001, "l1_ratio": 1.0}),
        ("counts", {"n_components": 4, "solver": "mu", "alpha_W": 0.01, "l1_ratio": 0.25}),
        ("counts_wide", {"n_components": 3}),
        ("counts_wide", {"n_components": 20, "max_iter": 50}),
        ("counts_wide", {"n_components": 3, "solver": "mu", "init": "random"}),
        ("positive", {"n_components": 5}),
        ("positive", {"n_components": 12, "max_iter": 100}),
        ("absolute_duplicates", {"n_components": 1, "init": "random"}),
        ("absolute_collinear", {"n_components": 3}),
        ("absolute_huge", {"n_components": 2, "init": "nndsvd"}),
        ("absolute_tiny", {"n_components": 2, "init": "random"}),
        ("absolute_one_row", {"n_components": 1, "init": "random"}),
        ("zeros", {"n_components": 1, "init": "random"}),
    ]
    for name, parameters in rows:
        fitted = NMF(**({"random_state": 0} | parameters))
        transformed = fitted.fit_transform(sets[name])
        expected = attributes(fitted, ["components", "reconstruction_err", "n_iter"])
        yield case(name, parameters, expected | flat({"W": transformed}))


def dbscan_cases(sets):
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
        yield case("moons", {"eps": 0.1}, expected) | {"inputs": flat({"sample_weight": weights})}
    yield from minkowski_cases(sets)


def minkowski_cases(sets):
    """A power other than 1 and 2, and a weight a column: `w` is an input of its own here."""
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
        x = sets[name] / 1e30 if name == "huge" else sets[name]  # its powers overflow in scikit-learn
        eps = parameters["eps"] / 1e30 if name == "huge" else parameters["eps"]
        metric = {"p": parameters["p"]} | ({} if w is None else {"w": np.array(w, float)})
        fitted = DBSCAN(eps=eps, metric="minkowski", metric_params=metric).fit(x)
        expected = attributes(fitted, ["labels", "core_sample_indices"])
        made = case(name, parameters | {"metric": "minkowski"}, expected)
        yield made if w is None else made | {"inputs": flat({"w": np.array(w, float)})}


def dbscan_expected(x, parameters, weights=None):
    fitted = DBSCAN(**parameters).fit(x, sample_weight=weights)
    return attributes(fitted, ["labels", "core_sample_indices", "components"])


def mixture_cases(sets):
    rows = [
        *[("iris", {"n_components": 3, "covariance_type": kind}) for kind in KINDS],
        ("iris", {}),
        ("wine", {"n_components": 5, "covariance_type": "diag", "n_init": 4, "init_params": "random"}),
        ("iris", {"n_components": 3, "init_params": "k-means++"}),
        ("iris", {"n_components": 2, "init_params": "random", "random_state": 3}),
        ("iris", {"n_components": 3, "init_params": "random_from_data", "random_state": 1, "reg_covar": 0.1}),
        ("iris", {"n_components": 3, "max_iter": 3}),
        ("iris", {"n_components": 2, "max_iter": 0}),
        *[("blobs", {"n_components": 4, "covariance_type": kind}) for kind in KINDS],
        ("wine", {"n_components": 3, "covariance_type": "diag"}),
        ("wine", {"n_components": 3, "tol": 1e-6, "max_iter": 500}),
        ("collinear", {"n_components": 2}),
        ("constant", {"n_components": 2}),
        ("wide", {"n_components": 2}),
        ("duplicates", {"n_components": 3}),
        ("huge", {"n_components": 2, "covariance_type": "diag"}),
        ("tiny", {"n_components": 2}),
        ("tall", {"n_components": 2}),
        ("wide", {"n_components": 2, "covariance_type": "tied"}),
        ("regimes", {"n_components": 2, "tol": 1e-5}),
    ]
    for name, parameters in rows:
        yield case(name, parameters, mixture_expected(sets[name], parameters))
    starts = {
        "weights_init": np.array([0.2, 0.3, 0.5]),
        "means_init": sets["iris"][[0, 60, 120]],
        "precisions_init": np.array([np.diag([4.0, 5, 6, 7]) + 0.5] * 3),
    }
    for names in [["means_init"], list(starts)]:
        given = {name: starts[name] for name in names}
        expected = mixture_expected(sets["iris"], {"n_components": 3}, given)
        yield case("iris", {"n_components": 3}, expected) | {"inputs": flat(given)}
    # At 1e8 the reference is the same data without the offset, its means moved.
    for kind in KINDS:
        parameters = {"n_components": 2, "covariance_type": kind}
        expected = mixture_expected(sets["offset"] - 1e8, parameters)
        expected["means"]["data"] = [value + 1e8 for value in expected["means"]["data"]]
        yield case("offset", parameters, expected)


def mixture_expected(x, parameters, starts=None):
    fitted = GaussianMixture(**({"random_state": 0} | parameters | (starts or {})))
    labels = fitted.fit_predict(x)
    names = ["weights", "means", "covariances", "precisions", "precisions_cholesky", "converged", "n_iter"]
    expected = attributes(fitted, names)
    if parameters.get("max_iter") != 0:
        expected |= attributes(fitted, ["lower_bound"])
    return expected | flat({"labels": labels, "bic": fitted.bic(x), "aic": fitted.aic(x)})


def flat(values):
    return {key: {"shape": list(np.shape(x)), "data": np.ravel(x).tolist()} for key, x in values.items()}


def main():
    warnings.simplefilter("ignore")
    base, more = data(), more_data()
    signed = ["duplicates", "collinear", "huge", "tiny", "one_row"]
    more |= {f"absolute_{name}": np.abs(base[name]) for name in signed}
    more |= {"one_column": base["wine"][:, :1], "zeros": np.outer([1.0, 0, 2, 0, 3], [0.0, 1, 0, 2])}
    write("decomposition_data", flat(more))
    sets = base | more
    write("fast_ica", list(fast_ica_cases(sets)))
    write("nmf", list(nmf_cases(sets)))
    write("dbscan", list(dbscan_cases(sets)))
    write("gaussian_mixture", list(mixture_cases(sets)))


if __name__ == "__main__":
    main()
