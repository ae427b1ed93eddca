"""Golden vectors for the estimators that accept missing numbers: data sets with NaN in places given by a
rule.

    .venv/bin/python test/golden/make_holes.py    (the environment of make.py)

Writes holes.json: for each case the data set, which of its numbers are missing, the parameters and what scikit-learn
answers. NaN is null there.
"""

import json
import warnings

import numpy as np
from data_sets import data, risk_data
from sklearn.ensemble import IsolationForest
from sklearn.preprocessing import StandardScaler
from vectors import write


def holed(x, every, empty=()):
    """X without each number whose index modulo `every` is 3, and without all numbers of some columns."""
    places = [at for at in range(x.size) if at % every == 3 or at % x.shape[1] in empty]
    out = x.astype(float).copy()
    out.ravel()[places] = np.nan
    return out, places


def forest(x, parameters):
    fitted = IsolationForest(random_state=0, **parameters).fit(x)
    trees = [estimator.tree_ for estimator in fitted.estimators_]
    inner = np.concatenate([tree.children_left >= 0 for tree in trees])
    left = np.concatenate([tree.missing_go_to_left for tree in trees])
    return {
        "score_samples": fitted.score_samples(x),
        "offset": fitted.offset_,
        "n_node_samples": np.concatenate([tree.n_node_samples for tree in trees]),
        "missing_go_to_left": np.where(inner, left, 0),
    }


def scaler(x, parameters):
    fitted = StandardScaler(**parameters).fit(x)
    expected = {name: getattr(fitted, name + "_") for name in ["mean", "var", "scale"]}
    return expected | {"seen": fitted.n_samples_seen_, "transform": fitted.transform(x)}


def cases():
    sets = data() | risk_data()
    few = {"n_estimators": 8}
    rows = [
        ("isolation_forest", "wine", 11, (), few),
        ("isolation_forest", "iris", 5, (), few),
        ("isolation_forest", "iris", 2, (1,), few),
        ("isolation_forest", "constant", 4, (), few),
        ("isolation_forest", "duplicates", 3, (), few | {"max_samples": 16}),
        ("isolation_forest", "outliers", 7, (), few | {"contamination": 0.1, "bootstrap": True}),
        ("standard_scaler", "wine", 11, (), {}),
        ("standard_scaler", "iris", 7, (), {}),
        ("standard_scaler", "huge", 5, (), {}),
        ("standard_scaler", "constant", 4, (), {}),
        ("standard_scaler", "iris", 6, (2,), {}),
    ]
    for kind, name, every, empty, parameters in rows:
        x, places = holed(sets[name], every, empty)
        expected = (forest if kind == "isolation_forest" else scaler)(x, parameters)
        numbers = {key: np.asarray(value, float).ravel().tolist() for key, value in expected.items()}
        yield {"fit": kind, "data": name, "missing": places, "parameters": parameters, "expected": numbers}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    made = json.dumps(list(cases())).replace("NaN", "null")
    write("holes", json.loads(made))
