"""IsolationForest."""

import numpy as np
from sklearn.ensemble import IsolationForest
from vectors import (
    applied,
    around,
    attributes,
    case,
    shaped,
    taken,
)

KIND = IsolationForest
SETTINGS = {"n_estimators": 3}
CLIENTS_OWN = ["n_jobs", "verbose", "warm_start"]


def differs(name, value, taken):
    return taken and name == "max_features" and float(value) < 1


def cases(sets):
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
        # With a contamination the offset equals one of the scores, whose prediction then depends on the last
        # bit: such cases compare only the scores.
        if np.min(np.abs(scores - fitted.offset_)) > 1e-12 or name == "one_row":
            expected |= shaped(decision_function=fitted.decision_function(x), predict=fitted.predict(x))
        if name == "outliers" and "n_estimators" in ours:
            expected |= trees(fitted)
        yield case(name, ours, expected)


def trees(fitted):
    grown = [estimator.tree_ for estimator in fitted.estimators_]
    flat = {
        name: np.concatenate([getattr(tree, name) for tree in grown])
        for name in ["threshold", "children_left", "children_right", "n_node_samples"]
    }
    # A leaf's −2 stays. A tree counts its own columns, which are mapped to those of the data.
    pairs = zip(grown, fitted.estimators_features_, strict=True)
    feature = [np.where(tree.feature < 0, -2, columns[tree.feature]) for tree, columns in pairs]
    sizes = [tree.node_count for tree in grown]
    offsets = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    return shaped(feature=np.concatenate(feature), tree_offsets=offsets, **flat)


def apply(sets):
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
        forest = applied(name, rows, {}, taken(fitted, ["max_samples", "n_features_in", "offset"]), expected)
        forest["attributes"] |= trees(fitted)
        yield forest
