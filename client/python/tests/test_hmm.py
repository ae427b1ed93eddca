"""GaussianHMM against hmmlearn's, attribute by attribute, with fallback forbidden."""

from __future__ import annotations

import logging
import pickle
from collections.abc import Iterator
from typing import Any

import hmmlearn.base
import hmmlearn.hmm
import numpy as np
import pytest
from gateway_process import GatewayProcess
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

import headgate
from headgate.hmm import ConvergenceMonitor, GaussianHMM
from headgate.local.hmm_covariances import filled

KINDS = ("full", "tied", "diag", "spherical")
RNG = np.random.default_rng(5)
LENGTHS = [60, 1, 39, 80]
LEVELS = np.repeat([0, 1, 2, 0, 1, 2, 0, 1, 2], 20)
X = RNG.normal(size=(180, 2)) * (1 + LEVELS[:, None] / 2) + 2 * LEVELS[:, None]
NEW = RNG.normal(size=(50, 2)) * 2 + 2
START = {
    "startprob_": np.array([0.6, 0.3, 0.1]),
    "transmat_": np.array([[0.9, 0.06, 0.04], [0.05, 0.9, 0.05], [0.1, 0.1, 0.8]]),
    "means_": np.array([[0.0, 0.1], [1.5, 2.5], [4.0, 3.0]]),
}
COVARS = {
    "full": np.array([[[0.5, 0.1], [0.1, 0.4]], [[2.0, -0.3], [-0.3, 3.0]], [[5.0, 0.0], [0.0, 4.0]]]),
    "tied": np.array([[1.5, 0.2], [0.2, 1.0]]),
    "diag": np.array([[0.5, 0.4], [2.0, 3.0], [5.0, 4.0]]),
    "spherical": np.array([0.5, 2.0, 5.0]),
}


@pytest.fixture(scope="module", autouse=True)
def no_fallback(gateway: GatewayProcess) -> Iterator[None]:
    headgate.configure(gateway.url, fallback=False, timeout=60)
    yield
    headgate.configure()


def near(mine: Any, theirs: Any, what: str = "", tolerance: float = 1e-9) -> None:
    mine, theirs = np.asarray(mine, dtype=float), np.asarray(theirs, dtype=float)
    assert mine.shape == theirs.shape, what
    assert np.allclose(mine, theirs, rtol=0, atol=tolerance * max(1.0, np.abs(theirs).max(initial=0))), what


def both(kind: str, /, **settings: Any) -> tuple[Any, Any]:
    arguments = {"n_components": 3, "covariance_type": kind, "random_state": 3, **settings}
    return GaussianHMM(**arguments), hmmlearn.hmm.GaussianHMM(**arguments)


def given(kind: str, *names: str, **settings: Any) -> tuple[Any, Any]:
    """Models whose attributes are set by hand."""
    pair = both(kind, **settings)
    for model in pair:
        for name in names or (*START, "covars_"):
            setattr(model, name, COVARS[kind] if name == "covars_" else START[name])
    return pair


def same(mine: Any, theirs: Any) -> None:
    for name in ("startprob_", "transmat_", "means_", "_covars_"):
        near(getattr(mine, name), getattr(theirs, name), name)
    kind = theirs.covariance_type
    near(mine.covars_, filled(theirs._covars_, kind, 3, 2), "covars_")
    near(mine.monitor_.history, theirs.monitor_.history, "history")
    assert (mine.monitor_.iter, mine.monitor_.converged) == (theirs.monitor_.iter, theirs.monitor_.converged)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("lengths", [None, LENGTHS], ids=["one", "several"])
@pytest.mark.parametrize("settings", [{}, {"n_iter": 50, "tol": 1e-3}, {"n_iter": 0}], ids=str)
def test_a_fit_is_theirs(kind: str, lengths: Any, settings: dict[str, Any]) -> None:
    mine, theirs = both(kind, **settings)
    same(mine.fit(X, lengths), theirs.fit(X, lengths))
    assert mine.source_ == "gateway"
    if lengths is not None:
        other = GaussianHMM(3, kind, random_state=3, **settings).fit(X.tolist(), np.array(lengths, np.int32))
        near(other.means_, mine.means_)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("params", ["", "s", "t", "m", "st", "ms", "mtc", "cmts"])
@pytest.mark.parametrize("init", ["", "st", "mc", "c", "cmst"])
def test_what_is_learned_and_where_it_starts_is_as_theirs(kind: str, params: str, init: str) -> None:
    mine, theirs = given(kind, params=params, init_params=init, n_iter=3)
    same(mine.fit(X, LENGTHS), theirs.fit(X, LENGTHS))


def test_attributes_that_are_missing_are_made_though_init_params_leaves_them_out() -> None:
    mine, theirs = given("diag", "transmat_", "means_", init_params="")
    same(mine.fit(X), theirs.fit(X))


@pytest.mark.parametrize("kind", KINDS)
def test_covariances_are_learned_about_means_that_stay(kind: str) -> None:
    """hmmlearn 0.3 forgets the sums that it needs for it, and divides by 1e-5 or by 0."""
    mine, _ = given(kind, params="c", init_params="", n_iter=1, covars_prior=0.0)
    mine.fit(X)
    start, _ = given(kind)
    weight = start.predict_proba(X)
    scatter = np.stack(
        [(w[:, None] * (X - m)).T @ (X - m) for w, m in zip(weight.T, START["means_"], strict=True)]
    )
    rows = weight.sum(axis=0)
    covars = scatter / rows[:, None, None]
    expected = {
        "full": covars,
        "tied": np.stack([scatter.sum(axis=0) / len(X)] * 3),
        "diag": covars * np.eye(2),
        "spherical": np.trace(covars, axis1=1, axis2=2)[:, None, None] / 2 * np.eye(2),
    }
    near(mine.covars_, expected[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_that_is_given_by_its_attributes_answers_as_theirs(kind: str) -> None:
    for lengths in (None, [1, 20, 28, 1]):
        mine, theirs = given(kind)
        theirs.n_features = 2
        near(mine.score(NEW, lengths), theirs.score(NEW, lengths), "score")
        near(mine.predict_proba(NEW, lengths), theirs.predict_proba(NEW, lengths), "predict_proba")
        for each, expected in zip(
            mine.score_samples(NEW, lengths), theirs.score_samples(NEW, lengths), strict=True
        ):
            near(each, expected, "score_samples")
        for algorithm in (None, "viterbi", "map"):
            found, expected = (model.decode(NEW, lengths, algorithm) for model in (mine, theirs))
            near(found[0], expected[0], f"decode {algorithm}")
            assert np.array_equal(found[1], expected[1]) and found[1].dtype == expected[1].dtype
        assert np.array_equal(mine.predict(NEW, lengths), theirs.predict(NEW, lengths))
        near(mine.aic(NEW, lengths), theirs.aic(NEW, lengths), "aic")
        near(mine.bic(NEW, lengths), theirs.bic(NEW, lengths), "bic")
    for mine_part, theirs_part in zip(mine.sample(30, 7), theirs.sample(30, 7), strict=True):
        near(mine_part, theirs_part, "sample")
    near(mine.get_stationary_distribution(), theirs.get_stationary_distribution(), "stationary")
    near(mine.covars_, theirs.covars_, "covars_")
    again = pickle.loads(pickle.dumps(mine))
    assert np.array_equal(again.predict(NEW), mine.predict(NEW))
    assert not clone(mine).__sklearn_is_fitted__()
    near(mine.filter_proba(NEW)[0], mine.filter_proba(NEW[:1])[0], "filter_proba")
    near(mine.filter_proba(NEW, [20, 30])[20], mine.filter_proba(NEW[20:])[0], "filter_proba by sequence")
    near(mine.filter_proba(NEW)[-1], mine.predict_proba(NEW)[-1], "filter_proba at the end")


@pytest.mark.parametrize("kind", KINDS)
def test_priors_are_spread_as_theirs(kind: str) -> None:
    matrix = np.array([[0.3, 0.1], [0.1, 0.4]])
    priors: dict[str, Any] = {
        "startprob_prior": np.array([3.0, 2.0, 1.5]),
        "transmat_prior": 10 * START["transmat_"] + 1,
        "means_prior": START["means_"],
        "means_weight": 4,
        "covars_prior": {"full": matrix, "tied": matrix, "diag": [0.2, 0.4]}.get(kind, [[0.1], [0.2], [0.3]]),
        "covars_weight": 5,
    }
    mine, theirs = given(kind, init_params="", **priors)
    same(mine.fit(X, LENGTHS), theirs.fit(X, LENGTHS))
    numbers = {
        "startprob_prior": np.float32(1.5),
        "transmat_prior": 2,
        "means_prior": -0.7,
        "means_weight": 30,
    }
    mine, theirs = given(kind, init_params="", **numbers, covars_prior=np.float64(0.3))
    same(mine.fit(X), theirs.fit(X))


def test_weights_of_means_by_state() -> None:
    weight = np.array([[1.0, 20.0], [3.0, 0.0], [50.0, 2.0]])
    mine, theirs = both("diag", means_prior=START["means_"], means_weight=weight)
    same(mine.fit(X), theirs.fit(X))
    for kind in ("full", "tied"):
        with pytest.raises(ValueError, match="means_weight must be a number"):
            GaussianHMM(3, kind, means_weight=[1.0, 2.0]).fit(X)
    with pytest.raises(
        ValueError, match=r"transmat_prior has the shape \(2, 2\), which does not fit \(3, 3\)"
    ):
        GaussianHMM(3, transmat_prior=np.ones((2, 2))).fit(X)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "covars",
    [
        *([], 1.0, np.ones(3), np.zeros(3), np.ones((3, 2)), -np.ones((3, 2)), np.eye(2), -np.eye(2)),
        *(np.ones((2, 2)) + np.eye(2), [[1.0, 0.5], [0.2, 1.0]], np.stack([np.eye(2)] * 3)),
        np.ones((3, 2, 2)),
    ],
    ids=str,
)
def test_the_setter_of_covariances_takes_and_refuses_what_theirs_does(kind: str, covars: Any) -> None:
    mine, theirs = both(kind)
    mine.means_ = theirs.means_ = START["means_"]
    theirs.n_features = 2
    try:
        theirs.covars_ = covars
    except ValueError as error:
        with pytest.raises(ValueError) as found:
            mine.covars_ = covars
        assert str(found.value).replace("'", "") == str(error).replace("'", "")
    except (IndexError, TypeError):  # numpy's own, for an array of too few dimensions
        with pytest.raises(ValueError, match=f"'{kind}' covars"):
            mine.covars_ = covars
    else:
        mine.covars_ = covars
        near(mine._covars_, theirs._covars_)


def test_a_generator_is_drawn_from_as_theirs() -> None:
    mine, theirs = given("diag", "means_", "covars_", init_params="st")
    mine.random_state, theirs.random_state = np.random.RandomState(8), np.random.RandomState(8)
    same(mine.fit(X), theirs.fit(X))
    assert mine.random_state.randint(1000) == theirs.random_state.randint(1000)


def test_zeros_stay_zeros_and_are_answered_as_theirs() -> None:
    mine, theirs = given("full", init_params="", n_iter=20)
    for model in (mine, theirs):
        model.startprob_ = [1, 0, 0]
        model.transmat_ = [[0.9, 0.1, 0], [0, 0.9, 0.1], [0, 0, 1]]
    same(mine.fit(X[:60]), theirs.fit(X[:60]))
    assert mine.transmat_[2, 0] == 0 and mine.startprob_[1] == 0
    near(mine.predict_proba(NEW), theirs.predict_proba(NEW))


def test_a_monitor_prints_and_warns_as_theirs(capsys: Any, caplog: Any) -> None:
    printed, warned = [], []
    for model in both("diag", n_iter=6, verbose=True, tol=-10.0, covars_prior=2.0):
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            model.fit(X)
        printed.append([line.split() for line in capsys.readouterr().err.splitlines()])
        warned.append([record.getMessage().split()[:4] for record in caplog.records])
    assert printed[0] == printed[1] and len(printed[0]) == 6
    assert warned[0] == warned[1]
    assert repr(ConvergenceMonitor(1e-3, 5, True)) == repr(hmmlearn.base.ConvergenceMonitor(1e-3, 5, True))


class Threshold(ConvergenceMonitor):
    """hmmlearn's own example of a monitor."""

    @property
    def converged(self) -> bool:
        return self.iter == self.n_iter or self.history[-1] >= self.tol


def test_a_monitor_of_ones_own_is_asked_after_each_iteration() -> None:
    mine, theirs = both("diag", n_iter=30)
    theirs.fit(X)
    level = sorted(theirs.monitor_.history)[4]
    mine.monitor_, theirs.monitor_ = Threshold(level, 30, False), Threshold(level, 30, False)
    same(mine.fit(X), theirs.fit(X))
    assert mine.monitor_.iter < 30 and mine.converged_


def test_mistakes_are_told_by_the_attributes_name() -> None:
    with pytest.raises(NotFittedError, match="not fitted yet"):
        GaussianHMM(2).predict(NEW)
    mine, _ = given("diag", "startprob_", "means_")
    with pytest.raises(AttributeError, match="has no transmat_, covars_"):
        mine.score(NEW)
    wrong: list[tuple[str, Any, str]] = [
        ("startprob_", [0.5, 0.5], "startprob_ must have length n_components"),
        ("startprob_", [], "startprob_ must have length n_components"),
        ("startprob_", np.zeros((3, 3)), "startprob_ must have length n_components"),
        ("startprob_", [0.5, 0.5, 0.5], r"startprob_ must sum to 1 \(got 1.5000\)"),
        ("startprob_", [1.5, -0.5, 0.0], "startprob"),
        ("transmat_", np.ones((2, 3)), r"transmat_ must have shape \(n_components, n_components\)"),
        ("transmat_", np.ones((3, 3)), r"transmat_ rows must sum to 1 \(got row sums of \[3. 3. 3.\]\)"),
        ("means_", np.ones((2, 2)), r"means_ must have shape \(n_components, n_features\), got \(2, 2\)"),
        ("means_", 1.0, r"means_ must have shape \(n_components, n_features\), got \(\)"),
        ("means_", np.ones((3, 4)), r"covars_ has the shape \(3, 2\), not \(3, 4\)"),
        ("means_", [[0.0, np.nan]] * 3, "means"),
    ]
    for name, value, message in wrong:
        mine, _ = given("diag", init_params="")
        setattr(mine, name, value)
        for use in (mine.score, mine.fit):
            with pytest.raises(ValueError, match=message):
                use(NEW)
    mine, _ = given("diag")
    with pytest.raises(ValueError, match="X has 3 features, but GaussianHMM is expecting 2"):
        mine.predict(np.ones((4, 3)))
    for lengths, message in (
        ([20, 20], r"lengths array \[20, 20\] doesn't sum to 50 samples"),
        ([60, -10], "lengths must be a list of ints from 1 on"),
        ([25.0, 25.0], "lengths must be a list of ints"),
        (50, "lengths must be a list of ints"),
    ):
        for use in (mine.fit, mine.score, mine.predict, mine.decode, mine.predict_proba, mine.filter_proba):
            with pytest.raises(ValueError, match=message):
                use(NEW, lengths)
    assert mine.score(NEW) < 0
    fitted = GaussianHMM(2, random_state=0).fit(X)
    with pytest.raises(ValueError, match="Unexpected number of dimensions, got 1 but expected 2"):
        fitted.fit(X[:, :1])
    assert len(fitted.predict(X)) == len(X)


def test_a_start_of_other_features_is_told() -> None:
    mine, _ = given("diag", init_params="st")
    with pytest.raises(ValueError, match="means_ has 2 features, X has 3"):
        mine.fit(np.ones((20, 3)))


@pytest.mark.parametrize("scalar", [np.int64, np.int32, np.uint8])
def test_numpy_scalars_are_numbers(scalar: Any) -> None:
    settings: dict[str, Any] = {
        "n_components": scalar(3),
        "n_iter": scalar(7),
        "random_state": scalar(3),
        "tol": np.float32(0.5),
        "min_covar": np.float16(0.5),
        "covars_weight": np.float32(2),
        "verbose": np.bool_(False),
    }
    mine, theirs = GaussianHMM(**settings), hmmlearn.hmm.GaussianHMM(**settings)
    same(mine.fit(X), theirs.fit(X))


def test_float32_and_whole_numbers_are_taken_in_float64_as_theirs() -> None:
    whole = (10 * X).astype(int)
    mine, theirs = both("full")
    same(mine.fit(whole), theirs.fit(whole))
    near(mine.predict_proba(whole), theirs.predict_proba(whole))
    # hmmlearn's k-means rounds to float32 here.
    single = X.astype(np.float32)
    mine, theirs = both("full")
    near(mine.fit(single).means_, theirs.fit(single).means_, tolerance=1e-5)
    assert mine.means_.dtype == mine.predict_proba(single).dtype == np.float64
    exact, _ = both("full")
    near(mine.means_, exact.fit(single.astype(float)).means_)


def test_variances_travel_as_variances() -> None:
    """As whole matrices these would be 36 MB, and a message may have 32."""
    rows = RNG.normal(size=(3, 1500))
    for kind, covars in (("diag", np.full((2, 1500), 2.0)), ("spherical", np.array([2.0, 3.0]))):
        models = GaussianHMM(2, kind), hmmlearn.hmm.GaussianHMM(2, kind)
        for model in models:
            model.startprob_, model.transmat_ = np.array([0.5, 0.5]), np.full((2, 2), 0.5)
            model.means_, model.covars_ = np.stack([rows[0], rows[1]]), covars
        near(*(model.score(rows) for model in models))
