"""Golden vectors for `<fit>.apply` and `<fit>.update`, from scikit-learn and hmmlearn themselves.

    .venv/bin/python test/golden/make_apply.py    (the environment of make.py)

Writes apply.json: by name, cases of data, rows (from and to, of the data: the X), parameters, attributes
(of scikit-learn's own fit) and expected. Where X is no data set, as an inverse's, it is among the attributes.
The model is fitted on the first n rows and applied to some on both sides of n; an update gets those from n on.
"""

import warnings

import numpy as np
from hmmlearn.hmm import GaussianHMM
from make import data, filtered, write
from make_decompositions import KINDS, more_data
from make_risk import risk_data, trees
from sklearn.cluster import KMeans
from sklearn.covariance import OAS, EmpiricalCovariance, LedoitWolf
from sklearn.decomposition import NMF, PCA, FastICA
from sklearn.ensemble import IsolationForest
from sklearn.mixture import GaussianMixture
from sklearn.preprocessing import StandardScaler


def shaped(values):
    return {k: {"shape": list(np.shape(v)), "data": np.ravel(v).tolist()} for k, v in values.items()}


def around(n, x, size=12):
    """Rows on both sides of n."""
    return max(0, n - size), min(len(x), n + size)


def case(name, rows, parameters, attributes, expected):
    return {
        "data": name,
        "rows": rows,
        "parameters": parameters,
        "attributes": shaped(attributes),
        "expected": shaped(expected),
    }


def taken(fitted, names):
    return {name: getattr(fitted, name + "_") for name in names}


def scaler_apply(sets):
    rows = [("iris", 100, {}), ("constant", 30, {}), ("offset", 50, {}), ("tiny", 60, {}), ("huge", 60, {})]
    rows += [("wine", 60, {"with_mean": False}), ("wine", 60, {"with_std": False})]
    for name, n, parameters in rows:
        x = sets[name]
        fitted = StandardScaler(**parameters).fit(x[:n])
        used = [a for a in ["mean", "scale"] if getattr(fitted, a + "_") is not None]
        attributes = taken(fitted, used)
        at, to = around(n, x)
        scaled = fitted.transform(x[at:to])
        yield case(name, (at, to), parameters, attributes, {"transform": scaled})
        back = {"inverse_transform": fitted.inverse_transform(scaled)}
        yield case(name, (at, to), parameters | {"inverse": True}, attributes | {"X": scaled}, back)


def scaler_update(sets):
    rows = [("iris", 100, {}), ("constant", 30, {}), ("offset", 50, {}), ("wine", 1, {})]
    for name, n, parameters in [*rows, ("wine", 60, {"with_std": False})]:
        fitted = StandardScaler(**parameters).fit(sets[name][:n])
        names = ["mean", "n_samples_seen"] + ([] if fitted.var_ is None else ["var"])
        attributes = taken(fitted, names)
        fitted.partial_fit(sets[name][n:])
        after = names + ([] if fitted.scale_ is None else ["scale"])
        yield case(name, (n, len(sets[name])), parameters, attributes, taken(fitted, after))


def pca_apply(sets):
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
        yield case(name, (at, to), parameters, attributes, {"transform": scores})
        back = {"inverse_transform": fitted.inverse_transform(scores)}
        yield case(name, (at, to), parameters | {"inverse": True}, attributes | {"X": scores}, back)


def fast_ica_apply(sets):
    rows = [
        ("signals", 300, {"n_components": 3}),
        ("signals", 300, {"n_components": 2, "whiten": "arbitrary-variance"}),
        ("signals", 300, {"whiten": False}),
        ("iris", 100, {"n_components": 2}),
        ("heavy_tails", 200, {"n_components": 5, "max_iter": 1000}),
        ("huge", 50, {"max_iter": 2000}),
    ]
    for name, n, parameters in rows:
        x = sets[name]
        fitted = FastICA(random_state=0, **parameters).fit(x[:n])
        whiten = {key: value for key, value in parameters.items() if key == "whiten"}
        attributes = taken(
            fitted, ["components", "mixing", *([] if whiten == {"whiten": False} else ["mean"])]
        )
        at, to = around(n, x)
        sources = fitted.transform(x[at:to])
        yield case(name, (at, to), whiten, attributes, {"transform": sources})
        back = {"inverse_transform": fitted.inverse_transform(sources)}
        yield case(name, (at, to), whiten | {"inverse": True}, attributes | {"X": sources}, back)


def nmf_apply(sets):
    """The iterations that scikit-learn keeps to itself are asked of the call that transform makes."""
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
        yield case(name, (at, to), parameters, attributes, {"transform": weights, "n_iter": n_iter})
        back = {"inverse_transform": fitted.inverse_transform(weights)}
        yield case(name, (at, to), {"inverse": True}, attributes | {"X": weights}, back)


def mixture_apply(sets):
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
        yield case(name, rows, kind_of(parameters), attributes, mixture_expected(fitted, x[slice(*rows)]))
    # At 1e8 the reference is the same data without the offset, its means moved.
    x = sets["offset"] - 1e8
    for kind in KINDS:
        fitted = GaussianMixture(2, covariance_type=kind, random_state=0).fit(x[:60])
        moved = {"means": fitted.means_ + 1e8}
        # The means themselves are rounded when they are moved: it is those that are given.
        fitted.means_ = moved["means"] - 1e8
        attributes = taken(fitted, ["weights", "precisions_cholesky"]) | moved
        yield case(
            "offset", (40, 80), {"covariance_type": kind}, attributes, mixture_expected(fitted, x[40:])
        )


def kind_of(parameters):
    return {"covariance_type": parameters.get("covariance_type", "full")}


def mixture_expected(fitted, x):
    return {
        "predict": fitted.predict(x),
        "predict_proba": fitted.predict_proba(x),
        "score_samples": fitted.score_samples(x),
        "score": fitted.score(x),
    }


def forest_apply(sets):
    rows = [
        ("outliers", 380, {"n_estimators": 40}),
        ("outliers", 300, {"n_estimators": 20, "contamination": 0.1, "max_features": 0.5}),
        ("iris", 100, {"n_estimators": 10, "max_samples": 0.5}),
        ("wine", 120, {"n_estimators": 10, "max_samples": 20, "bootstrap": True}),
        ("wide", 8, {"n_estimators": 5}),
    ]
    for name, n, parameters in rows:
        x = sets[name]
        fitted = IsolationForest(random_state=0, **parameters).fit(x[:n])
        rows = around(n, x, 20)
        some = x[slice(*rows)]
        expected = {
            "score_samples": fitted.score_samples(some),
            "decision_function": fitted.decision_function(some),
            "predict": fitted.predict(some),
        }
        forest = case(name, rows, {}, taken(fitted, ["max_samples", "n_features_in", "offset"]), expected)
        forest["attributes"] |= trees(fitted)
        yield forest


def kmeans_apply(sets):
    for name, n, k in [("iris", 100, 3), ("wine", 60, 4), ("duplicates", 30, 3), ("wide", 10, 1)]:
        fitted = KMeans(k, random_state=0).fit(sets[name][:n])
        rows = around(n, sets[name])
        expected = kmeans_expected(fitted, sets[name][slice(*rows)])
        yield case(name, rows, {}, taken(fitted, ["cluster_centers"]), expected)
    # Distances by the expanded square have no digit left at 1e8: the same rows without the offset are right.
    x = sets["offset"] - 1e8
    fitted = KMeans(3, random_state=0).fit(x)
    moved = {"cluster_centers": fitted.cluster_centers_ + 1e8}
    # The centres themselves are rounded when they are moved: it is those that are given.
    fitted.cluster_centers_ = moved["cluster_centers"] - 1e8
    yield case("offset", (0, 80), {}, moved, kmeans_expected(fitted, x))


def kmeans_expected(fitted, x):
    return {"predict": fitted.predict(x), "transform": fitted.transform(x), "score": fitted.score(x)}


def covariance_apply(sets, estimator, rows):
    for name, n, store in rows:
        x = sets[name]
        fitted = estimator(store_precision=store).fit(x[:n])
        names = ["location", "covariance", *(["precision"] if store else [])]
        rows = around(n, x)
        some = x[slice(*rows)]
        expected = {"mahalanobis": fitted.mahalanobis(some), "score": fitted.score(some)}
        yield case(name, rows, {}, taken(fitted, names), expected)


def covariance_update(sets):
    rows = [
        ("iris", 100, {}),
        ("collinear", 30, {}),
        ("wine", 1, {}),
        ("iris", 60, {"assume_centered": True}),
    ]
    for name, n, parameters in rows:
        x = sets[name]
        before = EmpiricalCovariance(**parameters).fit(x[:n])
        after = EmpiricalCovariance(**parameters).fit(x)
        attributes = taken(before, ["location", "covariance"]) | {"n_samples": n}
        expected = taken(after, ["location", "covariance"]) | {"n_samples": len(x)}
        yield case(name, (n, len(x)), parameters, attributes, expected)


def shrunk_update(sets, estimator):
    """What is given are the moments of the first rows, by their definition; scikit-learn fits all rows."""
    rows = [
        ("iris", 100, {}),
        ("wine", 60, {}),
        ("collinear", 30, {}),
        ("wine", 1, {}),
        ("wide", 4, {}),
        ("iris", 60, {"assume_centered": True}),
        ("huge", 20, {}),
        ("tiny", 20, {}),
    ]
    for name, n, parameters in rows:
        x = sets[name]
        yield shrunk_case(name, n, parameters, estimator, x, 0)
    yield shrunk_case("offset", 50, {}, estimator, sets["offset"] - 1e8, 1e8)


def shrunk_case(name, n, parameters, estimator, x, offset):
    """At an offset the reference is the same data without it, the locations moved."""
    before = EmpiricalCovariance(**parameters).fit(x[:n])
    after = estimator(**parameters).fit(x)
    whole = EmpiricalCovariance(**parameters).fit(x)
    location = before.location_ + offset
    attributes = {
        "location": location,
        "location_remainder": before.location_ - (location - offset),
        "n_samples": n,
        **moments(before, x[:n], estimator),
    }
    expected = {
        "location": after.location_ + offset,
        "n_samples": len(x),
        **taken(after, ["covariance", "precision", "shrinkage"]),
        **moments(whole, x, estimator),
    }
    if name in ["collinear", "huge", "tiny"]:
        del expected["precision"]
    return case(name, (n, len(x)), parameters, attributes, expected)


def moments(fitted, x, estimator):
    about = x - fitted.location_
    squares = (about**2).sum(axis=1)
    third = {"third_moments": (squares[:, None] * about).mean(axis=0), "fourth_moment": (squares**2).mean()}
    return {"empirical_covariance": fitted.covariance_} | (third if estimator is LedoitWolf else {})


def hmm_cases(sets):
    rows = [
        ("regimes", 400, {"n_components": 2}),
        ("regimes_pair", 300, {"n_components": 3, "covariance_type": "full"}),
        ("regimes_pair", 200, {"n_components": 2}),
    ]
    for name, n, parameters in rows:
        x = sets[name]
        model = GaussianHMM(random_state=0, n_iter=20, **parameters).fit(x[:n])
        yield name, n, x, model, taken(model, ["startprob", "transmat", "means"]) | {"covars": model.covars_}


def hmm_apply(sets):
    for name, n, x, model, attributes in hmm_cases(sets):
        rows = around(n, x, 40)
        x = x[slice(*rows)]
        log_likelihood, smoothed = model.score_samples(x)
        expected = {
            "log_likelihood": log_likelihood,
            "filtered": filtered(model, x),
            "smoothed": smoothed,
            "states": model.predict(x),
        }
        yield case(name, rows, {}, attributes, expected)


def hmm_update(sets):
    """hmmlearn has no update: log p(rest | first) is the difference of its two scores."""
    for name, n, x, model, attributes in hmm_cases(sets):
        del attributes["startprob"]
        to = n + 50
        whole = filtered(model, x[:to])
        expected = {"filtered": whole[n:], "log_likelihood": model.score(x[:to]) - model.score(x[:n])}
        yield case(name, (n, to), {}, attributes | {"filtered": whole[:n][-3:]}, expected)


def main():
    warnings.simplefilter("ignore")
    sets = data() | risk_data() | more_data()
    shrunk = [("iris", 100, True), ("wine", 60, True), ("wine", 60, False), ("collinear", 60, True)]
    shrunk += [("wide", 10, True), ("offset", 50, True)]
    plain = [("iris", 100, True), ("tall", 120, False), ("offset", 50, True)]
    cases = {
        "standard_scaler.apply": scaler_apply(sets),
        "standard_scaler.update": scaler_update(sets),
        "pca.apply": pca_apply(sets),
        "fast_ica.apply": fast_ica_apply(sets),
        "nmf.apply": nmf_apply(sets),
        "gaussian_mixture.apply": mixture_apply(sets),
        "isolation_forest.apply": forest_apply(sets),
        "kmeans.apply": kmeans_apply(sets),
        "ledoit_wolf.apply": covariance_apply(sets, LedoitWolf, shrunk),
        "oas.apply": covariance_apply(sets, OAS, shrunk[:4]),
        "empirical_covariance.apply": covariance_apply(sets, EmpiricalCovariance, plain),
        "empirical_covariance.update": covariance_update(sets),
        "ledoit_wolf.update": shrunk_update(sets, LedoitWolf),
        "oas.update": shrunk_update(sets, OAS),
        "gaussian_hmm.apply": hmm_apply(sets),
        "gaussian_hmm.update": hmm_update(sets),
    }
    write("apply", {name: list(each) for name, each in cases.items()})


if __name__ == "__main__":
    main()
