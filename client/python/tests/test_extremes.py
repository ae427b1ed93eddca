"""Numbers at the ends of a double's range, and rows that tie at a threshold."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
import sklearn.ensemble

import headgate
from headgate import sklearn as ours


@pytest.mark.parametrize("kind", [ours.LedoitWolf, ours.OAS])
@pytest.mark.parametrize("exponent", [-266, 266, 400])
def test_a_shrinkage_does_not_depend_on_the_unit(kind: Any, exponent: int) -> None:
    rows = np.random.default_rng(0).standard_normal((60, 3))
    usual, scaled = kind().fit(rows), kind().fit(rows * 2.0**exponent)
    assert scaled.source_ == "local"
    assert 0 < scaled.shrinkage_ < 1
    assert scaled.shrinkage_ == pytest.approx(usual.shrinkage_, rel=1e-12)
    assert scaled.covariance_ * 2.0 ** (-exponent) * 2.0 ** (-exponent) == pytest.approx(usual.covariance_)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("bootstrap", [False, True])
def test_rows_that_tie_at_the_offset_are_judged_as_scikit_learn_does(
    strict: headgate.Client, seed: int, bootstrap: bool
) -> None:
    rows = np.random.RandomState(seed).randint(0, 3, (200, 3)).astype(float)
    settings: dict[str, Any] = {
        "n_estimators": 10,
        "contamination": 0.1,
        "max_features": 0.5,
        "bootstrap": bootstrap,
        "random_state": seed,
    }
    forest = ours.IsolationForest(**settings).fit(rows)
    theirs = sklearn.ensemble.IsolationForest(**settings).fit(rows)
    assert forest.offset_ == theirs.offset_
    np.testing.assert_array_equal(forest.predict(rows), theirs.predict(rows))


def test_two_rows_that_tie_are_both_inliers(strict: headgate.Client) -> None:
    rows = np.array([[0.0, 0, 1], [5, 5, 2]])
    settings: dict[str, Any] = {"contamination": 0.1, "max_features": 0.5, "bootstrap": True}
    forest = ours.IsolationForest(n_estimators=10, random_state=0, **settings).fit(rows)
    np.testing.assert_array_equal(forest.predict(rows), [1, 1])


def test_a_share_of_outliers_of_named_columns_is_fitted_without_a_warning(strict: headgate.Client) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": np.random.RandomState(0).randn(40)})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ours.IsolationForest(random_state=0, contamination=0.05).fit(frame)


def test_a_timeout_may_be_a_number_of_numpy(strict: headgate.Client) -> None:
    for timeout in (np.float32(20), np.int64(20), np.float64(20)):
        assert strict.infer("pca", {"X": np.eye(3)}, timeout=timeout).source == "gateway"  # type: ignore[arg-type]
