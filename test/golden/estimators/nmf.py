"""NMF."""

from sklearn.decomposition import NMF
from vectors import applied, around, attributes, case, shaped, taken

KIND = NMF
SETTINGS = {"n_components": 2}
CLIENTS_OWN = ["verbose"]


def differs(name, value, taken):
    return taken and name == "beta_loss" and value == 2


def cases(sets):
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
        yield case(name, parameters, expected | shaped({"W": transformed}))


def apply(sets):
    """NMF.transform does not report its number of iterations, so the method that it calls is called too."""
    rows = [
        ("iris", 100, 2, {}),
        ("iris", 100, 2, {"solver": "mu", "max_iter": 500}),
        ("wine", 120, 3, {"max_iter": 500}),
        ("wine", 120, 4, {"shuffle": True, "random_state": 1}),
        ("counts", 90, 4, {"alpha_W": 0.01, "l1_ratio": 0.5}),
        ("counts", 90, 4, {"solver": "mu", "alpha_W": 0.01, "l1_ratio": 0.25}),
        ("counts", 90, 4, {"tol": 1e-9, "max_iter": 7}),
        ("counts", 90, 4, {"solver": "mu", "tol": 0, "max_iter": 30}),
        ("counts_wide", 8, 3, {}),
        ("positive", 200, 5, {"tol": 1e-8, "max_iter": 1000}),
    ]
    for name, n, k, parameters in rows:
        x = sets[name]
        fitted = NMF(k, **({"random_state": 0} | parameters)).fit(x[:n])
        at, to = around(n, x)
        weights = fitted.transform(x[at:to])
        *_, n_iter = fitted._fit_transform(x[at:to], H=fitted.components_, update_H=False)
        attributes = taken(fitted, ["components"])
        yield applied(name, (at, to), parameters, attributes, {"transform": weights, "n_iter": n_iter})
        back = {"inverse_transform": fitted.inverse_transform(weights)}
        yield applied(name, (at, to), {"inverse": True}, attributes | {"X": weights}, back)
