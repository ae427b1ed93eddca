"""Each drop-in takes the parameters that scikit-learn takes, and no others."""

from __future__ import annotations

import json
import math
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drop_ins import BY_SERVABLE

import headgate
from headgate import sklearn as ours
from headgate.hmm import GaussianHMM
from headgate.sklearn.exceptions import InvalidParameterError

GOLDEN = json.loads((Path(__file__).parents[3] / "test/golden/parameters.json").read_text())
X = np.reshape(GOLDEN["X"]["data"], GOLDEN["X"]["shape"])
REFUSED_METRICS = ("nan_euclidean", "dice", "jaccard", "rogerstanimoto", "russellrao", "sokalsneath", "yule")


REFUSED_HERE = {
    ("pca", "svd_solver", "arpack"),
    ("isolation_forest", "warm_start", True),
    ("gaussian_mixture", "warm_start", True),
    # scikit-learn takes a number of columns below 1 for 1.
    ("isolation_forest", "max_features", -1),
    ("isolation_forest", "max_features", 0),
    ("isolation_forest", "max_features", False),
}
"""What scikit-learn takes and docs/python.md says that the drop-in does not, beside the other metrics."""

TAKEN_HERE = {
    # No p is 2, as scikit-learn's documentation has it; its 1.9 fails.
    ("dbscan", "metric", "minkowski"),
    ("dbscan", "p", "inf"),
    # A bool is a number in all other places.
    ("kmeans", "n_clusters", True),
    ("fast_ica", "n_components", True),
    ("gaussian_mixture", "n_components", True),
    # A share of 32 bits is a share.
    ("pca", "n_components", 0.5),
    ("isolation_forest", "max_samples", 0.5),
    ("isolation_forest", "max_features", 0.5),
}
"""What the drop-in takes though scikit-learn does not."""


def documented(servable: str, name: str, value: Any, taken: bool) -> bool:
    if taken and (servable, name) == ("dbscan", "metric"):
        return value in REFUSED_METRICS
    return (servable, name, value) in (REFUSED_HERE if taken else TAKEN_HERE)


def value_of(kind: str, value: Any) -> Any:
    if kind in ("int64", "float32", "float64", "bool", "bool_") and value is not None:
        return bool(value) if kind == "bool" else np.dtype(kind.rstrip("_")).type(value)
    return float(value) if kind == "float" else int(value) if kind == "int" else value


CASES = [(servable, name) for servable, names in GOLDEN["taken"].items() for name in names]


@pytest.mark.parametrize(("servable", "name"), CASES)
def test_takes_what_scikit_learn_takes(strict: headgate.Client, servable: str, name: str) -> None:
    settings = GOLDEN["settings"][servable]
    for of, parameter, more in GOLDEN["beside"]:
        settings = settings | more if (of, parameter) == (servable, name) else settings
    wrong = []
    for kind, encoded, taken in GOLDEN["taken"][servable][name]:
        value = value_of(kind, encoded)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                BY_SERVABLE[servable](**settings | {name: value}).fit(X.copy())
                took, why = True, ""
            except (ValueError, TypeError) as error:
                took, why = False, str(error)
        if took == taken:
            assert took or name in why, f"{name}={value!r}: the message names no parameter: {why}"
        elif not documented(servable, name, encoded, taken):
            wrong.append(f"{name}={value!r} ({kind}): scikit-learn {taken}, here {took} {why}")
    assert wrong == []


THREE = np.array([[0.0, 0.0], [0.4, 0.4], [0.8, 0.8]])
"""Steps of .8 by sums and .57 by squares."""


@pytest.mark.parametrize(
    ("params", "p"),
    [
        ({"p": 1}, None),
        ({"p": 2}, None),
        ({"p": 3}, None),
        ({"p": 3, "w": [1.0, 100.0]}, None),
        ({"w": np.array([1, 100])}, 2),
        ({"w": np.array([0.1, 0.1])}, 1),
        ({}, 1),
        (None, 1.5),
    ],
)
def test_dbscan_takes_metric_params(strict: headgate.Client, params: Any, p: float | None) -> None:
    import sklearn.cluster

    settings = {"eps": 0.7, "min_samples": 2, "metric": "minkowski", "metric_params": params, "p": p}
    mine, theirs = ours.DBSCAN(**settings).fit(THREE), sklearn.cluster.DBSCAN(**settings).fit(THREE)
    assert mine.labels_.tolist() == theirs.labels_.tolist()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"metric_params": {"foo": 3}}, "metric_params.*takes none"),
        ({"metric": "manhattan", "metric_params": {"p": 3}}, "metric_params.*takes none"),
        ({"metric": "minkowski", "metric_params": {"foo": 3}}, "metric_params has 'foo'"),
        ({"metric": "minkowski", "metric_params": {"p": -1}}, r"metric_params\['p'\]=-1"),
        ({"metric": "minkowski", "metric_params": {"w": [1.0, -1.0]}}, r"metric_params\['w'\]"),
        ({"metric": "minkowski", "metric_params": {"w": [1.0]}}, r"metric_params\['w'\].*2 finite"),
        ({"metric": "minkowski", "metric_params": {"w": [1, 1], "p": math.inf}}, "infinity has no weights"),
        ({"metric": "minkowski", "p": 0}, "'p' parameter of DBSCAN"),
        ({"algorithm": "foo"}, "'algorithm' parameter of DBSCAN must be a str among {'auto'"),
        ({"leaf_size": -1}, "'leaf_size' parameter of DBSCAN must be an int in the range"),
    ],
)
def test_dbscan_refuses_by_name(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidParameterError, match=message):
        ours.DBSCAN(**settings).fit(THREE)


def test_dbscan_takes_distances_themselves(strict: headgate.Client) -> None:
    import sklearn.cluster

    apart = np.abs(THREE[:, None] - THREE).sum(axis=2)
    for metric, given in (("precomputed", apart), (lambda a, b: np.abs(a - b).sum(), THREE)):
        for weight in (None, [1.0, 5.0, 0.5]):
            settings = {"eps": 0.8, "min_samples": 2, "metric": metric}
            mine = ours.DBSCAN(**settings).fit(given, sample_weight=weight)
            theirs = sklearn.cluster.DBSCAN(**settings).fit(given, sample_weight=weight)
            assert mine.labels_.tolist() == theirs.labels_.tolist()
            assert mine.core_sample_indices_.tolist() == theirs.core_sample_indices_.tolist()
    with pytest.raises(ValueError, match="Precomputed matrix must be square"):
        ours.DBSCAN(metric="precomputed").fit(THREE)


@pytest.mark.parametrize("given", [{"beta": 1}, {"alpha": 0.5}, {"alpha": "x"}, {"alpha": 1, "foo": 2}])
def test_fast_ica_refuses_fun_args(given: dict[str, Any]) -> None:
    with pytest.raises(InvalidParameterError, match="fun_args"):
        ours.FastICA(2, fun_args=given).fit(X)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n_components", 0),
        ("covariance_type", "round"),
        ("algorithm", "foo"),
        ("implementation", "foo"),
        ("n_iter", 1.5),
        ("n_iter", -1),
        ("params", "stx"),
        ("init_params", None),
        ("tol", "x"),
        ("means_weight", "x"),
        ("covars_prior", -1),
        ("random_state", -1),
    ],
)
def test_gaussian_hmm_refuses_by_name(name: str, value: Any) -> None:
    with pytest.raises(InvalidParameterError, match=f"'{name}' parameter of GaussianHMM must be"):
        GaussianHMM(**{name: value}).fit(X)
