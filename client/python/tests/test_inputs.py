"""What the drop-ins take: missing values of pandas, weights, functions; and what they say of the rest."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import sklearn.cluster
import sklearn.preprocessing
from sklearn.utils._param_validation import InvalidParameterError as TheirInvalidParameterError

import headgate
from headgate import sklearn as ours
from headgate.sklearn.exceptions import InvalidParameterError

X = np.random.RandomState(0).randn(80, 3)
X[:40] += 4
HOLES = pd.DataFrame({"a": [1, 2, 3, None, None], "b": [None, None, 8, 4, 6]})


@pytest.mark.parametrize("dtype", ["Int64", "Float64", "Float32", "object"])
def test_missing_values_of_pandas_are_nan(dtype: str) -> None:
    frame = HOLES.astype("Int64").astype(dtype)
    plain = HOLES.to_numpy(dtype=float)
    for mine, theirs in (
        (ours.StandardScaler(), sklearn.preprocessing.StandardScaler()),
        (ours.MaxAbsScaler(), sklearn.preprocessing.MaxAbsScaler()),
    ):
        np.testing.assert_allclose(mine.fit_transform(frame), theirs.fit_transform(plain), rtol=1e-12)
    with pytest.raises(ValueError, match="Input X contains NaN"):
        ours.KMeans(2).fit(frame)


def test_nullable_columns_without_holes_are_numbers(strict: headgate.Client) -> None:
    frame = pd.DataFrame({"a": [1, 2, 30, 31], "b": [True, False, True, True]})
    nullable = frame.astype({"a": "Int64", "b": "boolean"})
    settings: dict[str, Any] = {"n_clusters": 2, "random_state": 0}
    assert ours.KMeans(**settings).fit(nullable).inertia_ == ours.KMeans(**settings).fit(frame).inertia_


@pytest.mark.parametrize("init", ["k-means++", "random", "centres", "function"])
def test_k_means_weighs_its_samples(strict: headgate.Client, init: str) -> None:
    weight = pd.Series(np.random.RandomState(1).randint(0, 4, 80), dtype="Int64")
    settings: dict[str, Any] = {"n_clusters": 3, "n_init": 2, "random_state": 5, "init": init}
    if init == "centres":
        settings |= {"init": X[[0, 1, 50]], "n_init": 1}
    if init == "function":
        settings["init"] = lambda rows, k, random_state: rows[random_state.permutation(len(rows))[:k]]
    mine = ours.KMeans(**settings).fit(X, sample_weight=weight)
    theirs = sklearn.cluster.KMeans(**settings).fit(X, sample_weight=weight)
    np.testing.assert_allclose(mine.cluster_centers_, theirs.cluster_centers_, rtol=1e-9)
    assert mine.labels_.tolist() == theirs.labels_.tolist()
    assert mine.inertia_ == pytest.approx(theirs.inertia_, rel=1e-9)
    assert mine.score(X, sample_weight=weight) == pytest.approx(theirs.score(X, sample_weight=weight))


@pytest.mark.parametrize(
    "scalar", [np.int64(2), np.int32(2), np.uint8(2), np.float32(2), np.str_("k-means++"), np.bool_(True)]
)
def test_numpy_scalars_are_parameters_of_infer(strict: headgate.Client, scalar: Any) -> None:
    by_type = {np.str_: ("kmeans", "init"), np.bool_: ("standard_scaler", "with_std")}
    model, name = by_type.get(type(scalar), ("kmeans", "n_clusters"))
    plain, held = (
        strict.infer(model, {"X": X}, parameters={name: each}).outputs for each in (scalar.item(), scalar)
    )
    for output in plain:
        np.testing.assert_array_equal(held[output], plain[output])


@pytest.mark.parametrize(
    "name",
    [each for each in ours.__all__ if hasattr(getattr(ours, each), "fit") and each != "Pipeline"],
)
def test_sparse_input_is_refused_with_a_way_out(name: str) -> None:
    with pytest.raises(TypeError, match=r"dense data is required\. Use '\.toarray\(\)'"):
        getattr(ours, name)().fit(scipy.sparse.csr_array(X), np.zeros(len(X), dtype=int))


def test_a_wrong_parameter_is_caught_as_scikit_learns_own() -> None:
    for kind in (InvalidParameterError, TheirInvalidParameterError, ValueError, TypeError):
        with pytest.raises(kind, match="The 'n_clusters' parameter of KMeans must be an int in the range"):
            ours.KMeans(n_clusters=0).fit(X)


@pytest.mark.parametrize(
    ("estimator", "kind", "message"),
    [
        (ours.KMeans(2, init=X[:2], n_init=3), RuntimeWarning, "performing only one init in KMeans"),
        (ours.KMeans(1, algorithm="elkan"), RuntimeWarning, "doesn't make sense for a single cluster"),
        (ours.IsolationForest(n_estimators=2, max_samples=1000), UserWarning, "will be set to n_samples"),
        (ours.FastICA(2, whiten=False, max_iter=1), UserWarning, "Ignoring n_components with whiten=False"),
        (
            ours.DBSCAN(metric="minkowski", p=2, metric_params={"p": 1}),
            SyntaxWarning,
            "Parameter p is found in metric_params",
        ),
    ],
)
@pytest.mark.filterwarnings("default")
def test_warnings_are_scikit_learns(
    strict: headgate.Client, estimator: Any, kind: type[Warning], message: str
) -> None:
    with pytest.warns(kind, match=message):
        estimator.fit(X)


def test_the_trees_of_a_forest_can_be_read(strict: headgate.Client) -> None:
    forest = ours.IsolationForest(n_estimators=4, max_samples=64, random_state=0).fit(X)
    assert [each.max_depth for each in forest.estimators_] == [6] * 4
    for tree in forest.estimators_:
        nodes = tree.tree_
        leaves = nodes.children_left == -1
        assert nodes.node_count == 2 * leaves.sum() - 1
        assert nodes.n_node_samples[leaves].sum() == nodes.n_node_samples[0] == 64


def test_scaling_in_place() -> None:
    rows = X.copy()
    assert ours.StandardScaler(copy=False).fit(rows).transform(rows) is rows
    assert ours.StandardScaler().fit(rows).transform(rows) is not rows
    rows.flags.writeable = False
    assert ours.StandardScaler(copy=False).fit(rows).transform(rows) is not rows
