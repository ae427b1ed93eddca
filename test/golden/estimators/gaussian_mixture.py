"""GaussianMixture."""

import numpy as np
from data_sets import KINDS
from sklearn.mixture import GaussianMixture
from vectors import (
    applied,
    around,
    attributes,
    case,
    shaped,
    taken,
)

KIND = GaussianMixture
SETTINGS = {"n_components": 1}
CLIENTS_OWN = ["warm_start", "verbose", "verbose_interval", "weights_init", "means_init", "precisions_init"]


def cases(sets):
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
        ("iris", {"n_components": 3, "covariance_type": "tied", "init_params": "k-means++"}),
        ("wine", {"n_components": 2, "covariance_type": "tied", "init_params": "k-means++", "n_init": 3}),
        ("blobs", {"n_components": 4, "covariance_type": "tied", "init_params": "random_from_data"}),
        (
            "iris",
            {"n_components": 2, "covariance_type": "tied", "init_params": "random_from_data", "max_iter": 2},
        ),
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
        yield case("iris", {"n_components": 3}, expected) | {"inputs": shaped(given)}
    # At an offset of 1e8 the reference is the fit of the same data without the offset, with its means moved
    # by it.
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
    return expected | shaped({"labels": labels, "bic": fitted.bic(x), "aic": fitted.aic(x)})


def apply(sets):
    rows = [
        *[("iris", 100, {"n_components": 3, "covariance_type": kind}) for kind in KINDS],
        *[("blobs", 250, {"n_components": 4, "covariance_type": kind}) for kind in KINDS],
        ("wine", 120, {"n_components": 1}),
        ("tall", 120, {"n_components": 2}),
        ("heavy_tails", 200, {"n_components": 2, "covariance_type": "tied"}),
        ("collinear", 40, {"n_components": 2}),
    ]
    for name, n, parameters in rows:
        x = sets[name]
        fitted = GaussianMixture(random_state=0, **parameters).fit(x[:n])
        attributes = taken(fitted, ["weights", "means", "precisions_cholesky"])
        rows = around(n, x)
        yield applied(name, rows, kind_of(parameters), attributes, applied_expected(fitted, x[slice(*rows)]))
    # At an offset of 1e8 the reference is the fit of the same data without the offset, with its means moved
    # by it.
    x = sets["offset"] - 1e8
    for kind in KINDS:
        fitted = GaussianMixture(2, covariance_type=kind, random_state=0).fit(x[:60])
        moved = {"means": fitted.means_ + 1e8}
        # Adding the offset rounds the means: the reference uses the rounded means, which are those of the
        # request.
        fitted.means_ = moved["means"] - 1e8
        attributes = taken(fitted, ["weights", "precisions_cholesky"]) | moved
        yield applied(
            "offset", (40, 80), {"covariance_type": kind}, attributes, applied_expected(fitted, x[40:])
        )


def kind_of(parameters):
    return {"covariance_type": parameters.get("covariance_type", "full")}


def applied_expected(fitted, x):
    return {
        "predict": fitted.predict(x),
        "predict_proba": fitted.predict_proba(x),
        "score_samples": fitted.score_samples(x),
        "score": fitted.score(x),
    }
