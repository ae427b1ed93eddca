"""Golden vectors for the covariances and the risk fits, from scikit-learn, numpy and scipy.

    .venv/bin/python test/golden/make_risk.py

As make.py, whose data sets it shares; those that only these fits take go to risk_data.json.
"""

import warnings

import numpy as np
from make import attributes, case, data, factors, write
from sklearn.covariance import OAS, EmpiricalCovariance
from sklearn.ensemble import IsolationForest


def risk_data():
    rng = np.random.default_rng(11)
    return {
        "outliers": np.round(np.vstack([rng.normal(size=(380, 4)), rng.normal(0, 5, size=(20, 4))]), 3),
        "many": np.round(rng.standard_t(4, size=(2500, 2)), 2),
        "nearly_all": np.round(rng.normal(size=(257, 2)), 2),
    }


def covariance_cases(estimator, sets, names):
    for name in ["iris", "wine", "collinear", "constant", "wide", "one_row", "huge", "tiny", "market", "regimes"]:
        yield case(name, {}, attributes(estimator().fit(sets[name]), names))
    centred = estimator(assume_centered=True).fit(sets["iris"])
    yield case("iris", {"assume_centered": True}, attributes(centred, names))
    # As for Ledoit and Wolf: at 1e8 the same data without the offset is right.
    expected = attributes(estimator().fit(sets["offset"] - 1e8), names)
    expected["location"]["data"] = [value + 1e8 for value in expected["location"]["data"]]
    yield case("offset", {}, expected)


def isolation_forest_cases(sets):
    few = {"n_estimators": 10}
    rows = [
        ("iris", {}, {}),
        ("wine", {"n_estimators": 30, "random_state": 3}, {}),
        ("outliers", {"contamination": 0.05}, {}),
        ("outliers", {"max_samples": 64, "random_state": 1, **few}, {}),
        ("outliers", {"max_samples": 0.5, "contamination": 0.1, **few}, {}),
        ("outliers", {"max_samples": 1, **few}, {"max_samples": 1.0}),
        ("outliers", {"max_features": 0.5, "random_state": 2, **few}, {}),
        ("outliers", {"max_features": 3, **few}, {}),
        ("outliers", {"bootstrap": True, **few}, {}),
        ("many", {"max_samples": 16, "n_estimators": 5}, {}),
        ("nearly_all", few, {}),
        ("market", few, {}),
        ("collinear", few, {}),
        ("constant", few, {}),
        ("wide", few, {}),
        ("one_row", few, {}),
        ("duplicates", few, {}),
        ("huge", few, {}),
        ("tiny", few, {}),
    ]
    for name, ours, theirs in rows:
        x = sets[name]
        fitted = IsolationForest(**({"random_state": 0} | ours | theirs)).fit(x)
        expected = attributes(fitted, ["offset", "max_samples"])
        scores = fitted.score_samples(x)
        expected |= shaped(score_samples=scores)
        # A score that is the offset itself, as a contamination makes one, falls on either side by its last bit.
        if np.min(np.abs(scores - fitted.offset_)) > 1e-12 or name == "one_row":
            expected |= shaped(decision_function=fitted.decision_function(x), predict=fitted.predict(x))
        if name == "outliers" and "n_estimators" in ours:
            expected |= trees(fitted)
        yield case(name, ours, expected)


def trees(fitted):
    grown = [(estimator.tree_, columns) for estimator, columns in zip(fitted.estimators_, fitted.estimators_features_)]
    flat = {
        name: np.concatenate([getattr(tree, name) for tree, _ in grown])
        for name in ["threshold", "children_left", "children_right", "n_node_samples"]
    }
    # A leaf's −2 stays; a tree counts among its own columns.
    feature = [np.where(tree.feature < 0, -2, columns[tree.feature]) for tree, columns in grown]
    sizes = [tree.node_count for tree, _ in grown]
    offsets = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    return shaped(feature=np.concatenate(feature), tree_offsets=offsets, **flat)


def shaped(**values):
    return {name: {"shape": list(np.shape(v)), "data": np.ravel(v).tolist()} for name, v in values.items()}


def main():
    warnings.simplefilter("ignore")
    own = risk_data()
    sets = data() | own
    write("risk_data", shaped(**own))
    write("empirical_covariance", list(covariance_cases(EmpiricalCovariance, sets, ["location", "covariance", "precision"])))
    names = ["location", "covariance", "shrinkage", "precision"]
    write("oas", list(covariance_cases(OAS, sets, names)))
    write("isolation_forest", list(isolation_forest_cases(sets)))


if __name__ == "__main__":
    main()
